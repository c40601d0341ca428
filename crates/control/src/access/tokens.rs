//! API tokens: what scripts and services come with. A token acts in its own name, with its own role and in its own
//! project, and never does more than who stands behind it may: its maker, or where it is a team's anybody in the team.
//! So a team's goes on when its maker leaves.

use std::time::Duration;

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

/// A token to make.
pub(crate) struct Draft<'a> {
    pub(crate) secret: &'a str,
    pub(crate) name: &'a str,
    pub(crate) role: Role,
    pub(crate) project: Option<Key>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) team: Option<Key>,
}

impl Control {
    /// All tokens that were not ended, oldest first; without those of projects that the principal may not see.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub fn tokens(&self, principal: &Principal) -> Result<Vec<ApiToken>> {
        self.authorize(principal, Action::Administer, None)?;
        let mut tokens: Vec<_> = self.inner.directory.with(|known| {
            known.tokens.values().filter(|t| t.removed_at.is_none()).cloned().map(view).collect()
        });
        tokens.retain(|t: &ApiToken| t.project.as_ref().is_none_or(|p| self.sees_project(principal, p)));
        tokens.sort_by(|a: &ApiToken, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(tokens)
    }

    /// Makes a token, for one project or for all; a team's, or one that acts for who makes it.
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
        team: Option<Key>,
    ) -> Result<NewToken> {
        let secret = secrets::secret("api-");
        let new = Draft { secret: &secret, name, role, project, expires_at, team };
        let token = self.add_token(principal, new).await?;
        Ok(NewToken { token, secret })
    }

    /// Makes a token a team's: from now on it never does more than somebody in the team may, and it is nothing to it
    /// whether who made it is still there.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a team that is not there, or in which nobody has the token's role; [`Error::NotFound`],
    /// [`Error::Denied`].
    pub async fn hand_over_token(&self, principal: &Principal, id: &str, team: Key) -> Result<ApiToken> {
        self.authorize(principal, Action::Administer, None)?;
        let token = self.open_token(id)?;
        let problems: Vec<Problem> = self.bounded(&team, token.role).into_iter().collect();
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let detail =
            json!({ "name": token.name, "before": { "team": token.team }, "after": { "team": team } });
        let act = Act::HandToken(id.to_owned(), team);
        self.administer(principal, act, "token.handOver", id, detail).await?;
        Ok(view(self.open_token(id)?))
    }

    fn open_token(&self, id: &str) -> Result<store::Token> {
        let found = self.inner.directory.with(|known| known.tokens.get(id).cloned());
        found.filter(|token| self.is_live(token)).ok_or_else(|| Error::NotFound(format!("token {id:?}")))
    }

    /// Why a token of this role can't be the team's.
    fn bounded(&self, team: &str, role: Role) -> Option<Problem> {
        self.inner.directory.with(|known| {
            let Some(found) = known.teams.get(team) else {
                let problem = Problem::new("team", "is no team").value(team);
                return Some(problem.hint("make it first, in Settings"));
            };
            let roles = known.active(found).map(|member| member.role);
            match roles.max() {
                Some(most) if most >= role => None,
                Some(most) => {
                    let problem = Problem::new("role", "is more than anybody in the team has");
                    Some(problem.value(role.word()).hint(format!("at most {}", most.word())))
                }
                None => Some(Problem::new("team", "is nobody's, who could answer for it").value(team)),
            }
        })
    }

    /// Ends a token, and the sessions that were begun with it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn revoke_token(&self, principal: &Principal, id: &str) -> Result<()> {
        self.authorize(principal, Action::Administer, None)?;
        self.administer(principal, Act::RemoveToken(id.to_owned()), "token.revoke", id, json!({})).await
    }

    /// Gives a token another secret; the one before opens for `overlap` more, and any before that no longer. Who
    /// it is, and what it may, stays.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn rotate_token(&self, principal: &Principal, id: &str, overlap: Duration) -> Result<NewToken> {
        self.authorize(principal, Action::Administer, None)?;
        self.open_token(id)?;
        let secret = secrets::secret("api-");
        let overlap = SignedDuration::try_from(overlap).unwrap_or(SignedDuration::MAX);
        let until = self.now().saturating_add(overlap).unwrap_or(Timestamp::MAX);
        let act = Act::RotateToken(id.to_owned(), secrets::hash(&secret), secrets::hint(&secret), until);
        let detail = json!({ "previousUntil": until });
        self.administer(principal, act, "token.rotate", id, detail).await?;
        Ok(NewToken { token: view(self.open_token(id)?), secret })
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
        let now = self.now();
        let opens = secrets::same(&token.hash, &hash)
            || token.previous.is_some_and(|(before, until)| secrets::same(&before, &hash) && until > now);
        (opens && self.is_live(&token)).then_some(token)
    }

    pub(crate) fn is_live(&self, token: &store::Token) -> bool {
        token.removed_at.is_none() && token.expires_at.is_none_or(|end| end > self.now())
    }

    pub(crate) async fn add_token(&self, principal: &Principal, new: Draft<'_>) -> Result<ApiToken> {
        let Draft { secret, name, role, project, expires_at, team } = new;
        self.authorize(principal, Action::Administer, None)?;
        check_name(name)?;
        if let Some(problem) = team.as_deref().and_then(|team| self.bounded(team, role)) {
            return Err(Error::Invalid(vec![problem]));
        }
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
            team,
            created_at: now,
            expires_at,
            last_used_at: None,
            removed_at: None,
            previous: None,
        };
        let detail = json!({
            "name": name, "role": role, "project": token.project, "team": token.team, "expiresAt": expires_at,
        });
        self.administer(principal, Act::AddToken(token.clone()), "token.create", &token.id, detail).await?;
        Ok(view(token))
    }
}

pub(crate) fn view(token: store::Token) -> ApiToken {
    let store::Token { id, name, role, project, hint, created_by, team, created_at, expires_at, .. } = token;
    let (last_used_at, previous_until) = (token.last_used_at, token.previous.map(|(_, until)| until));
    ApiToken {
        id,
        name,
        role,
        project,
        hint,
        created_by,
        team,
        created_at,
        expires_at,
        last_used_at,
        previous_until,
    }
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
