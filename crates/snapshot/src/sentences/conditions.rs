//! Conditions in words: "country is DE or AT", "is in Beta testers".

use serde_json::Value;
use switchyard_model::State;
use switchyard_model::flag_spec::{Clause, Op};

use super::Sentence;

/// The most values a condition spells out.
const VALUES_SHOWN: usize = 4;

/// One condition in words. Segments go by their names in `environment`.
pub fn clause_sentence(clause: &Clause, environment: &str, names: &State) -> Sentence {
    let kind = clause.context_kind.as_deref().unwrap_or("user");
    if clause.op == Op::SegmentMatch {
        let titles = clause.values.iter().map(|value| {
            let key = value.as_str().unwrap_or_default();
            names.segment(environment, key).map_or(key, |s| s.title()).to_owned()
        });
        let verb = if clause.negate { "is not in " } else { "is in " };
        return Sentence::new().text(verb).then(any_of(titles.collect()));
    }
    let of = if kind == "user" { String::new() } else { format!("{kind} ") };
    let attribute = clause.attribute.as_str();
    let subject = match attribute {
        "kind" => "context kind".to_owned(),
        other => format!("{of}{}", other.trim_start_matches('/').replace('/', " ")),
    };
    let values = clause.values.iter().map(shown).collect();
    Sentence::new()
        .strong(subject)
        .text(format!(" {} ", verb(&clause.op, clause.negate)))
        .then(any_of(values))
}

/// Those whom all conditions hold for: "those in Beta testers whose country is DE".
pub(super) fn those(clauses: &[Clause], environment: &str, names: &State) -> Sentence {
    if clauses.is_empty() {
        return Sentence::new().text("nobody (no condition)");
    }
    let (mut inside, mut whose) = (vec![], vec![]);
    for clause in clauses {
        let told = clause_sentence(clause, environment, names);
        if clause.op == Op::SegmentMatch {
            // "is in Staff" without its verb.
            inside.push(without_verb(told));
        } else {
            whose.push(told);
        }
    }
    let sentence = Sentence::new().text("those");
    let sentence = match inside.is_empty() {
        true => sentence,
        false => sentence.text(" ").then(Sentence::joined(inside, " and ", " and ")),
    };
    match whose.is_empty() {
        true => sentence,
        false => sentence.text(" whose ").then(Sentence::joined(whose, " and ", " and ")),
    }
}

fn without_verb(mut sentence: Sentence) -> Sentence {
    if let Some(first) = sentence.0.first_mut() {
        first.text = first.text.trim_start_matches("is ").to_owned();
    }
    sentence
}

/// All conditions of a rule: "is in Beta testers and country is DE".
pub(super) fn clauses_sentence(clauses: &[Clause], environment: &str, names: &State) -> Sentence {
    if clauses.is_empty() {
        return Sentence::new().text("nobody (no condition)");
    }
    Sentence::joined(clauses.iter().map(|c| clause_sentence(c, environment, names)), " and ", " and ")
}

fn verb(op: &Op, negate: bool) -> String {
    let (yes, no) = match op {
        Op::In => ("is", "is not"),
        Op::StartsWith => ("starts with", "does not start with"),
        Op::EndsWith => ("ends with", "does not end with"),
        Op::Matches => ("matches", "does not match"),
        Op::Contains => ("contains", "does not contain"),
        Op::LessThan => ("is under", "is not under"),
        Op::LessThanOrEqual => ("is at most", "is not at most"),
        Op::GreaterThan => ("is over", "is not over"),
        Op::GreaterThanOrEqual => ("is at least", "is not at least"),
        Op::Before => ("is before", "is not before"),
        Op::After => ("is after", "is not after"),
        Op::SemVerEqual => ("is version", "is not version"),
        Op::SemVerLessThan => ("is a version under", "is not a version under"),
        Op::SemVerGreaterThan => ("is a version over", "is not a version over"),
        Op::SegmentMatch => ("is in", "is not in"),
        Op::Unknown(word) => return format!("{}{word}", if negate { "not " } else { "" }),
    };
    if negate { no } else { yes }.to_owned()
}

fn any_of(mut values: Vec<String>) -> Sentence {
    let more = values.len().saturating_sub(VALUES_SHOWN);
    if more > 1 {
        values.truncate(VALUES_SHOWN);
        values.push(format!("{} others", super::thousands(more as u64)));
    }
    if values.is_empty() {
        values.push("nothing".to_owned());
    }
    Sentence::joined(values.into_iter().map(|v| Sentence::new().strong(v)), ", ", " or ")
}

/// A value as people read it: texts without quotes, the rest as JSON.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        other => other.to_string(),
    }
}
