//! Following an upstream: another Switchyard, and what only says it is one.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod broken;
mod conflicts;
mod follow;
mod leave;
mod script;
mod several;
mod world;
