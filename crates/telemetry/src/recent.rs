//! What was seen a moment ago, without a lock: a table of marks, each in the one place that its tag says.

use std::sync::atomic::{AtomicU64, Ordering};

const PLACES: usize = 1 << 13;

/// A mark holds for so many seconds, so that "last seen" is never older than that.
const SLICE: i64 = 600;

pub(crate) struct Recent(Box<[AtomicU64]>);

impl Recent {
    pub(crate) fn new() -> Self {
        Recent(std::iter::repeat_with(AtomicU64::default).take(PLACES).collect())
    }

    #[inline]
    pub(crate) fn has(&self, tag: u64, content: u64, second: i64) -> bool {
        self.place(tag).load(Ordering::Relaxed) == mark(tag, content, second)
    }

    #[inline]
    pub(crate) fn note(&self, tag: u64, content: u64, second: i64) {
        self.place(tag).store(mark(tag, content, second), Ordering::Relaxed);
    }

    pub(crate) fn clear(&self) {
        self.0.iter().for_each(|place| place.store(0, Ordering::Relaxed));
    }

    fn place(&self, tag: u64) -> &AtomicU64 {
        &self.0[(tag >> 8) as usize % PLACES]
    }
}

/// Multipliers from SplitMix64 and Fibonacci hashing.
fn mark(tag: u64, content: u64, second: i64) -> u64 {
    let slice = second.div_euclid(SLICE) as u64;
    let content = content.wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(21);
    // Never 0, which stands for nothing.
    (tag ^ content ^ slice.wrapping_mul(0x9E37_79B9_7F4A_7C15)) | 1
}
