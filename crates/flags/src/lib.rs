//! Evaluates a flag for a context, and says why: LaunchDarkly's semantics, bit for bit.
//!
//! Two stages. [`FlagSet::compile`] turns an environment's flags and segments into a form made for reading:
//! references resolved, operators prepared, lists of keys hashed, prefixes of buckets half hashed; what a change
//! didn't touch is shared with the set before. [`FlagSet::evaluate`] then borrows from it and answers a [`Detail`],
//! without allocating, whatever the flag. A [`Recorder`] may watch: it costs nothing where there is none.
//!
//! Pure: knows nothing of clocks, networks, storage or HTTP, and of the configuration only the flags and segments.

mod ahead;
mod attributes;
mod bucket;
mod compile;
mod context;
mod detail;
mod evaluate;
mod hash;
mod lists;
pub mod offline;
mod recorder;
mod reference;
mod set;
mod slab;
mod time;
mod value;
mod version;

pub use attributes::Attributes;
pub use bucket::{Bucket, BucketPrefix, bucket_of};
pub use context::{Context, ContextBuilder, ContextError};
pub use detail::{Detail, ErrorKind, Reason, ReasonKind};
pub use recorder::{Arm, Membership, NoRecorder, PrerequisiteEvent, Recorder, Step};
pub use reference::{Reference, ReferenceError};
pub use set::{FlagRef, FlagSet, Hint};
pub use value::{AttributeValue, Object, ValueRef};

pub use lists::BigList;
