//! A set of flags and segments, compiled.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use switchyard_model::{flag_spec::FlagSpec, segment_spec::SegmentSpec};

use crate::{
    attributes::{Attributes, Counted},
    compile::{CompiledFlag, CompiledSegment, Serve, Slots},
    context::Context,
    detail::{Detail, ErrorKind},
    evaluate::evaluate,
    recorder::{NoRecorder, Recorder},
    slab::Slab,
};

/// All flags and segments of one environment at one revision, in the form made for reading. Immutable; share it
/// behind an `Arc`.
#[derive(Debug, Default)]
pub struct FlagSet {
    flag_slots: Slots,
    /// By slot; none where a key is only mentioned.
    flags: Slab<CompiledFlag>,
    segment_slots: Slots,
    segments: Slab<CompiledSegment>,
    counted: Arc<Counted>,
}

/// One flag of a set, found once and evaluated any number of times.
#[derive(Clone, Copy, Debug)]
pub struct FlagRef<'a> {
    set: &'a FlagSet,
    pub(crate) flag: &'a CompiledFlag,
}

/// Where a flag was last found in a set: a guess, which is looked at and never believed.
#[derive(Debug, Default)]
pub struct Hint(AtomicU32);

impl FlagSet {
    /// Compiles flags and segments; tombstones are left out, and of two with one key the later counts.
    pub fn compile(
        flags: impl IntoIterator<Item = Arc<FlagSpec>>,
        segments: impl IntoIterator<Item = Arc<SegmentSpec>>,
    ) -> Self {
        let (mut flag_slots, mut segment_slots) = (Slots::default(), Slots::default());
        let mut compiled_flags = vec![];
        for spec in flags.into_iter().filter(|spec| !spec.deleted) {
            let slot = flag_slots.find_or_add(&spec.key);
            let flag = CompiledFlag::new(spec, slot, &mut flag_slots, &mut segment_slots);
            place(&mut compiled_flags, slot, flag);
        }
        let mut compiled_segments = vec![];
        for spec in segments.into_iter().filter(|spec| !spec.deleted) {
            let slot = segment_slots.find_or_add(&spec.key);
            let segment = CompiledSegment::new(spec, &mut segment_slots);
            place(&mut compiled_segments, slot, segment);
        }
        let of_flags = compiled_flags.iter().flatten().flat_map(|flag| flag.references());
        let of_segments = compiled_segments.iter().flatten().flat_map(|segment| segment.references());
        let counted = Arc::new(Counted::new(of_flags.chain(of_segments)));
        let (flags, segments) = (Slab::new(&compiled_flags), Slab::new(&compiled_segments));
        Self { flag_slots, flags, segment_slots, segments, counted }
    }

    /// The set with these flags and segments as they are now, by their keys; `None` or a tombstone where one is gone.
    /// No key may be there twice. Everything else is shared: the cost is that of what changes, however much there is.
    #[must_use]
    pub fn with<'a>(
        &self,
        flags: impl IntoIterator<Item = (&'a str, Option<Arc<FlagSpec>>)>,
        segments: impl IntoIterator<Item = (&'a str, Option<Arc<SegmentSpec>>)>,
    ) -> Self {
        let mut flag_slots = self.flag_slots.clone();
        let mut segment_slots = self.segment_slots.clone();
        let mut new_flags = vec![];
        for (key, spec) in flags {
            let slot = flag_slots.find_or_add(key);
            let flag = spec
                .filter(|spec| !spec.deleted)
                .map(|spec| Arc::new(CompiledFlag::new(spec, slot, &mut flag_slots, &mut segment_slots)));
            new_flags.push((slot, flag));
        }
        let mut new_segments = vec![];
        for (key, spec) in segments {
            let slot = segment_slots.find_or_add(key);
            let segment = spec
                .filter(|spec| !spec.deleted)
                .map(|spec| Arc::new(CompiledSegment::new(spec, &mut segment_slots)));
            new_segments.push((slot, segment));
        }
        let old_flags = new_flags.iter().filter_map(|(slot, _)| self.flags.get(*slot));
        let old_segments = new_segments.iter().filter_map(|(slot, _)| self.segments.get(*slot));
        let before = old_flags
            .flat_map(|flag| flag.references())
            .chain(old_segments.flat_map(|segment| segment.references()));
        let flags_now = new_flags.iter().filter_map(|(_, flag)| flag.as_deref());
        let segments_now = new_segments.iter().filter_map(|(_, segment)| segment.as_deref());
        let now = flags_now
            .flat_map(CompiledFlag::references)
            .chain(segments_now.flat_map(CompiledSegment::references));
        let counted = self.counted.with(before, now);
        let (flags, segments) = (self.flags.with(new_flags), self.segments.with(new_segments));
        let next = Self { flag_slots, flags, segment_slots, segments, counted };
        if next.is_mostly_gone() { next.afresh() } else { next }
    }

    /// The same with numbers given anew.
    fn afresh(&self) -> Self {
        let flags = self.flags.iter().map(|flag| Arc::clone(&flag.spec));
        let segments = self.segments.iter().map(|segment| Arc::clone(&segment.spec));
        Self::compile(flags, segments)
    }

    /// The flag of that key.
    #[inline]
    pub fn flag(&self, key: &str) -> Option<FlagRef<'_>> {
        let flag = self.flag_at(self.flag_slots.find(key)?)?;
        Some(FlagRef { set: self, flag })
    }

