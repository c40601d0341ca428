//! Resources from files and back.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use switchyard_model::resource::Manifest;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::reviews::{self, BreakGlass};
use super::revisions::outcome;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::{Params, Segments};
use crate::problem::Problems;
use crate::shape;

/// Resources as they should be.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ApplyFiles {
    #[schema(value_type = Vec<schema::Manifest>)]
    manifests: Value,
    /// The revision's title.
    #[serde(default)]
    message: String,
    /// Only says what it would do.
    #[serde(default)]
    dry_run: bool,
    /// Goes on without the approvals that are missing, for who may; it is recorded, and to be reviewed
    /// afterwards.
    break_glass: Option<BreakGlass>,
    /// For manifests that need an environment and name none.
    environment: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportParams {
    /// Only this environment's resources, and the project's.
    environment: Option<String>,
    /// As it was at this revision; as it is where absent.
    at: Option<u64>,
}

/// Makes resources be what the manifests say, all or nothing; others stay. What is so already is passed over.
/// Where approvals are missing it becomes a change in review (202), which the same call applies once it has them.
#[utoipa::path(
    post,
    path = "/apply",
    tag = "files",
    params(("project" = String, Path)),
    request_body = ApplyFiles,
    responses(
        (status = 200, body = schema::views::Outcome),
        (status = 202, description = "It waits for approvals", body = schema::views::ChangeView),
    ),
)]
pub(super) async fn apply(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Shaped(body): Shaped<ApplyFiles>,
) -> Result<Response, Problems> {
    let manifests = shape::manifests(body.manifests, "manifests", body.environment.as_deref())
        .map_err(Problems::invalid)?;
    let mode = reviews::mode(body.dry_run, body.break_glass);
    let done = app.control.apply_manifests(&caller.0, &project, manifests, &body.message, mode).await?;
    Ok(outcome(done))
}

/// All resources as manifests, each before those that need it. `apply` takes them unchanged.
#[utoipa::path(
    get,
    path = "/export",
    tag = "files",
    params(("project" = String, Path), ExportParams),
    responses((status = 200, body = Vec<schema::Manifest>)),
)]
pub(super) async fn export(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Params(params): Params<ExportParams>,
) -> Result<Json<Vec<Value>>, Problems> {
    let manifests =
        app.control.export_at(&caller.0, &project, params.environment.as_deref(), params.at).await?;
    Ok(Json(manifests.iter().map(Manifest::to_json).collect()))
}
