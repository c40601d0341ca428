//! What apps and browsers tell of their evaluations: the same events as servers', counted for the flags that
//! their side may see.

use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, StatusCode};

use super::{Mobile, of_browser};
use crate::app::App;
use crate::extract::Segments;
use crate::launchdarkly::events::{pass_over, take};
use crate::problem::Problems;

/// Takes a browser's analytics events.
#[utoipa::path(
    post,
    path = "/events/bulk/{clientSideId}",
    tag = "launchdarkly",
    params(("clientSideId" = String, Path)),
    security(),
    request_body(content_type = "application/json", description = "Events of schema 4"),
    responses((status = 202, description = "Taken"), (status = 404, description = "No such environment")),
)]
pub(super) async fn browser(
    State(app): State<App>,
    Segments(id): Segments<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problems> {
    let environment = of_browser(&app, &id)?;
    take(&app, &environment, &headers, body).await
}

/// Takes a browser's diagnostics, which nobody reads yet.
#[utoipa::path(
    post,
    path = "/events/diagnostic/{clientSideId}",
    tag = "launchdarkly",
    params(("clientSideId" = String, Path)),
    security(),
    request_body(content_type = "application/json", description = "A diagnostic event"),
    responses((status = 202, description = "Taken"), (status = 404, description = "No such environment")),
)]
pub(super) async fn browser_diagnostic(
    State(app): State<App>,
    Segments(id): Segments<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problems> {
    of_browser(&app, &id)?;
    pass_over(&headers, body).await
}

/// Takes an app's analytics events.
#[utoipa::path(
    post,
    path = "/mobile/events/bulk",
    tag = "launchdarkly",
    security(("mobileKey" = [])),
    request_body(content_type = "application/json", description = "Events of schema 4"),
    responses((status = 202, description = "Taken")),
)]
pub(super) async fn mobile(
    State(app): State<App>,
    Mobile(environment): Mobile,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problems> {
    take(&app, &environment, &headers, body).await
}

/// Takes an app's diagnostics, which nobody reads yet.
#[utoipa::path(
    post,
    path = "/mobile/events/diagnostic",
    tag = "launchdarkly",
    security(("mobileKey" = [])),
    request_body(content_type = "application/json", description = "A diagnostic event"),
    responses((status = 202, description = "Taken")),
)]
pub(super) async fn mobile_diagnostic(
    _: Mobile,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problems> {
    pass_over(&headers, body).await
}
