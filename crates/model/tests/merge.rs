//! Merging by field, and telling what differs.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use switchyard_model::Resource;
use switchyard_model::merge::{Conflict, difference, merge};
use switchyard_testkit::{full, variants};

fn resource(json: &Value) -> Resource {
    Resource::from_json(json.clone()).unwrap_or_else(|problem| panic!("{problem:?}: {json}"))
}

fn run(base: &Value, ours: &Value, theirs: &Value) -> Result<Value, Vec<Conflict>> {
    let merged = merge(Some(&resource(base)), Some(&resource(ours)), Some(&resource(theirs)))?;
    Ok(merged.expect("is there on both sides").to_json())
}

/// A copy of `json` with the values at these pointers; `null` takes away.
fn with(json: &Value, changes: &[(&str, Value)]) -> Value {
    let mut json = json.clone();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        match json.pointer_mut(parent).expect("a parent") {
            Value::Object(fields) if value.is_null() => drop(fields.remove(name)),
            Value::Object(fields) => drop(fields.insert(name.into(), value.clone())),
            Value::Array(list) if name == "-" => list.push(value.clone()),
            Value::Array(list) if value.is_null() => drop(list.remove(name.parse().expect("an index"))),
            Value::Array(list) => list[name.parse::<usize>().expect("an index")] = value.clone(),
            other => panic!("nothing below {other}"),
        }
    }
    json
}

/// Both sides' changes go together, and both ways round.
#[track_caller]
fn goes(base: &Value, ours: &[(&str, Value)], theirs: &[(&str, Value)], both: &[(&str, Value)]) {
    let (ours, theirs) = (with(base, ours), with(base, theirs));
    let expected = resource(&with(base, both)).to_json();
    assert_eq!(run(base, &ours, &theirs).expect("goes together"), expected);
    assert_eq!(run(base, &theirs, &ours).expect("goes together"), expected);
}

/// The sides' changes conflict at these paths.
#[track_caller]
fn conflicts(base: &Value, ours: &[(&str, Value)], theirs: &[(&str, Value)], paths: &[&str]) {
    let found = run(base, &with(base, ours), &with(base, theirs)).expect_err("conflicts");
    assert_eq!(found.iter().map(|c| c.path.as_str()).collect::<Vec<_>>(), paths);
}

fn rule(id: &str, variation: i64) -> Value {
    json!({"id": id, "clauses": [], "trackEvents": false, "variation": variation})
}

fn targeting() -> Value {
    json!({"kind": "targeting", "key": "f", "on": true, "fallthrough": {"variation": 0}, "offVariation": 1,
        "rules": [rule("r1", 0), rule("r2", 1), rule("r3", 0)], "targets": [{"values": ["a", "b"], "variation": 0}]})
}

fn arm(id: &str, weight: u32) -> Value {
    json!({"id": id, "weight": weight, "action": {"type": "service", "service": "s", "subset": "v1"}})
}

fn route() -> Value {
    json!({"kind": "route", "key": "f", "listener": "l", "match": {"hosts": ["x"]},
        "split": {"by": "weight", "arms": [
            with(&arm("a", 90_000), &[("/slices", json!([[0, 90_000]]))]),
            with(&arm("b", 10_000), &[("/slices", json!([[90_000, 100_000]]))])]}})
}

#[test]
fn different_fields_go_together() {
    let t = targeting();
    let clauses = json!([{"attribute": "plan", "op": "in", "values": ["pro"]}]);
    goes(
        &t,
        &[("/on", json!(false))],
        &[("/rules/1/clauses", clauses.clone())],
        &[("/on", json!(false)), ("/rules/1/clauses", clauses.clone())],
    );
    // The same rule: what it asks and what it serves.
    goes(
        &t,
        &[("/rules/1/variation", json!(0))],
        &[("/rules/1/clauses", clauses.clone())],
        &[("/rules/1/variation", json!(0)), ("/rules/1/clauses", clauses.clone())],
    );
    // Rules that moved are still themselves.
    goes(
        &t,
        &[("/rules", json!([rule("r3", 0), rule("r1", 0), rule("r2", 1)]))],
        &[("/rules/0/clauses", clauses.clone())],
        &[("/rules", json!([rule("r3", 0), with(&rule("r1", 0), &[("/clauses", clauses)]), rule("r2", 1)]))],
    );
    goes(
        &t,
        &[("/rules/0", Value::Null)],
        &[("/rules/-", rule("r4", 1))],
        &[("/rules", json!([rule("r2", 1), rule("r3", 0), rule("r4", 1)]))],
    );
    goes(
        &t,
        &[("/targets/0/values", json!(["a"]))],
        &[("/targets/0/values", json!(["a", "b", "c"]))],
        &[("/targets/0/values", json!(["a", "c"]))],
    );
    let sets = json!({"kind": "segment", "key": "s", "included": ["a", "b"], "tags": ["m", "x"]});
    goes(
        &sets,
        &[("/included", json!(["b"])), ("/tags/-", json!("z"))],
        &[("/included", json!(["a", "b", "c"])), ("/tags", json!(["b", "m"]))],
        &[("/included", json!(["b", "c"])), ("/tags", json!(["b", "m", "z"]))],
    );
    // Both the same.
    goes(&t, &[("/on", json!(false))], &[("/on", json!(false))], &[("/on", json!(false))]);
}

