//! What people see of a review.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_model::ids::Key;
use switchyard_model::{ResourceId, Verdict};

/// What a change needs, who said what of it, and what the caller may do with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewView {
    /// The approvals it needs before it applies; none for one that was applied.
    pub requirements: Vec<Requirement>,
    /// Every verdict, oldest first.
    pub reviews: Vec<Given>,
    /// Who was asked for one.
    pub reviewers: Vec<Person>,
    /// What the caller may do with it now.
    pub may: May,
    /// Set where it was applied without the approvals it needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broke_glass: Option<BrokeGlass>,
}

/// Approvals that a change needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Requirement {
    /// Why, in words.
    pub reason: String,
    /// What asks for them.
    pub source: Source,
    /// How many.
    pub approvals: u32,
    /// How many of those that count there are.
    pub have: u32,
}

/// What asks for approvals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum Source {
    /// An environment whose compiled snapshot the change alters.
    Environment {
        /// Its key.
        environment: Key,
    },
    /// A team that such an environment asks.
    Team {
        /// The environment's key.
        environment: Key,
        /// The team's key.
        team: Key,
    },
    /// The owner of a resource that it touches.
    Owner {
        /// The resource, or the first of them.
        target: ResourceId,
        /// The owner, as the resource has it.
        owner: String,
    },
    /// Something that the reader may not see.
    Hidden,
}

/// A verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Given {
    /// Who gave it.
    pub who: String,
    /// Their name.
    pub who_name: String,
    /// Which one.
    pub verdict: Verdict,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub note: String,
    /// The difference it is for; `None` where the change did not fit.
    pub difference: Option<String>,
    /// True where it counts.
    pub valid: bool,
    /// Why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void_because: Option<String>,
}

/// Somebody with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
}

/// What the caller may do with a change now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct May {
    /// Send it for review.
    pub submit: Permit,
    /// Make it a draft again.
    pub withdraw: Permit,
    /// Approve it.
    pub approve: Permit,
    /// Reject it.
    pub reject: Permit,
    /// Apply it.
    pub apply: Permit,
    /// Apply it without the approvals that are missing.
    pub break_glass: Permit,
}

/// Whether the caller may do one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permit {
    /// True where they may.
    pub allowed: bool,
    /// Why not, and who can help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// How a change came to be applied without the approvals it needed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrokeGlass {
    /// Who did.
    pub who: String,
    /// Their name.
    pub who_name: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// Who looked at it afterwards and approved; absent while it waits for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<Reviewed>,
}

/// Who approved what was applied already.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reviewed {
    /// Who.
    pub who: String,
    /// Their name.
    pub who_name: String,
    /// When.
    pub at: Timestamp,
}

/// Something that was said about a change, or about one of its edits.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CommentView {
    /// One number per change, from 1.
    pub id: u64,
    /// Who said it.
    pub who: String,
    /// Their name.
    pub who_name: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
    /// The edit it is about, by its position in the check; the whole change where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit: Option<u32>,
    /// The members and teams that it mentions.
    pub mentions: Vec<Person>,
}

/// What stands between a change and its being applied. Its words say who can help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// The change; absent for what was not proposed as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<u64>,
    /// The approvals that are missing.
    pub approvals: Vec<MissingApproval>,
    /// The names of those who rejected it.
    pub rejected_by: Vec<String>,
    /// The names of the members who may apply it all the same.
    pub break_glass: Vec<String>,
}

/// Approvals that are missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingApproval {
    /// What asks for them.
    pub reason: String,
    /// How many it asks for.
    pub approvals: u32,
    /// How many there are.
    pub have: u32,
    /// The names of the members who can give one.
    pub from: Vec<String>,
    /// What to do about it, in words.
    pub help: String,
}
