//! The lists of big segments: what each hash names.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{AuditEntry, Error};

/// A list as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredList {
    /// What it is called: the hash of what was in it when it was made.
    pub hash: String,
    /// The list that the body is on top of; it stands for itself where absent.
    pub base: Option<String>,
    /// How many lists that goes through.
    pub depth: u32,
    /// What is in it, as who keeps it here wrote it.
    pub body: Vec<u8>,
    /// The hash of what is in it, where it is not called by that: since somebody was erased, or because a list from which
    /// somebody was erased is.
    pub content: Option<String>,
    /// So many keys were erased from it.
    pub erased: u64,
}

/// A list from which somebody is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasedList {
    /// Whose it is.
    pub project: String,
    /// What it is called.
    pub hash: String,
    /// How it is written since, where that is another way.
    pub body: Option<Vec<u8>>,
    /// The hash of what is in it since, where that is something else.
    pub content: Option<String>,
}

/// The lists of big segments. They are never altered but for who is erased: another content has another name.
#[async_trait]
pub trait Lists: Send + Sync {
    /// A project's list of this name.
    async fn list(&self, project: &str, hash: &str) -> Result<Option<StoredList>, Error>;

    /// The names of a project's lists and what each is on top of; what others are on top of comes first.
    async fn lists(&self, project: &str) -> Result<Vec<(String, Option<String>)>, Error>;

    /// Keeps a list; one of the same name is the same, made again now.
    ///
    /// # Errors
    /// [`Error::NotFound`] where what it is on top of is gone.
    async fn put_list(&self, project: &str, list: &StoredList, entry: &AuditEntry) -> Result<(), Error>;

    /// Removes the lists that were made before a time and that nothing names: no revision, no change that was not
    /// given up, no trigger, and no list that is on top of it. Answers how many, which the entry then says too; where there are none it is not written.
    async fn remove_lists(&self, project: &str, before: Timestamp, entry: AuditEntry) -> Result<u64, Error>;

    /// Takes somebody out of lists, and out of the pages of the file.
    async fn erase_from_lists(&self, lists: &[ErasedList], entry: &AuditEntry) -> Result<(), Error>;

    /// How many revisions say a text, as JSON has it in quotes.
    async fn revisions_saying(&self, project: &str, text: &str) -> Result<u64, Error>;
}
