//! The embedded data plane: HTTP/1.1 in and out, after the newest snapshot.
//!
//! It reads Snapshot + Live and nothing else: no store, no lock on the request's path. One runtime for each
//! thread, with its own pool of upstream connections; threads share the listening socket, telemetry (sharded by
//! thread) and the two watched values. One request acts on one snapshot from its head to its answer's head.
//!
//! [`stack`] reads like a table of contents: guard → strip → decide → pick → forward → record.
//!
//! Not supported yet, and said so to who asks: TLS, HTTP/2, and upgrades (`Upgrade` is taken away, so that the
//! upstream answers in plain HTTP).

mod acting;
mod answer;
mod client;
mod config;
mod connect;
mod delivery;
mod download;
mod drain;
mod exposure;
mod forward;
mod guard;
mod headers;
mod idle;
mod linger;
mod pick;
mod pool;
mod random;
mod record;
mod refusal;
mod running;
mod serve;
mod stack;
mod upload;
mod worker;

pub use config::{GatewayConfig, Limits};
pub use headers::{FLAGS_HEADER, REQUEST_ID_HEADER, REVISION_HEADER};
pub use running::{Gateway, Running, StartError};
