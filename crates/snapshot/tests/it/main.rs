//! The snapshot at its boundary: states in, decisions, wire items and explanations out.
#![expect(clippy::unwrap_used, reason = "a test's helpers stop at what is wrong, as the test does")]

mod client;
mod decide;
mod explain;
mod impact;
mod mapping;
mod routing;
mod share;
mod support;
mod wire;
