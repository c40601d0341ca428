//! The one judge: everything that anybody may or may not do is asked here.

use std::cmp::Reverse;

use switchyard_model::access::{Action, Role};
use switchyard_model::ids::Key;
use switchyard_policy::{Ask, Deed, Effect, On, Place, Rules, Sort, Source, Who};
use switchyard_store as store;

use super::asked::Asked;
use super::sight::HIDDEN;
use crate::access::Known;
use crate::access::principal::{How, SWITCHYARD};
use crate::apply::editing;
use crate::project::Handle;
use crate::{Control, Denied, Error, Forbidding, Principal, Result};

impl Known {
    pub(crate) fn member<'k>(&'k self, member: &'k store::Member) -> Who<'k> {
        Who {
            sort: Sort::Member,
            id: &member.id,
            name: &member.name,
            email: member.email.as_deref(),
            role: member.role,
            teams: self.teams_of(&member.id),
        }
    }

    /// Who acts: somebody themselves and, behind a token, whoever made it, or anybody of the team whose it is: it may
    /// never more than they. Behind a token that the product made is nobody.
    pub(crate) fn acting<'k>(&'k self, principal: &'k Principal) -> Vec<Acting<'k>> {
        let stored = self.members.get(&principal.id);
        let mut token = self.tokens.get(&principal.id);
        let who = Who {
            sort: if token.is_some() { Sort::Token } else { Sort::Member },
            id: &principal.id,
            name: &principal.name,
            email: stored.and_then(|member| member.email.as_deref()),
            role: principal.role,
            teams: self.teams_of(&principal.id),
        };
        let mut acting = vec![Acting::one(who, false)];
        // A token may have been made with a token; no more links than there are tokens.
        while let Some(made) = token.take().filter(|_| acting.len() <= self.tokens.len()) {
            if let Some(team) = &made.team {
                acting.push(self.behind(team));
            } else if let Some(maker) = self.members.get(&made.created_by) {
                acting.push(Acting::one(self.member(maker), !maker.active));
            } else if let Some(maker) = self.tokens.get(&made.created_by) {
                let who = Who {
                    sort: Sort::Token,
                    id: &maker.id,
                    name: &maker.name,
                    email: None,
                    role: maker.role,
                    teams: self.teams_of(&maker.id),
                };
                acting.push(Acting::one(who, false));
                token = Some(maker);
            }
        }
        acting
    }

    /// Whoever of a team is let in.
    fn behind(&self, team: &Key) -> Acting<'_> {
        let found = self.teams.get(team);
        let any: Vec<_> =
            found.into_iter().flat_map(|team| self.active(team)).map(|member| self.member(member)).collect();
        let name = found.map_or("its team", |team| team.name.as_str());
        Acting { gone: any.is_empty(), name, id: "", any }
    }
}

/// Somebody whose permission an act takes.
pub(crate) struct Acting<'k> {
    /// Each of whom is enough.
    pub(crate) any: Vec<Who<'k>>,
    /// Their id; a team's members have none in common.
    id: &'k str,
    /// What people call them.
    name: &'k str,
    /// They are let in no more.
    gone: bool,
}

impl<'k> Acting<'k> {
    fn one(who: Who<'k>, gone: bool) -> Self {
        Acting { id: who.id, name: who.name, any: vec![who], gone }
    }

    /// Whether somebody of them may.
    pub(crate) fn may(&self, allows: impl Fn(&Who<'k>) -> bool) -> bool {
        !self.gone && self.any.iter().any(allows)
    }
}

impl Control {
    /// Whether the principal may do something in a project, or with what belongs to none.
    pub(crate) fn may_do(
        &self,
        principal: &Principal,
        project: Option<&str>,
        deed: Deed,
        on: On<'_>,
    ) -> bool {
        // What the product does by itself it does for nobody: a project's policies are about those who are let in.
        if principal.how == How::Inside && principal.id == SWITCHYARD {
            return true;
        }
        self.inner.directory.with(|known| {
            let policies = project.and_then(|project| known.policies.get(project));
            let allows = |who: &Who<'_>| {
                let ask = Ask { who: *who, deed, on };
                policies.map_or_else(|| Rules::presets().allows(&ask), |own| own.allows(&ask))
            };
            known.acting(principal).iter().all(|acting| acting.may(allows))
        })
    }

