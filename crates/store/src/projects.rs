//! Projects and their environments.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_model::Freeze;
use switchyard_model::ids::Key;

use crate::TeamApprovals;

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its key, unique.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its environments, in the order people see them.
    pub environments: Vec<Environment>,
}

/// An environment of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// Its key, unique in the project.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// True where real people are affected.
    pub production: bool,
    /// How many approvals a change needs that alters what is compiled for it; 0 to 10.
    #[serde(default)]
    pub required_approvals: u32,
    /// Teams of which some of those must come; each at most once.
    #[serde(default)]
    pub approvals_from: Vec<TeamApprovals>,
    /// Whether what somebody owns is changed there only with their approval.
    #[serde(default)]
    pub owners_approve: bool,
    /// Times in which it is left alone; at most 50.
    #[serde(default)]
    pub freezes: Vec<Freeze>,
}
