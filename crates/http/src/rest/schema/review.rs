//! Reviews and comments.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ResourceId;

/// What a change needs, who said what of it, and what the caller may do with it.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Review {
    /// The approvals it needs before it applies; none for one that was applied.
    requirements: Vec<Requirement>,
    /// Every verdict, oldest first.
    reviews: Vec<GivenReview>,
    /// Who was asked for one.
    reviewers: Vec<Person>,
    may: May,
    broke_glass: Option<BrokeGlass>,
}

/// Approvals that a change needs.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Requirement {
    reason: String,
    source: RequirementSource,
    approvals: u32,
    /// How many of those that count there are.
    have: u32,
}

/// What asks for approvals: an environment whose compiled snapshot the change alters, a team that it asks, the
/// owner of a resource that the change touches, or something that you may not see.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", tag = "type")]
pub(crate) enum RequirementSource {
    Environment { environment: String },
    Team { environment: String, team: String },
    Owner { target: ResourceId, owner: String },
    Hidden,
}

/// A verdict.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GivenReview {
    who: String,
    who_name: String,
    verdict: Verdict,
    at: Timestamp,
    note: String,
    /// The difference it is for.
    #[schema(required = true)]
    difference: Option<String>,
    /// True where it counts.
    valid: bool,
    void_because: Option<String>,
}

/// What a reviewer thinks of a change.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReviewVerdict)]
pub(crate) enum Verdict {
    Approve,
    Reject,
}

/// Somebody with a name.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Person {
    id: String,
    name: String,
}

/// What the caller may do with a change now.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct May {
    submit: Permit,
    withdraw: Permit,
    approve: Permit,
    reject: Permit,
    apply: Permit,
    break_glass: Permit,
}

/// Whether the caller may do one thing, and if not, why.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Permit {
    allowed: bool,
    why: Option<String>,
}

/// How a change came to be applied without the approvals it needed.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BrokeGlass {
    who: String,
    who_name: String,
    reason: String,
    at: Timestamp,
    /// Who looked at it afterwards and approved.
    reviewed: Option<Reviewed>,
}

/// Who approved what was applied already.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reviewed {
    who: String,
    who_name: String,
    at: Timestamp,
}

/// Something that was said about a change, or about one of its edits.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Comment {
    /// One number per change, from 1.
    id: u64,
    who: String,
    who_name: String,
    at: Timestamp,
    text: String,
    /// The edit it is about, by its position in the check; the whole change where absent.
    edit: Option<u32>,
    mentions: Vec<Person>,
}

/// Something that somebody should know of a change.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notice {
    kind: NoticeKind,
    change: u64,
    title: String,
    /// The name of who brought it about; absent where nobody did.
    who_name: Option<String>,
    /// Since when.
    at: Timestamp,
    /// The edit that it is about, by its position in the check.
    edit: Option<u32>,
    /// What was said, with names for those who are mentioned, or what happened.
    text: String,
}

/// How a notice came about: somebody mentioned them, or what their change comes after was given up.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum NoticeKind {
    Mention,
    Stopped,
}

/// What stands between a change and its being applied.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Missing {
    /// The change; absent for what was not proposed as one.
    change: Option<u64>,
    approvals: Vec<MissingApproval>,
    /// The names of those who rejected it.
    rejected_by: Vec<String>,
    /// The names of the members who may apply it all the same.
    break_glass: Vec<String>,
}

/// Approvals that are missing.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MissingApproval {
    reason: String,
    approvals: u32,
    have: u32,
    /// The names of the members who can give one.
    from: Vec<String>,
    /// What to do about it, in words.
    help: String,
}
