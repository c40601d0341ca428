//! The audit log.

use std::collections::VecDeque;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_control::{AuditQuery, AuditRow, AuditView, Broken, Error, Principal, Verified};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::extract::{Params, Segments};
use crate::paging;
use crate::problem::Problems;

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Only those before this one.
    before: Option<u64>,
    /// 1 to 500.
    limit: Option<u32>,
    /// Only this principal's: a member's, token's or key's id, or `stranger`.
    who: Option<String>,
    /// Only what begins with this: `member.`, `revision.apply`.
    what: Option<String>,
    /// Only what was done to this or to something in it: `shop`, `shop/r12`, a member's id.
    target: Option<String>,
    /// Only what has personal data of this member beside it: what erasing it would take away.
    about: Option<String>,
    /// Not before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Words, each in the target or the detail.
    q: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct VerifyParams {
    /// A hash that was noted elsewhere: it must be there.
    head: Option<String>,
}

/// A part of the log.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditPage {
    #[schema(value_type = Vec<schema::audit::AuditLine>)]
    items: Vec<AuditView>,
    /// How many there are in all.
    total: u64,
    /// Send as `before` for what follows; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Whether the log is what was written.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Verification {
    ok: bool,
    /// What is wrong, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Json>)]
    broken: Option<Broken>,
    /// How much of it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::audit::Verified>)]
    verified: Option<Verified>,
}

/// What was done, newest first. `next` says that there is more.
#[utoipa::path(
    get,
    path = "/audit",
    tag = "audit",
    params(ListParams),
    responses((status = 200, body = AuditPage)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<ListParams>,
) -> Result<Json<AuditPage>, Problems> {
    let limit = paging::limit(params.limit)?;
    let query = AuditQuery {
        before: params.before,
        limit: limit as u32 + 1,
        who: params.who,
        what: params.what,
        target: params.target,
        about: params.about,
        from: params.from,
        until: params.until,
        words: params.q.iter().flat_map(|q| q.split_whitespace()).map(str::to_owned).collect(),
    };
    let mut found = app.control.audit(&caller.0, &query).await?;
    let more = found.items.len() > limit;
    found.items.truncate(limit);
    let next = more.then(|| found.items.last().map(|last| last.seq.to_string())).flatten();
    Ok(Json(AuditPage { items: found.items, total: found.total, next }))
}

/// The whole log as JSON lines, oldest first, as `switchyard audit verify` takes them.
#[utoipa::path(
    get,
    path = "/audit/export",
    tag = "audit",
    responses((status = 200, description = "JSON lines", content_type = "application/x-ndjson", body = String)),
)]
pub(super) async fn export(State(app): State<App>, caller: Caller) -> Result<Response, Problems> {
    let rows = app.control.audit_after(&caller.0, 0).await?;
    let export = Export { app, principal: caller.0, last: 0, rows: rows.into() };
    let body = stream::unfold(export, async |mut export| {
        let piece = export.next().await?;
        Some((piece, export))
    });
    let mut response = Body::from_stream(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"audit.jsonl\""),
    );
    Ok(response)
}

/// The log, read while it is sent: never the whole of it in memory.
struct Export {
    app: App,
    principal: Principal,
    last: u64,
    rows: VecDeque<AuditRow>,
}

impl Export {
    /// Some lines; an error cuts the answer off, so that half a log does not look like a whole one.
    async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        if self.rows.is_empty() {
            return None;
        }
        let mut lines = vec![];
        for row in std::mem::take(&mut self.rows) {
            self.last = row.seq;
            if serde_json::to_writer(&mut lines, &row).is_err() {
                return Some(Err(Error::Unavailable));
            }
            lines.push(b'\n');
        }
        match self.app.control.audit_after(&self.principal, self.last).await {
            Ok(rows) => self.rows = rows.into(),
            Err(error) => return Some(Err(error)),
        }
        Some(Ok(lines.into()))
    }
}

/// Reads the whole log and holds the history against it.
#[utoipa::path(
    get,
    path = "/audit/verify",
    tag = "audit",
    params(VerifyParams),
    responses((status = 200, body = Verification)),
)]
pub(super) async fn verify(
    State(app): State<App>,
    caller: Caller,
    Params(params): Params<VerifyParams>,
) -> Result<Json<Verification>, Problems> {
    Ok(Json(match app.control.verify_audit(&caller.0, params.head.as_deref()).await? {
        Ok(verified) => Verification { ok: true, problem: None, broken: None, verified: Some(verified) },
        Err(broken) => Verification {
            ok: false,
            problem: Some(broken.to_string()),
            broken: Some(broken),
            verified: None,
        },
    }))
}

/// Erases a member's personal data: name, e-mail, and what the log has beside its lines. What they did stays.
#[utoipa::path(
    delete,
    path = "/members/{id}/personal-data",
    tag = "audit",
    params(("id" = String, Path)),
    responses((status = 204)),
)]
pub(super) async fn erase(
    State(app): State<App>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> Result<StatusCode, Problems> {
    app.control.erase_member(&caller.0, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
