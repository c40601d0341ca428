//! What is wrong with an input, for the person who must mend it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::ResourceId;

/// One mistake: where, which value, why, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The resource it is in, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<ResourceId>,
    /// The field, as `rules[2].clauses[0].op`; empty for the whole.
    pub path: String,
    /// The value found there, where showing it helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// What is wrong, as the end of a sentence that begins with the field.
    pub reason: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Problem {
    /// A problem at `path`, because of `reason`.
    pub fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Problem { resource: None, path: path.into(), value: None, reason: reason.into(), hint: None }
    }

    /// Names the resource.
    pub fn of(mut self, id: &ResourceId) -> Self {
        self.resource = Some(id.clone());
        self
    }

    /// Shows the value found.
    pub fn value(mut self, value: impl Into<Value>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// Says what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(id) = &self.resource {
            write!(f, "{id}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.reason)?;
        if let Some(value) = &self.value {
            write!(f, " (found {value})")?;
        }
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}
