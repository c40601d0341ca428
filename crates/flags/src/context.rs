//! Who a decision is about.

mod builder;
mod json;
mod kept;

pub use builder::ContextBuilder;

use crate::{
    hash::{Kind, Label, Name},
    reference::{Reference, Root},
    value::{AttributeValue, ValueRef},
};

/// One context, or several of different kinds that act together.
///
/// Built once, by [`Context::builder`], [`Context::multi`] or [`Context::from_json`], and then asked by any number
/// of evaluations.
#[derive(Clone, Debug)]
pub struct Context {
    /// At least one; sorted by kind, no kind twice.
    parts: Box<[Part]>,
}

/// A context of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) kind: Kind,
    pub(crate) key: Name,
    name: Option<Box<str>>,
    anonymous: bool,
    /// The tags of the attributes' names, ascending; in step with `attributes`.
    tags: Box<[u128]>,
    attributes: Box<[(Box<str>, AttributeValue)]>,
    private: Box<[Box<str>]>,
}

/// Why something isn't a context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// The kind has other characters than letters, digits, `.`, `_` and `-`, or is a reserved word.
    #[error("context kind {0:?} must be letters, digits, `.`, `_` and `-`, and neither `kind` nor `multi`")]
    Kind(String),
    /// A context is known by its key.
    #[error("context of kind {0:?}: the key must not be empty")]
    Key(String),
    /// A context of several kinds has none, or one twice.
    #[error("a multi-kind context needs at least one context, and none of a kind twice")]
    Kinds,
    /// A field is missing or has the wrong type.
    #[error("context: `{field}` must be {wanted}")]
    Field {
        /// Its name.
        field: String,
        /// What it should be.
        wanted: &'static str,
    },
}

impl Context {
    /// Begins a context of one kind.
    pub fn builder(kind: impl Into<String>, key: impl Into<String>) -> ContextBuilder {
        ContextBuilder::new(kind.into(), key.into())
    }

    /// Joins contexts of different kinds; a single one stays what it is.
    ///
    /// # Errors
    /// [`ContextError::Kinds`] when there is none or two are of one kind.
    pub fn multi(contexts: impl IntoIterator<Item = Self>) -> Result<Self, ContextError> {
        let mut parts: Vec<Part> = contexts.into_iter().flat_map(|context| context.parts).collect();
        parts.sort_by(|a, b| a.kind.as_str().cmp(b.kind.as_str()));
        if parts.is_empty() || parts.windows(2).any(|two| two[0].kind.is(&two[1].kind)) {
            return Err(ContextError::Kinds);
        }
        Ok(Self { parts: parts.into() })
    }

    /// The kinds, in alphabetical order.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|part| part.kind.as_str())
    }

    /// The key of the context of that kind.
    pub fn key(&self, kind: &str) -> Option<&str> {
        self.parts.iter().find(|part| part.kind.as_str() == kind).map(|part| &*part.key.text)
    }

    /// The value that a reference finds in the context of that kind. The attribute `kind` is its kind.
    pub fn get(&self, kind: &str, reference: &Reference) -> Option<ValueRef<'_>> {
        self.parts.iter().find(|part| part.kind.as_str() == kind)?.get(reference)
    }

    /// One string for all the kinds and keys: the bare key of a single `user`, else `kind:key` joined by colons,
    /// with `%` and `:` in keys escaped. It is what a client's secure mode signs.
    pub fn canonical_key(&self) -> String {
        match &*self.parts {
            [user] if user.kind.as_str() == Kind::USER => user.key.text.to_string(),
            parts => {
                let escape = |key: &str| key.replace('%', "%25").replace(':', "%3A");
                let pairs: Vec<_> =
                    parts.iter().map(|p| format!("{}:{}", p.kind.as_str(), escape(&p.key.text))).collect();
                pairs.join(":")
            }
        }
    }

    /// Whether every part is anonymous.
    pub fn is_anonymous(&self) -> bool {
        self.parts.iter().all(|part| part.anonymous)
    }

    /// For each kind, references to the attributes that must not leave with events.
    pub fn private_attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parts.iter().flat_map(|part| part.private.iter().map(|private| (part.kind.as_str(), &**private)))
    }

    #[inline]
    pub(crate) fn part(&self, kind: &Kind) -> Option<&Part> {
        self.parts.iter().find(|part| part.kind.is(kind))
    }
}

impl Part {
    pub(crate) fn get(&self, reference: &Reference) -> Option<ValueRef<'_>> {
        let scalar = match &reference.root {
            Root::Attribute(name) => {
                let mut value = self.attribute(name)?;
                for part in &*reference.rest {
                    let AttributeValue::Object(object) = value else { return None };
                    value = object.get(part)?;
                }
                return Some(value.into());
            }
            Root::Key => ValueRef::String(&self.key.text),
            Root::Kind => ValueRef::String(self.kind.as_str()),
            Root::Name => ValueRef::String(self.name.as_deref()?),
            Root::Anonymous => ValueRef::Bool(self.anonymous),
        };
        reference.rest.is_empty().then_some(scalar)
    }

    /// The attribute of that name, beside those that every context has.
    #[inline(always)]
    pub(crate) fn attribute(&self, name: &Label) -> Option<&AttributeValue> {
        /// Up to here looking at all tags is quicker than halving.
        const FEW: usize = 16;
        let from = match self.tags.len() {
            ..=FEW => 0,
            _ => self.tags.partition_point(|tag| *tag < name.tag),
        };
        for (at, tag) in self.tags.iter().enumerate().skip(from) {
            if *tag == name.tag {
                let (text, value) = self.attributes.get(at)?;
                if name.is_short() || *text == name.text {
                    return Some(value);
                }
            }
        }
        None
    }
}
