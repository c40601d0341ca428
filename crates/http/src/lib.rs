//! The HTTP faces: `/api/v1` (REST), LaunchDarkly's protocols, OFREP, flagd's gRPC, and
//! `/hooks`, where triggers are set off and messages answered. Wire formats are known here
//! and nowhere else: what comes in becomes the model's types at the door, what goes out is made here from
//! `control`'s, `snapshot`'s and `telemetry`'s answers.
//!
//! It decides nothing: who may do what, and what a valid change is, is `control`'s to say. Every endpoint is
//! in the OpenAPI document that is made from its own code, and answers 401 to a stranger unless the document
//! says that it is open.

mod app;
mod asked;
mod asker;
mod body;
mod cors;
mod endpoints;
mod etag;
mod extract;
mod flagd;
mod health;
mod hooks;
mod launchdarkly;
mod limiter;
mod metrics;
mod ofrep;
mod openapi;
mod page;
mod paging;
mod problem;
mod proxies;
mod rest;
mod shape;

use axum::response::IntoResponse;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

pub use app::Faces;
pub use flagd::Flagd;
pub use proxies::Proxies;
pub use rest::provider::CALLBACK;

use app::App;
use endpoints::Endpoints;
use openapi::Document;
use problem::Problems;

/// What is to be listened for.
pub struct Doors {
    /// All faces that share a port, and the page behind them.
    pub http: axum::Router,
    /// flagd's, which has a port of its own.
    pub flagd: Flagd,
}

/// All faces that share a port, and the page behind them.
pub fn router(faces: Faces) -> axum::Router {
    doors(faces).http
}

/// All faces.
pub fn doors(faces: Faces) -> Doors {
    let (routes, described) = endpoints().split();
    let (app, page) = App::new(faces, Document::of(described));
    let routes =
        routes.method_not_allowed_fallback(async || Problems::method_not_allowed()).with_state(app.clone());
    let page = page.unwrap_or_default().layer(axum::middleware::map_response(page::guard));
    // What is below these is ours, and must not be answered by the page's own fallback.
    let nothing = async || Problems::not_found("There is nothing at this address.").into_response();
    let ours = ["/api/{*rest}", "/sdk/{*rest}", "/msdk/{*rest}", "/ofrep/{*rest}", "/hooks/{*rest}"]
        .into_iter()
        .fold(axum::Router::new(), |router, path| router.route(path, axum::routing::any(nothing)));
    let flagd = Flagd::new(app.clone());
    let http = routes
        .merge(ours)
        .fallback_service(page)
        .layer(axum::middleware::from_fn_with_state(app, problem::name_path))
        .layer(CatchPanicLayer::custom(|_| Problems::internal().into_response()))
        .layer(CompressionLayer::new());
    Doors { http, flagd }
}

/// Every endpoint with its description.
fn endpoints() -> Endpoints {
    Endpoints::new()
        .merge(rest::endpoints())
        .merge(launchdarkly::endpoints())
        .merge(ofrep::endpoints())
        .merge(hooks::endpoints())
        .merge(health::endpoints())
}
