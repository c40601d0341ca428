//! What happens, told to whoever listens.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::broadcast;

use switchyard_model::ids::Key;
use switchyard_model::{ChangeState, Kind};

/// How many events a listener may be behind before it misses some; it then begins anew.
const BACKLOG: usize = 256;

/// What happens in one project, and when something last did.
pub(crate) struct Events {
    sender: broadcast::Sender<Event>,
    last: Mutex<Option<Instant>>,
}

/// What a listener gets.
#[derive(Debug)]
pub struct Listening {
    /// The head's number at the beginning.
    pub head: u64,
    /// How long nothing had happened by then; none where nothing has since the start. What a listener read
    /// earlier than that is old by now, though no event tells it so.
    pub quiet: Option<Duration>,
    /// All that happens from then on.
    pub events: broadcast::Receiver<Event>,
}

impl Events {
    pub(crate) fn new() -> Self {
        Events { sender: broadcast::channel(BACKLOG).0, last: Mutex::default() }
    }

    pub(crate) fn tell(&self, event: Event) {
        // Noted first: who begins to listen in between finds it in one of the two.
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        // Nobody may be listening.
        let _ = self.sender.send(event);
    }

    /// `head` is asked once everything later is heard.
    pub(crate) fn listen(&self, head: impl FnOnce() -> u64) -> Listening {
        let events = self.sender.subscribe();
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        Listening { head: head(), quiet: last.map(|last| last.elapsed()), events }
    }
}

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
