//! Signing in with a browser.

use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use switchyard_store::{AuditEntry, Hash, Holder, Personal, Session, Sessions, Way};
use uuid::Uuid;

use super::principal::How;
use super::{members, secrets, tokens};
use crate::{Control, Error, Principal, Result};

/// A session's use is noted, and its end moved, at most so often.
const NOTED: SignedDuration = SignedDuration::from_mins(5);

/// The most characters that are kept of what a browser calls itself.
const AGENT_MAX: usize = 300;

/// Whom a refused sign-in was for, where there is no such member.
pub(crate) const NOBODY: &str = "nobody";

/// Where somebody comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visitor {
    /// Their network address, where it is known.
    pub address: Option<IpAddr>,
    /// What their browser calls itself.
    pub agent: Option<String>,
}

/// Somebody who just signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// What the browser keeps; shown only now.
    pub secret: String,
    /// For how long it may be kept: the session ends then, however much it is used.
    pub life: Duration,
    /// Who it is.
    pub principal: Principal,
}

impl Control {
    /// Begins a session, with a one-time link's secret, which is used up, or with an API token: the session
    /// then may what the token may, and ends with it.
    ///
    /// # Errors
    /// [`Error::SignedOut`].
    pub async fn sign_in(&self, secret: &str, visitor: &Visitor) -> Result<SignedIn> {
        let (holder, way) = match self.live_token(secret) {
            Some(token) => (Holder::Token(token.id), Way::Token),
            None => {
                let used = self.inner.store.use_sign_in_link(&secrets::hash(secret), self.now()).await?;
                let Some(member) = used else {
                    self.sign_in_failed(None, visitor.address);
                    return Err(Error::SignedOut);
                };
                (Holder::Member(member), Way::Link)
            }
        };
        self.begin_session(holder, way, visitor).await
    }

    /// # Errors
    /// [`Error::SignedOut`] for who may not come in.
    pub(super) async fn begin_session(
        &self,
        holder: Holder,
        way: Way,
        visitor: &Visitor,
    ) -> Result<SignedIn> {
        let principal = self.holder(&holder).ok_or(Error::SignedOut)?;
        let settings = self.sign_in_settings();
        let (now, life) = (self.now(), settings.life_of(way));
        let secret = secrets::secret("");
        let address = visitor.address.map(|address| address.to_string());
        let agent = visitor.agent.as_deref().map(|agent| agent.chars().take(AGENT_MAX).collect());
        let personal = match (&holder, &address) {
            (Holder::Member(member), Some(address)) => {
                Some(Personal { member: member.clone(), data: json!({ "address": address }) })
            }
            _ => None,
        };
        let session = Session {
            id: format!("session-{}", Uuid::new_v4().simple()),
            hash: secrets::hash(&secret),
            holder,
            way,
            created_at: now,
            used_at: now,
            expires_at: after(now, settings.idle.min(life)),
            ends_at: after(now, life),
            address,
            agent,
        };
        let detail = json!({ "way": way });
        let entry = AuditEntry { personal, detail, ..self.of_session(&principal, "session.begin") };
        self.inner.store.insert_session(&session, &entry).await?;
        Ok(SignedIn { secret, life, principal })
    }

    /// Whose session it is, with the role they have now. `address` is where they are.
    ///
    /// # Errors
    /// [`Error::SignedOut`].
    pub async fn authenticate_session(&self, secret: &str, address: Option<IpAddr>) -> Result<Principal> {
        let session = self.live_session(secret).await?.ok_or(Error::SignedOut)?;
        let principal = self.holder(&session.holder).ok_or(Error::SignedOut)?;
        let now = self.now();
        if now.duration_since(session.used_at) >= NOTED {
            let ends = after(now, self.sign_in_settings().idle).min(session.ends_at);
            let address = address.map(|address| address.to_string());
            let noted = self.inner.store.session_used(&session.hash, now, ends, address.as_deref()).await;
            // Only a note: who comes in does not fail with it.
            if let Err(error) = noted {
                tracing::warn!(%error, "the use of a session was not noted");
            }
        }
        Ok(principal)
    }

    /// Ends a session; nothing happens where there is none.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn sign_out(&self, secret: &str) -> Result<()> {
        let Some(session) = self.live_session(secret).await? else { return Ok(()) };
        let Some(principal) = self.holder(&session.holder) else { return Ok(()) };
        let entry = self.of_session(&principal, "session.end");
        self.inner.store.end_sessions(&Sessions::One(session.id), &entry).await?;
        Ok(())
    }

    /// The session with this secret, while it lives.
    pub(super) async fn live_session(&self, secret: &str) -> Result<Option<Session>> {
        let hash: Hash = secrets::hash(secret);
        let found = self.inner.store.session(&hash).await?;
        let now = self.now();
        Ok(found.filter(|session| {
            secrets::same(&session.hash, &hash) && session.expires_at > now && session.ends_at > now
        }))
    }

    /// Counts a sign-in that failed, for the audit log; `member` is whom it was for, where there is such a member.
    pub fn sign_in_failed(&self, member: Option<&str>, address: Option<IpAddr>) {
        let address = address.map(|address| address.to_string()).unwrap_or_default();
        self.inner.sign_ins.count(&address, member.unwrap_or(NOBODY), self.now());
    }

    pub(super) fn of_session(&self, principal: &Principal, what: &str) -> AuditEntry {
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

/// As far as time goes.
fn after(now: Timestamp, life: Duration) -> Timestamp {
    let life = SignedDuration::try_from(life).unwrap_or(SignedDuration::MAX);
    now.saturating_add(life).unwrap_or(Timestamp::MAX)
}
