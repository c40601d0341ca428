//! Compiles resources into a Snapshot; matching, sentences, explain. Pure.

pub mod sentences;
