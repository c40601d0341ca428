//! The form of flags and segments that is made for reading: everything that depends on the configuration alone is
//! worked out once.

mod clause;
mod flag;
mod index;
mod keys;
mod rollout;
mod segment;
mod slots;
mod test;
mod texts;

pub(crate) use clause::{Clause, Subject};
pub(crate) use flag::CompiledFlag;
pub(crate) use rollout::{Place, Rollout, Serve};
pub(crate) use segment::{CompiledSegment, Weight};
pub(crate) use slots::Slots;

use std::borrow::Cow;

use switchyard_model::flag_spec;

use crate::{hash::Kind, reference::Reference};

/// A rule's part of its owner's clauses: all lie side by side, in the order they are tried.
#[derive(Debug)]
pub(crate) struct Clauses {
    all: Box<[Clause]>,
    /// For each rule where its clauses end.
    ends: Box<[u32]>,
}

impl Clauses {
    fn new<'a>(rules: impl Iterator<Item = &'a [flag_spec::Clause]>, segments: &mut Slots) -> Self {
        let mut all = Vec::new();
        let ends = rules
            .map(|clauses| {
                all.extend(clauses.iter().map(|clause| Clause::new(clause, segments)));
                all.len() as u32
            })
            .collect();
        Self { all: all.into(), ends }
    }

    /// The clauses of a rule.
    #[inline]
    pub(crate) fn of_rule(&self, rule: usize) -> &[Clause] {
        // Where there is but one rule, nothing more has to be read.
        if self.ends.len() == 1 {
            debug_assert_eq!(rule, 0, "there is no other");
            return &self.all;
        }
        let start = rule.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.all[start..self.ends[rule] as usize]
    }

    /// The attributes that they look at.
    pub(crate) fn references(&self) -> impl Iterator<Item = (&Kind, Cow<'_, Reference>)> {
        self.all.iter().filter_map(|clause| match &clause.subject {
            Subject::Plain(label) => Some((&clause.kind, Cow::Owned(label.clone().into()))),
            Subject::Attribute(reference) => Some((&clause.kind, Cow::Borrowed(reference))),
            Subject::Kinds | Subject::Segments(_) | Subject::Malformed => None,
        })
    }

    /// Reads something of the first, for [`crate::ahead`].
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        self.all.first().map_or(0, Clause::touch)
    }

    /// The same of what it is compared with.
    #[inline]
    pub(crate) fn touch_test(&self) -> u64 {
        self.all.first().map_or(0, |clause| clause.test.touch())
    }

    /// For each rule its clauses.
    #[inline]
    pub(crate) fn of_rules(&self) -> impl Iterator<Item = &[Clause]> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let end = *end as usize;
            let clauses = &self.all[start..end];
            start = end;
            clauses
        })
    }
}
