//! Polling: every flag's answer for a context, under an ETag.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, header};
use sha2::{Digest, Sha256};

use super::asker::{Asker, Query};
use super::{Mobile, of_browser};
use crate::app::App;
use crate::etag;
use crate::extract::{Params, Segments};
use crate::launchdarkly::SdkEnvironment;
use crate::problem::Problems;

/// Every flag's answer for a browser's context: `{KEY:{value,variation,version,…}}`.
#[utoipa::path(
    get,
    path = "/sdk/evalx/{clientSideId}/contexts/{context}",
    tag = "launchdarkly",
    params(
        ("clientSideId" = String, Path),
        ("context" = String, Path, description = "The context's JSON in base64"),
        ("withReasons" = Option<bool>, Query),
    ),
    security(),
    responses((status = 200, description = "All answers"), (status = 304, description = "As before"), (status = 404, description = "No such environment")),
)]
pub(super) async fn browser(
    State(app): State<App>,
    Segments((id, context)): Segments<(String, String)>,
    Params(query): Params<Query>,
    headers: HeaderMap,
) -> Result<Response, Problems> {
    let environment = of_browser(&app, &id)?;
    let asker = Asker::in_path(&app, &environment, &context, &query)?;
    Ok(answer(&app, &environment, &headers, &asker))
}

/// Every flag's answer for an app's context.
#[utoipa::path(
    get,
    path = "/msdk/evalx/contexts/{context}",
    tag = "launchdarkly",
    params(
        ("context" = String, Path, description = "The context's JSON in base64"),
        ("withReasons" = Option<bool>, Query),
    ),
    security(("mobileKey" = [])),
    responses((status = 200, description = "All answers"), (status = 304, description = "As before")),
)]
pub(super) async fn mobile(
    State(app): State<App>,
    Mobile(environment): Mobile,
    Segments(context): Segments<String>,
    Params(query): Params<Query>,
    headers: HeaderMap,
) -> Result<Response, Problems> {
    let asker = Asker::in_path(&app, &environment, &context, &query)?;
    Ok(answer(&app, &environment, &headers, &asker))
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
    Ok(answer(&app, &environment, &headers, &asker))
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
    Ok(answer(&app, &environment, &headers, &asker))
}

/// The goals of click and page-view experiments, of which there are none.
#[utoipa::path(
    get,
    path = "/sdk/goals/{clientSideId}",
    tag = "launchdarkly",
    params(("clientSideId" = String, Path)),
    security(),
    responses((status = 200, description = "An empty list"), (status = 404, description = "No such environment")),
)]
pub(super) async fn goals(
    State(app): State<App>,
    Segments(id): Segments<String>,
) -> Result<Json<[(); 0]>, Problems> {
    of_browser(&app, &id).map(|_| Json([]))
}

fn answer(app: &App, environment: &SdkEnvironment, headers: &HeaderMap, asker: &Asker) -> Response {
    let snapshot = environment.snapshot();
    environment.saw(app, &snapshot, &asker.context);
    let mut hash = Sha256::new().chain_update(snapshot.etag());
    asker.fingerprint().for_each(|part| hash.update(part));
    let tag: String = hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    if etag::is_known(headers, &tag) {
        return etag::not_modified(&tag);
    }
    let mut response = Body::from(asker.answers(&snapshot)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    etag::set(&mut response, &tag);
    response
}
