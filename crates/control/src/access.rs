//! Who may come in, and who may do what.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use switchyard_model::access::Action;
use switchyard_model::ids::Key;
use switchyard_policy::On;
use switchyard_store::{self as store, Act, AuditEntry, Hash, Store};

use crate::audit::Noted;
use crate::git::GIT;
use crate::plan::People;
use crate::policies::Policies;
use crate::policies::judge::deed;
use crate::upstream::LAUNCHDARKLY;
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
pub(crate) mod secure;
pub(crate) mod sessions;
pub(crate) mod settings;
mod signer;
pub(crate) mod teams;
pub(crate) mod tokens;

/// Members, teams, tokens and keys in memory, so that letting somebody in asks no database.
pub(crate) struct Directory(RwLock<Known>);

#[derive(Default)]
pub(crate) struct Known {
    pub(crate) members: BTreeMap<String, store::Member>,
    pub(crate) teams: BTreeMap<Key, store::Team>,
    /// The same by member.
    teams_of: HashMap<String, Vec<Key>>,
    pub(crate) people: Arc<People>,
    /// Removed ones too, for their names.
    pub(crate) tokens: BTreeMap<String, store::Token>,
    pub(crate) token_by_hash: HashMap<Hash, String>,
    pub(crate) keys: HashMap<Hash, store::EnvironmentKey>,
    /// The environments in secure mode, by project.
    pub(crate) secure: HashSet<(Key, Key)>,
    /// Members who have a password.
    pub(crate) with_password: HashSet<String>,
    pub(crate) identities: Vec<store::Identity>,
    /// Of the projects that have their own.
    pub(crate) policies: BTreeMap<Key, Arc<Policies>>,
}

impl Directory {
    pub(crate) async fn load(store: &dyn Store) -> Result<Self> {
        Ok(Directory(RwLock::new(Known::load(store, &BTreeMap::new()).await?)))
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Known {
    /// Those of a team who are let in.
    pub(crate) fn active(&self, team: &store::Team) -> impl Iterator<Item = &store::Member> {
        team.members.iter().filter_map(|id| self.members.get(id)).filter(|member| member.active)
    }

    /// The teams that a member is in, or whose a token is, by key; none for anybody else.
    pub(crate) fn teams_of(&self, member: &str) -> &[Key] {
        self.teams_of.get(member).map_or(&[], Vec::as_slice)
    }

    /// `before` is what was known of policies, so that they are not all made ready anew.
    async fn load(store: &dyn Store, before: &BTreeMap<Key, Arc<Policies>>) -> Result<Self> {
        let mut known = Known::default();
        for member in store.members().await? {
            known.members.insert(member.id.clone(), member);
        }
        known.people = Arc::new(known.members.values().map(|m| (m.id.clone(), m.name.clone())).collect());
        for team in store.teams().await? {
            for member in &team.members {
                known.teams_of.entry(member.clone()).or_default().push(team.key.clone());
            }
            known.teams.insert(team.key.clone(), team);
        }
        for token in store.tokens().await? {
            known.teams_of.extend(token.team.iter().map(|team| (token.id.clone(), vec![team.clone()])));
            known.token_by_hash.insert(token.hash, token.id.clone());
            if let Some((hash, _)) = token.previous {
                known.token_by_hash.insert(hash, token.id.clone());
            }
            known.tokens.insert(token.id.clone(), token);
        }
        for key in store.keys().await? {
            known.keys.insert(key.hash, key);
        }
        known.secure = store.secure_modes().await?.into_iter().collect();
        known.with_password = store.with_password().await?.into_iter().collect();
        known.identities = store.identities().await?;
        known.policies = Policies::load(store.policies().await?, before);
        Ok(known)
    }
}

impl Control {
    /// The one judge of who may do what with a project, or with what belongs to none: the policies must allow it, and
    /// a principal of one project sees no other. Edits are asked for each by itself
    /// ([`Control::authorize_each`]).
    ///
    /// # Errors
    /// [`Error::Denied`] with the action, the least role that may, the policy that forbids it, and who can help;
    /// [`Error::NotFound`] for another project, and for one that they may not see.
    pub fn authorize(&self, principal: &Principal, action: Action, project: Option<&str>) -> Result<()> {
        let on = project.map_or(On::Server, On::Project);
        let denied = || self.denied(principal, project, action, deed(action), on);
        match (&principal.project, project) {
            (Some(only), Some(project)) if &**only != project => {
                return Err(Error::NotFound(format!("project {project:?}")));
            }
            // What belongs to no project is not for somebody of one.
            (Some(_), None) if action != Action::View => return Err(Error::Denied(Box::new(denied()))),
            _ => {}
        }
        let may = match action {
            // Which of them is asked when there is one.
            Action::EditFlags | Action::EditTraffic => self.might(principal, project, action),
            _ => self.may_do(principal, project, deed(action), on),
        };
        if may {
            return Ok(());
        }
        match (denied(), project) {
            // Who may not see it is not told that it is there.
            (Denied { policy: Some(_), .. }, Some(project)) if action == Action::View => {
                Err(Error::NotFound(format!("project {project:?}")))
            }
            (denied, _) => Err(Error::Denied(Box::new(denied))),
        }
    }

    /// What people call a principal or a team; the id itself where nobody knows it.
    pub fn name_of(&self, id: &str) -> String {
        if id == principal::SWITCHYARD {
            return Principal::switchyard().name;
        }
        if id == GIT {
            return "Git".to_owned();
        }
        if id == LAUNCHDARKLY {
            return "LaunchDarkly".to_owned();
        }
        self.inner.directory.with(|known| {
            let member = known.members.get(id).map(|m| m.name.clone());
            let token = || known.tokens.get(id).map(|t| t.name.clone());
            let team = || known.teams.get(id).map(|t| t.name.clone());
            member.or_else(token).or_else(team).unwrap_or_else(|| id.to_owned())
        })
    }

    /// The names of all members.
    pub(crate) fn people(&self) -> Arc<People> {
        self.inner.directory.with(|known| known.people.clone())
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
            let before = control.inner.directory.with(|known| known.policies.clone());
            let known = Known::load(store, &before).await?;
            control.inner.directory.change(|now| *now = known);
            control.inner.happened.notify_one();
            Ok(())
        });
        task.await?
    }
}
