//! What those who move have in common.

use std::cmp::Reverse;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};
use switchyard_flags::{Reference, ValueRef};

use super::Group;
use super::flags::{Moved, Pair};
use crate::{SampledContext, Snapshot};

/// The most attributes that are counted by, those that the flag itself looks at first.
const ATTRIBUTES: usize = 16;
/// The most groups that are told.
const GROUPS: usize = 8;

/// The values that most have, the most first.
pub(super) fn of(
    after: &Snapshot,
    pair: &Pair<'_>,
    moved: &[Moved],
    contexts: &[Arc<SampledContext>],
) -> Vec<Group> {
    if moved.is_empty() {
        return vec![];
    }
    let own = pair.after.flag.or(pair.before.flag).map(|flag| flag.attributes()).unwrap_or_default();
    let mut counted: Vec<(&str, &str, &Reference)> = own.iter().collect();
    let others = after.attributes().iter().filter(|(kind, _, reference)| !own.has(kind, reference));
    counted.extend(others);
    counted.truncate(ATTRIBUTES);

    let mut groups: FxHashMap<(usize, u64), (usize, u32)> = FxHashMap::default();
    for found in moved {
        let context = &contexts[found.index as usize].context;
        for (attribute, (kind, _, reference)) in counted.iter().enumerate() {
            if let Some(value) = context.get(kind, reference).filter(is_plain) {
                let mut hasher = FxHasher::default();
                value.hash(&mut hasher);
                groups.entry((attribute, hasher.finish())).or_insert((0, found.index)).0 += 1;
            }
        }
    }
    let mut most: Vec<_> = groups.into_iter().collect();
    most.sort_unstable_by_key(|((attribute, hash), (count, _))| (Reverse(*count), *attribute, *hash));
    most.truncate(GROUPS);
    let told = most.into_iter().filter_map(|((attribute, _), (count, first))| {
        let (kind, text, reference) = counted[attribute];
        let value = contexts[first as usize].context.get(kind, reference)?;
        let value = serde_json::to_value(value).ok()?;
        Some(Group { context_kind: kind.to_owned(), attribute: text.to_owned(), value, contexts: count })
    });
    told.collect()
}

fn is_plain(value: &ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Bool(_) | ValueRef::Number(_) | ValueRef::String(_))
}
