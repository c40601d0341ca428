//! The snapshot at its boundary: states in, decisions, wire items and explanations out.

mod mapping;
mod routing;
mod support;
