//! A revision: a change that was applied.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Writer;
use crate::edit::AppliedEdit;
use crate::ids::Scope;

/// An applied change. Immutable; the list of revisions is the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// One number per project, from 1, without gaps.
    pub number: u64,
    /// When it was applied.
    pub at: Timestamp,
    /// Who applied it: a member's id, or `switchyard` for what the product does by itself.
    pub author: String,
    /// What it does, in a few words.
    pub title: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// What it came from.
    pub origin: Origin,
    /// What it did. At most one edit for each resource has an effect of its own; several edits of one
    /// change to one resource follow each other, each `before` being the `after` of the one before.
    pub edits: Vec<AppliedEdit>,
}

/// What a revision came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "type")]
pub enum Origin {
    /// A change from the page or the API.
    Change {
        /// Its number.
        number: u64,
    },
    /// Files, by `switchyard apply`.
    Files,
    /// The inverse of a revision.
    Revert {
        /// That revision.
        of: u64,
    },
    /// A scope made equal to what it was.
    Restore {
        /// The revision it was made equal to.
        to: u64,
        /// The environment; the whole project where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        environment: Option<crate::ids::Key>,
    },
    /// A trigger that was set off from outside.
    Trigger {
        /// Its id.
        trigger: String,
        /// What it was called then.
        name: String,
        /// How the call's body began, as it came: at most 300 characters.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        payload: String,
    },
    /// A branch of the project's Git repository.
    Git {
        /// The repository's URL.
        repository: String,
        /// The branch.
        branch: String,
        /// Its newest commit then.
        commit: String,
    },
    /// What LaunchDarkly, or what speaks like it, said to an environment that follows it.
    #[serde(rename = "launchdarkly")]
    LaunchDarkly {
        /// The environment.
        environment: crate::ids::Key,
        /// Where it was heard: the stream's base URI.
        uri: String,
    },
    /// The product itself: the demo's and a new project's first resources.
    Setup,
}

impl Origin {
    /// Whose hand it is: what this writer manages may be altered.
    pub fn writer(&self) -> Writer {
        match self {
            Origin::Git { .. } => Writer::Git,
            Origin::LaunchDarkly { .. } => Writer::LaunchDarkly,
            _ => Writer::Page,
        }
    }
}

impl Revision {
    /// True where an edit acts in `scope`, or in the project, which every environment sees.
    pub fn touches(&self, scope: &Scope) -> bool {
        self.edits.iter().any(|e| e.target.scope == *scope || e.target.scope == Scope::Project)
    }
}
