//! The store's promises, held against each implementation.

#![allow(clippy::unwrap_used, reason = "a test panics where a promise is broken")]

mod conformance;
mod sample;
mod sqlite;
