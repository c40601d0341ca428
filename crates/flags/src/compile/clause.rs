//! One condition, prepared.

use switchyard_model::flag_spec::{self, Op};

use super::{slots::Slots, test::Test};
use crate::{
    context::Context,
    hash::{Kind, Label, is_valid_kind},
    reference::{Reference, Root},
    value::ValueRef,
};

/// A condition: of what, and what it must be.
#[derive(Debug)]
pub(crate) struct Clause {
    pub(crate) subject: Subject,
    pub(crate) negate: bool,
    pub(crate) kind: Kind,
    pub(crate) test: Test,
}

/// What a clause looks at.
#[derive(Debug)]
#[repr(u8)] // a tag of its own: in the niche of a label's 128 bits reading it costs more than the comparison
pub(crate) enum Subject {
    /// An attribute of the context of the clause's kind, by its name: nearly every clause.
    Plain(Label),
    /// Any other attribute of that context.
    Attribute(Reference),
    /// The kinds of the whole context.
    Kinds,
    /// Whether the context is in one of the segments in these slots.
    Segments(Box<[u32]>),
    /// An attribute that can't be.
    Malformed,
}

impl Clause {
    pub(crate) fn new(spec: &flag_spec::Clause, segments: &mut Slots) -> Self {
        let kind = spec.context_kind.as_deref().filter(|kind| is_valid_kind(kind));
        let subject = if spec.op == Op::SegmentMatch {
            let keys = spec.values.iter().filter_map(|value| value.as_str());
            Subject::Segments(keys.map(|key| segments.find_or_add(key)).collect())
        } else {
            match Reference::of_model(&spec.attribute, kind.is_some()) {
                Ok(reference) if reference.is_kind() => Subject::Kinds,
                Ok(Reference { root: Root::Attribute(label), rest }) if rest.is_empty() => {
                    Subject::Plain(label)
                }
                Ok(reference) => Subject::Attribute(reference),
                Err(_) => Subject::Malformed,
            }
        };
        Self {
            subject,
            negate: spec.negate,
            kind: kind.map_or_else(Kind::user, Kind::new),
            test: Test::new(&spec.op, &spec.values),
        }
    }

    /// Reads something of its first and last, for [`crate::ahead`].
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        let is_plain = matches!(self.subject, Subject::Plain(_));
        u64::from(is_plain)
            ^ u64::from(self.negate)
            ^ self.kind.name.hash
            ^ u64::from(matches!(self.test, Test::Never))
    }

    /// The attribute's value, where the clause looks at one and the context has it.
    #[inline]
    pub(crate) fn value<'c>(&self, context: &'c Context) -> Option<ValueRef<'c>> {
        let part = context.part(&self.kind)?;
        match &self.subject {
            Subject::Plain(label) => part.attribute(label).map(Into::into),
            Subject::Attribute(reference) => part.get(reference),
            Subject::Kinds | Subject::Segments(_) | Subject::Malformed => None,
        }
    }
}
