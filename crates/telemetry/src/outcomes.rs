//! What people did after they were served something: custom events, summed for each variation that their context
//! had been served.
//!
//! Which that was is known from the evaluations that SDKs tell one by one (flags whose events are tracked); it is
//! remembered for a day or two, in memory, by a hash of the context.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use jiff::Timestamp;

use crate::record::Place;
use crate::unkept::Outcome;

/// What is remembered in each of two generations; the older one goes when the newer one is full or a day old.
const PEOPLE: usize = 100_000;
const EXPOSURES: usize = 250_000;
const DAY: i64 = 86_400;

/// For one context.
const FLAGS: usize = 50;

/// Sums between two takings; what goes over is not counted by variation.
const SUMS: usize = 20_000;

/// The longest name of an event, in bytes.
const NAME: usize = 256;

#[derive(Default)]
pub(crate) struct Outcomes {
    keys: RandomState,
    names: HashSet<Arc<str>>,
    young: Generation,
    old: Generation,
    sums: HashMap<Sum, (u64, f64, Timestamp)>,
}

#[derive(Default)]
struct Generation {
    since: i64,
    exposures: usize,
    people: HashMap<u64, Vec<(Arc<str>, usize)>>,
}

/// What is summed: an event's name in an environment, for a variation or for all.
#[derive(PartialEq, Eq, Hash)]
struct Sum {
    project: Arc<str>,
    environment: Arc<str>,
    event: Arc<str>,
    served: Option<(Arc<str>, usize)>,
}

impl Outcomes {
    /// A context was served a variation.
    pub(crate) fn exposed(
        &mut self,
        place: Place<'_>,
        context: &str,
        flag: &str,
        variation: usize,
        second: i64,
    ) {
        if self.young.is_full() || second - self.young.since > DAY {
            self.old = std::mem::take(&mut self.young);
            self.young.since = second;
            let used: HashSet<_> =
                self.old.people.values().flatten().map(|(flag, _)| Arc::clone(flag)).collect();
            self.names = used;
        }
        let who = self.who(place, context);
        let flag = self.name(flag);
        let flags = self.young.people.entry(who).or_default();
        if let Some(known) = flags.iter_mut().find(|(known, _)| *known == flag) {
            known.1 = variation;
        } else if flags.len() < FLAGS {
            flags.push((flag, variation));
            self.young.exposures += 1;
        }
    }

    /// A context did something; false where that could not be counted whole.
    pub(crate) fn did(
        &mut self,
        place: Place<'_>,
        context: &str,
        event: &str,
        value: f64,
        at: Timestamp,
    ) -> bool {
        if event.len() > NAME || event.is_empty() {
            return false;
        }
        let who = self.who(place, context);
        let (young, old) = (self.young.people.get(&who), self.old.people.get(&who));
        let newer = |flag: &Arc<str>| young.is_some_and(|flags| flags.iter().any(|(known, _)| known == flag));
        let mut served: Vec<_> = young.into_iter().flatten().cloned().map(Some).collect();
        served.extend(old.into_iter().flatten().filter(|(flag, _)| !newer(flag)).cloned().map(Some));
        served.push(None);
        let [project, environment, event] = [place.project, place.environment, event].map(Arc::<str>::from);
        let mut whole = true;
        for served in served {
            let (project, environment, event) = (project.clone(), environment.clone(), event.clone());
            let sum = Sum { project, environment, event, served };
            if self.sums.len() >= SUMS && !self.sums.contains_key(&sum) {
                whole = false;
                continue;
            }
            let (count, total, last) = self.sums.entry(sum).or_insert((0, 0.0, at));
            *count += 1;
            *total += value;
            *last = at.max(*last);
        }
        whole
    }

    pub(crate) fn take(&mut self) -> impl Iterator<Item = Outcome> + use<> {
        std::mem::take(&mut self.sums).into_iter().map(|(sum, (count, total, last))| Outcome {
            project: sum.project.to_string(),
            environment: sum.environment.to_string(),
            event: sum.event.to_string(),
            served: sum.served.map(|(flag, variation)| (flag.to_string(), variation)),
            count,
            total,
            last,
        })
    }

    fn who(&self, place: Place<'_>, context: &str) -> u64 {
        self.keys.hash_one((place.project, place.environment, context))
    }

    fn name(&mut self, flag: &str) -> Arc<str> {
        if let Some(known) = self.names.get(flag) {
            return Arc::clone(known);
        }
        let name: Arc<str> = flag.into();
        self.names.insert(Arc::clone(&name));
        name
    }
}

impl Generation {
    fn is_full(&self) -> bool {
        self.people.len() >= PEOPLE || self.exposures >= EXPOSURES
    }
}
