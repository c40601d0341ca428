//! Applied is not yet live: who acts on the snapshot.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use switchyard_control::Node;
use utoipa::ToSchema;

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::extract::Segments;
use crate::problem::Problems;

/// The environment's data planes and clients.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Nodes {
    /// The environment's snapshot's revision.
    revision: u64,
    #[schema(value_type = Vec<schema::views::Node>)]
    nodes: Vec<Node>,
    /// Connected SDK streams.
    streams: usize,
}

/// Who acts on the environment's snapshot.
#[utoipa::path(
    get,
    path = "/nodes",
    tag = "traffic",
    params(("project" = String, Path), ("environment" = String, Path)),
    responses((status = 200, body = Nodes)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
) -> Result<Json<Nodes>, Problems> {
    caller.environment(&app, &project, &environment)?;
    let known = app.control.nodes(&caller.0, &project, &environment)?;
    let streams = app.streams(&project, &environment);
    Ok(Json(Nodes { revision: known.revision, nodes: known.nodes, streams }))
}
