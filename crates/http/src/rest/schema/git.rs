//! Git.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{FieldChange, Problem, ResourceId, Role, SentencePart};

/// A project's Git repository; all but `head` and `drift` is absent where it has none.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GitView {
    settings: Option<GitSettings>,
    /// Absent until it was looked at.
    seen: Option<GitSeen>,
    head: u64,
    /// What Git manages and is not as the followed branch has it.
    drift: Vec<Drift>,
}

/// Which repository, and what is done with it.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GitSettings {
    url: String,
    mirror: Option<String>,
    follow: Option<String>,
    proposals: Option<String>,
    role: Role,
    believe_authors: bool,
    apply: bool,
    statuses: Option<GitStatuses>,
    every_seconds: u32,
}

/// The API of GitHub, Gitea or Forgejo that takes commit statuses.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GitStatuses {
    /// As `https://api.github.com`.
    api: String,
    /// As `acme/shop`.
    repository: String,
    /// The name of a file in `git/secrets` of the server's data that has the token.
    token_file: String,
}

/// What was seen in the repository.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GitSeen {
    at: Timestamp,
    /// Why not all could be done.
    error: Option<String>,
    mirror: Option<MirrorSeen>,
    branches: Vec<BranchSeen>,
}

/// How far revisions are written to the mirror.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MirrorSeen {
    branch: String,
    commit: Option<String>,
    /// 0 where it has none.
    revision: u64,
    /// Why it does not go on.
    stopped: Option<String>,
}

/// How a branch's newest commit stands.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BranchSeen {
    branch: String,
    commit: String,
    title: String,
    author: String,
    state: BranchState,
    words: String,
    change: Option<u64>,
    /// By file and line.
    problems: Vec<Problem>,
}

/// How a commit stands, in a word.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum BranchState {
    Same,
    Open,
    Applied,
    Rejected,
    Refused,
}

/// A resource that Git manages and that is not as Git has it: in the difference `after` is what Git has.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Drift {
    target: ResourceId,
    title: String,
    sentence: Vec<SentencePart>,
    difference: Vec<FieldChange>,
    revision: Option<u64>,
}
