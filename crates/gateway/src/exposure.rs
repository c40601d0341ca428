//! What somebody really got of a flag.

use switchyard_flags::ReasonKind;
use switchyard_snapshot::{CompiledArm, Decision};
use switchyard_telemetry::{ContextHash, EvaluationRecord, Place};

use crate::acting::Acting;
use crate::worker::Worker;

/// Counts a flag's decision, by the variation whose arm answered: the fallback's where the arm was down, the off
/// variation's where the flag had no answer.
pub(crate) fn count(
    worker: &Worker,
    acting: &Acting,
    decision: &Decision<'_>,
    arm: Option<&CompiledArm>,
    at: jiff::Timestamp,
) {
    let Some(flag) = &decision.flag else { return };
    let snapshot = &acting.snapshot;
    let is_arm = |index: &usize| snapshot.variation_id(flag.key, *index) == arm.map(|arm| &*arm.id);
    let answered =
        || (0..).take_while(|index| snapshot.variation_id(flag.key, *index).is_some()).find(is_arm);
    let variation = match arm {
        Some(_) => flag.detail.variation_index.filter(is_arm).or_else(answered),
        None => flag.detail.variation_index,
    };
    let kind = &flag.detail.reason.kind;
    let rule = match kind {
        ReasonKind::RuleMatch { rule_id, .. } if !rule_id.is_empty() => Some(*rule_id),
        _ => None,
    };
    let context = decision.context.as_ref().map(|context| ContextHash::of(&context.canonical_key()));
    worker.telemetry.evaluation(EvaluationRecord {
        place: Place { project: &snapshot.project, environment: &snapshot.environment },
        flag: flag.key,
        variation,
        reason: kind.as_str(),
        rule,
        version: snapshot.wire_flag(flag.key).map_or(0, |item| item.version),
        by: "gateway",
        contexts: context.as_slice(),
        count: 1,
        at,
    });
}
