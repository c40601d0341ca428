//! Changes that apply at a time, and are taken back at another.
//!
//! A schedule acts for who made it, with what they may when the time comes, through the one way in which revisions
//! are written: approvals that went void, guardrails, freezes and conflicts stop it as they would stop them. It
//! then says why, on the change, and does nothing more. Each step is written with its revision in one
//! transaction, against the step that was seen: it is done once, or not at all.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use switchyard_model::{Change, ChangeState, IfFrozen, Problem, ResourceId, Schedule, ScheduleState, clock};
use switchyard_policy::Deed;
use switchyard_store as store;

use crate::access::principal::SWITCHYARD;
use crate::apply::Words;
use crate::changes::told;
use crate::project::Handle;
use crate::review::actions::Submission;
use crate::{Control, Error, Principal, Result};

mod run;
pub(crate) mod words;

/// The furthest ahead that something is scheduled.
const AHEAD: SignedDuration = SignedDuration::from_hours(366 * 24);

/// How late a step may be where nobody says.
const GRACE: u32 = 3600;

/// The latest that anybody may ask that a step is at most: nothing is done on the very second.
const GRACE_MIN: u32 = 60;

/// The latest that anybody may allow a step to be.
const GRACE_MAX: u32 = 7 * 24 * 3600;

/// What somebody asks for.
#[derive(Debug, Clone, Default)]
pub struct Timing {
    /// When the change applies, as clocks in `zone` show it: `2026-12-01T09:00`. Absent for an applied change.
    pub apply_at: Option<String>,
    /// When what it did is taken back, likewise.
    pub revert_at: Option<String>,
    /// Or so many seconds after it applied.
    pub revert_after: Option<u32>,
    /// An IANA name.
    pub zone: String,
    /// What becomes of a step whose time falls into a freeze.
    pub if_frozen: IfFrozen,
    /// How late a step may be, in seconds: a minute to a week, an hour where absent.
    pub grace: Option<u32>,
}

/// A schedule as people see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleView {
    /// The schedule.
    #[serde(flatten)]
    pub schedule: Schedule,
    /// What people call who made it.
    pub by_name: String,
    /// The change's title.
    pub title: String,
    /// What the change edits.
    pub touches: Vec<ResourceId>,
    /// What it does and when, in words.
    pub sentence: String,
    /// What is worth knowing of its times: clocks that are changed, freezes, approvals that are missing.
    pub notes: Vec<String>,
}

