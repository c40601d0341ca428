//! FDv2, the protocol that LaunchDarkly's newest SDKs can speak: what there is comes as one transfer, which an SDK
//! takes as a whole or not at all; who says with `basis` what it has gets only what leads from there to now.
//!
//! A basis is a revision with the beginning of its ETag. The revision is compiled again from the history where it
//! must be, so a basis outlives a restart; one whose ETag is another was never ours, and gets everything.
//! Source: the SDKs' own readers (`js-sdk-common`, `launchdarkly-server-sdk` for Python).

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;
use switchyard_control::Principal;
use switchyard_model::ids::Key;
use switchyard_snapshot::Snapshot;
use tokio::sync::Mutex;

use super::SdkEnvironment;
use super::frames::Step;
use super::stream::{self, Script};
use crate::app::App;
use crate::endpoints::{Endpoints, routes};
use crate::etag;
use crate::extract::Params;
use crate::problem::Problems;
use transfer::Form;

pub(super) mod transfer;

/// So many snapshots of the past are kept for clients that come back: few, as they share nothing with each other.
const KEPT: usize = 4;

pub(super) fn endpoints() -> Endpoints {
    Endpoints::new().routes(routes!(poll)).routes(routes!(stream))
}

/// What an SDK says that it has.
#[derive(Deserialize)]
struct Query {
    basis: Option<String>,
}

/// What leads an SDK from its basis to now: `{"events":[{"event":…,"data":…},…]}`.
#[utoipa::path(
    get,
    path = "/sdk/poll",
    tag = "launchdarkly",
    params(("basis" = Option<String>, Query, description = "The `state` of the last transfer")),
    security(("sdkKey" = [])),
    responses((status = 200, description = "A transfer"), (status = 304, description = "As before")),
)]
async fn poll(
    State(app): State<App>,
    environment: SdkEnvironment,
    Params(query): Params<Query>,
    headers: HeaderMap,
) -> Response {
    let now = environment.snapshot();
    let tag = format!("\"{}\"", state(&now));
    if etag::is_known(&headers, &tag) {
        return environment.named(etag::not_modified(&tag));
    }
    let basis = app.bases.find(&app, &environment, query.basis.as_deref()).await;
    let mut response = match basis {
        None => app.wholes.of(&now).events(&headers).await,
        Some(basis) if basis.etag() == now.etag() => json(transfer::none(&now, Form::Poll)),
        Some(basis) => json(transfer::changes(&basis, &now, Form::Poll)),
    };
    etag::set(&mut response, &tag);
    environment.named(response)
}

/// The stream: a transfer from the basis to now, then one for each revision.
#[utoipa::path(
    get,
    path = "/sdk/stream",
    tag = "launchdarkly",
    params(("basis" = Option<String>, Query, description = "The `state` of the last transfer")),
    security(("sdkKey" = [])),
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String)),
)]
async fn stream(
    State(app): State<App>,
    environment: SdkEnvironment,
    Params(query): Params<Query>,
) -> Result<Response, Problems> {
    let basis = app.bases.find(&app, &environment, query.basis.as_deref()).await;
    stream::answer(app, environment, Everything { basis })
}

pub(super) fn json(events: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], Body::from(events))
        .into_response()
}

/// What an SDK is to say next time of what it has.
pub(super) fn state(snapshot: &Snapshot) -> String {
    format!("{}-{}", snapshot.revision, &snapshot.etag()[..16])
}

/// All flags and segments.
struct Everything {
    basis: Option<Arc<Snapshot>>,
}

impl Script for Everything {
    fn first(&mut self, app: &App, now: &Arc<Snapshot>) -> Vec<Bytes> {
        vec![match self.basis.take() {
            None => app.wholes.of(now).stream(),
            Some(basis) if basis.etag() == now.etag() => transfer::none(now, Form::Stream),
            Some(basis) => app.steps.between(&basis, now).transfer(),
        }]
    }

    fn next(&mut self, step: &Step) -> Vec<Bytes> {
        if step.old.etag() == step.new.etag() { vec![] } else { vec![step.transfer()] }
    }

    fn heartbeat(&self) -> Bytes {
        transfer::heartbeat()
    }

    fn goodbye(&self) -> Option<Bytes> {
        Some(transfer::goodbye())
    }
}

/// Snapshots that clients still have, by place and revision; `None` for a revision that isn't there.
#[derive(Default)]
pub(crate) struct Bases(Mutex<VecDeque<(Place, Option<Arc<Snapshot>>)>>);

type Place = (Key, Key, u64);

impl Bases {
    /// The snapshot that a client has. One at a time is compiled, however many ask: after a restart all come with
    /// the same one.
    pub(super) async fn find(
        &self,
        app: &App,
        environment: &SdkEnvironment,
        basis: Option<&str>,
    ) -> Option<Arc<Snapshot>> {
        let (revision, tag) = basis?.split_once('-')?;
        let revision: u64 = revision.parse().ok()?;
        let now = environment.snapshot();
        let is_it = |snapshot: &Snapshot| tag.len() == 16 && snapshot.etag().starts_with(tag);
        if is_it(&now) {
            return Some(now);
        }
        if revision >= now.revision {
            return None;
        }
        let place = (environment.project.clone(), environment.environment.clone(), revision);
        let mut kept = self.0.lock().await;
        let at = kept.iter().position(|(of, _)| *of == place);
        let found = match at.and_then(|at| kept.get(at)) {
            Some((_, found)) => found.clone(),
            None => {
                let product = Principal::switchyard();
                let (project, environment) = (&environment.project, &environment.environment);
                let found = app.control.snapshot_at(&product, project, environment, revision).await.ok();
                if kept.len() == KEPT {
                    kept.pop_front();
                }
                kept.push_back((place, found.clone()));
                found
            }
        };
        found.filter(|snapshot| is_it(snapshot))
    }
}
