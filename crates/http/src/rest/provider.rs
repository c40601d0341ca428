//! Signing in at the OpenID Connect provider: away to it, and back.

use std::time::Instant;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use switchyard_control::{Error, SignedIn, TurnedAway, Visitor, Vouched};
use switchyard_openid::{self as openid, Answer, Claims, Flow, Provider};
use utoipa::IntoParams;

use super::{auth, session};
use crate::app::App;
use crate::extract::{Params, Visit};
use crate::problem::Problems;

/// Where the provider sends browsers back to, below the page's URL.
pub const CALLBACK: &str = "/api/v1/session/provider/callback";

/// Holds a sign-in that was begun, and where it leads. `Lax`, for the provider's page sends the browser back here.
const COOKIE: &str = "switchyard_flow";
const SECURE_COOKIE: &str = "__Host-switchyard_flow";

/// How long somebody may take at the provider.
const SECONDS: u64 = 600;

/// Where to go afterwards.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Begin {
    /// A path of the page; its start where absent.
    #[serde(rename = "return")]
    back: Option<String>,
}

/// What the provider sends the browser back with. Providers add what they like.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Callback {
    /// Good for one exchange.
    code: Option<String>,
    /// As it was sent.
    state: Option<String>,
    /// Who answers.
    iss: Option<String>,
    /// Why there is no code.
    error: Option<String>,
}

/// Sends the browser to the provider.
#[utoipa::path(
    get,
    path = "/session/provider",
    tag = "session",
    security(),
    params(Begin),
    responses((status = 303, description = "To the provider, or to the sign-in page where it can't be reached")),
)]
pub(super) async fn begin(
    State(app): State<App>,
    Params(Begin { back }): Params<Begin>,
) -> Result<Response, Problems> {
    let provider = there(&app)?;
    let back = back.filter(|path| is_own(path));
    let flow = Flow::new();
    match provider.begin(&flow).await {
        Ok(url) => {
            let mut response = see_other(&url)?;
            let back = URL_SAFE_NO_PAD.encode(back.unwrap_or_default());
            set_flow(&app, &mut response, &format!("{}.{back}", flow.secret()), SECONDS);
            Ok(response)
        }
        Err(error) => {
            tracing::warn!(%error, "a sign-in at the provider could not begin");
            see_other(&sign_in_page(Failed::of(&error).word(), back.as_deref()))
        }
    }
}

/// Takes the browser back from the provider: signs in, or says on the sign-in page why not.
#[utoipa::path(
    get,
    path = "/session/provider/callback",
    tag = "session",
    security(),
    params(Callback),
    responses((status = 303, description = "Signed in, to where it began; or to the sign-in page, which says why not")),
)]
pub(super) async fn callback(
    State(app): State<App>,
    Visit(visitor): Visit,
    headers: HeaderMap,
    Params(Callback { code, state, iss, error }): Params<Callback>,
) -> Result<Response, Problems> {
    let provider = there(&app)?;
    let (flow, back) = flow_of(&app, &headers);
    let answer = Answer { code, state, issuer: iss, error };
    let mut response = match enter(&app, provider, flow, answer, &visitor).await {
        Ok(signed_in) => {
            let mut response = see_other(back.as_deref().unwrap_or("/"))?;
            session::begin(&app, &headers, &mut response, &signed_in).await?;
            response
        }
        Err(failed) => see_other(&sign_in_page(failed.word(), back.as_deref()))?,
    };
    set_flow(&app, &mut response, "", 0);
    Ok(response)
}

/// Why somebody who was at the provider is not in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failed {
    Unreachable,
    Busy,
    NotBegun,
    Refused,
    Unbelievable,
    Unavailable,
    Turned(TurnedAway),
}

impl Failed {
    const OWN: [Failed; 6] = [
        Failed::Unreachable,
        Failed::Busy,
        Failed::NotBegun,
        Failed::Refused,
        Failed::Unbelievable,
        Failed::Unavailable,
    ];

    fn of(error: &openid::Error) -> Self {
        match error {
            openid::Error::Unreachable(_) => Failed::Unreachable,
            openid::Error::Busy => Failed::Busy,
            openid::Error::NotBegun => Failed::NotBegun,
            openid::Error::Refused(_) => Failed::Refused,
            openid::Error::Unbelievable(_) => Failed::Unbelievable,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Failed::Unreachable => "unreachable",
            Failed::Busy => "busy",
            Failed::NotBegun => "not-begun",
            Failed::Refused => "refused",
            Failed::Unbelievable => "unbelievable",
            Failed::Unavailable => "unavailable",
            Failed::Turned(why) => why.word(),
        }
    }

