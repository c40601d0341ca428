//! Samples by environment: of the contexts that were seen, and of the requests.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, PoisonError, RwLock};

use crate::record::Place;
use crate::sample::{Bounds, Sample};

/// Contexts of the last day.
const CONTEXTS: Bounds = Bounds { items: 100_000, bytes: 64 << 20, seconds: 86_400 };

/// Requests of the last hour.
const REQUESTS: Bounds = Bounds { items: 50_000, bytes: 32 << 20, seconds: 3_600 };

/// Environments beyond this many are not sampled.
const ENVIRONMENTS: usize = 200;

/// What is sampled in this process, by environment: `C` is a context as it is kept, `R` a request. Clones share
/// it.
#[derive(Debug)]
pub struct Samples<C, R>(Arc<RwLock<Environments<C, R>>>);

type Environments<C, R> = HashMap<(Box<str>, Box<str>), Arc<Sampled<C, R>>>;

/// What is sampled in one environment.
#[derive(Debug)]
pub struct Sampled<C, R> {
    /// Contexts, by who they are: one for each, as it was when it was last seen.
    pub contexts: Sample<C>,
    /// Requests, each by a tag of chance.
    pub requests: Sample<R>,
    /// Keyed by chance, so that nobody can choose to be sampled.
    keys: RandomState,
}

impl<C, R> Clone for Samples<C, R> {
    fn clone(&self) -> Self {
        Samples(Arc::clone(&self.0))
    }
}

impl<C, R> Default for Samples<C, R> {
    fn default() -> Self {
        Samples(Arc::default())
    }
}

impl<C, R> Samples<C, R> {
    /// What is sampled in an environment; `None` where there are too many.
    pub fn of(&self, place: Place<'_>) -> Option<Arc<Sampled<C, R>>> {
        let key = (place.project.into(), place.environment.into());
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if known.is_some() {
            return known;
        }
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= ENVIRONMENTS && !all.contains_key(&key) {
            return None;
        }
        Some(Arc::clone(all.entry(key).or_default()))
    }

    /// Forgets what is older than is kept (contexts a day, requests an hour). To be called every few minutes.
    pub fn tidy(&self, now: i64) {
        let all: Vec<_> = self.0.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for sampled in all {
            sampled.contexts.tidy(now);
            sampled.requests.tidy(now);
        }
    }
}

impl<C, R> Default for Sampled<C, R> {
    fn default() -> Self {
        Sampled { contexts: Sample::new(CONTEXTS), requests: Sample::new(REQUESTS), keys: RandomState::new() }
    }
}

impl<C, R> Sampled<C, R> {
    /// The tag of somebody, whom `identity` hashes.
    pub fn tag(&self, identity: impl FnOnce(&mut dyn Hasher)) -> u64 {
        let mut hasher = self.keys.build_hasher();
        identity(&mut hasher);
        hasher.finish()
    }
}
