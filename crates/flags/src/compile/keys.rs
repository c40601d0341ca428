//! Lists of keys, hashed.

use hashbrown::{HashTable, hash_table::Entry};

use crate::{
    context::Context,
    hash::{Kind, hash},
};

/// Lists of contexts' keys in order of precedence, each for one kind. The keys themselves stay where they are, in
/// the specification: a list of a million is there once.
#[derive(Debug, Default)]
pub(crate) struct KeyLists(Box<[(Kind, HashTable<KeyAt>)]>);

/// Where a key stands.
#[derive(Clone, Copy, Debug)]
struct KeyAt {
    list: u32,
    place: u32,
}

impl KeyLists {
    /// `kinds[i]` is the kind of list `i`, `list(i)` its keys.
    pub(crate) fn new<'a>(kinds: &[&str], list: impl Fn(u32) -> &'a [String]) -> Self {
        let text = |at: &KeyAt| &*list(at.list)[at.place as usize];
        let mut tables: Vec<(Kind, HashTable<KeyAt>)> = Vec::new();
        for (number, kind) in (0..).zip(kinds) {
            let keys = list(number);
            if keys.is_empty() {
                continue;
            }
            let at = tables.iter().position(|(known, _)| known.as_str() == *kind).unwrap_or_else(|| {
                tables.push((Kind::new(kind), HashTable::new()));
                tables.len() - 1
            });
            let table = &mut tables[at].1;
            table.reserve(keys.len(), |at| hash(text(at)));
            for (place, key) in (0..).zip(keys) {
                let entry = table.entry(hash(key), |at| text(at) == key, |at| hash(text(at)));
                if let Entry::Vacant(entry) = entry {
                    entry.insert(KeyAt { list: number, place });
                }
            }
        }
        Self(tables.into())
    }

    /// The first list that has the context's key of the list's kind.
    #[inline]
    pub(crate) fn first<'a>(&self, context: &Context, list: impl Fn(u32) -> &'a [String]) -> Option<u32> {
        let mut first = None;
        for (kind, table) in &self.0 {
            let Some(part) = context.part(kind) else { continue };
            let same = |at: &KeyAt| *list(at.list)[at.place as usize] == *part.key.text;
            if let Some(found) = table.find(part.key.hash, same) {
                first = Some(first.map_or(found.list, |first: u32| first.min(found.list)));
            }
        }
        first
    }
}
