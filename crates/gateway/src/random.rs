//! Chance for balancing, for requests that do not stick, and for ids. Not for secrets.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};

use jiff::Timestamp;
use uuid::Uuid;

/// Weyl sequence with a mixing function. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014 (SplitMix64).
pub(crate) struct Random(Cell<u64>);

impl Random {
    pub(crate) fn new() -> Self {
        Random(Cell::new(RandomState::new().hash_one(0)))
    }

    /// 0 to `end` − 1; `end` must not be 0.
    pub(crate) fn below(&self, end: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(end)) >> 32) as u32
    }

    /// A UUID of version 7.
    pub(crate) fn id(&self, at: Timestamp) -> Uuid {
        let mut chance = [0; 10];
        chance[..8].copy_from_slice(&self.bits().to_ne_bytes());
        chance[8..].copy_from_slice(&self.bits().to_ne_bytes()[..2]);
        let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &chance).into_uuid()
    }

    /// All 64 of them by chance.
    pub(crate) fn bits(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(state);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
