//! Keys of environments: what SDKs come with.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use switchyard_model::access::Action;
use switchyard_model::ids::Key;
use switchyard_store::{self as store, Act, KeyKind};
use uuid::Uuid;

use super::{secrets, signer};
use crate::{Control, EnvironmentKey, Error, Principal, Result};

/// What a key opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAccess {
    /// The project.
    pub project: Key,
    /// The environment.
    pub environment: Key,
    /// How much of it.
    pub kind: KeyKind,
}

/// A key that was just made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The key.
    pub key: EnvironmentKey,
    /// What opens the door; shown only now, but for a client-side id, which is public.
    pub secret: String,
}

impl Control {
    /// What a key opens, if it is alive. Asks no database.
    pub fn key_access(&self, secret: &str) -> Option<KeyAccess> {
        let hash = secrets::hash(secret);
        let now = self.now();
        self.inner.directory.with(|known| {
            let key = known.keys.get(&hash).filter(|key| secrets::same(&key.hash, &hash))?;
            if key.expires_at.is_some_and(|end| end <= now) {
                return None;
            }
            let store::EnvironmentKey { project, environment, kind, .. } = key;
            self.inner.key_uses.count(&key.id, &format!("{project}/{environment}"), now);
            Some(KeyAccess { project: project.clone(), environment: environment.clone(), kind: *kind })
        })
    }

    /// An environment's live keys, oldest first, without their secrets.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn keys(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
    ) -> Result<Vec<EnvironmentKey>> {
        self.authorize_in(principal, Action::ManageKeys, &*self.handle(project)?, environment)?;
        let now = self.now();
        let here = |key: &&store::EnvironmentKey| {
            &*key.project == project
                && &*key.environment == environment
                && key.expires_at.is_none_or(|end| end > now)
        };
        let mut keys: Vec<_> =
            self.inner.directory.with(|known| known.keys.values().filter(here).cloned().map(view).collect());
        keys.sort_by(|a: &EnvironmentKey, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(keys)
    }

    /// Makes a new key of a kind. The ones before end after `overlap`, or sooner where that was said before.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn rotate_key(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
        kind: KeyKind,
        overlap: Duration,
    ) -> Result<NewKey> {
        let secret = match kind {
            KeyKind::Sdk => secrets::secret("sdk-"),
            KeyKind::Mobile => secrets::secret("mob-"),
            KeyKind::ClientSide => secrets::public_id(),
        };
        let key = self.add_key(principal, project, environment, kind, &secret, Some(overlap)).await?;
        Ok(NewKey { key, secret })
    }

    pub(crate) async fn add_key(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
        kind: KeyKind,
        secret: &str,
        overlap: Option<Duration>,
    ) -> Result<EnvironmentKey> {
        self.authorize_in(principal, Action::ManageKeys, &*self.handle(project)?, environment)?;
        let environment = self.environment(project, environment)?;
        let now = self.now();
        let key = store::EnvironmentKey {
            id: format!("key-{}", Uuid::now_v7()),
            project: project.into(),
            environment: environment.key,
            kind,
            hash: secrets::hash(secret),
            hint: secrets::hint(secret),
            value: (kind == KeyKind::ClientSide).then(|| secret.to_owned()),
            signer: (kind == KeyKind::Sdk).then(|| signer::of(secret.as_bytes())),
            created_at: now,
            expires_at: None,
        };
        let others_end = overlap.map(|overlap| {
            let overlap = SignedDuration::try_from(overlap).unwrap_or(SignedDuration::MAX);
            now.saturating_add(overlap).unwrap_or(jiff::Timestamp::MAX)
        });
        let detail = json!({
            "project": project, "environment": key.environment, "kind": kind, "othersEnd": others_end,
        });
        self.administer(principal, Act::AddKey(key.clone(), others_end), "key.create", &key.id, detail)
            .await?;
        Ok(view(key))
    }

    pub(crate) fn environment(&self, project: &str, environment: &str) -> Result<store::Environment> {
        let found = self.handle(project)?.environments().into_iter().find(|e| &*e.key == environment);
        found.ok_or_else(|| Error::NotFound(format!("environment {environment:?}")))
    }
}

fn view(key: store::EnvironmentKey) -> EnvironmentKey {
    let store::EnvironmentKey { id, kind, hint, value, created_at, expires_at, .. } = key;
    EnvironmentKey { id, kind, hint, value, created_at, expires_at }
}
