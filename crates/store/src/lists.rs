//! The lists of big segments: what each hash names.

use async_trait::async_trait;

use crate::{AuditEntry, Error};

/// A list as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredList {
    /// What it is called: the hash of what is in it.
    pub hash: String,
    /// The list that the body is on top of; it stands for itself where absent.
    pub base: Option<String>,
    /// How many lists that goes through.
    pub depth: u32,
    /// What is in it, as who keeps it here wrote it.
    pub body: Vec<u8>,
}

/// The lists of big segments. They are never altered: another content has another name.
#[async_trait]
pub trait Lists: Send + Sync {
    /// A project's list of this name.
    async fn list(&self, project: &str, hash: &str) -> Result<Option<StoredList>, Error>;

    /// Keeps a list; one of the same name is the same.
    async fn put_list(&self, project: &str, list: &StoredList, entry: &AuditEntry) -> Result<(), Error>;
}
