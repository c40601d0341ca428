//! A segment by itself.

use super::reports::Report;
use super::{clauses, details, targeting};
use crate::route::WHOLE;
use crate::{Problem, Segment};

pub(super) fn check(report: &mut Report<'_>, segment: &Segment) {
    let contexts =
        [("includedContexts", &segment.included_contexts), ("excludedContexts", &segment.excluded_contexts)];
    for (name, targets) in contexts {
        for (at, target) in targets.iter().enumerate() {
            report.context_kind(format!("{name}[{at}].contextKind"), &target.context_kind);
        }
    }
    if let Some(kind) = &segment.unbounded_context_kind {
        report.context_kind("unboundedContextKind", kind);
    }
    if let Some(list) = &segment.list {
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if list.hash.len() != 64 || !list.hash.chars().all(hex) {
            let problem = Problem::new("list.hash", "is no SHA-256 in hexadecimal").value(&*list.hash);
            report.add(problem.hint("as the upload answers it"));
        }
        let single = [
            ("included", segment.included.is_empty()),
            ("excluded", segment.excluded.is_empty()),
            ("includedContexts", segment.included_contexts.is_empty()),
            ("excludedContexts", segment.excluded_contexts.is_empty()),
        ];
        for (name, _) in single.iter().filter(|(_, empty)| !empty) {
            let hint = "put its keys into the list, and take them away here";
            report.add(Problem::new(*name, "does not count beside a big list").hint(hint));
        }
        if !segment.unbounded {
            let hint = "say `unbounded: true`: SDKs are told so that its keys are kept elsewhere";
            report.add(Problem::new("list", "is for a big segment alone").hint(hint));
        }
    }
    targeting::rule_ids(report, segment.rules.iter().map(|r| r.id.as_str()));
    for (at, rule) in segment.rules.iter().enumerate() {
        let path = format!("rules[{at}]");
        let description = rule.description.as_deref().unwrap_or_default();
        report.text(format!("{path}.description"), description, details::DESCRIPTION_MAX);
        clauses::check(report, &path, &rule.clauses);
        if let Some(weight) = rule.weight.filter(|w| *w > i64::from(WHOLE)) {
            let reason = format!("must be at most {WHOLE}, which is everything");
            report.add(Problem::new(format!("{path}.weight"), reason).value(weight));
        }
        if let Some(kind) = &rule.rollout_context_kind {
            report.context_kind(format!("{path}.rolloutContextKind"), kind);
        }
        if let Some(bucket_by) = &rule.bucket_by {
            let is_reference = rule.rollout_context_kind.is_some();
            clauses::attribute(report, format!("{path}.bucketBy"), bucket_by, is_reference);
        }
    }
}
