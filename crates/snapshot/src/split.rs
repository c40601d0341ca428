//! How a route divides its requests.

use switchyard_flags::{BucketPrefix, Context, Reference, ValueRef};
use switchyard_model::ids::Key;
use switchyard_model::route::Split;
use switchyard_model::{Flag, Problem, Route, allocation};

/// A split, made ready.
#[derive(Debug)]
pub(crate) enum CompiledSplit {
    /// By weight: the value's bucket is looked up in the arms' slices.
    Weight { kind: Key, attribute: Reference, prefix: BucketPrefix, slices: Box<[Slice]> },
    /// By flag: the variation's index is the arm's place.
    Flag {
        flag: Key,
        /// The variations' ids and the arm of each.
        variations: Box<[(Key, usize)]>,
    },
}

/// Buckets of one arm; they begin where the slice before ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slice {
    /// The first bucket that is no more in it.
    to: u32,
    /// The arm's index.
    arm: u32,
}

impl CompiledSplit {
    /// The kind of context and the attribute that a split by weight sticks on.
    pub(crate) fn divides_by(&self) -> Option<(&str, &Reference)> {
        match self {
            CompiledSplit::Weight { kind, attribute, slices, .. } if slices.len() > 1 => {
                Some((kind, attribute))
            }
            CompiledSplit::Weight { .. } | CompiledSplit::Flag { .. } => None,
        }
    }

    /// Whether it depends on who asks; a single arm does not.
    pub(crate) fn asks_who(&self) -> bool {
        match self {
            CompiledSplit::Weight { slices, .. } => slices.len() > 1,
            CompiledSplit::Flag { .. } => true,
        }
    }

    /// Reads a route's split. `flag` is the flag it names, where it names one that exists.
    pub(crate) fn new(route: &Route, flag: Option<&Flag>, problems: &mut Vec<Problem>) -> Option<Self> {
        match &route.split {
            Split::Weight { context_kind, bucket_by, .. } => {
                let attribute = Reference::literal(bucket_by).map_err(|e| {
                    problems.push(Problem::new("split.bucketBy", e.to_string()).value(&**bucket_by));
                });
                Some(CompiledSplit::Weight {
                    kind: context_kind.clone(),
                    attribute: attribute.ok()?,
                    prefix: BucketPrefix::new(&[&route.key, ""]),
                    slices: slices(&route.split, problems)?,
                })
            }
            Split::Flag { flag: key, arms } => {
                let of = |(i, id): (usize, &Key)| match arms.iter().position(|arm| arm.variation == *id) {
                    Some(arm) => Some((id.clone(), arm)),
                    None => {
                        let reason = format!("has no arm for variation {i}, {:?}", &**id);
                        problems.push(Problem::new("split.arms", reason).hint("add one"));
                        None
                    }
                };
                let variations = flag?.variations.iter().map(|v| &v.id).enumerate().filter_map(of).collect();
                Some(CompiledSplit::Flag { flag: key.clone(), variations })
            }
        }
    }
}

/// All slices in order. Those that don't fit the weights are made anew, as the server does it.
fn slices(split: &Split, problems: &mut Vec<Problem>) -> Option<Box<[Slice]>> {
    let mut split = split.clone();
    allocation::normalise(None, &mut split);
    let Split::Weight { arms, .. } = &split else { return None };
    let mut all: Vec<(u32, Slice)> = (0..)
        .zip(arms)
        .flat_map(|(arm, of)| of.slices.iter().map(move |(from, to)| (*from, Slice { to: *to, arm })))
        .collect();
    if all.is_empty() {
        problems.push(Problem::new("split.arms", "have weights that do not add up to 100,000"));
        return None;
    }
    all.sort_unstable_by_key(|(from, _)| *from);
    Some(all.into_iter().map(|(_, slice)| slice).collect())
}

/// The arm that has this bucket.
pub(crate) fn arm_of(slices: &[Slice], bucket: u32) -> usize {
    let at = slices.partition_point(|slice| slice.to <= bucket);
    slices[at.min(slices.len() - 1)].arm as usize
}

/// The buckets of the slice that has this one: from, and up to without.
pub(crate) fn slice_of(slices: &[Slice], bucket: u32) -> (u32, u32) {
    let at = slices.partition_point(|slice| slice.to <= bucket).min(slices.len() - 1);
    (if at == 0 { 0 } else { slices[at - 1].to }, slices[at].to)
}

/// A bucket of the arm that has the most.
pub(crate) fn heaviest(slices: &[Slice]) -> u32 {
    let mut from = 0;
    let mut weights: Vec<(u32, u32)> = vec![];
    for slice in slices {
        let arm = slice.arm as usize;
        weights.resize(weights.len().max(arm + 1), (0, 0));
        weights[arm] = (weights[arm].0 + slice.to - from, from);
        from = slice.to;
    }
    weights.iter().max_by_key(|(weight, _)| *weight).map_or(0, |(_, bucket)| *bucket)
}

/// The bucket of what a context has there, 0 to 99,999; `None` where it has nothing that can be hashed.
///
/// It is LaunchDarkly's: SHA-1 over `ROUTE..VALUE`, a route's key in the place of a flag's, and no salt. Texts
/// are hashed as they are and whole numbers as digits; nothing else is.
pub(crate) fn bucket(
    context: &Context,
    kind: &str,
    attribute: &Reference,
    prefix: &BucketPrefix,
) -> Option<u32> {
    /// Up to here doubles tell whole numbers apart: 2⁵³.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match context.get(kind, attribute)? {
        ValueRef::String(text) => Some(prefix.bucket(text).part()),
        ValueRef::Number(n) if n.fract() == 0.0 && n.abs() < EXACT => {
            Some(prefix.bucket(&format!("{n:.0}")).part())
        }
        _ => None,
    }
}
