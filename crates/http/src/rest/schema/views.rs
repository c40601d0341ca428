//! `control`'s answers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::edit::{Edit, EditOp};
use super::guardrail::Verdict;
use super::review::Review;
use super::signin::Way;
use super::{FieldChange, Origin, Problem, ResourceId, Role, SentencePart};

/// What edits would do at the head. Nothing is kept.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Check {
    head: u64,
    ok: bool,
    problems: Vec<Problem>,
    /// One for each edit that fits, in order, and then what follows from them.
    edits: Vec<EditView>,
    /// Whose compiled snapshot it would alter.
    environments: Vec<String>,
    /// What the guardrails say, by key; one that blocks and is not passed stands against it.
    guardrails: Vec<Verdict>,
    /// How many edits are left out: those in environments that you may not see.
    hidden: Option<usize>,
    /// Where a later revision changed the same field as the change: a side can be chosen.
    conflicts: Option<Vec<crate::problem::Conflict>>,
}

/// An edit in words and as a difference.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EditView {
    target: ResourceId,
    op: Option<EditOp>,
    sentence: Vec<SentencePart>,
    /// What people call the resource.
    title: String,
    difference: Vec<FieldChange>,
}

/// What differs between two environments.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Comparison {
    head: u64,
    from: String,
    to: String,
    /// How many resources are the same in both.
    same: usize,
    items: Vec<Difference>,
}

/// A resource that differs, with the edit that would make it the same.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Difference {
    status: DifferenceStatus,
    /// Whether it is what people mean by promoting.
    advised: bool,
    /// Why not.
    why: Option<String>,
    /// The revision that last touched it where it comes from.
    from_revision: Option<u64>,
    /// The revision that last touched it where it would go.
    to_revision: Option<u64>,
    #[serde(flatten)]
    edit: EditView,
}

/// How a resource differs.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DifferenceStatus {
    Differs,
    OnlyInFrom,
    OnlyInTo,
}

/// A proposed change.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangeView {
    number: u64,
    title: String,
    reason: String,
    author: String,
    author_name: String,
    state: ChangeState,
    version: u64,
    base: u64,
    revision: Option<u64>,
    created_at: Timestamp,
    updated_at: Timestamp,
    edits: Vec<Edit>,
    check: Check,
    /// Where to read more.
    links: Vec<String>,
    /// What it came from, where that is not a person's own edits.
    origin: Option<Origin>,
    /// What must be applied before it. While that is open, it is tried on top of it.
    after: Vec<Neighbour>,
    /// The open changes that come right after it.
    followers: Vec<Neighbour>,
    /// SHA-256 of what it does to the present head, in hexadecimal; `null` where it does not fit. A verdict
    /// names the one that it is for.
    #[schema(required = true)]
    difference: Option<String>,
    review: Review,
    /// How many comments it has.
    comments: u64,
    /// When it applies and is taken back, if it was ever scheduled.
    schedule: Option<super::schedule::ScheduleView>,
}

/// A change in another one's order.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Neighbour {
    number: u64,
    title: String,
    author_name: String,
    state: ChangeState,
    /// The revision it became.
    revision: Option<u64>,
}

/// Where a change stands. `approved` is one in review that has every approval it needs.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ChangeState {
    Draft,
    InReview,
    Approved,
    Scheduled,
    Applied,
    Rejected,
}

/// An applied change.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RevisionView {
    number: u64,
    at: Timestamp,
    author: String,
    author_name: String,
    title: String,
    reason: String,
    origin: Origin,
    edits: Vec<EditView>,
    /// How many edits are left out: those in environments that you may not see.
    hidden: Option<usize>,
    environments: Vec<String>,
    /// What the guardrails of its time say of it; left out of lists.
    guardrails: Option<Vec<Verdict>>,
    reverted_by: Option<u64>,
}

/// The revision, or what it would be where it was only tried or nothing would change.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Outcome {
    Applied(RevisionView),
    Checked(Check),
}

/// A member.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    id: String,
    name: String,
    role: Role,
    email: Option<String>,
    active: bool,
    /// The keys of their teams.
    teams: Vec<String>,
    /// How they may sign in beside a link.
    ways: Vec<Way>,
}

/// A team.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Team {
    key: String,
    name: String,
    /// Grows each time it becomes another.
    version: u64,
    /// Who is in it, by name.
    members: Vec<super::review::Person>,
}

/// An API token, without its secret.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiToken {
    id: String,
    name: String,
    role: Role,
    /// The only project it opens.
    project: Option<String>,
    /// The secret's last characters.
    hint: String,
    /// Who made it: a member's or token's id.
    created_by: String,
    /// The key of the team whose it is; it acts for its maker where absent.
    team: Option<String>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    /// Until when the secret before this one opens too.
    previous_until: Option<Timestamp>,
}

/// Whether browsers are answered only for contexts that a server vouches for.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecureMode {
    on: bool,
    /// Whether there is an SDK key that can vouch.
    ready: bool,
    /// What that means, in a sentence.
    words: String,
}

/// A key of an environment, without its secret.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvironmentKey {
    id: String,
    kind: KeyKind,
    hint: String,
    /// The client-side id, which is public.
    value: Option<String>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
}

/// What a key opens.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum KeyKind {
    Sdk,
    Mobile,
    ClientSide,
}

/// A project.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Project {
    key: String,
    name: String,
    /// Its newest revision's number.
    head: u64,
    environments: Vec<Environment>,
}

/// Of an environment's required approvals, so many must come from one team.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamApprovals {
    team: String,
    approvals: u32,
}

/// An environment.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Environment {
    key: String,
    name: String,
    production: bool,
    /// How many approvals a change needs that alters what is compiled for it.
    required_approvals: u32,
    /// Teams of which some of those must come.
    approvals_from: Vec<TeamApprovals>,
    /// Whether what somebody owns is changed there only with their approval.
    owners_approve: bool,
    /// Times in which it is left alone.
    freezes: Vec<super::schedule::Freeze>,
}

/// A data plane and how far it came.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Node {
    id: String,
    kind: NodeKind,
    revision: u64,
    state: NodeState,
    reason: Option<String>,
    since: Timestamp,
}

/// What a node is.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum NodeKind {
    Gateway,
    Sdk,
}

/// How far an environment's snapshot came at a node.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum NodeState {
    Acknowledged,
    Sent,
    Refused,
    Behind,
    Gone,
}

/// Somebody who owns something, or nobody.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Owner {
    /// A member's id, a team's key, or any other name; absent for what nobody owns.
    owner: Option<String>,
    name: String,
    /// Why they can't answer for anything; absent for who can.
    why: Option<String>,
    count: u32,
    /// Which; only of those who can't answer for them.
    resources: Vec<Owned>,
}

/// A resource that somebody owns.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct Owned {
    target: ResourceId,
    /// What people call it.
    title: String,
}
