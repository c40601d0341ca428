//! At which line and column what stands in a text.

use std::collections::HashSet;

use saphyr_parser::{Event, Parser, Span};

/// A place in a text, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// What stands where in one document.
#[derive(Debug)]
pub(crate) struct Node {
    mark: Mark,
    inside: Inside,
}

#[derive(Debug)]
enum Inside {
    Scalar(String),
    List(Vec<Node>),
    /// Each field's name, where that stands, and its value.
    Fields(Vec<(String, Mark, Node)>),
}

/// What is being read: a list or an object that is not at its end, and the name that waits for its value.
struct Open {
    node: Node,
    name: Option<(String, Mark)>,
}

/// The documents of a text, YAML or JSON; those before the first mistake, where it has one.
pub(crate) fn documents(text: &str) -> Vec<Node> {
    let (mut done, mut open): (Vec<Node>, Vec<Open>) = (vec![], vec![]);
    let mut parser = Parser::new_from_str(text);
    while let Some(Ok((event, span))) = parser.next_event() {
        let begun = |inside| Open { node: Node { mark: mark(span), inside }, name: None };
        let ended = match event {
            Event::SequenceStart(..) => {
                open.push(begun(Inside::List(vec![])));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(begun(Inside::Fields(vec![])));
                continue;
            }
            Event::Scalar(text, ..) => Some(begun(Inside::Scalar(text.into_owned())).node),
            Event::Alias(_) => Some(begun(Inside::Scalar(String::new())).node),
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|open| open.node),
            Event::StreamEnd => break,
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => None,
        };
        let Some(node) = ended else { continue };
        match open.last_mut() {
            None => done.push(node),
            Some(Open { node: around, name }) => match &mut around.inside {
                Inside::List(items) => items.push(node),
                Inside::Fields(fields) => match name.take() {
                    Some((name, at)) => fields.push((name, at, node)),
                    None => *name = Some((node.scalar().unwrap_or_default().to_owned(), node.mark)),
                },
                Inside::Scalar(_) => {}
            },
        }
    }
    done
}

fn mark(span: Span) -> Mark {
    Mark { line: span.start.line(), column: span.start.col() + 1 }
}

impl Node {
    fn scalar(&self) -> Option<&str> {
        match &self.inside {
            Inside::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The first field that an object in it has more than once, and where it stands again.
    pub(crate) fn twice(&self) -> Option<(&str, Mark)> {
        match &self.inside {
            Inside::Scalar(_) => None,
            Inside::List(items) => items.iter().find_map(Node::twice),
            Inside::Fields(fields) => {
                let mut seen = HashSet::new();
                let again = fields.iter().find(|(name, ..)| !seen.insert(name));
                let again = again.map(|(name, at, _)| (name.as_str(), *at));
                again.or_else(|| fields.iter().find_map(|(.., node)| node.twice()))
            }
        }
    }

    fn field(&self, name: &str) -> Option<(Mark, &Node)> {
        match &self.inside {
            Inside::Fields(fields) => {
                fields.iter().find(|(field, ..)| field == name).map(|(_, at, node)| (*at, node))
            }
            _ => None,
        }
    }

    /// Where `path` stands, as `rules[2].clauses`: the name of the field, or the beginning of the element; as far
    /// as there is something. Elements are named by position, or by what tells them apart.
    pub(crate) fn find(&self, path: &str) -> Mark {
        let (mut at, mut node) = (self.mark, self);
        for part in
            path.split(['.', '[']).map(|part| part.trim_end_matches(']')).filter(|part| !part.is_empty())
        {
            let found = match &node.inside {
                Inside::List(items) => {
                    let position = part.parse::<usize>().ok();
                    let found = position.and_then(|at| items.get(at));
                    found
                        .or_else(|| items.iter().find(|item| item.is_called(part)))
                        .map(|item| (item.mark, item))
                }
                _ => node.field(part),
            };
            let Some((mark, inner)) = found else { break };
            (at, node) = (mark, inner);
        }
        at
    }

    /// True where one of the fields by which elements are told apart has this value, or it is this value.
    fn is_called(&self, name: &str) -> bool {
        const NAMES: [&str; 6] = ["id", "key", "variation", "name", "kind", "contextKind"];
        let parts: Vec<_> = name.split('/').collect();
        let is = |node: &Node| node.scalar().is_some_and(|text| parts.contains(&text));
        is(self) || NAMES.iter().filter_map(|name| self.field(name)).any(|(_, node)| is(node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, document: usize, path: &str) -> (usize, usize) {
        let mark = documents(text)[document].find(path);
        (mark.line, mark.column)
    }

    #[test]
    fn yaml() {
        let text = "# first\n---\nkind: flag\nkey: f\n---\nkind: targeting\nrules:\n- id: r1\n  clauses:\n  - attribute: plan\n    op: in\n- id: r2\n  \"a b\": {c: [1, 2]}\n";
        for (document, path, place) in [
            (0, "", (3, 1)),
            (0, "key", (4, 1)),
            (0, "missing.deeper", (3, 1)),
            (1, "rules[0].clauses[0].op", (11, 5)),
            (1, "rules[r2]", (12, 3)),
            (1, "rules[1].a b.c[1]", (13, 18)),
            (1, "rules[7].id", (7, 1)),
        ] {
            assert_eq!(at(text, document, path), place, "{document} {path}");
        }
    }

    #[test]
    fn json() {
        let text =
            "[\n\t{\"kind\": \"flag\",\n\t \"variations\": [{\"id\": \"on\", \"value\": {\"a\": null}}]}\n]";
        assert_eq!(at(text, 0, "[0].variations[0].value.a"), (3, 41));
        assert_eq!(at(text, 0, "[0].variations[on].id"), (3, 19));
    }

    #[test]
    fn broken_texts_have_what_is_before_the_mistake() {
        assert_eq!(documents("a: 1\n---\nb: [1, 2\n").len(), 1);
        assert_eq!(documents("").len(), 0);
        documents(&"[".repeat(10_000));
    }
}
