//! What a resource's one writer says of a plan that comes from elsewhere.

use std::collections::BTreeMap;

use switchyard_model::guardrail::Effect;
use switchyard_model::{Op, Resource, ResourceId, Writer};

use super::{Set, Verdict, facts};
use crate::apply::Words;
use crate::plan::Plan;
use crate::upstream::alters_what_is_said;

/// The key in the verdict of a writer. No guardrail has it: keys begin with a letter or a digit.
const MANAGED: &str = "*managed";

/// The most resources that a verdict names.
const NAMED: usize = 3;

/// A verdict for each writer whose resources the plan alters without coming from it. What takes back is only
/// warned: in an emergency nobody looks for the right door. A resource that the same plan takes over is left out.
pub(super) fn managed(plan: &Plan, words: &Words) -> Vec<Verdict> {
    let from = words.origin.writer();
    let mut touched: BTreeMap<Writer, Vec<&ResourceId>> = BTreeMap::new();
    for (target, writer, stays) in written(plan) {
        if writer != from && (stays || !taken_over(plan, words, target, writer)) {
            touched.entry(writer).or_default().push(target);
        }
    }
    let edits = plan.edits.iter().filter(|edit| edit.before != edit.after);
    let taken_back = facts::takes_back(&words.origin, edits);
    touched.into_iter().map(|(writer, targets)| verdict(writer, &targets, taken_back)).collect()
}

/// What the plan alters of those who have a writer, as they were before it, and whether it is the same one afterwards.
fn written(plan: &Plan) -> impl Iterator<Item = (&ResourceId, Writer, bool)> {
    let mut sides: BTreeMap<&ResourceId, (Option<&Resource>, Option<&Resource>)> = BTreeMap::new();
    for edit in plan.edits.iter().filter(|edit| edit.before != edit.after) {
        let after = edit.after.as_deref();
        sides.entry(&edit.target).or_insert((edit.before.as_deref(), after)).1 = after;
    }
    sides.into_iter().filter_map(|(target, (before, after))| {
        let before = before?;
        let writer = before.managed_by();
        // What LaunchDarkly says nothing of is for people here to say: names, owners, tags.
        if writer == Writer::LaunchDarkly && !alters_what_is_said(before, after) {
            return None;
        }
        let stays = after.is_some_and(|after| after.managed_by() == writer);
        (!writer.is_page()).then_some((target, writer, stays))
    })
}

/// True where it is said that the resource gets another writer: it may not just be left out.
fn taken_over(plan: &Plan, words: &Words, target: &ResourceId, from: Writer) -> bool {
    let takes = |edited: &ResourceId, op: &Op| {
        target == edited && matches!(op, Op::SetManagedBy { writer } if *writer != from)
    };
    // Merged with what came since, a plan's edits are no longer the change's own.
    let proposed = words.change.iter().flat_map(|change| &change.edits);
    plan.edits.iter().any(|edit| takes(&edit.target, &edit.op))
        || proposed.into_iter().any(|edit| takes(&edit.target, &edit.op))
}

fn verdict(writer: Writer, targets: &[&ResourceId], taken_back: bool) -> Verdict {
    let mut names: Vec<String> = targets.iter().take(NAMED).map(ToString::to_string).collect();
    if targets.len() > NAMED {
        names.push(format!("{} more", targets.len() - NAMED));
    }
    let names = match names.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    };
    // What is taken back here comes again with what LaunchDarkly says next.
    let taken_back = taken_back && writer != Writer::LaunchDarkly;
    let (is, them) = if targets.len() == 1 { ("is", "it") } else { ("are", "them") };
    Verdict {
        key: MANAGED.into(),
        name: format!("Managed by {writer}"),
        effect: if taken_back { Effect::Warn } else { Effect::Block },
        passed: false,
        message: match taken_back {
            true => {
                format!("{names} {is} managed by {writer}, and will differ from it until it says the same")
            }
            false if writer == Writer::LaunchDarkly => format!(
                "{names} {is} managed by LaunchDarkly: change {them} there, as what is said here gives way to what it \
                 says next, or take {them} over from it first"
            ),
            false => format!(
                "{names} {is} managed by {writer}: change {them} there, or take {them} over from {writer} first"
            ),
        },
        error: None,
        set: Set::Both,
        owner: None,
    }
}
