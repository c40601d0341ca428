//! Going through more flags than a processor's caches hold.
//!
//! To evaluate one and to write its answer takes a dozen pointers, one after the other, and for each the memory is
//! waited for alone. Here something of several flags is read first, one right after the other: so the memory brings
//! them side by side, and the rest finds them near.

use std::hint::black_box;
use std::sync::Arc;

use super::{Audience, SeenFlag};
use crate::Snapshot;
use crate::wire::FlagItem;

/// How many are brought near at once: few enough that the first is still there when the last has come.
const AHEAD: usize = 16;

/// The flags that an audience may see.
pub(super) struct Near<'s, I> {
    snapshot: &'s Snapshot,
    audience: Audience,
    items: I,
    near: [Option<SeenFlag<'s>>; AHEAD],
    next: usize,
}

impl<'s, I: ExactSizeIterator<Item = &'s Arc<FlagItem>>> Near<'s, I> {
    pub(super) fn new(snapshot: &'s Snapshot, audience: Audience, items: I) -> Self {
        Near { snapshot, audience, items, near: [None; AHEAD], next: AHEAD }
    }

    /// Each turn reads what the one before has brought. What comes of it is nothing, but what is needed for nothing
    /// would not be read.
    fn bring(&mut self) {
        let items: [_; AHEAD] = std::array::from_fn(|_| self.items.next());
        black_box(items.iter().flatten().fold(0, |sum, item| sum ^ item.touch()));
        self.near = items.map(|item| self.snapshot.found(self.audience, item?));
        let touch = |of: &dyn Fn(&SeenFlag<'s>) -> u64| {
            black_box(self.near.iter().flatten().fold(0, |sum, flag| sum ^ of(flag)));
        };
        touch(&|flag| flag.flag.touch_parts() ^ flag.item.touch_words());
        touch(&|flag| flag.flag.touch_further());
        self.next = 0;
    }
}

impl<'s, I: ExactSizeIterator<Item = &'s Arc<FlagItem>>> Iterator for Near<'s, I> {
    type Item = SeenFlag<'s>;

    #[inline]
    fn next(&mut self) -> Option<SeenFlag<'s>> {
        loop {
            while let Some(flag) = self.near.get(self.next) {
                self.next += 1;
                if let Some(flag) = flag.filter(SeenFlag::is_seen) {
                    return Some(flag);
                }
            }
            if self.items.len() == 0 {
                return None;
            }
            self.bring();
        }
    }

    /// All that are left at most: which of them the audience may see is not known before.
    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.items.len() + self.near.len().saturating_sub(self.next)))
    }
}
