//! The handle that everyone records through and asks.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::record::{EvaluationRecord, RequestRecord};
use crate::shard::Shard;

/// More threads than this share.
const SHARDS: usize = 16;

/// Everything that is recorded in this process. Clones share it.
///
/// Each thread records into a shard of its own, so that threads do not wait for each other; a question
/// visits the shards one after the other and holds each for some microseconds.
#[derive(Clone)]
pub struct Telemetry {
    shards: Arc<[Padded]>,
}

/// On its own cache lines, so that threads do not take them from each other.
#[derive(Default)]
#[repr(align(128))]
struct Padded(Mutex<Shard>);

thread_local! {
    static MINE: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Which shard the next thread gets.
static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Default for Telemetry {
    fn default() -> Self {
        Telemetry::new()
    }
}

impl std::fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}

impl Telemetry {
    /// Nothing recorded yet.
    pub fn new() -> Self {
        Telemetry { shards: std::iter::repeat_with(Padded::default).take(SHARDS).collect() }
    }

    /// Counts a request.
    pub fn request(&self, request: RequestRecord<'_>) {
        self.mine().request(&request);
    }

    /// Counts a decision about a flag.
    pub fn evaluation(&self, evaluation: EvaluationRecord<'_>) {
        self.mine().evaluation(&evaluation);
    }

    pub(crate) fn shards(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.shards.iter().map(lock)
    }

    fn mine(&self) -> MutexGuard<'_, Shard> {
        let mut index = MINE.get();
        if index == usize::MAX {
            index = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS;
            MINE.set(index);
        }
        lock(&self.shards[index])
    }
}

/// A thread that died while counting leaves counts that are at most one short.
fn lock(shard: &Padded) -> MutexGuard<'_, Shard> {
    shard.0.lock().unwrap_or_else(PoisonError::into_inner)
}
