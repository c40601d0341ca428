//! Proposed changes.

use std::collections::BTreeSet;

use async_trait::async_trait;
use switchyard_model::{BrokenGlass, Change, ChangeState, Comment, Review};

use crate::{AuditEntry, Error, Page};

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
    /// Only those that come right after this change.
    pub after: Option<u64>,
}

impl Default for ChangeQuery {
    fn default() -> Self {
        ChangeQuery { before: None, limit: 50, state: None, author: None, after: None }
    }
}

/// What a revision makes of the change it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The change.
    pub number: u64,
    /// The version that was applied.
    pub version: u64,
    /// Where approvals were missing: who went on without them, and the line of the audit log that says so.
    pub broke_glass: Option<(BrokenGlass, AuditEntry)>,
}

/// The changes of each project, numbered from 1.
#[async_trait]
pub trait Changes: Send + Sync {
    /// Keeps a new change and answers the number it got; `change.number` is not read.
    async fn insert_change(&self, project: &str, change: &Change) -> Result<u64, Error>;

    /// Keeps a change anew. `who` did `what`, as the audit log has it: `change.submit`.
    ///
    /// # Errors
    /// [`Error::Stale`] unless it is open and at `expected_version`; [`Error::NotFound`].
    async fn update_change(
        &self,
        project: &str,
        change: &Change,
        expected_version: u64,
        who: &str,
        what: &str,
    ) -> Result<(), Error>;

    /// One change.
    async fn change(&self, project: &str, number: u64) -> Result<Option<Change>, Error>;

    /// Changes, newest first.
    async fn changes(&self, project: &str, query: &ChangeQuery) -> Result<Page<Change>, Error>;

    /// Keeps a verdict.
    ///
    /// # Errors
    /// [`Error::NotFound`] without the change.
    async fn insert_review(&self, project: &str, change: u64, review: &Review) -> Result<(), Error>;

    /// A change's verdicts, oldest first.
    async fn reviews(&self, project: &str, change: u64) -> Result<Vec<Review>, Error>;

    /// Keeps a comment and answers the number it got; `comment.id` is not read.
    ///
    /// # Errors
    /// [`Error::NotFound`] without the change.
    async fn insert_comment(&self, project: &str, change: u64, comment: &Comment) -> Result<u64, Error>;

    /// A change's comments, oldest first.
    async fn comments(&self, project: &str, change: u64) -> Result<Vec<Comment>, Error>;

    /// The newest comments of a project with `@` and this word in them, a member's id or a team's key, that were
    /// not answered, each with its change's number; without those of `member`, who asks. An answer is a comment or a
    /// verdict on the same change by one of `by`, but for who is to be answered; what was said before a change was
    /// over needs none. A word that only begins like this one is found too.
    async fn unanswered(
        &self,
        project: &str,
        member: &str,
        word: &str,
        by: &BTreeSet<String>,
        limit: u32,
    ) -> Result<Vec<(u64, Comment)>, Error>;

    /// How many comments a change has.
    async fn count_comments(&self, project: &str, change: u64) -> Result<u64, Error>;
}
