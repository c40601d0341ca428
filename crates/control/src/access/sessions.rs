//! Signing in with a browser.

use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use switchyard_store::{AuditEntry, Holder, Personal, Session};

use super::principal::How;
use super::{members, secrets, tokens};
use crate::{Control, Error, Principal, Result};

/// How long a session lives after its last use, to the day.
pub const SESSION_LIFE: Duration = Duration::from_secs(DAYS as u64 * 24 * 60 * 60);

const DAYS: i64 = 30;
const LIFE: SignedDuration = SignedDuration::from_hours(DAYS * 24);

/// A session's end is moved at most once in this time.
const MOVED: SignedDuration = SignedDuration::from_hours(24);

/// Somebody who just signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// What the browser keeps; shown only now.
    pub secret: String,
    /// When it ends, if it is not used.
    pub expires_at: Timestamp,
    /// Who it is.
    pub principal: Principal,
}

impl Control {
    /// Begins a session, with a one-time link's secret, which is used up, or with an API token: the session
    /// then may what the token may, and ends with it.
    ///
    /// `address` is where they come from, for the audit log.
    ///
    /// # Errors
    /// [`Error::SignedOut`].
    pub async fn sign_in(&self, secret: &str, address: Option<IpAddr>) -> Result<SignedIn> {
        let now = self.now();
        let holder = match self.live_token(secret) {
            Some(token) => Holder::Token(token.id),
            None => {
                let used = self.inner.store.use_sign_in_link(&secrets::hash(secret), now).await?;
                Holder::Member(used.ok_or(Error::SignedOut)?)
            }
        };
        let principal = self.holder(&holder).ok_or(Error::SignedOut)?;
        let secret = secrets::secret("");
        let expires_at = now + LIFE;
        let member = match &holder {
            Holder::Member(id) => Some(id.clone()),
            Holder::Token(_) => None,
        };
        let personal = member
            .zip(address)
            .map(|(member, address)| Personal { member, data: json!({ "address": address.to_string() }) });
        let session = Session { hash: secrets::hash(&secret), holder, created_at: now, expires_at };
        let entry = AuditEntry { personal, ..self.of_session(&principal, "session.begin") };
        self.inner.store.insert_session(&session, &entry).await?;
        Ok(SignedIn { secret, expires_at, principal })
    }

    /// Whose session it is, with the role they have now.
    ///
    /// # Errors
    /// [`Error::SignedOut`].
    pub async fn authenticate_session(&self, secret: &str) -> Result<Principal> {
        let now = self.now();
        let hash = secrets::hash(secret);
        let session = self.inner.store.session(&hash).await?.ok_or(Error::SignedOut)?;
        if !secrets::same(&session.hash, &hash) || session.expires_at <= now {
            return Err(Error::SignedOut);
        }
        let principal = self.holder(&session.holder).ok_or(Error::SignedOut)?;
        if session.expires_at < now + LIFE - MOVED {
            self.inner.store.extend_session(&hash, now + LIFE).await?;
        }
        Ok(principal)
    }

    /// Ends a session; nothing happens where there is none.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn sign_out(&self, secret: &str) -> Result<()> {
        let hash = secrets::hash(secret);
        let Some(session) = self.inner.store.session(&hash).await? else { return Ok(()) };
        let Some(principal) = self.holder(&session.holder) else { return Ok(()) };
        Ok(self.inner.store.end_session(&hash, &self.of_session(&principal, "session.end")).await?)
    }

    fn of_session(&self, principal: &Principal, what: &str) -> AuditEntry {
        AuditEntry {
            at: self.now(),
            who: principal.id.clone(),
            what: what.to_owned(),
            target: principal.id.clone(),
            detail: json!({}),
            personal: None,
        }
    }

    /// Somebody as they are now, where they may still come in; for what they asked for before.
    pub(crate) fn as_they_are(&self, id: &str, project: &str) -> Option<Principal> {
        let holder = |kind: fn(String) -> Holder| self.holder(&kind(id.to_owned()));
        let found = holder(Holder::Member).or_else(|| holder(Holder::Token))?;
        found.project.as_ref().is_none_or(|only| **only == *project).then_some(found)
    }

    fn holder(&self, holder: &Holder) -> Option<Principal> {
        self.inner.directory.with(|known| match holder {
            Holder::Member(id) => known.members.get(id).and_then(members::principal),
            Holder::Token(id) => {
                let token = known.tokens.get(id).filter(|token| self.is_live(token))?;
                Some(tokens::principal(token, How::Session))
            }
        })
    }
}
