//! Holding a change against guardrails.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use cel::Context;
use serde::Serialize;
use switchyard_model::guardrail::Effect;
use switchyard_model::ids::Key;
use switchyard_model::{Guardrail, Problem, State};

use super::aside::aside;
use super::facts::{Case, Facts, Said};
use super::fuel::{self, Fuel};
use super::functions;
use super::rule::Rule;

/// What a guardrail says of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The guardrail's key.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// What becomes of the change where it does not pass. What takes back is only warned, unless the guardrail
    /// holds reverts too; so is a change of nothing but guardrails.
    pub effect: Effect,
    /// Whether the change satisfies it.
    pub passed: bool,
    /// What the guardrail tells people.
    pub message: String,
    /// Why its rule could not be answered; then it is not passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Which set it is from.
    pub set: Set,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// Which set of guardrails one is from. A change is held against both, so that it can't loosen one and profit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Set {
    /// As they are before the change.
    Now,
    /// As the change makes them.
    After,
    /// The change leaves it as it is.
    Both,
}

/// Its name and what it tells people, and why it could not be answered.
impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name, self.message)?;
        match &self.error {
            Some(error) => write!(f, " (it could not be answered: {error})"),
            None => Ok(()),
        }
    }
}

impl Verdict {
    /// True where the change can't be applied because of it.
    pub fn blocks(&self) -> bool {
        !self.passed && self.effect == Effect::Block
    }
}

/// Rules that were read already, by their text.
#[derive(Default)]
pub(crate) struct Rules(Mutex<HashMap<String, Read>>);

type Read = Arc<Result<Rule, Vec<Problem>>>;

/// So many texts are kept; a project has fewer guardrails.
const KEPT_MAX: usize = 300;

impl Rules {
    /// Recurses deeply.
    fn read(&self, text: &str) -> Read {
        if let Some(read) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(text) {
            return read.clone();
        }
        let read = Arc::new(Rule::read(text));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KEPT_MAX {
            all.clear();
        }
        all.insert(text.to_owned(), read.clone());
        read
    }
}

/// What is wrong with these guardrails' rules, told with their names.
pub(crate) fn mistakes(guardrails: &[Guardrail]) -> Vec<Problem> {
    // An empty or overlong one is told as such.
    let fit = |g: &&Guardrail| {
        !g.rule.trim().is_empty() && g.rule.chars().count() <= switchyard_model::guardrail::RULE_MAX
    };
    let guardrails: Vec<_> = guardrails.iter().filter(fit).collect();
    if guardrails.is_empty() {
        return vec![];
    }
    let read = || {
        let wrong = guardrails.iter().flat_map(|guardrail| {
            let id = switchyard_model::ResourceId::project(switchyard_model::Kind::Guardrail, &guardrail.key);
            let problems = Rule::read(&guardrail.rule).err().unwrap_or_default();
            problems.into_iter().map(move |problem| problem.of(&id))
        });
        wrong.collect()
    };
    aside(read).unwrap_or_else(|| vec![Problem::new("rule", "can't be read")])
}

/// Holds a change against the guardrails before and after it.
pub(crate) fn judge(rules: &Rules, case: &Case, said: &Said) -> Vec<Verdict> {
    hold(rules, &asked(&case.before, &case.after), case, said)
}

/// Holds a change against one guardrail, whatever the project has. `None` where it looks elsewhere.
pub(crate) fn try_one(rules: &Rules, guardrail: &Guardrail, case: &Case, said: &Said) -> Option<Verdict> {
    hold(rules, &[(guardrail, Set::Both)], case, said).pop()
}

/// The guardrails that are switched on before or after a change, by key.
fn asked<'a>(before: &'a State, after: &'a State) -> Vec<(&'a Guardrail, Set)> {
    let mut keys: BTreeMap<&Key, [Option<&Guardrail>; 2]> = BTreeMap::new();
    for (at, state) in [before, after].into_iter().enumerate() {
        for guardrail in state.guardrails().filter(|g| g.enabled) {
            keys.entry(&guardrail.key).or_default()[at] = Some(guardrail);
        }
    }
    let mut asked = vec![];
    for sides in keys.into_values() {
        match sides {
            [Some(now), Some(after)] if same(now, after) => asked.push((after, Set::Both)),
            [now, after] => {
                asked.extend(now.map(|g| (g, Set::Now)));
                asked.extend(after.map(|g| (g, Set::After)));
            }
        }
    }
    asked
}

/// Whether both judge alike.
fn same(a: &Guardrail, b: &Guardrail) -> bool {
    let judges = |g: &Guardrail| (g.rule.clone(), g.effect, g.environments.clone(), g.reverts);
    judges(a) == judges(b)
}

fn hold(rules: &Rules, asked: &[(&Guardrail, Set)], case: &Case, said: &Said) -> Vec<Verdict> {
    if asked.is_empty() {
        return vec![];
    }
    let facts = Facts::of(case, said);
    let looks = |g: &Guardrail| {
        g.environments.is_empty() || g.environments.iter().any(|e| facts.environments.contains(e))
    };
    let asked: Vec<_> = asked.iter().filter(|(guardrail, _)| looks(guardrail)).collect();
    let answers = aside(|| {
        let mut seen = Views { facts: &facts, all: HashMap::new() };
        asked.iter().map(|(guardrail, _)| answer(rules, guardrail, &mut seen)).collect::<Vec<_>>()
    });
    let nothing = || vec![Err("it can't be answered at the moment".to_owned()); asked.len()];
    let (about_guardrails, taking_back) = (facts.is_about_guardrails(), facts.takes_back());
    let spared = |guardrail: &Guardrail| about_guardrails || taking_back && !guardrail.reverts;
    let verdict = |(&&(guardrail, set), answer): (&&(&Guardrail, Set), Result<bool, String>)| Verdict {
        key: guardrail.key.clone(),
        name: guardrail.title().to_owned(),
        effect: if spared(guardrail) { Effect::Warn } else { guardrail.effect },
        passed: answer == Ok(true),
        message: guardrail.message.clone(),
        error: answer.err(),
        set,
        owner: guardrail.owner.clone(),
    };
    asked.iter().zip(answers.unwrap_or_else(nothing)).map(verdict).collect()
}

/// The variables, as guardrails of these environments see them, and their size.
struct Views<'a> {
    facts: &'a Facts<'a>,
    all: HashMap<Vec<Key>, (Context<'static, 'static>, u64)>,
}

impl Views<'_> {
    fn of(&mut self, environments: &[Key]) -> &(Context<'static, 'static>, u64) {
        self.all.entry(environments.to_vec()).or_insert_with(|| {
            let (mut context, mut size) = (functions::context(), 0);
            for (name, value) in self.facts.variables(environments) {
                size += fuel::size(&*value, u64::MAX);
                context.add_variable_as_val(name, value);
            }
            (context, size)
        })
    }
}

fn answer(rules: &Rules, guardrail: &Guardrail, views: &mut Views<'_>) -> Result<bool, String> {
    let work = || {
        let read = rules.read(&guardrail.rule);
        let rule = match &*read {
            Ok(rule) => rule,
            Err(problems) => {
                return Err(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
            }
        };
        if rule.asks_impact && !views.facts.knows_impact() {
            return Err("it asks who is affected, and that is not known of this change".to_owned());
        }
        let (context, size) = views.of(&guardrail.environments);
        rule.holds(context, Fuel::for_values(*size))
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("it broke what reads it".to_owned()))
}
