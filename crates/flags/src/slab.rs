//! A list by number that shares with the one before what did not change.

use std::sync::Arc;

/// How many entries are copied for one that changes. The chunks themselves are listed in one array, so that a list of
/// 10,000 copies 79 pointers to them.
const CHUNK: usize = 128;

type Chunk<T> = Arc<[Option<Arc<T>>]>;

/// Entries by number, in chunks. A changed list shares with its original every chunk that did not change.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    chunks: Arc<[Chunk<T>]>,
    /// How many entries there are.
    filled: usize,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Slab { chunks: Arc::default(), filled: 0 }
    }
}

impl<T> Slab<T> {
    pub(crate) fn new(entries: &[Option<Arc<T>>]) -> Self {
        let filled = entries.iter().flatten().count();
        Slab { chunks: entries.chunks(CHUNK).map(Arc::from).collect(), filled }
    }

    #[inline]
    pub(crate) fn get(&self, slot: u32) -> Option<&Arc<T>> {
        let slot = slot as usize;
        self.chunks.get(slot / CHUNK)?.get(slot % CHUNK)?.as_ref()
    }

    /// The entries in order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.chunks.iter().flat_map(|chunk| chunk.iter()).flatten()
    }

    /// How many entries there are.
    pub(crate) fn filled(&self) -> usize {
        self.filled
    }

    /// The list with these entries instead; of two with one number the later counts.
    pub(crate) fn with(&self, mut entries: Vec<(u32, Option<Arc<T>>)>) -> Self {
        if entries.is_empty() {
            return Slab { chunks: Arc::clone(&self.chunks), filled: self.filled };
        }
        entries.sort_by_key(|(slot, _)| *slot);
        let mut chunks = self.chunks.to_vec();
        let mut filled = self.filled;
        for of_chunk in entries.chunk_by(|a, b| a.0 as usize / CHUNK == b.0 as usize / CHUNK) {
            let (Some(first), Some(last)) = (of_chunk.first(), of_chunk.last()) else { continue };
            let at = first.0 as usize / CHUNK;
            if chunks.len() <= at {
                chunks.resize(at + 1, Arc::default());
            }
            let mut chunk = chunks[at].to_vec();
            chunk.resize(chunk.len().max(last.0 as usize % CHUNK + 1), None);
            for (slot, entry) in of_chunk {
                let place = &mut chunk[*slot as usize % CHUNK];
                filled = filled + usize::from(entry.is_some()) - usize::from(place.is_some());
                place.clone_from(entry);
            }
            chunks[at] = chunk.into();
        }
        Slab { chunks: chunks.into(), filled }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_as_if_made_anew(
            steps in proptest::collection::vec(
                proptest::collection::vec((0..600_u32, proptest::option::of(0..9_u8)), 0..40), 1..8),
        ) {
            let (mut slab, mut expected) = (Slab::default(), BTreeMap::new());
            for step in steps {
                slab = slab.with(step.iter().map(|(slot, value)| (*slot, value.map(Arc::new))).collect());
                for (slot, value) in step {
                    expected.insert(slot, value);
                }
            }
            for slot in 0..700 {
                let known = expected.get(&slot).copied().flatten();
                prop_assert_eq!(slab.get(slot).map(|value| **value), known);
            }
            let all: Vec<_> = expected.into_values().flatten().collect();
            prop_assert_eq!(slab.filled(), all.len());
            prop_assert_eq!(slab.iter().map(|value| **value).collect::<Vec<_>>(), all);
        }
    }
}
