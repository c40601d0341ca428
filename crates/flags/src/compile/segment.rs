//! A segment, compiled.

use std::borrow::Cow;
use std::sync::Arc;

use switchyard_model::segment_spec::{SegmentRule, SegmentSpec};

use super::{Clauses, keys::KeyLists, rollout::Rollout, slots::Slots};
use crate::lists::BigList;
use crate::{bucket::BucketPrefix, context::Context, hash::Kind, reference::Reference};

/// A segment in the form made for reading.
#[derive(Debug)]
pub(crate) struct CompiledSegment {
    pub(crate) spec: Arc<SegmentSpec>,
    /// Included before excluded; empty where the members are kept elsewhere.
    keys: KeyLists,
    pub(crate) clauses: Clauses,
    /// For each rule how many of those who match are in.
    pub(crate) weights: Box<[Weight]>,
    /// The kind of context of a segment whose members are kept elsewhere.
    pub(crate) unbounded: Option<Kind>,
    /// Its members, where they are kept here.
    pub(crate) list: Option<Arc<BigList>>,
}

/// How many of those who match a rule are in.
#[derive(Debug)]
pub(crate) enum Weight {
    All,
    Part(Box<Rollout>),
    Malformed,
}

impl CompiledSegment {
    pub(crate) fn new(spec: Arc<SegmentSpec>, segments: &mut Slots) -> Self {
        let keys = if spec.unbounded {
            KeyLists::default()
        } else {
            let kinds: Vec<&str> = (0..list_count(&spec)).map(|list| list_at(&spec, list).0).collect();
            KeyLists::new(&kinds, |list| list_at(&spec, list as usize).1)
        };
        let unbounded_kind = spec.unbounded_context_kind.as_deref().unwrap_or(Kind::USER);
        Self {
            keys,
            clauses: Clauses::new(spec.rules.iter().map(|rule| &*rule.clauses), segments),
            weights: spec.rules.iter().map(|rule| Weight::new(rule, &spec)).collect(),
            unbounded: spec.unbounded.then(|| Kind::new(unbounded_kind)),
            list: spec.list.as_deref().and_then(BigList::find),
            spec,
        }
    }

    /// What its rules look at, beside the keys of its lists.
    pub(crate) fn references(&self) -> impl Iterator<Item = (&Kind, Cow<'_, Reference>)> {
        let places = self.weights.iter().filter_map(|weight| match weight {
            Weight::Part(part) => Some((&part.place.kind, Cow::Borrowed(&part.place.by))),
            Weight::All | Weight::Malformed => None,
        });
        self.clauses.references().chain(places)
    }

    /// Whether the context is in or out by its keys.
    #[inline]
    pub(crate) fn membership(&self, context: &Context) -> Option<bool> {
        let list = self.keys.first(context, |list| list_at(&self.spec, list as usize).1)?;
        Some((list as usize) < included_count(&self.spec))
    }
}

/// The included of kind `user`, the included of other kinds, and the same with the excluded.
fn list_at(spec: &SegmentSpec, list: usize) -> (&str, &[String]) {
    let included = included_count(spec);
    let (users, contexts, list) = if list < included {
        (&spec.included, &spec.included_contexts, list)
    } else {
        (&spec.excluded, &spec.excluded_contexts, list - included)
    };
    match list.checked_sub(1) {
        None => (Kind::USER, users),
        Some(at) => (&contexts[at].context_kind, &contexts[at].values),
    }
}

fn included_count(spec: &SegmentSpec) -> usize {
    1 + spec.included_contexts.len()
}

fn list_count(spec: &SegmentSpec) -> usize {
    included_count(spec) + 1 + spec.excluded_contexts.len()
}

impl Weight {
    fn new(rule: &SegmentRule, spec: &SegmentSpec) -> Self {
        let Some(weight) = rule.weight.filter(|weight| *weight >= 0) else { return Self::All };
        let prefix = BucketPrefix::new(&[&spec.key, &spec.salt]);
        Rollout::part(rule.rollout_context_kind.as_deref(), rule.bucket_by.as_deref(), prefix, weight)
            .map_or(Self::Malformed, |part| Self::Part(Box::new(part)))
    }
}
