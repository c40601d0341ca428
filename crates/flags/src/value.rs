//! The value of a context's attribute, and what a clause compares it with.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// A JSON value whose numbers are all double precision, as LaunchDarkly compares them (`1` is `1.0`).
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// `null`; as a whole attribute it is the same as no attribute.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// A string.
    String(Box<str>),
    /// A list; a clause matches it if it matches any element.
    Array(Box<[AttributeValue]>),
    /// An object; its parts are reached by references such as `/address/city`.
    Object(Object),
}

/// The members of a JSON object, sorted by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Box<[(Box<str>, AttributeValue)]>);

impl Object {
    /// The member of that name.
    pub fn get(&self, name: &str) -> Option<&AttributeValue> {
        let at = self.0.binary_search_by(|(member, _)| (**member).cmp(name)).ok()?;
        Some(&self.0[at].1)
    }

    /// All members, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &AttributeValue)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }
}

impl FromIterator<(Box<str>, AttributeValue)> for Object {
    fn from_iter<I: IntoIterator<Item = (Box<str>, AttributeValue)>>(members: I) -> Self {
        let sorted: std::collections::BTreeMap<_, _> = members.into_iter().collect();
        Self(sorted.into_iter().collect())
    }
}

/// A value borrowed from a context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// `null`
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// A string.
    String(&'a str),
    /// A list.
    Array(&'a [AttributeValue]),
    /// An object.
    Object(&'a Object),
}

impl<'a> From<&'a AttributeValue> for ValueRef<'a> {
    #[inline]
    fn from(value: &'a AttributeValue) -> Self {
        match value {
            AttributeValue::Null => Self::Null,
            AttributeValue::Bool(b) => Self::Bool(*b),
            AttributeValue::Number(n) => Self::Number(*n),
            AttributeValue::String(s) => Self::String(s),
            AttributeValue::Array(items) => Self::Array(items),
            AttributeValue::Object(object) => Self::Object(object),
        }
    }
}

impl From<&Value> for AttributeValue {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(b) => Self::Bool(*b),
            Value::Number(n) => n.as_f64().map_or(Self::Null, Self::Number),
            Value::String(s) => Self::String(s.as_str().into()),
            Value::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Value::Object(members) => {
                Self::Object(members.iter().map(|(k, v)| (k.as_str().into(), v.into())).collect())
            }
        }
    }
}

impl From<bool> for AttributeValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for AttributeValue {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for AttributeValue {
    fn from(value: &str) -> Self {
        Self::String(value.into())
    }
}

impl From<String> for AttributeValue {
    fn from(value: String) -> Self {
        Self::String(value.into())
    }
}

impl<T: Into<AttributeValue>> From<Vec<T>> for AttributeValue {
    fn from(items: Vec<T>) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }
}

/// A whole number that every double up to it can be told from its neighbours: 2⁵³ − 1.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// The number without its fraction, where it is small enough to be exact.
pub(crate) fn to_integer(number: f64) -> Option<i64> {
    (number.abs() <= MAX_SAFE_INTEGER).then_some(number as i64)
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ValueRef::from(self).serialize(serializer)
    }
}

impl Serialize for ValueRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(b) => serializer.serialize_bool(b),
            Self::Number(n) => match to_integer(n) {
                Some(integer) if integer as f64 == n => serializer.serialize_i64(integer),
                _ => serializer.serialize_f64(n),
            },
            Self::String(s) => serializer.serialize_str(s),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(object) => {
                let mut map = serializer.serialize_map(Some(object.0.len()))?;
                for (name, value) in object.iter() {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}
