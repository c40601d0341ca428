//! Prerequisites and segments that lead back to themselves.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::references::segments;
use crate::ids::{Key, Kind, ResourceId, Scope};
use crate::{Problem, State};

pub(super) fn check(state: &State, ids: &[ResourceId], problems: &mut Vec<Problem>) {
    let mut starts: BTreeMap<(&Key, Kind), Vec<Key>> = BTreeMap::new();
    for id in ids {
        if let (Scope::Environment(environment), Kind::Targeting | Kind::Segment) = (&id.scope, id.kind) {
            starts.entry((environment, id.kind)).or_default().push(id.key.clone());
        }
    }
    for ((environment, kind), starts) in starts {
        let (path, next): (_, Next) = match kind {
            Kind::Targeting => ("prerequisites", prerequisites),
            _ => ("rules", segments_of),
        };
        for cycle in find(starts, |key| next(state, environment, key)) {
            let id = ResourceId::environment(environment, kind, &cycle[0]);
            let mut way = cycle.iter().map(|key| &**key).collect::<Vec<_>>().join(" → ");
            way.push_str(" → ");
            way.push_str(&cycle[0]);
            let problem = Problem::new(path, format!("lead back to this {}: {way}", noun(kind))).of(&id);
            problems.push(problem.hint("take one of these steps away"));
        }
    }
}

/// The keys that one key leads to in an environment.
type Next = fn(&State, &str, &str) -> Vec<Key>;

fn noun(kind: Kind) -> &'static str {
    if kind == Kind::Targeting { "flag" } else { "segment" }
}

fn prerequisites(state: &State, environment: &str, key: &str) -> Vec<Key> {
    let Some((targeting, _)) = state.targeting(environment, key) else { return vec![] };
    // A flag that names itself is told where it stands.
    targeting.prerequisites.iter().filter(|p| p.key != key).map(|p| Key::from(p.key.as_str())).collect()
}

fn segments_of(state: &State, environment: &str, key: &str) -> Vec<Key> {
    let Some(segment) = state.segment(environment, key) else { return vec![] };
    segment.rules.iter().flat_map(|r| segments(&r.clauses)).map(Key::from).collect()
}

/// One cycle for each way back that a walk from `starts` meets. No recursion: chains may be long.
fn find(starts: Vec<Key>, next: impl Fn(&str) -> Vec<Key>) -> Vec<Vec<Key>> {
    let mut cycles = vec![];
    let mut done: HashSet<Key> = HashSet::new();
    for start in starts {
        let mut way: Vec<(Key, Vec<Key>)> = vec![];
        let mut on_way: HashMap<Key, usize> = HashMap::new();
        let mut step = Some(start);
        loop {
            if let Some(key) = step.take() {
                if let Some(at) = on_way.get(&key) {
                    cycles.push(way[*at..].iter().map(|(key, _)| key.clone()).collect());
                } else if !done.contains(&key) {
                    on_way.insert(key.clone(), way.len());
                    let ways_on = next(&key);
                    way.push((key, ways_on));
                }
            }
            let Some((key, ways_on)) = way.last_mut() else { break };
            match ways_on.pop() {
                Some(key) => step = Some(key),
                None => {
                    on_way.remove(key);
                    done.insert(key.clone());
                    way.pop();
                }
            }
        }
    }
    cycles
}
