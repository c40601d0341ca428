//! What a clause does with a value, prepared for each operator.

use hashbrown::HashTable;
use regex::Regex;
use serde_json::Value;
use switchyard_model::flag_spec::Op;

use super::texts::Texts;
use crate::{
    hash::{hash, same},
    time::Instant,
    value::{AttributeValue, ValueRef},
    version::{OwnedVersion, Version},
};

/// An operator with its values. As any one value is enough, an order keeps only the value that is easiest to pass.
#[derive(Debug)]
pub(crate) enum Test {
    Never,
    /// One of a few texts: nearly every clause.
    InTexts(Texts),
    In(Box<OneOf>),
    StartsWith(Box<[Box<str>]>),
    EndsWith(Box<[Box<str>]>),
    Contains(Box<[Box<str>]>),
    Matches(Box<[Regex]>),
    LessThan(f64),
    LessThanOrEqual(f64),
    GreaterThan(f64),
    GreaterThanOrEqual(f64),
    Before(Instant),
    After(Instant),
    VersionEqual(Box<[OwnedVersion]>),
    VersionLessThan(Box<OwnedVersion>),
    VersionGreaterThan(Box<OwnedVersion>),
}

impl Test {
    pub(crate) fn new(op: &Op, values: &[Value]) -> Self {
        let highest = || numbers(values).reduce(f64::max);
        let lowest = || numbers(values).reduce(f64::min);
        let test = match op {
            Op::In => Some(Self::one_of(values)),
            Op::StartsWith => Some(Self::StartsWith(strings(values).map(Into::into).collect())),
            Op::EndsWith => Some(Self::EndsWith(strings(values).map(Into::into).collect())),
            Op::Contains => Some(Self::Contains(strings(values).map(Into::into).collect())),
            // What isn't a regular expression matches nothing, as in LaunchDarkly's SDKs.
            Op::Matches => {
                Some(Self::Matches(strings(values).filter_map(|re| Regex::new(re).ok()).collect()))
            }
            Op::LessThan => highest().map(Self::LessThan),
            Op::LessThanOrEqual => highest().map(Self::LessThanOrEqual),
            Op::GreaterThan => lowest().map(Self::GreaterThan),
            Op::GreaterThanOrEqual => lowest().map(Self::GreaterThanOrEqual),
            Op::Before => instants(values).max().map(Self::Before),
            Op::After => instants(values).min().map(Self::After),
            Op::SemVerEqual => Some(Self::VersionEqual(versions(values).collect())),
            Op::SemVerLessThan => {
                let highest = versions(values).max_by(|a, b| a.borrow().cmp(&b.borrow()));
                highest.map(|version| Self::VersionLessThan(Box::new(version)))
            }
            Op::SemVerGreaterThan => {
                let lowest = versions(values).min_by(|a, b| a.borrow().cmp(&b.borrow()));
                lowest.map(|version| Self::VersionGreaterThan(Box::new(version)))
            }
            Op::SegmentMatch | Op::Unknown(_) => None,
        };
        test.unwrap_or(Self::Never)
    }

    fn one_of(values: &[Value]) -> Self {
        let only_texts = values.iter().all(Value::is_string);
        match Texts::new(strings(values)).filter(|_| only_texts) {
            Some(texts) => Self::InTexts(texts),
            None => Self::In(Box::new(OneOf::new(values))),
        }
    }

    /// The only strings that pass, in no order, where there are few enough to name them.
    pub(super) fn strings(&self) -> Option<impl Iterator<Item = &str>> {
        let (texts, one_of) = match self {
            Self::InTexts(texts) => (Some(texts), None),
            Self::In(one_of) => (None, Some(one_of)),
            _ => return None,
        };
        let texts = texts.map(Texts::iter).into_iter().flatten();
        Some(texts.chain(one_of.map(|one_of| one_of.strings()).into_iter().flatten()))
    }

