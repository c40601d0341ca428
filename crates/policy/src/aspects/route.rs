//! What differs between two states of a route.

use switchyard_model::Route;
use switchyard_model::route::{Split, WeightArm};

use super::{Aspect, Aspects, details};

pub(super) fn aspects(before: &Route, after: &Route) -> Aspects {
    let Route {
        key,
        name,
        description,
        owner,
        tags,
        managed_by,
        listener,
        priority,
        matches,
        split,
        timeout_ms,
        rewrite_path,
    } = before;
    let takes = *listener != after.listener
        || *priority != after.priority
        || *matches != after.matches
        || *key != after.key;
    let forwards = *timeout_ms != after.timeout_ms || *rewrite_path != after.rewrite_path;
    details(
        (name, description),
        (&after.name, &after.description),
        (owner, &after.owner),
        (tags, &after.tags),
        (managed_by, &after.managed_by),
    )
    .with_if(takes, Aspect::Match)
    .with_if(forwards, Aspect::Forwarding)
    .union(divided(split, &after.split))
}

fn divided(before: &Split, after: &Split) -> Aspects {
    match (before, after) {
        (
            Split::Weight { context_kind, bucket_by, arms },
            Split::Weight { context_kind: kind_after, bucket_by: by_after, arms: arms_after },
        ) => weighed(arms, arms_after)
            .with_if(context_kind != kind_after || bucket_by != by_after, Aspect::Bucketing),
        (Split::Flag { flag, arms }, Split::Flag { flag: flag_after, arms: arms_after }) => {
            Aspects::NONE.with_if(flag != flag_after || arms != arms_after, Aspect::Arms)
        }
        (Split::Weight { .. }, Split::Flag { .. }) | (Split::Flag { .. }, Split::Weight { .. }) => {
            Aspects::from_iter([Aspect::Arms, Aspect::Weights])
        }
    }
}

fn weighed(before: &[WeightArm], after: &[WeightArm]) -> Aspects {
    let leads = |arm: &WeightArm| {
        let WeightArm { id, weight: _, slices: _, action, fallback } = arm;
        (id.clone(), action.clone(), fallback.clone())
    };
    let same = before.iter().map(leads).eq(after.iter().map(leads));
    let weight = |arm: &WeightArm| (arm.id.clone(), arm.weight, arm.slices.clone());
    let weights = !before.iter().map(weight).eq(after.iter().map(weight));
    Aspects::NONE.with_if(!same, Aspect::Arms).with_if(weights, Aspect::Weights)
}
