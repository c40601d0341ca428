//! Who would be affected.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Json, ResourceId};

/// Who would be affected in one environment.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Impact {
    /// The head that the edits were tried on.
    head: u64,
    sample: Sample,
    /// The flags that differ, and of those that depend on them the ones that move somebody.
    flags: Vec<FlagImpact>,
    /// The routes that differ or divide by a flag that does, and those that win or lose a request.
    routes: Vec<RouteImpact>,
    /// The services these lead to, and what each gets of all requests seen.
    services: Vec<ServiceImpact>,
    /// What depends on what differs.
    dependents: Vec<Dependent>,
    /// Different contexts that get something else from some flag.
    contexts_moved: usize,
    /// Requests that go somewhere else.
    requests_moved: usize,
}

/// What a judgement rests on.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImpactSample)]
pub(crate) struct Sample {
    /// Different contexts that were looked at.
    contexts: usize,
    /// How many different ones were seen; an estimate where not all are kept.
    contexts_seen: u64,
    /// Requests that were looked at.
    requests: usize,
    /// How many came; an estimate where not all are kept.
    requests_seen: u64,
    /// When the oldest of them was last seen.
    #[schema(required)]
    from: Option<Timestamp>,
    /// When the newest was.
    #[schema(required)]
    to: Option<Timestamp>,
    /// From the one to the other.
    seconds: u64,
    /// Whether it is enough to judge by.
    enough: bool,
    /// What to know about it; why it is not enough.
    #[schema(required)]
    note: Option<String>,
    missing: Vec<Missing>,
}

/// Something that the change looks at and that is not known of those seen.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImpactMissing)]
pub(crate) struct Missing {
    /// `request` for a part of a request.
    context_kind: String,
    attribute: String,
    because: String,
}

/// What a flag's answers become.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FlagImpact {
    flag: String,
    name: String,
    /// How many contexts it was asked for.
    asked: usize,
    /// How many of them get something else.
    moved: usize,
    moves: Vec<Move>,
    /// The values that most of those who move share.
    by: Vec<Group>,
    examples: Vec<Example>,
}

/// Contexts that move alike.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Move {
    /// `null` where the flag is not there or has no answer.
    #[schema(required)]
    from: Option<Served>,
    #[schema(required)]
    to: Option<Served>,
    contexts: usize,
}

/// A variation that is served.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Served {
    /// Its index in the flag.
    variation: usize,
    /// Its id; where only its value differs, with the value.
    label: String,
}

/// Those that move and have a value in common.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Group {
    context_kind: String,
    attribute: String,
    #[schema(value_type = Json)]
    value: (),
    contexts: usize,
}

/// Somebody who gets something else.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Example {
    key: String,
    context_kind: String,
    #[schema(value_type = std::collections::BTreeMap<String, Json>)]
    attributes: (),
    #[schema(required)]
    from: Option<Served>,
    #[schema(required)]
    to: Option<Served>,
    /// What decides then, in words.
    why: String,
    /// What decides now.
    why_before: String,
}

/// What becomes of a route's requests.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RouteImpact {
    route: String,
    name: String,
    /// How many requests it takes now or would take.
    requests: usize,
    moved: usize,
    moves: Vec<ArmMove>,
}

/// Requests that move alike.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ArmMove {
    /// The arm's id; `null` where the route does not take them, or serves nobody.
    #[schema(required)]
    from: Option<String>,
    #[schema(required)]
    to: Option<String>,
    requests: usize,
}

/// What a service gets of all requests.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceImpact {
    service: String,
    subset: String,
    before_percent: f64,
    after_percent: f64,
    before_rps: f64,
    after_rps: f64,
}

/// Something that depends on what differs.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Dependent {
    target: ResourceId,
    /// How, in words.
    why: String,
}
