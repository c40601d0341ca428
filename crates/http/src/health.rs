//! For those who run the server.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use crate::app::App;
use crate::endpoints::{Endpoints, routes};
use crate::problem::Problems;
use crate::rest::auth::Caller;

pub(crate) fn endpoints() -> Endpoints {
    Endpoints::new()
        .routes(routes!(healthz))
        .routes(routes!(readyz))
        .routes(routes!(metrics))
        .routes(routes!(document))
}

/// The process runs.
#[utoipa::path(get, path = "/healthz", tag = "health", security(), responses((status = 200)))]
async fn healthz() -> &'static str {
    "ok\n"
}

/// The server takes requests; 503 while it drains.
#[utoipa::path(get, path = "/readyz", tag = "health", security(), responses((status = 200), (status = 503)))]
async fn readyz(State(app): State<App>) -> (StatusCode, &'static str) {
    match *app.stopping.borrow() {
        false => (StatusCode::OK, "ready\n"),
        true => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
    }
}

/// All counters, as Prometheus reads them.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "health",
    security(("token" = [])),
    responses((status = 200, description = "OpenMetrics text", content_type = "text/plain", body = String)),
)]
async fn metrics(State(app): State<App>, caller: Caller) -> Result<Response, Problems> {
    caller.by_token()?;
    app.control.authorize_all(&caller.0)?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], app.telemetry.prometheus(crate::metrics::of(&app.control)))
        .into_response())
}

/// This document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "health", security(), responses((status = 200)))]
async fn document(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], app.document.json()).into_response()
}
