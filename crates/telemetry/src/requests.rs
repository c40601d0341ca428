//! A bucket of requests.

use std::time::Duration;

use crate::latency::Latency;
use crate::series::Bucket;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Requests {
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    pub(crate) latency: Latency,
}

impl Requests {
    pub(crate) fn record(&mut self, status: u16, latency: Duration) {
        self.requests += 1;
        self.errors += u64::from(status >= 500);
        self.latency.record(latency);
    }

    pub(crate) fn error_percent(&self) -> f64 {
        percent(self.errors, self.requests)
    }
}

impl Bucket for Requests {
    fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.latency.merge(&other.latency);
    }
}

/// 0 to 100; 0 of nothing.
pub(crate) fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}
