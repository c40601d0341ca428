//! The evaluator: LaunchDarkly's semantics over the compiled form, by borrowing alone.
//!
//! Off, prerequisites, targets, rules, fallthrough: the first that decides, decides.

use serde_json::Value;
use switchyard_model::flag_spec;

use crate::{
    bucket::Bucket,
    compile::{Clause, CompiledFlag, CompiledSegment, Place, Rollout, Serve, Subject, Weight},
    context::Context,
    detail::{Detail, ErrorKind, Reason, ReasonKind},
    recorder::{Membership, PrerequisiteEvent, Recorder, Step},
    set::FlagSet,
    value::{AttributeValue, ValueRef, to_integer},
};

/// How deep prerequisites, and segments, may refer to one another. The call stack bounds it; nobody's flags come
/// near it.
const MAX_DEPTH: u32 = 100;
/// How many prerequisites and segments one evaluation may look at: without a limit, forty flags that each ask for
/// the next one twice would take a day.
const MAX_NESTED: u32 = 10_000;

/// Evaluates a flag of the set.
///
/// A call of its own: inlined, the answer is taken apart and put together again, which costs more than the call.
#[inline(never)]
pub(crate) fn evaluate<'a, R: Recorder>(
    set: &'a FlagSet,
    flag: &'a CompiledFlag,
    context: &Context,
    recorder: &mut R,
) -> Detail<'a> {
    let mut evaluation =
        Evaluation { set, context, recorder, left: MAX_NESTED, big_segments_not_configured: false };
    // Before the frame that everything else needs.
    if !R::STEPS && !flag.on {
        return evaluation.off(flag, ReasonKind::Off);
    }
    evaluation.flag(flag, None)
}

struct Evaluation<'a, 'c, R> {
    set: &'a FlagSet,
    context: &'c Context,
    recorder: &'c mut R,
    left: u32,
    big_segments_not_configured: bool,
}

/// A flag or segment that is being evaluated, and those around it: the chain in which a cycle shows.
struct Frame<'f> {
    slot: u32,
    depth: u32,
    outer: Option<&'f Frame<'f>>,
}

impl<'f> Frame<'f> {
    fn new(slot: u32, outer: Option<&'f Self>) -> Self {
        Self { slot, depth: outer.map_or(0, |outer| outer.depth + 1), outer }
    }

    fn has(&self, slot: u32) -> bool {
        let mut frame = Some(self);
        while let Some(Self { slot: this, outer, .. }) = frame {
            if *this == slot {
                return true;
            }
            frame = *outer;
        }
        false
    }
}

/// The flag contradicts itself; ends the whole evaluation.
struct Malformed;

