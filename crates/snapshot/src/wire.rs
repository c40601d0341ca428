//! Flags and segments as LaunchDarkly's clients read them.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::Serialize;
use sha1::{Digest, Sha1};
use switchyard_flags::{Attributes, FlagSet};
use switchyard_model::flag_spec::FlagSpec;
use switchyard_model::ids::{Key, Scope};
use switchyard_model::segment_spec::SegmentSpec;
use switchyard_model::state::Versioned;
use switchyard_model::{Flag, Kind, Resource, Segment, State, Targeting};

mod changes;

pub(crate) use changes::Name;
pub use changes::{Collection, WireChange, wire_changes};

/// A flag or a segment on the wire.
#[derive(Debug, Clone)]
pub struct WireItem {
    /// Unique in its collection.
    pub key: Key,
    /// The newest revision that touched it; of a flag, the flag or its targeting. Never goes back while the
    /// snapshots are compiled one from another.
    pub version: u64,
    /// Its JSON, in LaunchDarkly's form; the same bytes in every snapshot in which it is unchanged.
    pub json: Bytes,
    /// SHA-1 of the JSON, in which key and version are.
    digest: [u8; 20],
}

impl WireItem {
    fn new(key: &Key, version: u64, spec: &impl Serialize) -> Self {
        let json = serde_json::to_vec(spec).expect("specs hold nothing that JSON can't");
        WireItem { key: key.clone(), version, digest: Sha1::digest(&json).into(), json: json.into() }
    }
}

/// A flag, from the resources it was made from.
#[derive(Debug)]
pub(crate) struct FlagItem {
    pub(crate) wire: WireItem,
    pub(crate) spec: Arc<FlagSpec>,
    source: Arc<Resource>,
    targeting: Option<Arc<Resource>>,
}

/// A segment, from the resource it was made from.
#[derive(Debug)]
pub(crate) struct SegmentItem {
    pub(crate) wire: WireItem,
    pub(crate) spec: Arc<SegmentSpec>,
    pub(crate) source: Arc<Resource>,
}

impl FlagItem {
    /// The flag as people wrote it.
    pub(crate) fn flag(&self) -> &Flag {
        match &*self.source {
            Resource::Flag(flag) => flag,
            other => unreachable!("a flag is made from a flag, not from a {}", other.kind()),
        }
    }

    /// Whether evaluations can differ: the version aside.
    pub(crate) fn same_content(&self, other: &Self) -> bool {
        let unversioned = |item: &Self| FlagSpec { version: 0, ..FlagSpec::clone(&item.spec) };
        std::ptr::eq(self, other) || unversioned(self) == unversioned(other)
    }
}

impl SegmentItem {
    /// Whether membership can differ: the version aside.
    pub(crate) fn same_content(&self, other: &Self) -> bool {
        let unversioned = |item: &Self| SegmentSpec { version: 0, ..SegmentSpec::clone(&item.spec) };
        std::ptr::eq(self, other) || unversioned(self) == unversioned(other)
    }
}

/// All flags and segments of a snapshot; shared whole with the snapshot before when none changed.
#[derive(Debug)]
pub(crate) struct WireSet {
    /// By key.
    pub(crate) flags: Box<[Arc<FlagItem>]>,
    /// By key.
    pub(crate) segments: Box<[Arc<SegmentItem>]>,
    pub(crate) set: FlagSet,
    pub(crate) etag: String,
    payload: OnceLock<Bytes>,
    attributes: OnceLock<Arc<Attributes>>,
}

impl WireSet {
    pub(crate) fn empty() -> Self {
        WireSet::new(vec![], vec![], None)
    }

    /// Makes ready all flags and segments that `previous` doesn't have ready.
    pub(crate) fn compile(state: &State, environment: &Key, previous: Option<&Arc<Self>>) -> Arc<Self> {
        let scope = Scope::Environment(environment.clone());
        let before = previous.map_or(&[][..], |p| &p.flags);
        let mut before_flags = Before::new(before, |item: &Arc<FlagItem>| &item.wire.key);
        let mut targetings = state.of(&scope, Kind::Targeting).peekable();
        let mut flags = Vec::with_capacity(before.len());
        for (id, flag) in state.of(&Scope::Project, Kind::Flag) {
            while targetings.next_if(|(of, _)| of.key < id.key).is_some() {}
            let targeting = targetings.next_if(|(of, _)| of.key == id.key).map(|(_, targeting)| targeting);
            let before = before_flags.find(&id.key);
            flags.extend(flag_item(flag, targeting, before, state.revision));
        }
        let before = previous.map_or(&[][..], |p| &p.segments);
        let mut before_segments = Before::new(before, |item: &Arc<SegmentItem>| &item.wire.key);
        let mut segments = Vec::with_capacity(before.len());
        for (id, segment) in state.of(&scope, Kind::Segment) {
            segments.extend(segment_item(segment, before_segments.find(&id.key), state.revision));
        }
        match previous {
            Some(p) if all_same(&p.flags, &flags) && all_same(&p.segments, &segments) => Arc::clone(p),
            _ => Arc::new(WireSet::new(flags, segments, previous.map(|p| &p.set))),
        }
    }

    fn new(flags: Vec<Arc<FlagItem>>, segments: Vec<Arc<SegmentItem>>, previous: Option<&FlagSet>) -> Self {
        let set = FlagSet::compile(
            flags.iter().map(|item| Arc::clone(&item.spec)),
            segments.iter().map(|item| Arc::clone(&item.spec)),
            previous,
        );
        let mut all = Sha1::new();
        flags.iter().for_each(|item| all.update(item.wire.digest));
        all.update([0]);
        segments.iter().for_each(|item| all.update(item.wire.digest));
        let etag = all.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let (flags, segments) = (flags.into(), segments.into());
        WireSet { flags, segments, set, etag, payload: OnceLock::new(), attributes: OnceLock::new() }
    }

