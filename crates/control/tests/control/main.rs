//! Control over a real store: what is written, refused, taken back and let in.

#![allow(clippy::unwrap_used, reason = "a test panics where a promise is broken")]

mod access;
mod audit;
mod changes;
mod compare;
mod deliveries;
mod files;
mod guardrails;
mod histories;
mod hooks;
mod impact;
mod lists;
mod managed;
mod order;
mod owners;
mod policies;
mod resolve;
mod restore;
mod revert;
mod review;
mod schedules;
mod signin;
mod team_tokens;
mod teams;
mod triggers;
mod usage;
mod world;
mod writers;
