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
pub(crate) fn same(left: &str, right: &str) -> bool {
    fn ends<const N: usize>(left: &[u8], right: &[u8]) -> bool {
        left.first_chunk::<N>() == right.first_chunk::<N>()
            && left.last_chunk::<N>() == right.last_chunk::<N>()
    }
    let (left, right) = (left.as_bytes(), right.as_bytes());
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
