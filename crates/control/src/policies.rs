//! Who may do what, by policies: those that ship with the product and a project's own.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use switchyard_model::Problem;
use switchyard_model::access::Action;
use switchyard_model::ids::{Key, check_key};
use switchyard_policy::{Ask, Deed, Known as KnownNames, Mistake, On, Own, Rules, Source};
use switchyard_store::{self as store, Act};

use crate::access::members::check_name;
use crate::{Control, Error, Principal, Result};

pub(crate) mod asked;
pub(crate) mod judge;
pub(crate) mod shown;
pub(crate) mod sight;
pub(crate) mod views;
pub(crate) mod why;

use sight::{HIDDEN, Sight};
use views::{MistakeView, PoliciesView, PolicyCheck, PolicyView, PresetView, StatementView};

/// The most policies of a project.
const MOST: usize = 100;

/// A policy as somebody writes it.
#[derive(Debug, Clone)]
pub struct PolicyDraft {
    /// What people call it.
    pub name: String,
    /// What it says, in Cedar.
    pub text: String,
    /// Only if it is at this version; 0 where there must be none yet. Whatever there is where absent.
    pub expected_version: Option<u64>,
}

/// A project's own policies, made ready.
pub(crate) struct Policies {
    pub(crate) own: Vec<store::Policy>,
    /// `None` where what the store holds can't be read any more, as after an upgrade that is taken back.
    rules: Option<Rules>,
}

impl Policies {
    /// What the store holds, made ready; `before` is what was, so that what did not change is not read again.
    pub(crate) fn load(
        stored: Vec<store::Policy>,
        before: &BTreeMap<Key, Arc<Policies>>,
    ) -> BTreeMap<Key, Arc<Policies>> {
        let mut by_project: BTreeMap<Key, Vec<store::Policy>> = BTreeMap::new();
        for policy in stored {
            by_project.entry(policy.project.clone()).or_default().push(policy);
        }
        let ready = |(project, own): (Key, Vec<store::Policy>)| {
            let same = before.get(&project).filter(|before| before.own == own);
            let policies = same.cloned().unwrap_or_else(|| Arc::new(Policies::new(&project, own)));
            (project, policies)
        };
        by_project.into_iter().map(ready).collect()
    }

    fn new(project: &str, own: Vec<store::Policy>) -> Self {
        let rules = Rules::compile(&own.iter().map(written).collect::<Vec<_>>());
        let rules = rules.map_err(|mistakes| {
            for mistake in mistakes {
                tracing::error!(project, policy = &*mistake.policy, %mistake, "a policy can't be read: only admins may");
            }
        });
        Policies { own, rules: rules.ok() }
    }

    /// Whether somebody may. Where nobody knows what the project's own policies say, only admins may, who can mend
    /// them, and all may look.
    pub(crate) fn allows(&self, ask: &Ask<'_>) -> bool {
        match &self.rules {
            Some(rules) => rules.allows(ask),
            None => {
                let open = ask.who.role == switchyard_model::access::Role::Admin || ask.deed == Deed::View;
                open && Rules::presets().allows(ask)
            }
        }
    }

    pub(crate) fn rules(&self) -> Option<&Rules> {
        self.rules.as_ref()
    }
}

fn written(policy: &store::Policy) -> Own {
    Own { key: policy.key.clone(), text: policy.text.clone() }
}

