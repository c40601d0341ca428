//! Why somebody may do something, or may not.

use switchyard_model::ResourceId;
use switchyard_policy::{
    Ask, Aspect, Aspects, Decision, Deed, Effect, On, Place, Rules, Source, Subject, Via,
};

use super::judge::{Acting, action, target};
use super::sight::HIDDEN;
use super::views::{AspectView, ByView, WhyView};
use crate::access::members;
use crate::access::principal::How;
use crate::access::tokens;
use crate::apply::editing;
use crate::{Control, Error, Principal, Result};

/// What is asked about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WhyOn {
    /// The environment, for what is done with one.
    pub environment: Option<String>,
    /// The resource, for what is done with one.
    pub resource: Option<ResourceId>,
    /// What of the resource would change.
    pub aspects: Aspects,
}

impl Control {
    /// Why somebody, a member or a token by id, may do something in a project or may not, as the policies are now. Who
    /// sees the project may ask, about everybody.
    ///
    /// # Errors
    /// [`Error::NotFound`] for the project, the environment or the person; [`Error::Invalid`] for a deed that is not
    /// done with what it is asked about; [`Error::Denied`].
    pub fn why(
        &self,
        principal: &Principal,
        project: &str,
        who: &str,
        deed: Deed,
        on: &WhyOn,
    ) -> Result<WhyView> {
        let handle = self.seen(principal, project)?;
        let asked = self.inner.directory.with(|known| {
            let member = known.members.get(who).map(members::whoever);
            member.or_else(|| known.tokens.get(who).map(|token| tokens::principal(token, How::Token)))
        });
        let asked = asked.ok_or_else(|| Error::NotFound(format!("member or token {who:?}")))?;
        let environments = handle.environments();
        let place = match &on.environment {
            Some(key) => {
                let found = environments.iter().find(|e| &*e.key == key);
                let found = found.filter(|e| self.sees(principal, &handle, &e.key, e.production));
                let found = found.ok_or_else(|| Error::NotFound(format!("environment {key:?}")))?;
                Some(Place { key: found.key.clone(), production: found.production })
            }
            None => None,
        };
        let sight = self.sight(principal, &handle);
        if let Some(id) = &on.resource {
            sight.all(std::iter::once(id))?;
        }
        let state = handle.state();
        let subject = on.resource.as_ref().map(|id| {
            let resource = state.get(id).map(|found| found.resource.clone());
            self.subject(&environments, id, resource.as_deref(), &state)
        });
        let ask = |aspects: Aspects| -> Result<On<'_>> {
            match (deed.is_of_resource(), &subject, &place) {
                (true, Some(subject), _) => Ok(On::Resource(project, subject, aspects)),
                (true, None, _) => {
                    Err(unfit("kind", "is missing", "this is done with a resource: say which"))
                }
                (false, Some(_), _) => {
                    Err(unfit("kind", "is too much", "this is done with a project, not with a resource"))
                }
                (false, None, Some(place)) if matches!(deed, Deed::View | Deed::ManageKeys) => {
                    Ok(On::Environment(project, place))
                }
                (false, None, Some(_)) => {
                    Err(unfit("environment", "is too much", "this is done with a project"))
                }
                (false, None, None) => Ok(On::Project(project)),
            }
        };
        let of = ask(on.aspects)?;
        let allowed = self.lets_in(&asked, project) && self.may_do(&asked, Some(project), deed, of);
        let mut by = self.by(&asked, project, deed, of);
        by.retain(|by| allowed || by.effect == Effect::Forbid);
        let policies = self.own_policies(project);
        for by in by.iter_mut().filter(|by| !by.preset) {
            if policies.iter().any(|policy| *policy.key == *by.policy && sight.is_in(policy)) {
                (by.name, by.words) = (HIDDEN.to_owned(), HIDDEN.to_owned());
            }
        }
        let refusal = |on: On<'_>| {
            let action = match (&subject, deed) {
                (Some(subject), Deed::Propose | Deed::Apply | Deed::Approve) => editing(subject.kind()),
                _ => action(deed),
            };
            let mut denied = self.denied(&asked, Some(project), action, deed, on);
            if let Some(forbidding) = &mut denied.policy
                && policies.iter().any(|policy| policy.key == forbidding.key && sight.is_in(policy))
            {
                (forbidding.name, forbidding.words) = (HIDDEN.to_owned(), HIDDEN.to_owned());
            }
            denied.why()
        };
        let part = |subject: &Subject, aspect: Aspect| {
            let on = On::Resource(project, subject, Aspects::NONE.with(aspect));
            let allowed = self.may_do(&asked, Some(project), deed, on);
            AspectView { aspect, allowed, why: (!allowed).then(|| refusal(on)) }
        };
        let parts =
            |subject: &Subject| Aspect::all_of(subject.kind()).iter().map(|one| part(subject, one)).collect();
        let aspects: Vec<AspectView> = subject.as_ref().map(parts).unwrap_or_default();
        let sentence = match allowed {
            true => {
                let because: Vec<String> = by.iter().map(|by| because(&asked.name, by)).collect();
                format!("{} may {}: {}", asked.name, done(deed, of), because.join(" "))
            }
            false if !self.lets_in(&asked, project) => format!("{} is not let in here.", asked.name),
            false => format!("{} may not {}: {}.", asked.name, done(deed, of), refusal(of)),
        };
        Ok(WhyView {
            allowed,
            sentence,
            who: self.as_person(who),
            action: deed,
            target: target(of).unwrap_or_else(|| format!("project {project}")),
            by,
            aspects,
        })
    }

    /// Whether somebody is let into a project at all.
    fn lets_in(&self, principal: &Principal, project: &str) -> bool {
        self.as_they_are(&principal.id, project).is_some()
    }

    /// The statements that a decision follows from: for a token those about whoever of it and its maker may not, else
    /// its own.
    fn by(&self, principal: &Principal, project: &str, deed: Deed, on: On<'_>) -> Vec<ByView> {
        self.inner.directory.with(|known| {
            let policies = known.policies.get(project);
            let Some(rules) = policies.map_or(Some(Rules::presets()), |own| own.rules()) else {
                return vec![];
            };
            // Of a team's members the first who may, else the first.
            let decide = |acting: &Acting<'_>| -> Option<Decision<'_>> {
                let all = acting.any.iter().map(|who| rules.decide(&Ask { who: *who, deed, on }));
                let mut all: Vec<_> = all.collect();
                let at = all.iter().position(|decision| decision.allowed).unwrap_or_default();
                (at < all.len()).then(|| all.swap_remove(at))
            };
            let mut decisions: Vec<Decision<'_>> =
                known.acting(principal).iter().filter_map(decide).collect();
            let at = decisions.iter().position(|decision| !decision.allowed).unwrap_or_default();
            let view = |statement: &&switchyard_policy::Statement| {
                let (policy, name, preset) = match &statement.source {
                    Source::Preset(key) => (key.clone(), key.clone(), true),
                    Source::Own(key) => {
                        let own = policies.and_then(|own| own.own.iter().find(|policy| policy.key == *key));
                        (key.to_string(), own.map_or_else(|| key.to_string(), |own| own.name.clone()), false)
                    }
                };
                ByView {
                    policy,
                    name,
                    preset,
                    effect: statement.effect,
                    words: statement.words.clone(),
                    via: statement.via.clone(),
                }
            };
            decisions.swap_remove(at).by.iter().map(view).collect()
        })
    }
}

