//! What webhooks are told.

/// An event, and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct EventKind {
    /// Its name, as filters and messages have it.
    pub name: &'static str,
    /// What has happened then.
    pub means: &'static str,
}

const fn event(name: &'static str, means: &'static str) -> EventKind {
    EventKind { name, means }
}

/// A review was asked for: what personal links answer.
pub(crate) const SUBMITTED: &str = "change.submitted";
pub(crate) const EDITED: &str = "change.edited";
pub(crate) const VOIDED: &str = "change.voided";
pub(crate) const SCHEDULED: &str = "change.scheduled";
pub(crate) const STOPPED: &str = "change.scheduleStopped";
pub(crate) const APPLIED: &str = "revision.applied";
pub(crate) const REVERTED: &str = "revision.reverted";
pub(crate) const GLASS: &str = "change.glassBroken";
pub(crate) const BLOCKED: &str = "guardrail.blocked";
pub(crate) const KEY_MADE: &str = "key.made";
/// Sent by hand, to see whether it arrives; no filter holds it back.
pub(crate) const TEST: &str = "webhook.test";

/// All events that a webhook can ask for.
pub const EVENTS: [EventKind; 16] = [
    event(APPLIED, "A change was applied: there is a new revision"),
    event(REVERTED, "A revision was taken back by a new one"),
    event(SUBMITTED, "A change was sent for review"),
    event(EDITED, "A change in review was edited"),
    event("change.approved", "Somebody approved a change"),
    event("change.rejected", "Somebody rejected a change"),
    event(VOIDED, "An approval no longer counts, as the change does something else by now"),
    event("change.commented", "Somebody commented on a change"),
    event("change.withdrawn", "A change in review became a draft again"),
    event("change.discarded", "A change was given up"),
    event(SCHEDULED, "A change was scheduled"),
    event("change.unscheduled", "A schedule was cancelled"),
    event(STOPPED, "A schedule could not do its step, and stopped"),
    event(GLASS, "A change was applied without the approvals it needed"),
    event(BLOCKED, "A guardrail kept a change from being applied"),
    event(KEY_MADE, "A key of an environment was made"),
];
