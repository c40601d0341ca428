//! An environment's big segments, and how the store stands in which servers' SDKs look their members up.
//!
//! Who keeps that store in step, and how, is the business of the crate `redis`; what it saw is in memory only ([`Stores`]):
//! it is found again by looking.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use switchyard_model::Resource;
use switchyard_model::ids::{Key, Scope};
use switchyard_model::segment::{KeyList, Segment};
use switchyard_model::{Kind, State};

use crate::{Control, Error, Principal, Result};

/// How the store stands for an environment, in a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum StoreState {
    /// It was not reached since the server began.
    #[default]
    Connecting,
    /// It has all that it is to have.
    InStep,
    /// It is being written.
    Writing,
    /// It can't be written. What was written before stays there.
    Failing,
}

/// Why the store can't be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoreFailed {
    /// What is wrong.
    pub why: String,
    /// Who must do what.
    pub hint: String,
}

/// What was seen of the store for an environment.
#[derive(Debug, Clone, Default)]
pub struct StoreSeen {
    /// In a word.
    pub state: StoreState,
    /// When it was last in step.
    pub in_step_at: Option<Timestamp>,
    /// Since when it can't be written.
    pub failing_since: Option<Timestamp>,
    /// Why.
    pub failed: Option<StoreFailed>,
    /// Which lists are there, by the name under which SDKs ask: the segment's key and generation. More than one where
    /// writing was interrupted.
    pub lists: BTreeMap<String, Vec<String>>,
    /// How often writing failed since the server began.
    pub failures: u64,
    /// By the same name: so many keys are to be added, and so many to be removed.
    pub behind: BTreeMap<String, (usize, usize)>,
}

/// The store, where there is one, by project and environment.
#[derive(Default)]
pub(crate) struct Stores {
    address: OnceLock<String>,
    seen: Mutex<HashMap<(Key, Key), Arc<StoreSeen>>>,
}

impl Stores {
    fn seen(&self, project: &str, environment: &str) -> Option<(&str, Arc<StoreSeen>)> {
        let address = self.address.get()?;
        let all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = all.get(&(project.into(), environment.into())).cloned();
        Some((address, seen.unwrap_or_default()))
    }

    /// Whether there is a store that may not have just what it is to have.
    pub(crate) fn is_behind(&self, project: &str, environment: &Key, state: &State) -> bool {
        let wanted = listed(state, environment)
            .into_iter()
            .filter_map(|(segment, list)| Some((name(segment)?, vec![list.hash.to_string()])));
        let wanted: BTreeMap<_, _> = wanted.collect();
        self.seen(project, environment)
            .is_some_and(|(_, seen)| seen.state != StoreState::InStep || seen.lists != wanted)
    }
}

/// An environment's big segments, as people see them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BigSegmentsView {
    /// The environment.
    pub environment: Key,
    /// The store in which servers' SDKs look members up; absent where the server has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreView>,
    /// Those that have a list, by key.
    pub segments: Vec<BigSegmentView>,
}

/// How the store stands for an environment, as people see it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoreView {
    /// Where it is, without user and password.
    pub address: String,
    /// What SDKs are to be given as the prefix.
    pub prefix: String,
    /// In a word.
    pub state: StoreState,
    /// In a sentence.
    pub words: String,
    /// When it was last in step. SDKs call it stale after two minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_step_at: Option<Timestamp>,
    /// Since when it can't be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<StoreFailed>,
    /// So many segments are not there as they are here.
    pub behind: usize,
}

/// A segment with a big list.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BigSegmentView {
    /// The segment's key.
    pub key: Key,
    /// Its list, as it was uploaded.
    pub list: KeyList,
    /// So many keys were erased from it since.
    pub erased: u64,
    /// How it stands in the store; absent where the server has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<InStore>,
}

/// How a segment stands in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InStore {
    /// In a word.
    pub state: MemberState,
    /// In a sentence.
    pub words: String,
    /// So many keys are yet to be added, as far as that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_add: Option<usize>,
    /// So many are yet to be removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_remove: Option<usize>,
}

/// How a segment stands in the store, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MemberState {
    /// It is there as it is here.
    InStep,
    /// Another list of it is there, or a part of this one.
    Behind,
    /// Nothing of it is there.
    Missing,
    /// It was not looked yet what is there.
    Unknown,
    /// It has no generation, without which SDKs don't ask.
    NotAsked,
}

