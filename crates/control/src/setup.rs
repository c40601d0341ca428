//! Projects, and what a server needs before anybody can sign in.

use std::sync::{Arc, PoisonError};

use serde_json::json;
use switchyard_model::access::{Action, Role};
use switchyard_model::ids::check_key;
use switchyard_model::{Freeze, Manifest, Origin, Problem, State};
use switchyard_store::{self as store, Act};

use crate::access::members::check_name;
use crate::access::tokens::Draft;
use crate::apply::Mode;
use crate::lists::Shelf;
use crate::project::Handle;
use crate::{
    Control, Environment, Error, KeyKind, Member, NewMember, Outcome, Principal, Project, Result,
    TeamApprovals,
};

/// The most approvals that an environment may ask for.
const APPROVALS_MAX: u32 = 10;

/// The most freezes of an environment.
const FREEZES_MAX: usize = 50;

/// What to change of an environment; absent fields stay.
#[derive(Debug, Clone, Default)]
pub struct EnvironmentChange {
    /// What people call it.
    pub name: Option<String>,
    /// True where real people are affected.
    pub production: Option<bool>,
    /// How many approvals a change needs that alters what is compiled for it; 0 to 10.
    pub required_approvals: Option<u32>,
    /// Teams of which some of those must come; each at most once, and of each no more than are required.
    pub approvals_from: Option<Vec<TeamApprovals>>,
    /// Whether what somebody owns is changed there only with their approval.
    pub owners_approve: Option<bool>,
    /// Times in which it is left alone; at most 50.
    pub freezes: Option<Vec<Freeze>>,
}

impl Control {
    /// Makes a project with its environments, in the order people will see them.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Exists`], [`Error::Denied`].
    pub async fn create_project(
        &self,
        principal: &Principal,
        key: &str,
        name: &str,
        environments: Vec<Environment>,
    ) -> Result<Project> {
        self.authorize(principal, Action::Administer, None)?;
        check_keys(key, &environments)?;
        let project =
            store::Project { key: key.into(), name: name.into(), created_at: self.now(), environments };
        let detail = json!({ "name": name, "environments": project.environments });
        let act = Act::CreateProject(project.clone());
        self.administer(principal, act, "project.create", key, detail).await?;

        let state = State::empty(project.environments.iter().map(|e| e.key.clone()));
        let shelf = Shelf::new(self.inner.store.clone(), project.key.clone());
        let (clock, happened) = (self.inner.clock.clone(), self.inner.happened.clone());
        let handle = Arc::new(Handle::open(&project, state, clock, happened, shelf)?);
        let view = handle.view();
        let mut all = self.inner.projects.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(project.key, handle);
        Ok(view)
    }

