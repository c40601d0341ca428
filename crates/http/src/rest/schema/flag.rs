//! Flags, targeting and segments.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Json, Writer};

/// A feature flag of the project.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Flag {
    key: String,
    name: Option<String>,
    description: Option<String>,
    owner: Option<String>,
    tags: Option<Vec<String>>,
    managed_by: Option<Writer>,
    r#type: Purpose,
    /// The last day it is meant to be there.
    expires: Option<String>,
    /// Put aside: nobody sees it.
    archived: Option<bool>,
    /// 1 to 100 values of one JSON type. New ones go to the end, only the last may be taken away.
    variations: Vec<Variation>,
    client_side_availability: ClientSideAvailability,
}

/// What sort of decision a flag is.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Purpose {
    Release,
    Experiment,
    Operational,
    Permission,
}

/// One value a flag can have.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Variation {
    id: String,
    #[schema(value_type = Json)]
    value: (),
    description: Option<String>,
}

/// Which client-side SDKs may see a flag.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientSideAvailability {
    using_mobile_key: bool,
    using_environment_id: bool,
}

/// Who gets which variation of one flag in one environment. Variations are named by index.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Targeting {
    key: String,
    managed_by: Option<Writer>,
    on: bool,
    salt: Option<String>,
    off_variation: Option<i64>,
    fallthrough: Serve,
    rules: Option<Vec<Rule>>,
    targets: Option<Vec<Target>>,
    context_targets: Option<Vec<Target>>,
    prerequisites: Option<Vec<Prerequisite>>,
    track_events: Option<bool>,
    track_events_fallthrough: Option<bool>,
    debug_events_until_date: Option<i64>,
    migration: Option<Migration>,
    sampling_ratio: Option<u64>,
    exclude_from_summaries: Option<bool>,
}

/// LaunchDarkly's migration settings.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Migration {
    check_ratio: Option<u64>,
}

/// A variation or a rollout.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Serve {
    variation: Option<i64>,
    rollout: Option<Rollout>,
}

/// Divides contexts by a hash; weights are 100,000ths.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rollout {
    kind: Option<RolloutKind>,
    context_kind: Option<String>,
    bucket_by: Option<String>,
    seed: Option<i64>,
    variations: Vec<WeightedVariation>,
}

/// What a rollout is for.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RolloutKind {
    Rollout,
    Experiment,
}

/// A variation's part of 100,000.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WeightedVariation {
    variation: i64,
    weight: i64,
    untracked: Option<bool>,
}

/// Conditions that must all hold, and what is served then.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rule {
    id: String,
    description: Option<String>,
    clauses: Vec<Clause>,
    track_events: Option<bool>,
    variation: Option<i64>,
    rollout: Option<Rollout>,
}

/// One condition on one attribute; holds if any value does.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Clause {
    context_kind: Option<String>,
    attribute: String,
    op: Op,
    #[schema(value_type = Vec<Json>)]
    values: (),
    negate: Option<bool>,
}

/// How a clause compares.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Op {
    In,
    StartsWith,
    EndsWith,
    Matches,
    Contains,
    LessThan,
    LessThanOrEqual,
    GreaterThan,
    GreaterThanOrEqual,
    Before,
    After,
    SemVerEqual,
    SemVerLessThan,
    SemVerGreaterThan,
    SegmentMatch,
}

/// Contexts that get a variation by key.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Target {
    context_kind: Option<String>,
    variation: i64,
    values: Vec<String>,
}

/// Another flag that must be on and serve `variation`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Prerequisite {
    key: String,
    variation: i64,
}

/// A named set of contexts.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Segment {
    key: String,
    name: Option<String>,
    description: Option<String>,
    owner: Option<String>,
    tags: Option<Vec<String>>,
    managed_by: Option<Writer>,
    salt: Option<String>,
    included: Option<Vec<String>>,
    excluded: Option<Vec<String>>,
    included_contexts: Option<Vec<SegmentTarget>>,
    excluded_contexts: Option<Vec<SegmentTarget>>,
    rules: Option<Vec<SegmentRule>>,
    unbounded: Option<bool>,
    unbounded_context_kind: Option<String>,
    generation: Option<i64>,
    /// The list of a big segment that is kept here.
    list: Option<super::list::BigList>,
}

/// Keys of one context kind.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SegmentTarget {
    context_kind: String,
    values: Vec<String>,
}

/// Conditions that put a context, or a part of those that match, into the segment.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SegmentRule {
    id: String,
    description: Option<String>,
    clauses: Vec<Clause>,
    weight: Option<i64>,
    bucket_by: Option<String>,
    rollout_context_kind: Option<String>,
}
