//! Signing in with e-mail and password, and setting it.

use std::net::IpAddr;

use jiff::SignedDuration;
use serde_json::json;
use switchyard_model::Problem;
use switchyard_model::access::Action;
use switchyard_store::{self as store, Act, Holder, Session, Way};

use super::sessions::{SignedIn, Visitor};
use crate::{Control, Error, Principal, Result};

pub(crate) mod hashing;
mod rules;

pub use rules::{PASSWORD_MAX, PASSWORD_MIN};

/// Who signed in with a link or at the provider so recently may set a password without the one before.
const FRESH: SignedDuration = SignedDuration::from_mins(15);

impl Control {
    /// Begins a session with e-mail and password. Unknown and wrong are one, in words and in time.
    ///
    /// # Errors
    /// [`Error::SignedOut`]; [`Error::TooOften`] where the account was tried too often, or too many sign in at
    /// once: a link, or the provider, still signs in.
    pub async fn sign_in_with_password(
        &self,
        email: &str,
        password: &str,
        visitor: &Visitor,
    ) -> Result<SignedIn> {
        if !self.sign_in_settings().passwords {
            return Err(Error::SignedOut);
        }
        let account = email.trim().to_lowercase();
        let member = self.member_of_email(&account);
        if let Err(seconds) = self.inner.attempts.begin(&account, self.now()) {
            self.sign_in_failed(member.as_ref().map(|member| &*member.id), visitor.address);
            return Err(Error::TooOften { seconds });
        }
        let id = member.as_ref().map(|member| &*member.id);
        let hash = self.inner.store.password(id.unwrap_or_default()).await?;
        let matches = self.inner.hasher.verify(password, hash).await?;
        let known = member.as_ref().map(|member| member.id.clone());
        let Some(member) = member.filter(|member| matches && member.active) else {
            self.sign_in_failed(known.as_deref(), visitor.address);
            return Err(Error::SignedOut);
        };
        self.inner.attempts.succeeded(&account);
        self.begin_session(Holder::Member(member.id), Way::Password, visitor).await
    }

    /// Sets the password of who is signed in with `session`, the cookie's secret; their other sessions and their
    /// links end. `current` is the password before; who signed in with a link or at the provider within 15
    /// minutes needs none.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::TooOften`]; [`Error::SignedOut`] where it is no member's session.
    pub async fn set_password(
        &self,
        session: Option<&str>,
        current: Option<&str>,
        new: &str,
        address: Option<IpAddr>,
    ) -> Result<()> {
        let Some(session) = session else {
            let problem = Problem::new("", "a password is set by who is signed in with a browser");
            return Err(Error::Invalid(vec![problem.hint("sign in on the page")]));
        };
        let session = self.live_session(session).await?.ok_or(Error::SignedOut)?;
        let Holder::Member(id) = &session.holder else {
            let problem = Problem::new("", "an API token has no password");
            return Err(Error::Invalid(vec![problem.hint("members do: sign in as one")]));
        };
        let member = self.stored_member(id)?;
        let problems = self.against_password(&member, new);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        if !self.is_fresh(&session) {
            self.know_password(&member, current, address).await?;
        }
        let hash = self.inner.hasher.hash(new).await?;
        let principal = super::members::principal(&member).ok_or(Error::SignedOut)?;
        let act = Act::SetPassword(id.clone(), hash, session.hash);
        self.administer(&principal, act, "password.set", id, json!({})).await
    }

    /// Takes a member's password away, and ends their sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn remove_password(&self, principal: &Principal, id: &str) -> Result<()> {
        self.authorize(principal, Action::Administer, None)?;
        self.member_there(id)?;
        self.administer(principal, Act::RemovePassword(id.to_owned()), "password.remove", id, json!({})).await
    }

    /// Whether a password may be set without the one before.
    pub(super) fn is_fresh(&self, session: &Session) -> bool {
        matches!(session.way, Way::Link | Way::OpenId)
            && self.now().duration_since(session.created_at) < FRESH
    }

    /// All that stands against a member's new password.
    fn against_password(&self, member: &store::Member, new: &str) -> Vec<Problem> {
        let mut problems = vec![];
        if !self.sign_in_settings().passwords {
            let problem = Problem::new("", "passwords are turned off on this server");
            problems.push(problem.hint("sign in with a link, or at the provider"));
        }
        if member.email.is_none() {
            let problem = Problem::new("", "you have no e-mail address, and it is what a password goes with");
            problems.push(problem.hint("an admin can give you one"));
        }
        let personal = [Some(member.name.as_str()), member.email.as_deref()];
        problems.extend(rules::against(new, personal.into_iter().flatten()));
        problems
    }

    async fn know_password(
        &self,
        member: &store::Member,
        current: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<()> {
        let Some(hash) = self.inner.store.password(&member.id).await? else {
            let problem = Problem::new("", "it is too long ago that you signed in");
            let hint = "sign in again with a link or at the provider, and set it within 15 minutes";
            return Err(Error::Invalid(vec![problem.hint(hint)]));
        };
        let Some(current) = current else {
            let problem = Problem::new("current", "is missing").hint("the password you have now");
            return Err(Error::Invalid(vec![problem]));
        };
        let account = member.email.as_deref().unwrap_or(&member.id).to_lowercase();
        let too_often = |seconds| Error::TooOften { seconds };
        self.inner.attempts.begin(&account, self.now()).map_err(too_often)?;
        if !self.inner.hasher.verify(current, Some(hash)).await? {
            self.sign_in_failed(Some(&member.id), address);
            let problem = Problem::new("current", "is not your password");
            return Err(Error::Invalid(vec![problem.hint("or sign in with a link, which needs none")]));
        }
        self.inner.attempts.succeeded(&account);
        Ok(())
    }

    fn member_of_email(&self, email: &str) -> Option<store::Member> {
        let theirs = |m: &&store::Member| m.email.as_ref().is_some_and(|own| own.to_lowercase() == *email);
        self.inner.directory.with(|known| {
            let mut found: Vec<_> = known.members.values().filter(theirs).collect();
            // Addresses that were shared before they had to be one's own: who has a password is meant.
            found.sort_by_key(|m| (!known.with_password.contains(&m.id), !m.active));
            found.first().map(|m| (*m).clone())
        })
    }
}