    /// The one with this word.
    pub(super) fn said(word: &str) -> Option<Self> {
        let all = Failed::OWN.into_iter().chain(TurnedAway::ALL.map(Failed::Turned));
        all.into_iter().find(|failed| failed.word() == word)
    }

    /// For the person who must act. `provider` is what people call it.
    pub(super) fn sentence(self, provider: &str) -> String {
        match self {
            Failed::Unreachable => {
                format!("{provider} does not answer now. Try again, or sign in another way.")
            }
            Failed::Busy => "Too many sign in at once. Try again in some seconds.".into(),
            Failed::NotBegun => {
                "This sign-in was begun elsewhere, or too long ago. Begin it here again.".into()
            }
            Failed::Refused => format!("{provider} did not let you in. Try again, or ask who manages it."),
            Failed::Unbelievable => {
                format!(
                    "What {provider} says can't be believed; the server's log says why. Tell who manages it."
                )
            }
            Failed::Unavailable => {
                "The server can't do this at the moment. Try again in some seconds.".into()
            }
            Failed::Turned(why) => why.to_string(),
        }
    }
}

async fn enter(
    app: &App,
    provider: &Provider,
    flow: Option<Flow>,
    answer: Answer,
    visitor: &Visitor,
) -> Result<SignedIn, Failed> {
    // Each of them asks the provider something: who fails too often waits.
    if app.sign_ins.must_wait(visitor.address, Instant::now()).is_some() {
        return Err(Failed::Busy);
    }
    let told = match flow {
        Some(flow) => provider.finish(&flow, answer).await,
        None => Err(openid::Error::NotBegun),
    };
    let told = told.map_err(|error| {
        tracing::warn!(%error, "a sign-in at the provider failed");
        // What takes nobody at the provider to try.
        if matches!(error, openid::Error::NotBegun | openid::Error::Refused(_)) {
            app.sign_ins.failed(visitor.address, Instant::now());
        }
        app.control.sign_in_failed(None, visitor.address);
        Failed::of(&error)
    })?;
    let signed_in = app.control.sign_in_vouched(&vouched(told), visitor).await;
    signed_in.map_err(|error| match error {
        Error::TurnedAway(why) => Failed::Turned(why),
        error => {
            tracing::error!(%error, "a sign-in at the provider could not be kept");
            Failed::Unavailable
        }
    })
}

fn vouched(claims: Claims) -> Vouched {
    let Claims { issuer, subject, name, email, groups } = claims;
    Vouched { issuer, subject, name, email, groups }
}

fn there(app: &App) -> Result<&Provider, Problems> {
    app.provider.as_ref().ok_or_else(|| Problems::not_found("This server relies on no provider."))
}

/// Only a path of this page: nobody is led elsewhere after signing in. Backslashes are slashes to browsers.
fn is_own(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.contains(char::is_control)
}

fn sign_in_page(failed: &str, back: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("failed", failed);
    if let Some(back) = back {
        query.append_pair("return", back);
    }
    format!("/sign-in?{}", query.finish())
}

fn see_other(to: &str) -> Result<Response, Problems> {
    let to = HeaderValue::from_str(to).map_err(|_| Problems::internal())?;
    let headers = [(header::LOCATION, to), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

fn set_flow(app: &App, response: &mut Response, value: &str, seconds: u64) {
    let (name, secure) = if app.is_encrypted() { (SECURE_COOKIE, "; Secure") } else { (COOKIE, "") };
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// The sign-in that this browser began, and where it leads.
fn flow_of(app: &App, headers: &HeaderMap) -> (Option<Flow>, Option<String>) {
    let held = auth::cookie(headers, if app.is_encrypted() { SECURE_COOKIE } else { COOKIE });
    let Some((secret, back)) = held.and_then(|held| held.split_once('.')) else { return (None, None) };
    let back = URL_SAFE_NO_PAD.decode(back).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    (Some(Flow::of(secret)), back.filter(|path| is_own(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_page_are_led_to() {
        for own in ["/", "/p/shop/production?at=3", "/a//b"] {
            assert!(is_own(own), "{own}");
        }
        for other in ["", "//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\nb"] {
            assert!(!is_own(other), "{other:?}");
        }
    }

    #[test]
    fn every_failure_has_a_word_of_its_own() {
        for failed in Failed::OWN.into_iter().chain(TurnedAway::ALL.map(Failed::Turned)) {
            assert_eq!(Failed::said(failed.word()), Some(failed));
            assert!(failed.sentence("Keycloak").ends_with('.'));
        }
        assert_eq!(Failed::said("other"), None);
    }
}
