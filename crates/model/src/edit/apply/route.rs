//! Operations on a route.

use std::collections::BTreeMap;

use super::{Applying, Key, Problem, Route, allocation};
use crate::route::{Action, Split, WHOLE};

impl Applying<'_> {
    pub(super) fn set_weights(&mut self, route: &mut Route, weights: &BTreeMap<Key, u32>) {
        let previous = route.split.clone();
        let Split::Weight { arms, .. } = &mut route.split else {
            let reason = "is not for this route, which is split by a flag";
            let hint = "change the flag's percentage, or split the route by weight with `setSplit`";
            return self.problem(Problem::new("type", reason).value("setWeights").hint(hint));
        };
        let known: Vec<_> = arms.iter().map(|a| a.id.clone()).collect();
        for unknown in weights.keys().filter(|id| !known.contains(id)) {
            let known: Vec<_> = known.iter().map(|k| &**k).collect();
            self.not_there(&format!("weights.{unknown}"), "arm", unknown, &known);
        }
        for arm in arms.iter_mut() {
            if let Some(weight) = weights.get(&arm.id) {
                arm.weight = *weight;
            }
        }
        let sum: u64 = arms.iter().map(|a| u64::from(a.weight)).sum();
        if sum != u64::from(WHOLE) {
            let reason = format!("must bring the sum of all arms to {WHOLE}, not {sum}");
            let now: BTreeMap<_, _> = arms.iter().map(|a| (a.id.to_string(), a.weight)).collect();
            let now = serde_json::to_value(now).unwrap_or_default();
            self.problem(
                Problem::new("weights", reason).value(now).hint("100000 is everything, 1000 is 1 %"),
            );
        }
        allocation::normalise(Some(&previous), &mut route.split);
    }

    pub(super) fn set_arm(&mut self, route: &mut Route, id: &Key, action: &Action, fallback: Option<&Key>) {
        let known: Vec<_> = route.split.arms().into_iter().map(|a| a.id.clone()).collect();
        if !known.contains(id) {
            let known: Vec<_> = known.iter().map(|k| &**k).collect();
            return self.not_there("arm", "arm", id, &known);
        }
        match &mut route.split {
            Split::Weight { arms, .. } => {
                for arm in arms.iter_mut().filter(|a| a.id == *id) {
                    arm.action = action.clone();
                    arm.fallback = fallback.cloned();
                }
            }
            Split::Flag { arms, .. } => {
                for arm in arms.iter_mut().filter(|a| a.variation == *id) {
                    arm.action = action.clone();
                    arm.fallback = fallback.cloned();
                }
            }
        }
    }
}
