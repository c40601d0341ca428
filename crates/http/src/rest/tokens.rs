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
    let new = app
        .control
        .create_token(&caller.0, &body.name, body.role, body.project.map(Into::into), body.expires_at)
        .await?;
    Ok((StatusCode::CREATED, Json(TokenCreated { token: new.token, secret: new.secret })))
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
