//! Numbers for keys, so that one compiled object refers to another by its place.

use std::sync::Arc;

use hashbrown::{HashTable, hash_table::Entry};

use crate::hash::hash;

/// Keys numbered in the order of their first mention.
///
/// A set compiled from an earlier one goes on with the earlier's numbers, so that what didn't change still refers
/// to the right place; the table is shared until there is a new key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots(Arc<Inner>);

#[derive(Clone, Debug, Default)]
struct Inner {
    slots: HashTable<u32>,
    keys: Vec<Arc<str>>,
}

impl Slots {
    #[inline]
    pub(crate) fn find(&self, key: &str) -> Option<u32> {
        let Inner { slots, keys } = &*self.0;
        slots.find(hash(key), |slot| *keys[*slot as usize] == *key).copied()
    }

    pub(crate) fn find_or_add(&mut self, key: &str) -> u32 {
        if let Some(slot) = self.find(key) {
            return slot;
        }
        let Inner { slots, keys } = Arc::make_mut(&mut self.0);
        let new = keys.len() as u32;
        keys.push(key.into());
        let entry =
            slots.entry(hash(key), |slot| *keys[*slot as usize] == *key, |slot| hash(&keys[*slot as usize]));
        match entry {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => *entry.insert(new).get(),
        }
    }

    /// How many keys have a number, mentioned or defined.
    pub(crate) fn len(&self) -> usize {
        self.0.keys.len()
    }
}
