//! Members.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use switchyard_control::{Member, MemberChange, NewMember};
use switchyard_model::access::Role;
use utoipa::ToSchema;

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::Segments;
use crate::problem::Problems;

/// Somebody to invite.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MemberBody {
    name: String,
    email: Option<String>,
    #[schema(value_type = schema::Role)]
    role: Role,
}

/// What to change; absent fields stay.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MemberPatch {
    name: Option<String>,
    email: Option<String>,
    #[schema(value_type = Option<schema::Role>)]
    role: Option<Role>,
    /// False locks them out.
    active: Option<bool>,
}

/// A link that signs a member in, once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignInLink {
    url: String,
}

/// All members.
#[utoipa::path(get, path = "/members", tag = "settings", responses((status = 200, body = Vec<schema::views::Member>)))]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Member>>, Problems> {
    Ok(Json(app.control.members(&caller.0)?))
}

/// Invites somebody.
#[utoipa::path(
    post,
    path = "/members",
    tag = "settings",
    request_body = MemberBody,
    responses((status = 201, body = schema::views::Member)),
)]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Shaped(body): Shaped<MemberBody>,
) -> Result<(StatusCode, Json<Member>), Problems> {
    let member = NewMember { name: body.name, email: body.email, role: body.role };
    Ok((StatusCode::CREATED, Json(app.control.add_member(&caller.0, member).await?)))
}

/// Changes a member.
#[utoipa::path(
    patch,
    path = "/members/{id}",
    tag = "settings",
    params(("id" = String, Path)),
    request_body = MemberPatch,
    responses((status = 200, body = schema::views::Member)),
)]
pub(super) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Shaped(body): Shaped<MemberPatch>,
) -> Result<Json<Member>, Problems> {
    let change = MemberChange { name: body.name, email: body.email, role: body.role, active: body.active };
    Ok(Json(app.control.change_member(&caller.0, &id, change).await?))
}

/// Makes a link that signs the member in, once.
#[utoipa::path(
    post,
    path = "/members/{id}/sign-in-link",
    tag = "settings",
    params(("id" = String, Path)),
    responses((status = 200, body = SignInLink)),
)]
pub(super) async fn sign_in_link(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Json<SignInLink>, Problems> {
    let secret = app.control.sign_in_link(&caller.0, &id).await?;
    Ok(Json(SignInLink { url: format!("{}/sign-in?token={secret}", app.public_url) }))
}
