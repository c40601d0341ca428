//! Resources from files and back.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use switchyard_control::Outcome;
use switchyard_model::resource::Manifest;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
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
    /// For manifests that need an environment and name none.
    environment: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ExportParams {
    /// Only this environment's resources, and the project's.
    environment: Option<String>,
}

/// Makes resources be what the manifests say, all or nothing; others stay. What is so already is passed over.
#[utoipa::path(
    post,
    path = "/apply",
    tag = "files",
    params(("project" = String, Path)),
    request_body = ApplyFiles,
    responses((status = 200, body = schema::views::Outcome)),
)]
pub(super) async fn apply(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Shaped(body): Shaped<ApplyFiles>,
) -> Result<Json<Outcome>, Problems> {
    let manifests = shape::manifests(body.manifests, "manifests", body.environment.as_deref())
        .map_err(Problems::invalid)?;
    let outcome =
        app.control.apply_manifests(&caller.0, &project, manifests, &body.message, body.dry_run).await?;
    Ok(Json(outcome))
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
    let manifests = app.control.export(&caller.0, &project, params.environment.as_deref())?;
    Ok(Json(manifests.iter().map(Manifest::to_json).collect()))
}
