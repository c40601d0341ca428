//! Applied is not yet live: what each node says of the snapshots it was sent.

use serde::Serialize;
use switchyard_model::ids::Key;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeKind {
    /// The embedded gateway or a remote one.
    Gateway,
}

/// How far a revision came at a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "state", content = "reason")]
pub enum DeliveryState {
    /// On its way.
    Sent,
    /// The node acts on it.
    Acknowledged,
    /// The node can't act on it, and why; it goes on with the one before.
    Refused(String),
    /// The node said goodbye.
    Gone,
}

/// One report of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// The node's name, unique in the project.
    pub node: String,
    /// What it is.
    pub kind: NodeKind,
    /// The environment it serves.
    pub environment: Key,
    /// The snapshot's revision.
    pub revision: u64,
    /// How far it came.
    pub state: DeliveryState,
}

/// Where nodes report to.
pub trait Deliveries: Send + Sync {
    /// Takes a report; never blocks.
    fn report(&self, report: DeliveryReport);
}
