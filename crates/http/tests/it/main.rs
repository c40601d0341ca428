//! The faces as clients see them: the real control on a real store, the example shop in it.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod audited;
mod changes;
mod clients;
mod fdv2;
mod flagd;
mod guardrails;
mod hidden;
mod hooks;
mod impact;
mod input;
mod launchdarkly;
mod lifecycle;
mod ofrep;
mod policies;
mod review;
mod roles;
mod signin;
mod strangers;
mod streams;
mod support;
mod travel;
mod usage;
