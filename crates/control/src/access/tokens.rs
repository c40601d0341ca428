//! API tokens.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use switchyard_model::Problem;
use switchyard_model::access::{Action, Role};
use switchyard_model::ids::Key;
use switchyard_store::{self as store, Act};
use uuid::Uuid;

use super::members::check_name;
use super::principal::How;
use super::secrets;
use crate::{ApiToken, Control, Error, Principal, Result};

/// A token's use is noted at most so often.
const NOTED: SignedDuration = SignedDuration::from_mins(1);

/// A token that was just made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// The token.
    pub token: ApiToken,
    /// What opens the door; shown only now.
    pub secret: String,
}

impl Control {
    /// All tokens that were not ended, oldest first.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub fn tokens(&self, principal: &Principal) -> Result<Vec<ApiToken>> {
        self.authorize(principal, Action::Administer, None)?;
        let mut tokens: Vec<_> = self.inner.directory.with(|known| {
            known.tokens.values().filter(|t| t.removed_at.is_none()).cloned().map(view).collect()
        });
        tokens.sort_by(|a: &ApiToken, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(tokens)
    }

    /// Makes a token, for one project or for all.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn create_token(
        &self,
        principal: &Principal,
        name: &str,
        role: Role,
        project: Option<Key>,
        expires_at: Option<Timestamp>,
    ) -> Result<NewToken> {
        let secret = secrets::secret("api-");
        let token = self.add_token(principal, &secret, name, role, project, expires_at).await?;
        Ok(NewToken { token, secret })
    }

    /// Ends a token, and the sessions that were begun with it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn revoke_token(&self, principal: &Principal, id: &str) -> Result<()> {
        self.authorize(principal, Action::Administer, None)?;
        self.administer(principal, Act::RemoveToken(id.to_owned()), "token.revoke", id, json!({})).await
    }

    /// Who a token is.
    ///
    /// # Errors
    /// [`Error::SignedOut`].
    pub async fn authenticate_token(&self, secret: &str) -> Result<Principal> {
        let token = self.live_token(secret).ok_or(Error::SignedOut)?;
        let now = self.now();
        if token.last_used_at.is_none_or(|last| now.duration_since(last) >= NOTED) {
            self.inner.directory.change(|known| {
                if let Some(known) = known.tokens.get_mut(&token.id) {
                    known.last_used_at = Some(now);
                }
            });
            // Only a note: who comes in does not wait for it, nor fails with it.
            let (control, id) = (self.clone(), token.id.clone());
            tokio::spawn(async move {
                if let Err(error) = control.inner.store.token_used(&id, now).await {
                    tracing::warn!(%error, id, "the use of a token was not noted");
                }
            });
        }
        Ok(principal(&token, How::Token))
    }

    pub(super) fn live_token(&self, secret: &str) -> Option<store::Token> {
        let hash = secrets::hash(secret);
        let token = self.inner.directory.with(|known| {
            let id = known.token_by_hash.get(&hash)?;
            known.tokens.get(id).cloned()
        })?;
        (secrets::same(&token.hash, &hash) && self.is_live(&token)).then_some(token)
    }

    pub(crate) fn is_live(&self, token: &store::Token) -> bool {
        token.removed_at.is_none() && token.expires_at.is_none_or(|end| end > self.now())
    }

    pub(crate) async fn add_token(
        &self,
        principal: &Principal,
        secret: &str,
        name: &str,
        role: Role,
        project: Option<Key>,
        expires_at: Option<Timestamp>,
    ) -> Result<ApiToken> {
        self.authorize(principal, Action::Administer, None)?;
        check_name(name)?;
        if let Some(key) = &project {
            self.handle(key)?;
        }
        let now = self.now();
        if let Some(end) = expires_at.filter(|end| *end <= now) {
            let problem = Problem::new("expiresAt", "is over already").value(end.to_string());
            return Err(Error::Invalid(vec![problem.hint("a time to come, or none")]));
        }
        let token = store::Token {
            id: format!("token-{}", Uuid::now_v7()),
            name: name.to_owned(),
            role,
            project,
            hash: secrets::hash(secret),
            hint: secrets::hint(secret),
            created_by: principal.id.clone(),
            created_at: now,
            expires_at,
            last_used_at: None,
            removed_at: None,
        };
        let detail = json!({ "name": name, "role": role, "project": token.project, "expiresAt": expires_at });
        self.administer(principal, Act::AddToken(token.clone()), "token.create", &token.id, detail).await?;
        Ok(view(token))
    }
}

pub(crate) fn view(token: store::Token) -> ApiToken {
    let store::Token { id, name, role, project, hint, created_at, expires_at, last_used_at, .. } = token;
    ApiToken { id, name, role, project, hint, created_at, expires_at, last_used_at }
}

pub(crate) fn principal(token: &store::Token, how: How) -> Principal {
    Principal {
        id: token.id.clone(),
        name: token.name.clone(),
        role: token.role,
        project: token.project.clone(),
        how,
    }
}
