//! What differs between two states of a flag's targeting.

use std::collections::BTreeMap;

use switchyard_model::Targeting;
use switchyard_model::flag_spec::{Rollout, RolloutKind, Rule, VariationOrRollout};

use super::{Aspect, Aspects};

pub(super) fn aspects(before: &Targeting, after: &Targeting) -> Aspects {
    let Targeting {
        key,
        managed_by,
        on,
        salt,
        prerequisites,
        targets,
        context_targets,
        rules,
        fallthrough,
        off_variation,
        track_events,
        track_events_fallthrough,
        debug_events_until_date,
        migration,
        sampling_ratio,
        exclude_from_summaries,
    } = before;
    let events = *track_events != after.track_events
        || *track_events_fallthrough != after.track_events_fallthrough
        || *debug_events_until_date != after.debug_events_until_date
        || *migration != after.migration
        || *sampling_ratio != after.sampling_ratio
        || *exclude_from_summaries != after.exclude_from_summaries;
    let targets = *targets != after.targets || *context_targets != after.context_targets;
    Aspects::NONE
        .with_if(*on != after.on, Aspect::On)
        .with_if(*salt != after.salt, Aspect::Bucketing)
        .with_if(*prerequisites != after.prerequisites, Aspect::Prerequisites)
        .with_if(targets, Aspect::Targets)
        .with_if(*off_variation != after.off_variation, Aspect::OffVariation)
        .with_if(events, Aspect::Events)
        .with_if(*key != after.key, Aspect::Rules)
        .with_if(*managed_by != after.managed_by, Aspect::ManagedBy)
        .union(served(fallthrough, &after.fallthrough))
        .union(listed(rules, &after.rules))
}

/// Rules that are the same list, in the same order, are looked at one by one. Where some came, went or moved that is
/// said, and those that are on both sides are looked at all the same.
fn listed(before: &[Rule], after: &[Rule]) -> Aspects {
    let same = before.len() == after.len() && before.iter().zip(after).all(|(b, a)| b.id == a.id);
    if same {
        return before.iter().zip(after).map(|(b, a)| rule(b, a)).fold(Aspects::NONE, Aspects::union);
    }
    let both = before.iter().filter_map(|b| Some((b, after.iter().find(|a| a.id == b.id)?)));
    both.map(|(b, a)| rule(b, a)).fold(Aspects::NONE, Aspects::union).with(Aspect::Rules)
}

fn rule(before: &Rule, after: &Rule) -> Aspects {
    let Rule { id, description, clauses, track_events, variation, rollout } = before;
    let serve = |variation: &Option<i64>, rollout: &Option<Rollout>| VariationOrRollout {
        variation: *variation,
        rollout: rollout.clone(),
    };
    let otherwise = *id != after.id || *description != after.description || *clauses != after.clauses;
    served(&serve(variation, rollout), &serve(&after.variation, &after.rollout))
        .with_if(otherwise, Aspect::Rules)
        .with_if(*track_events != after.track_events, Aspect::Events)
}

/// One variation for all is a percentage as well: all of it.
fn served(before: &VariationOrRollout, after: &VariationOrRollout) -> Aspects {
    if before == after {
        return Aspects::NONE;
    }
    let (was, is) = (Served::of(before), Served::of(after));
    Aspects::NONE
        .with_if(was.by != is.by, Aspect::Bucketing)
        // Another order of the same parts moves people between them.
        .with_if(was.parts != is.parts || was.by == is.by, Aspect::Percentage)
}

/// Who gets how much, and by what they are divided.
struct Served<'a> {
    parts: BTreeMap<i64, i64>,
    by: By<'a>,
}

#[derive(PartialEq)]
struct By<'a> {
    experiment: Option<&'a RolloutKind>,
    context_kind: &'a str,
    attribute: &'a str,
    seed: Option<i64>,
    /// Parts of an experiment that are not counted.
    untracked: BTreeMap<i64, bool>,
}

impl<'a> Served<'a> {
    fn of(serve: &'a VariationOrRollout) -> Self {
        let VariationOrRollout { variation, rollout } = serve;
        let everyone = |variation: i64| Served {
            parts: BTreeMap::from([(variation, WHOLE)]),
            by: By {
                experiment: None,
                context_kind: "user",
                attribute: "key",
                seed: None,
                untracked: BTreeMap::new(),
            },
        };
        match (variation, rollout) {
            // A variation wins over a rollout.
            (Some(variation), _) => everyone(*variation),
            (None, None) => Served { parts: BTreeMap::new(), ..everyone(0) },
            (None, Some(rollout)) => {
                let Rollout { kind, context_kind, variations, bucket_by, seed } = rollout;
                let mut parts = BTreeMap::new();
                let mut untracked = BTreeMap::new();
                for part in variations {
                    *parts.entry(part.variation).or_default() += part.weight;
                    if part.untracked {
                        untracked.insert(part.variation, true);
                    }
                }
                parts.retain(|_, weight| *weight != 0);
                Served {
                    parts,
                    by: By {
                        experiment: kind.as_ref().filter(|kind| **kind != RolloutKind::Rollout),
                        context_kind: context_kind.as_deref().unwrap_or("user"),
                        attribute: bucket_by.as_deref().unwrap_or("key"),
                        seed: *seed,
                        untracked,
                    },
                }
            }
        }
    }
}

/// Everyone, in a rollout's unit.
const WHOLE: i64 = switchyard_model::route::WHOLE as i64;
