//! Policies of who may do what.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Role;
use super::review::Person;

/// Who may do what in a project.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Policies {
    /// Those that ship with the product, weakest role first.
    presets: Vec<Preset>,
    /// The project's own, by key.
    items: Vec<Policy>,
    /// What policies can speak of: a Cedar schema.
    schema: String,
}

/// A policy that ships with the product.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Preset {
    key: String,
    words: String,
    text: String,
}

/// One of a project's own policies.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Policy {
    key: String,
    name: String,
    text: String,
    version: u64,
    updated_at: String,
    updated_by: Person,
    /// What it says, for people.
    statements: Vec<Statement>,
    /// It speaks of an environment that you may not see: its name is another, and what it says is left out.
    hidden: bool,
    /// The project's policies can't be read: only admins may anything until they are mended.
    unreadable: bool,
}

/// A `permit` or a `forbid`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statement {
    effect: PolicyEffect,
    words: String,
}

/// What a statement does. One that forbids wins over all that permit.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PolicyEffect {
    Forbid,
    Permit,
}

/// What is to be said of a policy that somebody writes.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyCheck {
    mistakes: Vec<PolicyMistake>,
    /// Empty while something is wrong.
    statements: Vec<Statement>,
    /// Nobody could administer the project any more.
    locks_out: Option<String>,
}

/// Something that is wrong with a policy.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyMistake {
    line: u64,
    column: u64,
    length: u64,
    reason: String,
    hint: Option<String>,
}

/// What somebody may be allowed to do.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Deed {
    View,
    Propose,
    Apply,
    Approve,
    Comment,
    Revert,
    BreakGlass,
    ManageKeys,
    Administer,
}

/// Whether somebody may do something, and why.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Why {
    allowed: bool,
    /// The answer as people say it.
    sentence: String,
    who: Person,
    action: Deed,
    target: String,
    /// None where nothing allows it.
    by: Vec<By>,
    /// For a resource: whether they may change each of its parts.
    aspects: Option<Vec<AspectAllowed>>,
}

/// A statement from which a decision follows.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct By {
    policy: String,
    name: String,
    preset: bool,
    effect: PolicyEffect,
    words: String,
    via: Option<Via>,
}

/// By which role or team a statement takes somebody in.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Via {
    Role(Role),
    Team(String),
}

/// Whether one part of a resource may be changed.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AspectAllowed {
    aspect: Aspect,
    allowed: bool,
    /// Where it may not, why, and who can help.
    why: Option<String>,
}

/// A part of a resource.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Aspect {
    Created,
    Deleted,
    Details,
    Owner,
    Tags,
    ManagedBy,
    Variations,
    Clients,
    Archived,
    On,
    Percentage,
    Rules,
    Targets,
    Prerequisites,
    OffVariation,
    Bucketing,
    Events,
    Members,
    Weights,
    Arms,
    Match,
    Forwarding,
    Endpoints,
    Mapping,
    Rule,
}

/// The project's own policy that forbids something.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Forbidding {
    key: String,
    name: String,
    words: String,
}