#[test]
fn the_same_field_conflicts_and_both_sides_are_named() {
    let t = targeting();
    conflicts(
        &t,
        &[("/offVariation", json!(0)), ("/rules/0/variation", json!(1))],
        &[("/offVariation", Value::Null), ("/rules/0/variation", json!(2)), ("/on", json!(false))],
        &["offVariation", "rules[r1].serve"],
    );
    conflicts(&t, &[("/rules/2", Value::Null)], &[("/rules/2/variation", json!(1))], &["rules[r3]"]);
    conflicts(&t, &[("/rules/-", rule("n", 0))], &[("/rules/-", rule("n", 1))], &["rules[n].serve"]);
    let (a, b, c) = (rule("r1", 0), rule("r2", 1), rule("r3", 0));
    conflicts(&t, &[("/rules", json!([b, a, c]))], &[("/rules", json!([a, c, b]))], &["rules"]);
    // What is served is one thing: a variation of one side never stands beside a rollout of the other.
    let rollout = json!({"rollout": {"variations": [{"variation": 0, "weight": 100_000}]}});
    conflicts(
        &t,
        &[("/fallthrough", rollout)],
        &[("/fallthrough", json!({"variation": 1}))],
        &["fallthrough"],
    );

    let found =
        run(&t, &with(&t, &[("/offVariation", json!(0))]), &with(&t, &[("/offVariation", Value::Null)]));
    let expected =
        Conflict { path: "offVariation".into(), base: Some(json!(1)), ours: Some(json!(0)), theirs: None };
    assert_eq!(found.expect_err("conflicts"), [expected]);
}

#[test]
fn weights_go_as_a_whole_and_slices_follow_from_ours() {
    let r = route();
    let weights = |a: u32, b: u32| [("/split/arms/0/weight", json!(a)), ("/split/arms/1/weight", json!(b))];
    conflicts(&r, &weights(50_000, 50_000), &weights(0, 100_000), &["split.weights"]);

    let redirect = json!({"type": "redirect", "location": "/x", "status": 302});
    let ours = with(&r, &[("/split/arms/0/action", redirect.clone())]);
    let merged = run(&r, &ours, &with(&r, &weights(50_000, 50_000))).expect("goes together");
    assert_eq!(merged["split"]["arms"][0]["action"], redirect);
    assert_eq!(merged["split"]["arms"][1]["slices"], json!([[50_000, 100_000]]));

    // An arm that has no weight comes and goes beside the others' weights; one that got some must stay.
    let third = with(&r, &[("/split/arms/-", arm("c", 0))]);
    let merged = run(&third, &r, &with(&third, &weights(20_000, 80_000))).expect("goes together");
    assert_eq!(merged["split"]["arms"].as_array().map(Vec::len), Some(2));
    conflicts(
        &third,
        &[("/split/arms/2", Value::Null)],
        &[("/split/arms/2/weight", json!(10_000)), ("/split/arms/0/weight", json!(80_000))],
        &["split.arms[c].weight"],
    );
    let by_flag = json!({"by": "flag", "flag": "g", "arms": [{"variation": "on", "action": redirect}]});
    conflicts(&r, &[("/split", by_flag)], &weights(50_000, 50_000), &["split"]);
    conflicts(
        &r,
        &[("/split/contextKind", json!("org"))],
        &[("/split/bucketBy", json!("plan"))],
        &["split.sticky"],
    );
}

#[test]
fn variations_never_shift() {
    let variation = |id: &str| json!({"id": id, "value": id});
    let flag = json!({"kind": "flag", "key": "f", "variations": [variation("a"), variation("b")]});
    let added = |id: &str| [("/variations/-", variation(id))];
    conflicts(&flag, &added("c"), &added("d"), &["variations"]);
    // Reverting "added c" when d came after it would make d another index.
    let with_c = with(&flag, &added("c"));
    conflicts(&with_c, &added("d"), &[("/variations/2", Value::Null)], &["variations"]);
    goes(
        &flag,
        &added("c"),
        &[("/variations/0/value", json!("A"))],
        &[("/variations/0/value", json!("A")), ("/variations/-", variation("c"))],
    );
}

