//! Big segments' keys, each list named by what is in it.
//!
//! A segment names its list by the hash of its content, and the content is found here when the segment is compiled: a list
//! is there once, whatever segments, environments and revisions name it, and goes with the last that does. That is one
//! table for the whole process, and can be: what a hash names is the same everywhere, and at all times but for who is
//! erased from it ([`BigList::forget`]).

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock, PoisonError, RwLock, Weak};

use hashbrown::HashTable;

/// The keys of a big list: which are in, and which are out: 10 to 15 bytes each beside the keys themselves.
pub struct BigList {
    /// All keys, one after another: the included, then the excluded.
    text: Box<[u8]>,
    /// Where each ends.
    ends: Box<[u32]>,
    /// So many of them are included.
    included: usize,
    /// Their places, by their hash. Keyed: what is in a list is often what customers chose.
    table: HashTable<u32>,
    hasher: RandomState,
}

impl std::fmt::Debug for BigList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BigList({} in, {} out)", self.included, self.ends.len() - self.included)
    }
}

type Known = RwLock<HashMap<Arc<str>, Weak<BigList>>>;

static KNOWN: LazyLock<Known> = LazyLock::new(Known::default);

impl BigList {
    /// The list of these keys, under its name; the one that is there already where one is. A key that is both is in.
    ///
    /// # Panics
    /// Where the keys have more than 4 GiB together.
    pub fn keep<'k>(
        hash: &str,
        included: impl IntoIterator<Item = &'k str>,
        excluded: impl IntoIterator<Item = &'k str>,
    ) -> Arc<BigList> {
        if let Some(known) = BigList::find(hash) {
            return known;
        }
        let mut list = BigList {
            text: Box::default(),
            ends: Box::default(),
            included: 0,
            table: HashTable::new(),
            hasher: RandomState::new(),
        };
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        append(&mut text, &mut ends, included);
        list.included = ends.len();
        append(&mut text, &mut ends, excluded);
        (list.text, list.ends) = (text.into(), ends.into());
        let mut table = HashTable::with_capacity(list.ends.len());
        for place in 0..list.ends.len() as u32 {
            let (key, again) = (list.key(place), |place: &u32| list.hasher.hash_one(list.key(*place)));
            let hash = list.hasher.hash_one(key);
            if table.find(hash, |other| list.key(*other) == key).is_none() {
                table.insert_unique(hash, place, again);
            }
        }
        list.table = table;
        let list = Arc::new(list);
        let mut all = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have made it meanwhile.
        if let Some(known) = all.get(hash).and_then(Weak::upgrade) {
            return known;
        }
        all.retain(|_, list| list.strong_count() > 0);
        all.insert(hash.into(), Arc::downgrade(&list));
        list
    }

    /// The list of this name, where somebody has it.
    pub fn find(hash: &str) -> Option<Arc<BigList>> {
        KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(hash)?.upgrade()
    }

    /// Whoever looks for a list of this name from now on does not find this one: somebody was erased from it.
    pub fn forget(hash: &str) {
        KNOWN.write().unwrap_or_else(PoisonError::into_inner).remove(hash);
    }

    /// Whether a key is in or out; nothing where it is not in the list.
    #[inline]
    pub fn membership(&self, key: &str) -> Option<bool> {
        let same = |place: &u32| self.key(*place) == key.as_bytes();
        let place = self.table.find(self.hasher.hash_one(key.as_bytes()), same)?;
        Some((*place as usize) < self.included)
    }

    /// The keys that are in, in the order in which they were given.
    pub fn included(&self) -> impl ExactSizeIterator<Item = &str> {
        self.keys(0..self.included as u32)
    }

    /// The keys that are out.
    pub fn excluded(&self) -> impl ExactSizeIterator<Item = &str> {
        self.keys(self.included as u32..self.ends.len() as u32)
    }

    /// How many keys are in or out here that were not in `before`, and how many are not any more.
    pub fn differs(&self, before: &BigList) -> (usize, usize) {
        let more = |now: &BigList, was: &BigList| {
            let fresh = |(keys, side): (std::ops::Range<u32>, bool)| {
                now.keys(keys).filter(|key| was.membership(key) != Some(side)).count()
            };
            let (first, all) = (now.included as u32, now.ends.len() as u32);
            [(0..first, true), (first..all, false)].into_iter().map(fresh).sum()
        };
        (more(self, before), more(before, self))
    }

    /// The bytes that it takes.
    pub fn size(&self) -> usize {
        self.text.len() + 4 * self.ends.len() + self.table.allocation_size()
    }

    fn keys(&self, places: std::ops::Range<u32>) -> impl ExactSizeIterator<Item = &str> {
        places.map(|place| std::str::from_utf8(self.key(place)).expect("it was a text"))
    }

    #[inline]
    fn key(&self, place: u32) -> &[u8] {
        let place = place as usize;
        let from = place.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[from..self.ends[place] as usize]
    }
}

fn append<'k>(text: &mut Vec<u8>, ends: &mut Vec<u32>, keys: impl IntoIterator<Item = &'k str>) {
    for key in keys {
        text.extend_from_slice(key.as_bytes());
        ends.push(u32::try_from(text.len()).expect("lists are far below 4 GiB"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_of_each_key_what_was_said_and_nothing_of_others() {
        let keys: Vec<String> = (0..10_000).map(|n| format!("user-{n}")).collect();
        let (first, rest) = keys.split_at(7_000);
        let list = BigList::keep(
            "big",
            first.iter().map(String::as_str),
            rest.iter().map(String::as_str).chain(["user-1"]),
        );
        assert!(first.iter().all(|key| list.membership(key) == Some(true)), "also the one that is both");
        assert!(rest.iter().all(|key| list.membership(key) == Some(false)));
        for other in ["", "user-", "user-10000", "USER-1", "user-1 "] {
            assert_eq!(list.membership(other), None, "{other:?}");
        }
        assert_eq!((list.included().len(), list.excluded().len()), (7_000, 3_001));
        assert_eq!(list.included().nth(6_999), Some("user-6999"));
        let fewer = BigList::keep("fewer", ["user-1", "user-9000"], ["user-8000"]);
        assert_eq!(fewer.differs(&list), (1, 9_999), "one that was out is in");
        // One for all who name it, for as long as somebody does.
        let again = BigList::keep("big", [], []);
        assert!(Arc::ptr_eq(&list, &again));
        BigList::forget("big");
        assert!(BigList::find("big").is_none(), "not even where somebody has it");
        assert_eq!(BigList::keep("big", ["user-2"], []).membership("user-1"), None);
        drop((list, again));
        assert!(BigList::find("big").is_none());
    }

    #[test]
    fn an_empty_one_is_one() {
        let list = BigList::keep("empty", [], []);
        assert_eq!((list.membership("a"), list.included().len()), (None, 0));
    }
}
