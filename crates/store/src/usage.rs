//! What flags served, over a year and more.

use async_trait::async_trait;

use crate::Error;

/// Counts of what flags served, of who asked for them and of what people did then. Times are seconds since 1970.
/// Nothing of it is configuration or needs an audit: it is added up and goes with time.
#[async_trait]
pub trait Usage: Send + Sync {
    /// Adds to what is kept, in one transaction.
    async fn add_usage(
        &self,
        counted: &[UsageCount],
        asked: &[UsageAsked],
        outcomes: &[UsageOutcome],
    ) -> Result<(), Error>;

    /// Puts minutes older than three hours into their hours, hours older than eight days into their days, and
    /// forgets what is older than 400 days; askers beyond 20 for a flag and names beyond 1,000 that no flag has.
    async fn roll_up_usage(&self, now: i64) -> Result<(), Error>;

    /// All that was counted from a second on, of all projects, oldest first.
    async fn usage_since(&self, from: i64) -> Result<Vec<UsageCount>, Error>;

    /// What a flag served from a second on, in buckets of `step` seconds: where each begins, the variation, how
    /// many. Buckets finer than what is kept of that time are filled at its beginning.
    async fn usage_of_flag(
        &self,
        project: &str,
        environment: &str,
        flag: &str,
        from: i64,
        step: i64,
    ) -> Result<Vec<(i64, Option<u32>, u64)>, Error>;

    /// For each flag of a project, in each environment, what was ever served of it.
    async fn ever_served(&self, project: &str) -> Result<Vec<EverServed>, Error>;

    /// Who asked for a flag that is there, newest first.
    async fn askers(&self, project: &str, environment: &str, flag: &str) -> Result<Vec<UsageAsked>, Error>;

    /// Who asked for what was not there then, newest first.
    async fn asked_in_vain(&self, project: &str, environment: &str) -> Result<Vec<UsageAsked>, Error>;

    /// What people did from a day on who had been served a flag, by event, variation and day.
    async fn outcomes(
        &self,
        project: &str,
        environment: &str,
        flag: &str,
        from: i64,
    ) -> Result<Vec<UsageOutcome>, Error>;
}

/// Equal decisions about a flag in a bucket of time.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageCount {
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    /// The flag's key.
    pub flag: String,
    /// The variation's index; `None` is the caller's default.
    pub variation: Option<u32>,
    /// LaunchDarkly's reason kind.
    pub reason: String,
    /// The id of the rule that matched.
    pub rule: Option<String>,
    /// The flag's version; 0 where it is not known.
    pub version: u64,
    /// Where the bucket begins.
    pub start: i64,
    /// Its seconds: 60, 3600 or 86400.
    pub step: i64,
    /// How many.
    pub count: u64,
    /// The newest; of what is read, the newest of all its buckets.
    pub last: i64,
}

/// That somebody asked for a flag.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageAsked {
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    /// The flag's key.
    pub flag: String,
    /// Which application, or which SDK.
    pub by: String,
    /// False where there was no such flag.
    pub known: bool,
    /// When it did so first.
    pub first: i64,
    /// When it did so last.
    pub last: i64,
    /// How often.
    pub count: u64,
}

/// What people did on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageOutcome {
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    /// The custom event's name.
    pub event: String,
    /// The flag they had been served and its variation; `None` for all events of the name.
    pub served: Option<(String, u32)>,
    /// The second at which the day begins.
    pub day: i64,
    /// How many events.
    pub count: u64,
    /// The sum of their metric values.
    pub total: f64,
}

/// What was ever served of a flag's variation in an environment.
#[derive(Debug, Clone, PartialEq)]
pub struct EverServed {
    /// The environment's key.
    pub environment: String,
    /// The flag's key.
    pub flag: String,
    /// The variation's index; `None` is the caller's default.
    pub variation: Option<u32>,
    /// First.
    pub first: i64,
    /// Last.
    pub last: i64,
    /// How often.
    pub count: u64,
}
