//! API tokens.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_control::ApiToken;
use switchyard_model::access::Role;
use utoipa::ToSchema;

use super::auth::Caller;
use super::keys::Rotate;
use super::schema;
use crate::app::App;
use crate::body::{Optional, Shaped};
use crate::extract::Segments;
use crate::problem::Problems;

/// A token to make.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TokenBody {
    /// What it is for.
    name: String,
    #[schema(value_type = schema::Role)]
    role: Role,
    /// The only project it opens; all where absent.
    project: Option<String>,
    /// When it ends; never where absent.
    expires_at: Option<Timestamp>,
    /// The key of the team whose it is to be; it acts for its maker where absent.
    team: Option<String>,
}

/// To whom a token is handed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TokenChange {
    /// A team's key.
    team: String,
}

/// A new token; its secret is never shown again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenCreated {
    #[schema(value_type = schema::views::ApiToken)]
    token: ApiToken,
    secret: String,
}

/// All tokens, without their secrets.
#[utoipa::path(get, path = "/tokens", tag = "settings", responses((status = 200, body = Vec<schema::views::ApiToken>)))]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<ApiToken>>, Problems> {
    Ok(Json(app.control.tokens(&caller.0)?))
}

/// Makes a token.
#[utoipa::path(
    post,
    path = "/tokens",
    tag = "settings",
    request_body = TokenBody,
    responses((status = 201, body = TokenCreated)),
)]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Shaped(body): Shaped<TokenBody>,
) -> Result<(StatusCode, Json<TokenCreated>), Problems> {
    let TokenBody { name, role, project, expires_at, team } = body;
    let (project, team) = (project.map(Into::into), team.map(Into::into));
    let new = app.control.create_token(&caller.0, &name, role, project, expires_at, team).await?;
    Ok((StatusCode::CREATED, Json(TokenCreated { token: new.token, secret: new.secret })))
}

/// Makes a token a team's.
#[utoipa::path(
    patch,
    path = "/tokens/{id}",
    tag = "settings",
    params(("id" = String, Path)),
    request_body = TokenChange,
    responses((status = 200, body = schema::views::ApiToken)),
)]
pub(super) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Shaped(body): Shaped<TokenChange>,
) -> Result<Json<ApiToken>, Problems> {
    Ok(Json(app.control.hand_over_token(&caller.0, &id, body.team.into()).await?))
}

/// Ends a token.
#[utoipa::path(
    delete,
    path = "/tokens/{id}",
    tag = "settings",
    params(("id" = String, Path)),
    responses((status = 204)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problems> {
    app.control.revoke_token(&caller.0, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a token another secret; the old one goes on for a while.
#[utoipa::path(
    post,
    path = "/tokens/{id}/rotate",
    tag = "settings",
    params(("id" = String, Path)),
    request_body = Rotate,
    responses((status = 200, body = TokenCreated)),
)]
pub(super) async fn rotate(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
    Optional(body): Optional<Rotate>,
) -> Result<Json<TokenCreated>, Problems> {
    let new = app.control.rotate_token(&caller.0, &id, body.overlap()?).await?;
    Ok(Json(TokenCreated { token: new.token, secret: new.secret }))
}
