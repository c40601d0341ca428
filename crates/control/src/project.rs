//! A project while the server runs: its head in memory, and each environment's published snapshot.

use std::sync::{Arc, PoisonError, RwLock};

use switchyard_contract::{Publisher, Subscriber, publish};
use switchyard_model::State;
use switchyard_model::ids::Key;
use switchyard_snapshot::Snapshot;
use switchyard_store as store;
use tokio::sync::Notify;

use crate::deliveries::Registry;
use crate::events::Events;
use crate::git::Desk;
use crate::guardrails::Rules;
use crate::lists::Shelf;
use crate::plan::{Ground, Plan};
use crate::upstream::Lines;
use crate::{Clock, Environment, Error, Event, Project, Result};

pub(crate) struct Handle {
    pub(crate) key: Key,
    pub(crate) name: String,
    /// Held while writing: one writer at a time.
    pub(crate) writer: Arc<tokio::sync::Mutex<Certainty>>,
    pub(crate) events: Arc<Events>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) rules: Arc<Rules>,
    /// Where its Git repository is spoken of.
    pub(crate) desk: Arc<Desk>,
    /// What its environments follow.
    pub(crate) lines: Arc<Lines>,
    /// Its big segments' lists.
    shelf: Shelf,
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
    /// Of the head. What is published may be older: it is another one only where something acts on that.
    newest: Arc<Snapshot>,
    snapshot: Publisher<Snapshot>,
}

impl Handle {
    /// Publishes each environment's first snapshot.
    pub(crate) fn open(
        project: &store::Project,
        state: State,
        clock: Clock,
        happened: Arc<Notify>,
        shelf: Shelf,
    ) -> Result<Handle> {
        let events = Arc::new(Events::new());
        let registry = Registry::new(clock, events.clone());
        let handle = Handle {
            key: project.key.clone(),
            name: project.name.clone(),
            writer: Arc::new(tokio::sync::Mutex::new(Certainty::Sure)),
            events,
            registry,
            rules: Arc::default(),
            desk: Arc::default(),
            lines: Arc::default(),
            shelf,
            happened,
            current: RwLock::new(Current { state: State::empty([]), environments: vec![] }),
        };
        handle.replace(&project.environments, state)?;
        Ok(handle)
    }

    /// Takes a whole state as the head: compiled anew, published where it alters something.
    pub(crate) fn replace(&self, environments: &[Environment], state: State) -> Result<()> {
        let before = self.ground();
        let touched = state.differing(&before.state);
        let mut snapshots = vec![];
        for environment in environments {
            let known = before.snapshots.iter().find(|(key, _)| *key == environment.key);
            let next = match known {
                Some((_, newest)) => newest.after(&state, &touched),
                None => Snapshot::compile(&self.key, &environment.key, &state),
            };
            snapshots.push((environment, Arc::new(next.map_err(Error::Invalid)?)));
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.state = state;
        for (environment, next) in snapshots {
            let revision = next.revision;
            match current.environments.iter_mut().find(|p| p.environment.key == environment.key) {
                Some(published) => {
                    let before = std::mem::replace(&mut published.newest, next.clone());
                    if !next.alters(&before) {
                        continue;
                    }
                    published.snapshot.send(next);
                }
                None => {
                    let (snapshot, _) = publish(Snapshot::empty(&self.key, &environment.key));
                    snapshot.send(next.clone());
                    let environment = environment.clone();
                    current.environments.push(Published { environment, newest: next, snapshot });
                }
            }
            self.registry.published(&environment.key, revision);
        }
        Ok(())
    }

    /// Makes a plan's outcome the head, then lets everyone act on it.
    pub(crate) fn publish(&self, plan: Plan) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.state = plan.after;
        let altered = plan.altered.into_iter().map(|(key, snapshot)| (key, snapshot, true));
        let quiet = plan.quiet.into_iter().map(|(key, snapshot)| (key, snapshot, false));
        for (key, snapshot, alters) in altered.chain(quiet) {
            let known = current.environments.iter_mut().find(|p| p.environment.key == key);
            let Some(published) = known else { continue };
            published.newest = snapshot.clone();
            if alters {
                self.registry.published(&key, snapshot.revision);
                published.snapshot.send(snapshot);
            }
        }
    }

    pub(crate) fn state(&self) -> State {
        self.current.read().unwrap_or_else(PoisonError::into_inner).state.clone()
    }

    pub(crate) fn ground(&self) -> Ground {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let snapshot = |p: &Published| (p.environment.key.clone(), p.newest.clone());
        Ground {
            project: self.key.clone(),
            shelf: self.shelf.clone(),
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
        self.events.tell(event);
        self.happened.notify_one();
    }
}
