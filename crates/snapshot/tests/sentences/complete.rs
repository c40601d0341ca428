//! Whatever differs is said: of each kind a resource with all that there can be in it is changed in one place after
//! the other, and each time there are words for it, which a person can read.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use switchyard_model::merge::{FieldChange, difference};
use switchyard_model::{AppliedEdit, Edit, Manifest, Op, Resource};
use switchyard_snapshot::sentences::edit_sentence;
use switchyard_testkit::{full, variants};

use super::{names, said};

fn read(json: &Value) -> Option<Manifest> {
    Manifest::from_json(json.clone(), Some("production")).ok()
}

/// What is wrong with a sentence by itself, if anything is.
fn unreadable(sentence: &str) -> Option<&'static str> {
    let marks =
        ["Some(", "None", "::", " { ", "{\"", "[\"", "  ", " ,", " ;", ": ;", "“”", "()", " . ", "null"];
    let ends = ["", " ", ":", ";", ",", " and", " or", " to", " from", " of"];
    let of_marks = marks.into_iter().find(|mark| sentence.contains(mark));
    of_marks.or_else(|| ends.into_iter().skip(1).find(|end| sentence.ends_with(end)))
}

/// Whether only the order of a list differs.
fn is_reordered(field: &FieldChange) -> bool {
    let sorted = |value: &Option<Value>| {
        let mut list: Vec<_> = value.as_ref()?.as_array()?.iter().map(Value::to_string).collect();
        list.sort();
        Some(list)
    };
    sorted(&field.before).is_some_and(|before| Some(before) == sorted(&field.after))
}

/// Whether what words are made of is there: validation refuses the rest, with its own words.
fn is_named(value: &Value) -> bool {
    let all_have = |list: &Value, names: &[&str]| {
        let mut items = list.as_array().into_iter().flatten();
        items.all(|item| names.iter().all(|name| item.get(name).is_some_and(|value| value != "")))
    };
    match value {
        Value::Object(fields) => fields.iter().all(|(name, value)| {
            let needed: &[&str] = match name.as_str() {
                "clauses" => &["attribute", "op"],
                "prerequisites" => &["key"],
                _ => &[],
            };
            all_have(value, needed) && is_named(value)
        }),
        Value::Array(list) => list.iter().all(is_named),
        _ => true,
    }
}

#[test]
fn every_difference_has_its_words() {
    let (mut told, mut silent, mut clumsy) = (BTreeSet::new(), vec![], vec![]);
    for one in full() {
        let before = read(&one).unwrap_or_else(|| panic!("{one}"));
        for (was, now) in [(json!(null), one.clone()), (one.clone(), json!(null))] {
            told.insert(said(was, now));
        }
        let mut cases = 0;
        for other in variants(&one) {
            let after = read(&other).filter(|after| after.id() == before.id() && is_named(&other));
            let Some(after) = after else { continue };
            let fields = difference(Some(&before.resource), Some(&after.resource));
            if fields.is_empty() {
                continue;
            }
            cases += 1;
            for (was, now) in [(one.clone(), other.clone()), (other.clone(), one.clone())] {
                let sentence = said(was, now);
                let place: Vec<_> = fields.iter().map(|field| field.path.clone()).collect();
                let untold = sentence.ends_with("stays as it is")
                    || sentence.ends_with("lists the same in another order")
                        && !fields.iter().all(is_reordered);
                if untold {
                    silent.push(format!("{} {place:?}", before.id()));
                } else if let Some(why) = unreadable(&sentence) {
                    clumsy.push(format!("{why:?} in: {sentence}"));
                }
                told.insert(sentence);
            }
        }
        assert!(cases > 15, "{}: only {cases} cases", before.id());
    }
    silent.sort();
    silent.dedup();
    assert!(
        silent.is_empty() && clumsy.is_empty(),
        "silent:\n{}\nclumsy:\n{}",
        silent.join("\n"),
        clumsy.join("\n")
    );
    // All of them, to be read by whoever changes one.
    insta::assert_snapshot!(told.into_iter().collect::<Vec<_>>().join("\n"));
}

