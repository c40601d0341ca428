//! Numbers for keys, so that one compiled object refers to another by its place.

use std::sync::Arc;

use hashbrown::HashTable;

use crate::hash::hash;

/// Keys numbered in the order of their first mention.
///
/// A set compiled from an earlier one goes on with the earlier's numbers, so that what didn't change still refers
/// to the right place. Both tables are shared with it; new keys go to the second, which is small and joins the first
/// when it has grown to a part of it: so one new key costs little, however many there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    settled: Arc<Table>,
    recent: Arc<Table>,
}

/// Keys numbered from `first` on.
#[derive(Clone, Debug, Default)]
struct Table {
    slots: HashTable<u32>,
    keys: Vec<Arc<str>>,
    first: usize,
}

/// How many keys the second table may have in any case, and what part of the first.
const RECENT: usize = 64;
const PART: usize = 8;

impl Table {
    #[inline]
    fn find(&self, hash: u64, key: &str) -> Option<u32> {
        self.slots.find(hash, |slot| *self.keys[*slot as usize - self.first] == *key).copied()
    }

    /// Numbers a key that it doesn't have.
    fn add(&mut self, key: Arc<str>) -> u32 {
        let slot = (self.first + self.keys.len()) as u32;
        let Table { slots, keys, first } = self;
        let hashed = hash(&key);
        keys.push(key);
        slots.insert_unique(hashed, slot, |slot| hash(&keys[*slot as usize - *first]));
        slot
    }
}

impl Slots {
    #[inline]
    pub(crate) fn find(&self, key: &str) -> Option<u32> {
        let hashed = hash(key);
        self.settled.find(hashed, key).or_else(|| match self.recent.keys.is_empty() {
            true => None,
            false => self.recent.find(hashed, key),
        })
    }

    pub(crate) fn find_or_add(&mut self, key: &str) -> u32 {
        if let Some(slot) = self.find(key) {
            return slot;
        }
        if self.recent.keys.len() >= RECENT + self.settled.keys.len() / PART {
            self.settle();
        }
        Arc::make_mut(&mut self.recent).add(key.into())
    }

    fn settle(&mut self) {
        let settled = Arc::make_mut(&mut self.settled);
        self.recent.keys.iter().for_each(|key| {
            settled.add(Arc::clone(key));
        });
        self.recent = Arc::new(Table { first: settled.keys.len(), ..Table::default() });
    }

    /// How many keys have a number, mentioned or defined.
    pub(crate) fn len(&self) -> usize {
        self.settled.keys.len() + self.recent.keys.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_number() {
        let mut slots = Slots::default();
        let mut earlier = vec![];
        for n in 0..5_000_u32 {
            assert_eq!(slots.find(&format!("k{n}")), None);
            assert_eq!(slots.find_or_add(&format!("k{n}")), n);
            if n % 500 == 0 {
                earlier.push((n, slots.clone()));
            }
        }
        assert_eq!(slots.len(), 5_000);
        for n in 0..5_000 {
            assert_eq!(slots.find(&format!("k{n}")), Some(n));
            assert_eq!(slots.find_or_add(&format!("k{n}")), n);
        }
        for (last, slots) in earlier {
            assert_eq!(slots.len(), last as usize + 1, "what was shared has not grown");
            assert_eq!(slots.find(&format!("k{}", last + 1)), None);
        }
    }
}
