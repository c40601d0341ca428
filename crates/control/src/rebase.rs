//! A change on a head that moved since it was written: merged by field, never over what came in between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use switchyard_model::merge::merge;
use switchyard_model::{Change, Edit, Problem, Resource, ResourceId, State};

use crate::plan::{Plan, Planner};
use crate::project::Handle;
use crate::{Conflict, Control, Error, Result};

/// A change tried on the head.
pub(crate) struct Planned {
    /// With a problem for each conflict.
    pub(crate) plan: Plan,
    /// Where later revisions changed the same fields to something else.
    pub(crate) conflicts: Vec<Conflict>,
}

/// What became of resources since a change was written: as they were then, where that is not as they are.
type Moved = BTreeMap<ResourceId, Option<Arc<Resource>>>;

impl Control {
    /// Tries a change on the head. Where nothing that it touches has changed since its base, its edits are done
    /// as they are; else its outcome on the base is merged with what came since.
    pub(crate) async fn planned(&self, handle: &Handle, change: &Change) -> Result<Planned> {
        let ground = handle.ground();
        let moved = self.moved(handle, &ground.state, change).await?;
        let (edits, base) = (change.edits.clone(), change.base);
        let (tried, found) = tokio::task::spawn_blocking(move || {
            let (planner, found) = rebased(&ground.state, base, &edits, &moved);
            (planner.finish(&ground), found)
        })
        .await?;
        let mut planned = Planned { plan: tried, conflicts: vec![] };
        planned.plan.people = self.people();
        for (id, one) in found {
            let conflict = self.merge_conflict(&handle.key, &id, base, one).await?;
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
        let Planned { plan, conflicts } = planned;
        match (plan.problems.is_empty(), conflicts.is_empty()) {
            (true, _) => Ok(plan),
            (false, true) => Err(self.why_not(handle, change, plan.problems).await?),
            (false, false) => Err(Error::Conflicts { conflicts, problems: plan.problems }),
        }
    }

    /// The resources that a change touches and that revisions since its base touched too.
    async fn moved(&self, handle: &Handle, head: &State, change: &Change) -> Result<Moved> {
        let mut moved = Moved::new();
        if change.base >= head.revision {
            return Ok(moved);
        }
        let touched = Planner::all(head, &change.edits).touched();
        let targets: BTreeSet<_> = change.edits.iter().map(|e| e.target.clone()).chain(touched).collect();
        for id in targets {
            let now = head.get(&id);
            if now.is_some_and(|now| now.revision <= change.base) {
                continue;
            }
            let later = self.inner.store.touching(&handle.key, &id, change.base).await?;
            let Some(first) = later.last().and_then(|r| r.edits.iter().find(|e| e.target == id)) else {
                continue;
            };
            if first.before.as_ref() != now.map(|now| &now.resource) {
                moved.insert(id, first.before.clone());
            }
        }
        Ok(moved)
    }
}

/// Edits that were written on the state `base` on top of the head, and where that can't be.
fn rebased(
    head: &State,
    base: u64,
    edits: &[Edit],
    moved: &Moved,
) -> (Planner, Vec<(ResourceId, switchyard_model::merge::Conflict)>) {
    let plain = Planner::all(head, edits);
    let mut then = head.clone();
    for (id, resource) in moved {
        then.set(id.clone(), resource.clone(), base);
    }
    let written = Planner::all(&then, edits);
    if moved.is_empty() || !plain.fits() || !written.fits() {
        return (plain, vec![]);
    }
    let (mut merged, mut conflicts) = (BTreeMap::new(), vec![]);
    for (id, was) in moved {
        let began = was.as_deref().cloned().or_else(|| {
            let first = edits.iter().find(|edit| edit.target == *id)?;
            Planner::new(&then).untouched(first)
        });
        let now = head.get(id).map(|found| &*found.resource);
        match merge(began.as_ref(), now, written.resource(id).as_deref()) {
            Ok(resource) if resource.as_ref() == plain.resource(id).as_deref() => {}
            Ok(resource) => {
                merged.insert(id.clone(), resource);
            }
            Err(found) => conflicts.extend(found.into_iter().map(|one| (id.clone(), one))),
        }
    }
    if merged.is_empty() || !conflicts.is_empty() {
        return (plain, conflicts);
    }
    let mut planner = Planner::new(head);
    edits.iter().filter(|edit| !merged.contains_key(&edit.target)).for_each(|edit| planner.edit(edit));
    merged.into_iter().for_each(|(id, resource)| planner.set(id, resource));
    planner.follow_deletions();
    (planner, conflicts)
}

fn problem(conflict: &Conflict) -> Problem {
    let who = conflict.later_author.as_deref().unwrap_or("somebody");
    let reason = match conflict.later_revision {
        Some(revision) => format!("was changed by {who} in revision {revision}"),
        None => "was changed since".to_owned(),
    };
    let mut problem = Problem::new(conflict.path.clone(), reason).of(&conflict.resource);
    problem.value.clone_from(&conflict.ours);
    problem.hint("save the change anew to put yours over it, or leave that edit out")
}