impl Control {
    /// Makes a change apply at a time, and be taken back at another. A draft is sent for review first. On a dry
    /// run it only says what it would do.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every mistake; [`Error::Exists`] where it is scheduled already; what applying it
    /// now would answer where it does not fit; [`Error::WrongState`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn schedule_change(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        timing: Timing,
        dry_run: bool,
    ) -> Result<ScheduleView> {
        let handle = self.seen(principal, project)?;
        let change = self.stored_change(project, number).await?;
        let asked = self.asked_now(&handle, &change.edits);
        self.authorize_each(principal, project, Deed::Apply, &asked)?;
        if change.state == ChangeState::Draft {
            self.own_change(principal, project, number).await?;
        }
        let (mut schedule, gaps) = self.read_timing(principal, &change, timing)?;
        let waits = self.inner.store.schedule(project, number).await?.is_some_and(|s| s.state.is_waiting());
        if waits {
            return Err(Error::Exists(format!("a schedule of C-{number}")));
        }
        if change.state.is_open() {
            let planned = self.planned(&handle, &change).await?;
            self.sight(principal, &handle).of_result(self.fitting(&handle, &change, planned).await)?;
        }
        if !dry_run {
            if change.state == ChangeState::Draft {
                self.submit_change(principal, project, number, Submission::default()).await?;
            }
            let kept = self.inner.store.put_schedule(project, &schedule).await;
            schedule = kept.map_err(|error| match error {
                store::Error::Exists => Error::Exists(format!("a schedule of C-{number}")),
                other => other.into(),
            })?;
            self.inner.scheduled.notify_one();
            handle.tell(told(&change));
        }
        let mut view = self.schedule_view(&handle, principal, schedule, Some(&change)).await?;
        view.notes.splice(0..0, gaps);
        Ok(view)
    }

    /// Ends a schedule that waits, or puts one that stopped away. Who made it, the change's author and admins may.
    ///
    /// # Errors
    /// [`Error::NotFound`] where none waits; [`Error::Denied`].
    pub async fn cancel_schedule(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
    ) -> Result<ScheduleView> {
        let handle = self.seen(principal, project)?;
        let change = self.stored_change(project, number).await?;
        let found = self
            .inner
            .store
            .schedule(project, number)
            .await?
            .filter(|s| s.state.is_waiting() || s.state == ScheduleState::Stopped);
        let own = found.as_ref().is_some_and(|s| self.person(&s.by) == self.person(&principal.id));
        if !own {
            self.authorize_own(principal, project, &change)?;
        }
        let schedule = found.ok_or_else(|| Error::NotFound(format!("schedule of C-{number} that waits")))?;
        let next = schedule.ended(ScheduleState::Cancelled, None);
        let store = &self.inner.store;
        store.move_schedule(project, &next, &principal.id, "schedule.cancel", self.now()).await?;
        handle.tell(told(&change));
        self.schedule_view(&handle, principal, next, Some(&change)).await
    }

    /// Ends the schedule of a change that was withdrawn; false where none waits.
    pub(crate) async fn unscheduled(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
    ) -> Result<bool> {
        let found = self.inner.store.schedule(project, number).await?;
        let Some(schedule) = found.filter(|s| s.state.is_waiting()) else { return Ok(false) };
        let next = schedule.ended(ScheduleState::Cancelled, None);
        let store = &self.inner.store;
        match store.move_schedule(project, &next, &principal.id, "schedule.cancel", self.now()).await {
            Ok(()) => Ok(true),
            // Its time came in between: it finds a draft, and stops.
            Err(store::Error::Stale { .. }) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }

    /// Looks again at what waits for a freeze: an environment's are others now, and may end sooner.
    pub(crate) async fn wake_frozen(&self, project: &str) -> Result<()> {
        for schedule in self.inner.store.schedules(project, true).await? {
            if schedule.waits_until.is_none() {
                continue;
            }
            let now = self.now();
            let next = Schedule { step: schedule.step + 1, waits_until: Some(now), ..schedule };
            match self.inner.store.move_schedule(project, &next, SWITCHYARD, "schedule.wake", now).await {
                Ok(()) | Err(store::Error::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.inner.scheduled.notify_one();
        Ok(())
    }

    /// A project's schedules, newest change first; only those that wait where `waiting` says so.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn schedules(
        &self,
        principal: &Principal,
        project: &str,
        waiting: bool,
    ) -> Result<Vec<ScheduleView>> {
        let handle = self.seen(principal, project)?;
        let mut views = vec![];
        for schedule in self.inner.store.schedules(project, waiting).await? {
            views.push(self.schedule_view(&handle, principal, schedule, None).await?);
        }
        Ok(views)
    }

    /// The schedule of a change, if it ever had one.
    pub(crate) async fn schedule_of(&self, handle: &Handle, change: &Change) -> Result<Option<ScheduleView>> {
        let Some(schedule) = self.inner.store.schedule(&handle.key, change.number).await? else {
            return Ok(None);
        };
        Ok(Some(self.told_schedule(schedule, change, vec![])))
    }

    async fn schedule_view(
        &self,
        handle: &Handle,
        principal: &Principal,
        schedule: Schedule,
        change: Option<&Change>,
    ) -> Result<ScheduleView> {
        let change = match change {
            Some(change) => change.clone(),
            None => self.stored_change(&handle.key, schedule.change).await?,
        };
        let sight = self.sight(principal, handle);
        let mut notes = vec![];
        if schedule.state == ScheduleState::ToApply && change.state.is_open() {
            let planned = self.planned(handle, &change).await?;
            let standing = self.standing(handle, &planned.plan, Some(&change), principal).await?;
            if let Some(why) = &standing.out_of_order {
                notes.push(format!("{why}, and stops where that is not applied by then"));
            }
            if !standing.is_met() {
                let missing = sight.of_missing(self.missing(&handle.key, Some(&change), &standing));
                notes.push(format!("it still needs approval, and stops without: {missing}"));
            }
            let altered = planned.plan.altered.iter().map(|(key, _)| key);
            notes.extend(self.freezes_at(handle, altered, &schedule));
        }
        let hides = self.change_hides(&sight, &handle.key, &change).await?;
        Ok(sight.of_schedule(self.told_schedule(schedule, &change, notes), hides))
    }

    fn told_schedule(&self, schedule: Schedule, change: &Change, mut notes: Vec<String>) -> ScheduleView {
        let mut all = words::clocks(&schedule);
        all.append(&mut notes);
        let touches: BTreeSet<_> = change.edits.iter().map(|edit| edit.target.clone()).collect();
        ScheduleView {
            by_name: self.name_of(&schedule.by),
            title: change.title.clone(),
            touches: touches.into_iter().collect(),
            sentence: words::sentence(&schedule),
            notes: all,
            schedule,
        }
    }

    /// Which freezes the step that applies falls into.
    fn freezes_at<'a>(
        &self,
        handle: &Handle,
        altered: impl Iterator<Item = &'a switchyard_model::ids::Key>,
        schedule: &Schedule,
    ) -> Vec<String> {
        let Some(at) = schedule.due() else { return vec![] };
        let altered: Vec<_> = altered.collect();
        let environments = handle.environments();
        let here = environments.iter().filter(|e| altered.contains(&&e.key));
        let frozen = here.flat_map(|e| e.freezes.iter().map(move |freeze| (e, freeze)));
        frozen
            .filter_map(|(environment, freeze)| {
                let until = freeze.ends(at)?;
                let end = words::moment(until, &schedule.zone);
                let over = schedule.ends_at().is_some_and(|ends| ends <= until);
                let then = match schedule.if_frozen {
                    IfFrozen::Wait if over => "it was to be taken back by then, and stops",
                    IfFrozen::Wait => "it waits for that",
                    IfFrozen::Stop => "it stops then",
                };
                Some(format!("{} is frozen until {end}: {}; {then}", environment.name, freeze.reason.trim()))
            })
            .collect()
    }

    /// What was asked for, checked as a whole, and what clocks make of times that they never show.
    fn read_timing(
        &self,
        principal: &Principal,
        change: &Change,
        timing: Timing,
    ) -> Result<(Schedule, Vec<String>)> {
        let now = self.now();
        let (mut problems, mut gaps) = (vec![], vec![]);
        let applied = change.state == ChangeState::Applied;
        if !applied && !change.state.is_open() {
            let rule = "only one that is open or applied is scheduled";
            let state = crate::review::permits::word(change.state);
            return Err(Error::WrongState { number: change.number, state, rule });
        }
        let zone = TimeZone::get(&timing.zone).map_err(|_| {
            let problem = Problem::new("zone", "is no time zone").value(&*timing.zone);
            problems.push(problem.hint("an IANA name, as Europe/Amsterdam"));
        });
        let mut read = |field: &str, text: &Option<String>| {
            let (zone, text) = (zone.as_ref().ok()?, text.as_deref()?);
            let local = clock::read(text);
            let at = local.and_then(|local| clock::instant(zone, local));
            if let (Some(local), Some(at)) = (local, at) {
                gaps.extend(words::gap(zone, &timing.zone, local, at));
            }
            let wrong = match at {
                None => ("is no date and time", "as clocks there show it: 2026-12-01T09:00"),
                Some(at) if at <= now => ("is over already", "a time to come"),
                Some(at) if at > now + AHEAD => ("is too far ahead", "within a year"),
                Some(at) => return Some(at),
            };
            problems.push(Problem::new(field, wrong.0).value(text).hint(wrong.1));
            None
        };
        let apply_at = read("applyAt", &timing.apply_at);
        let mut revert_at = read("revertAt", &timing.revert_at);
        match (applied, &timing.apply_at) {
            (true, Some(_)) => problems.push(
                Problem::new("applyAt", format!("is not for C-{}, which is applied", change.number))
                    .hint("leave it out; only its revert can be scheduled"),
            ),
            (false, None) => {
                problems.push(Problem::new("applyAt", "is missing").hint("when the change applies"))
            }
            _ => {}
        }
        if timing.revert_at.is_some() && timing.revert_after.is_some() {
            problems
                .push(Problem::new("revertAfterSeconds", "is one too many").hint("or leave revertAt out"));
        }
        if let Some(seconds) = timing.revert_after {
            let from = if applied { Some(now) } else { apply_at };
            revert_at =
                from.and_then(|from| from.checked_add(SignedDuration::from_secs(seconds.into())).ok());
            if seconds == 0 || seconds > AHEAD.as_secs() as u32 {
                let problem = Problem::new("revertAfterSeconds", "is out of range").value(seconds);
                problems.push(problem.hint("1 second to a year"));
            }
        }
        if applied && timing.revert_at.is_none() && timing.revert_after.is_none() {
            problems.push(Problem::new("revertAt", "is missing").hint("when what it did is taken back"));
        }
        if let (Some(apply), Some(revert)) = (apply_at, revert_at)
            && revert <= apply
        {
            problems.push(Problem::new("revertAt", "is not after it applies"));
        }
        let grace = timing.grace.unwrap_or(GRACE);
        if !(GRACE_MIN..=GRACE_MAX).contains(&grace) {
            let problem = Problem::new("graceSeconds", "is out of range").value(grace);
            problems.push(problem.hint(format!("{GRACE_MIN} to {GRACE_MAX}")));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let schedule = Schedule {
            change: change.number,
            by: principal.id.clone(),
            made_at: now,
            zone: timing.zone,
            apply_at,
            revert_at,
            revert_after: timing.revert_after.filter(|_| !applied),
            if_frozen: timing.if_frozen,
            grace,
            state: if applied { ScheduleState::ToRevert } else { ScheduleState::ToApply },
            step: 0,
            waits_until: None,
            revision: change.revision,
            reverted: None,
            notice: None,
        };
        Ok((schedule, gaps))
    }

    /// The verdicts of freezes on a plan: like a guardrail that blocks, and is passed by what takes back.
    pub(crate) fn frozen(
        &self,
        handle: &Handle,
        plan: &crate::plan::Plan,
        words: &Words,
        now: Timestamp,
    ) -> Vec<crate::Verdict> {
        let environments = handle.environments();
        let altered = |key| plan.altered.iter().any(|(altered, _)| altered == key);
        let here = environments.iter().filter(|e| altered(&e.key));
        let frozen = here.flat_map(|e| e.freezes.iter().map(move |freeze| (e, freeze)));
        frozen
            .filter_map(|(environment, freeze)| {
                let end = freeze.ends(now)?;
                Some(crate::guardrails::frozen(
                    environment,
                    freeze,
                    &words::moment(end, &freeze.zone),
                    plan,
                    words,
                ))
            })
            .collect()
    }
}