    /// Reads something of its first value, for [`crate::ahead`].
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        match self {
            Self::InTexts(texts) => texts.touch(),
            _ => 0,
        }
    }

    /// Whether the value passes. Doesn't allocate, but for what a regular expression keeps for the next time.
    pub(crate) fn passes(&self, value: ValueRef<'_>) -> bool {
        match (self, value) {
            (_, ValueRef::String(text)) => self.passes_string(text),
            (_, ValueRef::Number(number)) => self.passes_number(number),
            (Self::In(one_of), value) => one_of.has(value),
            _ => false,
        }
    }

    /// The same for a string.
    #[inline(always)]
    pub(crate) fn passes_string(&self, s: &str) -> bool {
        match self {
            Self::InTexts(texts) => texts.has(s),
            Self::In(one_of) => one_of.has_string(s),
            Self::StartsWith(values) => values.iter().any(|v| begins(s, v)),
            Self::EndsWith(values) => values.iter().any(|v| ends(s, v)),
            _ => self.passes_slowly(s),
        }
    }

    /// What takes so long that a call doesn't matter; kept out of the way of what doesn't.
    #[inline(never)]
    fn passes_slowly(&self, s: &str) -> bool {
        match self {
            Self::Contains(values) => values.iter().any(|v| s.contains(&**v)),
            Self::Matches(values) => values.iter().any(|v| v.is_match(s)),
            Self::Before(limit) => Instant::of(ValueRef::String(s)).is_some_and(|at| at < *limit),
            Self::After(limit) => Instant::of(ValueRef::String(s)).is_some_and(|at| at > *limit),
            Self::VersionEqual(versions) => {
                Version::parse(s).is_some_and(|version| versions.iter().any(|v| v.borrow() == version))
            }
            Self::VersionLessThan(limit) => Version::parse(s).is_some_and(|version| version < limit.borrow()),
            Self::VersionGreaterThan(limit) => {
                Version::parse(s).is_some_and(|version| version > limit.borrow())
            }
            _ => false,
        }
    }

    /// The same for a number.
    #[inline(always)]
    pub(crate) fn passes_number(&self, n: f64) -> bool {
        match self {
            Self::In(one_of) => one_of.numbers.contains(&n),
            Self::LessThan(limit) => n < *limit,
            Self::LessThanOrEqual(limit) => n <= *limit,
            Self::GreaterThan(limit) => n > *limit,
            Self::GreaterThanOrEqual(limit) => n >= *limit,
            Self::Before(limit) => Instant::of(ValueRef::Number(n)).is_some_and(|at| at < *limit),
            Self::After(limit) => Instant::of(ValueRef::Number(n)).is_some_and(|at| at > *limit),
            _ => false,
        }
    }
}

/// The values of `in`, by type.
#[derive(Debug)]
pub(crate) struct OneOf {
    strings: Strings,
    numbers: Box<[f64]>,
    /// Whether `false` and whether `true` is among them.
    bools: [bool; 2],
    /// Lists, objects and `null`.
    others: Box<[AttributeValue]>,
}

#[derive(Debug)]
enum Strings {
    Few(Texts),
    Many(HashTable<Box<str>>),
}

impl OneOf {
    fn new(values: &[Value]) -> Self {
        let others = values.iter().filter(|value| value.is_array() || value.is_object() || value.is_null());
        Self {
            strings: Strings::new(strings(values)),
            numbers: numbers(values).collect(),
            bools: [false, true].map(|b| values.contains(&Value::Bool(b))),
            others: others.map(Into::into).collect(),
        }
    }

    /// The strings among them, in no order.
    fn strings(&self) -> impl Iterator<Item = &str> {
        let (few, many) = match &self.strings {
            Strings::Few(texts) => (Some(texts.iter()), None),
            Strings::Many(strings) => (None, Some(strings.iter())),
        };
        few.into_iter().flatten().chain(many.into_iter().flatten().map(|string| &**string))
    }

    fn has(&self, value: ValueRef<'_>) -> bool {
        match value {
            ValueRef::String(s) => self.has_string(s),
            ValueRef::Number(n) => self.numbers.contains(&n),
            ValueRef::Bool(b) => self.bools[usize::from(b)],
            other => self.others.iter().any(|v| ValueRef::from(v) == other),
        }
    }

    #[inline]
    fn has_string(&self, s: &str) -> bool {
        match &self.strings {
            Strings::Few(texts) => texts.has(s),
            Strings::Many(strings) => strings.find(hash(s), |v| **v == *s).is_some(),
        }
    }
}

impl Strings {
    fn new<'a>(strings: impl Iterator<Item = &'a str> + Clone) -> Self {
        if let Some(few) = Texts::new(strings.clone()) {
            return Self::Few(few);
        }
        let mut table: HashTable<Box<str>> = HashTable::new();
        for string in strings {
            table
                .entry(hash(string), |known| **known == *string, |known| hash(known))
                .or_insert_with(|| string.into());
        }
        Self::Many(table)
    }
}

#[inline]
fn begins(text: &str, with: &str) -> bool {
    text.as_bytes().get(..with.len()).is_some_and(|head| same(head, with.as_bytes()))
}

#[inline]
fn ends(text: &str, with: &str) -> bool {
    let from = text.len().checked_sub(with.len());
    from.is_some_and(|from| same(&text.as_bytes()[from..], with.as_bytes()))
}

fn strings(values: &[Value]) -> impl Iterator<Item = &str> + Clone {
    values.iter().filter_map(Value::as_str)
}

fn numbers(values: &[Value]) -> impl Iterator<Item = f64> {
    values.iter().filter_map(Value::as_f64)
}

fn instants(values: &[Value]) -> impl Iterator<Item = Instant> {
    values.iter().filter_map(|value| Instant::of(ValueRef::from(&AttributeValue::from(value))))
}

fn versions(values: &[Value]) -> impl Iterator<Item = OwnedVersion> {
    strings(values).filter_map(OwnedVersion::parse)
}
