//! What somebody does not see: environments that the policies hide from them, with all that is in them.

use std::sync::Arc;

use switchyard_model::access::Action;
use switchyard_model::ids::Key;
use switchyard_model::{Change, ResourceId, State};

use crate::project::Handle;
use crate::{ChangeView, Check, Control, Error, Principal, Project, Result, RevisionView};

/// In the place of words about what somebody may not see.
const HIDDEN: &str = "Something in an environment that you may not see";

/// What of a project somebody sees.
pub(crate) struct Sight {
    hidden: Vec<Key>,
}

impl Control {
    pub(crate) fn sight(&self, principal: &Principal, handle: &Handle) -> Sight {
        let own = self.inner.directory.with(|known| known.policies.contains_key(&handle.key));
        let hidden = match own {
            true => {
                let all = handle.environments().into_iter();
                all.filter(|e| !self.sees(principal, handle, &e.key, e.production)).map(|e| e.key).collect()
            }
            // The presets hide nothing.
            false => vec![],
        };
        Sight { hidden }
    }

    /// The project of an environment, where the principal may see both.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub(crate) fn seen_in(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
    ) -> Result<Arc<Handle>> {
        let handle = self.seen(principal, project)?;
        self.authorize_in(principal, Action::View, &handle, environment)?;
        Ok(handle)
    }
}

impl Sight {
    pub(crate) fn environment(&self, key: &str) -> bool {
        !self.hidden.iter().any(|hidden| **hidden == *key)
    }

    pub(crate) fn resource(&self, id: &ResourceId) -> bool {
        id.scope.environment().is_none_or(|key| self.environment(key))
    }

    /// # Errors
    /// [`Error::NotFound`] for one that is hidden.
    pub(crate) fn all<'a>(&self, mut ids: impl Iterator<Item = &'a ResourceId>) -> Result<()> {
        match ids.find(|id| !self.resource(id)) {
            Some(id) => Err(Error::NotFound(id.to_string())),
            None => Ok(()),
        }
    }

    pub(crate) fn of_project(&self, mut project: Project) -> Project {
        project.environments.retain(|environment| self.environment(&environment.key));
        project
    }

    pub(crate) fn of_state(&self, mut state: State) -> State {
        if self.hidden.is_empty() {
            return state;
        }
        state.environments.retain(|key| self.environment(key));
        let hidden: Vec<_> =
            state.iter().map(|(id, _)| id).filter(|id| !self.resource(id)).cloned().collect();
        let revision = state.revision;
        hidden.into_iter().for_each(|id| state.set(id, None, revision));
        state
    }

    pub(crate) fn of_check(&self, mut check: Check) -> Check {
        check.edits.retain(|edit| self.resource(&edit.target));
        check.environments.retain(|key| self.environment(key));
        check.conflicts.retain(|conflict| self.resource(&conflict.resource));
        check.problems.retain(|problem| problem.resource.as_ref().is_none_or(|id| self.resource(id)));
        check
    }

    pub(crate) fn of_revision(&self, mut revision: RevisionView) -> RevisionView {
        if revision.edits.iter().any(|edit| !self.resource(&edit.target)) {
            (revision.title, revision.reason) = (HIDDEN.to_owned(), String::new());
        }
        revision.edits.retain(|edit| self.resource(&edit.target));
        revision.environments.retain(|key| self.environment(key));
        revision
    }

    /// A change's title, as far as it may be seen.
    pub(crate) fn title(&self, change: &Change) -> String {
        let seen = change.edits.iter().all(|edit| self.resource(&edit.target));
        if seen { change.title.clone() } else { HIDDEN.to_owned() }
    }

    pub(crate) fn of_change(&self, mut change: ChangeView) -> ChangeView {
        if change.edits.iter().any(|edit| !self.resource(&edit.target)) {
            (change.title, change.reason) = (HIDDEN.to_owned(), String::new());
        }
        change.edits.retain(|edit| self.resource(&edit.target));
        change.check = self.of_check(change.check);
        change
    }
}
