//! What can answer differently.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use switchyard_model::ids::Key;
use switchyard_model::{Kind, ResourceId};

use super::Dependent;
use crate::listener::CompiledListener;
use crate::route::CompiledRoute;
use crate::snapshot::alters::{same_listener_itself, same_route};
use crate::wire::{Name, WireSet};
use crate::{Collection, Snapshot};

/// All that can answer differently in one of two snapshots than in the other.
#[derive(Debug, Default)]
pub(super) struct Affected<'s> {
    /// By key, with whether the flag itself differs; else it depends on something that does.
    pub(super) flags: BTreeMap<&'s str, bool>,
    /// Segments that differ themselves.
    pub(super) segments: BTreeSet<&'s str>,
    /// Routes that differ, came or went, whose listener reads requests differently, or that divide by a flag
    /// that can answer differently.
    pub(super) routes: BTreeSet<&'s str>,
    pub(super) dependents: Vec<Dependent>,
}

pub(super) fn between<'s>(before: &'s Snapshot, after: &'s Snapshot) -> Affected<'s> {
    let mut affected = Affected::default();
    affected.by_flags(before, after);
    affected.by_routes(before, after);
    affected
}

/// The keys of all flags that can answer differently for somebody: those that differ, came or went, and those that
/// depend on a flag or a segment that does. In order.
pub fn affected_flags(before: &Snapshot, after: &Snapshot) -> Vec<Key> {
    let mut affected = Affected::default();
    affected.by_flags(before, after);
    affected.flags.into_keys().map(Key::from).collect()
}

impl<'s> Affected<'s> {
    fn by_flags(&mut self, before: &'s Snapshot, after: &'s Snapshot) {
        let (old, new) = (before.wire(), after.wire());
        let mut open = differing(old, new);
        let mut reached: FxHashSet<Name<'_>> = open.iter().copied().collect();
        let of = |wanted: Collection| open.iter().filter(move |(of, _)| *of == wanted).map(|(_, key)| *key);
        self.flags.extend(of(Collection::Flags).map(|key| (key, true)));
        self.segments.extend(of(Collection::Segments));
        if open.is_empty() {
            return;
        }
        let asked_by = dependents(old, new);
        while let Some(asked) = open.pop() {
            for asking in asked_by.get(&asked).into_iter().flatten() {
                let (kind, why) = match (asking.0, asked.0) {
                    (Collection::Flags, Collection::Flags) => {
                        (Kind::Targeting, format!("asks first what flag {} gives", asked.1))
                    }
                    (Collection::Flags, Collection::Segments) => {
                        (Kind::Targeting, format!("has a rule on segment {}", asked.1))
                    }
                    (Collection::Segments, _) => (Kind::Segment, format!("is made of segment {}", asked.1)),
                };
                let key = Key::from(asking.1);
                self.dependent(ResourceId::environment(&after.environment, kind, &key), why);
                if reached.insert(*asking) {
                    if asking.0 == Collection::Flags {
                        self.flags.insert(asking.1, false);
                    }
                    open.push(*asking);
                }
            }
        }
    }

    fn by_routes(&mut self, before: &'s Snapshot, after: &'s Snapshot) {
        for (this, other) in [(before, after), (after, before)] {
            for listener in this.listeners() {
                let there = other.listener(&listener.key);
                let same = there.is_some_and(|there| same_listener_itself(listener, there));
                for route in listener.routes() {
                    let there = there.and_then(|there| there.route(&route.key));
                    if !same || !there.is_some_and(|there| same_route(route, there)) {
                        self.routes.insert(&route.key);
                    }
                    self.divided(this, route);
                }
            }
        }
    }

    /// Where the route divides by a flag that can answer differently, so does it.
    fn divided(&mut self, snapshot: &Snapshot, route: &'s CompiledRoute) {
        let Some(flag) = route.flag().filter(|flag| self.flags.contains_key(&***flag)) else { return };
        self.routes.insert(&route.key);
        let target = ResourceId::environment(&snapshot.environment, Kind::Route, &route.key);
        self.dependent(target, format!("divides its requests by flag {flag}"));
    }

    fn dependent(&mut self, target: ResourceId, why: String) {
        let dependent = Dependent { target, why };
        if !self.dependents.contains(&dependent) {
            self.dependents.push(dependent);
        }
    }
}

impl CompiledListener {
    fn route(&self, key: &str) -> Option<&CompiledRoute> {
        let at = self.by_key.binary_search_by(|route| (*route.key).cmp(key)).ok()?;
        self.by_key.get(at).map(|route| &**route)
    }
}

/// The flags and segments that differ, came or went.
fn differing<'s>(old: &'s WireSet, new: &'s WireSet) -> Vec<Name<'s>> {
    if std::ptr::eq(old, new) {
        return vec![];
    }
    let mut differing: Vec<Name<'_>> = vec![];
    let flags =
        new.flags.iter().filter(|item| !old.flag(&item.wire.key).is_some_and(|o| o.same_content(item)));
    differing.extend(flags.map(|item| (Collection::Flags, &*item.wire.key)));
    let gone = old.flags.iter().filter(|item| new.flag(&item.wire.key).is_none());
    differing.extend(gone.map(|item| (Collection::Flags, &*item.wire.key)));
    let same = |item: &&std::sync::Arc<crate::wire::SegmentItem>| {
        !old.segment(&item.wire.key).is_some_and(|o| o.same_content(item))
    };
    let segments = new.segments.iter().filter(same);
    differing.extend(segments.map(|item| (Collection::Segments, &*item.wire.key)));
    let gone = old.segments.iter().filter(|item| new.segment(&item.wire.key).is_none());
    differing.extend(gone.map(|item| (Collection::Segments, &*item.wire.key)));
    differing
}

/// Who asks for each, in either.
fn dependents<'s>(old: &'s WireSet, new: &'s WireSet) -> FxHashMap<Name<'s>, Vec<Name<'s>>> {
    let mut asked_by: FxHashMap<Name<'_>, Vec<Name<'_>>> = FxHashMap::default();
    for set in [old, new] {
        for (collection, item) in set.names() {
            let asking = (collection, &*item.key);
            for asked in set.dependencies(asking) {
                let all = asked_by.entry(asked).or_default();
                if !all.contains(&asking) {
                    all.push(asking);
                }
            }
        }
    }
    asked_by
}
