//! A segment as LaunchDarkly's SDKs and relay speak it on the wire, field for field.
//!
//! Reads with tolerance and writes what SDKs need, as [`crate::flag_spec`] does.

use serde::{Deserialize, Deserializer, Serialize};

use crate::flag_spec::{Clause, is_false, null_default};

/// A named group of contexts. Included beats excluded beats rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SegmentSpec {
    /// Unique among the environment's segments.
    #[serde(deserialize_with = "null_default")]
    pub key: String,
    /// Grows with every change.
    #[serde(deserialize_with = "null_default")]
    pub version: u64,
    /// A tombstone: the segment is gone, only key and version count.
    #[serde(deserialize_with = "null_default", skip_serializing_if = "is_false")]
    pub deleted: bool,
    /// Part of what is hashed for a rule's percentage.
    #[serde(deserialize_with = "null_default")]
    pub salt: String,
    /// Keys of `user` contexts that are in.
    #[serde(deserialize_with = "null_default")]
    pub included: Vec<String>,
    /// Keys of `user` contexts that are out, unless included.
    #[serde(deserialize_with = "null_default")]
    pub excluded: Vec<String>,
    /// Keys of contexts of any kind that are in.
    #[serde(deserialize_with = "null_default")]
    pub included_contexts: Vec<SegmentTarget>,
    /// Keys of contexts of any kind that are out, unless included.
    #[serde(deserialize_with = "null_default")]
    pub excluded_contexts: Vec<SegmentTarget>,
    /// One that matches is enough.
    #[serde(deserialize_with = "null_default")]
    pub rules: Vec<SegmentRule>,
    /// The members are kept elsewhere (a "big segment"); `included` and its like don't count then.
    #[serde(deserialize_with = "null_default", skip_serializing_if = "is_false")]
    pub unbounded: bool,
    /// The kind of context an unbounded segment holds; `None` is `user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unbounded_context_kind: Option<String>,
    /// Which generation of an unbounded segment's members counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// The hash of the list that an unbounded segment's members are in, where it is one of ours: never on the wire.
    #[serde(skip)]
    pub list: Option<crate::ids::Key>,
}

impl SegmentSpec {
    /// What stays of a removed segment, so that SDKs drop it.
    pub fn tombstone(key: impl Into<String>, version: u64) -> Self {
        Self { key: key.into(), version, deleted: true, ..Self::default() }
    }
}

/// Contexts of one kind, by their keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SegmentTarget {
    /// The contexts' kind, `user` where it is missing.
    #[serde(deserialize_with = "null_user")]
    pub context_kind: String,
    /// The contexts' keys.
    #[serde(deserialize_with = "null_default")]
    pub values: Vec<String>,
}

impl Default for SegmentTarget {
    fn default() -> Self {
        Self { context_kind: "user".to_owned(), values: Vec::new() }
    }
}

/// Conditions that must all hold, and how many of those who fulfil them are in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SegmentRule {
    /// Stable.
    #[serde(deserialize_with = "null_default")]
    pub id: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// All must hold; a rule without clauses matches everybody.
    #[serde(deserialize_with = "null_default")]
    pub clauses: Vec<Clause>,
    /// Part of 100,000 of those who match; `None` (or a negative number) is all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<i64>,
    /// The attribute that is hashed for `weight`; `None` is `key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_by: Option<String>,
    /// The kind of context that is hashed. `None` is `user`, and then `bucket_by` is a plain name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout_context_kind: Option<String>,
}

fn null_user<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_else(|| "user".to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_but_a_key_takes_the_defaults_and_writes_every_list() {
        let segment: SegmentSpec = serde_json::from_value(json!({"key": "k", "included": null})).unwrap();
        assert_eq!(
            serde_json::to_value(&segment).unwrap(),
            json!({
                "key": "k", "version": 0, "salt": "", "included": [], "excluded": [],
                "includedContexts": [], "excludedContexts": [], "rules": [],
            })
        );
    }

    #[test]
    fn a_full_segment_survives_a_round_trip_unchanged() {
        let full = json!({
            "key": "k", "version": 3, "deleted": true, "salt": "s", "included": ["a"], "excluded": ["b"],
            "includedContexts": [{"contextKind": "org", "values": ["o"]}],
            "excludedContexts": [{"contextKind": "user", "values": []}],
            "rules": [{"id": "r", "description": "d", "weight": 5, "bucketBy": "/a", "rolloutContextKind": "org",
                "clauses": [{"attribute": "a", "op": "in", "values": [1]}]}],
            "unbounded": true, "unboundedContextKind": "org", "generation": 2,
        });
        let segment: SegmentSpec = serde_json::from_value(full.clone()).unwrap();
        assert_eq!(serde_json::to_value(&segment).unwrap(), full);
    }
}
