//! What is known of a request, told once: to telemetry, and to the log.

use std::net::IpAddr;

use http::header::HOST;
use http::request::Parts;
use http::{HeaderValue, Method, Uri};
use jiff::Timestamp;
use switchyard_snapshot::{CompiledArm, CompiledRoute, Decision};
use switchyard_telemetry::{Place, RequestRecord};
use tokio::time::Instant;

use crate::acting::Acting;
use crate::pool::Target;
use crate::worker::Worker;
use crate::{exposure, headers};

/// The status of a request whose client went away before it was answered (nginx's).
const CLIENT_GONE: u16 = 499;

pub(crate) struct Record<'s> {
    worker: &'s Worker,
    acting: &'s Acting,
    began: Instant,
    pub(crate) at: Timestamp,
    method: Method,
    uri: Uri,
    host: Option<HeaderValue>,
    peer: IpAddr,
    pub(crate) id: HeaderValue,
    pub(crate) route: Option<&'s CompiledRoute>,
    /// The arm that was tried last.
    pub(crate) arm: Option<&'s CompiledArm>,
    pub(crate) decision: Option<Decision<'s>>,
    pub(crate) upstream: Option<Target>,
    answered: bool,
}

impl<'s> Record<'s> {
    pub(crate) fn begin(worker: &'s Worker, acting: &'s Acting, head: &Parts, peer: IpAddr) -> Self {
        let at = Timestamp::now();
        let new_id = || {
            let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
            let id = worker.random.id(at);
            HeaderValue::from_str(id.hyphenated().encode_lower(&mut text))
                .unwrap_or(HeaderValue::from_static("none"))
        };
        Record {
            worker,
            acting,
            began: Instant::now(),
            at,
            method: head.method.clone(),
            uri: head.uri.clone(),
            host: head.headers.get(HOST).cloned(),
            peer,
            id: headers::request_id(&head.headers).cloned().unwrap_or_else(new_id),
            route: None,
            arm: None,
            decision: None,
            upstream: None,
            answered: false,
        }
    }

    /// The answer's head is there.
    pub(crate) fn answered(mut self, status: u16, error: Option<&'static str>) {
        self.answered = true;
        self.tell(status, error);
    }

    fn tell(&self, status: u16, error: Option<&'static str>) {
        let latency = self.began.elapsed();
        let snapshot = &self.acting.snapshot;
        let arm = self.arm.map(|arm| &*arm.id);
        self.worker.telemetry.request(RequestRecord {
            place: Place { project: &snapshot.project, environment: &snapshot.environment },
            route: self.route.zip(arm).map(|(route, arm)| (&*route.key, arm)),
            status,
            latency,
            at: self.at,
        });
        let flag = self.decision.as_ref().and_then(|decision| {
            exposure::count(self.worker, self.acting, decision, self.arm, self.at);
            decision.flag.as_ref()
        });
        if !tracing::enabled!(target: "switchyard::access", tracing::Level::INFO) {
            return;
        }
        tracing::info!(
            target: "switchyard::access",
            method = self.method.as_str(),
            host = self.host.as_ref().and_then(|host| host.to_str().ok()),
            path = self.uri.path(),
            status,
            ms = latency.as_micros() as f64 / 1_000.0,
            route = self.route.map(|route| &*route.key),
            arm,
            flag = flag.map(|flag| &**flag.key),
            variation = flag.and_then(|flag| flag.variation).map(|variation| &**variation),
            revision = snapshot.revision,
            id = self.id.to_str().ok(),
            upstream = self.upstream.as_ref().map(tracing::field::display),
            peer = %self.peer,
            error,
        );
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.tell(CLIENT_GONE, Some("The client went away."));
        }
    }
}
