//! The gateway as clients and upstreams see it, over real sockets.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod decisions;
mod hostile;
mod lifecycle;
mod passing;
mod support;
mod upstreams;
