//! What a resource names of others.

use std::collections::BTreeSet;

use crate::Resource;
use crate::flag_spec::{Clause, Op};
use crate::ids::{Kind, ResourceId, Scope};
use crate::route::{Action, Split};

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

/// What a resource names, each once.
pub(crate) fn named(id: &ResourceId, resource: &Resource) -> BTreeSet<ResourceId> {
    let mut found = BTreeSet::new();
    each(resource, &mut |_, kind, key| {
        let scope = if kind.is_project_scoped() { Scope::Project } else { id.scope.clone() };
        found.insert(ResourceId { scope, kind, key: key.into() });
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
