//! What a rule can ask about a change.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;
use switchyard_model::ids::{Key, Scope};
use switchyard_model::{AppliedEdit, Kind, Origin, Resource, ResourceId, State};
use switchyard_snapshot::Snapshot;

use super::steps::{self, Step};
use super::values::{Values, json, list, map, text};
use crate::ImpactSummary;

/// A change as it is judged: what it does, between which states.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) before: State,
    pub(crate) after: State,
    /// Only those that do something.
    pub(crate) edits: Vec<AppliedEdit>,
    /// Whose compiled snapshots become others.
    pub(crate) altered: Vec<Key>,
    /// Which environments are for production.
    pub(crate) production: Vec<Key>,
    /// Who is affected in those that it alters; absent where nobody has looked.
    pub(crate) impact: Option<BTreeMap<Key, ImpactSummary>>,
}

/// What is said of a change, and by whom.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) title: String,
    pub(crate) reason: String,
    pub(crate) origin: Origin,
    pub(crate) author: Author,
    pub(crate) at: Timestamp,
}

/// Who makes a change.
#[derive(Debug, Clone)]
pub(crate) struct Author {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The role's word; empty where it is not known any more.
    pub(crate) role: String,
}

/// Everything that rules can ask about one change.
pub(super) struct Facts<'a> {
    case: &'a Case,
    said: &'a Said,
    /// Where the change acts: the environments it alters, and those it edits something in.
    pub(super) environments: Vec<Key>,
    edits: Vec<Touch<'a>>,
    steps: Vec<Step>,
}

/// An edit and what it is about.
struct Touch<'a> {
    edit: &'a AppliedEdit,
    owner: String,
    production: bool,
    /// Where the flag was on before.
    on: Vec<Key>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(case: &'a Case, said: &'a Said) -> Self {
        let here = |key: &&Key| {
            let edited = |edit: &AppliedEdit| edit.target.scope.environment() == Some(*key);
            case.altered.contains(key) || case.edits.iter().any(edited)
        };
        let environments = case.after.environments.iter().filter(here).cloned().collect();
        let edits = case.edits.iter().map(|edit| Touch::of(case, edit)).collect();
        Facts { case, said, environments, edits, steps: steps::of(case) }
    }

    /// True for what takes something back: a revert, a restore, or nothing but flags turned off.
    pub(super) fn takes_back(&self) -> bool {
        takes_back(&self.said.origin, self.edits.iter().map(|touch| touch.edit))
    }

    /// True for a change of nothing but guardrails. A rule that can't be satisfied must not keep itself.
    pub(super) fn is_about_guardrails(&self) -> bool {
        self.edits.iter().all(|touch| touch.edit.target.kind == Kind::Guardrail)
    }

    /// Whether it is known who is affected.
    pub(super) fn knows_impact(&self) -> bool {
        self.case.impact.is_some()
    }

    /// The variables, of these environments only where there are some.
    pub(super) fn variables(&self, only: &[Key]) -> Vec<(&'static str, Values)> {
        let here = |key: &Key| only.is_empty() || only.contains(key);
        let acts = |touch: &&Touch<'_>| touch.edit.target.scope.environment().is_none_or(here);
        let edits: Vec<_> = self.edits.iter().filter(acts).collect();
        let steps = self.steps.iter().filter(|step| here(&step.environment));
        let mut variables = vec![
            ("change", self.change(&edits, here)),
            ("steps", list(steps.map(|step| step.value(self.is_production(&step.environment))))),
            ("resources", list(last(&edits).into_values().map(|touch| self.resource(touch)))),
            ("now", text(&self.said.at.to_string())),
        ];
        if let Some(all) = &self.case.impact {
            let some = all.iter().filter(|(key, _)| here(key));
            let told = |summary| json(&serde_json::to_value(summary).unwrap_or_default());
            variables.push(("impact", map(some.map(|(key, summary)| (&**key, told(summary))))));
        }
        variables
    }

    fn change(&self, edits: &[&Touch<'_>], here: impl Fn(&Key) -> bool) -> Values {
        let Said { title, reason, origin, author, at } = self.said;
        let environments: Vec<_> = self.environments.iter().filter(|key| here(key)).collect();
        map([
            ("title", text(title)),
            ("reason", text(reason.trim())),
            ("origin", text(&word(origin))),
            (
                "author",
                map([("id", text(&author.id)), ("name", text(&author.name)), ("role", text(&author.role))]),
            ),
            ("at", text(&at.to_string())),
            ("production", json(&environments.iter().any(|key| self.is_production(key)).into())),
            ("environments", list(environments.into_iter().map(|key| text(key)))),
            ("edits", list(edits.iter().map(|touch| self.edit(touch)))),
        ])
    }

    fn edit(&self, touch: &Touch<'_>) -> Values {
        let side = |resource: Option<&Resource>| json(&resource.map_or(Json::Null, Resource::to_json));
        let op = serde_json::to_value(&touch.edit.op).unwrap_or_default();
        let mut fields = touch.fields();
        fields.push(("op", text(op["type"].as_str().unwrap_or_default())));
        fields.push(("before", side(touch.edit.before.as_deref())));
        fields.push(("after", side(touch.edit.after.as_deref())));
        map(fields)
    }

    fn resource(&self, touch: &Touch<'_>) -> Values {
        let is = |id: &ResourceId, state: &State| state.get(id).is_some();
        let id = &touch.edit.target;
        let (was, is) = (is(id, &self.case.before), is(id, &self.case.after));
        let mut fields = touch.fields();
        fields.push(("created", json(&(!was && is).into())));
        fields.push(("deleted", json(&(was && !is).into())));
        map(fields)
    }

    fn is_production(&self, environment: &Key) -> bool {
        self.case.production.contains(environment)
    }
}

