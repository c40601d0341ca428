//! Which attributes of contexts a configuration looks at.

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use crate::{
    context::Context,
    hash::{Kind, hash},
    reference::{Reference, Root},
};

mod counted;

pub(crate) use counted::Counted;

/// References to attributes, by kind of context: what must be known of a context to evaluate with it. Its keys
/// and kinds always must, and are not listed.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    /// By kind.
    kinds: Box<[OfKind]>,
    fingerprint: u64,
}

/// The references for contexts of one kind.
#[derive(Clone, Debug)]
pub(crate) struct OfKind {
    pub(crate) kind: Kind,
    /// By their text.
    pub(crate) references: Box<[(Box<str>, Reference)]>,
}

impl Attributes {
    pub(crate) fn new<'a>(references: impl Iterator<Item = (&'a Kind, Cow<'a, Reference>)>) -> Self {
        let unique: FxHashSet<(&str, Cow<'_, Reference>)> = references
            .filter(|(_, reference)| !matches!(reference.root, Root::Key | Root::Kind))
            .map(|(kind, reference)| (kind.as_str(), reference))
            .collect();
        let mut all: Vec<(&str, Box<str>, Cow<'_, Reference>)> = unique
            .into_iter()
            .map(|(kind, reference)| (kind, reference.to_string().into_boxed_str(), reference))
            .collect();
        all.sort_unstable_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let words: Vec<&str> = all.iter().flat_map(|(kind, text, _)| [*kind, &**text]).collect();
        let fingerprint = hash(&words.join("\n"));
        let kinds = all.chunk_by(|a, b| a.0 == b.0).map(|of_kind| OfKind {
            kind: Kind::new(of_kind[0].0),
            references: of_kind
                .iter()
                .map(|(_, text, found)| (text.clone(), found.clone().into_owned()))
                .collect(),
        });
        Self { kinds: kinds.collect(), fingerprint }
    }

    /// These and more, each with its kind of context.
    #[must_use]
    pub fn and<'a>(&self, more: impl IntoIterator<Item = (&'a str, &'a Reference)>) -> Self {
        let more: Vec<_> =
            more.into_iter().map(|(kind, reference)| (Kind::new(kind), reference.clone())).collect();
        let more = more.iter().map(|(kind, reference)| (kind, Cow::Borrowed(reference)));
        Self::new(self.references().chain(more))
    }

    /// Each with its kind of context and as a text, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &Reference)> {
        self.kinds.iter().flat_map(|of| {
            of.references.iter().map(|(text, reference)| (of.kind.as_str(), &**text, reference))
        })
    }

    /// Whether this reference is among them, or one to the whole of which it is a part.
    pub fn has(&self, kind: &str, reference: &Reference) -> bool {
        let covers =
            |known: &Reference| known.root == reference.root && reference.rest.starts_with(&known.rest);
        matches!(reference.root, Root::Key | Root::Kind)
            || self.of(kind).is_some_and(|of| of.references.iter().any(|(_, known)| covers(known)))
    }

    /// Whether something of the attribute with this name is among them.
    pub fn has_part_of(&self, kind: &str, name: &str) -> bool {
        let part = |reference: &Reference| reference.root.name() == name;
        self.of(kind).is_some_and(|of| of.references.iter().any(|(_, reference)| part(reference)))
    }

    /// Equal for equal sets.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// What a context is known by of these: equal for the same kinds and keys with the same values. Attributes
    /// that are private don't count.
    pub fn fingerprint_of(&self, context: &Context) -> u64 {
        context.kept_fingerprint(self)
    }

    pub(crate) fn of(&self, kind: &str) -> Option<&OfKind> {
        self.kinds.iter().find(|of| of.kind.as_str() == kind)
    }

    fn references(&self) -> impl Iterator<Item = (&Kind, Cow<'_, Reference>)> {
        self.kinds
            .iter()
            .flat_map(|of| of.references.iter().map(|(_, reference)| (&of.kind, Cow::Borrowed(reference))))
    }
}
