//! Schedules and freezes as the document has them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ResourceId;

/// When a change applies and is taken back.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScheduleView {
    change: u64,
    /// The change's title.
    title: String,
    /// What the change edits.
    touches: Vec<ResourceId>,
    by: String,
    by_name: String,
    made_at: Timestamp,
    /// The zone in which its times are told.
    zone: String,
    apply_at: Option<Timestamp>,
    revert_at: Option<Timestamp>,
    /// So many seconds after it applied; `revertAt` is a guess until then.
    revert_after: Option<u32>,
    if_frozen: IfFrozen,
    /// How late a step may be, in seconds.
    grace: u32,
    state: ScheduleState,
    /// Grows with each step.
    step: u32,
    /// Where a freeze is waited for: until then.
    waits_until: Option<Timestamp>,
    /// The revision that the change became.
    revision: Option<u64>,
    /// The revision that took it back.
    reverted: Option<u64>,
    /// Why it stopped.
    notice: Option<String>,
    /// What it does and when, in words.
    sentence: String,
    /// What is worth knowing of its times; left empty where it is part of a change.
    notes: Vec<String>,
}

/// Where a schedule stands.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ScheduleState {
    ToApply,
    ToRevert,
    Done,
    Stopped,
    Cancelled,
}

/// What becomes of a step whose time falls into a freeze.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum IfFrozen {
    Wait,
    Stop,
}

/// A time in which an environment is left alone: `weekly` or `once`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Freeze {
    /// Why; people who are stopped read it.
    reason: String,
    /// An IANA name.
    zone: String,
    weekly: Option<Weekly>,
    once: Option<Once>,
}

/// As `fri 16:00` to `mon 08:00`.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Weekly {
    from: String,
    until: String,
}

/// As `2026-12-20T00:00` to `2027-01-04T08:00`.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Once {
    from: String,
    until: String,
}
