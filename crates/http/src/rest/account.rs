//! One's own account, and the sessions there are.

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use switchyard_control::{Account, How, SessionView};
use utoipa::ToSchema;

use super::auth::{Caller, session_cookie};
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::{Segments, Visit};
use crate::problem::Problems;

/// A password to set.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PasswordBody {
    /// The one before; not needed within 15 minutes of signing in with a link or at the provider.
    current: Option<String>,
    /// The new one, 15 to 256 characters.
    new: String,
}

/// How many sessions ended.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ended {
    ended: u64,
}

/// How the caller signs in, and their sessions.
#[utoipa::path(get, path = "/account", tag = "session", responses((status = 200, body = schema::signin::Account)))]
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Json<Account>, Problems> {
    Ok(Json(app.control.account(&caller.0, own_session(&app, &caller, &headers)).await?))
}

/// Sets the password of who is signed in with a browser; their other sessions end.
#[utoipa::path(
    put,
    path = "/account/password",
    tag = "session",
    request_body = PasswordBody,
    responses((status = 204)),
)]
pub(super) async fn set_password(
    State(app): State<App>,
    caller: Caller,
    Visit(visitor): Visit,
    headers: HeaderMap,
    Shaped(body): Shaped<PasswordBody>,
) -> Result<StatusCode, Problems> {
    let session = own_session(&app, &caller, &headers);
    app.control.set_password(session, body.current.as_deref(), &body.new, visitor.address).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the caller's other sessions.
#[utoipa::path(delete, path = "/account/sessions", tag = "session", responses((status = 200, body = Ended)))]
pub(super) async fn end_others(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Json<Ended>, Problems> {
    let ended = app.control.end_other_sessions(&caller.0, own_session(&app, &caller, &headers)).await?;
    Ok(Json(Ended { ended }))
}

/// The sessions of everybody.
#[utoipa::path(
    get,
    path = "/sessions",
    tag = "settings",
    responses((status = 200, body = Vec<schema::signin::SessionView>)),
)]
pub(super) async fn sessions(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Json<Vec<SessionView>>, Problems> {
    Ok(Json(app.control.sessions(&caller.0, own_session(&app, &caller, &headers)).await?))
}

/// Ends a session: one's own, or anybody's as an admin.
#[utoipa::path(
    delete,
    path = "/sessions/{id}",
    tag = "session",
    params(("id" = String, Path)),
    responses((status = 204)),
)]
pub(super) async fn end(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problems> {
    app.control.end_session(&caller.0, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions of a member.
#[utoipa::path(
    delete,
    path = "/members/{id}/sessions",
    tag = "settings",
    params(("id" = String, Path)),
    responses((status = 200, body = Ended)),
)]
pub(super) async fn end_of_member(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<Json<Ended>, Problems> {
    Ok(Json(Ended { ended: app.control.end_member_sessions(&caller.0, &id).await? }))
}

/// Takes a member's password away and ends their sessions; a link still signs them in.
#[utoipa::path(
    delete,
    path = "/members/{id}/password",
    tag = "settings",
    params(("id" = String, Path)),
    responses((status = 204)),
)]
pub(super) async fn remove_password(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problems> {
    app.control.remove_password(&caller.0, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The secret of the session that asks, where it is one that does.
fn own_session<'a>(app: &App, caller: &Caller, headers: &'a HeaderMap) -> Option<&'a str> {
    (caller.0.how == How::Session).then(|| session_cookie(app, headers)).flatten()
}
