//! Payloads that were counted: an SDK sends one again when it did not hear the answer.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

/// So many are remembered; at one payload every five seconds that is a minute of 800 SDKs.
const REMEMBERED: usize = 10_000;

/// Longer ids than this are not remembered (LaunchDarkly's are UUIDs).
const LONGEST: usize = 64;

/// The newest payload ids, for all environments.
#[derive(Default)]
pub(crate) struct Seen(Mutex<(HashSet<String>, VecDeque<String>)>);

impl Seen {
    /// True for the first time only.
    pub(crate) fn is_new(&self, environment: &str, payload: &str) -> bool {
        if payload.len() > LONGEST {
            return true;
        }
        let id = format!("{environment} {payload}");
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (set, order) = &mut *seen;
        if !set.insert(id.clone()) {
            return false;
        }
        order.push_back(id);
        if order.len() > REMEMBERED
            && let Some(oldest) = order.pop_front()
        {
            set.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_counts_once_until_it_is_forgotten() {
        let seen = Seen::default();
        assert!(seen.is_new("production", "a") && !seen.is_new("production", "a"));
        assert!(seen.is_new("staging", "a"));
        for n in 0..REMEMBERED {
            assert!(seen.is_new("production", &n.to_string()));
        }
        assert!(seen.is_new("production", "a"));
        assert_eq!(seen.0.lock().unwrap().0.len(), REMEMBERED);
    }
}
