//! The history, and going back in it.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use switchyard_control::{Outcome, Query, RestoreScope, RevisionView};
use switchyard_model::{Kind, Problem};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::reviews::{self, BreakGlass};
use super::schema;
use crate::app::App;
use crate::body::Optional;
use crate::etag;
use crate::extract::{Params, Segments};
use crate::paging::{self, Page};
use crate::problem::Problems;

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Only those with a lower number.
    before: Option<u64>,
    /// 1 to 500.
    limit: Option<u32>,
    /// Only those that touch this environment, or the project.
    environment: Option<String>,
    /// Only those that touch a resource of this kind.
    kind: Option<String>,
    /// Only those that touch a resource with this key.
    key: Option<String>,
    /// Only this author's.
    author: Option<String>,
    /// Words, each in the title, the reason or a touched resource's key.
    q: Option<String>,
}

/// How a revision is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RevertBody {
    /// Why.
    #[serde(default)]
    reason: String,
    /// Only says what it would do.
    #[serde(default)]
    dry_run: bool,
    /// Goes on without the approvals that are missing, for who may; it is recorded, and to be reviewed
    /// afterwards.
    break_glass: Option<BreakGlass>,
}

/// How a scope is made what it was.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RestoreBody {
    /// Why.
    #[serde(default)]
    reason: String,
    /// The environment; the whole project where absent.
    environment: Option<String>,
    /// Only says what it would do.
    #[serde(default)]
    dry_run: bool,
    /// Goes on without the approvals that are missing, for who may; it is recorded, and to be reviewed
    /// afterwards.
    break_glass: Option<BreakGlass>,
}

/// Revisions, newest first. `next` says that there are older ones: send the last number as `before`.
#[utoipa::path(
    get,
    path = "/revisions",
    tag = "history",
    params(("project" = String, Path), ListParams),
    responses((status = 200, body = Page<schema::views::RevisionView>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Params(params): Params<ListParams>,
) -> Result<Json<Page<RevisionView>>, Problems> {
    let head = caller.project(&app, &project)?.revision;
    let limit = paging::limit(params.limit)?;
    let kind: Option<Kind> = params
        .kind
        .map(|word| word.parse())
        .transpose()
        .map_err(|reason: String| Problems::bad_request(Problem::new("query.kind", reason)))?;
    let query = Query {
        before: params.before,
        limit: limit as u32 + 1,
        environment: params.environment,
        kind,
        key: params.key,
        author: params.author,
        words: params.q.iter().flat_map(|q| q.split_whitespace()).map(str::to_owned).collect(),
    };
    let mut found = app.control.history(&caller.0, &project, query).await?;
    let more = found.items.len() > limit;
    found.items.truncate(limit);
    let next = more.then(|| found.items.last().map(|last| last.number.to_string())).flatten();
    Ok(Json(Page { items: found.items, total: found.total, next, revision: head }))
}

/// A revision, with its edits in words.
#[utoipa::path(
    get,
    path = "/revisions/{number}",
    tag = "history",
    params(("project" = String, Path), ("number" = u64, Path)),
    responses((status = 200, body = schema::views::RevisionView)),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
    headers: HeaderMap,
) -> Result<Response, Problems> {
    let revision = app.control.revision(&caller.0, &project, number).await?;
    Ok(etag::live_json(&headers, &revision))
}

/// Takes a revision back: its inverse on top of now, merged by field. 409 names what later revisions touched.
/// Where approvals are missing it becomes a change in review: 202.
#[utoipa::path(
    post,
    path = "/revisions/{number}/revert",
    tag = "history",
    params(("project" = String, Path), ("number" = u64, Path)),
    request_body = RevertBody,
    responses(
        (status = 200, body = schema::views::Outcome),
        (status = 202, description = "It waits for approvals", body = schema::views::ChangeView),
    ),
)]
pub(super) async fn revert(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
    Optional(body): Optional<RevertBody>,
) -> Result<Response, Problems> {
    let mode = reviews::mode(body.dry_run, body.break_glass);
    Ok(outcome(app.control.revert(&caller.0, &project, number, &body.reason, mode).await?))
}

/// Makes an environment, or the project, what it was at a revision, whatever came since. Where approvals are
/// missing it becomes a change in review: 202.
#[utoipa::path(
    post,
    path = "/revisions/{number}/restore",
    tag = "history",
    params(("project" = String, Path), ("number" = u64, Path)),
    request_body = RestoreBody,
    responses(
        (status = 200, body = schema::views::Outcome),
        (status = 202, description = "It waits for approvals", body = schema::views::ChangeView),
    ),
)]
pub(super) async fn restore(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
    Optional(body): Optional<RestoreBody>,
) -> Result<Response, Problems> {
    let scope = match body.environment {
        Some(environment) => RestoreScope::Environment(environment.into()),
        None => RestoreScope::Project,
    };
    let mode = reviews::mode(body.dry_run, body.break_glass);
    Ok(outcome(app.control.restore(&caller.0, &project, number, scope, &body.reason, mode).await?))
}

/// What a write came to: a change that waits for approvals is accepted, and not done.
pub(super) fn outcome(outcome: Outcome) -> Response {
    let status = match outcome {
        Outcome::Proposed(_) => StatusCode::ACCEPTED,
        Outcome::Applied(_) | Outcome::Checked(_) => StatusCode::OK,
    };
    (status, Json(outcome)).into_response()
}
