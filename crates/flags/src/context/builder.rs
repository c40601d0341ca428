//! Putting a context together from parts.

use std::collections::BTreeMap;

use super::{Context, ContextError, Part};
use crate::{
    hash::{Kind, Label, Name, is_valid_kind},
    reference::Reference,
    value::AttributeValue,
};

/// A context of one kind in the making.
#[derive(Clone, Debug)]
pub struct ContextBuilder {
    kind: String,
    key: String,
    name: Option<String>,
    anonymous: bool,
    attributes: BTreeMap<String, AttributeValue>,
    private: Vec<String>,
    pub(super) may_have_empty_key: bool,
}

impl ContextBuilder {
    pub(super) fn new(kind: String, key: String) -> Self {
        Self {
            kind,
            key,
            name: None,
            anonymous: false,
            attributes: BTreeMap::new(),
            private: Vec::new(),
            may_have_empty_key: false,
        }
    }

    /// The name for people; it is the attribute `name`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether the key says nothing about the person.
    #[must_use]
    pub fn anonymous(mut self, anonymous: bool) -> Self {
        self.anonymous = anonymous;
        self
    }

    /// Sets an attribute; `null` takes it away.
    ///
    /// `key`, `kind`, `name` and `anonymous` set those, if the type is right. These with a wrong type, `_meta` and
    /// an empty name are passed over, as LaunchDarkly's SDKs do.
    #[must_use]
    pub fn set(mut self, attribute: impl Into<String>, value: impl Into<AttributeValue>) -> Self {
        let attribute = attribute.into();
        match (attribute.as_str(), value.into()) {
            ("kind", AttributeValue::String(kind)) => self.kind = kind.into(),
            ("key", AttributeValue::String(key)) => self.key = key.into(),
            ("name", AttributeValue::String(name)) => self.name = Some(name.into()),
            ("name", AttributeValue::Null) => self.name = None,
            ("anonymous", AttributeValue::Bool(anonymous)) => self.anonymous = anonymous,
            ("" | "kind" | "key" | "name" | "anonymous" | "_meta", _) => {}
            (_, AttributeValue::Null) => {
                self.attributes.remove(&attribute);
            }
            (_, value) => {
                self.attributes.insert(attribute, value);
            }
        }
        self
    }

    /// Keeps an attribute out of events. What isn't a reference is passed over.
    #[must_use]
    pub fn private(mut self, reference: impl Into<String>) -> Self {
        let reference = reference.into();
        if Reference::parse(&reference).is_ok() {
            self.private.push(reference);
        }
        self
    }

    /// The context.
    ///
    /// # Errors
    /// [`ContextError::Kind`] and [`ContextError::Key`].
    pub fn build(self) -> Result<Context, ContextError> {
        if !is_valid_kind(&self.kind) {
            return Err(ContextError::Kind(self.kind));
        }
        if self.key.is_empty() && !self.may_have_empty_key {
            return Err(ContextError::Key(self.kind));
        }
        let mut attributes: Vec<_> =
            self.attributes.into_iter().map(|(name, value)| (Label::new(&name), value)).collect();
        attributes.sort_unstable_by_key(|(name, _)| name.tag);
        let part = Part {
            kind: Kind::new(&self.kind),
            key: Name::new(&self.key),
            name: self.name.map(Into::into),
            anonymous: self.anonymous,
            tags: attributes.iter().map(|(name, _)| name.tag).collect(),
            attributes: attributes.into_iter().map(|(name, value)| (name.text, value)).collect(),
            private: self.private.into_iter().map(Into::into).collect(),
        };
        Ok(Context { parts: Box::new([part]) })
    }
}
