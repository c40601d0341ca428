//! A set of flags and segments, compiled.

use std::sync::Arc;

use switchyard_model::{flag_spec::FlagSpec, segment_spec::SegmentSpec};

use crate::{
    attributes::Attributes,
    compile::{CompiledFlag, CompiledSegment, Slots},
    context::Context,
    detail::{Detail, ErrorKind},
    evaluate::evaluate,
    recorder::{NoRecorder, Recorder},
};

/// All flags and segments of one environment at one revision, in the form made for reading. Immutable; share it
/// behind an `Arc`.
#[derive(Debug, Default)]
pub struct FlagSet {
    flag_slots: Slots,
    /// By slot; `None` where a key is only mentioned.
    flags: Box<[Option<Arc<CompiledFlag>>]>,
    segment_slots: Slots,
    segments: Box<[Option<Arc<CompiledSegment>>]>,
}

/// One flag of a set, found once and evaluated any number of times.
#[derive(Clone, Copy, Debug)]
pub struct FlagRef<'a> {
    set: &'a FlagSet,
    flag: &'a CompiledFlag,
}

impl FlagSet {
    /// Compiles flags and segments; tombstones are left out, and of two with one key the later counts.
    ///
    /// What `previous` already has, the same or an equal specification, is shared instead of compiled again: after
    /// a change of one flag among 10,000 only that one is. Cheapest when both sets list them in the same order.
    pub fn compile(
        flags: impl IntoIterator<Item = Arc<FlagSpec>>,
        segments: impl IntoIterator<Item = Arc<SegmentSpec>>,
        previous: Option<&Self>,
    ) -> Self {
        let fresh = Self::default();
        let previous = previous.filter(|previous| !previous.is_mostly_gone()).unwrap_or(&fresh);
        let mut flag_slots = previous.flag_slots.clone();
        let mut segment_slots = previous.segment_slots.clone();
        let mut flags = place(flags, &mut flag_slots, &previous.flags, |spec, slot, slots| {
            CompiledFlag::new(spec, slot, slots, &mut segment_slots)
        });
        let mut segments = place(segments, &mut segment_slots, &previous.segments, |spec, _, slots| {
            CompiledSegment::new(spec, slots)
        });
        flags.resize(flag_slots.len(), None);
        segments.resize(segment_slots.len(), None);
        Self { flag_slots, flags: flags.into(), segment_slots, segments: segments.into() }
    }

    /// The flag of that key.
    #[inline]
    pub fn flag(&self, key: &str) -> Option<FlagRef<'_>> {
        let flag = self.flag_at(self.flag_slots.find(key)?)?;
        Some(FlagRef { set: self, flag })
    }

    /// All flags, in the order in which they were first compiled.
    pub fn flags(&self) -> impl Iterator<Item = FlagRef<'_>> {
        self.flags.iter().flatten().map(|flag| FlagRef { set: self, flag })
    }

    /// All segments, in the order in which they were first compiled.
    pub fn segments(&self) -> impl Iterator<Item = &Arc<SegmentSpec>> {
        self.segments.iter().flatten().map(|segment| &segment.spec)
    }

    /// The attributes that flags and segments refer to.
    pub fn attributes(&self) -> Attributes {
        let flags = self.flags.iter().flatten().flat_map(|flag| flag.references());
        let segments = self.segments.iter().flatten().flat_map(|segment| segment.references());
        Attributes::new(flags.chain(segments))
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
        self.flags.get(slot as usize)?.as_deref()
    }

    #[inline]
    pub(crate) fn segment_at(&self, slot: u32) -> Option<&CompiledSegment> {
        self.segments.get(slot as usize)?.as_deref()
    }

    /// Whether so many keys have gone that keeping their numbers wastes more than compiling afresh.
    fn is_mostly_gone(&self) -> bool {
        fn gone<T>(slots: &[Option<T>]) -> bool {
            slots.iter().filter(|slot| slot.is_none()).count() > 1000 + slots.len() / 2
        }
        gone(&self.flags) || gone(&self.segments)
    }
}

impl<'a> FlagRef<'a> {
    /// What it was compiled from.
    pub fn spec(self) -> &'a Arc<FlagSpec> {
        &self.flag.spec
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

/// What flags and segments have in common here.
trait Compiled {
    type Spec: PartialEq;
    fn spec(&self) -> &Arc<Self::Spec>;
    fn key(spec: &Self::Spec) -> &str;
    fn is_deleted(spec: &Self::Spec) -> bool;
}

impl Compiled for CompiledFlag {
    type Spec = FlagSpec;
    fn spec(&self) -> &Arc<FlagSpec> {
        &self.spec
    }
    fn key(spec: &FlagSpec) -> &str {
        &spec.key
    }
    fn is_deleted(spec: &FlagSpec) -> bool {
        spec.deleted
    }
}

impl Compiled for CompiledSegment {
    type Spec = SegmentSpec;
    fn spec(&self) -> &Arc<SegmentSpec> {
        &self.spec
    }
    fn key(spec: &SegmentSpec) -> &str {
        &spec.key
    }
    fn is_deleted(spec: &SegmentSpec) -> bool {
        spec.deleted
    }
}

/// Puts each specification in its slot, compiled, or shared with the previous set.
fn place<C: Compiled>(
    specs: impl IntoIterator<Item = Arc<C::Spec>>,
    slots: &mut Slots,
    previous: &[Option<Arc<C>>],
    mut compile: impl FnMut(Arc<C::Spec>, u32, &mut Slots) -> C,
) -> Vec<Option<Arc<C>>> {
    let mut placed: Vec<Option<Arc<C>>> = Vec::with_capacity(previous.len());
    let mut next = 0;
    for spec in specs {
        if C::is_deleted(&spec) {
            continue;
        }
        let old = |slot: usize| previous.get(slot).and_then(Option::as_ref);
        // In the same order as before, the next slot is right and its key needn't be looked up.
        let slot = match old(next) {
            Some(expected) if Arc::ptr_eq(expected.spec(), &spec) => next as u32,
            _ => slots.find_or_add(C::key(&spec)),
        };
        next = slot as usize + 1;
        let compiled = match old(slot as usize) {
            Some(old) if Arc::ptr_eq(old.spec(), &spec) || **old.spec() == *spec => Arc::clone(old),
            _ => Arc::new(compile(spec, slot, slots)),
        };
        if placed.len() < next {
            placed.resize(next, None);
        }
        placed[slot as usize] = Some(compiled);
    }
    placed
}
