//! Slows down who guesses.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
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
        let (since, failures) = map.get(&one_house(address))?;
        let left = WINDOW.checked_sub(now.duration_since(*since))?;
        (*failures >= FORGIVEN).then_some(left.as_secs() + 1)
    }

    /// Counts a failure.
    pub(crate) fn failed(&self, address: Option<IpAddr>, now: Instant) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= ADDRESSES {
            map.clear();
        }
        let entry = map.entry(one_house(address)).or_insert((now, 0));
        if now.duration_since(entry.0) >= WINDOW {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

/// Who has one IPv6 address has 2⁶⁴ of them: they count as one.
fn one_house(address: Option<IpAddr>) -> Option<IpAddr> {
    address.map(|address| match address {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    })
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
        for n in 0..10 {
            limiter.failed(Some(format!("2001:db8:0:1::{n}").parse().unwrap()), start);
        }
        let neighbour = |text: &str| limiter.must_wait(Some(text.parse().unwrap()), start);
        assert_eq!((neighbour("2001:db8:0:1::beef"), neighbour("2001:db8:0:2::1")), (Some(61), None));
    }
}
