//! Who is asking: an API token, or the page's cookie.

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Uri, header};
use switchyard_control::{How, Principal};
use switchyard_model::State;

use crate::app::App;
use crate::extract::Visit;
use crate::problem::Problems;

/// The session's cookie.
pub(crate) const COOKIE: &str = "switchyard_session";

/// Its name where people reach the page encrypted: browsers take one so called only from this very host, and
/// never unencrypted, so that no neighbour can give somebody a session of its own.
const SECURE_COOKIE: &str = "__Host-switchyard_session";

/// Somebody who was let in. A handler without one is open to everybody.
pub(crate) struct Caller(pub(crate) Principal);

impl FromRequestParts<App> for Caller {
    type Rejection = Problems;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problems> {
        if let Some(token) = bearer(&parts.headers) {
            return Ok(Caller(app.control.authenticate_token(token).await?));
        }
        let Ok(Visit(visitor)) = Visit::from_request_parts(parts, app).await;
        let secret = session_cookie(app, &parts.headers).ok_or_else(Problems::unauthorized)?;
        let principal = app.control.authenticate_session(secret, visitor.address).await?;
        if !is_safe(&parts.method) && !is_same_origin(&parts.headers, &parts.uri) {
            return Err(Problems::cross_site());
        }
        Ok(Caller(principal))
    }
}

impl Caller {
    /// The project at its head.
    ///
    /// # Errors
    /// 404, also for a project that the caller's token does not open.
    pub(crate) fn project(&self, app: &App, project: &str) -> Result<State, Problems> {
        Ok(app.control.state(&self.0, project)?)
    }

    /// The project at its head, where it has this environment.
    ///
    /// # Errors
    /// 404.
    pub(crate) fn environment(&self, app: &App, project: &str, environment: &str) -> Result<State, Problems> {
        let state = self.project(app, project)?;
        match state.environments.iter().any(|key| **key == *environment) {
            true => Ok(state),
            false => Err(Problems::not_found("The project has no such environment.")),
        }
    }

    /// The project as it was at a revision; at its head where `at` is absent.
    ///
    /// # Errors
    /// 404, also for a revision that is not there yet.
    pub(crate) async fn project_at(
        &self,
        app: &App,
        project: &str,
        at: Option<u64>,
    ) -> Result<State, Problems> {
        match at {
            None => self.project(app, project),
            Some(revision) => Ok(app.control.state_at(&self.0, project, revision).await?),
        }
    }

    /// As [`Caller::project_at`], where the project has this environment.
    ///
    /// # Errors
    /// 404.
    pub(crate) async fn environment_at(
        &self,
        app: &App,
        project: &str,
        environment: &str,
        at: Option<u64>,
    ) -> Result<State, Problems> {
        self.environment(app, project, environment)?;
        self.project_at(app, project, at).await
    }

    /// Refuses a session: for what only programs read.
    pub(crate) fn by_token(&self) -> Result<(), Problems> {
        match self.0.how {
            How::Token => Ok(()),
            How::Session | How::Inside => Err(Problems::unauthorized()),
        }
    }
}

/// The secret in `Authorization: Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

/// The session's secret in the cookies.
pub(crate) fn session_cookie<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    cookie(headers, if app.is_encrypted() { SECURE_COOKIE } else { COOKIE })
}

/// Gives the browser its session's secret for so many seconds; 0 takes it away.
pub(crate) fn set_cookie(app: &App, response: &mut Response, value: &str, seconds: u64) {
    let (name, secure) = if app.is_encrypted() { (SECURE_COOKIE, "; Secure") } else { (COOKIE, "") };
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(own, _)| *own == name)
        .map(|(_, value)| value)
}

/// True where a browser asks: they say from where, each in its way.
pub(crate) fn is_of_browser(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN)
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// True where the page itself asks. Browsers say so in `Sec-Fetch-Site`, older ones by `Origin`, which is
/// compared with the host asked for; a request with neither comes from no browser that we know of.
pub(crate) fn is_same_origin(headers: &HeaderMap, uri: &Uri) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).or_else(|| uri.host());
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    match (origin.and_then(|origin| origin.split_once("://")), host) {
        (Some((_, origin)), Some(host)) => origin.eq_ignore_ascii_case(host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_the_page_itself_is_of_the_same_origin() {
        let uri = Uri::from_static("/api/v1/session");
        for (pairs, same) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://a:1"), ("host", "a:1")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "http://a:1"), ("host", "a:1")], true),
            (&[("origin", "http://b:1"), ("host", "a:1")], false),
            (&[("origin", "null"), ("host", "a:1")], false),
            (&[("host", "a:1")], false),
        ] {
            assert_eq!(is_same_origin(&headers(pairs), &uri), same, "{pairs:?}");
        }
    }

    #[test]
    fn secrets_are_found_among_others() {
        let all =
            headers(&[("cookie", "a=b; switchyard_session=s3cret; c=d"), ("authorization", "bearer  t0ken")]);
        assert_eq!(cookie(&all, COOKIE), Some("s3cret"));
        assert_eq!(cookie(&all, SECURE_COOKIE), None);
        assert_eq!(bearer(&all), Some("t0ken"));
        assert_eq!(bearer(&headers(&[("authorization", "sdk-key")])), None);
    }
}
