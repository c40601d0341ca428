//! A project's Git repository, and how far its branches were taken.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_model::access::Role;
use switchyard_model::ids::Key;
use switchyard_model::{Change, ResourceId};

use crate::{AuditEntry, Error};

/// A project's repository, and what is done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GitSettings {
    /// Where it is. What opens it (a key, a credential helper) is the server's own, and not in here.
    pub url: String,
    /// The branch to which every revision is written as a commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<String>,
    /// The branch whose commits become changes, and against which drift is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow: Option<String>,
    /// Branches that begin so become changes too: `proposals/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposals: Option<String>,
    /// As what its changes are made where nobody here is known to have written them.
    pub role: Role,
    /// Whether a commit is its author's by the e-mail address that it names, which whoever may push can choose.
    #[serde(default)]
    pub believe_authors: bool,
    /// Whether its changes are applied as soon as nothing is missing.
    #[serde(default)]
    pub apply: bool,
    /// Where else it is told how a commit stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statuses: Option<GitStatuses>,
    /// Every so many seconds it is looked at.
    pub every_seconds: u32,
}

/// The API of a forge (GitHub, Gitea, Forgejo) that takes commit statuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GitStatuses {
    /// As `https://api.github.com` or `https://gitea.example/api/v1`.
    pub api: String,
    /// `OWNER/REPO` there.
    pub repository: String,
    /// The name of the file on the server that has the token.
    pub token_file: String,
}

/// What was made of a branch's newest commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// The commit.
    pub commit: String,
    /// The change; absent where the commit said nothing new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<u64>,
    /// The head at that moment.
    pub head: u64,
    /// The newest commit of it before this that came to be so, and at which revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<(String, u64)>,
    /// When.
    pub at: Timestamp,
    /// What it touches.
    #[serde(default)]
    pub targets: Vec<ResourceId>,
}

/// The repositories of projects.
#[async_trait]
pub trait Git: Send + Sync {
    /// Every project that has one.
    async fn gits(&self) -> Result<Vec<(Key, GitSettings)>, Error>;

    /// A project's.
    async fn git(&self, project: &str) -> Result<Option<GitSettings>, Error>;

    /// Keeps a project's, or forgets it and all that was taken from it.
    async fn put_git(
        &self,
        project: &str,
        settings: Option<&GitSettings>,
        entry: &AuditEntry,
    ) -> Result<(), Error>;

    /// How far a branch was taken.
    async fn taken(&self, project: &str, branch: &str) -> Result<Option<Taken>, Error>;

    /// Every branch of which something was taken.
    async fn all_taken(&self, project: &str) -> Result<Vec<(String, Taken)>, Error>;

    /// Keeps how far a branch was taken, and the change that it is in one with that: a new one where
    /// `expected_version` is absent, else that one anew. Answers the change's number; the one in `taken` is not read.
    ///
    /// # Errors
    /// As [`crate::Changes::update_change`].
    async fn take(
        &self,
        project: &str,
        branch: &str,
        taken: &Taken,
        change: Option<(&Change, Option<u64>)>,
    ) -> Result<Option<u64>, Error>;

    /// Forgets a branch that is gone.
    async fn forget_taken(&self, project: &str, branch: &str) -> Result<(), Error>;

    /// The change that became a revision.
    async fn change_of(&self, project: &str, revision: u64) -> Result<Option<u64>, Error>;
}
