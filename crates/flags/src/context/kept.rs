//! What is kept of a context that was seen: its keys, and of its attributes those that something looks at. What
//! the context calls private is never kept.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::{Context, Part};
use crate::{
    attributes::Attributes,
    reference::{Reference, Root},
    value::{AttributeValue, Object, ValueRef},
};

impl Context {
    /// The context with these attributes alone, and without those that are private.
    #[must_use]
    pub fn only(&self, attributes: &Attributes) -> Self {
        let parts = self.parts.iter().map(|part| part.only(attributes));
        Self { parts: parts.collect() }
    }

    /// Hashes kinds and keys: who it is.
    pub fn hash_identity(&self, hasher: &mut impl Hasher) {
        for part in &self.parts {
            part.kind.as_str().hash(hasher);
            part.key.text.hash(hasher);
        }
    }

    /// About how many bytes it takes in memory.
    pub fn bytes(&self) -> usize {
        self.parts.iter().map(Part::bytes).sum::<usize>() + size_of::<Self>()
    }

    pub(crate) fn kept_fingerprint(&self, attributes: &Attributes) -> u64 {
        let mut hasher = FxHasher::default();
        attributes.fingerprint().hash(&mut hasher);
        for part in &self.parts {
            let Some(of) = attributes.of(part.kind.as_str()) else { continue };
            if !part.private.is_empty() {
                // Seldom, and then what is private has to be cut out first.
                part.only(attributes).hash_values(&of.references, &mut hasher);
                continue;
            }
            part.hash_values(&of.references, &mut hasher);
        }
        hasher.finish()
    }
}

impl Part {
    fn only(&self, attributes: &Attributes) -> Self {
        let private: Vec<Reference> = self.private.iter().filter_map(|p| Reference::parse(p).ok()).collect();
        let mut kept: BTreeMap<&str, AttributeValue> = BTreeMap::new();
        let (mut name, mut anonymous) = (None, false);
        let references = attributes.of(self.kind.as_str()).map_or(&[][..], |of| &of.references);
        for (_, reference) in references.iter().filter(|(_, r)| !private.iter().any(|p| p.covers(r))) {
            match &reference.root {
                Root::Name => name = self.name.clone(),
                Root::Anonymous => anonymous = self.anonymous,
                Root::Key | Root::Kind => {}
                Root::Attribute(attribute) => {
                    let Some(found) = self.get(reference) else { continue };
                    let hidden = private.iter().filter(|p| reference.covers(p));
                    let found = hidden.fold(AttributeValue::from(found), |value, private| {
                        without(value, &private.rest[reference.rest.len()..])
                    });
                    let whole = kept.remove(&*attribute.text);
                    kept.insert(&attribute.text, put(whole, &reference.rest, found));
                }
            }
        }
        let mut context = Context::builder(self.kind.as_str(), &*self.key.text);
        context.may_have_empty_key = true;
        for (attribute, value) in kept {
            context = context.set(attribute, value);
        }
        if let Some(name) = name {
            context = context.name(name);
        }
        match context.anonymous(anonymous).build() {
            Ok(Context { parts }) => parts.into_iter().next().unwrap_or_else(|| self.clone()),
            Err(_) => unreachable!("kind and key are those of a context"),
        }
    }

    fn hash_values(&self, references: &[(Box<str>, Reference)], hasher: &mut FxHasher) {
        for (_, reference) in references {
            match self.get(reference) {
                Some(value) => value.hash(hasher),
                None => hasher.write_u8(0xff),
            }
        }
    }

    fn bytes(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, value)| 8 + 2 * 16 + name.len() + value.bytes());
        size_of::<Self>()
            + self.kind.as_str().len()
            + self.key.text.len()
            + self.name.as_ref().map_or(0, |name| name.len())
            + attributes.sum::<usize>()
    }
}

impl Reference {
    /// Whether the other is this one or a part of it.
    fn covers(&self, other: &Self) -> bool {
        self.root == other.root && other.rest.starts_with(&self.rest)
    }
}

/// The value without what a path leads to.
fn without(value: AttributeValue, path: &[Box<str>]) -> AttributeValue {
    let (AttributeValue::Object(object), Some((first, rest))) = (&value, path.split_first()) else {
        return value;
    };
    let members = object.iter().filter(|(name, _)| !rest.is_empty() || *name != &**first);
    let members = members.map(|(name, member)| {
        let member = if *name == **first { without(member.clone(), rest) } else { member.clone() };
        (name.into(), member)
    });
    AttributeValue::Object(members.collect())
}

/// What was kept of an attribute so far, with one more value at the end of a path.
fn put(whole: Option<AttributeValue>, path: &[Box<str>], value: AttributeValue) -> AttributeValue {
    let Some((first, rest)) = path.split_first() else { return value };
    let members = match whole {
        Some(AttributeValue::Object(object)) => object,
        _ => Object::default(),
    };
    let inner = put(members.get(first).cloned(), rest, value);
    let others = members.iter().filter(|(name, _)| *name != &**first);
    let others = others.map(|(name, member)| (name.into(), member.clone()));
    AttributeValue::Object(others.chain([(first.clone(), inner)]).collect())
}

impl From<ValueRef<'_>> for AttributeValue {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Bool(b) => Self::Bool(b),
            ValueRef::Number(n) => Self::Number(n),
            ValueRef::String(s) => Self::String(s.into()),
            ValueRef::Array(items) => Self::Array(items.into()),
            ValueRef::Object(object) => Self::Object(object.clone()),
        }
    }
}

