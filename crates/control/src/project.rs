//! A project while the server runs: its head in memory, and each environment's published snapshot.

use std::sync::{Arc, PoisonError, RwLock};

use switchyard_contract::{Publisher, Subscriber, publish};
use switchyard_model::State;
use switchyard_model::ids::Key;
use switchyard_snapshot::Snapshot;
use switchyard_store as store;
use tokio::sync::{Notify, broadcast};

use crate::deliveries::Registry;
use crate::git::Desk;
use crate::guardrails::Rules;
use crate::plan::Ground;
use crate::{Clock, Environment, Error, Event, Project, Result, events};

pub(crate) struct Handle {
    pub(crate) key: Key,
    pub(crate) name: String,
    /// Held while writing: one writer at a time.
    pub(crate) writer: Arc<tokio::sync::Mutex<Certainty>>,
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) rules: Arc<Rules>,
    /// Where its Git repository is spoken of.
    pub(crate) desk: Arc<Desk>,
    happened: Arc<Notify>,
    /// Keeps an environment's snapshot in step with the head while it is read for planning.
    current: RwLock<Current>,
}

/// Whether the head in memory is the store's. A write whose outcome nobody knows leaves a doubt behind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    Sure,
    Doubtful,
}

struct Current {
    state: State,
    environments: Vec<Published>,
}

struct Published {
    environment: Environment,
    snapshot: Publisher<Snapshot>,
}

impl Handle {
    /// Publishes each environment's first snapshot.
    pub(crate) fn open(
        project: &store::Project,
        state: State,
        clock: Clock,
        happened: Arc<Notify>,
    ) -> Result<Handle> {
        let (events, _) = broadcast::channel(events::BACKLOG);
        let registry = Registry::new(clock, events.clone());
        let handle = Handle {
            key: project.key.clone(),
            name: project.name.clone(),
            writer: Arc::new(tokio::sync::Mutex::new(Certainty::Sure)),
            events,
            registry,
            rules: Arc::default(),
            desk: Arc::default(),
            happened,
            current: RwLock::new(Current { state: State::empty([]), environments: vec![] }),
        };
        handle.replace(&project.environments, state)?;
        Ok(handle)
    }

    /// Takes a whole state as the head: compiled anew, published where it alters something.
    pub(crate) fn replace(&self, environments: &[Environment], state: State) -> Result<()> {
        let before = self.ground();
        let known = |key: &Key| before.snapshots.iter().find(|(e, _)| e == key).map(|(_, s)| s.clone());
        let mut snapshots = vec![];
        for environment in environments {
            let previous = known(&environment.key);
            let next = Snapshot::compile(&self.key, &environment.key, &state, previous.as_deref())
                .map_err(Error::Invalid)?;
            snapshots.push((environment, previous, Arc::new(next)));
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.state = state;
        for (environment, previous, next) in snapshots {
            let at = current.environments.iter().position(|p| p.environment.key == environment.key);
            let altered = previous.is_none_or(|previous| next.alters(&previous));
            let revision = next.revision;
            match at {
                Some(at) if altered => current.environments[at].snapshot.send(next),
                Some(_) => continue,
                None => {
                    let (snapshot, _) = publish(Snapshot::empty(&self.key, &environment.key));
                    snapshot.send(next);
                    current.environments.push(Published { environment: environment.clone(), snapshot });
                }
            }
            self.registry.published(&environment.key, revision);
        }
        Ok(())
    }

    /// Makes a plan's outcome the head, then lets everyone act on it.
    pub(crate) fn publish(&self, state: State, altered: Vec<(Key, Arc<Snapshot>)>) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.state = state;
        for (key, snapshot) in altered {
            let revision = snapshot.revision;
            if let Some(published) = current.environments.iter().find(|p| p.environment.key == key) {
                self.registry.published(&key, revision);
                published.snapshot.send(snapshot);
            }
        }
    }

    pub(crate) fn state(&self) -> State {
        self.current.read().unwrap_or_else(PoisonError::into_inner).state.clone()
    }

    pub(crate) fn ground(&self) -> Ground {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let snapshot = |p: &Published| (p.environment.key.clone(), p.snapshot.current());
        Ground {
            project: self.key.clone(),
            state: current.state.clone(),
            snapshots: current.environments.iter().map(snapshot).collect(),
        }
    }

    pub(crate) fn environments(&self) -> Vec<Environment> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.environments.iter().map(|p| p.environment.clone()).collect()
    }

    /// Takes an environment's settings; what is compiled for it stays.
    pub(crate) fn set_environment(&self, environment: Environment) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = current.environments.iter_mut().find(|p| p.environment.key == environment.key) {
            known.environment = environment;
        }
    }

    pub(crate) fn subscribe(&self, environment: &str) -> Option<Subscriber<Snapshot>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let found = current.environments.iter().find(|p| &*p.environment.key == environment)?;
        Some(found.snapshot.subscribe())
    }

    pub(crate) fn view(&self) -> Project {
        Project {
            key: self.key.clone(),
            name: self.name.clone(),
            head: self.state().revision,
            environments: self.environments(),
        }
    }

    pub(crate) fn tell(&self, event: Event) {
        // Nobody may be listening.
        let _ = self.events.send(event);
        self.happened.notify_one();
    }
}
