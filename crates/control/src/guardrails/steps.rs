//! How far a change moves a percentage: the shares that people, or requests, get before and after it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use switchyard_model::ids::Key;
use switchyard_model::route::{Action, Split, WHOLE};
use switchyard_model::{Flag, Kind, Resource, ResourceId, Route, State, Targeting};

use super::facts::Case;
use super::values::{self, Values};

/// One variation's or arm's share, moved. A flag or route that is new, or is taken away, has no steps.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) environment: Key,
    kind: &'static str,
    key: Key,
    /// Whose share: a rule's, by id, or everyone else's.
    rule: String,
    /// The variation or arm.
    arm: String,
    /// In 100,000ths.
    from: u32,
    to: u32,
    /// How much of the whole gets something else.
    moved: u32,
    /// The flag is off after it.
    off: bool,
}

impl Step {
    pub(super) fn value(&self, production: bool) -> Values {
        let percent = |weight: u32| f64::from(weight) / 1_000.0;
        values::json(&json!({
            "environment": &*self.environment,
            "production": production,
            "resource": format!("{}/{}/{}", self.environment, self.kind, self.key),
            "kind": self.kind,
            "key": &*self.key,
            "rule": self.rule,
            "arm": self.arm,
            "from": percent(self.from),
            "to": percent(self.to),
            "points": percent(self.moved),
            "off": self.off,
        }))
    }
}

/// All steps of a change.
pub(super) fn of(case: &Case) -> Vec<Step> {
    let touched: BTreeSet<_> = case.edits.iter().map(|edit| &edit.target).collect();
    let mut steps = vec![];
    for id in touched {
        let Some(environment) = id.scope.environment() else { continue };
        match id.kind {
            Kind::Targeting => flag(case, environment, &id.key, &mut steps),
            Kind::Route => {
                let route = |state: &State| route(state, id);
                if let (Some(before), Some(after)) = (route(&case.before), route(&case.after)) {
                    arms(environment, &before, &after, &mut steps);
                }
            }
            _ => {}
        }
    }
    steps
}

fn route(state: &State, id: &ResourceId) -> Option<Route> {
    match &*state.get(id)?.resource {
        Resource::Route(route) => Some((**route).clone()),
        _ => None,
    }
}

fn flag(case: &Case, environment: &Key, key: &Key, steps: &mut Vec<Step>) {
    let side = |state: &State| {
        let (flag, _) = state.flag(key)?;
        let targeting = state.targeting(environment, key).map(|(targeting, _)| targeting.clone());
        Some((flag.clone(), targeting.unwrap_or_else(|| Targeting::untouched(flag))))
    };
    let (Some((was_flag, was)), Some((is_flag, is))) = (side(&case.before), side(&case.after)) else {
        return;
    };
    let rules: BTreeSet<&str> = was.rules.iter().chain(&is.rules).map(|rule| &*rule.id).collect();
    for rule in [""].into_iter().chain(rules.into_iter().filter(|id| !id.is_empty())) {
        let (from, to) = (shares(&was_flag, &was, rule), shares(&is_flag, &is, rule));
        let arms: BTreeSet<_> = from.keys().chain(to.keys()).collect();
        for arm in arms {
            let share = |shares: &BTreeMap<String, u32>| shares.get(arm).copied().unwrap_or(0);
            let (from, to) = (share(&from), share(&to));
            if from != to {
                steps.push(Step {
                    environment: environment.clone(),
                    kind: "flag",
                    key: key.clone(),
                    rule: rule.to_owned(),
                    arm: arm.clone(),
                    from,
                    to,
                    moved: from.abs_diff(to),
                    off: !is.on,
                });
            }
        }
    }
}

/// What those get whom a rule is for, or everyone else: variations' ids and shares. Those of a rule that is
/// not there are everyone else.
fn shares(flag: &Flag, targeting: &Targeting, rule: &str) -> BTreeMap<String, u32> {
    let name = |index: i64| {
        let variation = usize::try_from(index).ok().and_then(|at| flag.variations.get(at));
        variation.map_or_else(|| index.to_string(), |variation| variation.id.to_string())
    };
    if !targeting.on {
        return targeting.off_variation.into_iter().map(|index| (name(index), WHOLE)).collect();
    }
    let found = targeting.rules.iter().find(|r| !rule.is_empty() && r.id == rule);
    let (variation, rollout) = match found {
        Some(rule) => (rule.variation, rule.rollout.as_ref()),
        None => (targeting.fallthrough.variation, targeting.fallthrough.rollout.as_ref()),
    };
    let mut shares = BTreeMap::new();
    match (variation, rollout) {
        (Some(index), _) => {
            shares.insert(name(index), WHOLE);
        }
        (None, Some(rollout)) => {
            for part in &rollout.variations {
                let weight = u32::try_from(part.weight).unwrap_or(0);
                let share = shares.entry(name(part.variation)).or_insert(0_u32);
                *share = share.saturating_add(weight);
            }
        }
        (None, None) => {}
    }
    shares
}

fn arms(environment: &Key, before: &Route, after: &Route, steps: &mut Vec<Step>) {
    let mut push = |arm: &str, from: u32, to: u32, moved: u32| {
        steps.push(Step {
            environment: environment.clone(),
            kind: "route",
            key: after.key.clone(),
            rule: String::new(),
            arm: arm.to_owned(),
            from,
            to,
            moved,
            off: false,
        });
    };
    match (&before.split, &after.split) {
        (Split::Weight { arms: was, .. }, Split::Weight { arms: is, .. }) => {
            let ids: BTreeSet<_> = was.iter().chain(is).map(|arm| &arm.id).collect();
            for id in ids {
                let side = |arms: &[switchyard_model::route::WeightArm]| -> (u32, Option<Action>) {
                    let found = arms.iter().find(|arm| arm.id == *id);
                    found.map_or((0, None), |arm| (arm.weight, Some(arm.action.clone())))
                };
                let ((from, led), (to, leads)) = (side(was), side(is));
                let elsewhere = led.is_some() && leads.is_some() && led != leads;
                // An arm that leads elsewhere moves all that it has.
                let moved = if elsewhere { from.max(to) } else { from.abs_diff(to) };
                if moved > 0 {
                    push(id, from, to, moved);
                }
            }
        }
        // The flag's own steps say who moves.
        (Split::Flag { flag: was, arms: a }, Split::Flag { flag: is, arms: b }) if was == is && a == b => {}
        // Divided by something else: nobody can say who stays.
        _ => push("", 0, WHOLE, WHOLE),
    }
}
