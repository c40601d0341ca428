//! Changes that go in order, and those that met others on the way.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use switchyard_control::{Choice, Notice};
use switchyard_model::ResourceId;
use switchyard_model::merge::Side;
use utoipa::ToSchema;

use super::auth::Caller;
use super::changes::answer;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::etag;
use crate::extract::Segments;
use crate::problem::Problems;

/// What a change comes after.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OrderBody {
    /// The changes that are applied before it; none takes it out of any order.
    after: Vec<u64>,
}

/// What stays where a later revision changed the same fields as a change.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ResolveBody {
    choices: Vec<ChoiceBody>,
}

/// One conflict of a change's check, and which side of it stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ChoiceBody {
    #[schema(value_type = schema::ResourceId)]
    resource: ResourceId,
    /// The conflict's path.
    #[serde(default)]
    path: String,
    keep: Keep,
    /// The conflict's `laterRevision`.
    revision: Option<u64>,
}

/// A side of a conflict.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum Keep {
    /// What is there now.
    Now,
    /// What the change makes of it.
    Change,
}

/// Says which changes are applied before an open one. `If-Match: "v<version>"` says which version is meant.
#[utoipa::path(
    put,
    path = "/changes/{number}/order",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path), ("If-Match" = String, Header)),
    request_body = OrderBody,
    responses((status = 200, body = schema::views::ChangeView), (status = 412, description = "It is at another version"), (status = 428, description = "Without `If-Match`")),
)]
pub(super) async fn order(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
    headers: HeaderMap,
    Shaped(body): Shaped<OrderBody>,
) -> Result<Response, Problems> {
    let version = etag::required_version(&headers)?;
    let change = app.control.order_change(&caller.0, &project, number, version, body.after).await?;
    Ok(answer(StatusCode::OK, change))
}

/// Makes an open change fit where later revisions changed the same fields: for each conflict of its check, what is
/// there now stays, or what the change makes of it. `If-Match: "v<version>"` says which version is meant.
#[utoipa::path(
    post,
    path = "/changes/{number}/resolve",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path), ("If-Match" = String, Header)),
    request_body = ResolveBody,
    responses(
        (status = 200, body = schema::views::ChangeView),
        (status = 409, description = "Conflicts are left for which no side was chosen"),
        (status = 412, description = "It is at another version"),
        (status = 428, description = "Without `If-Match`"),
    ),
)]
pub(super) async fn resolve(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
    headers: HeaderMap,
    Shaped(body): Shaped<ResolveBody>,
) -> Result<Response, Problems> {
    let version = etag::required_version(&headers)?;
    let choices = body.choices.into_iter().map(|choice| Choice {
        resource: choice.resource,
        path: choice.path,
        keep: match choice.keep {
            Keep::Now => Side::Ours,
            Keep::Change => Side::Theirs,
        },
        revision: choice.revision,
    });
    let change = app.control.resolve_change(&caller.0, &project, number, version, choices.collect()).await?;
    Ok(answer(StatusCode::OK, change))
}

/// What the caller should know of: where they are mentioned and have not answered, and which open changes of theirs
/// were stopped. Newest first.
#[utoipa::path(
    get,
    path = "/notices",
    tag = "changes",
    params(("project" = String, Path)),
    responses((status = 200, body = Vec<schema::review::Notice>)),
)]
pub(super) async fn notices(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
) -> Result<Json<Vec<Notice>>, Problems> {
    Ok(Json(app.control.notices(&caller.0, &project).await?))
}
