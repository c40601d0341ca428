//! What happens, told to whoever listens.

use switchyard_model::ids::Key;
use switchyard_model::{ChangeState, Kind};

/// How many events a listener may be behind before it misses some; it then begins anew.
pub(crate) const BACKLOG: usize = 256;

/// Something happened in a project.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// There is a new revision.
    Revision {
        /// Its number: the head.
        number: u64,
        /// The environments whose snapshot it altered.
        environments: Vec<Key>,
        /// The kinds of resource it touched.
        kinds: Vec<Kind>,
    },
    /// A change was made, updated, applied or given up.
    Change {
        /// Its number.
        number: u64,
        /// Its version.
        version: u64,
        /// Where it stands.
        state: ChangeState,
    },
    /// A node came further, fell behind or went.
    Nodes {
        /// The environment.
        environment: Key,
        /// Its snapshot's revision.
        revision: u64,
        /// How many nodes act on that.
        acknowledged: usize,
        /// How many there are, without those that went.
        nodes: usize,
    },
}
