//! What a flag asks of a context, and whether a listener supplies it.

use std::collections::{BTreeSet, HashSet};

use super::clauses::components;
use super::references::segments;
use super::reports::Report;
use crate::flag_spec::{Clause, Op, Rollout, RolloutKind};
use crate::ids::{Key, Kind, ResourceId};
use crate::{Listener, Problem, Segment, State, Targeting};

/// An attribute of a context that a decision depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeUse {
    /// The context's kind, as `user`.
    pub kind: String,
    /// The attribute's name, as `plan`; `key` for the context's key.
    pub attribute: String,
    /// True where a value inside the attribute is asked for, as by `/address/city`.
    pub nested: bool,
    /// The flag's or segment's name that asks for it.
    pub by: ResourceId,
}

/// Every attribute that a flag's answer depends on in an environment, by way of its rules, targets, rollouts,
/// segments and prerequisites. A flag that is off counts as if it were on.
pub fn attributes_used(state: &State, environment: &str, flag: &str) -> BTreeSet<AttributeUse> {
    let mut uses = BTreeSet::new();
    let mut seen = HashSet::new();
    let mut next = vec![(Kind::Targeting, Key::from(flag))];
    while let Some((kind, key)) = next.pop() {
        if !seen.insert((kind, key.clone())) {
            continue;
        }
        let mut asked =
            Asked { by: ResourceId::environment(environment, kind, &key), uses: &mut uses, next: &mut next };
        match kind {
            Kind::Targeting => {
                if let Some((targeting, _)) = state.targeting(environment, &key) {
                    asked.targeting(targeting);
                }
            }
            _ => {
                if let Some(segment) = state.segment(environment, &key) {
                    asked.segment(segment);
                }
            }
        }
    }
    uses
}

/// What one targeting or segment asks for, and what else is to be looked at.
struct Asked<'a> {
    by: ResourceId,
    uses: &'a mut BTreeSet<AttributeUse>,
    next: &'a mut Vec<(Kind, Key)>,
}

impl Asked<'_> {
    fn targeting(&mut self, targeting: &Targeting) {
        for target in targeting.targets.iter().chain(&targeting.context_targets) {
            if !target.values.is_empty() {
                self.attribute(target.context_kind.as_deref(), "key");
            }
        }
        for rule in &targeting.rules {
            self.clauses(&rule.clauses);
            self.rollout(rule.rollout.as_ref());
        }
        self.rollout(targeting.fallthrough.rollout.as_ref());
        for prerequisite in &targeting.prerequisites {
            self.next.push((Kind::Targeting, prerequisite.key.as_str().into()));
        }
    }

    fn segment(&mut self, segment: &Segment) {
        if segment.unbounded {
            self.attribute(segment.unbounded_context_kind.as_deref(), "key");
        }
        if !(segment.included.is_empty() && segment.excluded.is_empty()) {
            self.attribute(None, "key");
        }
        for target in segment.included_contexts.iter().chain(&segment.excluded_contexts) {
            self.attribute(Some(&target.context_kind), "key");
        }
        for rule in &segment.rules {
            self.clauses(&rule.clauses);
            if rule.weight.is_some() {
                let bucket_by = rule.bucket_by.as_deref().unwrap_or("key");
                self.attribute(rule.rollout_context_kind.as_deref(), bucket_by);
            }
        }
    }

    fn clauses(&mut self, clauses: &[Clause]) {
        for clause in clauses.iter().filter(|c| c.op != Op::SegmentMatch && c.attribute != "kind") {
            self.attribute(clause.context_kind.as_deref(), &clause.attribute);
        }
        self.next.extend(segments(clauses).map(|key| (Kind::Segment, key.into())));
    }

    fn rollout(&mut self, rollout: Option<&Rollout>) {
        let Some(rollout) = rollout else { return };
        let bucket_by = match rollout.kind {
            Some(RolloutKind::Experiment) => None,
            _ => rollout.bucket_by.as_deref(),
        };
        self.attribute(rollout.context_kind.as_deref(), bucket_by.unwrap_or("key"));
    }

    /// A reference that is none is told where it stands.
    fn attribute(&mut self, kind: Option<&str>, reference: &str) {
        let Ok(names) = components(reference, kind.is_some()) else { return };
        self.uses.insert(AttributeUse {
            kind: kind.unwrap_or("user").into(),
            attribute: names[0].clone(),
            nested: names.len() > 1,
            by: self.by.clone(),
        });
    }
}

/// Says what of `uses` the listener does not supply: once for each kind or attribute.
pub(super) fn check_supplied<'a>(
    report: &mut Report<'_>,
    path: &str,
    uses: impl IntoIterator<Item = &'a AttributeUse>,
    id: &ResourceId,
    listener: &Listener,
) {
    let mut told = HashSet::new();
    for AttributeUse { kind, attribute, nested, by } in uses {
        let needs = if by == report.id { String::new() } else { format!(" for {by}") };
        let Some(context) = listener.mapping.contexts.iter().find(|c| *c.kind == **kind) else {
            if told.insert((kind, None)) {
                let reason = format!("needs a context of kind {kind}{needs}, which {id} does not supply");
                let hint = format!("add kind {kind} to the listener's `mapping.contexts`");
                report.add(Problem::new(path, reason).hint(hint));
            }
            continue;
        };
        let built_in = matches!(attribute.as_str(), "key" | "kind" | "anonymous");
        let mapped = built_in || context.attributes.iter().any(|a| *a.name == **attribute);
        if (mapped && !nested) || !told.insert((kind, Some(attribute))) {
            continue;
        }
        let (what, hint) = if *nested {
            let hint = "a listener supplies plain attributes only: use one of those in the rule instead";
            (format!("a value inside attribute {attribute}"), hint.to_owned())
        } else {
            let hint = format!("add {attribute} to the attributes of kind {kind} in the listener's mapping");
            (format!("attribute {attribute}"), hint)
        };
        let reason = format!("needs {what} of kind {kind}{needs}, which {id} does not supply");
        report.add(Problem::new(path, reason).hint(hint));
    }
}