    /// Whether the principal may make some edits of a project, whichever: by role, or by what its own policies may let
    /// them do beside it.
    pub(crate) fn might(&self, principal: &Principal, project: Option<&str>, action: Action) -> bool {
        self.inner.directory.with(|known| {
            let policies = project.and_then(|project| known.policies.get(project));
            let rules = policies.and_then(|own| own.rules());
            let might = |who: &Who<'_>| {
                who.role.may(action) || rules.is_some_and(|rules| rules.might(who, deed(action)))
            };
            known.acting(principal).iter().all(|acting| acting.may(might))
        })
    }

    /// Whether the principal is an admin, whatever a project's own policies say.
    pub(super) fn is_admin(&self, principal: &Principal, project: &str) -> bool {
        let here = principal.project.as_ref().is_none_or(|only| **only == *project);
        here && self.may_do(principal, None, Deed::Administer, On::Server)
    }

    /// Refuses what the principal may not do with an environment.
    ///
    /// # Errors
    /// [`Error::Denied`]; [`Error::NotFound`] for an environment that they may not see, or of another project.
    pub(crate) fn authorize_in(
        &self,
        principal: &Principal,
        action: Action,
        handle: &Handle,
        environment: &str,
    ) -> Result<()> {
        self.authorize(principal, Action::View, Some(&handle.key))?;
        let found = handle.environments().into_iter().find(|e| *e.key == *environment);
        let place = found
            .filter(|e| self.sees(principal, handle, &e.key, e.production))
            .map(|e| Place { key: e.key, production: e.production });
        let place = place.ok_or_else(|| Error::NotFound(format!("environment {environment:?}")))?;
        let deed = deed(action);
        let on = On::Environment(&handle.key, &place);
        match action == Action::View || self.may_do(principal, Some(&handle.key), deed, on) {
            true => Ok(()),
            false => {
                Err(Error::Denied(Box::new(self.denied(principal, Some(&handle.key), action, deed, on))))
            }
        }
    }

    /// Whether the principal may see an environment.
    pub(crate) fn sees(&self, principal: &Principal, handle: &Handle, key: &Key, production: bool) -> bool {
        let place = Place { key: key.clone(), production };
        self.may_do(principal, Some(&handle.key), Deed::View, On::Environment(&handle.key, &place))
    }

    /// Refuses what is asked of resources where the principal may not do all of it. Names what takes the strictest role,
    /// so that who gets the role it says is not refused again.
    ///
    /// # Errors
    /// [`Error::Denied`]; [`Error::NotFound`] for another project.
    pub(crate) fn authorize_each(
        &self,
        principal: &Principal,
        project: &str,
        deed: Deed,
        asked: &[Asked],
    ) -> Result<()> {
        let handle = self.seen(principal, project)?;
        self.sight(principal, &handle).all(asked.iter().map(|asked| &asked.subject.id))?;
        let may = |asked: &Asked| {
            self.may_do(principal, Some(project), deed, On::Resource(project, &asked.subject, asked.aspects))
        };
        let refused = asked.iter().filter(|asked| !may(asked));
        let strictest = refused.min_by_key(|asked| Reverse(Role::least(editing(asked.subject.kind()))));
        let Some(asked) = strictest else { return Ok(()) };
        let action = match deed {
            Deed::BreakGlass => Action::BreakGlass,
            Deed::Approve if principal.role.may(editing(asked.subject.kind())) => Action::Approve,
            _ => editing(asked.subject.kind()),
        };
        let on = On::Resource(project, &asked.subject, asked.aspects);
        Err(Error::Denied(Box::new(self.denied(principal, Some(project), action, deed, on))))
    }

    /// All that a principal may do somewhere, for what is shown before anything certain is asked: what their role may,
    /// and what some project's own policies may let them do beside it.
    pub fn actions(&self, principal: &Principal) -> Vec<Action> {
        self.inner.directory.with(|known| {
            let acting = known.acting(principal);
            let might = |action: Action| {
                let mut all = known.policies.values().filter_map(|own| own.rules());
                all.any(|rules| {
                    let might = |who: &Who<'_>| who.role.may(action) || rules.might(who, deed(action));
                    acting.iter().all(|acting| acting.any.iter().any(might))
                })
            };
            let all = Action::ALL.into_iter();
            all.filter(|action| principal.role.may(*action) || might(*action)).collect()
        })
    }

    /// The refusal of what was found to be refused.
    pub(crate) fn denied(
        &self,
        principal: &Principal,
        project: Option<&str>,
        action: Action,
        deed: Deed,
        on: On<'_>,
    ) -> Denied {
        let admin = |m: &&store::Member| m.active && m.role == Role::Admin;
        let handle = project.and_then(|project| self.handle(project).ok());
        let sight = handle.map(|handle| self.sight(principal, &handle));
        self.inner.directory.with(|known| {
            let policies = project.and_then(|project| known.policies.get(project));
            let mut denied = Denied {
                who: principal.name.clone(),
                id: principal.id.clone(),
                action,
                least_role: Role::least(action),
                granted_by: known.members.values().filter(admin).map(|m| m.name.clone()).collect(),
                target: target(on),
                policy: None,
                behind: None,
            };
            let rules = policies.map_or(Some(Rules::presets()), |own| own.rules());
            for acting in known.acting(principal) {
                let decide = |who: &Who<'_>| Some(rules?.decide(&Ask { who: *who, deed, on }));
                if acting.may(|who| decide(who).is_some_and(|decision| decision.allowed)) {
                    continue;
                }
                let decision = acting.any.first().and_then(decide);
                denied.behind = (acting.id != principal.id).then(|| (acting.name.to_owned(), acting.gone));
                let forbids =
                    decision.iter().flat_map(|decision| &decision.by).find(|s| s.effect == Effect::Forbid);
                if let (Some(statement), Some(policies)) = (forbids, policies)
                    && let Source::Own(key) = &statement.source
                {
                    let own = policies.own.iter().find(|policy| policy.key == *key);
                    let hides = sight.as_ref().zip(own).is_some_and(|(sight, own)| sight.is_in(own));
                    let name = own.map_or_else(|| key.to_string(), |own| own.name.clone());
                    denied.policy = Some(match hides {
                        true => Forbidding { key: key.clone(), name: HIDDEN.into(), words: HIDDEN.into() },
                        false => Forbidding { key: key.clone(), name, words: statement.words.clone() },
                    });
                }
                break;
            }
            denied
        })
    }
}

