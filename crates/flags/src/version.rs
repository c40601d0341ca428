//! Semantic versions, read without allocating.
//!
//! Accepts what crate `semver` 1 accepts, and `1` and `1.2` for `1.0.0` and `1.2.0`, as LaunchDarkly does; builds
//! don't count.

use std::cmp::Ordering;

/// A version that borrows its prerelease from the text it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version<'a> {
    numbers: [u64; 3],
    prerelease: &'a str,
}

/// A version with a prerelease of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnedVersion {
    numbers: [u64; 3],
    prerelease: Box<str>,
}

impl OwnedVersion {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let Version { numbers, prerelease } = Version::parse(text)?;
        Some(Self { numbers, prerelease: prerelease.into() })
    }

    pub(crate) fn borrow(&self) -> Version<'_> {
        Version { numbers: self.numbers, prerelease: &self.prerelease }
    }
}

impl<'a> Version<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut numbers = [0; 3];
        let mut rest;
        (numbers[0], rest) = number(text)?;
        for n in &mut numbers[1..] {
            let Some(after_dot) = rest.strip_prefix('.') else { break };
            (*n, rest) = number(after_dot)?;
        }
        let mut prerelease = "";
        if let Some(text) = rest.strip_prefix('-') {
            let end = text.find('+').unwrap_or(text.len());
            (prerelease, rest) = text.split_at(end);
            if !prerelease.split('.').all(|id| is_identifier(id) && !is_padded_number(id)) {
                return None;
            }
        }
        if let Some(build) = rest.strip_prefix('+') {
            rest = "";
            if !build.split('.').all(is_identifier) {
                return None;
            }
        }
        rest.is_empty().then_some(Self { numbers, prerelease })
    }
}

fn number(text: &str) -> Option<(u64, &str)> {
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if is_padded_number(digits) {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}

fn is_identifier(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_number(id: &str) -> bool {
    id.bytes().all(|b| b.is_ascii_digit())
}

fn is_padded_number(id: &str) -> bool {
    id.len() > 1 && id.starts_with('0') && is_number(id)
}

impl Ord for Version<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| {
            match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_prereleases(self.prerelease, other.prerelease),
            }
        })
    }
}

impl PartialOrd for Version<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Field by field: numbers below words and by value, words by ASCII, a missing field lowest (semver.org, 11.4).
fn compare_prereleases(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let ordering = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(l), Some(r)) => match (is_number(l), is_number(r)) {
                (true, true) => l.len().cmp(&r.len()).then_with(|| l.cmp(r)),
                (true, false) => return Ordering::Less,
                (false, true) => return Ordering::Greater,
                (false, false) => l.cmp(r),
            },
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
}
