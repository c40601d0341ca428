//! What went wrong, as RFC 9457 writes it. Every refusal of `/api/v1` is made here, and here alone domain
//! errors become statuses; internal text is logged and never leaves.

use std::ops::{Deref, DerefMut};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use switchyard_control as control;
use switchyard_model::access::{Action, Role};
use switchyard_model::ids::ResourceId;
use switchyard_model::problem::Problem;
use switchyard_snapshot::sentences::Sentence;
use utoipa::ToSchema;

use crate::app::App;
use crate::rest::schema;

mod domain;

/// A refusal: RFC 9457 with what must be mended.
#[derive(Debug, Clone)]
pub(crate) struct Problems(Box<Refusal>);

/// What a refusal says.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problems)]
pub(crate) struct Refusal {
    /// Which sort of problem: a stable URN.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The sort of problem in words.
    pub(crate) title: String,
    /// The response's status.
    pub(crate) status: u16,
    /// What happened here, and what to do.
    pub(crate) detail: String,
    /// The path that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) instance: Option<String>,
    /// Every mistake of the input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<schema::Problem>)]
    pub(crate) problems: Vec<Problem>,
    /// What a revert or a draft would have overwritten.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) conflicts: Vec<Conflict>,
    /// What the guardrails say, where one of them blocks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<schema::guardrail::Verdict>)]
    pub(crate) guardrails: Vec<control::Verdict>,
    /// The permission that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) permission: Option<Permission>,
    /// The approvals that are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::review::Missing>)]
    pub(crate) missing: Option<Box<control::Missing>>,
    /// Seconds until it is worth trying again.
    #[serde(skip)]
    pub(crate) retry_after: Option<u64>,
    /// The id of who was refused, where they are known.
    #[serde(skip)]
    pub(crate) who: Option<String>,
    /// Whether the audit log has it from elsewhere.
    #[serde(skip)]
    pub(crate) counted: bool,
}

/// A field that two sides changed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Conflict {
    /// Where.
    #[schema(value_type = schema::ResourceId)]
    pub(crate) resource: ResourceId,
    /// Which field of it; empty for the whole.
    pub(crate) path: String,
    /// What both started from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = schema::Json)]
    pub(crate) base: Option<serde_json::Value>,
    /// What is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = schema::Json)]
    pub(crate) now: Option<serde_json::Value>,
    /// What should have become of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = schema::Json)]
    pub(crate) wanted: Option<serde_json::Value>,
    /// What became of the resource since, in words; for a change only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<schema::SentencePart>>)]
    pub(crate) now_sentence: Option<Sentence>,
    /// What should become of it, in words; for a change only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<schema::SentencePart>>)]
    pub(crate) wanted_sentence: Option<Sentence>,
    /// The later revision that changed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) later_revision: Option<u64>,
    /// Who made that revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) later_author: Option<String>,
}

/// What was not allowed, and who could.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Permission {
    /// What was tried.
    #[schema(value_type = schema::Action)]
    pub(crate) action: Action,
    /// The weakest role that may.
    #[schema(value_type = schema::Role)]
    pub(crate) least_role: Role,
    /// Members who can give it.
    pub(crate) granted_by: Vec<String>,
    /// What it was to be done with, and what of it would change; the project itself where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
    /// The project's own policy that forbids it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::policy::Forbidding>)]
    pub(crate) policy: Option<control::Forbidding>,
}

impl Deref for Problems {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl DerefMut for Problems {
    fn deref_mut(&mut self) -> &mut Refusal {
        &mut self.0
    }
}

impl Problems {
    fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Problems(Box::new(Refusal {
            kind: format!("urn:switchyard:problem:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            problems: vec![],
            conflicts: vec![],
            guardrails: vec![],
            permission: None,
            missing: None,
            retry_after: None,
            who: None,
            counted: false,
        }))
    }

