//! OFREP 0.3: OpenFeature's remote evaluation, for servers and for one context's whole set of flags.
//!
//! The environment's server-side SDK key opens it, as `Authorization: Bearer` or `X-API-Key`.

use axum::extract::FromRequestParts;
use http::header;
use http::request::Parts;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::launchdarkly::{SdkEnvironment, unknown_key};
use crate::problem::Problems;

mod answer;
mod context;
mod evaluate;

pub(crate) fn endpoints() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(evaluate::one)).routes(routes!(evaluate::all))
}

/// The environment that the request's key opens.
struct OfrepEnvironment(SdkEnvironment);

impl FromRequestParts<App> for OfrepEnvironment {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problems> {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(header::AUTHORIZATION.as_str())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, key)| key);
        let key = bearer.or_else(|| text("x-api-key")).ok_or_else(unknown_key)?;
        SdkEnvironment::of_key(app, key.trim()).map(OfrepEnvironment)
    }
}