impl<'a, R: Recorder> Evaluation<'a, '_, R> {
    #[inline]
    fn flag(&mut self, flag: &'a CompiledFlag, outer: Option<&Frame<'_>>) -> Detail<'a> {
        if R::STEPS {
            self.recorder.step(Step::Flag(&flag.spec));
        }
        let detail = self.decide(flag, outer);
        if R::STEPS {
            self.recorder.step(Step::FlagDone { flag: &flag.spec, detail: &detail });
        }
        detail
    }

    #[inline]
    fn decide(&mut self, flag: &'a CompiledFlag, outer: Option<&Frame<'_>>) -> Detail<'a> {
        if !flag.on {
            return self.off(flag, ReasonKind::Off);
        }
        if !flag.prerequisites.is_empty()
            && let Some(detail) = self.failed_prerequisite(flag, outer)
        {
            return detail;
        }
        if let Some(variation) = flag.target_variation(self.context) {
            if R::STEPS {
                self.recorder.step(Step::Targets { variation });
            }
            if let Some(variation) = variation {
                return self.pick(flag, variation, ReasonKind::TargetMatch);
            }
        }
        let matched = match &flag.index {
            // Who watches sees every rule tried.
            Some(index) if !R::STEPS => self.first_match(flag, index.candidates(self.context)),
            _ => self.first_match(flag, 0..flag.serves.len()),
        };
        match matched {
            Err(Malformed) => self.malformed(),
            Ok(None) => {
                self.serve(flag, &flag.fallthrough, |in_experiment| ReasonKind::Fallthrough { in_experiment })
            }
            Ok(Some(rule_index)) => {
                let rule_id = &flag.spec.rules[rule_index].id;
                self.serve(flag, &flag.serves[rule_index], |in_experiment| ReasonKind::RuleMatch {
                    rule_index,
                    rule_id,
                    in_experiment,
                })
            }
        }
    }

    /// The first of these rules whose clauses all hold.
    #[inline]
    fn first_match(
        &mut self,
        flag: &'a CompiledFlag,
        rules: impl Iterator<Item = usize>,
    ) -> Result<Option<usize>, Malformed> {
        for index in rules {
            let clauses = flag.clauses.of_rule(index);
            let matched = if R::STEPS {
                let rule = &flag.spec.rules[index];
                self.recorder.step(Step::Rule { index, id: &rule.id });
                let matched = self.all(clauses, || &rule.clauses, None);
                self.recorder.step(Step::RuleDone { index, matched: matches!(matched, Ok(true)) });
                matched?
            } else {
                self.all(clauses, || &[], None)?
            };
            if matched {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// The answer, where a prerequisite stops the evaluation.
    #[inline(never)]
    fn failed_prerequisite(
        &mut self,
        flag: &'a CompiledFlag,
        outer: Option<&Frame<'_>>,
    ) -> Option<Detail<'a>> {
        let frame = Frame::new(flag.slot, outer);
        for (prerequisite, slot) in flag.spec.prerequisites.iter().zip(&flag.prerequisites) {
            let mut answered = None;
            let mut met = false;
            if let Some(other) = self.set.flag_at(*slot) {
                if frame.has(other.slot) || self.may_not_nest(&frame) {
                    return Some(self.malformed());
                }
                let detail = self.flag(other, Some(&frame));
                if matches!(detail.reason.kind, ReasonKind::Error(_)) {
                    return Some(self.malformed());
                }
                let (flag, other) = (&flag.spec, &other.spec);
                self.recorder.prerequisite(PrerequisiteEvent { flag, prerequisite: other, detail: &detail });
                answered = detail.variation_index;
                // One that is off doesn't count, even if it answers the right variation.
                met = other.on
                    && answered.is_some_and(|index| i64::try_from(index) == Ok(prerequisite.variation));
            }
            if R::STEPS {
                self.recorder.step(Step::Prerequisite { prerequisite, answered, met });
            }
            if !met {
                let reason = ReasonKind::PrerequisiteFailed { prerequisite_key: &prerequisite.key };
                return Some(self.off(flag, reason));
            }
        }
        None
    }

    fn may_not_nest(&mut self, frame: &Frame<'_>) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left == 0 || frame.depth >= MAX_DEPTH
    }

    /// Whether all clauses hold. `specs` are what they were compiled from, for the recorder.
    #[inline]
    fn all(
        &mut self,
        clauses: &'a [Clause],
        specs: impl Fn() -> &'a [flag_spec::Clause],
        segments: Option<&Frame<'_>>,
    ) -> Result<bool, Malformed> {
        for (index, clause) in clauses.iter().enumerate() {
            let matched = self.clause(clause, segments)?;
            if R::STEPS {
                let value = clause.value(self.context);
                self.recorder.step(Step::Clause { index, clause: &specs()[index], value, matched });
            }
            if !matched {
                return Ok(false);
            }
        }
        Ok(true)
    }

    #[inline(always)]
    fn clause(&mut self, clause: &'a Clause, segments: Option<&Frame<'_>>) -> Result<bool, Malformed> {
        if let Subject::Plain(label) = &clause.subject
            && let Some(part) = self.context.part(&clause.kind)
        {
            match part.attribute(label) {
                // What isn't there matches nothing, not even the opposite.
                None => return Ok(false),
                Some(AttributeValue::String(text)) => {
                    return Ok(clause.test.passes_string(text) != clause.negate);
                }
                Some(AttributeValue::Number(number)) => {
                    return Ok(clause.test.passes_number(*number) != clause.negate);
                }
                Some(_) => {}
            }
        }
        self.uncommon_clause(clause, segments)
    }

    /// What isn't a text or a number by its plain name.
    #[inline(never)]
    fn uncommon_clause(
        &mut self,
        clause: &'a Clause,
        segments: Option<&Frame<'_>>,
    ) -> Result<bool, Malformed> {
        let matched = match &clause.subject {
            Subject::Plain(_) | Subject::Attribute(_) => match clause.value(self.context) {
                None | Some(ValueRef::Null) => return Ok(false),
                Some(ValueRef::Array(items)) => items.iter().any(|item| clause.test.passes(item.into())),
                Some(value) => clause.test.passes(value),
            },
            Subject::Kinds => self.context.kinds().any(|kind| clause.test.passes_string(kind)),
            Subject::Segments(slots) => self.in_any_segment(slots, segments)?,
            Subject::Malformed => return Err(Malformed),
        };
        Ok(matched != clause.negate)
    }

    #[inline(never)]
    fn in_any_segment(&mut self, slots: &'a [u32], outer: Option<&Frame<'_>>) -> Result<bool, Malformed> {
        for slot in slots {
            let Some(segment) = self.set.segment_at(*slot) else { continue };
            if outer.is_some_and(|outer| outer.has(*slot) || self.may_not_nest(outer)) {
                return Err(Malformed);
            }
            if R::STEPS {
                self.recorder.step(Step::Segment(&segment.spec));
            }
            let membership = self.membership(segment, &Frame::new(*slot, outer))?;
            if R::STEPS {
                self.recorder.step(Step::SegmentDone { segment: &segment.spec, membership });
            }
            if membership.is_in() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[inline]
    fn membership(
        &mut self,
        segment: &'a CompiledSegment,
        frame: &Frame<'_>,
    ) -> Result<Membership, Malformed> {
        if let (Some(kind), Some(list)) = (&segment.unbounded, &segment.list) {
            // As the official SDKs do with a store: who has no context of its kind is not in, not even by rules.
            let Some(part) = self.context.part(kind) else { return Ok(Membership::NotMatched) };
            match list.membership(&part.key.text) {
                Some(true) => return Ok(Membership::Included),
                Some(false) => return Ok(Membership::Excluded),
                None => {}
            }
        } else if let Some(kind) = &segment.unbounded {
            // As the official SDKs do without a store for such segments: nobody is in by key, rules still count,
            // but only where the generation and a context of its kind are there.
            let known = segment.spec.generation.is_some();
            if known && self.context.part(kind).is_none() {
                return Ok(Membership::NotMatched);
            }
            self.big_segments_not_configured = true;
            if !known {
                return Ok(Membership::NotConfigured);
            }
        }
        match segment.membership(self.context) {
            Some(true) => return Ok(Membership::Included),
            Some(false) => return Ok(Membership::Excluded),
            None => {}
        }
        let spec = &*segment.spec;
        for (index, (clauses, weight)) in segment.clauses.of_rules().zip(&segment.weights).enumerate() {
            let matched = if R::STEPS {
                self.recorder.step(Step::Rule { index, id: &spec.rules[index].id });
                let all = self.all(clauses, || &spec.rules[index].clauses, Some(frame))?;
                let matched = all && self.lets_in(weight)?;
                self.recorder.step(Step::RuleDone { index, matched });
                matched
            } else {
                self.all(clauses, || &[], Some(frame))? && self.lets_in(weight)?
            };
            if matched {
                return Ok(Membership::Rule(index));
            }
        }
        let elsewhere = segment.unbounded.is_some() && segment.list.is_none();
        Ok(if elsewhere { Membership::NotConfigured } else { Membership::NotMatched })
    }

    fn lets_in(&mut self, weight: &'a Weight) -> Result<bool, Malformed> {
        match weight {
            Weight::All => Ok(true),
            Weight::Part(part) => {
                let (bucket, _) = self.bucket(part);
                Ok(bucket.fraction() < part.arms[0].upto)
            }
            Weight::Malformed => Err(Malformed),
        }
    }

    #[inline]
    fn serve(
        &mut self,
        flag: &'a CompiledFlag,
        serve: &'a Serve,
        reason: impl FnOnce(bool) -> ReasonKind<'a>,
    ) -> Detail<'a> {
        match serve {
            Serve::Variation(variation) => self.pick(flag, *variation, reason(false)),
            Serve::Rollout(rollout) => {
                let (bucket, has_kind) = self.bucket(rollout);
                let above = rollout.arms.iter().find(|arm| bucket.fraction() < arm.upto);
                let Some(arm) = above.or(rollout.arms.last()) else { return self.malformed() };
                self.pick(flag, arm.variation, reason(rollout.experiment && has_kind && !arm.untracked))
            }
            Serve::Malformed => self.malformed(),
        }
    }

    /// Where the context falls, and whether it has a part of the rollout's kind.
    #[inline]
    fn bucket(&mut self, rollout: &'a Rollout) -> (Bucket, bool) {
        let Place { kind, by, prefix } = &rollout.place;
        let part = self.context.part(kind);
        let value = part.and_then(|part| part.get(by));
        let bucket = match value {
            Some(ValueRef::String(text)) => prefix.bucket(text),
            Some(ValueRef::Number(number)) => {
                let integer = to_integer(number).filter(|integer| *integer as f64 == number);
                integer.map_or(Bucket::default(), |integer| prefix.bucket_integer(integer))
            }
            _ => Bucket::default(),
        };
        if R::STEPS {
            let kind = kind.as_str();
            self.recorder.step(Step::Bucketed { kind, value, bucket, arms: &rollout.arms });
        }
        (bucket, part.is_some())
    }

    /// The variation of that index, if there is one.
    #[inline]
    fn pick(&self, flag: &'a CompiledFlag, index: i64, reason: ReasonKind<'a>) -> Detail<'a> {
        let found = usize::try_from(index).ok().and_then(|index| Some((index, flag.variations.get(index)?)));
        match found {
            Some((index, value)) => self.answer(Some(value), Some(index), reason),
            None => self.malformed(),
        }
    }

    /// What is answered when the flag doesn't count.
    #[inline]
    fn off(&self, flag: &'a CompiledFlag, reason: ReasonKind<'a>) -> Detail<'a> {
        match flag.off_variation {
            Some(index) => self.pick(flag, index, reason),
            None => self.answer(None, None, reason),
        }
    }

    #[cold]
    fn malformed(&self) -> Detail<'a> {
        self.answer(None, None, ReasonKind::Error(ErrorKind::MalformedFlag))
    }

    /// The answer, whole from the start: mended afterwards it would be copied.
    #[inline]
    fn answer(
        &self,
        value: Option<&'a Value>,
        variation_index: Option<usize>,
        kind: ReasonKind<'a>,
    ) -> Detail<'a> {
        let big_segments_not_configured = self.big_segments_not_configured;
        Detail { value, variation_index, reason: Reason { kind, big_segments_not_configured } }
    }
}
