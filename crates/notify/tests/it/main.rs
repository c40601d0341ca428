//! Webhooks as receivers see them: real HTTP, receivers that fail, hang, redirect and go away.

#![allow(clippy::unwrap_used, reason = "a test panics where a promise is broken")]

mod deliveries;
mod receiver;
mod slack;
mod world;
