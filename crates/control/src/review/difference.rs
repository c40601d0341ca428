//! What a change does, as one hash.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use switchyard_model::{AppliedEdit, Resource, ResourceId};

/// What the hash is of; another word where its form becomes another.
const FORM: &str = "switchyard difference 1\n";

/// The SHA-256, in 64 hexadecimal digits, of what edits make of a state: every resource that is another one
/// afterwards, with both sides, in the order of their names. How it was written (one edit or five, a `put` or
/// a single field) makes no difference, nor does any resource that is not altered.
pub(crate) fn difference(edits: &[AppliedEdit]) -> String {
    let mut sides: BTreeMap<&ResourceId, (Option<&Resource>, Option<&Resource>)> = BTreeMap::new();
    for edit in edits {
        let after = edit.after.as_deref();
        sides.entry(&edit.target).or_insert((edit.before.as_deref(), after)).1 = after;
    }
    let mut text = FORM.to_owned();
    for (target, (before, after)) in sides {
        if before != after {
            let side = |resource: Option<&Resource>| resource.map(Resource::to_json);
            canonical(&json!([target, side(before), side(after)]), &mut text);
            text.push('\n');
        }
    }
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON with the names of each object in order, so that the same value is always the same text.
fn canonical(value: &Value, into: &mut String) {
    match value {
        Value::Object(fields) => {
            into.push('{');
            let ordered: BTreeMap<_, _> = fields.iter().collect();
            for (at, (name, value)) in ordered.into_iter().enumerate() {
                if at > 0 {
                    into.push(',');
                }
                into.push_str(&Value::from(name.as_str()).to_string());
                into.push(':');
                canonical(value, into);
            }
            into.push('}');
        }
        Value::Array(items) => {
            into.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    into.push(',');
                }
                canonical(item, into);
            }
            into.push(']');
        }
        plain => into.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use switchyard_model::{Kind, Op};

    fn segment(key: &str, included: &[&str]) -> Arc<Resource> {
        let json = json!({ "kind": "segment", "key": key, "included": included });
        Arc::new(Resource::from_json(json).unwrap())
    }

    fn edit(key: &str, before: Option<Arc<Resource>>, after: Option<Arc<Resource>>) -> AppliedEdit {
        let target = ResourceId::environment("production", Kind::Segment, key);
        AppliedEdit { target, op: Op::Delete, before, after }
    }

    /// Only what comes out counts: not in how many steps, in which order, or beside which idle edits.
    #[test]
    fn the_way_there_makes_no_difference() {
        let (none, some, more) = (None, Some(segment("a", &["x"])), Some(segment("a", &["x", "y"])));
        let b = edit("b", None, Some(segment("b", &[])));
        let at_once = difference(&[edit("a", none.clone(), more.clone()), b.clone()]);
        let in_steps = [
            b.clone(),
            edit("a", none.clone(), some.clone()),
            edit("c", Some(segment("c", &[])), Some(segment("c", &[]))),
            edit("a", some.clone(), more.clone()),
        ];
        assert_eq!(difference(&in_steps), at_once);
        assert_eq!(at_once.len(), 64);
        let others = [
            vec![b.clone()],
            vec![edit("a", none, some.clone()), b.clone()],
            vec![edit("a", some, more), b.clone()],
            vec![edit("a", None, Some(segment("a", &["x", "y"])))],
        ];
        for other in others {
            assert_ne!(difference(&other), at_once, "{other:?}");
        }
    }

    #[test]
    fn names_are_written_in_order() {
        let mut text = String::new();
        canonical(&json!({ "b": [1, { "d": null, "c": "\"" }], "a": 0.5 }), &mut text);
        assert_eq!(text, r#"{"a":0.5,"b":[1,{"c":"\"","d":null}]}"#);
    }
}
