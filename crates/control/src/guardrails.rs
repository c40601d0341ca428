//! Guardrails: rules in CEL that every change is held against before it is applied.
//!
//! One gate, in [`Control::seal`], where every revision is written. A change is judged by
//! the guardrails as they are before it and as it makes them. What takes back (a revert, a restore, flags
//! turned off) is only warned, unless a guardrail says otherwise. What a rule can ask is in [`facts`], what it
//! may cost in [`fuel`].

use std::collections::BTreeMap;

use switchyard_model::guardrail::Effect;
use switchyard_model::ids::Key;
use switchyard_model::{AppliedEdit, Freeze, Origin, Revision, State};
use switchyard_store::Environment;

use crate::apply::Words;
use crate::plan::Plan;
use crate::project::Handle;
use crate::{Control, ImpactSummary, Principal, Result};

mod aside;
mod facts;
mod fuel;
mod functions;
mod judge;
mod managed;
mod pack;
mod past;
mod rule;
mod steps;
mod values;

#[cfg(test)]
mod tests;

use facts::{Author, Case, Said};
pub(crate) use judge::{Rules, mistakes};
pub use judge::{Set, Verdict};
pub use pack::pack;
pub use past::{PAST_MAX, Tried, TriedOn};

impl Control {
    /// What the guardrails say of a plan.
    pub(crate) async fn held(
        &self,
        handle: &Handle,
        principal: &Principal,
        plan: &Plan,
        words: &Words,
    ) -> Result<Vec<Verdict>> {
        // What the product sets up by itself is nobody's to be judged, and what can't be applied has no after.
        if words.origin == Origin::Setup || !plan.problems.is_empty() {
            return Ok(vec![]);
        }
        let mut given = self.frozen(handle, plan, words, self.now());
        given.iter_mut().for_each(|verdict| decided_elsewhere(&words.origin, verdict));
        given.extend(managed::managed(plan, words));
        if !has_guardrails(&plan.before) && !has_guardrails(&plan.after) {
            return Ok(given);
        }
        let origin = words.origin.clone();
        let case = Case {
            before: plan.before.clone(),
            after: plan.after.clone(),
            edits: plan.edits.iter().filter(|edit| edit.before != edit.after).cloned().collect(),
            altered: plan.altered.iter().map(|(key, _)| key.clone()).collect(),
            production: production(handle),
            impact: self.affected(handle, plan).await,
        };
        let said = Said {
            title: words.title.clone(),
            reason: words.reason.clone(),
            origin: words.origin.clone(),
            author: match &words.change {
                Some(change) => self.author(&change.author),
                None => Author {
                    id: principal.id.clone(),
                    name: principal.name.clone(),
                    role: role(principal.role),
                },
            },
            at: self.now(),
        };
        let rules = handle.rules.clone();
        let mut verdicts = tokio::task::spawn_blocking(move || judge::judge(&rules, &case, &said)).await?;
        verdicts.iter_mut().for_each(|verdict| decided_elsewhere(&origin, verdict));
        verdicts.extend(given);
        Ok(verdicts)
    }

    /// Who is affected by a plan, where a guardrail may ask for it. Where it can't be told at the moment the rules
    /// that ask are not passed, and say so.
    async fn affected(&self, handle: &Handle, plan: &Plan) -> Option<BTreeMap<Key, ImpactSummary>> {
        let asks = |state: &State| state.guardrails().any(|g| g.enabled && g.rule.contains("impact"));
        if !asks(&plan.before) && !asks(&plan.after) {
            return None;
        }
        let ground = handle.ground();
        let both = ground.snapshots.into_iter().filter_map(|(key, before)| {
            let after = plan.altered_in(&key)?.clone();
            Some((key, before, after))
        });
        self.impact_summary(&handle.key, both.collect()).await.ok()
    }

    /// What the guardrails of its time say of a revision, as far as it is still known: who was affected is not.
    pub(crate) async fn held_again(
        &self,
        handle: &Handle,
        revision: &Revision,
        after: &State,
    ) -> Result<Vec<Verdict>> {
        // A guardrail that was there before is still there, or was one of those it touched.
        let touched = |edit: &AppliedEdit| edit.target.kind == switchyard_model::Kind::Guardrail;
        if revision.origin == Origin::Setup || !has_guardrails(after) && !revision.edits.iter().any(touched) {
            return Ok(vec![]);
        }
        let (project, production) = (handle.key.clone(), production(handle));
        let (after, edits, said) = (after.clone(), revision.edits.clone(), self.said(revision));
        let rules = handle.rules.clone();
        let work = move || judge::judge(&rules, &Case::again(&project, &after, &edits, production), &said);
        let mut verdicts = tokio::task::spawn_blocking(work).await?;
        verdicts.iter_mut().for_each(|verdict| decided_elsewhere(&revision.origin, verdict));
        Ok(verdicts)
    }

    fn said(&self, revision: &Revision) -> Said {
        Said {
            title: revision.title.clone(),
            reason: revision.reason.clone(),
            origin: revision.origin.clone(),
            author: self.author(&revision.author),
            at: revision.at,
        }
    }

    fn author(&self, id: &str) -> Author {
        let found = self.inner.directory.with(|known| {
            let member = known.members.get(id).map(|member| member.role);
            member.or_else(|| known.tokens.get(id).map(|token| token.role))
        });
        Author { id: id.to_owned(), name: self.name_of(id), role: found.map(role).unwrap_or_default() }
    }
}

/// The key in the verdict of a freeze. No guardrail has it: keys begin with a letter or a digit.
pub(crate) const FREEZE: &str = "*freeze";

/// What a freeze says of a plan. What takes back is only warned: a freeze must not keep harm in place.
pub(crate) fn frozen(
    environment: &Environment,
    freeze: &Freeze,
    until: &str,
    plan: &Plan,
    words: &Words,
) -> Verdict {
    let edits = plan.edits.iter().filter(|edit| edit.before != edit.after);
    let taken_back = facts::takes_back(&words.origin, edits);
    Verdict {
        key: FREEZE.into(),
        name: format!("{} is frozen", environment.name),
        effect: if taken_back { Effect::Warn } else { Effect::Block },
        passed: false,
        message: format!("{}, until {until}", freeze.reason.trim()),
        error: None,
        set: Set::Both,
        owner: None,
    }
}

/// What LaunchDarkly says is so for its own clients already: kept from here it would only make the same flag answer
/// otherwise. So it is told what stands against it, and not held up.
fn decided_elsewhere(origin: &Origin, verdict: &mut Verdict) {
    if matches!(origin, Origin::LaunchDarkly { .. }) {
        verdict.effect = Effect::Warn;
    }
}

fn role(role: switchyard_model::access::Role) -> String {
    let word = serde_json::to_value(role).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

fn has_guardrails(state: &State) -> bool {
    state.guardrails().next().is_some()
}

fn production(handle: &Handle) -> Vec<Key> {
    handle.environments().into_iter().filter(|e| e.production).map(|e| e.key).collect()
}
