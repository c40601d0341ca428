//! What differs between two resources.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::FieldChange;
use super::shape::{self, Shape, below};
use crate::Resource;

/// Every field that differs between two states of one resource; empty where they are equal.
pub fn difference(before: Option<&Resource>, after: Option<&Resource>) -> Vec<FieldChange> {
    let mut changes = vec![];
    match (before, after) {
        (Some(before), Some(after)) if before.kind() == after.kind() => {
            let (shape, before, after) = (shape::of(before.kind()), before.to_json(), after.to_json());
            compare(&mut changes, String::new(), shape, Some(&before), Some(&after));
        }
        (before, after) => {
            let (before, after) = (before.map(Resource::to_json), after.map(Resource::to_json));
            compare(&mut changes, String::new(), &Shape::Unit, before.as_ref(), after.as_ref());
        }
    }
    changes
}

fn compare(
    changes: &mut Vec<FieldChange>,
    path: String,
    shape: &Shape,
    before: Option<&Value>,
    after: Option<&Value>,
) {
    if before == after {
        return;
    }
    match (shape, before, after) {
        (Shape::Fields(_), Some(Value::Object(b)), Some(Value::Object(a))) if b.get("by") == a.get("by") => {
            // In one order, whichever way the two were written.
            for name in b.keys().chain(a.keys()).collect::<BTreeSet<_>>() {
                compare(changes, below(&path, name), shape.field(name), b.get(name), a.get(name));
            }
        }
        (Shape::Keyed { by, element, .. }, _, _) => {
            let (b, a) = (elements(before), elements(after));
            match (shape::names(b, by), shape::names(a, by)) {
                (Some(b_names), Some(a_names)) => {
                    keyed(changes, &path, element, (b, &b_names), (a, &a_names));
                }
                _ => push(changes, path, before, after),
            }
        }
        (Shape::Set, _, _) => set(changes, path, elements(before), elements(after)),
        _ => push(changes, path, before, after),
    }
}

type Named<'a> = (&'a [Value], &'a [String]);

fn keyed(changes: &mut Vec<FieldChange>, path: &str, element: &Shape, before: Named<'_>, after: Named<'_>) {
    let find = |(list, names): Named<'_>, name: &String| {
        names.iter().position(|n| n == name).map(|at| list[at].clone())
    };
    let added = after.1.iter().filter(|name| !before.1.contains(name));
    for name in before.1.iter().chain(added) {
        let (b, a) = (find(before, name), find(after, name));
        compare(changes, format!("{path}[{name}]"), element, b.as_ref(), a.as_ref());
    }
    let order = |mine: &[String], other: &[String]| -> Vec<Value> {
        mine.iter().filter(|n| other.contains(n)).map(|n| Value::from(n.as_str())).collect()
    };
    let (b, a) = (order(before.1, after.1), order(after.1, before.1));
    if b != a {
        push(changes, path.to_owned(), Some(&Value::Array(b)), Some(&Value::Array(a)));
    }
}

/// One change for each value that came or went; the whole list where only order or repetition differs.
fn set(changes: &mut Vec<FieldChange>, path: String, before: &[Value], after: &[Value]) {
    let (was, is): (HashSet<_>, HashSet<_>) = (before.iter().collect(), after.iter().collect());
    if was == is {
        let list = |values: &[Value]| Value::Array(values.to_vec());
        return push(changes, path, Some(&list(before)), Some(&list(after)));
    }
    let element = |value: &Value| format!("{path}[{}]", value.as_str().unwrap_or_default());
    for gone in before.iter().filter(|v| !is.contains(v)) {
        push(changes, element(gone), Some(gone), None);
    }
    for new in after.iter().filter(|v| !was.contains(v)) {
        push(changes, element(new), None, Some(new));
    }
}

fn push(changes: &mut Vec<FieldChange>, path: String, before: Option<&Value>, after: Option<&Value>) {
    changes.push(FieldChange { path, before: before.cloned(), after: after.cloned() });
}

fn elements(list: Option<&Value>) -> &[Value] {
    list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
