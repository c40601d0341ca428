//! Two environments side by side, and the edits that would make one like the other: promotion.
//!
//! What is compared is who gets what: targeting, segments, routes. Listeners and services are compared too, but
//! each environment has its own, so that taking them over is not advised. The salt that a rollout is hashed with
//! stays that of each environment: a promotion takes rules over, it does not move people inside a percentage.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use switchyard_model::ids::{Key, Scope};
use switchyard_model::{AppliedEdit, Edit, Kind, Op, Resource, ResourceId, State, Targeting, Writer};

use crate::plan::{People, view};
use crate::{Control, EditView, Error, Principal, Result};

/// What differs between two environments.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The head that was looked at.
    pub head: u64,
    /// Where from.
    pub from: Key,
    /// Where to.
    pub to: Key,
    /// How many resources are the same in both.
    pub same: usize,
    /// What differs, by kind and key.
    pub items: Vec<Difference>,
}

/// One resource that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// How.
    pub status: Status,
    /// Whether it is what people mean by promoting.
    pub advised: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The revision that last touched it where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_revision: Option<u64>,
    /// The revision that last touched it where it would go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_revision: Option<u64>,
    /// What would make them the same, in words and field by field.
    #[serde(flatten)]
    pub edit: EditView,
}

/// How a resource differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It is in both.
    Differs,
    /// It is only where the promotion comes from.
    OnlyInFrom,
    /// It is only where the promotion goes to.
    OnlyInTo,
}

impl Difference {
    /// The edit for a change.
    pub fn edit(&self) -> Edit {
        Edit { target: self.edit.target.clone(), op: self.edit.op.clone() }
    }
}

impl Control {
    /// What would make the environment `to` like the environment `from`, resource by resource. Nothing is kept;
    /// the edits of those that are wanted make a change.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an environment that is not there, [`Error::Denied`].
    pub fn compare(&self, principal: &Principal, project: &str, from: &str, to: &str) -> Result<Comparison> {
        let state = self.state(principal, project)?;
        let known = |key: &str| {
            let found = state.environments.iter().find(|e| ***e == *key).cloned();
            found.ok_or_else(|| Error::NotFound(format!("environment {key:?}")))
        };
        Ok(compare(&state, &known(from)?, &known(to)?, &self.people()))
    }
}

fn compare(state: &State, from: &Key, to: &Key, people: &People) -> Comparison {
    let scope = |environment: &Key| Scope::Environment(environment.clone());
    let [source, target] = [scope(from), scope(to)];
    let (mut items, mut same) = (vec![], 0);
    for kind in Kind::ALL.into_iter().filter(|kind| !kind.is_project_scoped()) {
        let keys = |scope| state.of(scope, kind).map(|(id, _)| id.key.clone()).collect::<Vec<_>>();
        let all: BTreeSet<Key> = keys(&source).into_iter().chain(keys(&target)).collect();
        for key in all {
            let id = |environment: &Key| ResourceId::environment(environment, kind, &key);
            match difference(state, &id(from), id(to), people) {
                Some(difference) => items.push(difference),
                None => same += 1,
            }
        }
    }
    Comparison { head: state.revision, from: from.clone(), to: to.clone(), same, items }
}

fn difference(state: &State, from: &ResourceId, to: ResourceId, people: &People) -> Option<Difference> {
    let (source, target) = (state.get(from), state.get(&to));
    let before = target.map(|found| found.resource.clone());
    let after = source.map(|found| promoted(&found.resource, before.as_deref()));
    // A flag that nobody has aimed does the same as one that says so.
    let untouched = || state.flag(&to.key).map(|(flag, _)| Resource::Targeting(Targeting::untouched(flag)));
    let effect = |resource: Option<&Resource>| match resource {
        None if to.kind == Kind::Targeting => untouched(),
        other => other.cloned(),
    };
    if effect(before.as_deref()) == effect(after.as_ref()) {
        return None;
    }
    let status = match (&before, &after) {
        (Some(_), Some(_)) => Status::Differs,
        (None, _) => Status::OnlyInFrom,
        (_, None) => Status::OnlyInTo,
    };
    let why = match (to.kind, status) {
        (Kind::Listener | Kind::Service, _) => {
            Some(format!("each environment has its own {}s, with its own addresses", to.kind.word()))
        }
        (_, Status::OnlyInTo) => Some("promoting it would delete it".to_owned()),
        _ => None,
    };
    let op = after.clone().map_or(Op::Delete, |resource| Op::Put { resource });
    let applied = AppliedEdit { target: to, op, before, after: after.map(Arc::new) };
    Some(Difference {
        status,
        advised: why.is_none(),
        why,
        from_revision: source.map(|found| found.revision),
        to_revision: target.map(|found| found.revision),
        edit: view(&applied, state, people),
    })
}

/// The resource as it would be on the other side.
fn promoted(resource: &Resource, there: Option<&Resource>) -> Resource {
    let mut promoted = match (resource, there) {
        (Resource::Targeting(targeting), Some(Resource::Targeting(own))) => {
            Resource::Targeting(Targeting { salt: own.salt.clone(), ..targeting.clone() })
        }
        _ => resource.clone(),
    };
    promoted.set_managed_by(there.map_or(Writer::Page, Resource::managed_by));
    promoted
}
