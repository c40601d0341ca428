//! One's own account, and the sessions there are.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use switchyard_model::access::Action;
use switchyard_store::{Holder, Session, Sessions, Way};

use super::browser;
use crate::{Control, Error, Principal, Result};

/// A session, as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// Unique; what it is ended by.
    pub id: String,
    /// The member or token.
    pub who: String,
    /// Their name.
    pub who_name: String,
    /// How it began.
    pub way: Way,
    /// The browser and its system in words, as "Firefox on Linux".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// Where they were last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last used, to some minutes.
    pub used_at: Timestamp,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// How somebody signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// What they sign in with beside a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether they may have a password: members may, where the server lets them.
    pub may_have_password: bool,
    /// Whether they have one.
    pub has_password: bool,
    /// Whether setting another takes the one they have.
    pub asks_current: bool,
    /// Whether their provider knows them.
    pub has_identity: bool,
    /// Their sessions, the last used first.
    pub sessions: Vec<SessionView>,
}

impl Control {
    /// How a principal signs in. `session` is the secret of the session that asks.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn account(&self, principal: &Principal, session: Option<&str>) -> Result<Account> {
        let own = self.holder_of(principal);
        let current = match session {
            Some(secret) => self.live_session(secret).await?,
            None => None,
        };
        let sessions = self.inner.store.sessions(Some(&own), self.now()).await?;
        let current_id = current.as_ref().map(|session| &*session.id);
        let sessions = sessions.into_iter().map(|s| self.session_view(s, current_id)).collect();
        let id = &principal.id;
        let (member, has_password, has_identity) = self.inner.directory.with(|known| {
            let identified = known.identities.iter().any(|identity| identity.member == *id);
            (known.members.get(id).cloned(), known.with_password.contains(id), identified)
        });
        let fresh = current.as_ref().is_some_and(|session| self.is_fresh(session));
        Ok(Account {
            may_have_password: member.is_some() && self.sign_in_settings().passwords,
            email: member.and_then(|member| member.email),
            has_password,
            asks_current: has_password && !fresh,
            has_identity,
            sessions,
        })
    }

    /// The sessions of everybody, the last used first.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn sessions(&self, principal: &Principal, session: Option<&str>) -> Result<Vec<SessionView>> {
        self.authorize(principal, Action::Administer, None)?;
        let current = match session {
            Some(secret) => self.live_session(secret).await?.map(|session| session.id),
            None => None,
        };
        let all = self.inner.store.sessions(None, self.now()).await?;
        Ok(all.into_iter().map(|session| self.session_view(session, current.as_deref())).collect())
    }

    /// Ends a session: one's own, or anybody's for who may administer.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for what is another's.
    pub async fn end_session(&self, principal: &Principal, id: &str) -> Result<()> {
        let own = self.holder_of(principal);
        let all = self.inner.store.sessions(None, self.now()).await?;
        let found = all.into_iter().find(|session| session.id == id);
        let may = |session: &Session| {
            session.holder == own || self.authorize(principal, Action::Administer, None).is_ok()
        };
        let found = found.filter(may).ok_or_else(|| Error::NotFound(format!("session {id:?}")))?;
        self.end(principal, Sessions::One(id.to_owned()), holder_id(&found.holder)).await.map(drop)
    }

    /// Ends one's own sessions but the one that asks. How many.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn end_other_sessions(&self, principal: &Principal, session: Option<&str>) -> Result<u64> {
        let own = self.holder_of(principal);
        let current = match session {
            Some(secret) => self.live_session(secret).await?.filter(|session| session.holder == own),
            None => None,
        };
        let which = match current {
            Some(session) => Sessions::Others(own, session.hash),
            None => Sessions::Of(own),
        };
        self.end(principal, which, &principal.id).await
    }

    /// Ends all sessions of a member. How many.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn end_member_sessions(&self, principal: &Principal, id: &str) -> Result<u64> {
        self.authorize(principal, Action::Administer, None)?;
        self.member_there(id)?;
        self.end(principal, Sessions::Of(Holder::Member(id.to_owned())), id).await
    }

    async fn end(&self, principal: &Principal, which: Sessions, target: &str) -> Result<u64> {
        let all = !matches!(which, Sessions::One(_));
        let mut entry = self.of_session(principal, "session.end");
        target.clone_into(&mut entry.target);
        entry.detail = json!({ "all": all });
        Ok(self.inner.store.end_sessions(&which, &entry).await?)
    }

    fn session_view(&self, session: Session, current: Option<&str>) -> SessionView {
        let who = holder_id(&session.holder).to_owned();
        SessionView {
            current: current == Some(&*session.id),
            id: session.id,
            who_name: self.name_of(&who),
            who,
            way: session.way,
            browser: session.agent.as_deref().and_then(browser::words),
            address: session.address,
            created_at: session.created_at,
            used_at: session.used_at,
            ends_at: session.ends_at,
        }
    }

    fn holder_of(&self, principal: &Principal) -> Holder {
        let is_token = self.inner.directory.with(|known| known.tokens.contains_key(&principal.id));
        let id = principal.id.clone();
        if is_token { Holder::Token(id) } else { Holder::Member(id) }
    }
}

fn holder_id(holder: &Holder) -> &str {
    match holder {
        Holder::Member(id) | Holder::Token(id) => id,
    }
}
