//! Who answers for what.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use switchyard_control::{Estate, Owner};
use switchyard_model::{Problem, ResourceId};
use utoipa::ToSchema;

use super::auth::Caller;
use super::{changes, schema};
use crate::app::App;
use crate::body::Shaped;
use crate::extract::Segments;
use crate::problem::Problems;

/// What is handed over, and to whom. Without `from` and `targets`: all that has nobody who can answer for it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct HandOverBody {
    /// A member's id or a team's key.
    to: String,
    /// All that is this owner's.
    from: Option<String>,
    /// These.
    #[schema(value_type = Option<Vec<schema::ResourceId>>)]
    targets: Option<Vec<ResourceId>>,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Who owns how much, and what has nobody who can answer for it: those first.
#[utoipa::path(
    get,
    path = "/owners",
    tag = "resources",
    params(("project" = String, Path)),
    responses((status = 200, body = Vec<schema::views::Owner>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
) -> Result<Json<Vec<Owner>>, Problems> {
    Ok(Json(app.control.owners(&caller.0, &project)?))
}

/// Drafts the change that gives what somebody owned to somebody else.
#[utoipa::path(
    post,
    path = "/owners/hand-over",
    tag = "resources",
    params(("project" = String, Path)),
    request_body = HandOverBody,
    responses((status = 201, body = schema::views::ChangeView)),
)]
pub(super) async fn hand_over(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Shaped(body): Shaped<HandOverBody>,
) -> Result<Response, Problems> {
    let estate = match (body.from, body.targets) {
        (None, None) => Estate::Orphans,
        (Some(owner), None) => Estate::Of(owner),
        (None, Some(these)) => Estate::These(these),
        (Some(_), Some(_)) => {
            let problem = Problem::new("targets", "can't be there beside `from`");
            return Err(Problems::invalid(vec![problem.hint("leave one of them out")]));
        }
    };
    let change = app.control.hand_over(&caller.0, &project, estate, &body.to, body.reason).await?;
    Ok(changes::answer(StatusCode::CREATED, change))
}
