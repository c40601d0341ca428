//! The event stream: says that there is something to ask for again (OFREP's ADR 8).

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use serde::Deserialize;
use switchyard_snapshot::{Audience, Snapshot};

use super::key_in;
use crate::app::App;
use crate::extract::Params;
use crate::launchdarkly::{Script, SdkEnvironment, Step, answer_stream, unknown_key};
use crate::problem::Problems;

/// An `EventSource` has no headers of its own.
#[derive(Deserialize)]
struct Query {
    auth: Option<String>,
}

/// The environment of a stream.
pub(super) struct Listener(SdkEnvironment);

impl FromRequestParts<App> for Listener {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problems> {
        let Params(query) = Params::<Query>::from_request_parts(parts, app).await?;
        let key = query.auth.as_deref().or_else(|| key_in(&parts.headers)).ok_or_else(unknown_key)?;
        SdkEnvironment::of_any_key(app, key).map(Listener)
    }
}

/// Where a browser is told that answers may be others: `{"type":"refetchEvaluation","etag":…}`, at the beginning too,
/// so that nothing is missed between two streams.
#[utoipa::path(
    get,
    path = "/ofrep/v1/stream",
    tag = "ofrep",
    params(("auth" = Option<String>, Query, description = "The environment's client-side id")),
    security(("ofrepBearer" = []), ("ofrepKey" = [])),
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String)),
)]
pub(super) async fn events(
    State(app): State<App>,
    Listener(environment): Listener,
) -> Result<Response, Problems> {
    let audience = environment.audience();
    answer_stream(app, environment, Refetch { audience })
}

struct Refetch {
    audience: Audience,
}

impl Script for Refetch {
    fn first(&mut self, _: &App, snapshot: &Arc<Snapshot>) -> Vec<Bytes> {
        vec![refetch(snapshot)]
    }

    fn next(&mut self, step: &Step) -> Vec<Bytes> {
        let sees = |key: &str| {
            step.old.flag_for(self.audience, key).is_some() || step.new.flag_for(self.audience, key).is_some()
        };
        if step.affected().iter().any(|key| sees(key)) { vec![refetch(&step.new)] } else { vec![] }
    }
}

fn refetch(snapshot: &Snapshot) -> Bytes {
    let etag = snapshot.etag();
    format!("event: message\ndata: {{\"type\":\"refetchEvaluation\",\"etag\":\"{etag}\"}}\n\n").into()
}