impl Control {
    /// Who may do what in a project: the policies that ship with the product, and its own.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn policies(&self, principal: &Principal, project: &str) -> Result<PoliciesView> {
        let handle = self.seen(principal, project)?;
        let sight = self.sight(principal, &handle);
        let presets = Rules::preset_statements().into_iter().map(|(statement, text)| PresetView {
            key: match &statement.source {
                Source::Preset(key) => key.clone(),
                Source::Own(key) => key.to_string(),
            },
            words: statement.words.clone(),
            text,
        });
        let found = self.inner.directory.with(|known| known.policies.get(project).cloned());
        let own = found.iter().flat_map(|policies| {
            policies.own.iter().map(|policy| self.shown_policy(&sight, policy, policies.rules()))
        });
        Ok(PoliciesView {
            presets: presets.collect(),
            items: own.collect(),
            schema: switchyard_policy::schema().to_owned(),
        })
    }

    /// What is wrong with a policy, and what it says in words. Nothing is kept.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn check_policy(
        &self,
        principal: &Principal,
        project: &str,
        key: &str,
        text: &str,
    ) -> Result<PolicyCheck> {
        let handle = self.seen(principal, project)?;
        let sight = self.sight(principal, &handle);
        let own = Own { key: key.into(), text: text.to_owned() };
        let mistakes = self.mistakes(&sight, project, &own)?;
        let statements = match Rules::compile(std::slice::from_ref(&own)) {
            Ok(rules) => statements(Some(&rules), key),
            Err(_) => vec![],
        };
        let mut left_out = None;
        if mistakes.is_empty() {
            let mut all = self.own_policies(project);
            all.retain(|policy| *policy.key != *key);
            let mut all: Vec<Own> = all.iter().map(written).collect();
            all.push(own);
            left_out = self.locked_out(project, &all).map(|problem| problem.to_string());
        }
        let mistakes = mistakes.into_iter().map(|mistake| {
            let Mistake { line, column, length, reason, hint, .. } = mistake;
            MistakeView { line, column, length, reason, hint }
        });
        Ok(PolicyCheck { mistakes: mistakes.collect(), statements, locks_out: left_out })
    }

    /// Makes a project's policy of this key be this. It holds from now on, for what is open too.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all that is wrong with it, also where nobody could administer the project any more;
    /// [`Error::StaleVersion`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn put_policy(
        &self,
        principal: &Principal,
        project: &str,
        key: &str,
        draft: PolicyDraft,
    ) -> Result<PolicyView> {
        self.may_write_policies(principal, project)?;
        let sight = self.sight(principal, &*self.handle(project)?);
        let PolicyDraft { name, text, expected_version } = draft;
        let own = Own { key: key.into(), text };
        let mut problems: Vec<Problem> = vec![];
        problems.extend(check_key(key).map(|reason| Problem::new("key", reason).value(key)));
        if let Err(Error::Invalid(found)) = check_name(&name) {
            problems.extend(found);
        }
        for mistake in self.mistakes(&sight, project, &own)? {
            let place = format!("line {}, column {}: {}", mistake.line, mistake.column, mistake.reason);
            let problem = Problem::new("text", place);
            problems.push(mistake.hint.into_iter().fold(problem, Problem::hint));
        }
        let mut all = self.own_policies(project);
        let before = all.iter().position(|policy| *policy.key == *key).map(|at| all.remove(at));
        if before.is_none() && all.len() >= MOST {
            problems.push(Problem::new("", format!("a project has at most {MOST} policies")));
        }
        if problems.is_empty() {
            let all: Vec<Own> = all.iter().map(written).chain([own.clone()]).collect();
            problems.extend(self.locked_out(project, &all));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let version = before.as_ref().map_or(0, |before| before.version);
        if expected_version.is_some_and(|expected| expected != version) {
            return Err(Error::StaleVersion { version });
        }
        let policy = store::Policy {
            project: project.into(),
            key: key.into(),
            name,
            text: own.text,
            version: version + 1,
            updated_at: self.now(),
            updated_by: principal.id.clone(),
        };
        let says = |policy: &store::Policy| json!({ "name": policy.name, "text": policy.text });
        let detail =
            json!({ "name": policy.name, "before": before.as_ref().map(says), "after": says(&policy) });
        let target = format!("{project}/{key}");
        self.administer(principal, Act::PutPolicy(policy.clone()), "policy.put", &target, detail).await?;
        let rules = self.inner.directory.with(|known| known.policies.get(project).cloned());
        Ok(self.policy_view(&policy, rules.as_ref().and_then(|policies| policies.rules())))
    }

    /// Takes a project's policy away.
    ///
    /// # Errors
    /// [`Error::Invalid`] where nobody could administer the project any more; [`Error::NotFound`],
    /// [`Error::Denied`].
    pub async fn remove_policy(&self, principal: &Principal, project: &str, key: &str) -> Result<()> {
        self.may_write_policies(principal, project)?;
        let mut all = self.own_policies(project);
        let at = all.iter().position(|policy| *policy.key == *key);
        let gone = all.remove(at.ok_or_else(|| Error::NotFound(format!("policy {key:?}")))?);
        let rest: Vec<Own> = all.iter().map(written).collect();
        if let Some(problem) = self.locked_out(project, &rest) {
            return Err(Error::Invalid(vec![problem]));
        }
        let act = Act::RemovePolicy(project.into(), key.into(), gone.version);
        let detail = json!({ "name": gone.name, "text": gone.text });
        self.administer(principal, act, "policy.remove", &format!("{project}/{key}"), detail).await
    }

    /// Who may administer the project, and in any case every admin: whatever the policies forbid, there is always
    /// somebody who can mend them.
    fn may_write_policies(&self, principal: &Principal, project: &str) -> Result<()> {
        self.handle(project)?;
        match self.is_admin(principal, project) {
            true => Ok(()),
            false => self.authorize(principal, Action::Administer, Some(project)),
        }
    }

    pub(crate) fn own_policies(&self, project: &str) -> Vec<store::Policy> {
        let found = self.inner.directory.with(|known| known.policies.get(project).cloned());
        found.map(|policies| policies.own.clone()).unwrap_or_default()
    }

    /// Who may not see an environment is told of none that is called so.
    fn mistakes(&self, sight: &Sight, project: &str, own: &Own) -> Result<Vec<Mistake>> {
        let all = self.handle(project)?.environments().into_iter().map(|e| e.key);
        let environments: Vec<Key> = all.filter(|key| sight.environment(key)).collect();
        let (teams, members, tokens) = self.inner.directory.with(|known| {
            let members: Vec<String> = known.members.keys().cloned().collect();
            (
                known.teams.keys().cloned().collect::<Vec<_>>(),
                members,
                known.tokens.keys().cloned().collect::<Vec<_>>(),
            )
        });
        let known = KnownNames {
            project,
            environments: &environments,
            teams: &teams,
            members: &members,
            tokens: &tokens,
        };
        Ok(Rules::check(own, &known))
    }

    /// Whether policies would leave no member who sees the project and can administer it.
    fn locked_out(&self, project: &str, all: &[Own]) -> Option<Problem> {
        let rules = Rules::compile(all).ok()?;
        let can = self.inner.directory.with(|known| {
            known.members.values().filter(|member| member.active).any(|member| {
                let who = known.member(member);
                let may = |deed| rules.allows(&Ask { who, deed, on: On::Project(project) });
                may(Deed::View) && may(Deed::Administer)
            })
        });
        let problem = || Problem::new("text", "would leave nobody who can administer the project");
        (!can).then(|| {
            problem().hint("leave somebody out of it, as with `unless { principal in Role::\"admin\" }`")
        })
    }

    fn shown_policy(&self, sight: &Sight, policy: &store::Policy, rules: Option<&Rules>) -> PolicyView {
        let view = self.policy_view(policy, rules);
        match sight.is_in(policy) {
            true => PolicyView {
                name: HIDDEN.to_owned(),
                text: String::new(),
                statements: vec![],
                hidden: true,
                ..view
            },
            false => view,
        }
    }

    fn policy_view(&self, policy: &store::Policy, rules: Option<&Rules>) -> PolicyView {
        PolicyView {
            key: policy.key.clone(),
            name: policy.name.clone(),
            text: policy.text.clone(),
            version: policy.version,
            updated_at: policy.updated_at,
            updated_by: self.as_person(&policy.updated_by),
            statements: statements(rules, &policy.key),
            hidden: false,
            unreadable: rules.is_none(),
        }
    }
}

fn statements(rules: Option<&Rules>, key: &str) -> Vec<StatementView> {
    let found = rules.into_iter().flat_map(|rules| rules.statements(&Source::Own(key.into())));
    found
        .map(|statement| StatementView { effect: statement.effect, words: statement.words.clone() })
        .collect()
}
