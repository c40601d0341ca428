//! Guardrails and what they say.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Writer;

/// A rule that changes must satisfy before they are applied.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Guardrail {
    key: String,
    name: Option<String>,
    description: Option<String>,
    owner: Option<String>,
    tags: Option<Vec<String>>,
    managed_by: Option<Writer>,
    /// CEL: what must be true of a change.
    rule: String,
    /// What to tell the person whose change does not satisfy it.
    message: String,
    /// `warn` where absent.
    effect: Option<Effect>,
    /// It looks only at these; at all where absent.
    environments: Option<Vec<String>>,
    /// True where absent.
    enabled: Option<bool>,
    /// It also blocks reverts, restores and flags turned off; these are only warned where absent.
    reverts: Option<bool>,
}

/// What becomes of a change that does not satisfy a guardrail.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Effect {
    Warn,
    Block,
}

/// What a guardrail says of a change.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verdict {
    key: String,
    name: String,
    effect: Effect,
    passed: bool,
    message: String,
    /// Why its rule could not be answered; then it is not passed.
    error: Option<String>,
    set: Set,
    owner: Option<String>,
}

/// Which set a guardrail is from: as they are before the change, as it makes them, or alike in both.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Set {
    Now,
    After,
    Both,
}

/// What a guardrail would have said of past changes.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tried {
    /// How many revisions it was held against; those it does not look at are not counted.
    tried: usize,
    /// How many of them it would have stopped.
    stopped: usize,
    /// One for each, newest first.
    results: Vec<TriedOn>,
}

/// What it would have said of one revision.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TriedOn {
    revision: u64,
    title: String,
    passed: bool,
    /// It could not have been applied.
    stopped: bool,
    /// Empty where it passed.
    message: String,
    error: Option<String>,
}
