//! The history of a project, and the state it makes.

use async_trait::async_trait;
use switchyard_model::{Kind, ResourceId, Revision, State};

use crate::{Applied, Error};

/// Which revisions to read. `default()` is the newest 50 of all.
#[derive(Debug, Clone)]
pub struct Query {
    /// Only those with a lower number.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: u32,
    /// Only those that touch this environment, or the project, which every environment sees.
    pub environment: Option<String>,
    /// Only those that touch a resource of this kind.
    pub kind: Option<Kind>,
    /// Only those that touch a resource with this key.
    pub key: Option<String>,
    /// Only this author's.
    pub author: Option<String>,
    /// Only those with each of these words in title, reason or a touched resource's key.
    pub words: Vec<String>,
}

impl Default for Query {
    fn default() -> Self {
        Query {
            before: None,
            limit: 50,
            environment: None,
            kind: None,
            key: None,
            author: None,
            words: vec![],
        }
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The part.
    pub items: Vec<T>,
    /// How many there are, wherever the part begins.
    pub total: u64,
}

/// The revisions of each project: numbers from 1 without gaps, immutable.
#[async_trait]
pub trait History: Send + Sync {
    /// Writes a revision, the state after it, and what becomes of its change, all or nothing. It is on disk
    /// when this answers.
    ///
    /// # Errors
    /// [`Error::HeadMoved`] unless the head is `revision.number - 1`; [`Error::Stale`] unless the change is
    /// open and at that version.
    async fn append(&self, project: &str, revision: &Revision, change: Option<&Applied>)
    -> Result<(), Error>;

    /// The number of the newest revision; 0 before the first.
    async fn head(&self, project: &str) -> Result<u64, Error>;

    /// The state at the head.
    async fn state(&self, project: &str) -> Result<State, Error>;

    /// The state at a revision: the head's, with the later revisions taken back.
    ///
    /// # Errors
    /// [`Error::NotFound`] past the head.
    async fn state_at(&self, project: &str, revision: u64) -> Result<State, Error>;

    /// One revision.
    async fn revision(&self, project: &str, number: u64) -> Result<Option<Revision>, Error>;

    /// Revisions, newest first.
    async fn revisions(&self, project: &str, query: &Query) -> Result<Page<Revision>, Error>;

    /// The revisions after `after` that touched a resource, newest first.
    async fn touching(&self, project: &str, id: &ResourceId, after: u64) -> Result<Vec<Revision>, Error>;

    /// The newest revision that reverted this one.
    async fn reverted_by(&self, project: &str, number: u64) -> Result<Option<u64>, Error>;
}
