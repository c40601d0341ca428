//! What of a plan the policies are asked about: each resource as it was and as it becomes, with what changes of it.

use switchyard_model::ids::Key;
use switchyard_model::{AppliedEdit, Edit, Kind, Resource, ResourceId, State, Targeting};
use switchyard_policy::{Aspects, Owner, Subject, aspects};
use switchyard_store::Environment;

use crate::Control;
use crate::plan::{Plan, Planner};
use crate::project::Handle;

/// A resource, and what of it changes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) subject: Subject,
    pub(crate) aspects: Aspects,
}

impl Control {
    /// What a plan asks for. An edit that could not be done changes nothing; of those (`proposed`, as they are put) only
    /// what they are aimed at is asked for.
    pub(crate) fn asked<'a>(
        &self,
        handle: &Handle,
        plan: &Plan,
        proposed: impl Iterator<Item = &'a ResourceId>,
    ) -> Vec<Asked> {
        self.asked_of(handle, &plan.before, &plan.after, &plan.edits, proposed)
    }

    /// As [`Control::asked`], of edits on the head that nobody has planned.
    pub(crate) fn asked_now(&self, handle: &Handle, edits: &[Edit]) -> Vec<Asked> {
        let before = handle.state();
        let (after, done) = Planner::all(&before, edits).into_done();
        self.asked_of(handle, &before, &after, &done, edits.iter().map(|edit| &edit.target))
    }

    fn asked_of<'a>(
        &self,
        handle: &Handle,
        before: &State,
        after: &State,
        edits: &[AppliedEdit],
        proposed: impl Iterator<Item = &'a ResourceId>,
    ) -> Vec<Asked> {
        let places = handle.environments();
        let mut asked: Vec<Asked> = vec![];
        let mut ask = |id: &ResourceId, of: Option<&Resource>, on: &State, aspects: Aspects| {
            let subject = self.subject(&places, id, of, on);
            let one = Asked { subject, aspects };
            if !asked.contains(&one) {
                asked.push(one);
            }
        };
        for edit in edits.iter().filter(|edit| edit.before != edit.after) {
            let (was, is) = (edit.before.as_deref(), edit.after.as_deref());
            let changes = changes(edit, before, after);
            // Who may touch what is tagged so may not tag what is not: it is asked for on both sides.
            if was.is_some() || is.is_none() {
                ask(&edit.target, was, before, changes);
            }
            if is.is_some() {
                ask(&edit.target, is, after, changes);
            }
        }
        for id in proposed {
            if !edits.iter().any(|edit| edit.target == *id && edit.before != edit.after) {
                ask(id, before.get(id).map(|found| &*found.resource), before, Aspects::NONE);
            }
        }
        asked
    }

    /// A resource as policies see it. `on` has the flag of a targeting.
    pub(crate) fn subject(
        &self,
        environments: &[Environment],
        id: &ResourceId,
        of: Option<&Resource>,
        on: &State,
    ) -> Subject {
        let flag = (id.kind == Kind::Targeting).then(|| on.flag(&id.key)).flatten().map(|(flag, _)| flag);
        let (tags, owner) = match flag {
            Some(flag) => (flag.tags.clone(), flag.owner.as_deref()),
            None => (of.map(|of| of.tags().to_vec()).unwrap_or_default(), of.and_then(Resource::owner)),
        };
        let here = |key: &Key| id.scope.environment().is_none_or(|only| only == key);
        Subject {
            id: id.clone(),
            tags,
            owner: owner.map(|owner| self.owner(owner)),
            acts_in: environments.iter().filter(|e| here(&e.key)).map(|e| e.key.clone()).collect(),
            production: environments.iter().any(|e| here(&e.key) && e.production),
        }
    }

    fn owner(&self, owner: &str) -> Owner {
        self.inner.directory.with(|known| match known.teams.contains_key(owner) {
            true => Owner::Team(owner.into()),
            false if known.members.contains_key(owner) => Owner::Member(owner.to_owned()),
            false => Owner::Name(owner.to_owned()),
        })
    }
}

/// What an edit changes. A targeting that is not there is what its flag does then.
fn changes(edit: &AppliedEdit, before: &State, after: &State) -> Aspects {
    let untouched = || match edit.target.kind {
        Kind::Targeting => {
            let (flag, _) = before.flag(&edit.target.key).or_else(|| after.flag(&edit.target.key))?;
            Some(Resource::Targeting(Targeting::untouched(flag)))
        }
        _ => None,
    };
    match (&edit.before, &edit.after) {
        (None, Some(after)) => aspects(untouched().as_ref(), Some(after)),
        (before, after) => aspects(before.as_deref(), after.as_deref()),
    }
}
