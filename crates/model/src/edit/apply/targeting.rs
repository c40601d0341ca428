//! Operations on a targeting.

use super::{Applying, Problem, Targeting};
use crate::flag_spec::{Rule, Target, VariationOrRollout};

impl Applying<'_> {
    /// The position of the rule with this id, or a problem.
    pub(super) fn rule(&mut self, targeting: &Targeting, id: &str) -> Option<usize> {
        let found = targeting.rules.iter().position(|r| r.id == id);
        if found.is_none() {
            let known: Vec<_> = targeting.rules.iter().map(|r| r.id.as_str()).collect();
            self.not_there("rule", "rule", id, &known);
        }
        found
    }

    pub(super) fn set_serve(
        &mut self,
        targeting: &mut Targeting,
        rule: Option<&str>,
        serve: &VariationOrRollout,
    ) {
        match rule {
            None => targeting.fallthrough = serve.clone(),
            Some(id) => {
                if let Some(at) = self.rule(targeting, id) {
                    let VariationOrRollout { variation, rollout } = serve.clone();
                    targeting.rules[at].variation = variation;
                    targeting.rules[at].rollout = rollout;
                }
            }
        }
    }

    pub(super) fn add_rule(&mut self, targeting: &mut Targeting, rule: &Rule, index: Option<usize>) {
        if targeting.rules.iter().any(|r| r.id == rule.id) {
            let problem = Problem::new("rule.id", "is taken by another rule of this flag");
            return self.problem(problem.value(rule.id.as_str()));
        }
        let end = targeting.rules.len();
        targeting.rules.insert(index.unwrap_or(end).min(end), rule.clone());
    }
}

/// Sets which contexts of a kind get `variation` by key.
///
/// LaunchDarkly keeps users in `targets` and other kinds in `contextTargets`. As soon as there are any of the
/// latter, they alone give the order, and an entry of kind `user` without values stands for the entry of
/// `targets` with the same variation: without it the users would not be looked at.
pub(super) fn set_targets(targeting: &mut Targeting, kind: Option<&str>, variation: i64, values: &[String]) {
    let mut seen = std::collections::HashSet::new();
    let values: Vec<String> = values.iter().filter(|v| seen.insert(v.as_str())).cloned().collect();
    let kind = kind.unwrap_or("user");
    let had_contexts = !targeting.context_targets.is_empty();
    let gone = values.is_empty();

    if kind == "user" {
        put(&mut targeting.targets, Target { context_kind: None, values, variation });
        let stand_in = |t: &Target| is_of(t, "user") && t.variation == variation;
        if gone {
            targeting.context_targets.retain(|t| !stand_in(t));
        } else if let Some(found) = targeting.context_targets.iter_mut().find(|t| stand_in(t)) {
            found.values.clear();
        } else if had_contexts {
            targeting.context_targets.push(stand_in_for(variation));
        }
    } else {
        if !had_contexts && !gone {
            targeting.context_targets = targeting.targets.iter().map(|t| stand_in_for(t.variation)).collect();
        }
        put(&mut targeting.context_targets, Target { context_kind: Some(kind.into()), values, variation });
    }
    if targeting.context_targets.iter().all(|t| is_of(t, "user") && t.values.is_empty()) {
        targeting.context_targets.clear();
    }
}

fn is_of(target: &Target, kind: &str) -> bool {
    target.context_kind.as_deref().unwrap_or("user") == kind
}

fn stand_in_for(variation: i64) -> Target {
    Target { context_kind: Some("user".into()), values: vec![], variation }
}

/// Replaces the entry of the same kind and variation, or adds it at the end; one without values goes.
fn put(targets: &mut Vec<Target>, target: Target) {
    let kind = target.context_kind.as_deref().unwrap_or("user");
    let found = targets.iter().position(|t| t.variation == target.variation && is_of(t, kind));
    match (found, target.values.is_empty()) {
        (Some(at), true) => {
            targets.remove(at);
        }
        (Some(at), false) => targets[at].values = target.values,
        (None, true) => {}
        (None, false) => targets.push(target),
    }
}
