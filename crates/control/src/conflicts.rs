//! Who was there later, and did what.

use switchyard_model::ids::Key;
use switchyard_model::merge::{self, difference};
use switchyard_model::validate::dependents;
use switchyard_model::{Change, Kind, Problem, ResourceId, Revision};

use crate::plan::Planner;
use crate::project::Handle;
use crate::{Conflict, Control, Error, Result};

impl Control {
    /// Why a change that was checked on `change.base` can't be applied on the head: the revisions since then
    /// that brought the problems, or the problems alone where it had them from the beginning.
    pub(crate) async fn why_not(
        &self,
        handle: &Handle,
        change: &Change,
        problems: Vec<Problem>,
    ) -> Result<Error> {
        let head = handle.state().revision;
        let mut state = self.state_of(handle, change.base.min(head)).await?;
        let mut old = Planner::all(&state, &change.edits).problems();
        let mut conflicts = vec![];
        for number in change.base + 1..=head {
            let revision = self.stored_revision(&handle.key, number).await?;
            state = state.after(&revision);
            let now = Planner::all(&state, &change.edits).problems();
            for new in now.iter().filter(|p| problems.contains(p) && !old.contains(p)) {
                conflicts.extend(self.named(new, &revision));
            }
            old.extend(now);
        }
        if conflicts.is_empty() {
            return Ok(Error::Invalid(problems));
        }
        Ok(Error::Conflicts { conflicts, problems })
    }

    /// A place where a merge found two sides, with the newest revision after `after` that touched it.
    pub(crate) async fn merge_conflict(
        &self,
        project: &str,
        id: &ResourceId,
        after: u64,
        found: merge::Conflict,
    ) -> Result<Conflict> {
        let later = self.inner.store.touching(project, id, after).await?;
        let at = later.iter().find(|r| touches(r, id, &found.path)).or(later.first());
        Ok(Conflict {
            resource: id.clone(),
            path: found.path,
            base: found.base,
            now: found.ours,
            wanted: found.theirs,
            now_sentence: None,
            wanted_sentence: None,
            later_revision: at.map(|r| r.number),
            later_author: at.map(|r| self.name_of(&r.author)),
        })
    }

    /// Problems that the revisions after `after` may have brought: those to resources that they touched, or
    /// that something now depends on which they touched. `None` where it was none of them.
    pub(crate) async fn later_problem(
        &self,
        handle: &Handle,
        after: u64,
        problem: &Problem,
    ) -> Result<Option<Conflict>> {
        let Some(id) = &problem.resource else { return Ok(None) };
        let mut suspects = vec![id.clone()];
        let state = handle.state();
        suspects.extend(dependents(&state, id));
        if id.kind == Kind::Flag {
            let aimed = |e: &Key| ResourceId::environment(e, Kind::Targeting, &id.key);
            suspects.extend(state.environments.iter().map(aimed));
        }
        for suspect in suspects {
            let later = self.inner.store.touching(&handle.key, &suspect, after).await?;
            if let Some(revision) = later.first() {
                return Ok(self.named(problem, revision));
            }
        }
        Ok(None)
    }

    fn named(&self, problem: &Problem, later: &Revision) -> Option<Conflict> {
        Some(Conflict {
            resource: problem.resource.clone()?,
            path: problem.path.clone(),
            base: None,
            now: None,
            wanted: problem.value.clone(),
            now_sentence: None,
            wanted_sentence: None,
            later_revision: Some(later.number),
            later_author: Some(self.name_of(&later.author)),
        })
    }
}

/// True where the revision changed the field, something in it, or something it is in.
fn touches(revision: &Revision, id: &ResourceId, path: &str) -> bool {
    revision.edits.iter().filter(|edit| edit.target == *id).any(|edit| {
        difference(edit.before.as_deref(), edit.after.as_deref())
            .iter()
            .any(|field| field.path.starts_with(path) || path.starts_with(&*field.path))
    })
}
