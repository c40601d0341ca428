//! A bounded sample of a stream that is fair over a window of time.
//!
//! Each thing has a tag: a number that is as good as drawn from all 64 bits. The sample keeps the things whose
//! tag is under a threshold. The threshold begins above all, is halved when there is no room left, and is raised
//! again when much is free. So each thing of the window is in the sample with the same probability, however
//! often, when and on which thread it comes (bottom-k sampling; Cohen and Kaplan, "Summarizing data using
//! bottom-k sketches", 2007). For a while after the threshold was raised what lies above the old one was kept
//! only since then; it is left out of what is collected, so that nothing newer counts more.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::recent::Recent;

/// More threads than this that come at once with something new pass some of it over.
const SHARDS: usize = 16;

/// Things bigger than this, in bytes, are not kept: a few could take the place of all others.
const BIGGEST: usize = 16 * 1024;

/// How much is kept, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The most things.
    pub items: usize,
    /// The most bytes of all together, as their makers count them.
    pub bytes: usize,
    /// Seconds since a thing was last seen.
    pub seconds: i64,
}

/// What was collected.
#[derive(Debug, Clone)]
pub struct Collected<T> {
    /// In an order that has to do with nothing, and stays from one time to the next.
    pub items: Vec<Arc<T>>,
    /// The part of all that was seen in the window, above 0 up to 1: as an expectation, exact where it is 1.
    pub part: f64,
    /// The seconds at which the oldest and the newest were last seen; `None` where there are none.
    pub span: Option<(i64, i64)>,
}

/// A fair sample of things of one sort.
pub struct Sample<T> {
    bounds: Bounds,
    /// Only what has a smaller tag is kept.
    threshold: AtomicU64,
    /// Thresholds that were in force, and until when they matter.
    lows: Mutex<Vec<(i64, u64)>>,
    /// Tells what comes again at once without a look into a shard.
    recent: Recent,
    /// The same without regard to content.
    seen: Recent,
    shards: Box<[Mutex<Shard<T>>]>,
}

struct Shard<T> {
    items: HashMap<u64, Item<T>, FxBuildHasher>,
    bytes: usize,
}

struct Item<T> {
    content: u64,
    second: i64,
    bytes: usize,
    value: Arc<T>,
}

impl<T> std::fmt::Debug for Sample<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sample").field("bounds", &self.bounds).finish_non_exhaustive()
    }
}

impl<T> Sample<T> {
    /// Nothing seen yet.
    pub fn new(bounds: Bounds) -> Self {
        let shard = || Mutex::new(Shard { items: HashMap::default(), bytes: 0 });
        Sample {
            bounds,
            threshold: AtomicU64::new(u64::MAX),
            lows: Mutex::default(),
            recent: Recent::new(),
            seen: Recent::new(),
            shards: std::iter::repeat_with(shard).take(SHARDS).collect(),
        }
    }

    /// Whether a thing with this tag has a place at all.
    #[inline]
    pub fn wants(&self, tag: u64) -> bool {
        tag < self.threshold.load(Ordering::Relaxed)
    }

    /// Whether seeing this now tells anything: it has a place, and was not seen with the same content in the last
    /// minutes. Costs some nanoseconds.
    #[inline]
    pub fn is_news(&self, tag: u64, content: u64, second: i64) -> bool {
        self.wants(tag) && !self.recent.has(tag, content, second)
    }

    /// Whether it was seen in the last minutes, whatever its content was.
    #[inline]
    pub fn was_seen(&self, tag: u64, second: i64) -> bool {
        self.seen.has(tag, 0, second)
    }

