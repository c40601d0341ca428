//! Answers: the gateway's own, and those of upstreams.

use std::time::Duration;

use http::header::{CONTENT_TYPE, LOCATION};
use http::{Response, StatusCode, Version};
use hyper::body::Incoming;
use switchyard_snapshot::CompiledAction;

use crate::download::Download;
use crate::headers::strip_hop_by_hop;
use crate::pool::Lease;
use crate::refusal::Refusal;

/// The answer of an action that needs no upstream; `None` for a service.
pub(crate) fn own(action: &CompiledAction) -> Option<Response<Download>> {
    let (status, header, value, body) = match action {
        CompiledAction::Service { .. } => return None,
        CompiledAction::Redirect { status, location } => (status, LOCATION, location, Download::own("")),
        CompiledAction::Fixed { status, content_type, body } => {
            (status, CONTENT_TYPE, content_type, Download::own(body.clone()))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = *status;
    response.headers_mut().insert(header, value.clone());
    Some(response)
}

/// An upstream's answer, for the client.
pub(crate) fn passed_on(
    response: Response<Incoming>,
    lease: Lease,
    idle: Duration,
) -> Result<Response<Download>, Refusal> {
    let (mut head, body) = response.into_parts();
    if head.status == StatusCode::SWITCHING_PROTOCOLS {
        // Nobody asked: `Upgrade` is taken away.
        return Err(Refusal::Broken);
    }
    strip_hop_by_hop(&mut head.headers);
    head.version = Version::HTTP_11;
    head.extensions.clear();
    Ok(Response::from_parts(head, Download::upstream(body, idle, lease)))
}
