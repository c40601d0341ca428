//! Applied is not yet live: which node acts on which revision.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use switchyard_contract::{Deliveries, DeliveryReport, DeliveryState, NodeKind};
use switchyard_model::ids::Key;

use crate::events::Events;
use crate::{Clock, Event};

/// The nodes that have gone are shown so many at a time in an environment; older ones are forgotten.
const GONE_SHOWN: usize = 20;

/// The nodes of one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Nodes {
    /// The environment's snapshot's revision.
    pub revision: u64,
    /// By name.
    pub nodes: Vec<Node>,
}

/// What one node last said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Its name.
    pub id: String,
    /// What it is.
    pub kind: NodeKind,
    /// The revision it last spoke of.
    pub revision: u64,
    /// How far that came.
    pub state: NodeState,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when it is so.
    pub since: Timestamp,
}

/// How far an environment's snapshot came at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeState {
    /// On its way.
    Sent,
    /// The node acts on the newest.
    Acknowledged,
    /// The node can't act on it.
    Refused,
    /// The node acts on an older one and has not spoken of the newest.
    Behind,
    /// The node said goodbye.
    Gone,
}

/// The nodes of a project.
pub(crate) struct Registry {
    clock: Clock,
    events: Arc<Events>,
    environments: Mutex<BTreeMap<Key, Known>>,
}

#[derive(Default)]
struct Known {
    published: u64,
    nodes: BTreeMap<String, (DeliveryReport, Timestamp)>,
}

impl Registry {
    pub(crate) fn new(clock: Clock, events: Arc<Events>) -> Arc<Self> {
        Arc::new(Registry { clock, events, environments: Mutex::default() })
    }

    /// An environment has a new snapshot: who spoke of an older one is behind until they speak again.
    pub(crate) fn published(&self, environment: &Key, revision: u64) {
        let event = self.with(environment, |known| {
            known.published = known.published.max(revision);
            (!known.nodes.is_empty()).then(|| known.event(environment))
        });
        self.tell(event);
    }

    pub(crate) fn nodes(&self, environment: &Key) -> Nodes {
        self.with(environment, |known| Nodes { revision: known.published, nodes: known.list() })
    }

    fn with<T>(&self, environment: &Key, look: impl FnOnce(&mut Known) -> T) -> T {
        let mut all = self.environments.lock().unwrap_or_else(PoisonError::into_inner);
        look(all.entry(environment.clone()).or_default())
    }

    fn tell(&self, event: Option<Event>) {
        if let Some(event) = event {
            self.events.tell(event);
        }
    }
}

impl Deliveries for Registry {
    fn report(&self, report: DeliveryReport) {
        let now = (self.clock)();
        let environment = report.environment.clone();
        let event = self.with(&environment, |known| {
            known.take(report, now);
            known.event(&environment)
        });
        self.tell(Some(event));
    }
}

impl Known {
    fn take(&mut self, report: DeliveryReport, now: Timestamp) {
        let before = self.nodes.get(&report.node);
        // Reports may overtake each other: an older revision says nothing new of a node that is there.
        let late = before.is_some_and(|(last, _)| {
            report.revision < last.revision
                && last.state != DeliveryState::Gone
                && report.state != DeliveryState::Gone
        });
        if late {
            return;
        }
        let since = match before {
            Some((last, since)) if last.state == report.state && last.revision == report.revision => *since,
            _ => now,
        };
        self.nodes.insert(report.node.clone(), (report, since));
        self.forget_gone();
    }

    fn forget_gone(&mut self) {
        let mut gone: Vec<_> = self
            .nodes
            .iter()
            .filter(|(_, (report, _))| report.state == DeliveryState::Gone)
            .map(|(name, (_, since))| (*since, name.clone()))
            .collect();
        gone.sort();
        let surplus = gone.len().saturating_sub(GONE_SHOWN);
        for (_, name) in gone.into_iter().take(surplus) {
            self.nodes.remove(&name);
        }
    }

    fn list(&self) -> Vec<Node> {
        let node = |(report, since): &(DeliveryReport, Timestamp)| {
            let older = report.revision < self.published;
            let (state, reason) = match &report.state {
                DeliveryState::Gone => (NodeState::Gone, None),
                DeliveryState::Refused(reason) => (NodeState::Refused, Some(reason.clone())),
                DeliveryState::Sent | DeliveryState::Acknowledged if older => (NodeState::Behind, None),
                DeliveryState::Sent => (NodeState::Sent, None),
                DeliveryState::Acknowledged => (NodeState::Acknowledged, None),
            };
            let (id, kind) = (report.node.clone(), report.kind);
            Node { id, kind, revision: report.revision, state, reason, since: *since }
        };
        self.nodes.values().map(node).collect()
    }

    fn event(&self, environment: &Key) -> Event {
        let list = self.list();
        Event::Nodes {
            environment: environment.clone(),
            revision: self.published,
            acknowledged: list.iter().filter(|n| n.state == NodeState::Acknowledged).count(),
            nodes: list.iter().filter(|n| n.state != NodeState::Gone).count(),
        }
    }
}
