//! A flag's targeting in one environment, in LaunchDarkly's own terms.

use serde::{Deserialize, Serialize};

use crate::Writer;
use crate::flag::Flag;
use crate::flag_spec::{FlagSpec, Migration, Prerequisite, Rule, Target, VariationOrRollout};
use crate::ids::Key;

/// Who gets which variation of one flag in one environment: LaunchDarkly's model, field for field.
/// Variations are named by their index in the flag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Targeting {
    /// The flag's key.
    pub key: Key,
    /// Its one writer; others leave it alone.
    #[serde(default, skip_serializing_if = "Writer::is_page")]
    pub managed_by: Writer,
    /// Off serves `off_variation` to everyone.
    #[serde(default)]
    pub on: bool,
    /// Part of every rollout's hash; kept as imported, so that nobody moves.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub salt: String,
    /// Flags that must have a given variation first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prerequisites: Vec<Prerequisite>,
    /// Single users, by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
    /// Single contexts of other kinds, by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context_targets: Vec<Target>,
    /// First match wins. Ids are stable and unique in the flag.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// What everyone else gets.
    #[serde(default)]
    pub fallthrough: VariationOrRollout,
    /// What everyone gets when it is off; `None` answers the caller's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_variation: Option<i64>,
    /// Send an event for each evaluation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub track_events: bool,
    /// Send an event for each evaluation that falls through.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub track_events_fallthrough: bool,
    /// Debug events until then: milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debug_events_until_date: Option<i64>,
    /// LaunchDarkly's migration settings, carried as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration: Option<Migration>,
    /// One event of this many is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling_ratio: Option<u64>,
    /// Leave the flag out of summary events.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exclude_from_summaries: bool,
}

impl Targeting {
    /// What a flag does in an environment where nobody has said anything yet: off, the last variation
    /// to everyone, and the first one ready for when it is turned on.
    pub fn untouched(flag: &Flag) -> Self {
        Targeting {
            key: flag.key.clone(),
            managed_by: Writer::Page,
            on: false,
            salt: String::new(),
            prerequisites: vec![],
            targets: vec![],
            context_targets: vec![],
            rules: vec![],
            fallthrough: VariationOrRollout { variation: Some(0), rollout: None },
            off_variation: Some(flag.variations.len() as i64 - 1),
            track_events: false,
            track_events_fallthrough: false,
            debug_events_until_date: None,
            migration: None,
            sampling_ratio: None,
            exclude_from_summaries: false,
        }
    }

    /// The flag as LaunchDarkly's clients and the evaluator see it. `version` is the newest revision
    /// that touched the flag or its targeting.
    pub fn to_spec(&self, flag: &Flag, version: u64) -> FlagSpec {
        FlagSpec {
            key: flag.key.to_string(),
            version,
            on: self.on,
            deleted: false,
            salt: self.salt.clone(),
            variations: flag.variations.iter().map(|v| v.value.clone()).collect(),
            off_variation: self.off_variation,
            fallthrough: self.fallthrough.clone(),
            prerequisites: self.prerequisites.clone(),
            targets: self.targets.clone(),
            context_targets: self.context_targets.clone(),
            rules: self.rules.clone(),
            client_side_availability: Some(flag.client_side_availability),
            client_side: flag.client_side_availability.using_environment_id,
            track_events: self.track_events,
            track_events_fallthrough: self.track_events_fallthrough,
            debug_events_until_date: self.debug_events_until_date,
            migration: self.migration,
            sampling_ratio: self.sampling_ratio,
            exclude_from_summaries: self.exclude_from_summaries,
        }
    }
}
