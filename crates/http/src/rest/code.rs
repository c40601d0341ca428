//! Where source code names flags.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_control::CodeFound;
use switchyard_store::CodeReference;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::{Params, Segments};
use crate::problem::Problems;

/// What was found in a repository.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CodeBody {
    branch: Option<String>,
    /// Git's id of a commit.
    commit: Option<String>,
    /// A link to a line, with `{commit}`, `{path}` and `{line}` in it.
    link: Option<String>,
    /// How many files were looked through.
    searched: u64,
    /// At most 20,000.
    references: Vec<CodeLine>,
}

/// A line of code that names a flag.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CodeLine {
    flag: String,
    /// From the repository's root.
    path: String,
    /// Counted from 1.
    line: u32,
    text: Option<String>,
    /// What stands there in place of the key.
    alias: Option<String>,
}

/// What is known of the project's code.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodeReferences {
    repositories: Vec<Repository>,
    /// Where the flag that was asked for is named; at most 500.
    references: Vec<Reference>,
    /// The flags that no repository names; none where nobody looked.
    unreferenced: Vec<String>,
}

/// A repository that somebody looked through.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Repository {
    name: String,
    branch: String,
    commit: String,
    /// Files looked through.
    searched: u64,
    /// Lines that name a flag.
    references: u64,
    uploaded_at: Timestamp,
    uploaded_by: String,
}

/// A line of code that names a flag.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference {
    repository: String,
    path: String,
    line: u32,
    text: String,
    /// What stands there in place of the key.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(value_type = Option<String>)]
    alias: String,
    /// Where it can be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CodeParams {
    /// Tells where this flag is named.
    flag: Option<String>,
}

/// The repositories that were looked through, and where a flag is named.
#[utoipa::path(
    get,
    path = "/code-references",
    tag = "flags",
    params(("project" = String, Path), CodeParams),
    responses((status = 200, body = CodeReferences)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Params(params): Params<CodeParams>,
) -> Result<Json<CodeReferences>, Problems> {
    let code = app.control.code(&caller.0, &project, params.flag.as_deref()).await?;
    let link = |reference: &CodeReference| {
        let (repository, _) = code.repositories.iter().find(|(r, _)| r.name == reference.repository)?;
        let path: Vec<_> = reference.path.split('/').map(escaped).collect();
        let link = repository.link.replace("{commit}", &escaped(&repository.commit));
        let link = link.replace("{path}", &path.join("/")).replace("{line}", &reference.line.to_string());
        Some(link).filter(|link| !link.is_empty())
    };
    let references = code.references.iter().map(|reference| Reference {
        link: link(reference),
        repository: reference.repository.clone(),
        path: reference.path.clone(),
        line: reference.line,
        text: reference.text.clone(),
        alias: reference.alias.clone(),
    });
    let references = references.collect();
    let repositories = code.repositories.into_iter().map(|(repository, references)| Repository {
        name: repository.name,
        branch: repository.branch,
        commit: repository.commit,
        searched: repository.searched,
        references,
        uploaded_at: repository.uploaded_at,
        uploaded_by: repository.uploaded_by,
    });
    let unreferenced = code.unreferenced;
    Ok(Json(CodeReferences { repositories: repositories.collect(), references, unreferenced }))
}

/// A part of a path as it stands in a link.
fn escaped(part: &str) -> String {
    form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Keeps what was found in a repository, in place of what was found there before.
#[utoipa::path(
    put,
    path = "/code-references/{repository}",
    tag = "flags",
    params(("project" = String, Path), ("repository" = String, Path)),
    request_body = CodeBody,
    responses((status = 204)),
)]
pub(super) async fn put(
    State(app): State<App>,
    caller: Caller,
    Segments((project, repository)): Segments<(String, String)>,
    Shaped(body): Shaped<CodeBody>,
) -> Result<StatusCode, Problems> {
    let references = body.references.into_iter().map(|line| CodeReference {
        repository: repository.clone(),
        flag: line.flag,
        path: line.path,
        line: line.line,
        text: line.text.unwrap_or_default(),
        alias: line.alias.unwrap_or_default(),
    });
    let found = CodeFound {
        branch: body.branch.unwrap_or_default(),
        commit: body.commit.unwrap_or_default(),
        link: body.link.unwrap_or_default(),
        searched: body.searched,
        references: references.collect(),
    };
    app.control.put_code(&caller.0, &project, &repository, found).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a repository away with what was found in it.
#[utoipa::path(
    delete,
    path = "/code-references/{repository}",
    tag = "flags",
    params(("project" = String, Path), ("repository" = String, Path)),
    responses((status = 204)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments((project, repository)): Segments<(String, String)>,
) -> Result<StatusCode, Problems> {
    app.control.remove_code(&caller.0, &project, &repository).await?;
    Ok(StatusCode::NO_CONTENT)
}
