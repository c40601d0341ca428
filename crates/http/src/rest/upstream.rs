//! What an environment follows.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use switchyard_control::{UpstreamDraft, UpstreamLeft, UpstreamView};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::{Params, Segments};
use crate::problem::Problems;

/// What the environment is to follow.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UpstreamBody {
    /// The stream's base URI, as `https://stream.launchdarkly.com`.
    uri: String,
    /// The server-side SDK key of the environment there; the one it has where absent, if the address is the same.
    /// It is never shown again.
    sdk_key: Option<String>,
}

/// What becomes of what came from there.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Leaving {
    /// Whether a change takes it away; else it stays, and is edited here.
    #[serde(default)]
    remove: bool,
}

/// What the environment follows, how that stands, and what it says that is not so here.
#[utoipa::path(
    get,
    path = "/upstream",
    tag = "upstream",
    params(("project" = String, Path), ("environment" = String, Path)),
    responses((status = 200, body = schema::upstream::UpstreamView)),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
) -> Result<Json<UpstreamView>, Problems> {
    Ok(Json(app.control.upstream(&caller.0, &project, &environment).await?))
}

/// Makes the environment follow this. It is called at once.
#[utoipa::path(
    put,
    path = "/upstream",
    tag = "upstream",
    params(("project" = String, Path), ("environment" = String, Path)),
    request_body = UpstreamBody,
    responses((status = 200, body = schema::upstream::UpstreamView)),
)]
pub(super) async fn put(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Shaped(body): Shaped<UpstreamBody>,
) -> Result<Json<UpstreamView>, Problems> {
    let draft = UpstreamDraft { uri: body.uri, sdk_key: body.sdk_key };
    Ok(Json(app.control.follow_upstream(&caller.0, &project, &environment, draft).await?))
}

/// Stops following. What came from there stays and is edited here, or is taken away by a change.
#[utoipa::path(
    delete,
    path = "/upstream",
    tag = "upstream",
    params(("project" = String, Path), ("environment" = String, Path), Leaving),
    responses((status = 200, body = schema::upstream::UpstreamLeft)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Params(leaving): Params<Leaving>,
) -> Result<Json<UpstreamLeft>, Problems> {
    Ok(Json(app.control.leave_upstream(&caller.0, &project, &environment, leaving.remove).await?))
}
