//! Edits, flags and routes in words. Made once, here, for the page, the command line and notifications.
//!
//! A sentence is made from a resource before and after, not from the operation asked for, so that a
//! revert, a file or an import reads like the same change made by hand.

use serde::{Deserialize, Serialize};
use switchyard_model::{AppliedEdit, Resource, State, Writer};

mod conditions;
mod details;
mod flags;
mod guardrails;
mod listeners;
mod routes;
mod segments;

pub use conditions::clause_sentence;
pub use flags::{RuleSentence, flag_sentence, rule_sentences};
pub use routes::{action_sentence, match_sentence, route_sentence};

/// How a part of a sentence is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Style {
    /// As text.
    Text,
    /// Bold: what the sentence is about.
    Strong,
    /// Monospaced: a key, a path, a variation.
    Code,
    /// What it was.
    From,
    /// What it becomes.
    To,
}

/// A run of words in one style.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentencePart {
    /// How it is set.
    pub style: Style,
    /// The words, with the spaces that stand around them.
    pub text: String,
}

/// A sentence, ready to be set by a page or read as plain text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sentence(pub Vec<SentencePart>);

impl Sentence {
    /// Nothing said yet.
    pub fn new() -> Self {
        Sentence::default()
    }

    fn push(mut self, style: Style, text: impl Into<String>) -> Self {
        let text = text.into();
        match self.0.last_mut() {
            Some(last) if last.style == style => last.text.push_str(&text),
            _ if text.is_empty() => {}
            _ => self.0.push(SentencePart { style, text }),
        }
        self
    }

    /// Goes on in plain text.
    pub fn text(self, text: impl Into<String>) -> Self {
        self.push(Style::Text, text)
    }

    /// Goes on in bold.
    pub fn strong(self, text: impl Into<String>) -> Self {
        self.push(Style::Strong, text)
    }

    /// Goes on monospaced.
    pub fn code(self, text: impl Into<String>) -> Self {
        self.push(Style::Code, text)
    }

    /// Goes on with what it was.
    pub fn from(self, text: impl Into<String>) -> Self {
        self.push(Style::From, text)
    }

    /// Goes on with what it becomes.
    pub fn to(self, text: impl Into<String>) -> Self {
        self.push(Style::To, text)
    }

    /// Goes on with another sentence's parts.
    pub fn then(mut self, other: Sentence) -> Self {
        for part in other.0 {
            self = self.push(part.style, part.text);
        }
        self
    }

    /// True where nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Several sentences with `between` them and `last` before the last one.
    pub fn joined(all: impl IntoIterator<Item = Sentence>, between: &str, last: &str) -> Sentence {
        let all: Vec<_> = all.into_iter().filter(|s| !s.is_empty()).collect();
        let count = all.len();
        all.into_iter().enumerate().fold(Sentence::new(), |sentence, (i, next)| {
            let sentence = match i {
                0 => sentence,
                _ if i + 1 == count => sentence.text(last),
                _ => sentence.text(between),
            };
            sentence.then(next)
        })
    }
}

/// The sentence as plain text.
impl std::fmt::Display for Sentence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|part| f.write_str(&part.text))
    }
}

/// What an edit is that puts a list in another order where none matters: keys, endpoints, header names.
const REORDERED: &str = "lists the same in another order";

/// An edit in words, beginning with the resource it is about. `names` is the state after the edit; it
/// gives titles to segments and flags that the edit mentions.
pub fn edit_sentence(edit: &AppliedEdit, names: &State) -> Sentence {
    let environment = edit.target.scope.environment().map_or("", |e| e);
    let subject = Sentence::new().code(&*edit.target.key);
    let said = match (edit.before.as_deref(), edit.after.as_deref()) {
        (None, None) => vec![Sentence::new().text("is not there, and was not")],
        (before, Some(Resource::Targeting(after))) => {
            let before = match before {
                Some(Resource::Targeting(before)) => Some(before),
                _ => None,
            };
            flags::targeting_changes(before, after, environment, names)
        }
        (None, Some(after)) => vec![created(after)],
        (Some(before), None) => vec![deleted(before)],
        (Some(before), Some(after)) => changed(before, after, environment, names),
    };
    let said = said.into_iter().chain(written_by(edit.before.as_deref(), edit.after.as_deref()));
    let said = Sentence::joined(said, "; ", "; ");
    let said = match said.is_empty() {
        true if edit.before == edit.after => Sentence::new().text("stays as it is"),
        true => Sentence::new().text(REORDERED),
        false => said,
    };
    let sentence = subject.text(": ").then(said);
    // A project's flag reads like its targeting; the rest says what it is.
    match edit.target.kind {
        switchyard_model::Kind::Flag | switchyard_model::Kind::Targeting => sentence,
        kind => Sentence::new().text(format!("{kind} ")).then(sentence),
    }
}

