//! What control answers, ready for the API.

use jiff::Timestamp;
use serde::Serialize;
use switchyard_model::access::Role;
use switchyard_model::ids::Key;
use switchyard_model::merge::FieldChange;
use switchyard_model::{ChangeState, Edit, Op, Origin, Problem, ResourceId};
use switchyard_snapshot::sentences::Sentence;
use switchyard_store::{Environment, KeyKind, Way};

use crate::{Conflict, Neighbour, Person, ReviewView, ScheduleView, Verdict};

/// A project as people see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// Its key.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// Its newest revision's number; 0 before the first.
    pub head: u64,
    /// Its environments, in order.
    pub environments: Vec<Environment>,
}

/// What edits would do at the head.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// The head they were tried on.
    pub head: u64,
    /// True where they can be applied.
    pub ok: bool,
    /// What stands against it. Where `ok`, what is worth knowing all the same.
    pub problems: Vec<Problem>,
    /// One for each edit that fits, in order, and then what follows from them.
    pub edits: Vec<EditView>,
    /// Whose compiled snapshots they would alter.
    pub environments: Vec<Key>,
    /// What the guardrails say, by key. One that blocks and is not passed stands against it too.
    pub guardrails: Vec<Verdict>,
    /// How many edits are left out: those in environments that the reader may not see.
    #[serde(skip_serializing_if = "is_none")]
    pub hidden: usize,
    /// Where a later revision changed the same field as the change: a side can be chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
}

/// An edit in words and as a difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EditView {
    /// Which resource.
    pub target: ResourceId,
    /// What was asked for.
    pub op: Op,
    /// What it did.
    pub sentence: Sentence,
    /// What people call the resource.
    pub title: String,
    /// Field by field.
    pub difference: Vec<FieldChange>,
}

/// A revision as people see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionView {
    /// Its number.
    pub number: u64,
    /// When it was applied.
    pub at: Timestamp,
    /// Who applied it.
    pub author: String,
    /// Their name.
    pub author_name: String,
    /// What it does.
    pub title: String,
    /// Why.
    pub reason: String,
    /// What it came from.
    pub origin: Origin,
    /// What it did.
    pub edits: Vec<EditView>,
    /// How many edits are left out: those in environments that the reader may not see.
    #[serde(skip_serializing_if = "is_none")]
    pub hidden: usize,
    /// The environments it acted in; an edit of the project acts in all.
    pub environments: Vec<Key>,
    /// What the guardrails of its time say of it; left out of lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub guardrails: Vec<Verdict>,
    /// The newest revision that reverted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverted_by: Option<u64>,
}

/// A proposed change as people see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeView {
    /// Its number.
    pub number: u64,
    /// What it does.
    pub title: String,
    /// Why.
    pub reason: String,
    /// Who proposed it.
    pub author: String,
    /// Their name.
    pub author_name: String,
    /// Where it stands.
    pub state: ChangeState,
    /// Grows with each update.
    pub version: u64,
    /// The head it was last checked against.
    pub base: u64,
    /// The revision it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// What it does, in order.
    pub edits: Vec<Edit>,
    /// What it would do now; for an applied change, what it did.
    pub check: Check,
    /// Where to read more.
    pub links: Vec<String>,
    /// What it came from, where that is not a person's own edits: a revert, files, a trigger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// What must be applied before it. While that is open, it is tried on top of it.
    pub after: Vec<Neighbour>,
    /// The open changes that come right after it.
    pub followers: Vec<Neighbour>,
    /// The hash of the difference it makes on the present head, or made; `None` where it does not fit.
    pub difference: Option<String>,
    /// What it needs, who said what of it, and what the caller may do with it.
    pub review: ReviewView,
    /// How many comments it has.
    pub comments: u64,
    /// When it applies and is taken back, if it was ever scheduled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleView>,
}

/// A revision, a change that waits to become one, or what one would be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// It is applied.
    Applied(Box<RevisionView>),
    /// It needs approvals first, and waits for them as a change in review.
    Proposed(Box<ChangeView>),
    /// It was only tried, or there was nothing to do.
    Checked(Box<Check>),
}

/// A member as people see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Unique.
    pub id: String,
    /// What people call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Where they are written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// False where they are locked out.
    pub active: bool,
    /// The keys of their teams.
    pub teams: Vec<Key>,
    /// How they may sign in beside a link: with a password, at the provider.
    pub ways: Vec<Way>,
}

/// A team as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Team {
    /// Unique.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// Grows each time it becomes another.
    pub version: u64,
    /// Who is in it, by name.
    pub members: Vec<Person>,
}

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiToken {
    /// Unique.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The only project it opens; all where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<Key>,
    /// The secret's last four characters.
    pub hint: String,
    /// Who made it: a member's or token's id.
    pub created_by: String,
    /// The key of the team whose it is; it acts for its maker where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<Key>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// Until when the secret before this one opens too, where it was rotated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_until: Option<Timestamp>,
}

/// A key of an environment, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentKey {
    /// Unique.
    pub id: String,
    /// What it opens.
    pub kind: KeyKind,
    /// The secret's last four characters.
    pub hint: String,
    /// The client-side id, which is public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// For what is told only where there is some.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes what it skips by reference")]
fn is_none(count: &usize) -> bool {
    *count == 0
}