fn unfit(field: &str, reason: &str, hint: &str) -> Error {
    Error::Invalid(vec![switchyard_model::Problem::new(field, reason).hint(hint)])
}

/// As "apply edits to production/route/checkout (weights)".
fn done(deed: Deed, on: On<'_>) -> String {
    let join = match deed {
        Deed::Propose | Deed::Apply => "to",
        Deed::BreakGlass | Deed::ManageKeys => "for",
        Deed::Approve => "of",
        Deed::View | Deed::Comment | Deed::Revert | Deed::Administer => "",
    };
    match target(on) {
        Some(target) => format!("{} {join} {target}", deed.phrase()).replace("  ", " "),
        None => deed.phrase().to_owned(),
    }
}

fn because(name: &str, by: &ByView) -> String {
    let words = by.words.trim_end_matches('.');
    let via = match &by.via {
        Some(Via::Team(team)) => format!(" ({name} is in team {team})"),
        Some(Via::Role(role)) => format!(" ({name} has the role {})", role.word()),
        None => String::new(),
    };
    match (by.preset, by.effect) {
        (true, _) => format!("{words}{via}."),
        (false, Effect::Permit) => format!("the policy \u{201c}{}\u{201d} allows it: {words}{via}.", by.name),
        (false, Effect::Forbid) => {
            format!("the policy \u{201c}{}\u{201d} forbids it: {words}{via}.", by.name)
        }
    }
}
