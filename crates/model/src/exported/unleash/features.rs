//! What `/api/client/features` answers, as far as it is read.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
pub(super) struct Features {
    pub(super) features: Vec<Feature>,
    #[serde(default)]
    pub(super) segments: Vec<Segment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Feature {
    pub(super) name: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    pub(super) description: String,
    pub(super) enabled: bool,
    #[serde(default)]
    pub(super) stale: bool,
    #[serde(default)]
    pub(super) impression_data: bool,
    #[serde(default)]
    pub(super) strategies: Vec<Strategy>,
    #[serde(default)]
    pub(super) variants: Vec<Variant>,
    #[serde(default)]
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
pub(super) struct Strategy {
    pub(super) name: String,
    #[serde(default)]
    pub(super) parameters: Map<String, Value>,
    #[serde(default)]
    pub(super) constraints: Vec<Constraint>,
    #[serde(default)]
    pub(super) segments: Vec<i64>,
    #[serde(default)]
    pub(super) variants: Vec<Variant>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub(super) struct Constraint {
    pub(super) context_name: String,
    pub(super) operator: String,
    #[serde(default)]
    pub(super) values: Vec<String>,
    #[serde(default)]
    pub(super) value: Option<String>,
    #[serde(default)]
    pub(super) inverted: bool,
    #[serde(default)]
    pub(super) case_insensitive: bool,
}

#[derive(Deserialize)]
pub(super) struct Segment {
    pub(super) id: i64,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) constraints: Vec<Constraint>,
}

#[derive(Deserialize, Clone)]
pub(super) struct Variant {
    pub(super) name: String,
    #[serde(default)]
    pub(super) weight: u64,
    #[serde(default)]
    pub(super) stickiness: Option<String>,
    #[serde(default)]
    pub(super) payload: Option<Payload>,
    #[serde(default)]
    pub(super) overrides: Vec<Value>,
}

#[derive(Deserialize, Clone)]
pub(super) struct Payload {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) value: String,
}

#[derive(Deserialize)]
pub(super) struct Dependency {
    pub(super) feature: String,
    #[serde(default = "yes")]
    pub(super) enabled: bool,
    #[serde(default)]
    pub(super) variants: Vec<String>,
}

fn yes() -> bool {
    true
}

impl Feature {
    /// What sort of decision it is, in our words.
    pub(super) fn purpose(&self) -> &'static str {
        match &*self.kind {
            "experiment" => "experiment",
            "operational" | "kill-switch" => "operational",
            "permission" => "permission",
            _ => "release",
        }
    }

    /// The variants' names, strategies' own first, in the order of the flag's variations.
    pub(super) fn variant_names(&self) -> impl Iterator<Item = &str> {
        let own = self.strategies.iter().flat_map(|strategy| &strategy.variants);
        let mut seen = BTreeSet::new();
        own.chain(&self.variants).map(|v| &*v.name).filter(move |name| seen.insert(*name))
    }
}

impl Strategy {
    /// What a percentage sticks to.
    pub(super) fn stickiness(&self) -> &str {
        let said = self.parameters.get("stickiness").and_then(Value::as_str);
        said.filter(|by| !by.is_empty()).unwrap_or("default")
    }
}