#[test]
fn coming_and_going() {
    let t = resource(&targeting());
    let off = resource(&with(&targeting(), &[("/on", json!(false))]));
    assert_eq!(merge(None, None, None), Ok(None));
    assert_eq!(merge(None, Some(&t), None), Ok(Some(t.clone())));
    assert_eq!(merge(Some(&t), Some(&t), None), Ok(None));
    assert_eq!(merge(Some(&t), None, Some(&t)), Ok(None));
    let paths = |found: Result<_, Vec<Conflict>>| -> Vec<String> {
        found.expect_err("conflicts").into_iter().map(|c| c.path).collect()
    };
    assert_eq!(paths(merge(Some(&t), Some(&off), None)), [""]);
    assert_eq!(paths(merge(Some(&t), None, Some(&off))), [""]);
    assert_eq!(paths(merge(None, Some(&t), Some(&off))), ["on"]);
}

#[test]
fn differences_name_elements_by_identity() {
    let lines = |before: &Value, after: &Value| -> Vec<String> {
        let side = |value: Option<Value>| value.map_or("nothing".into(), |v| v.to_string());
        let changes = difference(Some(&resource(before)), Some(&resource(after)));
        changes.into_iter().map(|c| format!("{}: {} -> {}", c.path, side(c.before), side(c.after))).collect()
    };
    let t = targeting();
    let after = with(
        &t,
        &[
            ("/on", json!(false)),
            ("/rules", json!([rule("r3", 0), with(&rule("r1", 0), &[("/description", json!("d"))])])),
            ("/targets/0/values", json!(["b", "c"])),
            ("/offVariation", Value::Null),
        ],
    );
    assert_eq!(
        lines(&t, &after),
        [
            "offVariation: 1 -> nothing",
            "on: true -> false",
            "rules[r1].description: nothing -> \"d\"",
            "rules[r2]: {\"id\":\"r2\",\"clauses\":[],\"trackEvents\":false,\"variation\":1} -> nothing",
            "rules: [\"r1\",\"r3\"] -> [\"r3\",\"r1\"]",
            "targets[user/0].values[a]: \"a\" -> nothing",
            "targets[user/0].values[c]: nothing -> \"c\"",
        ]
    );
    let r = route();
    let weights = [("/split/arms/0/weight", json!(100_000)), ("/split/arms/1/weight", json!(0))];
    assert_eq!(
        lines(&r, &with(&r, &weights)),
        ["split.arms[a].weight: 90000 -> 100000", "split.arms[b].weight: 10000 -> 0"]
    );
    assert_eq!(lines(&t, &t), [""; 0]);
    let whole = difference(None, Some(&resource(&t)));
    assert_eq!((whole.len(), whole[0].path.as_str(), &whole[0].before), (1, "", &None));
}

/// Targetings of a few rules, targets and fields, alike enough to meet often.
fn targetings() -> impl Strategy<Value = Value> {
    let rules = proptest::sample::subsequence(vec!["r1", "r2", "r3", "r4"], 0..=4).prop_shuffle();
    let values = proptest::sample::subsequence(vec!["u", "v", "w"], 1..=3);
    let serves = proptest::collection::vec(0..3_i64, 4);
    (any::<bool>(), rules, serves, values, 0..3_i64, any::<bool>()).prop_map(
        |(on, rules, serves, values, off, rollout)| {
            let rules: Vec<_> = rules.iter().zip(serves).map(|(id, serve)| rule(id, serve)).collect();
            let fallthrough = if rollout {
                json!({"rollout": {"variations": [{"variation": off, "weight": 100_000}]}})
            } else {
                json!({ "variation": off })
            };
            let targets = json!([{"values": values, "variation": 0}]);
            json!({"kind": "targeting", "key": "f", "on": on, "rules": rules, "offVariation": off,
                "fallthrough": fallthrough, "targets": targets})
        },
    )
}

/// Routes by weight of a few arms.
fn routes() -> impl Strategy<Value = Value> {
    let ids = proptest::sample::subsequence(vec!["a", "b", "c", "d"], 1..=4);
    (ids, proptest::collection::vec(1..4_u32, 3), 1..3_u32).prop_map(|(ids, parts, timeout)| {
        let mut left = 100_000;
        let mut arms: Vec<_> = ids[1..].iter().zip(parts).map(|(id, part)| {
            left -= part * 10_000;
            arm(id, part * 10_000)
        }).collect();
        arms.insert(0, arm(ids[0], left));
        json!({"kind": "route", "key": "f", "listener": "l", "timeoutMs": timeout, "split": {"by": "weight", "arms": arms}})
    })
}

