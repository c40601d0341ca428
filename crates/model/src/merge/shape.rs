//! What the parts of a resource's JSON are to a merge and to a difference.

use serde_json::Value;

use crate::ids::Kind;

/// How a part of a resource may be taken apart.
pub(super) enum Shape {
    /// Not at all.
    Unit,
    /// An object, by field; fields not named are units.
    Fields(&'static [(&'static str, Shape)]),
    /// A list whose elements are told apart by these of their fields, and what the elements are.
    Keyed {
        by: &'static [&'static str],
        element: &'static Shape,
        /// True where others name elements by position, so that a merge must not shift them.
        positional: bool,
    },
    /// A list whose order means nothing.
    Set,
}

use Shape::{Fields, Keyed, Set, Unit};

impl Shape {
    /// The shape of a field of an object.
    pub(super) fn field(&self, name: &str) -> &Shape {
        match self {
            Fields(fields) => fields.iter().find(|(n, _)| *n == name).map_or(&Unit, |(_, shape)| shape),
            _ => &Unit,
        }
    }
}

const fn keyed(by: &'static [&'static str], element: &'static Shape) -> Shape {
    Keyed { by, element, positional: false }
}

const PLAIN: Shape = Fields(&[]);
const TARGET: Shape = Fields(&[("values", Set)]);

const FLAG: Shape = Fields(&[
    ("tags", Set),
    ("variations", Keyed { by: &["id"], element: &PLAIN, positional: true }),
    ("clientSideAvailability", PLAIN),
]);

const TARGETING: Shape = Fields(&[
    ("prerequisites", keyed(&["key"], &PLAIN)),
    ("targets", keyed(&["contextKind", "variation"], &TARGET)),
    ("contextTargets", keyed(&["contextKind", "variation"], &TARGET)),
    ("rules", keyed(&["id"], &PLAIN)),
]);

const SEGMENT: Shape = Fields(&[
    ("tags", Set),
    ("included", Set),
    ("excluded", Set),
    ("includedContexts", keyed(&["contextKind"], &TARGET)),
    ("excludedContexts", keyed(&["contextKind"], &TARGET)),
    ("rules", keyed(&["id"], &PLAIN)),
]);

const SERVICE: Shape = Fields(&[("tags", Set), ("subsets", keyed(&["id"], &Fields(&[("endpoints", Set)])))]);

const LISTENER: Shape = Fields(&[
    ("tags", Set),
    (
        "mapping",
        Fields(&[
            ("contexts", keyed(&["kind"], &Fields(&[("attributes", keyed(&["name"], &PLAIN))]))),
            ("untrustedHeaders", Set),
        ]),
    ),
]);

const ROUTE: Shape = Fields(&[
    ("tags", Set),
    ("match", Fields(&[("hosts", Set), ("methods", Set)])),
    ("split", Fields(&[("arms", keyed(&["id", "variation"], &PLAIN))])),
]);

const GUARDRAIL: Shape = Fields(&[("tags", Set), ("environments", Set)]);

/// The shape of a kind's resources.
pub(super) fn of(kind: Kind) -> &'static Shape {
    match kind {
        Kind::Flag => &FLAG,
        Kind::Targeting => &TARGETING,
        Kind::Segment => &SEGMENT,
        Kind::Service => &SERVICE,
        Kind::Listener => &LISTENER,
        Kind::Route => &ROUTE,
        Kind::Guardrail => &GUARDRAIL,
    }
}

/// An element's name in its list: its identifying fields, those it has, joined by `/`. A missing context
/// kind is `user`.
pub(super) fn name(element: &Value, by: &[&str]) -> Option<String> {
    let mut names = vec![];
    for field in by {
        match element.get(field) {
            Some(Value::String(text)) => names.push(text.clone()),
            Some(Value::Number(number)) => names.push(number.to_string()),
            None if *field == "contextKind" => names.push("user".into()),
            _ => {}
        }
    }
    (!names.is_empty()).then(|| names.join("/"))
}

/// The elements' names in order, or `None` where one has none or shares it.
pub(super) fn names(list: &[Value], by: &[&str]) -> Option<Vec<String>> {
    let names: Vec<String> = list.iter().map(|e| name(e, by)).collect::<Option<_>>()?;
    let unique: std::collections::HashSet<_> = names.iter().collect();
    (unique.len() == names.len()).then_some(names)
}

/// The path of a field or of an element below `path`.
pub(super) fn below(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}
