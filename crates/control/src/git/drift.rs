//! Where what Git manages is not as Git has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use switchyard_model::merge::FieldChange;
use switchyard_model::{AppliedEdit, Edit, Manifest, Op, Resource, ResourceId, State, Writer};
use switchyard_snapshot::sentences::Sentence;

use crate::plan::{People, view};

/// A resource that Git manages, and that is not as Git has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// Which.
    pub target: ResourceId,
    /// What people call it.
    pub title: String,
    /// What Git would make of it.
    pub sentence: Sentence,
    /// Field by field: `before` is what it is here, `after` what Git has.
    pub difference: Vec<FieldChange>,
    /// The revision that last touched it here; absent where it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// What the project's state and the followed branch's files differ in, of what either says that Git manages.
pub(super) fn drift(state: &State, files: &[Manifest], people: &People) -> Vec<Drift> {
    let there: BTreeMap<ResourceId, &Resource> =
        files.iter().map(|file| (file.id(), &file.resource)).collect();
    let managed = |resource: &Resource| resource.managed_by() == Writer::Git;
    let here = state.iter().filter(|(_, found)| managed(&found.resource)).map(|(id, _)| id);
    let mut ids: Vec<_> = here.chain(there.iter().filter(|(_, r)| managed(r)).map(|(id, _)| id)).collect();
    ids.sort();
    ids.dedup();
    ids.into_iter().filter_map(|id| one(state, id, there.get(id).copied(), people)).collect()
}

fn one(state: &State, id: &ResourceId, there: Option<&Resource>, people: &People) -> Option<Drift> {
    let found = state.get(id);
    let before = found.map(|found| found.resource.clone());
    let after = there.map(|there| Arc::new(as_kept(id, before.as_deref(), there)));
    if before == after {
        return None;
    }
    let op = after.as_deref().cloned().map_or(Op::Delete, |resource| Op::Put { resource });
    let view = view(&AppliedEdit { target: id.clone(), op, before, after }, state, people);
    Some(Drift {
        target: view.target,
        title: view.title,
        sentence: view.sentence,
        difference: view.difference,
        revision: found.map(|found| found.revision),
    })
}

/// A resource as it is kept once it is put: people write no buckets, and tags in any order.
pub(super) fn as_kept(id: &ResourceId, before: Option<&Resource>, put: &Resource) -> Resource {
    let edit = Edit { target: id.clone(), op: Op::Put { resource: put.clone() } };
    edit.apply(before).ok().flatten().unwrap_or_else(|| put.clone())
}