    /// The flag that was compiled from this very specification. Where the hint is right, no key is hashed or compared:
    /// who goes through ten thousand flags feels it.
    #[inline]
    pub fn compiled_from(&self, spec: &Arc<FlagSpec>, hint: &Hint) -> Option<FlagRef<'_>> {
        let is_it = |flag: &&CompiledFlag| Arc::ptr_eq(&flag.spec, spec);
        let guessed = self.flag_at(hint.0.load(Ordering::Relaxed)).filter(is_it);
        let flag = guessed.or_else(|| {
            let slot = self.flag_slots.find(&spec.key)?;
            hint.0.store(slot, Ordering::Relaxed);
            self.flag_at(slot).filter(is_it)
        });
        Some(FlagRef { set: self, flag: flag? })
    }

    /// All flags, in the order in which their keys were first mentioned.
    pub fn flags(&self) -> impl Iterator<Item = FlagRef<'_>> {
        self.flags.iter().map(|flag| FlagRef { set: self, flag })
    }

    /// All segments, in the order in which their keys were first mentioned.
    pub fn segments(&self) -> impl Iterator<Item = &Arc<SegmentSpec>> {
        self.segments.iter().map(|segment| &segment.spec)
    }

    /// The attributes that flags and segments refer to.
    pub fn attributes(&self) -> &Arc<Attributes> {
        self.counted.attributes()
    }

    /// The attributes that the segment of that key refers to itself.
    pub fn attributes_of_segment(&self, key: &str) -> Attributes {
        let segment = self.segment_slots.find(key).and_then(|slot| self.segment_at(slot));
        Attributes::new(segment.into_iter().flat_map(|segment| segment.references()))
    }

    /// What the flag of that key answers for the context. Doesn't allocate.
    pub fn evaluate(&self, key: &str, context: &Context) -> Detail<'_> {
        self.evaluate_with(key, context, &mut NoRecorder)
    }

    /// The same, with somebody watching.
    pub fn evaluate_with<R: Recorder>(&self, key: &str, context: &Context, recorder: &mut R) -> Detail<'_> {
        match self.flag(key) {
            Some(flag) => flag.evaluate_with(context, recorder),
            None => Detail::error(ErrorKind::FlagNotFound),
        }
    }

    #[inline]
    pub(crate) fn flag_at(&self, slot: u32) -> Option<&CompiledFlag> {
        self.flags.get(slot).map(|flag| &**flag)
    }

    #[inline]
    pub(crate) fn segment_at(&self, slot: u32) -> Option<&CompiledSegment> {
        self.segments.get(slot).map(|segment| &**segment)
    }

    /// Whether so many keys have gone that keeping their numbers wastes more than compiling afresh.
    fn is_mostly_gone(&self) -> bool {
        let mostly = |slots: usize, filled: usize| slots - filled > 1000 + slots / 2;
        mostly(self.flag_slots.len(), self.flags.filled())
            || mostly(self.segment_slots.len(), self.segments.filled())
    }
}

impl<'a> FlagRef<'a> {
    /// What it was compiled from.
    pub fn spec(self) -> &'a Arc<FlagSpec> {
        &self.flag.spec
    }

    /// Whether a percentage divides whom nothing before it decides.
    #[inline]
    pub fn has_split_fallthrough(self) -> bool {
        matches!(self.flag.fallthrough, Serve::Rollout(_))
    }

    /// The attributes that the flag refers to itself.
    pub fn attributes(self) -> Attributes {
        Attributes::new(self.flag.references())
    }

    /// What the flag answers for the context. Doesn't allocate.
    #[inline]
    pub fn evaluate(self, context: &Context) -> Detail<'a> {
        evaluate(self.set, self.flag, context, &mut NoRecorder)
    }

    /// The same, with somebody watching.
    pub fn evaluate_with<R: Recorder>(self, context: &Context, recorder: &mut R) -> Detail<'a> {
        evaluate(self.set, self.flag, context, recorder)
    }
}

fn place<T>(all: &mut Vec<Option<Arc<T>>>, slot: u32, one: T) {
    let slot = slot as usize;
    if all.len() <= slot {
        all.resize(slot + 1, None);
    }
    all[slot] = Some(Arc::new(one));
}