    /// Keeps a thing, in place of the one with the same tag; `make` says it and how many bytes it takes, and is
    /// not asked where the content is the same. Never waits: where another thread is at it, nothing is kept.
    pub fn put(&self, tag: u64, content: u64, second: i64, make: impl FnOnce() -> (T, usize)) {
        if !self.is_news(tag, content, second) {
            return;
        }
        let mut shard = match self.shards[shard_of(tag)].try_lock() {
            Ok(shard) => shard,
            Err(TryLockError::Poisoned(shard)) => shard.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        match shard.items.get_mut(&tag) {
            Some(item) if item.content == content => item.second = second,
            _ => {
                let (value, bytes) = make();
                shard.remove(tag);
                if bytes > BIGGEST {
                    return;
                }
                shard.bytes += bytes;
                shard.items.insert(tag, Item { content, second, bytes, value: Arc::new(value) });
                self.shrink(&mut shard);
            }
        }
        self.recent.note(tag, content, second);
        self.seen.note(tag, 0, second);
    }

    /// All that was seen in the window before `now` (a second).
    pub fn collect(&self, now: i64) -> Collected<T> {
        let floor = self.floor(now);
        let oldest = now - self.bounds.seconds;
        let mut found: Vec<(u64, i64, Arc<T>)> = vec![];
        for shard in &self.shards {
            let shard = lock(shard);
            let fair = shard.items.iter().filter(|(tag, item)| **tag < floor && item.second > oldest);
            found.extend(fair.map(|(tag, item)| (*tag, item.second, Arc::clone(&item.value))));
        }
        found.sort_unstable_by_key(|(tag, ..)| *tag);
        let seconds = || found.iter().map(|(_, second, _)| *second);
        let span = seconds().min().zip(seconds().max());
        let part = floor as f64 / u64::MAX as f64;
        Collected { span, part, items: found.into_iter().map(|(.., value)| value).collect() }
    }

    /// Forgets all for which `which` says so; how many there were.
    pub fn forget(&self, which: impl Fn(&T) -> bool) -> usize {
        let mut forgotten = 0;
        for shard in &self.shards {
            forgotten += lock(shard).retain(|_, item| !which(&item.value));
        }
        // What comes back is new again.
        self.recent.clear();
        self.seen.clear();
        forgotten
    }

    /// Forgets what was not seen in the window before `now`, and makes room for more where much is free.
    pub fn tidy(&self, now: i64) {
        let oldest = now - self.bounds.seconds;
        let (mut items, mut bytes) = (0, 0);
        for shard in &self.shards {
            let mut shard = lock(shard);
            shard.retain(|_, item| item.second > oldest);
            items += shard.items.len();
            bytes += shard.bytes;
        }
        let mut lows = lock(&self.lows);
        lows.retain(|(until, _)| *until > now);
        let threshold = self.threshold.load(Ordering::Relaxed);
        if threshold < u64::MAX && items < self.bounds.items / 4 && bytes < self.bounds.bytes / 4 {
            lows.push((now + self.bounds.seconds, threshold));
            self.threshold.store(threshold.saturating_mul(2), Ordering::Relaxed);
        }
    }

    /// The tag under which everything of the window was kept, if anything of it was.
    fn floor(&self, now: i64) -> u64 {
        let lows = lock(&self.lows);
        let lows = lows.iter().filter(|(until, _)| *until > now).map(|(_, threshold)| *threshold);
        lows.min().unwrap_or(u64::MAX).min(self.threshold.load(Ordering::Relaxed))
    }

    /// Halves the threshold until the shard has room again.
    fn shrink(&self, shard: &mut Shard<T>) {
        let full = |shard: &Shard<T>| {
            shard.items.len() > (self.bounds.items / SHARDS).max(1)
                || shard.bytes > self.bounds.bytes / SHARDS
        };
        while full(shard) {
            let threshold = self.threshold.load(Ordering::Relaxed);
            let above = |tag: &u64| *tag >= threshold;
            if shard.items.keys().any(above) {
                // Another shard halved it before.
                shard.retain(|tag, _| !above(tag));
                continue;
            }
            // Two threads that see the same threshold halve it once.
            let halved = threshold / 2;
            let _ = self.threshold.compare_exchange(threshold, halved, Ordering::Relaxed, Ordering::Relaxed);
            shard.retain(|tag, _| *tag < halved);
        }
    }
}

impl<T> Shard<T> {
    fn remove(&mut self, tag: u64) {
        if let Some(item) = self.items.remove(&tag) {
            self.bytes -= item.bytes;
        }
    }

    /// Keeps some; how many went.
    fn retain(&mut self, mut keeps: impl FnMut(&u64, &Item<T>) -> bool) -> usize {
        let before = self.items.len();
        let mut freed = 0;
        self.items.retain(|tag, item| {
            let stays = keeps(tag, item);
            freed += if stays { 0 } else { item.bytes };
            stays
        });
        self.bytes -= freed;
        before - self.items.len()
    }
}

/// By bits that the threshold, which is about the first ones, says nothing of.
fn shard_of(tag: u64) -> usize {
    tag as usize % SHARDS
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