impl<'a> Touch<'a> {
    fn of(case: &Case, edit: &'a AppliedEdit) -> Self {
        let (key, production) = (&edit.target.key, &case.production);
        let about_flag = matches!(edit.target.kind, Kind::Flag | Kind::Targeting);
        let aimed =
            |e: &&Key| case.before.targeting(e, key).is_some() || case.after.targeting(e, key).is_some();
        let production = match &edit.target.scope {
            Scope::Environment(environment) => production.contains(environment),
            Scope::Project => edit.target.kind == Kind::Flag && production.iter().any(|e| aimed(&e)),
        };
        let on = |e: &&Key| about_flag && case.before.targeting(e, key).is_some_and(|(t, _)| t.on);
        let on = case.before.environments.iter().filter(on).cloned().collect();
        Touch { edit, owner: owner(case, edit), production, on }
    }

    fn fields(&self) -> Vec<(&'static str, Values)> {
        let id = &self.edit.target;
        let tags = self.edit.after.as_deref().or(self.edit.before.as_deref()).map(Resource::to_json);
        let tags = tags.and_then(|mut fields| fields.as_object_mut()?.remove("tags"));
        vec![
            ("resource", text(&id.to_string())),
            ("kind", text(id.kind.word())),
            ("key", text(&id.key)),
            ("environment", text(id.scope.environment().map_or("", |e| e))),
            ("production", json(&self.production.into())),
            ("owner", text(&self.owner)),
            ("tags", json(&tags.unwrap_or_else(|| Json::Array(vec![])))),
            ("on", list(self.on.iter().map(|e| text(e)))),
        ]
    }
}

/// The last edit of each resource.
fn last<'t, 'a>(edits: &[&'t Touch<'a>]) -> BTreeMap<&'a ResourceId, &'t Touch<'a>> {
    edits.iter().map(|touch| (&touch.edit.target, *touch)).collect()
}

/// Who answers for a resource after the change, or did before it was taken away; a targeting's flag's owner.
fn owner(case: &Case, edit: &AppliedEdit) -> String {
    let owner = |resource: &Resource| match resource {
        Resource::Flag(r) => r.owner.clone(),
        Resource::Segment(r) => r.owner.clone(),
        Resource::Service(r) => r.owner.clone(),
        Resource::Listener(r) => r.owner.clone(),
        Resource::Route(r) => r.owner.clone(),
        Resource::Guardrail(r) => r.owner.clone(),
        Resource::Targeting(_) => {
            let flag = case.after.flag(&edit.target.key).or_else(|| case.before.flag(&edit.target.key));
            flag.and_then(|(flag, _)| flag.owner.clone())
        }
    };
    let state = |state: &State| state.get(&edit.target).map(|found| found.resource.clone());
    let resource = state(&case.after).or_else(|| edit.after.clone()).or_else(|| edit.before.clone());
    resource.and_then(|resource| owner(&resource)).unwrap_or_default()
}

/// True for what takes something back: a revert, a restore, or nothing but flags turned off.
pub(super) fn takes_back<'a>(origin: &Origin, edits: impl Iterator<Item = &'a AppliedEdit>) -> bool {
    let mut edits = edits.peekable();
    matches!(origin, Origin::Revert { .. } | Origin::Restore { .. })
        || edits.peek().is_some() && edits.all(turns_off)
}

/// A flag that becomes what it was, but off.
fn turns_off(edit: &AppliedEdit) -> bool {
    match (edit.before.as_deref(), edit.after.as_deref()) {
        (Some(Resource::Targeting(before)), Some(Resource::Targeting(after))) if before.on && !after.on => {
            let mut off = before.clone();
            off.on = false;
            off == *after
        }
        _ => false,
    }
}

/// An origin's word, as it stands in the API.
fn word(origin: &Origin) -> String {
    let json = serde_json::to_value(origin).unwrap_or_default();
    json["type"].as_str().unwrap_or_default().to_owned()
}

impl Case {
    /// A revision again, from the state after it: the state before it is found by undoing its edits, and what
    /// it altered by compiling both.
    pub(crate) fn again(project: &Key, after: &State, edits: &[AppliedEdit], production: Vec<Key>) -> Case {
        let mut before = after.clone();
        before.revision = after.revision.saturating_sub(1);
        for edit in edits.iter().rev() {
            before.set(edit.target.clone(), edit.before.clone(), before.revision);
        }
        let edits: Vec<_> = edits.iter().filter(|edit| edit.before != edit.after).cloned().collect();
        // What is edited in an environment acts there anyway; only a flag has to be looked at.
        let flags = edits.iter().any(|edit| edit.target.kind == Kind::Flag);
        let altered = |environment: &&Key| {
            let compile = |state| Snapshot::compile(project, environment, state);
            match (compile(&before), compile(after)) {
                (Ok(before), Ok(after)) => after.alters(&before),
                _ => true,
            }
        };
        let altered = match flags {
            true => after.environments.iter().filter(altered).cloned().collect(),
            false => vec![],
        };
        Case { before, after: after.clone(), edits, altered, production, impact: None }
    }
}
