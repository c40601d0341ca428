//! Proposing and applying.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use switchyard_control::{Apply, ChangeQuery, ChangeView, Check, Proposal, RevisionView};
use switchyard_model::ChangeState;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::reviews::BreakGlass;
use super::schema;
use crate::app::App;
use crate::body::{Optional, Shaped};
use crate::extract::{Params, Segments};
use crate::paging::{self, Page};
use crate::problem::Problems;
use crate::{etag, shape};

/// What a change should be.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ProposalBody {
    /// What it does, in a few words; made from the edits where absent.
    title: Option<String>,
    /// Why.
    reason: Option<String>,
    /// What it does, in order.
    #[schema(value_type = Vec<schema::Edit>)]
    edits: Value,
    /// Where to read more: https URLs. Those it has stay where absent.
    links: Option<Vec<String>>,
    /// The changes that are applied before it: it is tried on top of what they do. Those it has stay where absent.
    after: Option<Vec<u64>>,
}

/// Edits to try.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CheckBody {
    /// What the change will be called: guardrails may ask for it.
    title: Option<String>,
    /// Why: guardrails may ask for it.
    reason: Option<String>,
    #[schema(value_type = Vec<schema::Edit>)]
    edits: Value,
    /// Changes on top of which they are tried.
    after: Option<Vec<u64>>,
}

/// How a change is applied.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ApplyBody {
    /// In place of the change's own.
    title: Option<String>,
    /// In place of the change's own.
    reason: Option<String>,
    /// Refuses where the head is another one by now.
    expected_head: Option<u64>,
    /// Applies it without the approvals that are missing, for who may; it is recorded, and to be reviewed
    /// afterwards.
    break_glass: Option<BreakGlass>,
}

/// Whom changes wait for.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Awaiting {
    Me,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Only in this state.
    #[param(value_type = Option<schema::views::ChangeState>)]
    state: Option<ChangeState>,
    /// Only this author's: a member's id, or `me`.
    author: Option<String>,
    /// `me`: only those in review that wait for the caller's verdict.
    #[param(inline)]
    awaiting: Option<Awaiting>,
    cursor: Option<String>,
    /// 1 to 500.
    limit: Option<u32>,
}

/// Changes, newest first.
#[utoipa::path(
    get,
    path = "/changes",
    tag = "changes",
    params(("project" = String, Path), ListParams),
    responses((status = 200, body = Page<schema::views::ChangeView>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Params(params): Params<ListParams>,
) -> Result<Json<Page<ChangeView>>, Problems> {
    let head = caller.project(&app, &project)?.revision;
    let limit = paging::limit(params.limit)?;
    let before = params
        .cursor
        .map(|cursor| paging::decode(&cursor)?.parse().map_err(|_| paging::bad_cursor()))
        .transpose()?;
    let author = params.author.map(|author| if author == "me" { caller.0.id.clone() } else { author });
    let query = ChangeQuery { before, limit: limit as u32 + 1, state: params.state, author, after: None };
    let mut found = match params.awaiting {
        Some(Awaiting::Me) => app.control.changes_awaiting(&caller.0, &project, query).await?,
        None => app.control.changes(&caller.0, &project, query).await?,
    };
    let more = found.items.len() > limit;
    found.items.truncate(limit);
    let next =
        more.then(|| found.items.last().map(|last| paging::encode(&last.number.to_string()))).flatten();
    Ok(Json(Page { items: found.items, total: found.total, next, revision: head }))
}

/// Proposes a change: a draft.
#[utoipa::path(
    post,
    path = "/changes",
    tag = "changes",
    params(("project" = String, Path)),
    request_body = ProposalBody,
    responses((status = 201, body = schema::views::ChangeView)),
)]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Shaped(body): Shaped<ProposalBody>,
) -> Result<Response, Problems> {
    let change = app.control.create_change(&caller.0, &project, proposal(body)?).await?;
    Ok(answer(StatusCode::CREATED, change))
}

/// Tries edits on the head; nothing is kept.
#[utoipa::path(
    post,
    path = "/changes/check",
    tag = "changes",
    params(("project" = String, Path)),
    request_body = CheckBody,
    responses((status = 200, body = schema::views::Check)),
)]
pub(super) async fn check(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Shaped(body): Shaped<CheckBody>,
) -> Result<Json<Check>, Problems> {
    let CheckBody { title, reason, edits, after } = body;
    let proposal = proposal(ProposalBody { title, reason, edits, after, links: None })?;
    Ok(Json(app.control.check(&caller.0, &project, proposal).await?))
}

/// A change, tried anew on the head.
#[utoipa::path(
    get,
    path = "/changes/{number}",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path)),
    responses((status = 200, body = schema::views::ChangeView)),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
) -> Result<Response, Problems> {
    let change = app.control.change(&caller.0, &project, number).await?;
    Ok(answer(StatusCode::OK, change))
}

/// Makes an open change be this. Approvals of it are void where it does something else then. `If-Match: "v<version>"` says which version it replaces.
#[utoipa::path(
    put,
    path = "/changes/{number}",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path), ("If-Match" = String, Header)),
    request_body = ProposalBody,
    responses((status = 200, body = schema::views::ChangeView), (status = 412, description = "It is at another version"), (status = 428, description = "Without `If-Match`")),
)]
pub(super) async fn put(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
    headers: HeaderMap,
    Shaped(body): Shaped<ProposalBody>,
) -> Result<Response, Problems> {
    let version = etag::required_version(&headers)?;
    let change = app.control.update_change(&caller.0, &project, number, version, proposal(body)?).await?;
    Ok(answer(StatusCode::OK, change))
}

/// Gives an open change up.
#[utoipa::path(
    delete,
    path = "/changes/{number}",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path)),
    responses((status = 204)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
) -> Result<StatusCode, Problems> {
    app.control.discard_change(&caller.0, &project, number).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Applies a change: all of it, or nothing. Where approvals are missing, 409 says which and who can give them.
#[utoipa::path(
    post,
    path = "/changes/{number}/apply",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path)),
    request_body = ApplyBody,
    responses(
        (status = 200, body = schema::views::RevisionView),
        (status = 409, description = "Approvals are missing, or it no longer fits"),
    ),
)]
pub(super) async fn apply(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
    Optional(body): Optional<ApplyBody>,
) -> Result<Json<RevisionView>, Problems> {
    let how = Apply {
        title: body.title,
        reason: body.reason,
        expected_head: body.expected_head,
        break_glass: body.break_glass.map(|glass| glass.reason),
    };
    Ok(Json(app.control.apply_change(&caller.0, &project, number, how).await?))
}

fn proposal(body: ProposalBody) -> Result<Proposal, Problems> {
    let edits = shape::edits(body.edits, "edits").map_err(Problems::invalid)?;
    let (title, reason) = (body.title.unwrap_or_default(), body.reason.unwrap_or_default());
    Ok(Proposal { title, reason, edits, links: body.links, after: body.after })
}

pub(super) fn answer(status: StatusCode, change: ChangeView) -> Response {
    let version = format!("\"v{}\"", change.version);
    let mut response = (status, Json(change)).into_response();
    etag::set(&mut response, &version);
    response
}
