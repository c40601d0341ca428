//! A change: a proposed set of edits.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::edit::Edit;
use crate::review::BrokenGlass;
use crate::revision::Origin;

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeState {
    /// Collects edits; only its author works on it.
    Draft,
    /// Waits for approvals, or for somebody to apply it.
    InReview,
    /// In review, with every approval that it needs. Follows from the reviews and the head: never stored.
    Approved,
    /// In review, and applies at a time. Follows from its schedule: never stored.
    Scheduled,
    /// Became a revision.
    Applied,
    /// Was given up.
    Rejected,
}

/// A proposed set of edits, applied together or not at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// One number per project, from 1; written `C-12`.
    pub number: u64,
    /// What it does, in a few words.
    pub title: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Who proposed it: a member's id.
    pub author: String,
    /// Where it stands.
    pub state: ChangeState,
    /// Grows by one with each update, from 1.
    pub version: u64,
    /// What it does, in order.
    pub edits: Vec<Edit>,
    /// Everybody who wrote its edits, whoever wrote them last at the end.
    pub editors: Vec<String>,
    /// The version at which its edits last changed.
    pub edited: u64,
    /// Where to read more: https URLs.
    #[serde(default)]
    pub links: Vec<String>,
    /// The members who were asked to review it.
    #[serde(default)]
    pub reviewers: Vec<String>,
    /// The changes that must be applied before this one; it is tried on top of what they do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<u64>,
    /// What its revision comes from, where that is not the change itself: a revert, a restore, files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The revision it was last checked against.
    pub base: u64,
    /// The revision it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Set where it was applied without the approvals that it needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broke_glass: Option<BrokenGlass>,
    /// When it was first made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ChangeState {
    /// True where the change may still become a revision.
    pub fn is_open(self) -> bool {
        !matches!(self, ChangeState::Applied | ChangeState::Rejected)
    }
}

impl Change {
    /// Makes these its edits, as `editor` wrote them at `version`, on the head `base`.
    pub fn rewrite(&mut self, editor: &str, version: u64, edits: Vec<Edit>, base: u64) {
        let other = self.edits != edits;
        if other {
            self.edited = version;
            // What somebody wrote by hand is no longer what a revert or files came to.
            self.origin = None;
        }
        // To put the same edits on another head is to answer for what they now overwrite, and whoever has
        // written some of them and saves them all agrees with the rest.
        if other || self.base != base || self.editors.iter().any(|known| known == editor) {
            self.editors.retain(|known| known != editor);
            self.editors.push(editor.to_owned());
        }
        (self.edits, self.base) = (edits, base);
    }
}
