//! Signing in and out.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use axum::Json;
use axum::extract::{ConnectInfo, Extension, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde::{Deserialize, Serialize};
use switchyard_control::{Error, Member, Principal, Project, SESSION_LIFE};
use switchyard_model::access::Action;
use utoipa::ToSchema;

use super::auth::{COOKIE, Caller, is_same_origin, session_cookie};
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::problem::Problems;

/// Who is signed in, what they may do, and what they see.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    #[schema(value_type = schema::views::Member)]
    member: Member,
    #[schema(value_type = Vec<schema::Action>)]
    actions: Vec<Action>,
    #[schema(value_type = Vec<schema::views::Project>)]
    projects: Vec<Project>,
}

/// What signs in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SignIn {
    /// A one-time link's token, or an API token.
    token: String,
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", tag = "session", responses((status = 200, body = Session)))]
pub(super) async fn get(State(app): State<App>, caller: Caller) -> Result<Json<Session>, Problems> {
    Ok(Json(session(&app, &caller.0)?))
}

/// Signs in: sets the session's cookie.
#[utoipa::path(
    post,
    path = "/session",
    tag = "session",
    security(),
    request_body = SignIn,
    responses((status = 200, body = Session), (status = 401, description = "The token is used, ended or wrong")),
)]
pub(super) async fn create(
    State(app): State<App>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    uri: Uri,
    Shaped(sign_in): Shaped<SignIn>,
) -> Result<Response, Problems> {
    // Nobody may sign a visitor of another site in as somebody else.
    if headers.contains_key("sec-fetch-site") && !is_same_origin(&headers, &uri) {
        return Err(Problems::cross_site());
    }
    let address: Option<IpAddr> = peer.map(|Extension(ConnectInfo(address))| address.ip());
    if let Some(seconds) = app.sign_ins.must_wait(address, Instant::now()) {
        return Err(Problems::too_many(seconds));
    }
    let signed_in = match app.control.sign_in(&sign_in.token, address).await {
        Ok(signed_in) => signed_in,
        Err(Error::SignedOut) => {
            app.sign_ins.failed(address, Instant::now());
            let mut problem = Problems::unauthorized();
            problem.title = "This does not sign you in".into();
            problem.detail = "The link was used, has ended or is not whole. Ask for a new one.".into();
            return Err(problem);
        }
        Err(other) => return Err(other.into()),
    };
    let mut response = Json(session(&app, &signed_in.principal)?).into_response();
    set_cookie(&app, &mut response, &signed_in.secret, SESSION_LIFE.as_secs());
    Ok(response)
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204)))]
pub(super) async fn delete(
    State(app): State<App>,
    _: Caller,
    headers: HeaderMap,
) -> Result<Response, Problems> {
    if let Some(secret) = session_cookie(&headers) {
        app.control.sign_out(secret).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&app, &mut response, "", 0);
    Ok(response)
}

fn session(app: &App, principal: &Principal) -> Result<Session, Problems> {
    Ok(Session {
        member: app.control.whoami(principal),
        actions: principal.actions(),
        projects: app.control.projects(principal)?,
    })
}

fn set_cookie(app: &App, response: &mut Response, value: &str, seconds: u64) {
    let secure = if app.public_url.starts_with("https:") { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}
