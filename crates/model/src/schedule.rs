//! A change that applies at a time, and may be taken back at another.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// When a change applies and when it is taken back. Its steps are done one after the other, each once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// The change: one schedule for each.
    pub change: u64,
    /// Who made it. It acts with what they may at its times.
    pub by: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The time zone in which its times are told, by its IANA name.
    pub zone: String,
    /// When the change applies; `None` for one that is applied already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apply_at: Option<Timestamp>,
    /// When the revision it became is reverted. Until it applied only a guess where `revert_after` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revert_at: Option<Timestamp>,
    /// So many seconds after it applied, whenever that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revert_after: Option<u32>,
    /// What becomes of a step whose time falls into a freeze.
    pub if_frozen: IfFrozen,
    /// How late a step may be, in seconds: after a time in which nothing ran.
    pub grace: u32,
    /// Where it stands.
    pub state: ScheduleState,
    /// The next step's number. A step is done by whoever finds it at the number they saw; a change's next schedule
    /// goes on counting, so that none is taken for another.
    pub step: u32,
    /// Not before this, where a freeze is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<Timestamp>,
    /// The revision that the change became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// The revision that took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reverted: Option<u64>,
    /// Why it stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}

/// Where a schedule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ScheduleState {
    /// Waits for the time at which it applies.
    ToApply,
    /// The change is applied; waits for the time at which it is taken back.
    ToRevert,
    /// All its steps are done.
    Done,
    /// A step could not be done; its notice says why.
    Stopped,
    /// Somebody ended it.
    Cancelled,
}

/// What becomes of a step whose time falls into a freeze.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IfFrozen {
    /// It is done when the freeze ends.
    #[default]
    Wait,
    /// The schedule stops, with a notice.
    Stop,
}

impl ScheduleState {
    /// True where a step is still to be done.
    pub fn is_waiting(self) -> bool {
        matches!(self, ScheduleState::ToApply | ScheduleState::ToRevert)
    }
}

impl Schedule {
    /// When its next step is due; `None` where there is none.
    pub fn due(&self) -> Option<Timestamp> {
        let at = match self.state {
            ScheduleState::ToApply => self.apply_at,
            ScheduleState::ToRevert => self.revert_at,
            ScheduleState::Done | ScheduleState::Stopped | ScheduleState::Cancelled => None,
        }?;
        Some(self.waits_until.map_or(at, |until| until.max(at)))
    }

    /// When it is to be taken back, if that is so whenever it applies.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.revert_at.filter(|_| self.revert_after.is_none())
    }

    /// What it is once its present step became this revision, at this time.
    pub fn after(&self, revision: u64, at: Timestamp) -> Schedule {
        let mut next = Schedule { step: self.step + 1, waits_until: None, ..self.clone() };
        match self.state {
            ScheduleState::ToApply => {
                next.revision = Some(revision);
                let counted = self.revert_after.map(|seconds| SignedDuration::from_secs(seconds.into()));
                if let Some(then) = counted.and_then(|length| at.checked_add(length).ok()) {
                    next.revert_at = Some(then);
                }
                next.state =
                    if next.revert_at.is_some() { ScheduleState::ToRevert } else { ScheduleState::Done };
            }
            _ => (next.reverted, next.state) = (Some(revision), ScheduleState::Done),
        }
        next
    }

    /// What it is once it ended before its end.
    pub fn ended(&self, state: ScheduleState, notice: Option<String>) -> Schedule {
        Schedule { step: self.step + 1, waits_until: None, state, notice, ..self.clone() }
    }
}
