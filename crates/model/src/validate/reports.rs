//! Collecting problems of one resource, and the small checks that many kinds share.

use std::collections::HashMap;

use crate::Problem;
use crate::ids::{Key, ResourceId};

/// The problems of one resource.
pub(super) struct Report<'a> {
    pub(super) id: &'a ResourceId,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Report<'a> {
    pub(super) fn of(id: &'a ResourceId, problems: &'a mut Vec<Problem>) -> Self {
        Report { id, problems }
    }

    pub(super) fn add(&mut self, problem: Problem) {
        self.problems.push(problem.of(self.id));
    }

    /// Names stand for elements elsewhere, so that each must be different; empty ones are told as such. `path`
    /// makes the path of the element's name from its position.
    pub(super) fn unique<'k>(
        &mut self,
        what: &str,
        names: impl Iterator<Item = &'k str>,
        path: impl Fn(usize) -> String,
    ) {
        let mut first = HashMap::new();
        for (at, name) in names.enumerate().filter(|(_, name)| !name.is_empty()) {
            if let Some(other) = first.insert(name, at) {
                let reason = format!("is the {what} of two elements, at {other} and {at}");
                self.add(Problem::new(path(at), reason).value(name));
            }
        }
    }

    /// A length between `least` and `most`.
    pub(super) fn count(&mut self, path: &str, found: usize, least: usize, most: usize) {
        if found < least {
            self.add(Problem::new(path, format!("must have at least {least}")).value(found));
        } else if found > most {
            self.add(Problem::new(path, format!("has more than {most}")).value(found));
        }
    }

    /// A text of at most `most` characters.
    pub(super) fn text(&mut self, path: impl Into<String>, text: &str, most: usize) {
        let count = text.chars().count();
        if count > most {
            self.add(Problem::new(path, format!("has {count} characters; at most {most} are allowed")));
        }
    }

    /// LaunchDarkly's rule for context kinds.
    pub(super) fn context_kind(&mut self, path: impl Into<String>, kind: &str) {
        let reason = match kind {
            "" => "is empty",
            "kind" | "multi" => {
                "has a meaning of its own in LaunchDarkly's model and names no kind of context"
            }
            _ if kind.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')) => return,
            _ => "is no context kind; letters, digits, '.', '_' and '-' are allowed",
        };
        self.add(Problem::new(path, reason).value(kind));
    }
}

/// Names between commas, the last one after "and"; long lists are cut.
pub(super) fn list<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] if first.len() < 10 => format!("{} and {last}", first.join(", ")),
        many => format!("{} and {} more", many[..9].join(", "), many.len() - 9),
    }
}

/// Keys as texts.
pub(super) fn words<'a>(keys: impl IntoIterator<Item = &'a Key>) -> Vec<&'a str> {
    keys.into_iter().map(|k| &**k).collect()
}
