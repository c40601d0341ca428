//! A change on a head that moved since it was written: merged by field, never over what came in between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use switchyard_model::merge::{self, Side};
use switchyard_model::{AppliedEdit, Change, ChangeState, Edit, Op, Problem, Resource, ResourceId, State};
use switchyard_snapshot::sentences::{Sentence, edit_sentence};

use crate::plan::{Ground, Plan, Planner};
use crate::project::Handle;
use crate::{Conflict, Control, Error, Result};

/// A change tried on the head, or on what those that it comes after make of it.
pub(crate) struct Planned {
    /// What it was tried on.
    pub(crate) ground: Ground,
    /// With a problem for each conflict.
    pub(crate) plan: Plan,
    /// Where later revisions changed the same fields to something else.
    pub(crate) conflicts: Vec<Conflict>,
}

/// What became of resources since a change was written: as they were then, where that is not as they are.
type Moved = BTreeMap<ResourceId, Option<Arc<Resource>>>;

/// Which side was chosen where both changed the same field, by resource and path.
pub(crate) type Choices = BTreeMap<ResourceId, BTreeMap<String, Side>>;

impl Control {
    /// Tries a change on the head, and on what those that it comes after make of it. Where nothing that it
    /// touches has changed since its base, its edits are done as they are; else its outcome on the base is
    /// merged with what came since.
    pub(crate) async fn planned(&self, handle: &Handle, change: &Change) -> Result<Planned> {
        let before = self.before(&handle.key, &change.after).await?;
        let (ground, stops) = self.on_top_of(handle, &before).await?;
        let mut planned = self.planned_on(handle, ground, change, &before).await?;
        planned.plan.problems.splice(0..0, stops);
        Ok(planned)
    }

    /// Tries a change on a ground. `before` is what it comes after.
    pub(crate) async fn planned_on(
        &self,
        handle: &Handle,
        ground: Ground,
        change: &Change,
        before: &[Change],
    ) -> Result<Planned> {
        let moved = self.moved(handle, &ground.state, change, before).await?;
        let (edits, base) = (change.edits.clone(), change.base);
        let (ground, tried, found) = tokio::task::spawn_blocking(move || {
            let Rebased { planner, conflicts, .. } =
                rebased(&ground.state, base, &edits, &moved, &Choices::new());
            let tried = planner.finish(&ground);
            (ground, tried, conflicts)
        })
        .await?;
        let mut planned = Planned { ground, plan: tried, conflicts: vec![] };
        planned.plan.people = self.people();
        for one in found {
            let conflict = self.met(&handle.key, base, one).await?;
            planned.plan.problems.push(problem(&conflict));
            planned.conflicts.push(conflict);
        }
        Ok(planned)
    }

    /// The plan of a change that can be applied on the head.
    ///
    /// # Errors
    /// Why it can't: the revisions since its base that stand in the way, or what was always wrong with it.
    pub(crate) async fn fitting(&self, handle: &Handle, change: &Change, planned: Planned) -> Result<Plan> {
        let Planned { plan, conflicts, .. } = planned;
        match (plan.problems.is_empty(), conflicts.is_empty()) {
            (true, _) => Ok(plan),
            (false, true) => Err(self.why_not(handle, change, plan.problems).await?),
            (false, false) => Err(Error::Conflicts { conflicts, problems: plan.problems }),
        }
    }

    /// A change's edits as they are to be where a side was chosen for its conflicts: what its author wrote where
    /// that does it, else what comes out of the merge.
    ///
    /// # Errors
    /// [`Error::Conflicts`] with those that are left.
    pub(crate) async fn resolved(
        &self,
        handle: &Handle,
        change: &Change,
        choices: Choices,
    ) -> Result<Vec<Edit>> {
        let before = self.before(&handle.key, &change.after).await?;
        let (ground, _) = self.on_top_of(handle, &before).await?;
        let moved = self.moved(handle, &ground.state, change, &before).await?;
        let (head, base) = (&ground.state, change.base);
        let Rebased { planner, merged, conflicts } = rebased(head, base, &change.edits, &moved, &choices);
        let mut left = vec![];
        for one in conflicts {
            left.push(self.met(&handle.key, base, one).await?);
        }
        if !left.is_empty() {
            let problems = left.iter().map(problem).collect();
            return Err(Error::Conflicts { conflicts: left, problems });
        }
        let mut edits: Vec<Edit> =
            change.edits.iter().filter(|edit| !merged.contains_key(&edit.target)).cloned().collect();
        for (target, resource) in &merged {
            let now = head.get(target).map(|found| &*found.resource);
            if now != resource.as_ref() {
                let op = resource.clone().map_or(Op::Delete, |resource| Op::Put { resource });
                edits.push(Edit { target: target.clone(), op });
            }
        }
        let outcome = Planner::all(head, &edits);
        let promised = |id: &ResourceId| match merged.get(id) {
            Some(resource) => resource.clone(),
            None => planner.resource(id).as_deref().cloned(),
        };
        // What follows from the rest of the change can't stay beside it.
        let lost = moved.keys().filter(|id| outcome.resource(id).as_deref() != promised(id).as_ref());
        let problems: Vec<_> = lost.map(beside).collect();
        if problems.is_empty() { Ok(edits) } else { Err(Error::Invalid(problems)) }
    }

    async fn met(&self, project: &str, base: u64, met: Met) -> Result<Conflict> {
        let conflict = self.merge_conflict(project, &met.resource, base, met.conflict).await?;
        Ok(Conflict { now_sentence: Some(met.now), wanted_sentence: Some(met.wanted), ..conflict })
    }

