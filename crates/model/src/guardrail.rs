//! A guardrail: a rule that a change must satisfy before it is applied.

use serde::{Deserialize, Serialize};

use crate::Writer;
use crate::ids::Key;

/// The most characters of a guardrail's rule.
pub const RULE_MAX: usize = 4_000;

/// A rule that every change of the project is held against. What the rule says is for `control` to read;
/// here it is a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Guardrail {
    /// Unique in the project.
    pub key: Key,
    /// What people call it; the key where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Why it is there.
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
    /// What must be true of a change: CEL, of 1 to [`RULE_MAX`] characters.
    pub rule: String,
    /// What to tell the person whose change does not satisfy it, and what to do; 1 to 1,000 characters.
    pub message: String,
    /// What becomes of a change that does not satisfy it.
    #[serde(default)]
    pub effect: Effect,
    /// It looks only at these environments; at all where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<Key>,
    /// One that is switched off judges nothing.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// It also blocks what takes back: a revert, a restore, and a change that does nothing but turn flags
    /// off. Otherwise these are only warned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reverts: bool,
}

/// What becomes of a change that does not satisfy a guardrail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// Its author is told.
    #[default]
    Warn,
    /// It can't be applied.
    Block,
}

fn yes() -> bool {
    true
}

impl Guardrail {
    /// What people call it.
    pub fn title(&self) -> &str {
        if self.name.is_empty() { &self.key } else { &self.name }
    }
}
