//! Flags and segments as LaunchDarkly's clients read them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::Serialize;
use sha1::{Digest, Sha1};
use switchyard_flags::{Attributes, FlagRef, FlagSet, Hint};
use switchyard_model::flag_spec::FlagSpec;
use switchyard_model::ids::{Key, Scope};
use switchyard_model::segment_spec::SegmentSpec;
use switchyard_model::state::Versioned;
use switchyard_model::{Flag, Kind, Resource, ResourceId, Segment, State, Targeting};

use crate::client::Audience;
use crate::shelf::{Differing, Keyed, Shelf};

mod changes;
mod sum;
mod words;

pub(crate) use changes::Name;
pub use changes::{Collection, WireChange, wire_changes};
use sum::Sum;
pub(crate) use words::Words;

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
    hint: Hint,
    pub(crate) words: Words,
    /// Whether apps, and whether browsers may see it.
    pub(crate) for_clients: [bool; 2],
    /// Whether some of its evaluations are wanted in full.
    pub(crate) is_tracked: bool,
}

/// A flag whose large parts are made.
///
/// Those of all flags are made before what is read for each answer: so that lies close together, on a tenth of the
/// pages.
struct NewFlag {
    wire: WireItem,
    spec: Arc<FlagSpec>,
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

impl Keyed for FlagItem {
    fn key(&self) -> &Key {
        &self.wire.key
    }
}

impl Keyed for SegmentItem {
    fn key(&self) -> &Key {
        &self.wire.key
    }
}

impl NewFlag {
    fn item(self) -> Arc<FlagItem> {
        let NewFlag { wire, spec, source, targeting } = self;
        Arc::new(FlagItem {
            words: Words::new(flag_of(&source)),
            for_clients: [Audience::Mobile, Audience::Browsers].map(|audience| audience.may_see(&spec)),
            is_tracked: spec.track_events
                || spec.track_events_fallthrough
                || spec.debug_events_until_date.is_some()
                || spec.rules.iter().any(|rule| rule.track_events),
            hint: Hint::default(),
            wire,
            spec,
            source,
            targeting,
        })
    }
}

impl FlagItem {
    /// The flag as people wrote it.
    pub(crate) fn flag(&self) -> &Flag {
        flag_of(&self.source)
    }

    /// Reads something of it, for who brings several near.
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        self.wire.version ^ Arc::as_ptr(&self.spec) as u64
    }

    /// The same of what answers about it are written with.
    #[inline]
    pub(crate) fn touch_words(&self) -> u64 {
        u64::from(self.words.touch())
    }

    /// The flag for being evaluated, in the set of the same snapshot.
    #[inline]
    pub(crate) fn compiled<'s>(&self, set: &'s FlagSet) -> Option<FlagRef<'s>> {
        set.compiled_from(&self.spec, &self.hint)
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
    pub(crate) flags: Shelf<FlagItem>,
    pub(crate) segments: Shelf<SegmentItem>,
    pub(crate) set: FlagSet,
    pub(crate) etag: String,
    sums: [Sum; 2],
    payload: OnceLock<Bytes>,
}

impl WireSet {
    pub(crate) fn empty() -> Self {
        WireSet::new(Shelf::new(vec![]), Shelf::new(vec![]), FlagSet::default(), [Sum::default(); 2])
    }

    pub(crate) fn compile(state: &State, environment: &Key) -> Self {
        let scope = Scope::Environment(environment.clone());
        let mut targetings = state.of(&scope, Kind::Targeting).peekable();
        let mut flags = vec![];
        for (id, flag) in state.of(&Scope::Project, Kind::Flag) {
            while targetings.next_if(|(of, _)| of.key < id.key).is_some() {}
            let targeting = targetings.next_if(|(of, _)| of.key == id.key).map(|(_, targeting)| targeting);
            if let Touched::New(flag) = touched_flag(flag, targeting, None, state.revision) {
                flags.push(flag);
            }
        }
        let flags: Vec<_> = flags.into_iter().map(NewFlag::item).collect();
        let segments = state.of(&scope, Kind::Segment);
        let segments: Vec<_> =
            segments.filter_map(|(_, segment)| segment_item(segment, None, state.revision)).collect();
        let set = FlagSet::compile(
            flags.iter().map(|item| Arc::clone(&item.spec)),
            segments.iter().map(|item| Arc::clone(&item.spec)),
        );
        let sums = [
            flags.iter().map(|item| item.wire.digest).collect(),
            segments.iter().map(|item| item.wire.digest).collect(),
        ];
        WireSet::new(Shelf::new(flags), Shelf::new(segments), set, sums)
    }

