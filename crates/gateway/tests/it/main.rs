//! The gateway as clients and upstreams see it, over real sockets.

mod decisions;
mod hostile;
mod lifecycle;
mod passing;
mod support;
mod upstreams;
