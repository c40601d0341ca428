//! How one may sign in here: what the sign-in page asks before anybody is known.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;

/// How one may sign in, beside links and API tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ways {
    /// Whether e-mail and password are taken.
    password: bool,
}

/// How one may sign in.
#[utoipa::path(
    get,
    path = "/session/ways",
    tag = "session",
    security(),
    responses((status = 200, body = Ways)),
)]
pub(super) async fn get(State(app): State<App>) -> Json<Ways> {
    Json(Ways { password: app.control.sign_in_settings().passwords })
}