    /// The resources that a change touches and that are not, on `now`, as they were where it was written: on
    /// its base, with what it comes after on top.
    async fn moved(&self, handle: &Handle, now: &State, change: &Change, before: &[Change]) -> Result<Moved> {
        let mut moved = Moved::new();
        // What was applied by then is in the base; what was given up stands in the way by itself.
        let counts = |first: &&Change| {
            first.state != ChangeState::Rejected && first.revision.is_none_or(|r| r > change.base)
        };
        let before: Vec<_> = before.iter().filter(counts).collect();
        if change.base >= handle.state().revision && before.is_empty() {
            return Ok(moved);
        }
        let touched = Planner::all(now, &change.edits).touched();
        let targets: BTreeSet<_> = change.edits.iter().map(|e| e.target.clone()).chain(touched).collect();
        let firsts = before.iter().flat_map(|first| &first.edits).map(|edit| edit.target.clone());
        let mut then = handle.state();
        for id in targets.iter().cloned().chain(firsts).collect::<BTreeSet<_>>() {
            if then.get(&id).is_some_and(|head| head.revision <= change.base) {
                continue;
            }
            let later = self.inner.store.touching(&handle.key, &id, change.base).await?;
            if let Some(first) = later.last().and_then(|r| r.edits.iter().find(|e| e.target == id)) {
                then.set(id, first.before.clone(), change.base);
            }
        }
        for first in before {
            // As far as they can be done there: what can't is found as a difference.
            then = Planner::all(&then, &first.edits).state().clone();
        }
        for id in targets {
            let was = then.get(&id).map(|found| found.resource.clone());
            if was.as_ref() != now.get(&id).map(|found| &found.resource) {
                moved.insert(id, was);
            }
        }
        Ok(moved)
    }
}

/// Edits on top of a state that is not the one which they were written on.
struct Rebased {
    planner: Planner,
    /// What becomes of resources for which the edits alone would be wrong.
    merged: BTreeMap<ResourceId, Option<Resource>>,
    /// Where that can't be said.
    conflicts: Vec<Met>,
}

/// A field that both sides changed, with what each did to the resource in words.
struct Met {
    resource: ResourceId,
    conflict: merge::Conflict,
    now: Sentence,
    wanted: Sentence,
}

/// Edits that were written on the state `base` on top of `head`, and where that can't be.
fn rebased(head: &State, base: u64, edits: &[Edit], moved: &Moved, choices: &Choices) -> Rebased {
    let plain = Planner::all(head, edits);
    let mut then = head.clone();
    for (id, resource) in moved {
        then.set(id.clone(), resource.clone(), base);
    }
    let written = Planner::all(&then, edits);
    if moved.is_empty() || !plain.fits() || !written.fits() {
        return Rebased { planner: plain, merged: BTreeMap::new(), conflicts: vec![] };
    }
    let (mut merged, mut conflicts) = (BTreeMap::new(), vec![]);
    let nothing = BTreeMap::new();
    for (id, was) in moved {
        let began = was.as_deref().cloned().or_else(|| {
            let first = edits.iter().find(|edit| edit.target == *id)?;
            Planner::new(&then).untouched(first)
        });
        let (now, wanted) = (head.get(id).map(|found| found.resource.clone()), written.resource(id));
        let chosen = choices.get(id).unwrap_or(&nothing);
        match merge::merge_with(began.as_ref(), now.as_deref(), wanted.as_deref(), chosen) {
            Ok(resource) if resource.as_ref() == plain.resource(id).as_deref() => {}
            Ok(resource) => {
                merged.insert(id.clone(), resource);
            }
            Err(found) => {
                let before = began.map(Arc::new);
                let said = |after: Option<Arc<Resource>>, names: &State| {
                    let op = after.as_deref().cloned().map_or(Op::Delete, |resource| Op::Put { resource });
                    let edit = AppliedEdit { target: id.clone(), op, before: before.clone(), after };
                    edit_sentence(&edit, names)
                };
                let (now, wanted) = (said(now, head), said(wanted, written.state()));
                conflicts.extend(found.into_iter().map(|conflict| Met {
                    resource: id.clone(),
                    conflict,
                    now: now.clone(),
                    wanted: wanted.clone(),
                }));
            }
        }
    }
    if merged.is_empty() || !conflicts.is_empty() {
        return Rebased { planner: plain, merged, conflicts };
    }
    let mut planner = Planner::new(head);
    edits.iter().filter(|edit| !merged.contains_key(&edit.target)).for_each(|edit| planner.edit(edit));
    merged.iter().for_each(|(id, resource)| planner.set(id.clone(), resource.clone()));
    planner.follow_deletions();
    Rebased { planner, merged, conflicts }
}

fn beside(id: &ResourceId) -> Problem {
    let problem = Problem::new("", "can't stay as it is beside the rest of the change").of(id);
    problem.hint("take the edit out that deletes what it belongs to")
}

fn problem(conflict: &Conflict) -> Problem {
    let who = conflict.later_author.as_deref().unwrap_or("somebody");
    let reason = match conflict.later_revision {
        Some(revision) => format!("was changed by {who} in revision {revision}"),
        None => "was changed since".to_owned(),
    };
    let mut problem = Problem::new(conflict.path.clone(), reason).of(&conflict.resource);
    problem.value.clone_from(&conflict.now);
    problem.hint("save the change anew to put yours over it, or leave that edit out")
}