    /// Adds an environment, after the others; flags are off in it until somebody aims them.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Exists`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn add_environment(
        &self,
        principal: &Principal,
        project: &str,
        environment: Environment,
    ) -> Result<Project> {
        self.authorize(principal, Action::Administer, Some(project))?;
        check_keys(project, std::slice::from_ref(&environment))?;
        let principal = principal.clone();
        self.writing(self.handle(project)?, move |control, turn| async move {
            let handle = &turn.handle;
            let detail = json!(environment);
            let act = Act::AddEnvironment(handle.key.clone(), environment.clone());
            let target = format!("{}/{}", handle.key, environment.key);
            control.administer(&principal, act, "environment.add", &target, detail).await?;
            let mut environments = handle.environments();
            environments.push(environment);
            let mut state = handle.state();
            state.environments = environments.iter().map(|e| e.key.clone()).collect();
            handle.replace(&environments, state)?;
            Ok(handle.view())
        })
        .await
    }

    /// Changes an environment. What it asks for holds from the next revision on, for open changes too.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn change_environment(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
        change: EnvironmentChange,
    ) -> Result<Environment> {
        self.authorize(principal, Action::Administer, Some(project))?;
        let (principal, key) = (principal.clone(), environment.to_owned());
        let thaws = change.freezes.is_some();
        let changed = self.writing(self.handle(project)?, move |control, turn| async move {
            let handle = &turn.handle;
            let found = handle.environments().into_iter().find(|e| *e.key == *key);
            let before = found.ok_or_else(|| Error::NotFound(format!("environment {key:?}")))?;
            let after = Environment {
                key: before.key.clone(),
                name: change.name.unwrap_or_else(|| before.name.clone()),
                production: change.production.unwrap_or(before.production),
                required_approvals: change.required_approvals.unwrap_or(before.required_approvals),
                approvals_from: change.approvals_from.unwrap_or_else(|| before.approvals_from.clone()),
                owners_approve: change.owners_approve.unwrap_or(before.owners_approve),
                freezes: change.freezes.unwrap_or_else(|| before.freezes.clone()),
            };
            check_name(&after.name)?;
            let mut problems = vec![];
            if after.required_approvals > APPROVALS_MAX {
                let problem = Problem::new("requiredApprovals", "is out of range");
                problems.push(problem.value(after.required_approvals).hint(format!("0 to {APPROVALS_MAX}")));
            }
            problems.extend(control.asked_teams(&after));
            if after.freezes.len() > FREEZES_MAX {
                problems.push(Problem::new("freezes", "are too many").hint(format!("at most {FREEZES_MAX}")));
            }
            let freezes = after.freezes.iter().enumerate();
            problems.extend(freezes.flat_map(|(at, freeze)| freeze.problems(&format!("freezes[{at}]"))));
            if !problems.is_empty() {
                return Err(Error::Invalid(problems));
            }
            let act = Act::ChangeEnvironment(handle.key.clone(), after.clone());
            let detail = json!({ "before": before, "after": after });
            let target = format!("{}/{key}", handle.key);
            control.administer(&principal, act, "environment.change", &target, detail).await?;
            handle.set_environment(after.clone());
            Ok(after)
        });
        let environment = changed.await?;
        // It is changed, whatever comes of this: what is not woken waits until the freeze would have ended.
        if thaws && let Err(error) = self.wake_frozen(project).await {
            tracing::warn!(%error, "schedules that wait for a freeze could not be looked at");
        }
        Ok(environment)
    }

    /// What is wrong with the teams that an environment asks for approval.
    fn asked_teams(&self, environment: &Environment) -> Vec<Problem> {
        let mut problems = vec![];
        for (at, from) in environment.approvals_from.iter().enumerate() {
            let path = |field: &str| format!("approvalsFrom[{at}].{field}");
            let others = &environment.approvals_from[..at];
            if !self.inner.directory.with(|known| known.teams.contains_key(&from.team)) {
                let problem = Problem::new(path("team"), "is no team").value(&*from.team);
                problems.push(problem.hint("make it first, in Settings"));
            } else if others.iter().any(|other| other.team == from.team) {
                problems.push(Problem::new(path("team"), "is there more than once").value(&*from.team));
            }
            if from.approvals == 0 || from.approvals > environment.required_approvals {
                let problem = Problem::new(path("approvals"), "is out of range").value(from.approvals);
                let most = environment.required_approvals;
                problems.push(problem.hint(match most {
                    0 => "the environment requires no approvals: set `requiredApprovals` first".to_owned(),
                    _ => format!("1 to {most}, which is all that the environment requires"),
                }));
            }
        }
        problems
    }

    /// Makes sure that a project is there: made with these environments where it is not.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Unavailable`].
    pub async fn ensure_project(
        &self,
        key: &str,
        name: &str,
        environments: Vec<Environment>,
    ) -> Result<Project> {
        match self.handle(key) {
            Ok(handle) => Ok(handle.view()),
            Err(_) => self.create_project(&Principal::switchyard(), key, name, environments).await,
        }
    }

    /// Makes sure that somebody can administer: the first active admin there is, or a new one of this name.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Unavailable`].
    pub async fn ensure_admin(&self, name: &str) -> Result<Member> {
        let inside = Principal::switchyard();
        let found = self.members(&inside)?.into_iter().find(|m| m.active && m.role == Role::Admin);
        match found {
            Some(admin) => Ok(admin),
            None => {
                let new = NewMember { name: name.to_owned(), email: None, role: Role::Admin };
                self.add_member(&inside, new).await
            }
        }
    }

    /// Makes sure that this key opens this environment. Other keys stay.
    ///
    /// # Errors
    /// [`Error::Exists`] where it was another environment's or has ended; [`Error::NotFound`].
    pub async fn ensure_key(
        &self,
        project: &str,
        environment: &str,
        kind: KeyKind,
        secret: &str,
    ) -> Result<()> {
        let opens = self.key_access(secret).is_some_and(|access| {
            &*access.project == project && &*access.environment == environment && access.kind == kind
        });
        if !opens {
            self.add_key(&Principal::switchyard(), project, environment, kind, secret, None).await?;
        }
        Ok(())
    }

    /// Makes sure that this API token is there.
    ///
    /// # Errors
    /// [`Error::Exists`] where it was ended; [`Error::Invalid`].
    pub async fn ensure_token(&self, name: &str, role: Role, secret: &str) -> Result<()> {
        if self.authenticate_token(secret).await.is_err() {
            let new = Draft { secret, name, role, project: None, expires_at: None, team: None };
            self.add_token(&Principal::switchyard(), new).await?;
        }
        Ok(())
    }

    /// Puts a project's first resources, as the product itself.
    ///
    /// # Errors
    /// As [`Control::apply_manifests`].
    pub async fn set_up(&self, project: &str, manifests: Vec<Manifest>, title: &str) -> Result<Outcome> {
        self.put_all(&Principal::switchyard(), project, manifests, title, Origin::Setup, Mode::Write).await
    }
}

fn check_keys(project: &str, environments: &[Environment]) -> Result<()> {
    let mut problems = vec![];
    problems.extend(check_key(project).map(|reason| Problem::new("key", reason).value(project)));
    for (at, environment) in environments.iter().enumerate() {
        let path = format!("environments[{at}].key");
        let key = &*environment.key;
        problems.extend(check_key(key).map(|reason| Problem::new(path.clone(), reason).value(key)));
        if environments[..at].iter().any(|other| other.key == environment.key) {
            problems.push(Problem::new(path, "is there more than once").value(key));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}
