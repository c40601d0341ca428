//! What is recorded.

use std::time::Duration;

use jiff::Timestamp;

use crate::sketch;

/// The name that stands for all names beyond the bounds (1,000 routes, 100 arms a route, 10,000 flags, 300
/// combinations of variation, reason and rule a flag, 200 environments).
pub const OTHER: &str = "other";

/// Where something happened: environments of two projects may have the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The project's key.
    pub project: &'a str,
    /// The environment's key.
    pub environment: &'a str,
}

/// Stands for a context, which is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContextHash(pub(crate) u32);

impl ContextHash {
    /// The context with this canonical key.
    pub fn of(canonical_key: &str) -> Self {
        ContextHash(sketch::hash(canonical_key))
    }
}

/// One request that a data plane answered.
#[derive(Debug, Clone, Copy)]
pub struct RequestRecord<'a> {
    /// Where.
    pub place: Place<'a>,
    /// The route that took it, and the arm that really answered (the fallback, not the one it stood in for).
    /// `None` where no route took it: it counts for the environment only.
    pub route: Option<(&'a str, &'a str)>,
    /// The status that the client got; 500 and above count as errors.
    pub status: u16,
    /// From the request's head to the answer's head.
    pub latency: Duration,
    /// When the answer began.
    pub at: Timestamp,
}

/// One decision about a flag, or many equal ones.
#[derive(Debug, Clone, Copy)]
pub struct EvaluationRecord<'a> {
    /// Where.
    pub place: Place<'a>,
    /// The flag's key.
    pub flag: &'a str,
    /// The variation's index; `None` where the caller's default was served.
    pub variation: Option<usize>,
    /// LaunchDarkly's reason kind, as `RULE_MATCH`.
    pub reason: &'a str,
    /// The id of the rule that matched.
    pub rule: Option<&'a str>,
    /// The flag's version on the wire; 0 where it is not known.
    pub version: u64,
    /// Which application asked, or which SDK; empty where it is not known.
    pub by: &'a str,
    /// Whom it was about, where that is known.
    pub contexts: &'a [ContextHash],
    /// How many equal ones.
    pub count: u64,
    /// When.
    pub at: Timestamp,
}

/// That somebody asked for a flag that is not there.
#[derive(Debug, Clone, Copy)]
pub struct AskedRecord<'a> {
    /// Where.
    pub place: Place<'a>,
    /// The name that they asked for.
    pub flag: &'a str,
    /// Which application asked, or which SDK.
    pub by: &'a str,
    /// How often.
    pub count: u64,
    /// When.
    pub at: Timestamp,
}
