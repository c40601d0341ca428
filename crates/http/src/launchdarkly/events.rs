//! What SDKs tell of their evaluations: they are counted, and what people did then.
//!
//! A body is read once into types that borrow from it. A flood is answered with 429 before it is read: SDKs try
//! once more and then drop what they have.

use std::io::Read;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use switchyard_model::Problem;

use super::SdkEnvironment;
use crate::app::App;
use crate::asker::asker;
use crate::body;
use crate::problem::Problems;

mod count;
mod parse;

use count::Counting;

/// A body may take so long to come.
const SLOWEST: Duration = Duration::from_secs(10);

/// A larger body than this is counted on a thread that may take its time.
const INLINE: usize = 32 << 10;

/// After so many seconds there may be room again.
const RETRY: u64 = 2;

/// Takes analytics events. Summaries are counted as evaluations, contexts are sampled for previews of changes,
/// custom events are summed for what was served before; the same payload counts once.
#[utoipa::path(
    post,
    path = "/bulk",
    tag = "launchdarkly",
    security(("sdkKey" = [])),
    request_body(content_type = "application/json", description = "Events of schema 4, gzip allowed"),
    responses((status = 202, description = "Taken"), (status = 429, description = "No room now")),
)]
pub(super) async fn bulk(
    State(app): State<App>,
    environment: SdkEnvironment,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problems> {
    take(&app, &environment, &headers, body).await
}

/// Takes analytics events of whatever SDK.
///
/// # Errors
/// 400 for what is no list of events, 408 for what comes too slowly, 413 for what is too large, 429 where there is
/// no room for it now.
pub(super) async fn take(
    app: &App,
    environment: &SdkEnvironment,
    headers: &HeaderMap,
    body: Body,
) -> Result<StatusCode, Problems> {
    let Some(room) = app.room.for_body(headers) else {
        app.telemetry.events().shed.fetch_add(1, Ordering::Relaxed);
        return Err(Problems::too_many(RETRY));
    };
    let bytes = tokio::time::timeout(SLOWEST, body::read(headers, body)).await;
    let bytes = bytes.map_err(|_| Problems::too_slow())??;
    let payload = headers.get("x-launchdarkly-payload-id").and_then(|v| v.to_str().ok());
    let place = format!("{}/{}/{:?}", environment.project, environment.environment, environment.kind);
    if payload.is_some_and(|payload| !app.payloads.is_new(&place, payload)) {
        app.telemetry.events().repeated.fetch_add(1, Ordering::Relaxed);
        return Ok(StatusCode::ACCEPTED);
    }
    let counting = Counting {
        app: app.clone(),
        project: environment.project.clone(),
        environment: environment.environment.clone(),
        audience: environment.audience(),
        snapshot: environment.snapshot(),
        by: asker(headers),
        at: Timestamp::now(),
    };
    let packed = is_packed(headers);
    let run = move || {
        let _room = room;
        counting.count(&unpacked(packed, bytes)?)
    };
    let large = packed || headers.get(header::CONTENT_LENGTH).is_none_or(|v| longer(v, INLINE));
    let events = match large {
        true => tokio::task::spawn_blocking(run).await.map_err(|_| Problems::internal())??,
        false => run()?,
    };
    app.telemetry.events().payloads.fetch_add(1, Ordering::Relaxed);
    app.telemetry.events().events.fetch_add(events, Ordering::Relaxed);
    Ok(StatusCode::ACCEPTED)
}

/// Takes an SDK's diagnostics, which nobody reads yet.
#[utoipa::path(
    post,
    path = "/diagnostic",
    tag = "launchdarkly",
    security(("sdkKey" = [])),
    request_body(content_type = "application/json", description = "A diagnostic event"),
    responses((status = 202, description = "Taken")),
)]
pub(super) async fn diagnostic(
    _: SdkEnvironment,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problems> {
    pass_over(&headers, body).await
}

/// Reads what nobody needs yet, so that the SDK has sent it.
pub(super) async fn pass_over(headers: &HeaderMap, body: Body) -> Result<StatusCode, Problems> {
    let bytes = body::read(headers, body).await?;
    body::json(&unpacked(is_packed(headers), bytes)?)?;
    Ok(StatusCode::ACCEPTED)
}

fn is_packed(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_ENCODING).is_some_and(|v| v == "gzip")
}

fn longer(length: &http::HeaderValue, than: usize) -> bool {
    length.to_str().ok().and_then(|v| v.parse().ok()).is_none_or(|length: usize| length > than)
}

fn unpacked(packed: bool, bytes: Bytes) -> Result<Bytes, Problems> {
    if !packed {
        return Ok(bytes);
    }
    let mut plain = vec![];
    MultiGzDecoder::new(&bytes[..])
        .take(body::LIMIT as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|_| Problems::bad_request(Problem::new("", "the body is no gzip")))?;
    if plain.len() > body::LIMIT {
        return Err(Problems::too_large(body::LIMIT));
    }
    Ok(plain.into())
}
