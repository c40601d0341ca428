//! One condition, prepared.

use switchyard_model::flag_spec::{self, Op};

use super::{slots::Slots, test::Test};
use crate::{
    hash::{Kind, is_valid_kind},
    reference::Reference,
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
pub(crate) enum Subject {
    /// An attribute of the context of the clause's kind.
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
}
