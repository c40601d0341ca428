//! Where source code names flags.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{AuditEntry, Error};

/// Code references, by repository: what was found the last time somebody looked.
#[async_trait]
pub trait Code: Send + Sync {
    /// Keeps a repository's references in place of its former ones, all or nothing, with its audit entry.
    async fn put_code(
        &self,
        project: &str,
        repository: &CodeRepository,
        references: &[CodeReference],
        entry: &AuditEntry,
    ) -> Result<(), Error>;

    /// Takes a repository away with its references.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn remove_code(&self, project: &str, repository: &str, entry: &AuditEntry) -> Result<(), Error>;

    /// A project's repositories by name, and how many references each has.
    async fn code_repositories(&self, project: &str) -> Result<Vec<(CodeRepository, u64)>, Error>;

    /// Where a flag is named, by repository, path and line; at most so many.
    async fn code_of_flag(&self, project: &str, flag: &str, limit: u32) -> Result<Vec<CodeReference>, Error>;

    /// In how many places each flag is named.
    async fn code_counts(&self, project: &str) -> Result<BTreeMap<String, u64>, Error>;
}

/// A repository that somebody looked through.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeRepository {
    /// What people call it, as `acme/shop`.
    pub name: String,
    /// The branch that was looked through; empty where it is not known.
    pub branch: String,
    /// Git's id of the commit; empty where it is not known.
    pub commit: String,
    /// A link to a line, with `{commit}`, `{path}` and `{line}` in it; empty where there is none.
    pub link: String,
    /// How many files were looked through.
    pub searched: u64,
    /// When.
    pub uploaded_at: Timestamp,
    /// By whom.
    pub uploaded_by: String,
}

/// A line of code that names a flag.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeReference {
    /// The repository's name.
    pub repository: String,
    /// The flag's key.
    pub flag: String,
    /// The file, from the repository's root.
    pub path: String,
    /// Counted from 1.
    pub line: u32,
    /// The line, or the part of it that tells most.
    pub text: String,
    /// What stands there in place of the key; empty where it is the key.
    pub alias: String,
}
