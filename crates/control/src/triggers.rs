//! Triggers: prepared changes that are set off from outside, by an alert for example.
//!
//! A trigger holds edits, checked when it is made and again each time it is set off. What it does, it does with the
//! permission that its maker has at that moment, and on the way that all writes go: through the gate, the guardrails
//! and into the history. Where approvals are missing it becomes a change in review, once, however often it is set
//! off meanwhile. Who holds its secret can set off what was prepared, and nothing else.

mod fire;
mod make;
mod rates;
pub(crate) mod views;

pub use fire::Call;
pub(crate) use rates::Rates;
pub use views::{FiringView, NewTrigger, TriggerChange, TriggerDraft, TriggerView, Triggered};
