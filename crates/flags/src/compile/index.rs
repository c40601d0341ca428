//! Which rules can match at all, found by one look at what most of them ask for.
//!
//! Long flags are lists of rules that each want one value of the same attribute: a country, an account. Trying them
//! one after the other costs as much as there are rules; the index costs the same for any number. It only leaves
//! rules out whose first `in` is certain to fail, so that what is answered doesn't depend on it.

use hashbrown::{HashTable, hash_table::Entry};

use super::{Clause, Clauses, Subject};
use crate::{
    context::Context,
    hash::{Kind, Label, hash, same},
    value::AttributeValue,
};

/// From here on looking is cheaper than trying.
const MIN_RULES: usize = 4;
/// So many attributes are looked up; rules that ask for others are always tried.
const MAX_ATTRIBUTES: usize = 4;

/// A set of rules: bit `i % 64` of word `i / 64` is rule `i`.
type Bits = Box<[u64]>;

/// For each value of a few attributes the rules that may match.
#[derive(Debug)]
pub(crate) struct RuleIndex {
    /// Those that are tried whatever the context is.
    always: Bits,
    attributes: Box<[Attribute]>,
}

/// The rules that ask for a string in one attribute.
#[derive(Debug)]
struct Attribute {
    kind: Kind,
    label: Label,
    /// All of them: what isn't a single string is left to the rules themselves.
    rules: Bits,
    by_value: HashTable<(Box<str>, Bits)>,
}

/// The rules to try, in order.
pub(crate) struct Candidates<'a> {
    always: &'a [u64],
    found: [&'a [u64]; MAX_ATTRIBUTES],
    /// The word at hand, and which of its rules are still to come.
    at: usize,
    bits: u64,
}

impl RuleIndex {
    /// `None` where it would save nothing.
    pub(super) fn new(clauses: &Clauses) -> Option<Self> {
        let count = clauses.ends.len();
        let words = count.div_ceil(64);
        let mut index = Self { always: empty(words), attributes: Box::default() };
        let mut attributes: Vec<Attribute> = Vec::new();
        for (rule, clauses) in clauses.of_rules().enumerate() {
            let Some((kind, label, strings)) = clauses.iter().map_while(certain).find_map(wanted) else {
                set(&mut index.always, rule);
                continue;
            };
            let known = attributes.iter().position(|a| a.kind.is(kind) && a.label == *label);
            let at = match known {
                Some(at) => at,
                None if attributes.len() < MAX_ATTRIBUTES => {
                    attributes.push(Attribute::new(kind, label, words));
                    attributes.len() - 1
                }
                None => {
                    set(&mut index.always, rule);
                    continue;
                }
            };
            attributes[at].add(rule, strings);
        }
        let left_out = count - index.always.iter().map(|word| word.count_ones() as usize).sum::<usize>();
        index.attributes = attributes.into();
        (left_out >= MIN_RULES).then_some(index)
    }

    #[inline]
    pub(crate) fn candidates(&self, context: &Context) -> Candidates<'_> {
        let mut found: [&[u64]; MAX_ATTRIBUTES] = [&[]; MAX_ATTRIBUTES];
        for (found, attribute) in found.iter_mut().zip(&self.attributes) {
            *found = attribute.find(context);
        }
        let always = &*self.always;
        Candidates { always, found, at: 0, bits: word(always, found, 0) }
    }
}

impl Attribute {
    fn new(kind: &Kind, label: &Label, words: usize) -> Self {
        let (kind, label) = (kind.clone(), label.clone());
        Self { kind, label, rules: empty(words), by_value: HashTable::new() }
    }

    fn add<'a>(&mut self, rule: usize, strings: impl Iterator<Item = &'a str>) {
        let words = self.rules.len();
        set(&mut self.rules, rule);
        for string in strings {
            let entry =
                self.by_value.entry(hash(string), |(known, _)| **known == *string, |(known, _)| hash(known));
            let mut entry = match entry {
                Entry::Occupied(entry) => entry,
                Entry::Vacant(entry) => entry.insert((string.into(), empty(words))),
            };
            set(&mut entry.get_mut().1, rule);
        }
    }

    #[inline]
    fn find(&self, context: &Context) -> &[u64] {
        match context.part(&self.kind).and_then(|part| part.attribute(&self.label)) {
            None => &[],
            Some(AttributeValue::String(text)) => self
                .by_value
                .find(hash(text), |(known, _)| same(known.as_bytes(), text.as_bytes()))
                .map_or(&[], |(_, rules)| rules),
            Some(_) => &self.rules,
        }
    }
}

impl Iterator for Candidates<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.at += 1;
            if self.at >= self.always.len() {
                return None;
            }
            self.bits = word(self.always, self.found, self.at);
        }
        let rule = self.at * 64 + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(rule)
    }
}

/// A clause that can't end the whole evaluation: what comes after it may be looked at first.
fn certain(clause: &Clause) -> Option<&Clause> {
    matches!(clause.subject, Subject::Plain(_) | Subject::Attribute(_) | Subject::Kinds).then_some(clause)
}

/// What a clause wants, where a single string passes it only by being one of a few.
fn wanted(clause: &Clause) -> Option<(&Kind, &Label, impl Iterator<Item = &str>)> {
    match &clause.subject {
        Subject::Plain(label) if !clause.negate => Some((&clause.kind, label, clause.test.strings()?)),
        _ => None,
    }
}

#[inline]
fn word(always: &[u64], found: [&[u64]; MAX_ATTRIBUTES], at: usize) -> u64 {
    let found = found.into_iter().filter_map(|rules| rules.get(at));
    always.get(at).into_iter().chain(found).fold(0, |all, bits| all | bits)
}

fn empty(words: usize) -> Bits {
    vec![0; words].into()
}

fn set(bits: &mut [u64], rule: usize) {
    bits[rule / 64] |= 1 << (rule % 64);
}
