//! OFREP 0.3: OpenFeature's remote evaluation, for servers and for one context's whole set of flags.
//!
//! A key of the environment opens it, as `Authorization: Bearer` or `X-API-Key`: the SDK key shows every flag, a
//! mobile key or the public client-side id those that are for their side.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};

use crate::app::App;
use crate::cors;
use crate::endpoints::{Endpoints, routes};
use crate::launchdarkly::{SdkEnvironment, unknown_key};
use crate::problem::Problems;

mod answer;
pub(crate) mod context;
mod evaluate;
mod stream;

pub(crate) fn endpoints() -> Endpoints {
    let routes = Endpoints::new()
        .routes(routes!(evaluate::one))
        .routes(routes!(evaluate::all))
        .routes(routes!(stream::events));
    cors::any_site(routes)
}

/// The environment that the request's key opens.
struct OfrepEnvironment(SdkEnvironment);

impl FromRequestParts<App> for OfrepEnvironment {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problems> {
        let key = key_in(&parts.headers).ok_or_else(unknown_key)?;
        SdkEnvironment::of_any_key(app, key).map(OfrepEnvironment)
    }
}

fn key_in(headers: &HeaderMap) -> Option<&str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text(header::AUTHORIZATION.as_str())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key);
    bearer.or_else(|| text("x-api-key")).map(str::trim)
}