    pub(crate) fn flag(&self, key: &str) -> Option<&Arc<FlagItem>> {
        let at = self.flags.binary_search_by(|item| (*item.wire.key).cmp(key)).ok()?;
        self.flags.get(at)
    }

    pub(crate) fn segment(&self, key: &str) -> Option<&Arc<SegmentItem>> {
        let at = self.segments.binary_search_by(|item| (*item.wire.key).cmp(key)).ok()?;
        self.segments.get(at)
    }

    /// The attributes that flags and segments look at, put together when first asked for.
    pub(crate) fn attributes(&self) -> &Arc<Attributes> {
        self.attributes.get_or_init(|| Arc::new(self.set.attributes()))
    }

    /// `{"flags":{…},"segments":{…}}`, put together when first asked for.
    pub(crate) fn payload(&self) -> Bytes {
        let assemble = || {
            let mut json = Vec::new();
            json.extend_from_slice(b"{\"flags\":{");
            members(&mut json, self.flags.iter().map(|item| &item.wire));
            json.extend_from_slice(b"},\"segments\":{");
            members(&mut json, self.segments.iter().map(|item| &item.wire));
            json.extend_from_slice(b"}}");
            json.into()
        };
        self.payload.get_or_init(assemble).clone()
    }

    /// Whether some evaluation could differ.
    pub(crate) fn same_content(&self, other: &Self) -> bool {
        self.flags.len() == other.flags.len()
            && self.segments.len() == other.segments.len()
            && self.flags.iter().zip(&other.flags).all(|(a, b)| a.same_content(b))
            && self.segments.iter().zip(&other.segments).all(|(a, b)| a.same_content(b))
    }
}

fn members<'a>(json: &mut Vec<u8>, items: impl Iterator<Item = &'a WireItem>) {
    for (i, item) in items.enumerate() {
        if i > 0 {
            json.push(b',');
        }
        // A key is letters, digits, '.', '_' and '-': nothing that JSON escapes.
        json.push(b'"');
        json.extend_from_slice(item.key.as_bytes());
        json.extend_from_slice(b"\":");
        json.extend_from_slice(&item.json);
    }
}

/// The items of the snapshot before, asked for in ascending order of key.
struct Before<'a, T, F> {
    left: &'a [T],
    key: F,
}

impl<'a, T, F: Fn(&T) -> &Key> Before<'a, T, F> {
    fn new(items: &'a [T], key: F) -> Self {
        Before { left: items, key }
    }

    fn find(&mut self, key: &Key) -> Option<&'a T> {
        while let Some((first, rest)) = self.left.split_first() {
            match (self.key)(first).cmp(key) {
                std::cmp::Ordering::Less => self.left = rest,
                std::cmp::Ordering::Equal => return Some(first),
                std::cmp::Ordering::Greater => return None,
            }
        }
        None
    }
}

/// A version that says the item is newer than `before`, which differs from it. That it isn't by itself happens
/// where a flag's targeting is taken away: then the flag alone counts, which is older.
fn newer(version: u64, before: Option<&WireItem>, revision: u64) -> u64 {
    match before {
        Some(before) if version <= before.version => revision.max(before.version + 1),
        _ => version,
    }
}

fn same(a: &Arc<Resource>, b: &Arc<Resource>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

fn all_same<T>(a: &[Arc<T>], b: &[Arc<T>]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(a, b))
}

fn flag_item(
    source: &Versioned,
    targeting: Option<&Versioned>,
    before: Option<&Arc<FlagItem>>,
    revision: u64,
) -> Option<Arc<FlagItem>> {
    let Resource::Flag(flag) = &*source.resource else { return None };
    if flag.archived {
        return None;
    }
    let version = source.revision.max(targeting.map_or(0, |t| t.revision));
    if let Some(before) = before
        && version <= before.wire.version
        && same(&before.source, &source.resource)
        && match (&before.targeting, targeting) {
            (Some(before), Some(now)) => same(before, &now.resource),
            (before, now) => before.is_none() && now.is_none(),
        }
    {
        return Some(Arc::clone(before));
    }
    let version = newer(version, before.map(|b| &b.wire), revision);
    let spec = match targeting.map(|t| &*t.resource) {
        Some(Resource::Targeting(targeting)) => targeting.to_spec(flag, version),
        _ => Targeting::untouched(flag).to_spec(flag, version),
    };
    Some(Arc::new(FlagItem {
        wire: WireItem::new(&flag.key, version, &spec),
        spec: Arc::new(spec),
        source: Arc::clone(&source.resource),
        targeting: targeting.map(|t| Arc::clone(&t.resource)),
    }))
}

fn segment_item(
    source: &Versioned,
    before: Option<&Arc<SegmentItem>>,
    revision: u64,
) -> Option<Arc<SegmentItem>> {
    let Resource::Segment(segment) = &*source.resource else { return None };
    if let Some(before) = before
        && source.revision <= before.wire.version
        && same(&before.source, &source.resource)
    {
        return Some(Arc::clone(before));
    }
    let version = newer(source.revision, before.map(|b| &b.wire), revision);
    let spec = Segment::to_spec(segment, version);
    Some(Arc::new(SegmentItem {
        wire: WireItem::new(&segment.key, version, &spec),
        spec: Arc::new(spec),
        source: Arc::clone(&source.resource),
    }))
}
