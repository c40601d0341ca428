//! Policies, made ready once and asked often.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use cedar_policy::{
    AuthorizationError, Authorizer, Decision as Answer, EntityUid, Policy, PolicyId, PolicySet,
    PrincipalConstraint,
};
use serde::{Deserialize, Serialize};
use switchyard_model::Kind;
use switchyard_model::access::Role;
use switchyard_model::ids::Key;

use crate::might::Reach;
use crate::mistakes::{self, Known, Mistake};
use crate::{Ask, Deed, On, Who, entities, words};

/// One of a project's own policies: a text of one or more of Cedar's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Its key, unique in the project.
    pub key: Key,
    /// What it says.
    pub text: String,
}

/// Policies that fit the schema.
pub struct Rules {
    set: PolicySet,
    statements: HashMap<PolicyId, Statement>,
    /// A project's own statements.
    own: Vec<Line>,
    /// Sets of some of them, by their places: those that were asked together before.
    parts: Mutex<HashMap<Vec<usize>, Arc<PolicySet>>>,
}

/// So many sets are kept ready.
const PARTS: usize = 256;

/// One of a project's own statements.
struct Line {
    policy: Policy,
    reach: Reach,
}

/// One `permit` or `forbid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Where it comes from.
    pub source: Source,
    /// Which of its text's statements it is, from 1.
    pub number: usize,
    /// What it does.
    pub effect: Effect,
    /// What it says, for people.
    pub words: String,
    /// By what it takes somebody in.
    pub via: Option<Via>,
}

/// Where a statement comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// It ships with the product, under this name.
    Preset(String),
    /// The project's own policy of this key.
    Own(Key),
}

/// What a statement does. One that forbids wins over all that permit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// Refuses.
    Forbid,
    /// Allows.
    Permit,
}

/// By what a statement takes somebody in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Via {
    /// Their role.
    Role(Role),
    /// A team that they are in.
    Team(Key),
}

/// What the policies say to something that was asked.
#[derive(Debug)]
pub struct Decision<'a> {
    /// True where somebody may.
    pub allowed: bool,
    /// The statements that it follows from: those that permit, or those that forbid. None where nothing permits it.
    pub by: Vec<&'a Statement>,
}

static PRESETS: LazyLock<Rules> = LazyLock::new(|| {
    let text = include_str!("presets.cedar");
    let policies = mistakes::read("presets", text).expect("the presets are ours, and a test reads them");
    let mut rules =
        Rules { set: PolicySet::new(), statements: HashMap::new(), own: vec![], parts: Mutex::default() };
    for policy in policies {
        let name = policy.annotation("id").unwrap_or_default().to_owned();
        rules.add(policy, Source::Preset(name), 1);
    }
    rules
});

/// What each role may do where a project has no policies of its own, asked once: for every deed and kind.
static TABLE: LazyLock<[[[bool; Kind::ALL.len()]; 9]; 5]> = LazyLock::new(|| {
    let sample = |role, deed: Deed, kind| {
        let subject = crate::Subject {
            id: switchyard_model::ResourceId {
                scope: switchyard_model::Scope::Project,
                kind,
                key: "any".into(),
            },
            tags: vec![],
            owner: None,
            acts_in: vec![],
            production: false,
        };
        let who =
            crate::Who { sort: crate::Sort::Member, id: "any", name: "", email: None, role, teams: &[] };
        let on = match deed.is_of_resource() {
            true => On::Resource("any", &subject, crate::Aspects::NONE),
            false => On::Project("any"),
        };
        PRESETS.put(&Ask { who, deed, on }, &PRESETS.set).0
    };
    Role::ALL.map(|role| {
        Deed::ALL.map(|deed| {
            let mut kinds = [false; Kind::ALL.len()];
            Kind::ALL.into_iter().for_each(|kind| kinds[kind as usize] = sample(role, deed, kind));
            kinds
        })
    })
});

