//! Strings with their hash, computed once, so that a lookup compares numbers first.

use std::hash::BuildHasher;

use rustc_hash::FxBuildHasher;

/// The one hash of every table and name of this crate. Not keyed: tables are filled from the configuration,
/// which its authors write; a context from outside only asks.
pub(crate) fn hash(text: &str) -> u64 {
    FxBuildHasher.hash_one(text)
}

/// Whether two strings are equal. Names and values are short, and then a call of `memcmp` costs more than the work.
#[inline]
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    fn ends<const N: usize>(left: &[u8], right: &[u8]) -> bool {
        left.first_chunk::<N>() == right.first_chunk::<N>()
            && left.last_chunk::<N>() == right.last_chunk::<N>()
    }
    left.len() == right.len()
        && match left.len() {
            0 => true,
            1 => left[0] == right[0],
            2..=3 => ends::<2>(left, right),
            4..=7 => ends::<4>(left, right),
            8..=16 => ends::<8>(left, right),
            _ => left == right,
        }
}

/// A string and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) hash: u64,
    pub(crate) text: Box<str>,
}

impl Name {
    pub(crate) fn new(text: &str) -> Self {
        Self { hash: hash(text), text: text.into() }
    }
}

/// The name of an attribute, made for being compared: nearly all are short, and then one comparison of numbers is all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Label {
    /// The text itself and its length where it has at most [`Label::SHORT`] bytes, else its hash and a mark.
    pub(crate) tag: u128,
    pub(crate) text: Box<str>,
}

impl Label {
    const SHORT: usize = 15;
    const LONG: u128 = 0xff << 120;

    pub(crate) fn new(text: &str) -> Self {
        let mut bytes = [0; 16];
        let tag = match text.len() {
            length @ ..=Self::SHORT => {
                bytes[..length].copy_from_slice(text.as_bytes());
                bytes[Self::SHORT] = length as u8;
                u128::from_le_bytes(bytes)
            }
            _ => Self::LONG | u128::from(hash(text)),
        };
        Self { tag, text: text.into() }
    }

    /// Whether the tag alone tells it from all others.
    #[inline]
    pub(crate) fn is_short(&self) -> bool {
        self.tag < Self::LONG
    }
}

/// A context's kind. Nearly all are `user`, which then costs no comparison of strings.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    user: bool,
    pub(crate) name: Name,
}

impl Kind {
    pub(crate) const USER: &str = "user";

    pub(crate) fn new(name: &str) -> Self {
        Self { user: name == Self::USER, name: Name::new(name) }
    }

    pub(crate) fn user() -> Self {
        Self::new(Self::USER)
    }

    #[inline]
    pub(crate) fn is(&self, other: &Self) -> bool {
        if self.user { other.user } else { self.name == other.name }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.name.text
    }
}

/// Whether `kind` may be the kind of a single context: letters, digits, `.`, `_` and `-`, but neither `kind`
/// nor `multi`.
pub(crate) fn is_valid_kind(kind: &str) -> bool {
    !matches!(kind, "" | "kind" | "multi")
        && kind.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
}
