//! What a stream must say to bring a client from one snapshot to another.

use rustc_hash::FxHashSet;
use switchyard_model::flag_spec::{Clause, Op};
use switchyard_model::ids::Key;

use super::{WireItem, WireSet};
use crate::Snapshot;

/// Flags or segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Collection {
    /// `segments` on the wire.
    Segments,
    /// `flags` on the wire.
    Flags,
}

impl Collection {
    /// Its name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Collection::Flags => "flags",
            Collection::Segments => "segments",
        }
    }
}

/// One message.
#[derive(Debug, Clone)]
pub enum WireChange<'a> {
    /// The item is new or changed.
    Put {
        /// Where it is.
        collection: Collection,
        /// What it is now.
        item: &'a WireItem,
    },
    /// The item is gone.
    Delete {
        /// Where it was.
        collection: Collection,
        /// Its key.
        key: Key,
        /// Above every version it had: the revision of the new snapshot.
        version: u64,
    },
}

impl WireChange<'_> {
    /// Where the item is or was.
    pub fn collection(&self) -> Collection {
        match self {
            WireChange::Put { collection, .. } | WireChange::Delete { collection, .. } => *collection,
        }
    }

    /// The item's key.
    pub fn key(&self) -> &Key {
        match self {
            WireChange::Put { item, .. } => &item.key,
            WireChange::Delete { key, .. } => key,
        }
    }
}

/// What differs between two snapshots, in an order in which no message shows something before what it depends
/// on: first what is new or changed, segments and prerequisites before those that ask them; then what is gone,
/// those that asked before what they asked.
pub fn wire_changes<'a>(old: &Snapshot, new: &'a Snapshot) -> Vec<WireChange<'a>> {
    let (before, after) = (old.wire(), new.wire());
    if std::ptr::eq(before, after) {
        return vec![];
    }
    let puts = ordered(after, changed(before, after)).into_iter().filter_map(|(collection, key)| {
        Some(WireChange::Put { collection, item: after.item(collection, key)? })
    });
    let mut gone = ordered(before, missing(before, after));
    gone.reverse();
    let deletes = gone.into_iter().filter_map(|(collection, key)| {
        let item = before.item(collection, key)?;
        let version = new.revision.max(item.version + 1);
        Some(WireChange::Delete { collection, key: item.key.clone(), version })
    });
    puts.chain(deletes).collect()
}

/// A flag or a segment by its key.
pub(crate) type Name<'a> = (Collection, &'a str);

impl WireSet {
    pub(super) fn item(&self, collection: Collection, key: &str) -> Option<&WireItem> {
        match collection {
            Collection::Flags => self.flag(key).map(|item| &item.wire),
            Collection::Segments => self.segment(key).map(|item| &item.wire),
        }
    }

    /// All segments and flags.
    pub(crate) fn names(&self) -> impl Iterator<Item = (Collection, &WireItem)> {
        let segments = self.segments.iter().map(|item| (Collection::Segments, &item.wire));
        segments.chain(self.flags.iter().map(|item| (Collection::Flags, &item.wire)))
    }

    /// What an item asks, in its own order.
    pub(crate) fn dependencies(&self, (collection, key): Name<'_>) -> Vec<Name<'_>> {
        match collection {
            Collection::Flags => self.flag(key).map_or(vec![], |item| {
                let prerequisites =
                    item.spec.prerequisites.iter().map(|p| (Collection::Flags, p.key.as_str()));
                let rules = item.spec.rules.iter().flat_map(|rule| &rule.clauses);
                prerequisites.chain(segments(rules)).collect()
            }),
            Collection::Segments => self.segment(key).map_or(vec![], |item| {
                segments(item.spec.rules.iter().flat_map(|rule| &rule.clauses)).collect()
            }),
        }
    }
}

fn segments<'a>(clauses: impl Iterator<Item = &'a Clause>) -> impl Iterator<Item = Name<'a>> {
    clauses
        .filter(|clause| clause.op == Op::SegmentMatch)
        .flat_map(|clause| &clause.values)
        .filter_map(|value| Some((Collection::Segments, value.as_str()?)))
}

fn changed<'a>(before: &'a WireSet, after: &'a WireSet) -> Vec<Name<'a>> {
    differing(before, after)
        .filter(|(_, before, after)| {
            after.is_some_and(|after| before.is_none_or(|before| before.digest != after.digest))
        })
        .filter_map(|(collection, _, after)| Some((collection, &*after?.key)))
        .collect()
}

fn missing<'a>(before: &'a WireSet, after: &'a WireSet) -> Vec<Name<'a>> {
    let gone = differing(before, after).filter(|(_, _, after)| after.is_none());
    gone.filter_map(|(collection, before, _)| Some((collection, &*before?.key))).collect()
}

/// Segments and flags that are not shared, as they were and as they are.
fn differing<'a>(
    before: &'a WireSet,
    after: &'a WireSet,
) -> impl Iterator<Item = (Collection, Option<&'a WireItem>, Option<&'a WireItem>)> {
    let segments = before.segments.differing(&after.segments);
    let flags = before.flags.differing(&after.flags);
    segments
        .map(|(a, b)| (Collection::Segments, a.map(|item| &item.wire), b.map(|item| &item.wire)))
        .chain(flags.map(|(a, b)| (Collection::Flags, a.map(|item| &item.wire), b.map(|item| &item.wire))))
}

/// The wanted items, each after all it depends on, over however many others. Cycles, which validation refuses,
/// are cut where they close. No recursion: a chain may be as long as there are flags.
fn ordered<'a>(set: &'a WireSet, wanted: Vec<Name<'a>>) -> Vec<Name<'a>> {
    let all: FxHashSet<Name<'_>> = wanted.iter().copied().collect();
    let mut seen: FxHashSet<Name<'_>> = FxHashSet::default();
    let mut out = Vec::with_capacity(wanted.len());
    for start in wanted {
        let mut open = vec![];
        if seen.insert(start) {
            open.push((start, set.dependencies(start).into_iter()));
        }
        while let Some((name, left)) = open.last_mut() {
            match left.next() {
                Some(next) if seen.insert(next) => {
                    open.push((next, set.dependencies(next).into_iter()));
                }
                Some(_) => {}
                None => {
                    if all.contains(name) {
                        out.push(*name);
                    }
                    open.pop();
                }
            }
        }
    }
    out
}
