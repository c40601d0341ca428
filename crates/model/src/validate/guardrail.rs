//! A guardrail by itself. Whether its rule can be read is not known here.

use super::reports::{Report, list, words};
use crate::guardrail::RULE_MAX;
use crate::ids::{Kind, Scope};
use crate::{Guardrail, Problem, State};

/// The most guardrails of a project: each change is held against all of them.
const GUARDRAILS_MAX: usize = 100;
/// The most characters of a message.
const MESSAGE_MAX: usize = 1_000;

pub(super) fn check(state: &State, report: &mut Report<'_>, guardrail: &Guardrail) {
    if guardrail.rule.trim().is_empty() {
        let hint = "say what must be true of a change, as `change.reason != \"\"`";
        report.add(Problem::new("rule", "is empty").hint(hint));
    }
    report.text("rule", &guardrail.rule, RULE_MAX);
    if guardrail.message.trim().is_empty() {
        let hint = "say what the person whose change does not satisfy it should do";
        report.add(Problem::new("message", "is empty").hint(hint));
    }
    report.text("message", &guardrail.message, MESSAGE_MAX);
    let at = |at| format!("environments[{at}]");
    report.unique("key", guardrail.environments.iter().map(|e| &**e), at);
    for (n, environment) in guardrail.environments.iter().enumerate() {
        if !state.environments.contains(environment) {
            let hint = format!("the project has {}", list(&words(&state.environments)));
            report.add(Problem::new(at(n), "is not there").value(&**environment).hint(hint));
        }
    }
    let count = state.of(&Scope::Project, Kind::Guardrail).count();
    if count > GUARDRAILS_MAX {
        let reason = format!("is one of {count} guardrails; a project has at most {GUARDRAILS_MAX}");
        report.add(Problem::new("", reason).hint("take one away in the same change"));
    }
}
