//! Changes that apply at a time.

use async_trait::async_trait;
use jiff::Timestamp;
use switchyard_model::{Revision, Schedule};

use crate::{Applied, Error};

/// The schedules of changes: one for each. A step is done by whoever finds the schedule at the step they saw, in
/// one transaction with what it does, so that it is done once, whoever tries and whenever the power goes.
#[async_trait]
pub trait Schedules: Send + Sync {
    /// Keeps a new schedule, in place of one that ended, and answers it as it is kept: at the step after that one's,
    /// so that who still holds the old one can't do a step of the new one.
    ///
    /// # Errors
    /// [`Error::Exists`] where the change has one that waits; [`Error::NotFound`] without the change.
    async fn put_schedule(&self, project: &str, schedule: &Schedule) -> Result<Schedule, Error>;

    /// Makes a schedule be `next`, which `who` did, as the audit log has it: `schedule.stop`.
    ///
    /// # Errors
    /// [`Error::Stale`] unless it is at `next.step - 1`.
    async fn move_schedule(
        &self,
        project: &str,
        next: &Schedule,
        who: &str,
        what: &str,
        at: Timestamp,
    ) -> Result<(), Error>;

    /// As [`crate::History::append`], as a step: the schedule becomes `next` with it.
    ///
    /// # Errors
    /// Those of both.
    async fn append_step(
        &self,
        project: &str,
        revision: &Revision,
        change: Option<&Applied>,
        next: &Schedule,
    ) -> Result<(), Error>;

    /// A change's schedule.
    async fn schedule(&self, project: &str, change: u64) -> Result<Option<Schedule>, Error>;

    /// A project's schedules, newest change first; only those that wait where `waiting` says so.
    async fn schedules(&self, project: &str, waiting: bool) -> Result<Vec<Schedule>, Error>;

    /// What is due by `now`, with its project, longest first.
    async fn due(&self, now: Timestamp) -> Result<Vec<(String, Schedule)>, Error>;

    /// When the next one is due.
    async fn next_due(&self) -> Result<Option<Timestamp>, Error>;
}