/// Every single value with the identities that lead to it, so that positions don't matter.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let id = fields.get("id").and_then(Value::as_str).unwrap_or_default();
            for (name, value) in fields.iter().filter(|(name, _)| *name != "slices") {
                leaves(value, &format!("{path}/{id}.{name}"), found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| leaves(value, path, found)),
        single => found.push(format!("{path}={single}")),
    }
}

fn all_leaves(value: &Value) -> Vec<String> {
    let mut found = vec![];
    leaves(value, "", &mut found);
    found
}

/// The sum of a route's weights.
fn weighs(route: &Value) -> Option<u64> {
    let arms = route["split"]["arms"].as_array()?;
    arms.iter().map(|arm| arm["weight"].as_u64()).sum()
}

/// With the elements of lists in one order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(list) => {
            let mut list: Vec<_> = list.iter().map(sorted).collect();
            list.sort_by_key(Value::to_string);
            Value::Array(list)
        }
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), sorted(value))).collect(),
        single => single.clone(),
    }
}

fn check_laws(base: &Value, ours: &Value, theirs: &Value) -> Result<(), TestCaseError> {
    let (b, o, t) = (resource(base), resource(ours), resource(theirs));
    prop_assert_eq!(merge(Some(&b), Some(&o), Some(&b)), Ok(Some(o.clone())));
    prop_assert_eq!(merge(Some(&b), Some(&b), Some(&t)), Ok(Some(t.clone())));
    prop_assert_eq!(merge(Some(&b), Some(&o), Some(&o)), Ok(Some(o.clone())));
    let differ = difference(Some(&o), Some(&t));
    prop_assert!(o != t || differ.is_empty());
    prop_assert!(
        !differ.is_empty() || sorted(&o.to_json()) == sorted(&t.to_json()),
        "only a set's order is none"
    );
    let both = (merge(Some(&b), Some(&o), Some(&t)), merge(Some(&b), Some(&t), Some(&o)));
    prop_assert_eq!(both.0.is_ok(), both.1.is_ok(), "a conflict has no side");
    match both.0 {
        Ok(merged) => {
            let merged = merged.expect("is there on both sides").to_json();
            let (ours, theirs) = (all_leaves(&o.to_json()), all_leaves(&t.to_json()));
            for leaf in all_leaves(&merged) {
                prop_assert!(ours.contains(&leaf) || theirs.contains(&leaf), "{leaf} is nobody's");
            }
            if [base, &o.to_json(), &t.to_json()].iter().all(|side| weighs(side) == Some(100_000)) {
                prop_assert_eq!(weighs(&merged), Some(100_000));
            }
        }
        Err(conflicts) => {
            prop_assert!(!conflicts.is_empty());
            for conflict in conflicts {
                prop_assert!(conflict.ours != conflict.theirs, "{conflict:?}");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn laws_for_targetings(base in targetings(), ours in targetings(), theirs in targetings()) {
        check_laws(&base, &ours, &theirs)?;
    }

    #[test]
    fn laws_for_routes(base in routes(), ours in routes(), theirs in routes()) {
        check_laws(&base, &ours, &theirs)?;
    }

    #[test]
    fn laws_for_every_kind(
        kind in 0..8_usize,
        base in changes(),
        ours in changes(),
        theirs in changes(),
    ) {
        let base = changed(&full()[kind], &base);
        check_laws(&base, &changed(&base, &ours), &changed(&base, &theirs))?;
    }
}

/// A few changes, each in one place.
fn changes() -> impl Strategy<Value = Vec<Index>> {
    proptest::collection::vec(any::<Index>(), 0..4)
}

/// The resource with these changes, those left out with which it would be none.
fn changed(json: &Value, changes: &[Index]) -> Value {
    let mut json = json.clone();
    for change in changes {
        let all = variants(&json);
        let next = change.get(&all);
        let is_one = Resource::from_json(next.clone()).is_ok_and(|read| keeps_identities(&read.to_json()));
        if is_one && next["kind"] == json["kind"] && next["key"] == json["key"] {
            json = next.clone();
        }
    }
    json
}

/// True where no list has the same element twice: what validation refuses is never merged.
fn keeps_identities(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.values().all(keeps_identities),
        Value::Array(list) => {
            let identity = |item: &Value| {
                let of = ["id", "variation", "name", "kind", "key", "contextKind"]
                    .map(|field| item[field].clone());
                if item.is_object() && item.get("attribute").is_none() { json!(of) } else { item.clone() }
            };
            let all: Vec<_> = list.iter().map(identity).collect();
            all.iter().enumerate().all(|(at, one)| !all[..at].contains(one))
                && list.iter().all(keeps_identities)
        }
        _ => true,
    }
}
