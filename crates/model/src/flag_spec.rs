//! A flag as LaunchDarkly's SDKs and relay speak it on the wire, field for field.
//!
//! What is read is read with tolerance: a missing field or a `null` takes LaunchDarkly's default, an unknown
//! field is passed over, an unknown operator is kept as it stands (and never matches). What is written holds
//! every list and flag that the official SDKs read without looking first, and leaves out the rest when it says
//! nothing.
//!
//! Source: the data model of LaunchDarkly's open SDKs, as in crate `launchdarkly-server-sdk-evaluation` 2.2 and
//! in `go-server-sdk-evaluation`'s `ldmodel`.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A feature flag of one environment: its variations and who gets which.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FlagSpec {
    /// Unique among the environment's flags.
    #[serde(deserialize_with = "null_default")]
    pub key: String,
    /// Grows with every change; an SDK ignores what isn't newer than what it has.
    #[serde(deserialize_with = "null_default")]
    pub version: u64,
    /// Whether targeting is on; when off everybody gets `off_variation`.
    #[serde(deserialize_with = "null_default")]
    pub on: bool,
    /// A tombstone: the flag is gone, only key and version count.
    #[serde(deserialize_with = "null_default", skip_serializing_if = "is_false")]
    pub deleted: bool,
    /// Part of what is hashed for a percentage, unless the rollout has a seed.
    #[serde(deserialize_with = "null_default")]
    pub salt: String,
    /// The values, addressed by index from 0.
    #[serde(deserialize_with = "null_default")]
    pub variations: Arc<[Value]>,
    /// Index of what is answered when off or when a prerequisite fails; `None` answers the caller's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub off_variation: Option<i64>,
    /// What is answered when no target and no rule matches.
    #[serde(deserialize_with = "null_default")]
    pub fallthrough: VariationOrRollout,
    /// Flags that must be on and answer a certain variation first, all of them.
    #[serde(deserialize_with = "null_default")]
    pub prerequisites: Vec<Prerequisite>,
    /// Keys of `user` contexts that get a variation by name.
    #[serde(deserialize_with = "null_default")]
    pub targets: Vec<Target>,
    /// Keys of contexts of any kind. When there are any, they alone give the order, and an entry of kind `user`
    /// without values stands for the entry of `targets` with the same variation.
    #[serde(deserialize_with = "null_default")]
    pub context_targets: Vec<Target>,
    /// Tried in order after the targets; the first that matches decides.
    #[serde(deserialize_with = "null_default")]
    pub rules: Vec<Rule>,
    /// Which kinds of client-side SDK get this flag; `None` leaves it to the older `client_side`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_side_availability: Option<ClientSideAvailability>,
    /// The older form of `client_side_availability.using_environment_id`.
    #[serde(deserialize_with = "null_default")]
    pub client_side: bool,
    /// SDKs send full events for every evaluation.
    #[serde(deserialize_with = "null_default")]
    pub track_events: bool,
    /// SDKs send full events for evaluations that end in the fallthrough.
    #[serde(deserialize_with = "null_default")]
    pub track_events_fallthrough: bool,
    /// Until this time (Unix, milliseconds) SDKs send debug events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug_events_until_date: Option<i64>,
    /// Set when the flag steers a migration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration: Option<Migration>,
    /// One in so many events is sent; `None` is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling_ratio: Option<u64>,
    /// Leaves the flag out of the SDKs' summary events.
    #[serde(deserialize_with = "null_default", skip_serializing_if = "is_false")]
    pub exclude_from_summaries: bool,
}

impl FlagSpec {
    /// What stays of a removed flag, so that SDKs drop it.
    pub fn tombstone(key: impl Into<String>, version: u64) -> Self {
        Self { key: key.into(), version, deleted: true, ..Self::default() }
    }

    /// Whether browser SDKs, which know only an environment id, may see the flag.
    pub fn using_environment_id(&self) -> bool {
        self.client_side_availability.map_or(self.client_side, |a| a.using_environment_id)
    }

    /// Whether mobile SDKs may see the flag. Flags older than the setting are visible.
    pub fn using_mobile_key(&self) -> bool {
        self.client_side_availability.is_none_or(|a| a.using_mobile_key)
    }
}

/// Either a variation or a rollout; a `variation` wins over a `rollout`, neither is a malformed flag.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VariationOrRollout {
    /// Index into the flag's variations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variation: Option<i64>,
    /// Divides the contexts among several variations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
}

/// Another flag that must be on and answer `variation`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Prerequisite {
    /// The other flag's key.
    #[serde(deserialize_with = "null_default")]
    pub key: String,
    /// Index into the other flag's variations.
    #[serde(deserialize_with = "null_default")]
    pub variation: i64,
}

