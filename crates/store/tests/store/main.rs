//! The store's promises, held against each implementation.

mod conformance;
mod sample;
mod sqlite;
