//! Some of those who move, with what decides about them now and then.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};
use switchyard_flags::Context;

use super::Example;
use super::flags::{Moved, Pair};
use crate::SampledContext;
use crate::explain::Reasons;

/// At most `most`: of each move one first, then whoever comes.
pub(super) fn of(
    pair: &Pair<'_>,
    moved: &[Moved],
    contexts: &[Arc<SampledContext>],
    most: usize,
    reasons: &[Reasons<'_>; 2],
) -> Vec<Example> {
    let mut moves = BTreeSet::new();
    let (firsts, others): (Vec<&Moved>, Vec<&Moved>) =
        moved.iter().take(most * 50).partition(|found| moves.insert((found.from, found.to)));
    firsts
        .into_iter()
        .chain(others)
        .take(most)
        .map(|found| {
            let context = &contexts[found.index as usize].context;
            let (from, to) = pair.served(found.from, found.to);
            let (context_kind, key, attributes) = shown(context);
            let [before, after] = reasons;
            let (why_before, why) = (before.why(pair.key, context), after.why(pair.key, context));
            Example { key, context_kind, attributes, from, to, why, why_before }
        })
        .collect()
}

/// The kind that is shown, its key and attributes.
fn shown(context: &Context) -> (String, String, Map<String, Value>) {
    let kind = match context.key("user") {
        Some(_) => "user",
        None => context.kinds().next().unwrap_or_default(),
    };
    let mut json = serde_json::to_value(context).unwrap_or_default();
    let several = json.get("kind").is_some_and(|kind| kind == "multi");
    let fields = if several { json.get_mut(kind) } else { Some(&mut json) };
    let mut attributes = fields.and_then(Value::as_object_mut).map(std::mem::take).unwrap_or_default();
    attributes.remove("key");
    attributes.remove("kind");
    (kind.to_owned(), context.key(kind).unwrap_or_default().to_owned(), attributes)
}
