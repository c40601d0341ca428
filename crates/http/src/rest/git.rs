//! A project's Git repository.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use switchyard_control::{GitSettings, GitStatuses, GitView};
use switchyard_model::access::Role;
use utoipa::ToSchema;

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::Segments;
use crate::problem::Problems;

/// Which repository, and what is done with it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GitBody {
    /// `https://…` or `ssh://…`, without a password: Git on the server finds it as it does for people.
    url: String,
    /// The branch to which every revision is written as a commit.
    mirror: Option<String>,
    /// The branch whose commits become changes, and against which drift is told. It may be the mirror.
    follow: Option<String>,
    /// Branches whose names begin so become changes too.
    proposals: Option<String>,
    /// As what changes are made where nobody here is known to have written them; `developer` where absent.
    #[serde(default = "developer")]
    #[schema(value_type = Option<schema::Role>)]
    role: Role,
    /// Whether a commit is its author's by the address that it names, which whoever may push can choose.
    #[serde(default)]
    believe_authors: bool,
    /// Whether changes are applied as soon as nothing is missing.
    #[serde(default)]
    apply: bool,
    /// Where commit statuses are told, beside notes.
    #[schema(value_type = Option<schema::git::GitStatuses>)]
    statuses: Option<GitStatuses>,
    /// 5 to 3,600; 30 where absent.
    #[serde(default = "half_a_minute")]
    every_seconds: u32,
}

fn developer() -> Role {
    Role::Developer
}

fn half_a_minute() -> u32 {
    30
}

/// The project's Git repository, what was seen there, and where Git and the project differ.
#[utoipa::path(
    get,
    path = "/git",
    tag = "git",
    params(("project" = String, Path)),
    responses((status = 200, body = schema::git::GitView)),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
) -> Result<Json<GitView>, Problems> {
    Ok(Json(app.control.git(&caller.0, &project).await?))
}

/// Makes this the project's repository.
#[utoipa::path(
    put,
    path = "/git",
    tag = "git",
    params(("project" = String, Path)),
    request_body = GitBody,
    responses((status = 200, body = schema::git::GitView)),
)]
pub(super) async fn put(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Shaped(body): Shaped<GitBody>,
) -> Result<Json<GitView>, Problems> {
    let settings = GitSettings {
        url: body.url,
        mirror: body.mirror,
        follow: body.follow,
        proposals: body.proposals,
        role: body.role,
        believe_authors: body.believe_authors,
        apply: body.apply,
        statuses: body.statuses,
        every_seconds: body.every_seconds,
    };
    Ok(Json(app.control.set_git(&caller.0, &project, settings).await?))
}

/// Leaves the repository alone. What was written there and taken from there stays.
#[utoipa::path(
    delete,
    path = "/git",
    tag = "git",
    params(("project" = String, Path)),
    responses((status = 204)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
) -> Result<StatusCode, Problems> {
    app.control.remove_git(&caller.0, &project).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Looks at the repository now, and answers when that is done.
#[utoipa::path(
    post,
    path = "/git/sync",
    tag = "git",
    params(("project" = String, Path)),
    responses((status = 200, body = schema::git::GitView)),
)]
pub(super) async fn sync(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
) -> Result<Json<GitView>, Problems> {
    Ok(Json(app.control.git_sync(&caller.0, &project).await?))
}
