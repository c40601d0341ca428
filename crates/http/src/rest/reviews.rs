//! Reviewing: sending for review, verdicts, comments.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use switchyard_control::{CommentView, Judgement, Mode, Submission};
use switchyard_model::Verdict;
use utoipa::ToSchema;

use super::auth::Caller;
use super::changes::answer;
use super::schema;
use crate::app::App;
use crate::body::{Optional, Shaped};
use crate::extract::Segments;
use crate::problem::Problems;

/// How a draft is sent for review. Absent words stay.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SubmitBody {
    /// What it does, in a few words; made from the edits where it has none.
    title: Option<String>,
    /// Why. Reviewers read it first; a change without one is not sent.
    reason: Option<String>,
    /// Members who are asked to review it, by id.
    #[serde(default)]
    reviewers: Vec<String>,
}

/// A verdict.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReviewBody {
    #[schema(value_type = schema::review::Verdict)]
    verdict: Verdict,
    /// Why.
    #[serde(default)]
    note: String,
    /// The change's `difference` that was looked at; absent to reject one that does not fit.
    difference: Option<String>,
}

/// Something to say.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CommentBody {
    /// `@` and a member's id or a team's key mentions them.
    text: String,
    /// The edit it is about, by its position in the check; the whole change where absent.
    edit: Option<u32>,
}

/// Why missing approvals are not waited for.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BreakGlass {
    /// Read by who reviews it afterwards.
    pub(super) reason: String,
}

/// How far a write goes.
pub(super) fn mode(dry_run: bool, break_glass: Option<BreakGlass>) -> Mode {
    match (dry_run, break_glass) {
        (true, _) => Mode::DryRun,
        (false, Some(glass)) => Mode::BreakGlass(glass.reason),
        (false, None) => Mode::Write,
    }
}

/// Sends a draft for review.
#[utoipa::path(
    post,
    path = "/changes/{number}/submit",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path)),
    request_body = SubmitBody,
    responses((status = 200, body = schema::views::ChangeView)),
)]
pub(super) async fn submit(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
    Optional(body): Optional<SubmitBody>,
) -> Result<Response, Problems> {
    let submission = Submission { title: body.title, reason: body.reason, reviewers: body.reviewers };
    let change = app.control.submit_change(&caller.0, &project, number, submission).await?;
    Ok(answer(StatusCode::OK, change))
}

/// Makes a change in review a draft again. What was said of it stays.
#[utoipa::path(
    post,
    path = "/changes/{number}/withdraw",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path)),
    responses((status = 200, body = schema::views::ChangeView)),
)]
pub(super) async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
) -> Result<Response, Problems> {
    let change = app.control.withdraw_change(&caller.0, &project, number).await?;
    Ok(answer(StatusCode::OK, change))
}

/// Approves or rejects a change in review, or one that was applied by breaking glass. The newest verdict of
/// each person counts; an approval only while the change makes the difference that it names.
#[utoipa::path(
    post,
    path = "/changes/{number}/reviews",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path)),
    request_body = ReviewBody,
    responses(
        (status = 200, body = schema::views::ChangeView),
        (status = 403, description = "It is the caller's own, or they may not edit such resources"),
        (status = 409, description = "It does something else by now, or is not in review"),
    ),
)]
pub(super) async fn review(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
    Shaped(body): Shaped<ReviewBody>,
) -> Result<Response, Problems> {
    let judgement = Judgement { verdict: body.verdict, note: body.note, difference: body.difference };
    let change = app.control.review_change(&caller.0, &project, number, judgement).await?;
    Ok(answer(StatusCode::OK, change))
}

/// What was said about a change, oldest first.
#[utoipa::path(
    get,
    path = "/changes/{number}/comments",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path)),
    responses((status = 200, body = Vec<schema::review::Comment>)),
)]
pub(super) async fn comments(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
) -> Result<Json<Vec<CommentView>>, Problems> {
    Ok(Json(app.control.comments(&caller.0, &project, number).await?))
}

/// Says something about a change, or about one of its edits.
#[utoipa::path(
    post,
    path = "/changes/{number}/comments",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path)),
    request_body = CommentBody,
    responses((status = 201, body = schema::review::Comment)),
)]
pub(super) async fn comment(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
    Shaped(body): Shaped<CommentBody>,
) -> Result<(StatusCode, Json<CommentView>), Problems> {
    let comment = app.control.comment(&caller.0, &project, number, &body.text, body.edit).await?;
    Ok((StatusCode::CREATED, Json(comment)))
}