/// Equal numbers hash alike by their bits alone: a context that writes -0 in place of 0 counts as changed.
impl Hash for ValueRef<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        std::mem::discriminant(self).hash(hasher);
        match *self {
            Self::Null => {}
            Self::Bool(b) => b.hash(hasher),
            Self::Number(n) => n.to_bits().hash(hasher),
            Self::String(s) => s.hash(hasher),
            Self::Array(items) => items.iter().for_each(|item| ValueRef::from(item).hash(hasher)),
            Self::Object(object) => object.iter().for_each(|(name, value)| {
                name.hash(hasher);
                ValueRef::from(value).hash(hasher);
            }),
        }
    }
}

impl AttributeValue {
    fn bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Null | Self::Bool(_) | Self::Number(_) => 0,
                Self::String(text) => text.len(),
                Self::Array(items) => items.iter().map(Self::bytes).sum(),
                Self::Object(object) => {
                    object.iter().map(|(name, value)| 16 + name.len() + value.bytes()).sum()
                }
            }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::FlagSet;

    fn attributes(wanted: &[(&str, &str)]) -> Attributes {
        let references: Vec<_> = wanted.iter().map(|(k, r)| (*k, Reference::parse(r).unwrap())).collect();
        Attributes::default().and(references.iter().map(|(kind, reference)| (*kind, reference)))
    }

    fn kept(context: Value, wanted: &[(&str, &str)]) -> Value {
        let context = Context::from_json(&context).unwrap();
        serde_json::to_value(context.only(&attributes(wanted))).unwrap()
    }

    #[test]
    fn what_nothing_looks_at_and_what_is_private_is_not_kept() {
        let ann = json!({"kind": "user", "key": "ann", "name": "Ann", "anonymous": true, "plan": "pro",
            "address": {"city": "Ulm", "street": "Weg 1", "geo": {"x": 1, "y": 2}}});
        let private = |what: &[&str]| {
            let mut ann = ann.clone();
            ann["_meta"] = json!({"privateAttributes": what});
            ann
        };
        for (context, wanted, rest) in [
            (ann.clone(), &[][..], json!({})),
            (ann.clone(), &[("user", "plan"), ("org", "name")], json!({"plan": "pro"})),
            (
                ann.clone(),
                &[("user", "name"), ("user", "anonymous")],
                json!({"name": "Ann", "anonymous": true}),
            ),
            (
                ann.clone(),
                &[("user", "/address/city"), ("user", "/address/geo/y")],
                json!({"address": {"city": "Ulm", "geo": {"y": 2}}}),
            ),
            (private(&["name", "plan"]), &[("user", "name"), ("user", "plan")], json!({})),
            (private(&["address"]), &[("user", "/address/city")], json!({})),
            (
                private(&["/address/street", "/address/geo/x"]),
                &[("user", "address"), ("user", "/address/street")],
                json!({"address": {"city": "Ulm", "geo": {"y": 2}}}),
            ),
        ] {
            let mut expected = rest;
            expected["kind"] = json!("user");
            expected["key"] = json!("ann");
            assert_eq!(kept(context, wanted), expected, "{wanted:?}");
        }
    }

    #[test]
    fn a_fingerprint_changes_with_what_is_kept_and_with_nothing_else() {
        let wanted = attributes(&[("user", "plan"), ("org", "/a/b")]);
        let of = |json: Value| wanted.fingerprint_of(&Context::from_json(&json).unwrap());
        let base = of(json!({"kind": "user", "key": "a", "plan": "pro", "x": 1}));
        assert_eq!(base, of(json!({"kind": "user", "key": "a", "plan": "pro", "x": 2})));
        assert_ne!(base, of(json!({"kind": "user", "key": "a", "plan": "free"})));
        assert_ne!(base, of(json!({"kind": "user", "key": "a"})));
        let hidden =
            json!({"kind": "user", "key": "a", "plan": "pro", "_meta": {"privateAttributes": ["plan"]}});
        assert_eq!(of(hidden), of(json!({"kind": "user", "key": "a"})));
    }

    #[test]
    fn flags_and_segments_say_what_they_look_at() {
        let flag = json!({"key": "f", "version": 1, "on": true, "salt": "s", "variations": [true, false],
            "fallthrough": {"rollout": {"contextKind": "org", "bucketBy": "/a~1b/c", "variations": [
                {"variation": 0, "weight": 100_000}]}},
            "rules": [{"variation": 0, "clauses": [
                {"attribute": "a/b", "op": "in", "values": [1]},
                {"contextKind": "user", "attribute": "plan", "op": "in", "values": ["pro"]},
                {"contextKind": "user", "attribute": "key", "op": "in", "values": ["x"]},
                {"attribute": "", "op": "segmentMatch", "values": ["s"]}]}]});
        let segment = json!({"key": "s", "version": 1, "salt": "s", "rules": [{"weight": 1, "bucketBy": "team",
            "clauses": [{"attribute": "name", "op": "in", "values": ["x"]}]}]});
        let set = FlagSet::compile(
            [std::sync::Arc::new(serde_json::from_value(flag).unwrap())],
            [std::sync::Arc::new(serde_json::from_value(segment).unwrap())],
        );
        let said = |attributes: &Attributes| -> Vec<String> {
            attributes.iter().map(|(kind, text, _)| format!("{kind} {text}")).collect()
        };
        assert_eq!(
            said(set.attributes()),
            ["org /a~1b/c", "user a/b", "user name", "user plan", "user team"]
        );
        let own = set.flag("f").unwrap().attributes();
        assert_eq!(said(&own), ["org /a~1b/c", "user a/b", "user plan"]);
        assert_eq!(said(&set.attributes_of_segment("s")), ["user name", "user team"]);
        let part = Reference::parse("/plan/x").unwrap();
        assert!(own.has("user", &part) && !own.has("org", &part) && own.has_part_of("org", "a/b"));
    }
}
