//! Teams.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_model::ids::Key;

/// People who answer for things together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Unique.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// Its members' ids.
    pub members: BTreeSet<String>,
    /// Grows by one each time it becomes another.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Of an environment's required approvals, so many must come from one team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TeamApprovals {
    /// The team's key.
    pub team: Key,
    /// How many: 1 to 10.
    pub approvals: u32,
}
