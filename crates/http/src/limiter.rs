//! Slows down who guesses.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many failures are forgiven in a window.
const FORGIVEN: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);

/// More addresses than this are not told apart any longer: all windows begin anew.
const ADDRESSES: usize = 10_000;

/// Failures by address, bounded.
#[derive(Default)]
pub(crate) struct Limiter(Mutex<HashMap<Option<IpAddr>, (Instant, u32)>>);

impl Limiter {
    /// Seconds to wait, where the address has failed too often. `None` stands for all whose address is not
    /// known.
    pub(crate) fn must_wait(&self, address: Option<IpAddr>, now: Instant) -> Option<u64> {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, failures) = map.get(&address)?;
        let left = WINDOW.checked_sub(now.duration_since(*since))?;
        (*failures >= FORGIVEN).then_some(left.as_secs() + 1)
    }

    /// Counts a failure.
    pub(crate) fn failed(&self, address: Option<IpAddr>, now: Instant) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= ADDRESSES {
            map.clear();
        }
        let entry = map.entry(address).or_insert((now, 0));
        if now.duration_since(entry.0) >= WINDOW {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_a_minute_are_forgiven_to_each_address() {
        let (limiter, start) = (Limiter::default(), Instant::now());
        let (one, other) = (Some(IpAddr::from([127, 0, 0, 1])), Some(IpAddr::from([127, 0, 0, 2])));
        for _ in 0..10 {
            assert_eq!(limiter.must_wait(one, start), None);
            limiter.failed(one, start);
        }
        assert_eq!(limiter.must_wait(one, start + Duration::from_secs(1)), Some(60));
        assert_eq!(limiter.must_wait(other, start), None);
        assert_eq!(limiter.must_wait(one, start + WINDOW + Duration::from_secs(1)), None);
    }
}
