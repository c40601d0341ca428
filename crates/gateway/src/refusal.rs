//! Why the gateway answers itself, and how it says so (RFC 9457).

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};

use crate::download::Download;
use crate::headers::REQUEST_ID_HEADER;

/// Why a request gets no answer from an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is no request that could be passed on.
    Bad(&'static str),
    UriTooLong,
    Method,
    Expectation,
    /// This node's listener is not in the snapshot.
    NoListener,
    NoRoute,
    /// The route's flag serves nobody.
    NoArm,
    /// No endpoint of the arm, and of those it falls back to, can be reached.
    Unreachable,
    /// The upstream was connected and did not answer.
    Broken,
    /// The upstream took longer than the route allows.
    Late,
    /// The client's body paused for too long.
    SlowBody,
    /// The client's body broke off.
    BrokenBody,
}

impl Refusal {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Refusal::Bad(_) | Refusal::BrokenBody => StatusCode::BAD_REQUEST,
            Refusal::UriTooLong => StatusCode::URI_TOO_LONG,
            Refusal::Method => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::Expectation => StatusCode::EXPECTATION_FAILED,
            Refusal::NoListener | Refusal::NoRoute => StatusCode::NOT_FOUND,
            Refusal::NoArm | Refusal::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Broken => StatusCode::BAD_GATEWAY,
            Refusal::Late => StatusCode::GATEWAY_TIMEOUT,
            Refusal::SlowBody => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// For the client and for the log; says nothing of what is behind the gateway.
    pub(crate) fn detail(self) -> &'static str {
        match self {
            Refusal::Bad(detail) => detail,
            Refusal::UriTooLong => "The path and query are too long.",
            Refusal::Method => "CONNECT and TRACE are not served.",
            Refusal::Expectation => "The only expectation that is met is 100-continue.",
            Refusal::NoListener => "This gateway's listener is not configured.",
            Refusal::NoRoute => "No route takes this request.",
            Refusal::NoArm => "The route's flag serves no variation.",
            Refusal::Unreachable => "No endpoint of the service can be reached.",
            Refusal::Broken => "The service broke the connection or sent no valid answer.",
            Refusal::Late => "The service did not answer in time.",
            Refusal::SlowBody => "The request's body paused for too long.",
            Refusal::BrokenBody => "The request's body broke off or is malformed.",
        }
    }

    pub(crate) fn response(self, id: &HeaderValue) -> Response<Download> {
        let status = self.status();
        let problem = serde_json::json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "detail": self.detail(),
            "instance": id.to_str().unwrap_or_default(),
        });
        let mut response = Response::new(Download::own(problem.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(REQUEST_ID_HEADER, id.clone());
        if self == Refusal::Method {
            let allowed = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
            headers.insert(ALLOW, allowed);
        }
        response
    }
}
