//! Compiles resources into a Snapshot; matching, sentences, explain. Pure.