/// What an action is called in policies. Edits are asked for by resource, and not by action.
pub(crate) fn deed(action: Action) -> Deed {
    match action {
        Action::View => Deed::View,
        Action::EditFlags | Action::EditTraffic => Deed::Propose,
        Action::Revert => Deed::Revert,
        Action::Approve => Deed::Comment,
        Action::BreakGlass => Deed::BreakGlass,
        Action::ManageKeys => Deed::ManageKeys,
        Action::Administer => Deed::Administer,
    }
}

/// What a deed is called in refusals; one that is done with resources has its action from their kind.
pub(super) fn action(deed: Deed) -> Action {
    match deed {
        Deed::View => Action::View,
        Deed::Propose | Deed::Apply => Action::EditFlags,
        Deed::Approve | Deed::Comment => Action::Approve,
        Deed::Revert => Action::Revert,
        Deed::BreakGlass => Action::BreakGlass,
        Deed::ManageKeys => Action::ManageKeys,
        Deed::Administer => Action::Administer,
    }
}

/// What something is to be done with, in words; the project goes without saying.
pub(super) fn target(on: On<'_>) -> Option<String> {
    match on {
        On::Server | On::Project(_) => None,
        On::Environment(_, place) => Some(place.key.to_string()),
        On::Resource(_, subject, aspects) => {
            let aspects: Vec<_> = aspects.iter().map(switchyard_policy::Aspect::word).collect();
            Some(match aspects.is_empty() {
                true => subject.id.to_string(),
                false => format!("{} ({})", subject.id, aspects.join(", ")),
            })
        }
    }
}
