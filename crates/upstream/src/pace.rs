//! When a stream is opened anew.

use std::time::Duration;

use rand::RngExt;

/// How a stream that broke is opened anew: after a random part of a time that doubles, so that an upstream that comes
/// back is not met by everybody at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The longest wait after the first try.
    pub first: Duration,
    /// The longest wait of all, but where the key is refused: that takes a person, and four times as long.
    pub longest: Duration,
    /// A stream that held so long begins with the first wait again.
    pub held: Duration,
    /// How long it may take until a stream begins with everything there is.
    pub patience: Duration,
    /// How long it may be silent. LaunchDarkly gives a sign of life every three minutes.
    pub silence: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Pace {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            held: Duration::from_secs(60),
            patience: Duration::from_secs(60),
            silence: Duration::from_secs(300),
        }
    }
}

impl Pace {
    /// How long to wait after so many tries, at least as long as the upstream asked for.
    pub(crate) fn wait(&self, tries: u32, refused: bool, asked: Option<Duration>) -> Duration {
        let doubled = self.first.saturating_mul(1 << tries.saturating_sub(1).min(30)).min(self.longest);
        let most = if refused { self.longest * 4 } else { doubled };
        let waits = rand::rng().random_range(most.as_micros() as u64 / 2..=most.as_micros() as u64);
        Duration::from_micros(waits).max(asked.unwrap_or_default().min(self.longest * 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_longest_and_differ() {
        let pace = Pace::default();
        for (tries, most) in [(1, 1), (2, 2), (4, 8), (6, 30), (u32::MAX, 30)] {
            let most = Duration::from_secs(most);
            let waits: Vec<_> = (0..50).map(|_| pace.wait(tries, false, None)).collect();
            assert!(waits.iter().all(|wait| (most / 2..=most).contains(wait)), "{tries}");
            assert!(waits.iter().any(|wait| *wait != waits[0]), "{tries}");
        }
        assert!(pace.wait(1, true, None) >= Duration::from_secs(60));
        assert!(pace.wait(1, false, Some(Duration::from_secs(20))) >= Duration::from_secs(20));
        assert!(pace.wait(1, false, Some(Duration::from_secs(1_000_000))) <= pace.longest * 4);
    }
}
