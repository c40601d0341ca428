//! Latencies in fixed buckets, so that those of many seconds, arms and threads can be added.

use std::time::Duration;

/// Upper bounds in microseconds; one more bucket takes what is slower.
pub(crate) const BOUNDS_US: [u64; 27] = [
    250, 500, 1_000, 2_000, 3_000, 5_000, 7_500, 10_000, 15_000, 20_000, 30_000, 50_000, 75_000, 100_000,
    150_000, 200_000, 300_000, 500_000, 750_000, 1_000_000, 1_500_000, 2_000_000, 3_000_000, 5_000_000,
    7_500_000, 10_000_000, 30_000_000,
];

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Latency {
    counts: [u64; BOUNDS_US.len() + 1],
    /// Of all, in microseconds.
    pub(crate) sum_us: u64,
}

impl Latency {
    pub(crate) fn record(&mut self, latency: Duration) {
        let us = latency.as_micros() as u64;
        self.sum_us = self.sum_us.saturating_add(us);
        self.counts[BOUNDS_US.partition_point(|bound| *bound < us)] += 1;
    }

    pub(crate) fn merge(&mut self, other: &Latency) {
        self.sum_us = self.sum_us.saturating_add(other.sum_us);
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts) {
            *mine += theirs;
        }
    }

    /// How many per bucket, slowest last.
    pub(crate) fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The latency in milliseconds that `part` (0 to 1) of all stay under, interpolated in its bucket;
    /// `None` where there are none.
    pub(crate) fn quantile_ms(&self, part: f64) -> Option<f64> {
        let total: u64 = self.counts.iter().sum();
        if total == 0 {
            return None;
        }
        let rank = part * total as f64;
        let mut below = 0.0;
        for (index, count) in self.counts.iter().enumerate() {
            let count = *count as f64;
            if count > 0.0 && below + count >= rank {
                let low = if index == 0 { 0 } else { BOUNDS_US[index - 1] } as f64;
                let high = BOUNDS_US.get(index).map_or(low, |bound| *bound as f64);
                return Some((low + (high - low) * (rank - below) / count) / 1_000.0);
            }
            below += count;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_their_bucket() {
        let mut latency = Latency::default();
        assert_eq!(latency.quantile_ms(0.95), None);
        for ms in 1..=1_000 {
            latency.record(Duration::from_millis(ms));
        }
        let (p50, p95) = (latency.quantile_ms(0.5).unwrap(), latency.quantile_ms(0.95).unwrap());
        assert!((499.0..=501.0).contains(&p50) && (948.0..=952.0).contains(&p95), "{p50} {p95}");
        let mut slow = Latency::default();
        slow.record(Duration::from_secs(100));
        assert_eq!(slow.quantile_ms(0.5), Some(30_000.0));
    }
}