/// One operation of each sort, on one of the full resources by its kind.
fn operations() -> Vec<(usize, Value)> {
    let serve = json!({ "variation": 1 });
    let clauses = json!([{ "attribute": "plan", "op": "in", "values": ["pro"] }]);
    let service = json!({ "type": "service", "service": "shop", "subset": "v9" });
    let unnamed = || {
        let mut flag = full()[0].clone();
        flag.as_object_mut().unwrap().remove("name");
        flag
    };
    vec![
        (0, json!({ "type": "put", "resource": unnamed() })),
        (0, json!({ "type": "delete" })),
        (0, json!({ "type": "setDetails", "name": "Another name" })),
        (0, json!({ "type": "addVariation", "variation": { "id": "odd", "value": "odd" } })),
        (0, json!({ "type": "setVariation", "variation": { "id": "old", "value": "older" } })),
        (0, json!({ "type": "removeVariation", "id": "old" })),
        (1, json!({ "type": "setOn", "on": false })),
        (1, json!({ "type": "setServe", "serve": serve })),
        (1, json!({ "type": "addRule", "rule": { "id": "three", "clauses": clauses, "variation": 0 } })),
        (1, json!({ "type": "setClauses", "rule": "one", "clauses": clauses })),
        (1, json!({ "type": "removeRule", "rule": "one" })),
        (1, json!({ "type": "moveRule", "rule": "one", "index": 1 })),
        (1, json!({ "type": "setTargets", "variation": 0, "values": ["dora"] })),
        (1, json!({ "type": "setPrerequisites", "prerequisites": [] })),
        (1, json!({ "type": "setOffVariation", "variation": null })),
        (5, json!({ "type": "setWeights", "weights": { "v1": 40_000, "v2": 50_000 } })),
        (5, json!({ "type": "setSplit", "split": full()[6]["split"] })),
        (5, json!({ "type": "setMatch", "match": { "methods": ["GET"] } })),
        (5, json!({ "type": "setArm", "arm": "v3", "action": service })),
        (2, json!({ "type": "setManagedBy", "writer": "page" })),
        (0, json!({ "type": "setLifecycle", "flagType": "permission", "expires": "", "archived": false })),
    ]
}

/// The operation's place in the list; what is added to the operations has to be added here, and above.
fn place(op: &Op) -> usize {
    match op {
        Op::Put { .. } => 0,
        Op::Delete => 1,
        Op::SetDetails { .. } => 2,
        Op::AddVariation { .. } => 3,
        Op::SetVariation { .. } => 4,
        Op::RemoveVariation { .. } => 5,
        Op::SetOn { .. } => 6,
        Op::SetServe { .. } => 7,
        Op::AddRule { .. } => 8,
        Op::SetClauses { .. } => 9,
        Op::RemoveRule { .. } => 10,
        Op::MoveRule { .. } => 11,
        Op::SetTargets { .. } => 12,
        Op::SetPrerequisites { .. } => 13,
        Op::SetOffVariation { .. } => 14,
        Op::SetWeights { .. } => 15,
        Op::SetSplit { .. } => 16,
        Op::SetMatch { .. } => 17,
        Op::SetArm { .. } => 18,
        Op::SetManagedBy { .. } => 19,
        Op::SetLifecycle { .. } => 20,
    }
}

#[test]
fn every_operation_is_said() {
    let mut said = vec![];
    for (at, (which, op)) in operations().into_iter().enumerate() {
        let before = read(&full()[which]).unwrap();
        let (target, resource) = (before.id(), before.resource);
        let target_json = serde_json::to_value(&target).unwrap();
        let edit = Edit::from_json(json!({ "target": target_json, "op": op })).unwrap();
        assert_eq!(place(&edit.op), at, "{op}");
        let after = edit.apply(Some(&resource)).unwrap_or_else(|problems| panic!("{op}: {problems:?}"));
        let after: Option<Arc<Resource>> = after.map(Arc::new);
        let mut names = names();
        names.set(target.clone(), after.clone(), 2);
        let applied = AppliedEdit { target, op: edit.op, before: Some(Arc::new(resource)), after };
        let sentence = edit_sentence(&applied, &names).to_string();
        assert!(!sentence.ends_with("stays as it is"), "{op}: {sentence}");
        assert_eq!(unreadable(&sentence), None, "{op}: {sentence}");
        said.push(format!("{}: {sentence}", op["type"].as_str().unwrap()));
    }
    insta::assert_snapshot!(said.join("\n"));
}
