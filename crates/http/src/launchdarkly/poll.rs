//! Polling: the same bytes as the stream's, under an ETag.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use switchyard_snapshot::WireItem;

use super::SdkEnvironment;
use crate::app::App;
use crate::etag;
use crate::extract::Segments;
use crate::problem::Problems;

/// Everything of the environment: `{"flags":{…},"segments":{…}}`.
#[utoipa::path(
    get,
    path = "/sdk/latest-all",
    tag = "launchdarkly",
    security(("sdkKey" = [])),
    responses((status = 200, description = "All flags and segments"), (status = 304, description = "As before")),
)]
pub(super) async fn latest_all(
    State(app): State<App>,
    environment: SdkEnvironment,
    headers: HeaderMap,
) -> Response {
    let snapshot = environment.snapshot();
    let tag = format!("\"{}\"", snapshot.etag());
    if etag::is_known(&headers, &tag) {
        return environment.named(etag::not_modified(&tag));
    }
    let mut response = app.wholes.of(&snapshot).all(&headers).await;
    etag::set(&mut response, &tag);
    environment.named(response)
}

/// All flags, by key.
#[utoipa::path(
    get,
    path = "/sdk/flags",
    tag = "launchdarkly",
    security(("sdkKey" = [])),
    responses((status = 200, description = "All flags"), (status = 304, description = "As before")),
)]
pub(super) async fn flags(environment: SdkEnvironment, headers: HeaderMap) -> Response {
    let snapshot = environment.snapshot();
    answer(&environment, &headers, &format!("\"{}\"", snapshot.etag()), || object(snapshot.wire_flags()))
}

/// One flag.
#[utoipa::path(
    get,
    path = "/sdk/flags/{key}",
    tag = "launchdarkly",
    params(("key" = String, Path)),
    security(("sdkKey" = [])),
    responses((status = 200, description = "The flag"), (status = 304, description = "As before"), (status = 404, description = "No such flag")),
)]
pub(super) async fn flag(
    environment: SdkEnvironment,
    headers: HeaderMap,
    Segments(key): Segments<String>,
) -> Result<Response, Problems> {
    let snapshot = environment.snapshot();
    item(&environment, &headers, snapshot.wire_flag(&key))
}

/// One segment.
#[utoipa::path(
    get,
    path = "/sdk/segments/{key}",
    tag = "launchdarkly",
    params(("key" = String, Path)),
    security(("sdkKey" = [])),
    responses((status = 200, description = "The segment"), (status = 304, description = "As before"), (status = 404, description = "No such segment")),
)]
pub(super) async fn segment(
    environment: SdkEnvironment,
    headers: HeaderMap,
    Segments(key): Segments<String>,
) -> Result<Response, Problems> {
    let snapshot = environment.snapshot();
    item(&environment, &headers, snapshot.wire_segment(&key))
}

fn item(
    environment: &SdkEnvironment,
    headers: &HeaderMap,
    found: Option<&WireItem>,
) -> Result<Response, Problems> {
    let found = found.ok_or_else(|| Problems::not_found("The environment has nothing with this key."))?;
    Ok(answer(environment, headers, &format!("\"{}\"", found.version), || found.json.clone()))
}

fn object<'a>(items: impl Iterator<Item = &'a WireItem>) -> Bytes {
    let mut json = vec![b'{'];
    for item in items {
        if json.len() > 1 {
            json.push(b',');
        }
        json.extend_from_slice(serde_json::Value::from(&*item.key).to_string().as_bytes());
        json.push(b':');
        json.extend_from_slice(&item.json);
    }
    json.push(b'}');
    json.into()
}

fn answer(
    environment: &SdkEnvironment,
    headers: &HeaderMap,
    tag: &str,
    json: impl FnOnce() -> Bytes,
) -> Response {
    let response = if etag::is_known(headers, tag) {
        etag::not_modified(tag)
    } else {
        let mut response = Body::from(json()).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        etag::set(&mut response, tag);
        response
    };
    environment.named(response)
}
