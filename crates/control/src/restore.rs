//! Restore: a scope made equal to what it was, whatever came since. The panic button.
//!
//! - The whole project: every resource becomes what it was at that revision.
//! - One environment: its own resources become what they were. A flag that they need and that was deleted
//!   since comes back too; it is off in the other environments, where nobody has aimed it. A flag that is
//!   there stays as it is, for the other environments use it as it is.
//!
//! Where a resource can't be what it was (its flag has lost the variation that it served, say), it stays as it
//! is now, and so does what needs that; each is told as a problem of the [`crate::Check`] and in the
//! revision's reason. The rest is restored.

use std::collections::BTreeSet;

use switchyard_model::access::Action;
use switchyard_model::ids::Key;
use switchyard_model::validate::{dependents, references};
use switchyard_model::{Kind, Origin, Problem, ResourceId, State};

use crate::apply::{Mode, Words};
use crate::plan::{Ground, Plan, Planner};
use crate::{Check, Control, Error, Outcome, Principal, Result};

/// What is made equal to what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreScope {
    /// Everything.
    Project,
    /// One environment.
    Environment(Key),
}

impl Control {
    /// Makes a scope what it was at a revision. On a dry run nothing is written and the answer is a
    /// [`Check`]; where approvals are missing it becomes a change in review.
    ///
    /// # Errors
    /// [`Error::Unchanged`] where all is as it was; [`Error::NotFound`], [`Error::Denied`].
    pub async fn restore(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        scope: RestoreScope,
        reason: &str,
        mode: Mode,
    ) -> Result<Outcome> {
        self.authorize(principal, Action::Revert, Some(project))?;
        let handle = self.handle(project)?;
        let scope = match scope {
            RestoreScope::Project => None,
            RestoreScope::Environment(key) => Some(key),
        };
        let sight = self.sight(principal, &handle);
        let known =
            |key: &&Key| sight.environment(key) && handle.environments().iter().any(|e| e.key == **key);
        if let Some(missing) = scope.as_ref().filter(|key| !known(key)) {
            return Err(Error::NotFound(format!("environment {:?}", &**missing)));
        }
        let then = self.state_of(&handle, number).await?;
        let whole = || "the project".into();
        let title = format!("Restore {} to r{number}", scope.as_deref().map_or_else(whole, str::to_owned));
        let words = Words::new(title, reason, Origin::Restore { to: number, environment: scope.clone() });
        if mode == Mode::DryRun {
            let restored = self.restored(handle.ground(), then, scope).await?;
            let check = self.tried(&handle, principal, &restored.plan, &words).await?;
            let problems = sight.of_problems(restored.left);
            return Ok(Outcome::Checked(Box::new(Check { problems, ..check })));
        }
        let (principal, reason) = (principal.clone(), reason.to_owned());
        let restored = self.writing(handle, move |control, mut turn| async move {
            let restored = control.restored(turn.handle.ground(), then, scope).await?;
            let reason = restored.reason(&reason);
            let words = Words { reason, break_glass: mode.break_glass(), ..words };
            control.pass_or_propose(&mut turn, &principal, restored.plan, words).await
        });
        sight.of_result(restored.await)
    }

    async fn restored(&self, ground: Ground, then: State, scope: Option<Key>) -> Result<Restored> {
        let mut done = tokio::task::spawn_blocking(move || restored(&ground, &then, scope.as_ref())).await?;
        done.plan.people = self.people();
        Ok(done)
    }
}

/// A plan without problems, and why some resources stay as they are now.
struct Restored {
    plan: Plan,
    left: Vec<Problem>,
}

impl Restored {
    fn reason(&self, said: &str) -> String {
        if self.left.is_empty() {
            return said.to_owned();
        }
        let left: Vec<_> = self.left.iter().map(ToString::to_string).collect();
        format!("{said}\n\nLeft as it is now: {}", left.join("; ")).trim_start().to_owned()
    }
}

fn restored(on: &Ground, then: &State, scope: Option<&Key>) -> Restored {
    let mut wanted = differing(&on.state, then, scope);
    wanted.extend(needed_flags(&on.state, then, &wanted));
    let mut left: Vec<Problem> = vec![];
    loop {
        let mut planner = Planner::new(&on.state);
        for id in &wanted {
            planner.set(id.clone(), then.get(id).map(|found| (*found.resource).clone()));
        }
        let plan = planner.finish(on);
        if plan.problems.is_empty() {
            return Restored { plan, left };
        }
        // The head is valid, so with enough left as it is there the rest is too.
        let named: BTreeSet<_> = plan.problems.iter().filter_map(|p| p.resource.clone()).collect();
        let mut leave: BTreeSet<_> = wanted.intersection(&named).cloned().collect();
        if leave.is_empty() {
            // What is in trouble is not ours to set: leave what it is in trouble with.
            let around = named.iter().flat_map(|id| around(on, id));
            leave = around.filter(|id| wanted.contains(id)).collect();
        }
        if leave.is_empty() {
            leave.clone_from(&wanted);
        }
        left.extend(plan.problems.into_iter().filter(|p| !left.contains(p)).collect::<Vec<_>>());
        wanted.retain(|id| !leave.contains(id));
    }
}

/// The scope's resources that are not what they were.
fn differing(now: &State, then: &State, scope: Option<&Key>) -> BTreeSet<ResourceId> {
    let here = |id: &&ResourceId| scope.is_none_or(|only| id.scope.environment() == Some(only));
    let resource = |state: &State, id: &ResourceId| state.get(id).map(|found| found.resource.clone());
    let all = now.iter().chain(then.iter()).map(|(id, _)| id).filter(here);
    all.filter(|id| resource(now, id) != resource(then, id)).cloned().collect()
}

/// The flags, gone by now, that the wanted resources used at the time.
fn needed_flags(now: &State, then: &State, wanted: &BTreeSet<ResourceId>) -> BTreeSet<ResourceId> {
    let mut needed = BTreeSet::new();
    for id in wanted {
        let Some(found) = then.get(id) else { continue };
        let flags =
            references(id, &found.resource).into_iter().map(|r| r.to).filter(|to| to.kind == Kind::Flag);
        needed.extend(flags.filter(|flag| now.get(flag).is_none() && then.get(flag).is_some()));
    }
    needed
}

/// What a resource uses and what uses it.
fn around(on: &Ground, id: &ResourceId) -> Vec<ResourceId> {
    let uses = on.state.get(id).map(|found| references(id, &found.resource)).unwrap_or_default();
    uses.into_iter().map(|r| r.to).chain(dependents(&on.state, id)).collect()
}
