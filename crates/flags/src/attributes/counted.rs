//! How many flags and segments look at each attribute, so that one that changes says what is looked at no more.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Attributes;
use crate::hash::Kind;
use crate::reference::Reference;

/// The references of all flags and segments of a set, counted.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    counts: FxHashMap<(Box<str>, Reference), i64>,
    attributes: Arc<Attributes>,
}

impl Counted {
    pub(crate) fn new<'a>(references: impl Iterator<Item = (&'a Kind, Cow<'a, Reference>)>) -> Self {
        let counts = counted(references.map(|found| (found, 1)));
        Counted { attributes: attributes(&counts), counts }
    }

    /// With what some looked at before, and look at now. Shared whole where that is the same.
    pub(crate) fn with<'a>(
        self: &Arc<Self>,
        before: impl Iterator<Item = (&'a Kind, Cow<'a, Reference>)>,
        now: impl Iterator<Item = (&'a Kind, Cow<'a, Reference>)>,
    ) -> Arc<Self> {
        let before = before.map(|found| (found, -1));
        let mut differ = counted(before.chain(now.map(|found| (found, 1))));
        differ.retain(|_, by| *by != 0);
        if differ.is_empty() {
            return Arc::clone(self);
        }
        let mut counts = self.counts.clone();
        let mut others = false;
        for (reference, by) in differ {
            let count = counts.entry(reference).or_default();
            others |= *count == 0 || *count + by == 0;
            *count += by;
        }
        counts.retain(|_, count| *count != 0);
        let attributes = if others { attributes(&counts) } else { Arc::clone(&self.attributes) };
        Arc::new(Counted { counts, attributes })
    }

    pub(crate) fn attributes(&self) -> &Arc<Attributes> {
        &self.attributes
    }
}

fn counted<'a>(
    references: impl Iterator<Item = ((&'a Kind, Cow<'a, Reference>), i64)>,
) -> FxHashMap<(Box<str>, Reference), i64> {
    let mut counts = FxHashMap::default();
    for ((kind, reference), by) in references {
        *counts.entry((Box::from(kind.as_str()), reference.into_owned())).or_default() += by;
    }
    counts
}

fn attributes(counts: &FxHashMap<(Box<str>, Reference), i64>) -> Arc<Attributes> {
    let all: Vec<_> = counts.keys().map(|(kind, reference)| (Kind::new(kind), reference)).collect();
    Arc::new(Attributes::new(all.iter().map(|(kind, reference)| (kind, Cow::Borrowed(*reference)))))
}
