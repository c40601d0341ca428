//! A project's own policies of who may do what.

use jiff::Timestamp;
use switchyard_model::ids::Key;

/// One of a project's own policies. What it says is nothing to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The project.
    pub project: Key,
    /// Unique in the project.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// What it says.
    pub text: String,
    /// From 1, one more each time it is changed.
    pub version: u64,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who last changed it.
    pub updated_by: String,
}
