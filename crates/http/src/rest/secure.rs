//! Secure mode of an environment.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use switchyard_control::SecureMode;
use utoipa::ToSchema;

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::Segments;
use crate::problem::Problems;

/// Whether the environment is to be in secure mode.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SecureModeBody {
    on: bool,
}

/// Whether browsers are answered only for contexts that a server vouches for.
#[utoipa::path(
    get,
    path = "/secure-mode",
    tag = "settings",
    params(("project" = String, Path), ("environment" = String, Path)),
    responses((status = 200, body = schema::views::SecureMode)),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
) -> Result<Json<SecureMode>, Problems> {
    Ok(Json(app.control.secure_mode(&caller.0, &project, &environment)?))
}

/// Turns secure mode on or off. It can't be turned on where no SDK key could vouch.
#[utoipa::path(
    put,
    path = "/secure-mode",
    tag = "settings",
    params(("project" = String, Path), ("environment" = String, Path)),
    request_body = SecureModeBody,
    responses((status = 200, body = schema::views::SecureMode)),
)]
pub(super) async fn put(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Shaped(body): Shaped<SecureModeBody>,
) -> Result<Json<SecureMode>, Problems> {
    Ok(Json(app.control.set_secure_mode(&caller.0, &project, &environment, body.on).await?))
}
