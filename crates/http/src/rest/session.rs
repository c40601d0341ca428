//! Signing in and out.

use std::net::IpAddr;
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri};
use serde::{Deserialize, Serialize};
use switchyard_control::{Error, Member, Principal, Project, SignedIn};
use switchyard_model::Problem;
use switchyard_model::access::Action;
use utoipa::ToSchema;

use super::auth::{self, Caller};
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::Visit;
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

/// What signs in: a token, or e-mail and password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SignIn {
    /// A one-time link's token, or an API token.
    token: Option<String>,
    /// A member's e-mail address.
    email: Option<String>,
    /// Their password.
    password: Option<String>,
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
    responses(
        (status = 200, body = Session),
        (status = 401, description = "The token is used, ended or wrong; or e-mail and password are not together"),
        (status = 429, description = "Too many tries, for this address or this account"),
    ),
)]
pub(super) async fn create(
    State(app): State<App>,
    Visit(visitor): Visit,
    headers: HeaderMap,
    uri: Uri,
    Shaped(sign_in): Shaped<SignIn>,
) -> Result<Response, Problems> {
    // Nobody may sign a visitor of another site in as somebody else.
    if auth::is_of_browser(&headers) && !auth::is_same_origin(&headers, &uri) {
        return Err(Problems::cross_site());
    }
    let SignIn { token, email, password } = sign_in;
    let address = visitor.address;
    let signed_in = match (&token, &email, &password) {
        (Some(token), None, None) => {
            may_try(&app, address)?;
            app.control.sign_in(token, &visitor).await
        }
        (None, Some(email), Some(password)) => {
            may_try(&app, address)?;
            app.control.sign_in_with_password(email, password, &visitor).await
        }
        _ => {
            let problem = Problem::new("", "is neither a token nor e-mail and password");
            return Err(Problems::invalid(vec![
                problem.hint("{\"token\": …} or {\"email\": …, \"password\": …}"),
            ]));
        }
    };
    let signed_in = signed_in.map_err(|error| {
        if error == Error::SignedOut {
            app.sign_ins.failed(address, Instant::now());
        }
        match error {
            Error::SignedOut if token.is_some() => Problems::sign_in_failed(
                "This does not sign you in",
                "The link was used, has ended or is not whole. Ask for a new one.",
            ),
            Error::SignedOut => Problems::sign_in_failed(
                "E-mail and password do not go together",
                "Try again, or ask an admin for a sign-in link: with one you can set another password.",
            ),
            other => other.into(),
        }
    })?;
    let mut response = Json(session(&app, &signed_in.principal)?).into_response();
    begin(&app, &headers, &mut response, &signed_in).await?;
    Ok(response)
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204)))]
pub(super) async fn delete(
    State(app): State<App>,
    _: Caller,
    headers: HeaderMap,
) -> Result<Response, Problems> {
    if let Some(secret) = auth::session_cookie(&app, &headers) {
        app.control.sign_out(secret).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    auth::set_cookie(&app, &mut response, "", 0);
    Ok(response)
}

/// Gives the browser its session, in place of the one it had.
///
/// # Errors
/// 503.
pub(super) async fn begin(
    app: &App,
    headers: &HeaderMap,
    response: &mut Response,
    signed_in: &SignedIn,
) -> Result<(), Problems> {
    if let Some(before) = auth::session_cookie(app, headers) {
        app.control.sign_out(before).await?;
    }
    auth::set_cookie(app, response, &signed_in.secret, signed_in.life.as_secs());
    Ok(())
}

/// # Errors
/// 429 where too many tries from this address failed.
fn may_try(app: &App, address: Option<IpAddr>) -> Result<(), Problems> {
    app.sign_ins.must_wait(address, Instant::now()).map_or(Ok(()), |seconds| Err(Problems::too_many(seconds)))
}

fn session(app: &App, principal: &Principal) -> Result<Session, Problems> {
    Ok(Session {
        member: app.control.whoami(principal),
        actions: app.control.actions(principal),
        projects: app.control.projects(principal)?,
    })
}
