//! One environment at one revision, compiled: flags and segments for evaluating and for the wire, listeners with
//! their routes for matching, and all of it in words. Pure: it knows nothing of clocks, storage and sockets, and
//! reads nothing but its arguments.
//!
//! - [`Snapshot::compile`] makes one from a state, and [`Snapshot::after`] the next one from what was touched.
//! - [`Snapshot::decide`] says what is to be done with a request, [`explain`] says it with every reason.
//! - [`preview`] runs two over contexts and requests that were seen, and says who gets something else.
//! - [`wire_changes`] says what a stream must tell a client to bring it from one snapshot to the next.
//! - [`SeenFlag::told`] says a flag as a client-side SDK is told of it: evaluated, and only where it may see it.
//! - [`sentences`] says edits, flags and routes in words.

mod client;
mod decide;
pub mod explain;
pub mod impact;
mod listener;
mod mapping;
mod object;
mod reads;
mod request;
mod route;
mod routing;
mod sample;
pub mod sentences;
mod shelf;
mod snapshot;
mod split;
mod wire;

pub use client::{Audience, SeenFlag, Told};
pub use decide::{Decision, FlagDecision};
pub use explain::{Explanation, explain};
pub use impact::{Impact, affected_flags, preview};
pub use listener::CompiledListener;
pub use object::ObjectWriter;
pub use request::{OWN_HEADERS, RequestView};
pub use route::{CompiledAction, CompiledArm, CompiledRoute, Endpoint};
pub use sample::{Sampled, SampledContext, SampledRequest, Samples, forget_context, forget_key};
pub use snapshot::Snapshot;
pub use wire::{Collection, WireChange, WireItem, wire_changes};
