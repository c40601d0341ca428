//! What becomes of a body that nobody wants.

use futures_util::StreamExt;
use http_body_util::BodyStream;
use hyper::body::{Body, Incoming};

use crate::worker::Worker;

/// Reads a body on beside the answer, for a while. A client that is still sending would not read the answer, and
/// closing the connection on it would throw the answer away.
///
/// A client that waits to be told to go on must not be: reading would tell it.
pub(crate) fn linger(worker: &Worker, body: Incoming, waits: bool) {
    if body.is_end_stream() || waits {
        return;
    }
    let limit = worker.config.limits.linger;
    let mut body = BodyStream::new(body);
    let reading = async move { while let Some(Ok(_)) = body.next().await {} };
    tokio::task::spawn_local(tokio::time::timeout(limit, reading));
}
