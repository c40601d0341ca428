//! What people say of a change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a reviewer thinks of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It may be applied.
    Approve,
    /// It must not be applied as it is.
    Reject,
}

/// One reviewer's verdict. Reviews are only ever added: who changes their mind gives another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// Who.
    pub who: String,
    /// What they think.
    pub verdict: Verdict,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    #[serde(default)]
    pub note: String,
    /// The change's version that they saw.
    pub version: u64,
    /// The hash of the difference that they saw: 64 hexadecimal digits. Absent for one that did not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
}

/// What somebody said about a change or about one of its edits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comment {
    /// One number per change, from 1.
    pub id: u64,
    /// Who.
    pub who: String,
    /// When.
    pub at: Timestamp,
    /// What; `@member-id` mentions somebody.
    pub text: String,
    /// The edit it is about, by its position from 0; the whole change where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<u32>,
}

/// A change that was applied without the approvals it needed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BrokenGlass {
    /// Who did.
    pub who: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}
