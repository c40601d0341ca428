//! To the arm that was decided, and back with its answer.

use std::cell::Cell;
use std::rc::Rc;

use http::{Request, Response};
use hyper::body::Incoming;
use switchyard_snapshot::{CompiledAction, CompiledRoute};

use crate::acting::Acting;
use crate::answer;
use crate::download::Download;
use crate::pick::{self, Targets, Wish};
use crate::pool::Lease;
use crate::record::Record;
use crate::refusal::Refusal;
use crate::upload::{Fault, Upload};
use crate::worker::Worker;

/// A request that has been decided about.
pub(crate) struct Outbound<'s> {
    pub(crate) route: &'s CompiledRoute,
    /// The index of the arm that has it.
    pub(crate) arm: usize,
    /// For the upstream; taken when it is on its way. What stays here was not needed.
    pub(crate) request: Option<Request<Upload>>,
    /// What the body failed of.
    pub(crate) fault: Rc<Cell<Fault>>,
}

/// Gets the answer's head within the route's time.
pub(crate) async fn forward<'s>(
    worker: &Worker,
    acting: &'s Acting,
    outbound: &mut Outbound<'s>,
    record: &mut Record<'s>,
) -> Result<Response<Download>, Refusal> {
    let fault = outbound.fault.clone();
    let limit = outbound.route.timeout;
    let answered = tokio::time::timeout(limit, arms(worker, acting, outbound, record)).await;
    answered.unwrap_or(Err(Refusal::Late)).map_err(|refusal| match fault.get() {
        Fault::None => refusal,
        Fault::Slow => Refusal::SlowBody,
        Fault::Broken => Refusal::BrokenBody,
    })
}

/// Asks the arm, then those it falls back to while none of its endpoints can be reached.
async fn arms<'s>(
    worker: &Worker,
    acting: &'s Acting,
    outbound: &mut Outbound<'s>,
    record: &mut Record<'s>,
) -> Result<Response<Download>, Refusal> {
    let mut next = Some(outbound.arm);
    // Arms that fall back to each other end here too.
    for _ in &*outbound.route.arms {
        let Some(arm) = next.and_then(|index| outbound.route.arms.get(index)) else { break };
        record.arm = Some(arm);
        let CompiledAction::Service { service, subset, endpoints } = &arm.action else {
            return answer::own(&arm.action).ok_or(Refusal::Unreachable);
        };
        let targets = Targets::new(acting, service, subset, endpoints);
        let insist = arm.fallback.is_none();
        if let Some(response) = ask(worker, &targets, insist, &mut outbound.request, record).await? {
            return Ok(response);
        }
        next = arm.fallback;
    }
    Err(Refusal::Unreachable)
}

/// Asks one endpoint of an arm; `None` where none can be reached, and then the request is still there.
async fn ask(
    worker: &Worker,
    targets: &Targets<'_>,
    insist: bool,
    request: &mut Option<Request<Upload>>,
    record: &mut Record<'_>,
) -> Result<Option<Response<Download>>, Refusal> {
    let mut fresh = false;
    loop {
        let Some(mut lease) = pick::lease(worker, targets, Wish { fresh, insist }).await else {
            return Ok(None);
        };
        record.upstream = Some(lease.endpoint.target.clone());
        let Some(sending) = request.take() else { return Ok(None) };
        match send(&mut lease, sending).await {
            Sent::Answered(response) => {
                return answer::passed_on(response, lease, worker.config.limits.body_idle).map(Some);
            }
            Sent::Stale(again) => {
                *request = Some(*again);
                fresh = true;
            }
            Sent::Failed(error) => {
                tracing::warn!(endpoint = %lease.endpoint.target, %error, "no answer");
                return Err(Refusal::Broken);
            }
        }
    }
}

enum Sent {
    Answered(Response<Incoming>),
    /// The kept connection was closed by its upstream meanwhile, and sending again does no harm.
    Stale(Box<Request<Upload>>),
    Failed(hyper::Error),
}

/// Sends a request over a connection. One that was used before may have been closed by the upstream at any
/// moment. Then the request comes back if nothing of it was sent; or if it has no body and doing it twice is the
/// same as doing it once (RFC 9110, 9.2.2).
async fn send(lease: &mut Lease, request: Request<Upload>) -> Sent {
    let replayable = lease.used && request.body().is_none() && request.method().is_idempotent();
    let copy = replayable.then(|| copy(&request));
    match lease.sender.try_send_request(request).await {
        Ok(response) => Sent::Answered(response),
        Err(mut error) => {
            let unsent = error.take_message();
            let error = error.into_error();
            let copy = copy.filter(|_| !error.is_parse());
            match unsent.or(copy).filter(|_| lease.used) {
                Some(request) => Sent::Stale(Box::new(request)),
                None => Sent::Failed(error),
            }
        }
    }
}

fn copy(request: &Request<Upload>) -> Request<Upload> {
    let mut copy = Request::new(Upload::none());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}
