//! Revert: the inverse of one revision, on top of everything that came since.

use std::collections::BTreeMap;

use switchyard_model::access::Action;
use switchyard_model::merge::merge;
use switchyard_model::{AppliedEdit, Edit, Op, Origin, ResourceId, Revision, Schedule};

use crate::apply::{Mode, Words};
use crate::plan::{Ground, Plan, Planner};
use crate::project::Handle;
use crate::{Control, Error, Outcome, Principal, Result};

impl Control {
    /// Takes back what a revision did, field by field, and leaves what later ones did. On a dry run nothing
    /// is written and the answer is a [`crate::Check`]; where approvals are missing it becomes a change in
    /// review.
    ///
    /// # Errors
    /// [`Error::Conflicts`] where later revisions changed the same fields, or built on what it would take
    /// away; [`Error::Invalid`]; [`Error::Unchanged`] where nothing of it is left;
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn revert(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        reason: &str,
        mode: Mode,
    ) -> Result<Outcome> {
        self.revert_as(principal, project, number, reason, mode, None).await
    }

    /// As [`Control::revert`], as the present step of a schedule.
    pub(crate) async fn revert_as(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        reason: &str,
        mode: Mode,
        step: Option<Schedule>,
    ) -> Result<Outcome> {
        self.authorize(principal, Action::Revert, Some(project))?;
        let handle = self.handle(project)?;
        let sight = self.sight(principal, &handle);
        let revision = self.stored_revision(project, number).await?;
        let title = format!("Revert r{number}: {}", revision.title);
        let words = Words::new(title, reason, Origin::Revert { of: number });
        if mode == Mode::DryRun {
            let plan = sight.of_result(self.inverse(&handle, &revision).await)?;
            return Ok(Outcome::Checked(Box::new(self.tried(&handle, principal, &plan, &words).await?)));
        }
        let principal = principal.clone();
        let reverted = self.writing(handle, move |control, mut turn| async move {
            let plan = control.inverse(&turn.handle, &revision).await?;
            let words = Words { break_glass: mode.break_glass(), step, ..words };
            control.pass_or_propose(&mut turn, &principal, plan, words).await
        });
        sight.of_result(reverted.await)
    }

    /// The plan that takes the revision back on the head, without problems.
    async fn inverse(&self, handle: &Handle, revision: &Revision) -> Result<Plan> {
        let ground = handle.ground();
        let mut edits = vec![];
        let mut conflicts = vec![];
        for (id, (before, after)) in sides(revision) {
            let now = ground.state.get(&id).map(|found| &*found.resource);
            let (before, after) = (before.before.as_deref(), after.after.as_deref());
            match merge(after, now, before) {
                Ok(merged) if merged.as_ref() == now => {}
                Ok(merged) => {
                    let op = merged.map_or(Op::Delete, |resource| Op::Put { resource });
                    edits.push(Edit { target: id, op });
                }
                Err(found) => {
                    for one in found {
                        conflicts.push(self.merge_conflict(&handle.key, &id, revision.number, one).await?);
                    }
                }
            }
        }
        let plan = self.plan(ground, move |on| inverse(on, &edits)).await?;
        for problem in &plan.problems {
            conflicts.extend(self.later_problem(handle, revision.number, problem).await?);
        }
        match (conflicts.is_empty(), plan.problems.is_empty()) {
            (true, true) => Ok(plan),
            (true, false) => Err(Error::Invalid(plan.problems)),
            (false, _) => Err(Error::Conflicts { conflicts, problems: plan.problems }),
        }
    }
}

/// What later revisions built on a thing is not taken away with it: unlike a deletion by hand, a revert
/// deletes nothing but what its revision made.
fn inverse(on: &Ground, edits: &[Edit]) -> Plan {
    let mut planner = Planner::new(&on.state);
    edits.iter().for_each(|edit| planner.edit(edit));
    planner.finish(on)
}

/// For each resource that the revision touched, its first edit and its last.
fn sides(revision: &Revision) -> BTreeMap<ResourceId, (&AppliedEdit, &AppliedEdit)> {
    let mut sides = BTreeMap::new();
    for edit in &revision.edits {
        let (_, last) = sides.entry(edit.target.clone()).or_insert((edit, edit));
        *last = edit;
    }
    sides
}
