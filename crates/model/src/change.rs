//! A change: a proposed set of edits.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::edit::Edit;

/// Where a change stands. Review and schedules add their states when they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeState {
    /// Collects edits; only its author works on it.
    Draft,
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
    /// The revision it was last checked against.
    pub base: u64,
    /// The revision it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// When it was first made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