/// Contexts that get a variation by their key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Target {
    /// `None` is `user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_kind: Option<String>,
    /// The contexts' keys.
    #[serde(deserialize_with = "null_default")]
    pub values: Vec<String>,
    /// Index into the flag's variations.
    #[serde(deserialize_with = "null_default")]
    pub variation: i64,
}

/// Conditions that must all hold, and what is answered then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    /// Stable; shown in evaluation reasons.
    #[serde(deserialize_with = "null_default")]
    pub id: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// All must hold; a rule without clauses matches everybody.
    #[serde(deserialize_with = "null_default")]
    pub clauses: Vec<Clause>,
    /// SDKs send full events for evaluations that this rule decides.
    #[serde(deserialize_with = "null_default")]
    pub track_events: bool,
    /// Index into the flag's variations; wins over `rollout`, neither is a malformed flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variation: Option<i64>,
    /// Divides the contexts that match among several variations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
}

/// One condition on one attribute; holds if any of `values` does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Clause {
    /// The kind of context that is asked. `None` is `user`, and then `attribute` is a plain name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_kind: Option<String>,
    /// An attribute's name, or with a `context_kind` also a reference such as `/address/city`.
    /// The name `kind` stands for the context's own kinds. Means nothing to `segmentMatch`.
    #[serde(deserialize_with = "null_default")]
    pub attribute: String,
    /// How the attribute is compared with each value.
    #[serde(deserialize_with = "null_default")]
    pub op: Op,
    /// Any one must match.
    #[serde(deserialize_with = "null_default")]
    pub values: Vec<Value>,
    /// Turns the result round, but a missing attribute never matches.
    #[serde(deserialize_with = "null_default", skip_serializing_if = "is_false")]
    pub negate: bool,
}

/// How a clause compares an attribute with a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Op {
    /// Equal, of the same type.
    In,
    /// A string that begins with the value.
    StartsWith,
    /// A string that ends with the value.
    EndsWith,
    /// A string in which the regular expression is found anywhere.
    Matches,
    /// A string that holds the value anywhere.
    Contains,
    /// A number below the value.
    LessThan,
    /// A number not above the value.
    LessThanOrEqual,
    /// A number above the value.
    GreaterThan,
    /// A number not below the value.
    GreaterThanOrEqual,
    /// A time (RFC 3339, or Unix milliseconds) before the value.
    Before,
    /// A time (RFC 3339, or Unix milliseconds) after the value.
    After,
    /// A semantic version (`1`, `1.2` and `1.2.3` are one) equal to the value, builds aside.
    SemVerEqual,
    /// A semantic version lower than the value.
    SemVerLessThan,
    /// A semantic version higher than the value.
    SemVerGreaterThan,
    /// The context is in the segment whose key is the value.
    SegmentMatch,
    /// An operator that this version doesn't know; never matches.
    Unknown(String),
}

impl Op {
    /// Every operator that is known, with its name on the wire.
    pub const KNOWN: [(&str, Self); 15] = [
        ("in", Self::In),
        ("startsWith", Self::StartsWith),
        ("endsWith", Self::EndsWith),
        ("matches", Self::Matches),
        ("contains", Self::Contains),
        ("lessThan", Self::LessThan),
        ("lessThanOrEqual", Self::LessThanOrEqual),
        ("greaterThan", Self::GreaterThan),
        ("greaterThanOrEqual", Self::GreaterThanOrEqual),
        ("before", Self::Before),
        ("after", Self::After),
        ("semVerEqual", Self::SemVerEqual),
        ("semVerLessThan", Self::SemVerLessThan),
        ("semVerGreaterThan", Self::SemVerGreaterThan),
        ("segmentMatch", Self::SegmentMatch),
    ];

    /// The name on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unknown(name) => name,
            known => Self::KNOWN.iter().find(|(_, op)| op == known).map_or("", |(name, _)| name),
        }
    }
}

/// An operator that isn't given is an unknown one.
impl Default for Op {
    fn default() -> Self {
        Self::Unknown(String::new())
    }
}

impl From<String> for Op {
    fn from(name: String) -> Self {
        match Self::KNOWN.into_iter().find(|(known, _)| *known == name) {
            Some((_, op)) => op,
            None => Self::Unknown(name),
        }
    }
}

impl From<Op> for String {
    fn from(op: Op) -> Self {
        match op {
            Op::Unknown(name) => name,
            known => known.as_str().to_owned(),
        }
    }
}

/// Divides contexts among variations by a hash, so that one context always gets the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rollout {
    /// A plain percentage or an experiment; `None` is a plain percentage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<RolloutKind>,
    /// The kind of context that is divided. `None` is `user`, and then `bucket_by` is a plain name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_kind: Option<String>,
    /// The variations with their parts of 100,000. What the parts leave open goes to the last.
    #[serde(deserialize_with = "null_default")]
    pub variations: Vec<WeightedVariation>,
    /// The attribute that is hashed; `None` is `key`. An experiment always hashes `key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_by: Option<String>,
    /// Hashed instead of the flag's key and salt, so that several flags divide alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
}

