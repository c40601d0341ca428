//! Guardrails in words.

use switchyard_model::Guardrail;
use switchyard_model::guardrail::Effect;

use super::{Sentence, listed};

pub(super) fn created(guardrail: &Guardrail) -> Sentence {
    let said = match (guardrail.enabled, guardrail.effect) {
        (true, Effect::Warn) => Sentence::new().text("is new; it ").strong("warns"),
        (true, Effect::Block) => Sentence::new().text("is new; it ").strong("blocks"),
        (false, _) => Sentence::new().text("is new and switched ").strong("off"),
    };
    let said = said.text(" unless ").code(one_line(&guardrail.rule));
    if guardrail.environments.is_empty() { said } else { said.text(", in ").then(where_(guardrail)) }
}

pub(super) fn changes(before: &Guardrail, after: &Guardrail) -> Vec<Sentence> {
    let mut said = vec![];
    if before.enabled != after.enabled {
        let word = |on| if on { "on" } else { "off" };
        said.push(Sentence::new().text("is switched ").to(word(after.enabled)));
    }
    if before.effect != after.effect {
        let (is, was) = match after.effect {
            Effect::Block => ("blocks", "warned"),
            Effect::Warn => ("warns", "blocked"),
        };
        said.push(Sentence::new().text("now ").to(is).text("; it ").from(was));
    }
    if before.rule != after.rule {
        let (is, was) = (one_line(&after.rule), one_line(&before.rule));
        said.push(Sentence::new().text("now asks for ").to(is).text(" instead of ").from(was));
    }
    if before.environments != after.environments {
        said.push(match after.environments.as_slice() {
            [] => Sentence::new().text("now looks at ").to("every environment"),
            _ => Sentence::new().text("now looks at ").then(where_(after)),
        });
    }
    if before.reverts != after.reverts {
        let holds = if after.reverts { "now holds reverts too" } else { "no longer holds reverts" };
        said.push(Sentence::new().text(holds));
    }
    if before.message != after.message {
        said.push(Sentence::new().text("has a new message"));
    }
    said
}

fn where_(guardrail: &Guardrail) -> Sentence {
    listed(guardrail.environments.iter().map(ToString::to_string), "environment", "environments")
}

/// A rule may be written on several lines; a sentence has one.
fn one_line(rule: &str) -> String {
    rule.split_whitespace().collect::<Vec<_>>().join(" ")
}
