//! Which resources name which.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::reports::{Report, list, words};
use crate::flag_spec::{Clause, Op};
use crate::ids::{Key, Kind, ResourceId, Scope};
use crate::route::{Action, Split};
use crate::{Problem, Resource, State};

/// That a resource names another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The field that names it, as `split.arms[0].action.service`.
    pub path: String,
    /// What it names.
    pub to: ResourceId,
}

/// Everything that a resource names. A targeting names its flag too.
pub fn references(id: &ResourceId, resource: &Resource) -> Vec<Reference> {
    let mut found = vec![];
    each(resource, &mut |path, kind, key| {
        let scope = if kind.is_project_scoped() { Scope::Project } else { id.scope.clone() };
        found.push(Reference { path: path(), to: ResourceId { scope, kind, key: key.into() } });
    });
    found
}

/// Told of each name in a resource: its path (made when asked for), and the kind and key it names.
type Visit<'a> = dyn FnMut(&dyn Fn() -> String, Kind, &str) + 'a;

fn each(resource: &Resource, visit: &mut Visit<'_>) {
    match resource {
        Resource::Targeting(targeting) => {
            visit(&|| "key".into(), Kind::Flag, &targeting.key);
            for (at, prerequisite) in targeting.prerequisites.iter().enumerate() {
                visit(&|| format!("prerequisites[{at}].key"), Kind::Flag, &prerequisite.key);
            }
            for (at, rule) in targeting.rules.iter().enumerate() {
                each_segment(at, &rule.clauses, visit);
            }
        }
        Resource::Segment(segment) => {
            for (at, rule) in segment.rules.iter().enumerate() {
                each_segment(at, &rule.clauses, visit);
            }
        }
        Resource::Route(route) => {
            visit(&|| "listener".into(), Kind::Listener, &route.listener);
            if let Split::Flag { flag, .. } = &route.split {
                visit(&|| "split.flag".into(), Kind::Flag, flag);
            }
            for (at, arm) in route.split.arms().iter().enumerate() {
                if let Action::Service { service, .. } = arm.action {
                    visit(&|| format!("split.arms[{at}].action.service"), Kind::Service, service);
                }
            }
        }
        Resource::Flag(_) | Resource::Service(_) | Resource::Listener(_) | Resource::Guardrail(_) => {}
    }
}

fn each_segment(rule: usize, clauses: &[Clause], visit: &mut Visit<'_>) {
    for (at, clause) in clauses.iter().enumerate().filter(|(_, c)| c.op == Op::SegmentMatch) {
        for (n, value) in clause.values.iter().enumerate() {
            if let Some(segment) = value.as_str() {
                visit(&|| format!("rules[{rule}].clauses[{at}].values[{n}]"), Kind::Segment, segment);
            }
        }
    }
}

/// The segments that these clauses ask for.
pub(super) fn segments(clauses: &[Clause]) -> impl Iterator<Item = &str> {
    let asking = clauses.iter().filter(|c| c.op == Op::SegmentMatch);
    asking.flat_map(|c| c.values.iter().filter_map(|v| v.as_str()))
}

/// Says that a name leads nowhere, and what there is instead.
pub(super) fn missing(state: &State, report: &mut Report<'_>, reference: &Reference) {
    let ResourceId { scope, kind, key } = &reference.to;
    if reference.path == "key" {
        let hint = format!("make {} in the same change, or take this away", reference.to);
        return report.add(Problem::new("key", "is no flag of the project").value(&**key).hint(hint));
    }
    let known: Vec<_> = state.of(scope, *kind).map(|(id, _)| &id.key).collect();
    let place = scope.environment().map_or("the project", |e| &**e);
    let hint = match known.as_slice() {
        [] => format!("{place} has no {kind} yet"),
        known => format!("{place} has {}", list(&words(known.iter().copied()))),
    };
    let reason = format!("names a {kind} that is not there");
    report.add(Problem::new(&*reference.path, reason).value(&**key).hint(hint));
}

/// Who depends on some resources.
pub(super) struct Index {
    direct: HashMap<(Kind, Key), Vec<ResourceId>>,
    all: BTreeSet<ResourceId>,
}

impl Index {
    /// Looks for everything that depends on `touched`, directly or by way of others. What a flag does in an
    /// environment is its targeting there, so who names the flag depends on its targeting too.
    pub(super) fn around<'a>(
        state: &State,
        touched: impl IntoIterator<Item = &'a ResourceId> + Clone,
    ) -> Self {
        let mut index = Index { direct: HashMap::new(), all: BTreeSet::new() };
        for environment in &state.environments {
            let scope = Scope::Environment(environment.clone());
            let here =
                touched.clone().into_iter().filter(|id| id.scope == Scope::Project || id.scope == scope);
            let mut wanted = names(here);
            let mut first = true;
            while !wanted.is_empty() {
                let found = index.users(state, &scope, &wanted, first);
                wanted = names(found.iter().filter(|id| index.all.insert((*id).clone())));
                first = false;
            }
        }
        index
    }

    /// Everything in this environment that names one of `wanted`.
    fn users(&mut self, state: &State, scope: &Scope, wanted: &Names, first: bool) -> Vec<ResourceId> {
        let of_flags = wanted.contains_key(&Kind::Flag) || wanted.contains_key(&Kind::Segment);
        let kinds: &[Kind] =
            if of_flags { &[Kind::Segment, Kind::Targeting, Kind::Route] } else { &[Kind::Route] };
        let mut found = vec![];
        for (id, versioned) in kinds.iter().flat_map(|kind| state.of(scope, *kind)) {
            let mut uses = HashSet::new();
            each(&versioned.resource, &mut |_, kind, key| {
                if let Some(target) = wanted.get(&kind).and_then(|keys| keys.get(key)) {
                    uses.insert((kind, target));
                }
            });
            if uses.is_empty() {
                continue;
            }
            found.push(id.clone());
            if first {
                for (kind, key) in uses {
                    self.direct.entry((kind, key.clone())).or_default().push(id.clone());
                }
            }
        }
        found
    }

    /// Who names this resource, which must be one of those the index is around.
    pub(super) fn direct(&self, id: &ResourceId) -> Vec<&ResourceId> {
        let users = self.direct.get(&(id.kind, id.key.clone())).into_iter().flatten();
        users.filter(|user| id.scope == Scope::Project || user.scope == id.scope).collect()
    }

    /// Everything that depends on what the index is around; of that itself only what depends on others of it.
    pub(super) fn all(&self) -> &BTreeSet<ResourceId> {
        &self.all
    }
}

/// Keys by kind, as others name them.
type Names = HashMap<Kind, HashSet<Key>>;

fn names<'a>(ids: impl Iterator<Item = &'a ResourceId>) -> Names {
    let mut names = Names::new();
    for id in ids {
        let kind = match id.kind {
            Kind::Targeting => Kind::Flag,
            Kind::Route | Kind::Guardrail => continue,
            kind => kind,
        };
        names.entry(kind).or_default().insert(id.key.clone());
    }
    names
}
