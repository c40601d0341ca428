//! One request from end to end, one line a hop.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use http::header::{CONNECTION, EXPECT, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, Uri, Version};
use hyper::body::Incoming;
use jiff::Timestamp;
use switchyard_flags::NoRecorder;
use switchyard_model::route::WHOLE;
use switchyard_snapshot::{CompiledListener, CompiledRoute, Decision, RequestView};

use crate::acting::Acting;
use crate::client::Phase;
use crate::download::Download;
use crate::forward::{Outbound, forward};
use crate::guard;
use crate::headers::{self, Told};
use crate::linger::linger;
use crate::record::Record;
use crate::refusal::Refusal;
use crate::upload::Upload;
use crate::worker::Worker;

/// Answers a client's request.
pub(crate) async fn answer(
    worker: Rc<Worker>,
    peer: SocketAddr,
    phase: Rc<Phase>,
    request: Request<Incoming>,
) -> Response<Download> {
    let acting = worker.acting();
    let (head, body) = request.into_parts();
    let waits = head.headers.contains_key(EXPECT);
    let chunked = head.headers.contains_key(TRANSFER_ENCODING);
    let mut record = Record::begin(&worker, &acting, &head, peer.ip());
    let mut body = Some(body);

    let answered = hops(&worker, &acting, peer.ip(), head, &mut body, &mut record).await;

    let error = answered.as_ref().err().map(|refusal: &Refusal| refusal.detail());
    let mut response = answered.unwrap_or_else(|refusal| refusal.response(&record.id));
    if chunked {
        // The client may have sent a Content-Length too, which hyper hides: then others on the way may not agree
        // where the request ended, and the connection must not be used again (RFC 9112, 6.1).
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if let Some(body) = body {
        linger(&worker, body, waits);
    }
    record.answered(response.status().as_u16(), error);
    response.map(|body| body.telling(phase))
}

/// guard → strip → decide → pick → forward. A split decides once, before any attempt.
async fn hops<'s>(
    worker: &Worker,
    acting: &'s Acting,
    peer: IpAddr,
    mut head: Parts,
    body: &mut Option<Incoming>,
    record: &mut Record<'s>,
) -> Result<Response<Download>, Refusal> {
    guard::check(&head, &worker.config.limits)?;
    let listener = acting.snapshot.listener(&worker.config.listener).ok_or(Refusal::NoListener)?;
    headers::strip_untrusted(&mut head.headers, listener);
    let decision = record.decision.insert(decide(worker, acting, listener, &head, peer, record.at));
    let route = decision.route.ok_or(Refusal::NoRoute)?;
    record.route = Some(route);
    let arm = decision.arm.ok_or(Refusal::NoArm)?;
    let told = Told { peer, id: &record.id, revision: &acting.revision, decision };
    headers::for_upstream(&mut head.headers, &told);
    let (upload, fault) = Upload::new(body.take(), worker.config.limits.body_idle);
    let request = Some(outbound(head, route, upload)?);
    let mut outbound = Outbound { route, arm, request, fault };
    let answered = forward(worker, acting, &mut outbound, record).await;
    *body = outbound.request.and_then(|unused| unused.into_body().into_incoming());
    answered
}

fn decide<'s>(
    worker: &Worker,
    acting: &'s Acting,
    listener: &'s CompiledListener,
    head: &Parts,
    peer: IpAddr,
    at: Timestamp,
) -> Decision<'s> {
    let host = head.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    let view = RequestView {
        method: head.method.as_str(),
        host: host.unwrap_or_default(),
        path: head.uri.path(),
        query: head.uri.query(),
        headers: &head.headers,
        peer,
    };
    let random = worker.random.below(WHOLE);
    let decision = acting.snapshot.decide(listener, &view, random, &mut NoRecorder);
    if let Some(sampled) = &worker.sampled {
        let (who, chance) = (decision.context.as_ref(), (worker.random.bits(), random));
        acting.snapshot.saw_request(sampled, listener, &view, who, chance, at.as_second());
    }
    decision
}

fn outbound(head: Parts, route: &CompiledRoute, upload: Upload) -> Result<Request<Upload>, Refusal> {
    let mut request = Request::new(upload);
    *request.method_mut() = head.method;
    *request.uri_mut() = rewritten(head.uri, route)?;
    *request.headers_mut() = head.headers;
    *request.version_mut() = Version::HTTP_11;
    Ok(request)
}

fn rewritten(uri: Uri, route: &CompiledRoute) -> Result<Uri, Refusal> {
    let path = route.rewritten(uri.path());
    if *path == *uri.path() {
        return Ok(uri);
    }
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.into_owned(),
    };
    let target =
        PathAndQuery::try_from(target).map_err(|_| Refusal::Bad("The rewritten path is no path."))?;
    Ok(Uri::from(target))
}