/// Who writes it from now on, where that is somebody else.
fn written_by(before: Option<&Resource>, after: Option<&Resource>) -> Option<Sentence> {
    let was = before.map_or(Writer::Page, Resource::managed_by);
    let now = after?.managed_by();
    Some(match (was, now) {
        (was, now) if was == now => return None,
        (was, Writer::Page) => Sentence::new().text("is taken over from ").from(was.to_string()),
        (_, now) => Sentence::new().text("is managed by ").to(now.to_string()),
    })
}

fn created(after: &Resource) -> Sentence {
    match after {
        Resource::Flag(flag) => flags::created(flag),
        Resource::Segment(segment) => segments::created(segment),
        Resource::Service(service) => Sentence::new().text("is new, with ").then(listed(
            service.subsets.iter().map(|s| s.id.to_string()),
            "subset",
            "subsets",
        )),
        Resource::Listener(listener) => listeners::created(listener),
        Resource::Route(route) => Sentence::new().text("is new: ").then(routes::does(route)),
        Resource::Guardrail(guardrail) => guardrails::created(guardrail),
        Resource::Targeting(_) => Sentence::new(),
    }
}

fn deleted(before: &Resource) -> Sentence {
    match before {
        Resource::Targeting(_) => Sentence::new().text("its targeting is ").strong("deleted"),
        _ => Sentence::new().text("is ").strong("deleted"),
    }
}

fn changed(before: &Resource, after: &Resource, environment: &str, names: &State) -> Vec<Sentence> {
    let mut said = match (before, after) {
        (Resource::Flag(before), Resource::Flag(after)) => flags::flag_changes(before, after),
        (Resource::Segment(before), Resource::Segment(after)) => {
            segments::changes(before, after, environment, names)
        }
        (Resource::Service(before), Resource::Service(after)) => details::service_changes(before, after),
        (Resource::Listener(before), Resource::Listener(after)) => listeners::changes(before, after),
        (Resource::Route(before), Resource::Route(after)) => routes::changes(before, after),
        (Resource::Guardrail(before), Resource::Guardrail(after)) => guardrails::changes(before, after),
        _ => vec![],
    };
    said.extend(details::changes(before, after));
    said
}

/// `subset v1`, or `subsets v1, v2 and v3`.
pub(crate) fn listed(items: impl IntoIterator<Item = String>, one: &str, many: &str) -> Sentence {
    let items: Vec<_> = items.into_iter().collect();
    let word = if items.len() == 1 { one } else { many };
    Sentence::new().text(format!("{word} ")).then(Sentence::joined(
        items.into_iter().map(|i| Sentence::new().code(i)),
        ", ",
        " and ",
    ))
}

/// True where those that are on both sides stand in another order.
pub(crate) fn reordered<'a, T: PartialEq + 'a>(
    before: impl Iterator<Item = &'a T>,
    after: impl Iterator<Item = &'a T>,
) -> bool {
    let (before, after): (Vec<_>, Vec<_>) = (before.collect(), after.collect());
    let kept = before.iter().filter(|id| after.contains(id));
    !kept.eq(after.iter().filter(|id| before.contains(id)))
}

/// A weight of 100,000ths as a percentage: `10 %`, `37.5 %`, `0.125 %`.
pub fn percent(weight: i64) -> String {
    let (whole, rest) = (weight / 1000, weight.abs() % 1000);
    if rest == 0 {
        return format!("{whole} %");
    }
    let digits = format!("{rest:03}");
    format!("{whole}.{} %", digits.trim_end_matches('0'))
}

/// `1 user`, `12,000 users`.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n as u64), if n == 1 { one } else { many })
}

/// A number with a comma between each three digits.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
