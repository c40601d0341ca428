//! Environments' settings.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use switchyard_control::{Environment, EnvironmentChange, TeamApprovals};
use switchyard_model::Freeze;
use utoipa::ToSchema;

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::Segments;
use crate::problem::Problems;

/// What to change; absent fields stay.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EnvironmentPatch {
    /// What people call it.
    name: Option<String>,
    /// True where real people are affected.
    production: Option<bool>,
    /// How many approvals a change needs that alters what is compiled for it: 0 to 10.
    required_approvals: Option<u32>,
    /// Teams of which some of those must come, all of them.
    #[schema(value_type = Option<Vec<schema::views::TeamApprovals>>)]
    approvals_from: Option<Vec<TeamApprovals>>,
    /// Whether what somebody owns is changed there only with their approval.
    owners_approve: Option<bool>,
    /// Times in which it is left alone, all of them; at most 50.
    #[schema(value_type = Option<Vec<schema::schedule::Freeze>>)]
    freezes: Option<Vec<Freeze>>,
}

/// Changes an environment. What it asks for holds from the next revision on, for open changes too.
#[utoipa::path(
    patch,
    path = "/environments/{environment}",
    tag = "settings",
    params(("project" = String, Path), ("environment" = String, Path)),
    request_body = EnvironmentPatch,
    responses((status = 200, body = schema::views::Environment)),
)]
pub(super) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Shaped(body): Shaped<EnvironmentPatch>,
) -> Result<Json<Environment>, Problems> {
    let change = EnvironmentChange {
        name: body.name,
        production: body.production,
        required_approvals: body.required_approvals,
        approvals_from: body.approvals_from,
        owners_approve: body.owners_approve,
        freezes: body.freezes,
    };
    Ok(Json(app.control.change_environment(&caller.0, &project, &environment, change).await?))
}
