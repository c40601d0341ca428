//! Streams of answers for one context. What a revision changes is found by evaluating both snapshots, and only
//! the flags that it can have changed: which these are is worked out once for all streams.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::json;
use switchyard_snapshot::Snapshot;

use super::asker::{Asker, Query};
use super::{Mobile, of_browser};
use crate::app::App;
use crate::extract::{Params, Segments};
use crate::launchdarkly::SdkEnvironment;
use crate::launchdarkly::frames::Step;
use crate::launchdarkly::stream::{self, Script};
use crate::problem::Problems;

/// With no more flags than this a change of several answers goes as one `put`, so that a client never sees half
/// of it.
const PUT_FLAGS: usize = 1_000;

/// A browser's stream: `put` with every answer, then `patch`, `delete` or `put` for what a revision changes.
#[utoipa::path(
    get,
    path = "/eval/{clientSideId}/{context}",
    tag = "launchdarkly",
    params(
        ("clientSideId" = String, Path),
        ("context" = String, Path, description = "The context's JSON in base64"),
        ("withReasons" = Option<bool>, Query),
    ),
    security(),
    responses(
        (status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String),
        (status = 404, description = "No such environment"),
    ),
)]
pub(super) async fn browser(
    State(app): State<App>,
    Segments((id, context)): Segments<(String, String)>,
    Params(query): Params<Query>,
) -> Result<Response, Problems> {
    let environment = of_browser(&app, &id)?;
    let asker = Asker::in_path(&app, &environment, &context, &query)?;
    answer(app, environment, asker)
}

/// An app's stream.
#[utoipa::path(
    get,
    path = "/meval/{context}",
    tag = "launchdarkly",
    params(
        ("context" = String, Path, description = "The context's JSON in base64"),
        ("withReasons" = Option<bool>, Query),
    ),
    security(("mobileKey" = [])),
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String)),
)]
pub(super) async fn mobile(
    State(app): State<App>,
    Mobile(environment): Mobile,
    Segments(context): Segments<String>,
    Params(query): Params<Query>,
) -> Result<Response, Problems> {
    let asker = Asker::in_path(&app, &environment, &context, &query)?;
    answer(app, environment, asker)
}

pub(super) async fn report_browser(
    State(app): State<App>,
    Segments(id): Segments<String>,
    Params(query): Params<Query>,
    method: Method,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problems> {
    let environment = of_browser(&app, &id)?;
    let asker = Asker::in_body(&app, &environment, &method, &headers, body, &query).await?;
    answer(app, environment, asker)
}

pub(super) async fn report_mobile(
    State(app): State<App>,
    Mobile(environment): Mobile,
    Params(query): Params<Query>,
    method: Method,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problems> {
    let asker = Asker::in_body(&app, &environment, &method, &headers, body, &query).await?;
    answer(app, environment, asker)
}

/// A stream that says only that there is something to poll for: for browsers that can't send a context.
#[utoipa::path(
    get,
    path = "/ping/{clientSideId}",
    tag = "launchdarkly",
    params(("clientSideId" = String, Path)),
    security(),
    responses(
        (status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String),
        (status = 404, description = "No such environment"),
    ),
)]
pub(super) async fn browser_ping(
    State(app): State<App>,
    Segments(id): Segments<String>,
) -> Result<Response, Problems> {
    let environment = of_browser(&app, &id)?;
    stream::answer(app, environment, Pings)
}

/// The same for apps.
#[utoipa::path(
    get,
    path = "/mping",
    tag = "launchdarkly",
    security(("mobileKey" = [])),
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String)),
)]
pub(super) async fn mobile_ping(
    State(app): State<App>,
    Mobile(environment): Mobile,
) -> Result<Response, Problems> {
    stream::answer(app, environment, Pings)
}

fn answer(app: App, environment: SdkEnvironment, asker: Asker) -> Result<Response, Problems> {
    environment.saw(&app, &environment.snapshot(), &asker.context);
    stream::answer(app, environment, asker)
}

impl Script for Asker {
    fn first(&mut self, _: &App, snapshot: &Arc<Snapshot>) -> Vec<Bytes> {
        vec![self.put(snapshot)]
    }

    fn next(&mut self, step: &Step) -> Vec<Bytes> {
        let version = step.new.revision;
        let events: Vec<_> = self
            .changed(step)
            .map(|(key, told)| match told {
                Some(told) => event("patch", |out| told.write_patch(key, version, out)),
                None => event("delete", |out| {
                    out.extend_from_slice(json!({"key": key, "version": version}).to_string().as_bytes());
                }),
            })
            .collect();
        // They are counted only where the audience can decide it.
        let are_few = || {
            step.new.wire_flags().len() <= PUT_FLAGS
                || step.new.flags_for(self.audience).nth(PUT_FLAGS).is_none()
        };
        if events.len() > 1 && are_few() {
            return vec![self.put(&step.new)];
        }
        events
    }
}

impl Asker {
    fn put(&self, snapshot: &Snapshot) -> Bytes {
        event("put", |out| self.write_answers(snapshot, out))
    }
}

fn event(name: &str, data: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut event = format!("event: {name}\ndata: ").into_bytes();
    data(&mut event);
    event.extend_from_slice(b"\n\n");
    event.into()
}

/// An event without data is none to a browser.
const PING: Bytes = Bytes::from_static(b"event: ping\ndata: \n\n");

/// Says that there is something new, and not what.
struct Pings;

impl Script for Pings {
    fn first(&mut self, _: &App, _: &Arc<Snapshot>) -> Vec<Bytes> {
        vec![PING]
    }

    fn next(&mut self, step: &Step) -> Vec<Bytes> {
        if step.affected().is_empty() { vec![] } else { vec![PING] }
    }
}
