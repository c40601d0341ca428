//! The handle that everyone records through and asks.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::outcomes::Outcomes;
use crate::record::{AskedRecord, EvaluationRecord, Place, RequestRecord};
use crate::shard::Shard;
use crate::unkept::{Kept, Unkept};
use crate::whole::Aside;

/// More threads than this share.
const SHARDS: usize = 16;

/// Everything that is recorded in this process. Clones share it.
///
/// Each thread records into a shard of its own, so that threads do not wait for each other; a question
/// visits the shards one after the other and holds each for some microseconds.
#[derive(Clone)]
pub struct Telemetry {
    shards: Arc<[Padded]>,
    outcomes: Arc<Mutex<Outcomes>>,
    events: Arc<EventsTaken>,
    aside: Arc<Aside>,
}

/// What clients' events were since the start.
#[derive(Debug, Default)]
pub struct EventsTaken {
    /// Payloads counted.
    pub payloads: AtomicU64,
    /// Events in them.
    pub events: AtomicU64,
    /// Payloads that had been counted before.
    pub repeated: AtomicU64,
    /// Payloads refused because there was no room for them.
    pub shed: AtomicU64,
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
        Telemetry {
            shards: std::iter::repeat_with(Padded::default).take(SHARDS).collect(),
            outcomes: Arc::default(),
            events: Arc::default(),
            aside: Arc::default(),
        }
    }

    /// Counts a request.
    pub fn request(&self, request: RequestRecord<'_>) {
        self.mine().request(&request);
    }

    /// Counts a decision about a flag.
    pub fn evaluation(&self, evaluation: EvaluationRecord<'_>) {
        self.mine().evaluation(&evaluation);
    }

    /// Notes that somebody asked for a flag that is not there.
    pub fn asked(&self, asked: AskedRecord<'_>) {
        self.mine().asked(&asked);
    }

    /// Notes that a context, by its canonical key, was served a variation, for what it does later.
    pub fn exposed(&self, place: Place<'_>, context: &str, flag: &str, variation: usize, at: Timestamp) {
        self.outcomes().exposed(place, context, flag, variation, at.as_second());
    }

    /// Counts a custom event of a context: for all, and for each variation that it was served lately. False
    /// where there was no room, or the name is none.
    pub fn did(&self, place: Place<'_>, context: &str, event: &str, value: f64, at: Timestamp) -> bool {
        self.outcomes().did(place, context, event, value, at)
    }

    /// What clients' events were since the start.
    pub fn events(&self) -> &EventsTaken {
        &self.events
    }

    /// What was counted since it was last taken, to be kept beyond this process.
    pub fn take(&self) -> Unkept {
        let mut unkept = Unkept::default();
        for mut shard in self.shards() {
            shard.environments.iter_mut().for_each(|environment| environment.take(&mut unkept));
        }
        unkept.outcomes.extend(self.outcomes().take());
        unkept
    }

    /// Counts again what was kept, oldest first, as if it had been counted here at its time.
    pub fn restore<'k>(&self, kept: impl IntoIterator<Item = &'k Kept>) {
        let mut shard = lock(&self.shards[0]);
        kept.into_iter().for_each(|kept| shard.restore(kept));
    }

    fn outcomes(&self) -> MutexGuard<'_, Outcomes> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that was recorded.
    pub(crate) fn shards(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.settle();
        self.shards.iter().map(lock)
    }

    pub(crate) fn aside(&self) -> &Aside {
        &self.aside
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
