//! When a delivery is tried again.

use std::time::Duration;

use rand::RngExt;

/// How a delivery that does not come through is tried again: after a random part of a time that doubles, so that
/// a receiver that comes back is not met by everybody at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The longest wait after the first try.
    pub first: Duration,
    /// The longest wait of all.
    pub longest: Duration,
    /// When it is given up, counted from when it was made or sent again.
    pub end: Duration,
    /// How long one try may take.
    pub patience: Duration,
}

impl Default for Pace {
    /// For three days, with up to 10 seconds between the first tries and up to 6 hours between later ones.
    fn default() -> Self {
        Pace {
            first: Duration::from_secs(10),
            longest: Duration::from_secs(6 * 3600),
            end: Duration::from_secs(3 * 24 * 3600),
            patience: Duration::from_secs(10),
        }
    }
}

impl Pace {
    /// How long to wait after so many tries, at least as long as the receiver asked for.
    pub(crate) fn wait(&self, tries: u32, asked: Option<Duration>) -> Duration {
        let most = self.first.saturating_mul(1 << tries.saturating_sub(1).min(30)).min(self.longest);
        let least = (self.first / 10).min(most);
        let waits = Duration::from_micros(
            rand::rng().random_range(least.as_micros() as u64..=most.as_micros() as u64),
        );
        waits.max(asked.unwrap_or_default().min(self.longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_longest_and_differ() {
        let pace = Pace::default();
        for tries in [1, 2, 5, 20, u32::MAX] {
            let most = Duration::from_secs(10).saturating_mul(1 << (tries - 1).min(30)).min(pace.longest);
            let waits: Vec<_> = (0..50).map(|_| pace.wait(tries, None)).collect();
            assert!(waits.iter().all(|wait| (Duration::from_secs(1)..=most).contains(wait)), "{tries}");
            assert!(waits.iter().any(|wait| *wait != waits[0]), "{tries}");
        }
        assert!(pace.wait(1, Some(Duration::from_secs(60))) >= Duration::from_secs(60));
        assert!(pace.wait(1, Some(Duration::from_secs(1_000_000))) <= pace.longest);
    }
}
