//! A flag's targeting: by itself, and against the flags it names.

use super::reports::{Report, list};
use super::{clauses, details};
use crate::flag_spec::{Rollout, RolloutKind, Rule};
use crate::route::WHOLE;
use crate::{Flag, Problem, State, Targeting};

/// The most characters of a rule's id.
const RULE_ID_MAX: usize = 256;

pub(super) fn check(report: &mut Report<'_>, targeting: &Targeting) {
    for (at, prerequisite) in targeting.prerequisites.iter().enumerate() {
        if prerequisite.key == *targeting.key {
            let problem = Problem::new(format!("prerequisites[{at}].key"), "is this flag itself");
            report.add(problem.value(prerequisite.key.as_str()));
        }
    }
    for (name, targets) in [("targets", &targeting.targets), ("contextTargets", &targeting.context_targets)] {
        for (at, target) in targets.iter().enumerate() {
            if let Some(kind) = &target.context_kind {
                report.context_kind(format!("{name}[{at}].contextKind"), kind);
            }
        }
    }
    rule_ids(report, targeting.rules.iter().map(|r| r.id.as_str()));
    for (at, rule) in targeting.rules.iter().enumerate() {
        let path = format!("rules[{at}]");
        let description = rule.description.as_deref().unwrap_or_default();
        report.text(format!("{path}.description"), description, details::DESCRIPTION_MAX);
        clauses::check(report, &path, &rule.clauses);
        serve(report, &path, rule.variation, rule.rollout.as_ref());
    }
    let fallthrough = &targeting.fallthrough;
    serve(report, "fallthrough", fallthrough.variation, fallthrough.rollout.as_ref());
}

/// Ids are what edits, reasons and histories name rules by.
pub(super) fn rule_ids<'a>(report: &mut Report<'_>, ids: impl Iterator<Item = &'a str> + Clone) {
    let at_id = |at| format!("rules[{at}].id");
    for (at, id) in ids.clone().enumerate() {
        if id.is_empty() {
            let hint = "give each rule an id that stays, such as a UUID";
            report.add(Problem::new(at_id(at), "is missing").hint(hint));
        } else if id.chars().any(char::is_control) {
            report.add(Problem::new(at_id(at), "holds control characters").value(id));
        }
        report.text(at_id(at), id, RULE_ID_MAX);
    }
    report.unique("id", ids, at_id);
}

fn serve(report: &mut Report<'_>, path: &str, variation: Option<i64>, rollout: Option<&Rollout>) {
    match (variation, rollout) {
        (None, None) => {
            report.add(Problem::new(path, "serves nothing").hint("give it a `variation` or a `rollout`"));
        }
        (Some(_), Some(_)) => {
            let reason = "has both a `variation` and a `rollout`; the rollout would never count";
            report.add(Problem::new(path, reason).hint("leave one out"));
        }
        (None, Some(rollout)) => check_rollout(report, &format!("{path}.rollout"), rollout),
        (Some(_), None) => {}
    }
}

fn check_rollout(report: &mut Report<'_>, path: &str, rollout: &Rollout) {
    if let Some(RolloutKind::Unknown(kind)) = &rollout.kind {
        let problem = Problem::new(format!("{path}.kind"), "must be \"rollout\" or \"experiment\"");
        report.add(problem.value(kind.as_str()));
    }
    if let Some(kind) = &rollout.context_kind {
        report.context_kind(format!("{path}.contextKind"), kind);
    }
    if let Some(bucket_by) = &rollout.bucket_by {
        clauses::attribute(report, format!("{path}.bucketBy"), bucket_by, rollout.context_kind.is_some());
    }
    for (at, part) in rollout.variations.iter().enumerate() {
        if !(0..=i64::from(WHOLE)).contains(&part.weight) {
            let reason = format!("must be between 0 and {WHOLE}");
            report.add(Problem::new(format!("{path}.variations[{at}].weight"), reason).value(part.weight));
        }
    }
    let sum: i128 = rollout.variations.iter().map(|v| i128::from(v.weight)).sum();
    if sum != i128::from(WHOLE) {
        let reason = format!("must have weights that add up to {WHOLE}, not {sum}");
        report.add(
            Problem::new(format!("{path}.variations"), reason).hint("100000 is everything, 1000 is 1 %"),
        );
    }
}

/// Variations are named by index: each must be one of the flag that it is an index of.
pub(super) fn check_indexes(state: &State, report: &mut Report<'_>, targeting: &Targeting) {
    for (at, prerequisite) in targeting.prerequisites.iter().enumerate() {
        if let Some((flag, _)) = state.flag(&prerequisite.key) {
            index(report, format!("prerequisites[{at}].variation"), prerequisite.variation, flag);
        }
    }
    let Some((flag, _)) = state.flag(&targeting.key) else { return };
    if let Some(variation) = targeting.off_variation {
        index(report, "offVariation".into(), variation, flag);
    }
    for (name, targets) in [("targets", &targeting.targets), ("contextTargets", &targeting.context_targets)] {
        for (at, target) in targets.iter().enumerate() {
            index(report, format!("{name}[{at}].variation"), target.variation, flag);
        }
    }
    for (at, Rule { variation, rollout, .. }) in targeting.rules.iter().enumerate() {
        served(report, &format!("rules[{at}]"), *variation, rollout.as_ref(), flag);
    }
    let fallthrough = &targeting.fallthrough;
    served(report, "fallthrough", fallthrough.variation, fallthrough.rollout.as_ref(), flag);
}

fn served(
    report: &mut Report<'_>,
    path: &str,
    variation: Option<i64>,
    rollout: Option<&Rollout>,
    flag: &Flag,
) {
    if let Some(variation) = variation {
        index(report, format!("{path}.variation"), variation, flag);
    }
    for (at, part) in rollout.iter().flat_map(|r| &r.variations).enumerate() {
        index(report, format!("{path}.rollout.variations[{at}].variation"), part.variation, flag);
    }
}

fn index(report: &mut Report<'_>, path: String, variation: i64, flag: &Flag) {
    let count = flag.variations.len();
    if usize::try_from(variation).is_ok_and(|v| v < count) {
        return;
    }
    let known: Vec<_> =
        flag.variations.iter().enumerate().map(|(at, v)| format!("{at} ({})", v.id)).collect();
    let problem = Problem::new(path, format!("is no variation of flag {}", flag.key)).value(variation);
    report.add(problem.hint(format!("it has {}", list(&known))));
}