impl Control {
    /// An environment's big segments, and how they stand in the store.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn big_segments(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
    ) -> Result<BigSegmentsView> {
        let handle = self.seen_in(principal, project, environment)?;
        let state = self.sight(principal, &handle).of_state(handle.state());
        let found = state.environments.iter().find(|key| ***key == *environment).cloned();
        let environment = found.ok_or_else(|| Error::NotFound(format!("environment {environment:?}")))?;
        let seen = self.inner.stores.seen(project, &environment);
        let mut segments = vec![];
        for (segment, list) in listed(&state, &environment) {
            let erased = self.inner.store.list(project, &list.hash).await?.map_or(0, |stored| stored.erased);
            let store = seen.as_ref().map(|(_, seen)| in_store(seen, segment, list));
            segments.push(BigSegmentView { key: segment.key.clone(), list: list.clone(), erased, store });
        }
        let store = seen.map(|(address, seen)| {
            let is_behind = |segment: &&BigSegmentView| {
                let state = segment.store.as_ref().map(|store| store.state);
                !matches!(state, None | Some(MemberState::InStep | MemberState::NotAsked))
            };
            let behind = segments.iter().filter(is_behind).count();
            // What was just applied is what it is told next.
            let state = match seen.state {
                StoreState::InStep if behind > 0 => StoreState::Writing,
                state => state,
            };
            StoreView {
                address: address.to_owned(),
                prefix: format!("switchyard:{project}:{environment}"),
                state,
                words: words(state, seen.failed.as_ref(), behind),
                in_step_at: seen.in_step_at,
                failing_since: seen.failing_since,
                failed: seen.failed.clone(),
                behind,
            }
        });
        Ok(BigSegmentsView { environment, store, segments })
    }

    /// There is a store: `address` says where, without user and password.
    pub fn has_store(&self, address: String) {
        // Only the first counts: there is one for the whole process.
        let _ = self.inner.stores.address.set(address);
    }

    /// Notes what was seen of the store for an environment.
    pub fn saw_store(&self, project: &Key, environment: &Key, seen: impl FnOnce(&mut StoreSeen, Timestamp)) {
        let now = self.now();
        let mut all = self.inner.stores.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry((project.clone(), environment.clone())).or_default();
        seen(Arc::make_mut(known), now);
    }

    /// What was seen of the store, by project and environment; nothing where there is none. For who runs the server.
    pub fn stores(&self) -> Vec<(Key, Key, Arc<StoreSeen>)> {
        let all = self.inner.stores.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<_> = all
            .iter()
            .map(|((project, environment), seen)| (project.clone(), environment.clone(), seen.clone()))
            .collect();
        found.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        found
    }
}

/// The segments of an environment that have a list.
fn listed<'s>(state: &'s State, environment: &Key) -> Vec<(&'s Segment, &'s KeyList)> {
    let scope = Scope::Environment(environment.clone());
    let of = |resource: &'s Resource| match resource {
        Resource::Segment(segment) => Some((segment, segment.list.as_ref()?)),
        _ => None,
    };
    let all = state.iter().filter(|(id, _)| id.kind == Kind::Segment && id.scope == scope);
    all.filter_map(|(_, found)| of(&found.resource)).collect()
}

/// Under which name SDKs ask for a segment.
fn name(segment: &Segment) -> Option<String> {
    Some(format!("{}.g{}", segment.key, segment.generation?))
}

fn words(state: StoreState, failed: Option<&StoreFailed>, behind: usize) -> String {
    let waiting = match behind {
        0 => String::new(),
        1 => " One segment is there as it was before.".to_owned(),
        n => format!(" {n} segments are there as they were before."),
    };
    match (state, failed) {
        (StoreState::InStep, _) => "Redis is in step.".to_owned(),
        (StoreState::Connecting, _) => "Redis was not reached since the server began.".to_owned(),
        (StoreState::Writing, _) => format!("Redis is being written.{waiting}"),
        (StoreState::Failing, Some(StoreFailed { why, .. })) => {
            format!("Redis is not kept in step: {why}.{waiting}")
        }
        (StoreState::Failing, None) => format!("Redis is not kept in step.{waiting}"),
    }
}

fn in_store(seen: &StoreSeen, segment: &Segment, list: &KeyList) -> InStore {
    let said = |state, words: &str| InStore { state, words: words.to_owned(), to_add: None, to_remove: None };
    let Some(name) = name(segment) else {
        let words =
            "It has no generation, and servers' SDKs don't look it up without one: set generation to 1.";
        return said(MemberState::NotAsked, words);
    };
    let there = seen.lists.get(&name).map_or(&[][..], Vec::as_slice);
    let (state, words) = match there {
        [one] if **one == *list.hash => (MemberState::InStep, "Redis has these keys."),
        [] if seen.in_step_at.is_none() && seen.lists.is_empty() => {
            (MemberState::Unknown, "It is not known what Redis has of it.")
        }
        [] => (MemberState::Missing, "Redis has nothing of it: servers' SDKs take nobody to be in by key."),
        [_] => (MemberState::Behind, "Redis has the list before this one."),
        _ => (MemberState::Behind, "Redis has a part of this list, and a part of one before."),
    };
    let behind = seen.behind.get(&name).filter(|_| state != MemberState::InStep);
    let mut found = said(state, words);
    (found.to_add, found.to_remove) = (behind.map(|(add, _)| *add), behind.map(|(_, remove)| *remove));
    found
}