    /// 401: nobody we know.
    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Sign in first",
            "Send `Authorization: Bearer` with an API token, or sign in on the page.",
        )
    }

    /// 401 for what does not sign in; the audit log has it from there.
    pub(crate) fn sign_in_failed(title: &str, detail: &str) -> Self {
        let mut it = Self::new(StatusCode::UNAUTHORIZED, "unauthorized", title, detail);
        it.counted = true;
        it
    }

    /// 403: whom the provider vouches for, and who does not come in.
    pub(crate) fn turned_away(why: control::TurnedAway) -> Self {
        let mut it = Self::new(StatusCode::FORBIDDEN, "turned-away", "You do not come in", why.to_string());
        it.counted = true;
        it
    }

    /// 403 for a request that another site could have caused.
    pub(crate) fn cross_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "cross-site",
            "Refused: the request comes from another site",
            "A session's cookie changes things only from the page itself. Scripts use an API token.",
        )
    }

    /// 404.
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found", what)
    }

    /// 405.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "This address does not take this method",
            "See /api/openapi.json for what it takes.",
        )
    }

    /// 400: bytes that are no JSON, a bad parameter or header.
    pub(crate) fn bad_request(problem: Problem) -> Self {
        let mut it = Self::new(
            StatusCode::BAD_REQUEST,
            "bad-request",
            "The request can't be read",
            problem.to_string(),
        );
        it.problems = vec![problem];
        it
    }

    /// 413.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The body is too large",
            format!("At most {} MB are taken; send it in parts.", limit / 1_000_000),
        )
    }

    /// 415.
    pub(crate) fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "The body must be JSON",
            "Send it with `Content-Type: application/json`.",
        )
    }

    /// 422: the input can be read and is wrong.
    pub(crate) fn invalid(problems: Vec<Problem>) -> Self {
        let detail = match problems.as_slice() {
            [] => "The input is not valid; nothing was changed.".to_owned(),
            [one] => format!("{one}. Nothing was changed."),
            many => format!("{} mistakes; nothing was changed. The first: {}.", many.len(), many[0]),
        };
        let mut it = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The input has mistakes", detail);
        it.problems = problems;
        it
    }

    /// 428.
    pub(crate) fn precondition_required() -> Self {
        Self::new(
            StatusCode::PRECONDITION_REQUIRED,
            "precondition-required",
            "Say which version you change",
            "Send `If-Match: \"v<version>\"` with the version you last read.",
        )
    }

    /// 409 or 412: what the request builds on is no longer the newest.
    pub(crate) fn stale(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new(status, "stale", "Somebody was faster", detail)
    }

    /// 409: fields that two sides changed, or something that is in the way.
    pub(crate) fn conflict(detail: impl Into<String>, conflicts: Vec<Conflict>) -> Self {
        let mut it = Self::new(StatusCode::CONFLICT, "conflict", "It no longer fits", detail);
        it.conflicts = conflicts;
        it
    }

    /// 409: approvals are missing.
    pub(crate) fn needs_approval(missing: Box<control::Missing>) -> Self {
        let detail = format!("{missing}. Nothing was changed.");
        let mut it = Self::new(StatusCode::CONFLICT, "needs-approval", "It needs approval first", detail);
        it.missing = Some(missing);
        it
    }

    /// 403: nobody reviews what they wrote.
    pub(crate) fn own_change(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "own-change", "Somebody else must do this", detail)
    }

    /// 403: whose permission it would act with has none any more.
    pub(crate) fn powerless(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "powerless", "It has no permission any more", detail)
    }

    /// 403: they may not see all that it would tell of.
    pub(crate) fn unseen(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "unseen", "You may not see all of this", detail)
    }

    /// 422: guardrails that block.
    pub(crate) fn guardrails(verdicts: Vec<control::Verdict>) -> Self {
        let blocking: Vec<_> = verdicts.iter().filter(|verdict| verdict.blocks()).collect();
        let said: Vec<_> = blocking.iter().map(ToString::to_string).collect();
        let detail = format!("Nothing was changed. {}", said.join(" "));
        let mut it =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, "guardrail", "A guardrail is in the way", detail);
        let of = |key: &str| ResourceId::project(switchyard_model::Kind::Guardrail, key);
        it.problems = blocking.iter().map(|v| Problem::new("", v.to_string()).of(&of(&v.key))).collect();
        it.guardrails = verdicts;
        it
    }

    /// 429; the client should wait so many seconds.
    pub(crate) fn too_many(seconds: u64) -> Self {
        let mut it = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many",
            "Too many tries",
            format!("Wait {seconds} seconds and try again."),
        );
        it.retry_after = Some(seconds);
        it
    }

    /// 408: the body did not come in time.
    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "too-slow",
            "Too slow",
            "The body did not come in time. Send it again.",
        )
    }

    /// 503; the reason is in the log only.
    pub(crate) fn unavailable() -> Self {
        let mut it = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Not available now",
            "The server can't do this at the moment; nothing was changed. Try again in some seconds.",
        );
        it.retry_after = Some(2);
        it
    }

    /// 503 for one of too many at once; the client should wait so many seconds.
    pub(crate) fn busy(seconds: u64) -> Self {
        let mut it = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "Too many at once",
            format!("Many streams begin at this moment. Wait {seconds} seconds and try again."),
        );
        it.retry_after = Some(seconds);
        it
    }

    /// 500 for what should never happen.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something broke here",
            "This is a fault of the server, and its log says more.",
        )
    }

    /// 403 with the permission that is missing.
    pub(crate) fn forbidden(why: &str, permission: Permission) -> Self {
        let mut it = Self::new(StatusCode::FORBIDDEN, "forbidden", "You may not do this", why);
        it.permission = Some(permission);
        it
    }
}

/// Says in each problem which path was asked for, and counts for the audit log who was refused.
pub(crate) async fn name_path(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    let mut response = next.run(request).await;
    if matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        let problem = response.extensions().get::<Problems>();
        if problem.is_none_or(|problem| !problem.counted) {
            let who = problem.and_then(|problem| problem.who.as_deref());
            app.control.refused(who, &format!("{method} {}", for_log(&path)));
        }
    }
    match response.extensions_mut().remove::<Problems>() {
        Some(mut problem) => {
            problem.instance = Some(path);
            let mut named = problem.into_response();
            // What the layers between said stays: a browser reads no refusal without CORS's headers.
            let mut headers = std::mem::take(response.headers_mut());
            headers.remove(header::CONTENT_LENGTH);
            for (name, value) in named.headers() {
                headers.insert(name, value.clone());
            }
            *named.headers_mut() = headers;
            named
        }
        None => response,
    }
}

/// A path without what only our own API is sure to keep out of it: SDKs put contexts into theirs.
fn for_log(path: &str) -> &str {
    if path.starts_with("/api/v1/") {
        return path;
    }
    path.match_indices('/').nth(2).map_or(path, |(at, _)| &path[..at])
}

impl IntoResponse for Problems {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(self);
        response
    }
}