impl Rules {
    /// Those that ship with the product.
    pub fn presets() -> &'static Rules {
        &PRESETS
    }

    /// Those that ship with the product, and a project's own.
    ///
    /// # Errors
    /// All that is wrong with its own ones.
    pub fn compile(own: &[Own]) -> Result<Rules, Vec<Mistake>> {
        let mut rules = Rules {
            set: PRESETS.set.clone(),
            statements: PRESETS.statements.clone(),
            own: vec![],
            parts: Mutex::default(),
        };
        let mut found = vec![];
        for Own { key, text } in own {
            match mistakes::read(key, text) {
                Ok(policies) => {
                    for (at, policy) in policies.into_iter().enumerate() {
                        let reach = Reach::of(&policy);
                        let policy = rules.add(policy, Source::Own(key.clone()), at + 1);
                        rules.own.push(Line { policy, reach });
                    }
                }
                Err(mistakes) => found.extend(mistakes),
            }
        }
        if found.is_empty() { Ok(rules) } else { Err(found) }
    }

    /// All that is wrong with one policy: how it is written, what it speaks of that there is not, and whom it names that
    /// nobody knows.
    pub fn check(own: &Own, known: &Known<'_>) -> Vec<Mistake> {
        match mistakes::read(&own.key, &own.text) {
            Ok(policies) => mistakes::strangers(own, &policies, known),
            Err(mistakes) => mistakes,
        }
    }

    /// Whether somebody may. Cedar is asked only what a project's own statements may have a say in, and only of those;
    /// what the presets say is looked up, and nothing is allocated for it.
    pub fn allows(&self, ask: &Ask<'_>) -> bool {
        let lines = self.own.iter().enumerate().filter(|(_, line)| line.reach.takes(ask));
        let places: Vec<usize> = lines.map(|(at, _)| at).collect();
        if !places.is_empty() {
            let (allowed, by) = self.put(ask, &self.part(places));
            if allowed || !by.is_empty() {
                return allowed;
            }
        }
        let kind = match ask.on {
            On::Resource(_, subject, _) => subject.kind(),
            On::Server | On::Project(_) | On::Environment(..) => Kind::Flag,
        };
        TABLE[ask.who.role as usize][ask.deed as usize][kind as usize]
    }

    /// Whether a project's own policies may let somebody do more than their role, somewhere and under some conditions.
    pub fn might(&self, who: &Who<'_>, deed: Deed) -> bool {
        let permits = |line: &&Line| line.policy.effect() == cedar_policy::Effect::Permit;
        self.own.iter().filter(permits).any(|line| line.reach.may_take(who, deed))
    }

    /// Whether somebody may, and by what.
    pub fn decide(&self, ask: &Ask<'_>) -> Decision<'_> {
        let (allowed, ids) = self.put(ask, &self.set);
        let mut by: Vec<&Statement> = ids.iter().filter_map(|id| self.statements.get(id)).collect();
        by.sort_by(|a, b| (&a.source, a.number).cmp(&(&b.source, b.number)));
        Decision { allowed, by }
    }

    /// What a policy says: each of its statements, in order.
    pub fn statements(&self, source: &Source) -> Vec<&Statement> {
        let mut found: Vec<_> = self.statements.values().filter(|s| s.source == *source).collect();
        found.sort_by_key(|statement| statement.number);
        found
    }

    /// All statements that ship with the product, in the order of roles.
    pub fn preset_statements() -> Vec<(&'static Statement, String)> {
        let text = include_str!("presets.cedar");
        let parts = text.split("\n@id(").enumerate().map(|(at, part)| match at {
            0 => part.trim().to_owned(),
            _ => format!("@id({}", part.trim()),
        });
        let named = parts.filter_map(|part| {
            let name = part.strip_prefix("@id(\"")?.split('"').next()?.to_owned();
            let statement = PRESETS.statements.values().find(|s| s.source == Source::Preset(name.clone()))?;
            Some((statement, part))
        });
        named.collect()
    }

    /// Some of a project's own statements, by their places.
    fn part(&self, places: Vec<usize>) -> Arc<PolicySet> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(part) = parts.get(&places) {
            return Arc::clone(part);
        }
        if parts.len() >= PARTS {
            parts.clear();
        }
        let policies = places.iter().map(|at| self.own[*at].policy.clone());
        let part =
            Arc::new(PolicySet::from_policies(policies).expect("they are in one set together already"));
        parts.insert(places, Arc::clone(&part));
        part
    }

    /// Puts a question to some statements: whether one permits and none forbids, and which these are.
    fn put(&self, ask: &Ask<'_>, set: &PolicySet) -> (bool, Vec<PolicyId>) {
        static AUTHORIZER: LazyLock<Authorizer> = LazyLock::new(Authorizer::new);
        let (request, entities) = entities::request(ask);
        let response = AUTHORIZER.is_authorized(&request, set, &entities);
        // A policy that fits the schema can still fail, as by numbers that are too large. Cedar passes over one that
        // does; one that forbids must not be got rid of like that.
        let failed = response
            .diagnostics()
            .errors()
            .map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id());
        let forbids = |id: &&PolicyId| self.statements.get(*id).is_none_or(|s| s.effect == Effect::Forbid);
        let failed: Vec<PolicyId> = failed.filter(forbids).cloned().collect();
        if !failed.is_empty() {
            return (false, failed);
        }
        let reasons = response.diagnostics().reason().cloned().collect();
        (response.decision() == Answer::Allow, reasons)
    }

    fn add(&mut self, policy: Policy, source: Source, number: usize) -> Policy {
        let id = match &source {
            Source::Preset(name) => PolicyId::new(format!("preset {name}")),
            Source::Own(key) => PolicyId::new(format!("own {key} {number}")),
        };
        let effect = match policy.effect() {
            cedar_policy::Effect::Permit => Effect::Permit,
            cedar_policy::Effect::Forbid => Effect::Forbid,
        };
        let via = match policy.principal_constraint() {
            PrincipalConstraint::In(uid) | PrincipalConstraint::IsIn(_, uid) => via(&uid),
            PrincipalConstraint::Any | PrincipalConstraint::Eq(_) | PrincipalConstraint::Is(_) => None,
        };
        let words = words::of(&policy);
        self.statements.insert(id.clone(), Statement { source, number, effect, words, via });
        let policy = policy.new_id(id);
        self.set
            .add(policy.clone())
            .expect("no two policies have one id: keys are unique, and so are numbers");
        policy
    }
}

fn via(uid: &EntityUid) -> Option<Via> {
    let id = uid.id().unescaped();
    match uid.type_name().basename() {
        "Role" => Role::ALL.into_iter().find(|role| role.word() == id).map(Via::Role),
        "Team" => Some(Via::Team(id.into())),
        _ => None,
    }
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules").field("statements", &self.statements.len()).finish()
    }
}
