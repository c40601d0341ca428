//! Percentages, prepared.

use std::borrow::Cow;

use switchyard_model::flag_spec::{RolloutKind, WeightedVariation};

use crate::{
    bucket::{BucketPrefix, WHOLE},
    hash::{Kind, is_valid_kind},
    recorder::Arm,
    reference::Reference,
};

/// What a rule or the fallthrough answers.
#[derive(Debug)]
pub(crate) enum Serve {
    Variation(i64),
    Rollout(Box<Rollout>),
    Malformed,
}

/// Arms, and how a context finds its own.
#[derive(Debug)]
pub(crate) struct Rollout {
    pub(crate) place: Place,
    pub(crate) experiment: bool,
    /// At least one.
    pub(crate) arms: Box<[Arm]>,
}

/// How a context is placed between 0 and 1.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) kind: Kind,
    pub(crate) by: Reference,
    pub(crate) prefix: BucketPrefix,
}

impl Serve {
    pub(crate) fn new(
        variation: Option<i64>,
        rollout: Option<&switchyard_model::flag_spec::Rollout>,
        key_and_salt: [&str; 2],
    ) -> Self {
        match (variation, rollout) {
            (Some(variation), _) => Self::Variation(variation),
            (None, Some(rollout)) => Rollout::new(rollout, key_and_salt)
                .map_or(Self::Malformed, |rollout| Self::Rollout(Box::new(rollout))),
            (None, None) => Self::Malformed,
        }
    }

    /// What divides those it is for, where a percentage does.
    pub(crate) fn place(&self) -> Option<(&Kind, Cow<'_, Reference>)> {
        match self {
            Self::Rollout(rollout) => Some((&rollout.place.kind, Cow::Borrowed(&rollout.place.by))),
            Self::Variation(_) | Self::Malformed => None,
        }
    }
}

impl Rollout {
    fn new(spec: &switchyard_model::flag_spec::Rollout, key_and_salt: [&str; 2]) -> Option<Self> {
        let experiment = match &spec.kind {
            None | Some(RolloutKind::Rollout) => false,
            Some(RolloutKind::Experiment) => true,
            Some(RolloutKind::Unknown(_)) => return None,
        };
        let prefix = match spec.seed {
            Some(seed) => BucketPrefix::new(&[&seed.to_string()]),
            None => BucketPrefix::new(&key_and_salt),
        };
        let by = spec.bucket_by.as_deref().filter(|_| !experiment);
        let place = Place::new(spec.context_kind.as_deref(), by, prefix)?;
        let arms = arms(&spec.variations);
        (!arms.is_empty()).then_some(Self { place, experiment, arms })
    }

    /// Reads something of each part, for [`crate::ahead`].
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        let Place { kind, by, prefix } = &self.place;
        kind.name.hash ^ by.rest.len() as u64 ^ prefix.touch() ^ self.arms.len() as u64
    }

    /// The same of what it points to.
    #[inline]
    pub(crate) fn touch_arms(&self) -> u64 {
        self.arms.first().map_or(0, |arm| arm.variation as u64)
    }

    /// Lets `weight` of 100,000 through.
    pub(crate) fn part(
        kind: Option<&str>,
        by: Option<&str>,
        prefix: BucketPrefix,
        weight: i64,
    ) -> Option<Self> {
        let arms = Box::new([Arm { upto: weight as f32 / WHOLE, variation: 0, untracked: false }]);
        Some(Self { place: Place::new(kind, by, prefix)?, experiment: false, arms })
    }
}

impl Place {
    /// `None` where the attribute can't be.
    fn new(kind: Option<&str>, by: Option<&str>, prefix: BucketPrefix) -> Option<Self> {
        let kind = kind.filter(|kind| is_valid_kind(kind));
        let by = match by {
            None => Reference::key(),
            Some(by) => Reference::of_model(by, kind.is_some()).ok()?,
        };
        Some(Self { kind: kind.map_or_else(Kind::user, Kind::new), by, prefix })
    }
}

/// Sums in single precision, step by step, as LaunchDarkly does: another order would round differently.
fn arms(variations: &[WeightedVariation]) -> Box<[Arm]> {
    let mut upto = 0.0;
    variations
        .iter()
        .map(|weighted| {
            upto += weighted.weight as f32 / WHOLE;
            Arm { upto, variation: weighted.variation, untracked: weighted.untracked }
        })
        .collect()
}
