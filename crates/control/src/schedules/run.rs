//! Doing what is due.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use switchyard_model::{Comment, IfFrozen, Schedule, ScheduleState};
use switchyard_store as store;

use super::words;
use crate::access::principal::SWITCHYARD;
use crate::apply::Mode;
use crate::changes::told;
use crate::guardrails::FREEZE;
use crate::{Apply, Control, Error, Outcome, Principal, Result, Verdict};

/// The longest sleep: a clock that was set is noticed then.
const FLOOR: Duration = Duration::from_secs(60);

/// What is tried again where the store can't be asked.
const AGAIN: Duration = Duration::from_secs(5);

impl Control {
    /// Does what is due when it is due, for as long as it is polled.
    pub async fn run_schedules(self) {
        loop {
            let wait = match self.run_due().await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "schedules could not be looked at");
                    AGAIN
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.inner.scheduled.notified() => {}
            }
        }
    }

    /// Does every step that is due now, and answers how long nothing more is.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn run_due(&self) -> Result<Duration> {
        let mut undone = false;
        for (project, schedule) in self.inner.store.due(self.now()).await? {
            let number = schedule.change;
            // One that can't be done now must not hold up the others.
            undone |= !self.run_step(&project, schedule).await.unwrap_or_else(|error| {
                tracing::warn!(%error, project, "the schedule of C-{number} could not be looked at");
                false
            });
        }
        if undone {
            return Ok(AGAIN);
        }
        let Some(next) = self.inner.store.next_due().await? else { return Ok(FLOOR) };
        let left = Duration::try_from(next.duration_since(self.now())).unwrap_or_default();
        Ok(left.min(FLOOR))
    }

    /// Does a step, or stops its schedule with the reason. False where it can't be told yet.
    async fn run_step(&self, project: &str, schedule: Schedule) -> Result<bool> {
        let now = self.now();
        let due = schedule.due().unwrap_or(now);
        if now.duration_since(due) > SignedDuration::from_secs(schedule.grace.into()) {
            let at = words::moment(due, &schedule.zone);
            let why =
                format!("nothing ran at {at}, and it may be {} late at most", words::length(schedule.grace));
            return self.stop(project, schedule, why).await;
        }
        let over = schedule.ends_at().filter(|ends| schedule.state == ScheduleState::ToApply && *ends <= now);
        if let Some(ends) = over {
            let at = words::moment(ends, &schedule.zone);
            return self.stop(project, schedule, format!("it was to be taken back by {at}")).await;
        }
        let Some(principal) = self.as_they_are(&schedule.by, project) else {
            let why = format!("{} is not let in here any more", self.name_of(&schedule.by));
            return self.stop(project, schedule, why).await;
        };
        let done = match schedule.state {
            ScheduleState::ToApply => {
                let apply = self.apply_step(&principal, project, &schedule).await;
                apply.map(|revision| Outcome::Applied(Box::new(revision)))
            }
            _ => {
                let number = schedule.revision.unwrap_or_default();
                let mode = Mode::Write;
                self.revert_as(&principal, project, number, "as scheduled", mode, Some(schedule.clone()))
                    .await
            }
        };
        match done {
            Ok(Outcome::Applied(_)) => {
                self.tell_of(project, &schedule).await;
                Ok(true)
            }
            Ok(Outcome::Proposed(change)) => {
                let why = format!("it needs approval first: C-{} waits for it", change.number);
                self.stop(project, schedule, why).await
            }
            Ok(Outcome::Checked(_)) => {
                self.stop(project, schedule, "there was nothing left to do".into()).await
            }
            // Another server wrote in between: the next try finds its head.
            Err(Error::Unavailable | Error::HeadMoved { .. }) => Ok(false),
            // Somebody else did this step, or moved the schedule.
            Err(_) if self.has_moved(project, &schedule).await? => Ok(true),
            Err(Error::Guardrails(verdicts)) if waits_for(&schedule, &verdicts) => {
                match self.thaws(project, &schedule).await? {
                    Some(until) if schedule.ends_at().is_some_and(|ends| ends <= until) => {
                        let end = words::moment(until, &schedule.zone);
                        let why = format!("a freeze lasts until {end}, when it was to be taken back already");
                        self.stop(project, schedule, why).await
                    }
                    Some(until) => self.wait(project, schedule, until).await,
                    // It ended just now.
                    None => Ok(false),
                }
            }
            Err(Error::StaleVersion { .. }) => {
                let change = self.stored_change(project, schedule.change).await?;
                let why = match change.revision {
                    Some(revision) => format!("somebody applied it before, as r{revision}"),
                    // Somebody edited it just now.
                    None if change.state.is_open() => return Ok(false),
                    None => "it was given up".to_owned(),
                };
                self.stop(project, schedule, why).await
            }
            Err(error) => self.stop(project, schedule, error.to_string()).await,
        }
    }

    async fn apply_step(
        &self,
        principal: &Principal,
        project: &str,
        schedule: &Schedule,
    ) -> Result<crate::RevisionView> {
        self.apply_as(principal, project, schedule.change, Apply::default(), Some(schedule.clone())).await
    }

    async fn has_moved(&self, project: &str, schedule: &Schedule) -> Result<bool> {
        let now = self.inner.store.schedule(project, schedule.change).await?;
        Ok(now.is_none_or(|now| now.step != schedule.step))
    }

    /// When the freezes end that stand against a step; `None` where they did by now.
    async fn thaws(&self, project: &str, schedule: &Schedule) -> Result<Option<Timestamp>> {
        let (handle, now) = (self.handle(project)?, self.now());
        let change = self.stored_change(project, schedule.change).await?;
        let plan = self.planned(&handle, &change).await?.plan;
        let environments = handle.environments();
        // Of an applied change nothing is altered any more: every environment's freezes are waited for.
        let here = environments
            .iter()
            .filter(|e| plan.altered.is_empty() || plan.altered.iter().any(|(altered, _)| *altered == e.key));
        Ok(here.flat_map(|e| e.freezes.iter().filter_map(|freeze| freeze.ends(now))).max())
    }

    async fn wait(&self, project: &str, schedule: Schedule, until: Timestamp) -> Result<bool> {
        let next = Schedule { step: schedule.step + 1, waits_until: Some(until), ..schedule };
        self.move_to(project, &next, "schedule.wait").await
    }

    async fn stop(&self, project: &str, schedule: Schedule, why: String) -> Result<bool> {
        let next = schedule.ended(ScheduleState::Stopped, Some(why.clone()));
        self.move_to(project, &next, "schedule.stop").await?;
        // Said where people talk about it, too. Lost where the power goes now: the schedule itself says it.
        let text = format!("The schedule stopped: {why}");
        let comment = Comment { id: 0, who: SWITCHYARD.into(), at: self.now(), text, edit: None };
        self.inner.store.insert_comment(project, next.change, &comment).await?;
        self.tell_of(project, &next).await;
        Ok(true)
    }

    /// True also where somebody else was first.
    async fn move_to(&self, project: &str, next: &Schedule, what: &str) -> Result<bool> {
        match self.inner.store.move_schedule(project, next, SWITCHYARD, what, self.now()).await {
            Ok(()) => {
                self.tell_of(project, next).await;
                Ok(true)
            }
            Err(store::Error::Stale { .. }) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    async fn tell_of(&self, project: &str, schedule: &Schedule) {
        let (handle, change) = (self.handle(project), self.stored_change(project, schedule.change).await);
        if let (Ok(handle), Ok(change)) = (handle, change) {
            handle.tell(told(&change));
        }
    }
}

/// True where nothing but freezes stands against a step that is to wait for their end.
fn waits_for(schedule: &Schedule, verdicts: &[Verdict]) -> bool {
    let frozen = verdicts.iter().filter(|v| v.blocks()).all(|verdict| &*verdict.key == FREEZE);
    frozen && schedule.if_frozen == IfFrozen::Wait
}
