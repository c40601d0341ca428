//! Who may come in, and who may do what.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use switchyard_model::access::{Action, Role};
use switchyard_model::ids::Key;
use switchyard_store::{self as store, Act, AuditEntry, Hash, Store};

use crate::audit::Noted;
use crate::git::GIT;
use crate::{Control, Denied, Error, Principal, Result};

pub(crate) mod account;
pub(crate) mod attempts;
mod browser;
pub(crate) mod keys;
pub(crate) mod members;
pub(crate) mod passwords;
pub(crate) mod principal;
pub(crate) mod provider;
pub(crate) mod secrets;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod teams;
pub(crate) mod tokens;

/// Members, teams, tokens and keys in memory, so that letting somebody in asks no database.
pub(crate) struct Directory(RwLock<Known>);

#[derive(Default)]
pub(crate) struct Known {
    pub(crate) members: BTreeMap<String, store::Member>,
    pub(crate) teams: BTreeMap<Key, store::Team>,
    /// Removed ones too, for their names.
    pub(crate) tokens: BTreeMap<String, store::Token>,
    pub(crate) token_by_hash: HashMap<Hash, String>,
    pub(crate) keys: HashMap<Hash, store::EnvironmentKey>,
    /// Members who have a password.
    pub(crate) with_password: HashSet<String>,
    pub(crate) identities: Vec<store::Identity>,
}

impl Directory {
    pub(crate) async fn load(store: &dyn Store) -> Result<Self> {
        Ok(Directory(RwLock::new(Known::load(store).await?)))
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Known {
    async fn load(store: &dyn Store) -> Result<Self> {
        let mut known = Known::default();
        for member in store.members().await? {
            known.members.insert(member.id.clone(), member);
        }
        for team in store.teams().await? {
            known.teams.insert(team.key.clone(), team);
        }
        for token in store.tokens().await? {
            known.token_by_hash.insert(token.hash, token.id.clone());
            if let Some((hash, _)) = token.previous {
                known.token_by_hash.insert(hash, token.id.clone());
            }
            known.tokens.insert(token.id.clone(), token);
        }
        for key in store.keys().await? {
            known.keys.insert(key.hash, key);
        }
        known.with_password = store.with_password().await?.into_iter().collect();
        known.identities = store.identities().await?;
        Ok(known)
    }
}

impl Control {
    /// The one judge of who may do what: the role must allow the action, and a principal of one project sees
    /// no other. `project` is absent for what belongs to none.
    ///
    /// # Errors
    /// [`Error::Denied`] with the action, the least role that may, and who can give it; [`Error::NotFound`]
    /// for another project.
    pub fn authorize(&self, principal: &Principal, action: Action, project: Option<&str>) -> Result<()> {
        match (&principal.project, project) {
            (Some(only), Some(project)) if &**only != project => {
                return Err(Error::NotFound(format!("project {project:?}")));
            }
            // What belongs to no project is not for somebody of one.
            (Some(_), None) if action != Action::View => return Err(self.denied(principal, action)),
            _ => {}
        }
        if principal.role.may(action) { Ok(()) } else { Err(self.denied(principal, action)) }
    }

    fn denied(&self, principal: &Principal, action: Action) -> Error {
        let admin = |m: &&store::Member| m.active && m.role == Role::Admin;
        Error::Denied(Denied {
            who: principal.name.clone(),
            id: principal.id.clone(),
            action,
            least_role: Role::least(action),
            granted_by: self
                .inner
                .directory
                .with(|known| known.members.values().filter(admin).map(|m| m.name.clone()).collect()),
        })
    }

    /// What people call a principal or a team; the id itself where nobody knows it.
    pub(crate) fn name_of(&self, id: &str) -> String {
        if id == principal::SWITCHYARD {
            return Principal::switchyard().name;
        }
        if id == GIT {
            return "Git".to_owned();
        }
        self.inner.directory.with(|known| {
            let member = known.members.get(id).map(|m| m.name.clone());
            let token = || known.tokens.get(id).map(|t| t.name.clone());
            let team = || known.teams.get(id).map(|t| t.name.clone());
            member.or_else(token).or_else(team).unwrap_or_else(|| id.to_owned())
        })
    }

    /// Does an administrative act: written with its audit entry, then taken into memory; to the end even when
    /// the caller goes away.
    pub(crate) async fn administer(
        &self,
        principal: &Principal,
        act: Act,
        what: &str,
        target: &str,
        noted: impl Into<Noted>,
    ) -> Result<()> {
        let Noted { detail, personal } = noted.into();
        let entry = AuditEntry {
            at: self.now(),
            who: principal.id.clone(),
            what: what.to_owned(),
            target: target.to_owned(),
            detail,
            personal,
        };
        let control = self.clone();
        let task = tokio::spawn(async move {
            let _turn = control.inner.administering.lock().await;
            let store = &*control.inner.store;
            store.administer(&act, &entry).await?;
            let known = Known::load(store).await?;
            control.inner.directory.change(|now| *now = known);
            control.inner.happened.notify_one();
            Ok(())
        });
        task.await?
    }
}
