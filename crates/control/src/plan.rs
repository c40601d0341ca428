//! What edits make of a state, tried aside.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use switchyard_model::ids::{Key, Scope};
use switchyard_model::merge::difference;
use switchyard_model::validate::validate_touched;
use switchyard_model::{AppliedEdit, Edit, Kind, Op, Problem, Resource, ResourceId, State, Targeting};
use switchyard_snapshot::Snapshot;
use switchyard_snapshot::sentences::edit_sentence;

use crate::lists::Shelf;
use crate::{Check, EditView, guardrails};

/// What a plan stands on: a project's head, and each environment's snapshot of it.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) project: Key,
    pub(crate) shelf: Shelf,
    pub(crate) state: State,
    pub(crate) snapshots: Vec<(Key, Arc<Snapshot>)>,
}

impl Ground {
    /// The ground as a plan on it makes it.
    pub(crate) fn after(mut self, plan: Plan) -> Ground {
        self.state = plan.after;
        for (key, snapshot) in plan.altered.into_iter().chain(plan.quiet) {
            if let Some((_, published)) = self.snapshots.iter_mut().find(|(known, _)| *known == key) {
                *published = snapshot;
            }
        }
        self
    }
}

/// Edits tried on a ground, and all that came of it. It can be applied where there are no problems.
pub(crate) struct Plan {
    /// The head it was made on.
    pub(crate) before: State,
    pub(crate) edits: Vec<AppliedEdit>,
    pub(crate) after: State,
    pub(crate) problems: Vec<Problem>,
    /// The environments whose compiled snapshot becomes another.
    pub(crate) altered: Vec<(Key, Arc<Snapshot>)>,
    /// The environments where something was touched that nothing acts on: nobody is sent these, and the next ones are
    /// made from them.
    pub(crate) quiet: Vec<(Key, Arc<Snapshot>)>,
    /// Who may be named in what it says.
    pub(crate) people: Arc<People>,
}

/// The names of members, by id.
pub(crate) type People = BTreeMap<String, String>;

/// Collects edits on top of a state.
pub(crate) struct Planner {
    before: State,
    after: State,
    edits: Vec<AppliedEdit>,
    problems: Vec<Problem>,
}

impl Planner {
    pub(crate) fn new(state: &State) -> Self {
        let mut after = state.clone();
        after.revision += 1;
        Planner { before: state.clone(), after, edits: vec![], problems: vec![] }
    }

    /// All of these, and what follows from them.
    pub(crate) fn all(state: &State, edits: &[Edit]) -> Self {
        let mut planner = Planner::new(state);
        edits.iter().for_each(|edit| planner.edit(edit));
        planner.follow_deletions();
        planner
    }

    /// Does an edit on top of those before it.
    pub(crate) fn edit(&mut self, edit: &Edit) {
        let before = self.resource(&edit.target);
        let untouched = match before {
            None => self.untouched(edit),
            Some(_) => None,
        };
        match edit.apply(before.as_deref().or(untouched.as_ref())) {
            Ok(after) => self.take(edit.target.clone(), edit.op.clone(), before, after),
            Err(problems) => self.problems.extend(problems),
        }
    }

    /// Makes a resource be exactly this.
    pub(crate) fn set(&mut self, id: ResourceId, after: Option<Resource>) {
        let before = self.resource(&id);
        let op = after.clone().map_or(Op::Delete, |resource| Op::Put { resource });
        self.take(id, op, before, after);
    }

    /// A deleted flag takes its targeting with it, in every environment.
    pub(crate) fn follow_deletions(&mut self) {
        let gone = |e: &&AppliedEdit| e.target.kind == Kind::Flag && e.after.is_none();
        let flags: BTreeSet<Key> = self.edits.iter().filter(gone).map(|e| e.target.key.clone()).collect();
        for flag in flags {
            if self.after.flag(&flag).is_some() {
                continue;
            }
            for environment in self.after.environments.clone() {
                let id = ResourceId::environment(&environment, Kind::Targeting, &flag);
                if self.after.get(&id).is_some() {
                    self.set(id, None);
                }
            }
        }
    }

    /// A flag that nobody has aimed in an environment yet has no targeting there; an operation on it begins
    /// with what it then does.
    pub(crate) fn untouched(&self, edit: &Edit) -> Option<Resource> {
        let whole = matches!(edit.op, Op::Put { .. } | Op::Delete);
        if whole || edit.target.kind != Kind::Targeting {
            return None;
        }
        let environment = edit.target.scope.environment()?;
        let known = self.after.environments.contains(environment);
        let (flag, _) = self.after.flag(&edit.target.key)?;
        known.then(|| Resource::Targeting(Targeting::untouched(flag)))
    }

    /// The state after the edits so far, and those that could be done.
    pub(crate) fn into_done(self) -> (State, Vec<AppliedEdit>) {
        (self.after, self.edits)
    }

