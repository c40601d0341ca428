//! A segment: a named set of contexts, in LaunchDarkly's own terms.

use serde::{Deserialize, Serialize};

use crate::Writer;
use crate::ids::Key;
use crate::segment_spec::{SegmentRule, SegmentSpec, SegmentTarget};

/// A named set of contexts in one environment. Included beats excluded beats rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Segment {
    /// Unique in the environment.
    pub key: Key,
    /// What people call it; the key where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Who is in it and why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The person or team who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Free words for finding it; sorted, unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Its one writer; others leave it alone.
    #[serde(default, skip_serializing_if = "Writer::is_page")]
    pub managed_by: Writer,
    /// Part of every rollout's hash; kept as imported, so that nobody moves.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub salt: String,
    /// User keys that are in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included: Vec<String>,
    /// User keys that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<String>,
    /// Keys of other kinds that are in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included_contexts: Vec<SegmentTarget>,
    /// Keys of other kinds that are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded_contexts: Vec<SegmentTarget>,
    /// Any match includes. Ids are stable and unique in the segment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<SegmentRule>,
    /// LaunchDarkly's big segments: the list is kept elsewhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unbounded: bool,
    /// The kind a big segment's keys are of; `user` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unbounded_context_kind: Option<String>,
    /// Which generation of a big segment's list counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// The list of a big segment that is kept here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<KeyList>,
}

/// A list of keys, by what is in it: the keys themselves are no part of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyList {
    /// SHA-256 of its content, in hexadecimal.
    pub hash: Key,
    /// So many keys are in.
    pub included: u64,
    /// So many are out.
    pub excluded: u64,
}

impl Segment {
    /// The segment as LaunchDarkly's clients and the evaluator see it.
    pub fn to_spec(&self, version: u64) -> SegmentSpec {
        SegmentSpec {
            key: self.key.to_string(),
            version,
            deleted: false,
            salt: self.salt.clone(),
            included: self.included.clone(),
            excluded: self.excluded.clone(),
            included_contexts: self.included_contexts.clone(),
            excluded_contexts: self.excluded_contexts.clone(),
            rules: self.rules.clone(),
            unbounded: self.unbounded,
            unbounded_context_kind: self.unbounded_context_kind.clone(),
            generation: self.generation,
            list: self.list.as_ref().map(|list| list.hash.clone()),
        }
    }

    /// What people call it.
    pub fn title(&self) -> &str {
        if self.name.is_empty() { &self.key } else { &self.name }
    }
}
