//! Watching an evaluation: prerequisite events for analytics, every step for the explain page.

use switchyard_model::{
    flag_spec::{Clause, FlagSpec, Prerequisite},
    segment_spec::SegmentSpec,
};

use crate::{bucket::Bucket, detail::Detail, value::ValueRef};

/// Is told what an evaluation does, in order. Both methods do nothing unless written; an evaluation with
/// [`NoRecorder`] is compiled as if there were none.
pub trait Recorder {
    /// Whether steps are wanted; one that only wants prerequisites says `false` and saves the work.
    const STEPS: bool = true;

    /// A prerequisite was evaluated; SDKs count it as an evaluation of its own. Not told of one that ended in an
    /// error, as that is the whole evaluation's.
    #[inline(always)]
    fn prerequisite(&mut self, event: PrerequisiteEvent<'_>) {
        let _ = event;
    }

    /// The evaluation came one step further.
    #[inline(always)]
    fn step(&mut self, step: Step<'_>) {
        let _ = step;
    }
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRecorder;

impl Recorder for NoRecorder {
    const STEPS: bool = false;
}

/// A prerequisite and its answer.
#[derive(Clone, Copy, Debug)]
pub struct PrerequisiteEvent<'a> {
    /// The flag that asks.
    pub flag: &'a FlagSpec,
    /// The flag that is asked.
    pub prerequisite: &'a FlagSpec,
    /// Its answer.
    pub detail: &'a Detail<'a>,
}

/// One step. Steps of prerequisites and segments come between the step that opens them and the one that closes.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// Opens a flag: the one that was asked for, or a prerequisite.
    Flag(&'a FlagSpec),
    /// Closes it.
    FlagDone {
        /// The flag.
        flag: &'a FlagSpec,
        /// Its answer.
        detail: &'a Detail<'a>,
    },
    /// A prerequisite was judged.
    Prerequisite {
        /// What is asked for.
        prerequisite: &'a Prerequisite,
        /// What the other flag answered; `None` where it doesn't exist.
        answered: Option<usize>,
        /// Whether the flag goes on.
        met: bool,
    },
    /// The targets were searched for the context's keys.
    Targets {
        /// The variation of the list that has one of them.
        variation: Option<i64>,
    },
    /// Opens a rule, of a flag or of a segment.
    Rule {
        /// Its place, from 0.
        index: usize,
        /// Its id; may be empty.
        id: &'a str,
    },
    /// A clause of the rule was judged.
    Clause {
        /// Its place in the rule, from 0.
        index: usize,
        /// The clause.
        clause: &'a Clause,
        /// What the context has there; `None` where it has nothing, and for segments and kinds.
        value: Option<ValueRef<'a>>,
        /// Whether it holds, negation included.
        matched: bool,
    },
    /// Closes a rule.
    RuleDone {
        /// Its place, from 0.
        index: usize,
        /// Whether it decides.
        matched: bool,
    },
    /// Opens a segment.
    Segment(&'a SegmentSpec),
    /// Closes it.
    SegmentDone {
        /// The segment.
        segment: &'a SegmentSpec,
        /// How it was decided.
        membership: Membership,
    },
    /// A context was placed by its hash, for a rollout or for a segment rule's weight.
    Bucketed {
        /// The kind of context that is divided.
        kind: &'a str,
        /// What was hashed; `None` where the context has no such kind or attribute, which gives bucket 0.
        value: Option<ValueRef<'a>>,
        /// The place.
        bucket: Bucket,
        /// What the place is compared with, in order.
        arms: &'a [Arm],
    },
}

/// One of a rollout's arms, compiled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arm {
    /// The sum of the weights up to and with this one, as a fraction: the first arm above the bucket is taken.
    pub upto: f32,
    /// Index into the flag's variations; 0 for a segment rule.
    pub variation: i64,
    /// In an experiment: not counted.
    pub untracked: bool,
}

/// How a segment was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// In by its key.
    Included,
    /// Out by its key.
    Excluded,
    /// In by the rule of that index.
    Rule(usize),
    /// Out, as nothing matched.
    NotMatched,
    /// Out, as the segment's members are kept where nobody can look.
    NotConfigured,
}

impl Membership {
    /// Whether the context is in.
    pub fn is_in(self) -> bool {
        matches!(self, Self::Included | Self::Rule(_))
    }
}
