//! Proposed changes.

use async_trait::async_trait;
use switchyard_model::{Change, ChangeState};

use crate::{Error, Page};

/// Which changes to read.
#[derive(Debug, Clone)]
pub struct ChangeQuery {
    /// Only those with a lower number.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: u32,
    /// Only those in this state.
    pub state: Option<ChangeState>,
    /// Only this author's.
    pub author: Option<String>,
}

impl Default for ChangeQuery {
    fn default() -> Self {
        ChangeQuery { before: None, limit: 50, state: None, author: None }
    }
}

/// The changes of each project, numbered from 1.
#[async_trait]
pub trait Changes: Send + Sync {
    /// Keeps a new change and answers the number it got; `change.number` is not read.
    async fn insert_change(&self, project: &str, change: &Change) -> Result<u64, Error>;

    /// Keeps a change anew.
    ///
    /// # Errors
    /// [`Error::Stale`] unless it is a draft at `expected_version`; [`Error::NotFound`].
    async fn update_change(&self, project: &str, change: &Change, expected_version: u64)
    -> Result<(), Error>;

    /// One change.
    async fn change(&self, project: &str, number: u64) -> Result<Option<Change>, Error>;

    /// Changes, newest first.
    async fn changes(&self, project: &str, query: &ChangeQuery) -> Result<Page<Change>, Error>;
}
