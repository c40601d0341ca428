//! Triggers as people see them.

use jiff::Timestamp;
use serde::Serialize;
use switchyard_model::Edit;
use switchyard_store::TriggerSource;

use crate::{Check, Person};

/// A trigger to make.
#[derive(Debug, Clone)]
pub struct TriggerDraft {
    /// What people call it.
    pub name: String,
    /// Who sets it off.
    pub source: TriggerSource,
    /// Whether calls must be signed too.
    pub require_signature: bool,
    /// Whether what it applied is reverted when the alert is over.
    pub revert_on_resolved: bool,
    /// What its change does; made from the edits where empty.
    pub title: String,
    /// Why.
    pub reason: String,
    /// What it does, in order.
    pub edits: Vec<Edit>,
}

/// What to change of a trigger; absent fields stay. What it does never changes: that is another trigger.
#[derive(Debug, Clone, Default)]
pub struct TriggerChange {
    /// What people call it.
    pub name: Option<String>,
    /// False refuses calls.
    pub active: Option<bool>,
}

/// A trigger, without its secrets.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TriggerView {
    /// Unique.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Who sets it off.
    pub source: TriggerSource,
    /// The last characters of the secret in its URL.
    pub hint: String,
    /// Whether calls must be signed too.
    pub require_signature: bool,
    /// Whether what it applied is reverted when the alert is over.
    pub revert_on_resolved: bool,
    /// False where calls are refused.
    pub active: bool,
    /// What its change does.
    pub title: String,
    /// Why.
    pub reason: String,
    /// What it does.
    pub edits: Vec<Edit>,
    /// What it would do now; a problem in here would be in its way.
    pub check: Check,
    /// Whose permission it acts with.
    pub maker: Person,
    /// Why it could not act at all now: its maker is gone, or may no longer do this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub powerless: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last set off, and what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest: Option<FiringView>,
}

/// A trigger that was just made, or got other secrets.
#[derive(Debug, Clone)]
pub struct NewTrigger {
    /// The trigger.
    pub trigger: TriggerView,
    /// What its URL ends in; shown only now.
    pub secret: String,
    /// What calls are signed with, where they must be; shown only now.
    pub signing_secret: Option<String>,
}

/// A trigger was set off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FiringView {
    /// Grows with time.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// What came of it, as `applied`; absent while it is under way, or where the server ended meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The same in a sentence.
    pub detail: String,
    /// How the call's body began.
    pub excerpt: String,
    /// The revision that it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// The change that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<u64>,
}

/// What came of setting a trigger off.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Triggered {
    /// `applied`, `reverted`, `proposed`, `withdrawn`, `unchanged`, `ignored`; `checked` for a dry run.
    pub outcome: String,
    /// The same in a sentence.
    pub detail: String,
    /// The revision that it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// The change that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<u64>,
    /// True where this call repeats another one, whose outcome it is.
    pub repeated: bool,
    /// What it would do, for a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<Box<Check>>,
}
