//! Apps and browsers: flags evaluated here, for the one context that each of them is about.
//!
//! A browser comes with the environment's public id, an app with a mobile key; each is told only of flags that
//! are for its side. The context is in the path (base64), or in the body of the method `REPORT`, which is `GET`
//! with a body: OpenAPI has no word for it, so those routes are not in the document. Any site's page may ask:
//! there is nothing here that a cookie opens.

use axum::extract::FromRequestParts;
use axum::routing::{any, get};
use http::request::Parts;
use http::{HeaderMap, header};
use switchyard_control::KeyKind;

use super::SdkEnvironment;
use crate::app::App;
use crate::cors;
use crate::endpoints::{Endpoints, routes};
use crate::problem::Problems;

mod asker;
mod eval;
mod events;
mod poll;
mod stream;

pub(super) fn endpoints() -> Endpoints {
    let routes = Endpoints::new()
        .routes(routes!(poll::browser))
        .routes(routes!(poll::mobile))
        .routes(routes!(poll::goals))
        .routes(routes!(stream::browser))
        .routes(routes!(stream::mobile))
        .routes(routes!(stream::browser_ping))
        .routes(routes!(stream::mobile_ping))
        .routes(routes!(eval::poll))
        .routes(routes!(eval::posted_poll))
        .routes(routes!(eval::stream))
        .routes(routes!(eval::posted_stream))
        .routes(routes!(events::browser))
        .routes(routes!(events::browser_diagnostic))
        .routes(routes!(events::mobile))
        .routes(routes!(events::mobile_diagnostic))
        .merge(other_methods_and_names());
    cors::any_site(routes)
}

/// `REPORT`, and what older SDKs call the same things.
fn other_methods_and_names() -> Endpoints {
    Endpoints::new()
        .route("/sdk/evalx/{client_side_id}/context", any(poll::report_browser))
        .route("/sdk/evalx/{client_side_id}/user", any(poll::report_browser))
        .route("/sdk/evalx/{client_side_id}/users/{context}", get(poll::browser))
        .route("/msdk/evalx/context", any(poll::report_mobile))
        .route("/msdk/evalx/user", any(poll::report_mobile))
        .route("/msdk/evalx/users/{context}", get(poll::mobile))
        .route("/eval/{client_side_id}", any(stream::report_browser))
        .route("/meval", any(stream::report_mobile))
        .route("/mobile", axum::routing::post(events::mobile))
        .route("/mobile/events", axum::routing::post(events::mobile))
}

/// The environment of a browser's id.
///
/// # Errors
/// 404 for an unknown id, 503 where the environment isn't ready.
fn of_browser(app: &App, id: &str) -> Result<SdkEnvironment, Problems> {
    let found = SdkEnvironment::opened(app, id, KeyKind::ClientSide)?;
    found.ok_or_else(|| {
        Problems::not_found("No environment has this client-side id; see Settings, Keys for the one it has.")
    })
}

/// The environment that the request's mobile key opens.
struct Mobile(SdkEnvironment);

impl FromRequestParts<App> for Mobile {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problems> {
        of_mobile(app, key_in(&parts.headers)).map(Mobile)
    }
}

fn key_in(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok().map(str::trim)
}

fn of_mobile(app: &App, key: Option<&str>) -> Result<SdkEnvironment, Problems> {
    let found = match key {
        Some(key) => SdkEnvironment::opened(app, key, KeyKind::Mobile)?,
        None => None,
    };
    found.ok_or_else(unknown_mobile_key)
}

fn unknown_mobile_key() -> Problems {
    let mut problem = Problems::unauthorized();
    problem.title = "No environment has this mobile key".into();
    problem.detail = "Send a mobile key of an environment (Settings, Keys).".into();
    problem
}
