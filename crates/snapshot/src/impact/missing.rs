//! What a judgement would have to know and does not.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Serialize;
use switchyard_flags::{Attributes, Reference};

use super::Seen;
use super::affected::Affected;
use crate::sentences::thousands;
use crate::{SampledContext, Snapshot};

/// Fewer contexts, or requests, than this are too few to judge by.
pub const ENOUGH: usize = 100;

/// The most attributes that are told.
const MOST: usize = 50;

/// Something that the change looks at and that is not known of those seen, or of too few.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// The kind of context; `request` for a part of a request.
    pub context_kind: String,
    /// The attribute, or as `header x-plan`.
    pub attribute: String,
    /// Why it is not known, in words.
    pub because: String,
}

pub(super) fn between(
    before: &Snapshot,
    after: &Snapshot,
    affected: &Affected<'_>,
    seen: Seen<'_>,
) -> Vec<Missing> {
    let mut missing = attributes(after, affected, seen.contexts);
    missing.extend(parts(before, after, affected));
    missing.truncate(MOST);
    missing
}

/// Attributes that what differs looks at.
fn attributes(after: &Snapshot, affected: &Affected<'_>, contexts: &[Arc<SampledContext>]) -> Vec<Missing> {
    if contexts.is_empty() {
        return vec![];
    }
    let differ = affected.flags.iter().filter(|(_, differs)| **differs);
    let flags = differ.filter_map(|(key, _)| Some(after.flags().flag(key)?.attributes()));
    let segments = affected.segments.iter().map(|key| after.flags().attributes_of_segment(key));
    let sets: Vec<Attributes> = flags.chain(segments).collect();
    let splits = after.listeners().iter().flat_map(|listener| listener.routes());
    let splits = splits.filter(|route| affected.routes.contains(&*route.key));
    let splits: Vec<(&str, &Reference)> = splits.filter_map(|route| route.split.divides_by()).collect();
    let wanted = sets.iter().flat_map(|set| set.iter().map(|(kind, _, reference)| (kind, reference)));
    let wanted = Attributes::default().and(wanted.chain(splits));
    wanted
        .iter()
        .take(MOST)
        .filter_map(|(kind, text, reference)| {
            let because = unknown(kind, reference, contexts)?;
            Some(Missing { context_kind: kind.to_owned(), attribute: text.to_owned(), because })
        })
        .collect()
}

/// Why an attribute is not known of the contexts, where it is not.
fn unknown(kind: &str, reference: &Reference, contexts: &[Arc<SampledContext>]) -> Option<String> {
    let (mut of_kind, mut kept, mut carried) = (0, 0, 0);
    let mut keeps: FxHashMap<*const Attributes, bool> = FxHashMap::default();
    for sampled in contexts {
        if sampled.context.key(kind).is_none() {
            continue;
        }
        of_kind += 1;
        let known =
            keeps.entry(Arc::as_ptr(&sampled.kept)).or_insert_with(|| sampled.kept.has(kind, reference));
        kept += usize::from(*known);
        carried += usize::from(*known && sampled.context.get(kind, reference).is_some());
    }
    let n = |n: usize| thousands(n as u64);
    if of_kind == 0 {
        return Some(format!("none of the {} contexts seen has a {kind}", n(contexts.len())));
    }
    if kept == 0 {
        return Some("nothing looked at it until now, so it was not kept of those seen".to_owned());
    }
    if kept * 10 < of_kind * 9 {
        return Some(format!(
            "it is kept since a rule looks at it, and known of {} of {} contexts by now",
            n(kept),
            n(of_kind)
        ));
    }
    (carried == 0).then(|| format!("none of the {} contexts seen has it", n(kept)))
}

/// Parts of requests that routes look at, and that were not kept.
fn parts(before: &Snapshot, after: &Snapshot, affected: &Affected<'_>) -> Vec<Missing> {
    let mut missing = vec![];
    for listener in after.listeners() {
        if !listener.routes().iter().any(|route| affected.routes.contains(&*route.key)) {
            continue;
        }
        let known = match before.listener(&listener.key) {
            Some(known) if std::ptr::eq(known, &**listener) => continue,
            Some(known) => known.parts(before.attributes()),
            None => BTreeSet::new(),
        };
        for part in listener.parts(after.attributes()).difference(&known) {
            missing.push(Missing {
                context_kind: "request".to_owned(),
                attribute: part.clone(),
                because: "nothing looked at it until now, so it was not kept of those seen".to_owned(),
            });
        }
    }
    missing
}
