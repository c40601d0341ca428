//! Which branches of the evaluator the cases reached.

use std::collections::BTreeSet;

use switchyard_flags::{Detail, Membership, PrerequisiteEvent, ReasonKind, Recorder, Step, ValueRef};
use switchyard_model::flag_spec::FlagSpec;

use crate::generate::OPERATORS;

/// Collects labels; also the prerequisites, which the oracle reports as well.
#[derive(Default)]
pub(crate) struct Coverage {
    pub(crate) reached: BTreeSet<String>,
    pub(crate) prerequisites: Vec<(String, String, Option<usize>)>,
}

impl Coverage {
    pub(crate) fn mark(&mut self, label: impl Into<String>) {
        self.reached.insert(label.into());
    }

    pub(crate) fn detail(&mut self, detail: &Detail<'_>) {
        let reason = detail.reason;
        self.mark(format!("reason {}", reason.kind.as_str()));
        if let ReasonKind::RuleMatch { rule_index: 64.., .. } = reason.kind {
            self.mark("rule beyond the 64th");
        }
        if reason.kind.is_in_experiment() {
            self.mark(format!("experiment {}", reason.kind.as_str()));
        }
        if reason.big_segments_not_configured {
            self.mark("reason NOT_CONFIGURED");
        }
        if detail.value.is_none() {
            self.mark(format!("no value {}", reason.kind.as_str()));
        }
    }

    /// What must have been reached, and wasn't.
    pub(crate) fn missing(&self) -> Vec<String> {
        let mut wanted: Vec<String> = [
            "reason OFF",
            "reason FALLTHROUGH",
            "reason TARGET_MATCH",
            "reason RULE_MATCH",
            "reason PREREQUISITE_FAILED",
            "reason ERROR",
            "reason NOT_CONFIGURED",
            "experiment FALLTHROUGH",
            "experiment RULE_MATCH",
            "no value OFF",
            "no value PREREQUISITE_FAILED",
            "prerequisite met",
            "prerequisite not met",
            "prerequisite unknown",
            "prerequisite off with the right variation",
            "cycle of flags",
            "targets none",
            "targets some",
            "targets by contextTargets",
            "targets borrowed",
            "rule without clauses",
            "rule beyond the 64th",
            "rule of a segment",
            "negated",
            "attribute missing",
            "attribute list",
            "attribute object",
            "attribute of kind org",
            "membership Included",
            "membership Excluded",
            "membership Rule",
            "membership NotMatched",
            "membership NotConfigured",
            "segment in a segment",
            "bucket by a string",
            "bucket by a number",
            "bucket by what can't be",
            "bucket without kind",
            "bucket beyond the last arm",
            "bucket seeded",
            "bucket with 0",
            "context single",
            "context multi",
            "context legacy",
        ]
        .map(str::to_owned)
        .into();
        for op in OPERATORS {
            wanted.push(format!("{op} false"));
            if op != "unheardOf" {
                wanted.push(format!("{op} true"));
            }
        }
        wanted.retain(|label| !self.reached.contains(label));
        wanted
    }

    pub(crate) fn flag(&mut self, spec: &FlagSpec) {
        if spec.fallthrough.rollout.as_ref().is_some_and(|rollout| rollout.seed.is_some()) {
            self.mark("bucket seeded");
        }
        let of_users = |kind: &Option<String>| kind.as_deref().unwrap_or("user") == "user";
        if spec
            .context_targets
            .iter()
            .any(|target| of_users(&target.context_kind) && target.values.is_empty())
        {
            self.mark("targets borrowed");
        } else if !spec.context_targets.is_empty() {
            self.mark("targets by contextTargets");
        }
    }
}

/// Watches one evaluation.
pub(crate) struct Watch<'c> {
    coverage: &'c mut Coverage,
    segments: usize,
    clauses: usize,
    flags: Vec<String>,
}

impl<'c> Watch<'c> {
    pub(crate) fn new(coverage: &'c mut Coverage) -> Self {
        coverage.prerequisites.clear();
        Self { coverage, segments: 0, clauses: 0, flags: Vec::new() }
    }
}

impl Recorder for Watch<'_> {
    fn prerequisite(&mut self, event: PrerequisiteEvent<'_>) {
        let keys = (event.flag.key.clone(), event.prerequisite.key.clone());
        self.coverage.prerequisites.push((keys.0, keys.1, event.detail.variation_index));
    }

    fn step(&mut self, step: Step<'_>) {
        let coverage = &mut *self.coverage;
        match step {
            Step::Flag(flag) => {
                coverage.flag(flag);
                if flag.on
                    && flag.prerequisites.iter().any(|p| p.key == flag.key || self.flags.contains(&p.key))
                {
                    coverage.mark("cycle of flags");
                }
                self.flags.push(flag.key.clone());
            }
            Step::FlagDone { detail, .. } => {
                self.flags.pop();
                coverage.detail(detail);
            }
            Step::Prerequisite { prerequisite, answered, met } => {
                coverage.mark(if met { "prerequisite met" } else { "prerequisite not met" });
                match answered {
                    None => coverage.mark("prerequisite unknown"),
                    Some(index) if !met && i64::try_from(index) == Ok(prerequisite.variation) => {
                        coverage.mark("prerequisite off with the right variation");
                    }
                    Some(_) => {}
                }
            }
            Step::Targets { variation } => {
                coverage.mark(if variation.is_some() { "targets some" } else { "targets none" });
            }
            Step::Rule { .. } => {
                self.clauses = 0;
                if self.segments > 0 {
                    coverage.mark("rule of a segment");
                }
            }
            Step::Clause { clause, value, matched, .. } => {
                self.clauses += 1;
                if value.is_some() || clause.op.as_str() == "segmentMatch" {
                    coverage.mark(format!("{} {}", clause.op.as_str(), matched != clause.negate));
                }
                if clause.negate && matched {
                    coverage.mark("negated");
                }
                match value {
                    None => coverage.mark("attribute missing"),
                    Some(ValueRef::Array(_)) => coverage.mark("attribute list"),
                    Some(ValueRef::Object(_)) => coverage.mark("attribute object"),
                    Some(_) => coverage.mark(format!(
                        "attribute of kind {}",
                        clause.context_kind.as_deref().unwrap_or("user")
                    )),
                }
            }
            Step::RuleDone { matched, .. } => {
                if self.clauses == 0 && matched {
                    coverage.mark("rule without clauses");
                }
            }
            Step::Segment(_) => {
                if self.segments > 0 {
                    coverage.mark("segment in a segment");
                }
                self.segments += 1;
            }
            Step::SegmentDone { membership, .. } => {
                self.segments -= 1;
                coverage.mark(match membership {
                    Membership::Rule(_) => "membership Rule".to_owned(),
                    other => format!("membership {other:?}"),
                });
            }
            Step::Bucketed { value, bucket, arms, .. } => {
                coverage.mark(match value {
                    None => "bucket without kind",
                    Some(ValueRef::String(_)) => "bucket by a string",
                    Some(ValueRef::Number(n)) if n.fract() == 0.0 && n.abs() < 1e15 => "bucket by a number",
                    Some(_) => "bucket by what can't be",
                });
                if bucket.fraction() == 0.0 {
                    coverage.mark("bucket with 0");
                }
                if arms.last().is_some_and(|arm| bucket.fraction() >= arm.upto) {
                    coverage.mark("bucket beyond the last arm");
                }
            }
        }
    }
}
