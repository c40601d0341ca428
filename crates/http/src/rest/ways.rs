//! How one may sign in here: what the sign-in page asks before anybody is known.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::provider::Failed;
use crate::app::App;
use crate::extract::Params;
use crate::problem::Problems;

/// How one may sign in, beside links and API tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ways {
    /// Whether e-mail and password are taken.
    password: bool,
    /// What people call the provider, where there is one: `/api/v1/session/provider` leads there.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    /// Why who was there is not in.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
}

/// What happened before.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Before {
    /// Why who was at the provider is not in, as the page's own URL has it.
    failed: Option<String>,
}

/// How one may sign in.
#[utoipa::path(
    get,
    path = "/session/ways",
    tag = "session",
    security(),
    params(Before),
    responses((status = 200, body = Ways)),
)]
pub(super) async fn get(
    State(app): State<App>,
    Params(before): Params<Before>,
) -> Result<Json<Ways>, Problems> {
    let settings = app.control.sign_in_settings();
    let name = settings.provider.as_ref().map(|provider| provider.name.clone());
    let failed = before.failed.as_deref().and_then(Failed::said);
    let failed = failed.map(|failed| failed.sentence(name.as_deref().unwrap_or("the provider")));
    let provider = name.filter(|_| app.provider.is_some());
    Ok(Json(Ways { password: settings.passwords, provider, failed }))
}