    /// The set after these resources were touched, which is all that `state` differs in: nothing else is looked at.
    pub(crate) fn after(
        self: &Arc<Self>,
        state: &State,
        environment: &Key,
        touched: &[ResourceId],
    ) -> Arc<Self> {
        let here = |id: &&ResourceId| id.scope.environment().is_none_or(|of| of == environment);
        let (mut flags, mut segments) = (BTreeMap::new(), BTreeMap::new());
        for id in touched.iter().filter(here) {
            match id.kind {
                Kind::Flag | Kind::Targeting => {
                    let before = self.flags.get(&id.key);
                    let targeting = ResourceId::environment(environment, Kind::Targeting, &id.key);
                    let flag = state.get(&ResourceId::project(Kind::Flag, &id.key));
                    let now = flag.map_or(Touched::Gone, |flag| {
                        touched_flag(flag, state.get(&targeting), before, state.revision)
                    });
                    match now {
                        Touched::New(flag) => flags.insert(id.key.clone(), Some(flag)),
                        Touched::Gone if before.is_some() => flags.insert(id.key.clone(), None),
                        Touched::Gone | Touched::Same => None,
                    };
                }
                Kind::Segment => {
                    let before = self.segments.get(&id.key);
                    let now = state.get(id).and_then(|now| segment_item(now, before, state.revision));
                    if !same_item(before, now.as_ref()) {
                        segments.insert(id.key.clone(), now);
                    }
                }
                _ => {}
            }
        }
        if flags.is_empty() && segments.is_empty() {
            return Arc::clone(self);
        }
        let flags: BTreeMap<_, _> =
            flags.into_iter().map(|(key, flag)| (key, flag.map(NewFlag::item))).collect();
        let [mut of_flags, mut of_segments] = self.sums;
        for (key, now) in &flags {
            of_flags
                .replace(self.flags.get(key).map(|i| &i.wire.digest), now.as_ref().map(|i| &i.wire.digest));
        }
        for (key, now) in &segments {
            let before = self.segments.get(key).map(|i| &i.wire.digest);
            of_segments.replace(before, now.as_ref().map(|i| &i.wire.digest));
        }
        let set = self.set.with(
            flags.iter().map(|(key, now)| (&**key, now.as_ref().map(|item| Arc::clone(&item.spec)))),
            segments.iter().map(|(key, now)| (&**key, now.as_ref().map(|item| Arc::clone(&item.spec)))),
        );
        let (flags, segments) = (self.flags.with(flags), self.segments.with(segments));
        Arc::new(WireSet::new(flags, segments, set, [of_flags, of_segments]))
    }

    fn new(flags: Shelf<FlagItem>, segments: Shelf<SegmentItem>, set: FlagSet, sums: [Sum; 2]) -> Self {
        let all = sums.iter().fold(Sha1::new(), |all, sum| all.chain_update(sum.bytes()));
        let etag = all.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        WireSet { flags, segments, set, etag, sums, payload: OnceLock::new() }
    }

    pub(crate) fn flag(&self, key: &str) -> Option<&Arc<FlagItem>> {
        self.flags.get(key)
    }

    pub(crate) fn segment(&self, key: &str) -> Option<&Arc<SegmentItem>> {
        self.segments.get(key)
    }

    /// The attributes that flags and segments look at.
    pub(crate) fn attributes(&self) -> &Arc<Attributes> {
        self.set.attributes()
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

    /// Whether no evaluation could differ.
    pub(crate) fn same_content(&self, other: &Self) -> bool {
        fn alike<'a, T>(pair: Differing<'a, T>, same: impl Fn(&T, &T) -> bool) -> bool {
            matches!(pair, (Some(a), Some(b)) if same(a, b))
        }
        self.flags.differing(&other.flags).all(|pair| alike(pair, FlagItem::same_content))
            && self.segments.differing(&other.segments).all(|pair| alike(pair, SegmentItem::same_content))
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

/// A version that says the item is newer than `before`, which differs from it. That it isn't by itself happens
/// where a flag's targeting is taken away: then the flag alone counts, which is older.
fn newer(version: u64, before: Option<&WireItem>, revision: u64) -> u64 {
    match before {
        Some(before) if version <= before.version => revision.max(before.version + 1),
        _ => version,
    }
}

fn flag_of(source: &Resource) -> &Flag {
    match source {
        Resource::Flag(flag) => flag,
        other => unreachable!("a flag is made from a flag, not from a {}", other.kind()),
    }
}

fn same(a: &Arc<Resource>, b: &Arc<Resource>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}

fn same_item<T>(a: Option<&Arc<T>>, b: Option<&Arc<T>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// What became of a flag that was touched.
enum Touched {
    New(NewFlag),
    /// As before.
    Same,
    Gone,
}

fn touched_flag(
    source: &Versioned,
    targeting: Option<&Versioned>,
    before: Option<&Arc<FlagItem>>,
    revision: u64,
) -> Touched {
    let Resource::Flag(flag) = &*source.resource else { return Touched::Gone };
    if flag.archived {
        return Touched::Gone;
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
        return Touched::Same;
    }
    let version = newer(version, before.map(|b| &b.wire), revision);
    let spec = match targeting.map(|t| &*t.resource) {
        Some(Resource::Targeting(targeting)) => targeting.to_spec(flag, version),
        _ => Targeting::untouched(flag).to_spec(flag, version),
    };
    Touched::New(NewFlag {
        wire: WireItem::new(&flag.key, version, &spec),
        spec: Arc::new(spec),
        source: Arc::clone(&source.resource),
        targeting: targeting.map(|t| Arc::clone(&t.resource)),
    })
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
