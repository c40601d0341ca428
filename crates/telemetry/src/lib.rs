//! What really happened: requests by route and arm, evaluations by flag, variation and rule, as series over
//! the last day; and fair samples of who asked and for what. In memory and bounded; recording costs well under a
//! microsecond and never fails.
//!
//! It knows nothing of sockets or of the configuration: names come in as text, times are passed in, and a
//! variation is its index in the flag.

mod latency;
mod outcomes;
mod prometheus;
mod query;
mod recent;
mod record;
mod requests;
mod sample;
mod samples;
mod series;
mod shard;
mod sketch;
mod telemetry;
mod unkept;
mod whole;
mod window;

pub use prometheus::Told;
pub use query::{
    ArmSeries, ArmTotals, FlagSeries, Now, RouteSeries, RouteTotals, RuleServed, Served, TrafficSeries,
    VariationSeries, VariationServed,
};
pub use record::{AskedRecord, ContextHash, EvaluationRecord, OTHER, Place, RequestRecord};
pub use sample::{Bounds, Collected, Sample};
pub use samples::{Sampled, Samples};
pub use telemetry::{EventsTaken, Telemetry};
pub use unkept::{Asked, Kept, Outcome, Tally, Unkept};
pub use whole::{Decided, WholeFlag, WholeFlags, WholeRecord};
pub use window::{LONGEST, NOW_SECONDS, step};