/// What a rollout is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum RolloutKind {
    /// A percentage rollout.
    Rollout,
    /// An experiment: reasons say who is in it.
    Experiment,
    /// A kind that this version doesn't know; makes the flag malformed where it is used.
    Unknown(String),
}

impl From<String> for RolloutKind {
    fn from(name: String) -> Self {
        match name.as_str() {
            "rollout" => Self::Rollout,
            "experiment" => Self::Experiment,
            _ => Self::Unknown(name),
        }
    }
}

impl From<RolloutKind> for String {
    fn from(kind: RolloutKind) -> Self {
        match kind {
            RolloutKind::Rollout => "rollout".to_owned(),
            RolloutKind::Experiment => "experiment".to_owned(),
            RolloutKind::Unknown(name) => name,
        }
    }
}

/// A variation and its part of a rollout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WeightedVariation {
    /// Index into the flag's variations.
    #[serde(deserialize_with = "null_default")]
    pub variation: i64,
    /// Part of 100,000: 37,500 is 37.5 %.
    #[serde(deserialize_with = "null_default")]
    pub weight: i64,
    /// In an experiment: these contexts get the variation but aren't counted.
    #[serde(deserialize_with = "null_default", skip_serializing_if = "is_false")]
    pub untracked: bool,
}

/// Which client-side SDKs may see a flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientSideAvailability {
    /// Those that use a mobile key.
    #[serde(deserialize_with = "null_default")]
    pub using_mobile_key: bool,
    /// Those that use a client-side (environment) id: browsers.
    #[serde(deserialize_with = "null_default")]
    pub using_environment_id: bool,
}

/// Settings of a flag that steers a migration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Migration {
    /// One in so many reads is compared between old and new; `None` is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_ratio: Option<u64>,
}

/// Reads `null` as the type's default, as the official SDKs do.
pub(crate) fn null_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

pub(crate) fn is_false(value: &bool) -> bool {
    !*value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_but_a_key_takes_the_defaults_and_writes_every_list() {
        let flag: FlagSpec =
            serde_json::from_value(json!({"key": "k", "rules": null, "unheardOf": 1})).unwrap();
        assert!(!flag.using_environment_id() && flag.using_mobile_key());
        assert_eq!(
            serde_json::to_value(&flag).unwrap(),
            json!({
                "key": "k", "version": 0, "on": false, "salt": "", "variations": [], "fallthrough": {},
                "prerequisites": [], "targets": [], "contextTargets": [], "rules": [], "clientSide": false,
                "trackEvents": false, "trackEventsFallthrough": false,
            })
        );
    }

    #[test]
    fn a_full_flag_survives_a_round_trip_unchanged() {
        let full = json!({
            "key": "k", "version": 3, "on": true, "deleted": true, "salt": "s", "variations": [1, {"a": null}],
            "offVariation": -1, "fallthrough": {"rollout": {"kind": "experiment", "contextKind": "org",
                "variations": [{"variation": 0, "weight": 37500, "untracked": true}], "bucketBy": "/a/b", "seed": 7}},
            "prerequisites": [{"key": "p", "variation": 1}],
            "targets": [{"values": ["a"], "variation": 0}],
            "contextTargets": [{"contextKind": "org", "values": [], "variation": 0}],
            "rules": [{"id": "r", "description": "d", "trackEvents": true, "variation": 1, "clauses": [
                {"contextKind": "user", "attribute": "/a", "op": "sounds", "values": [1], "negate": true}]}],
            "clientSideAvailability": {"usingMobileKey": false, "usingEnvironmentId": true}, "clientSide": false,
            "trackEvents": true, "trackEventsFallthrough": true, "debugEventsUntilDate": 5,
            "migration": {"checkRatio": 2}, "samplingRatio": 3, "excludeFromSummaries": true,
        });
        let flag: FlagSpec = serde_json::from_value(full.clone()).unwrap();
        assert_eq!(flag.rules[0].clauses[0].op, Op::Unknown("sounds".to_owned()));
        assert!(flag.using_environment_id() && !flag.using_mobile_key());
        assert_eq!(serde_json::to_value(&flag).unwrap(), full);
    }

    #[test]
    fn every_operator_keeps_its_name() {
        for (name, op) in Op::KNOWN {
            assert_eq!(serde_json::to_value(&op).unwrap(), json!(name));
            assert_eq!(serde_json::from_value::<Op>(json!(name)).unwrap(), op);
        }
    }
}
