//! Resources from files, and to them.

use std::collections::HashSet;

use switchyard_model::{Edit, Kind, Manifest, Op, Origin, Problem, State};

use crate::apply::{Mode, Words};
use crate::plan::{Ground, Plan, Planner};
use crate::{Control, Error, Outcome, Principal, Result};

impl Control {
    /// Makes resources be as files say; what they do not name stays. Where all is so already, or on a dry
    /// run, nothing is written and the answer is a [`crate::Check`] of what differs; where approvals are
    /// missing it becomes a change in review.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all that is wrong, but on a dry run, whose answer has it;
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn apply_manifests(
        &self,
        principal: &Principal,
        project: &str,
        manifests: Vec<Manifest>,
        message: &str,
        mode: Mode,
    ) -> Result<Outcome> {
        self.put_all(principal, project, manifests, message, Origin::Files, mode).await
    }

    pub(crate) async fn put_all(
        &self,
        principal: &Principal,
        project: &str,
        manifests: Vec<Manifest>,
        message: &str,
        origin: Origin,
        mode: Mode,
    ) -> Result<Outcome> {
        let handle = self.seen(principal, project)?;
        named_twice(&manifests)?;
        let edits: Vec<Edit> = manifests
            .into_iter()
            .map(|manifest| Edit { target: manifest.id(), op: Op::Put { resource: manifest.resource } })
            .collect();
        let put = |edits: Vec<Edit>| {
            move |on: &Ground| -> Plan { Planner::all(&on.state, &edits).finish(on).without_idle() }
        };
        let words = Words::new(message, "", origin);
        if mode == Mode::DryRun {
            let ground = handle.ground();
            let edits = self.owned(&ground.state, &principal.id, edits);
            let plan = self.plan(ground, put(edits)).await?;
            return Ok(Outcome::Checked(Box::new(self.tried(&handle, principal, &plan, &words).await?)));
        }
        let (principal, sight) = (principal.clone(), self.sight(principal, &handle));
        let written = self.writing(handle, move |control, mut turn| async move {
            let ground = turn.handle.ground();
            let edits = control.owned(&ground.state, &principal.id, edits);
            let plan = control.plan(ground, put(edits)).await?;
            if plan.edits.is_empty() && plan.problems.is_empty() {
                return Ok(Outcome::Checked(Box::new(plan.check())));
            }
            let words = Words { break_glass: mode.break_glass(), ..words };
            control.pass_or_propose(&mut turn, &principal, plan, words).await
        });
        sight.of_result(written.await)
    }

    /// Everything of a project, or of one environment with the project's flags, in an order in which each
    /// comes after what it depends on by kind. [`Control::apply_manifests`] takes it unchanged.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn export(
        &self,
        principal: &Principal,
        project: &str,
        environment: Option<&str>,
    ) -> Result<Vec<Manifest>> {
        let state = self.state(principal, project)?;
        exported(&state, environment)
    }

    /// As [`Control::export`], as it was at a revision; at the head where `at` is absent.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn export_at(
        &self,
        principal: &Principal,
        project: &str,
        environment: Option<&str>,
        at: Option<u64>,
    ) -> Result<Vec<Manifest>> {
        let state = match at {
            None => return self.export(principal, project, environment),
            Some(revision) => self.state_at(principal, project, revision).await?,
        };
        exported(&state, environment)
    }
}

fn exported(state: &State, environment: Option<&str>) -> Result<Vec<Manifest>> {
    if let Some(key) = environment.filter(|key| !state.environments.iter().any(|e| &**e == *key)) {
        return Err(Error::NotFound(format!("environment {key:?}")));
    }
    let mut manifests = vec![];
    for kind in Kind::ALL {
        let wanted = state.iter().filter(|(id, _)| {
            let here = |e: &switchyard_model::ids::Key| environment.is_none_or(|only| &**e == only);
            id.kind == kind && id.scope.environment().is_none_or(here)
        });
        manifests.extend(
            wanted
                .map(|(id, found)| Manifest { scope: id.scope.clone(), resource: (*found.resource).clone() }),
        );
    }
    Ok(manifests)
}

fn named_twice(manifests: &[Manifest]) -> Result<()> {
    let mut seen = HashSet::new();
    let twice = manifests.iter().map(Manifest::id).filter(|id| !seen.insert(id.clone()));
    let problems: Vec<_> = twice
        .map(|id| Problem::new("", "is there more than once").of(&id).hint("leave one of them"))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}