    /// True where each edit so far could be done.
    pub(crate) fn fits(&self) -> bool {
        self.problems.is_empty()
    }

    /// The resource as the edits so far leave it.
    pub(crate) fn resource(&self, id: &ResourceId) -> Option<Arc<Resource>> {
        self.after.get(id).map(|found| found.resource.clone())
    }

    fn take(&mut self, target: ResourceId, op: Op, before: Option<Arc<Resource>>, after: Option<Resource>) {
        let after = after.map(Arc::new);
        if before != after {
            self.after.set(target.clone(), after.clone(), self.after.revision);
        }
        self.edits.push(AppliedEdit { target, op, before, after });
    }

    /// The resources that the edits so far alter.
    pub(crate) fn touched(&self) -> Vec<ResourceId> {
        let altered = self.edits.iter().filter(|e| e.before != e.after).map(|e| e.target.clone());
        altered.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// All problems so far, and those of the state that comes out.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        let touched = self.touched();
        let guardrails = touched.iter().filter_map(|id| match self.resource(id).as_deref() {
            Some(Resource::Guardrail(guardrail)) => Some(guardrail.clone()),
            _ => None,
        });
        let unreadable = guardrails::mistakes(&guardrails.collect::<Vec<_>>());
        for problem in validate_touched(&self.after, &touched).into_iter().chain(unreadable) {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        problems
    }

    /// The state that the edits so far make.
    pub(crate) fn state(&self) -> &State {
        &self.after
    }

    /// Judges the whole and compiles what it alters.
    pub(crate) fn finish(self, ground: &Ground) -> Plan {
        let mut problems = self.problems();
        let named = self.touched();
        let named = named.iter().filter_map(|id| Some((id, &*self.after.get(id)?.resource)));
        let (_held, unknown) = ground.shelf.take(named);
        problems.extend(unknown);
        let (mut altered, mut quiet) = (vec![], vec![]);
        if problems.is_empty() {
            let touched = self.touched();
            for (environment, previous) in &ground.snapshots {
                let acts = |id: &ResourceId| id.scope.environment().is_none_or(|e| e == environment);
                if !touched.iter().any(acts) {
                    continue;
                }
                match previous.after(&self.after, &touched) {
                    Ok(snapshot) if snapshot.alters(previous) => {
                        // Now, and not when the first request asks for it.
                        snapshot.attributes();
                        altered.push((environment.clone(), Arc::new(snapshot)));
                    }
                    Ok(snapshot) => quiet.push((environment.clone(), Arc::new(snapshot))),
                    Err(found) => problems.extend(found),
                }
            }
        }
        let people = Arc::default();
        Plan { before: self.before, edits: self.edits, after: self.after, problems, altered, quiet, people }
    }
}

impl Plan {
    pub(crate) fn check(&self) -> Check {
        Check {
            head: self.before.revision,
            ok: self.problems.is_empty(),
            problems: self.problems.clone(),
            edits: self.edits.iter().map(|edit| view(edit, &self.after, &self.people)).collect(),
            environments: self.altered.iter().map(|(key, _)| key.clone()).collect(),
            guardrails: vec![],
            hidden: 0,
            conflicts: vec![],
        }
    }

    /// Leaves out what does nothing.
    pub(crate) fn without_idle(mut self) -> Plan {
        self.edits.retain(|edit| edit.before != edit.after);
        self
    }
}

/// An edit as people see it. `names` is the state after it.
pub(crate) fn view(edit: &AppliedEdit, names: &State, people: &People) -> EditView {
    let mut sentence = edit_sentence(edit, names);
    // An owner is kept as an id, which says nothing to anybody.
    for part in &mut sentence.0 {
        if let Some(name) = people.get(&part.text) {
            part.text.clone_from(name);
        }
    }
    EditView {
        target: edit.target.clone(),
        op: edit.op.clone(),
        sentence,
        title: title(edit, names),
        difference: difference(edit.before.as_deref(), edit.after.as_deref()),
    }
}

/// What people call the resource; a targeting is called as its flag is.
fn title(edit: &AppliedEdit, names: &State) -> String {
    let title = match edit.after.as_deref().or(edit.before.as_deref()) {
        Some(Resource::Targeting(_)) => names.flag(&edit.target.key).map(|(flag, _)| flag.title()),
        resource => resource.map(Resource::title),
    };
    title.unwrap_or(&edit.target.key).to_owned()
}

/// The environments that resources act in; those of the project act in all.
pub(crate) fn environments<'a>(
    touched: impl Iterator<Item = &'a ResourceId> + Clone,
    state: &State,
) -> Vec<Key> {
    let acts = |environment: &&Key| {
        let mut scopes = touched.clone().map(|id| &id.scope);
        scopes.any(|scope| matches!(scope, Scope::Project) || scope.environment() == Some(*environment))
    };
    state.environments.iter().filter(acts).cloned().collect()
}
