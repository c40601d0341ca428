//! Projects and repositories in step, with real repositories.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on fails")]

mod bypass;
mod mirror;
mod proposals;
mod statuses;
mod together;
mod world;
