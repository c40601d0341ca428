//! Two environments side by side.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use switchyard_control::Comparison;
use utoipa::IntoParams;

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::extract::{Params, Segments};
use crate::problem::Problems;

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Sides {
    /// The environment to promote from.
    from: String,
    /// The environment to promote to.
    to: String,
}

/// What would make one environment like another, resource by resource. Propose the edits that are wanted as a
/// change: that is a promotion.
#[utoipa::path(
    get,
    path = "/compare",
    tag = "changes",
    params(("project" = String, Path), Sides),
    responses((status = 200, body = schema::views::Comparison)),
)]
pub(super) async fn compare(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Params(sides): Params<Sides>,
) -> Result<Json<Comparison>, Problems> {
    Ok(Json(app.control.compare(&caller.0, &project, &sides.from, &sides.to)?))
}
