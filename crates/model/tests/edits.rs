//! What edits do, and what they say when they don't fit.

use serde_json::{Value, json};
use switchyard_model::{Edit, Resource};

fn flag() -> Value {
    json!({"kind": "flag", "key": "f", "tags": ["b"], "variations": [{"id": "on", "value": true}, {"id": "off", "value": false}]})
}

fn targeting() -> Value {
    json!({"kind": "targeting", "key": "f", "on": false, "fallthrough": {"variation": 0}, "rules": [
        {"id": "r1", "clauses": [], "variation": 0}, {"id": "r2", "clauses": [], "variation": 1}]})
}

fn route() -> Value {
    let to = |subset: &str| json!({"type": "service", "service": "s", "subset": subset});
    json!({"kind": "route", "key": "f", "listener": "l", "split": {"by": "weight", "arms": [
        {"id": "a", "weight": 90000, "slices": [[0, 90000]], "action": to("v1")},
        {"id": "b", "weight": 10000, "slices": [[90000, 100000]], "action": to("v2")}]}})
}

fn run(before: Option<&Value>, kind: &str, op: Value) -> Result<Option<Value>, Vec<String>> {
    let mut target = json!({"kind": kind, "key": "f"});
    if kind != "flag" {
        target["environment"] = "production".into();
    }
    let edit: Edit = serde_json::from_value(json!({"target": target, "op": op})).expect("an edit");
    let before = before.map(|b| Resource::from_json(b.clone()).expect("a resource"));
    match edit.apply(before.as_ref()) {
        Ok(after) => Ok(after.map(|r| r.to_json())),
        Err(problems) => Err(problems.iter().map(ToString::to_string).collect()),
    }
}

/// Applies `op` to `before` and compares the part of the result at `pointer`.
#[track_caller]
fn gives(before: Value, op: Value, pointer: &str, expected: Value) {
    let kind = before["kind"].as_str().expect("a kind").to_owned();
    let after = run(Some(&before), &kind, op).expect("applies").expect("is there");
    assert_eq!(after.pointer(pointer).cloned().unwrap_or(Value::Null), expected);
}

#[track_caller]
fn refuses(before: Option<Value>, kind: &str, op: Value, expected: &[&str]) {
    assert_eq!(run(before.as_ref(), kind, op).expect_err("does not fit"), expected);
}

#[test]
fn any_kind() {
    gives(
        flag(),
        json!({"type": "setDetails", "name": "N", "tags": ["z", "a", "z"]}),
        "/tags",
        json!(["a", "z"]),
    );
    gives(flag(), json!({"type": "setDetails", "owner": "me"}), "/owner", json!("me"));
    gives(flag(), json!({"type": "setDetails", "owner": ""}), "/owner", Value::Null);
    let lives = |op: Value| {
        let mut op = op;
        op["type"] = json!("setLifecycle");
        op
    };
    let old = || {
        let mut flag = flag();
        flag["expires"] = json!("2026-12-01");
        flag
    };
    gives(flag(), lives(json!({"flagType": "operational"})), "/type", json!("operational"));
    gives(flag(), lives(json!({"expires": "2026-12-01"})), "/expires", json!("2026-12-01"));
    gives(old(), lives(json!({"archived": true})), "/expires", json!("2026-12-01"));
    gives(old(), lives(json!({"expires": ""})), "/expires", Value::Null);
    gives(flag(), lives(json!({"archived": true})), "/archived", json!(true));
    gives(flag(), lives(json!({"archived": false})), "/archived", Value::Null);
    let hint = "write it as 2026-12-01; empty takes it away";
    let said = format!("flag/f: expires: is no day (found \"soon\"); {hint}");
    refuses(Some(flag()), "flag", lives(json!({"expires": "soon"})), &[&said]);
    let said = "production/targeting/f: type: is not for a targeting (found \"setLifecycle\")";
    refuses(Some(targeting()), "targeting", lives(json!({})), &[said]);
    assert_eq!(run(Some(&flag()), "flag", json!({"type": "delete"})), Ok(None));
    assert!(run(None, "flag", json!({"type": "put", "resource": flag()})).unwrap().is_some());
    refuses(
        None,
        "route",
        json!({"type": "delete"}),
        &["production/route/f: production/route/f is not there; make it first, with `put`, or check the key"],
    );
    refuses(
        None,
        "segment",
        json!({"type": "put", "resource": {"kind": "flag", "key": "g", "variations": []}}),
        &[
            "production/segment/f: resource.kind: must be \"segment\", as the target says (found \"flag\")",
            "production/segment/f: resource.key: must be \"f\", as the target says (found \"g\")",
        ],
    );
    refuses(
        Some(targeting()),
        "targeting",
        json!({"type": "setDetails", "name": "N"}),
        &[
            "production/targeting/f: type: is not for a targeting, which has no name, description, owner or tags; \
           set them on flag/f",
        ],
    );
    refuses(
        Some(route()),
        "route",
        json!({"type": "setOn", "on": true}),
        &["production/route/f: type: is not for a route (found \"setOn\")"],
    );
}

#[test]
fn flags() {
    let new = json!({"id": "new", "value": true});
    gives(flag(), json!({"type": "addVariation", "variation": new}), "/variations/2/id", json!("new"));
    let on = json!({"id": "on", "value": false});
    gives(flag(), json!({"type": "setVariation", "variation": on}), "/variations/0/value", json!(false));
    gives(flag(), json!({"type": "removeVariation", "id": "off"}), "/variations/1", Value::Null);
    refuses(
        Some(flag()),
        "flag",
        json!({"type": "addVariation", "variation": on}),
        &["flag/f: variation.id: is taken by another variation of this flag (found \"on\")"],
    );
    refuses(
        Some(flag()),
        "flag",
        json!({"type": "setVariation", "variation": new}),
        &["flag/f: variation.id: names variation new, which is not there; the flag has on, off"],
    );
    refuses(
        Some(flag()),
        "flag",
        json!({"type": "removeVariation", "id": "on"}),
        &["flag/f: id: is not the last variation, and rules name variations by position (found \"on\"); \
           only the last one, off, can be taken away"],
    );
    let mut turned = flag();
    turned["variations"].as_array_mut().unwrap().reverse();
    let refused = run(Some(&flag()), "flag", json!({"type": "put", "resource": turned})).unwrap_err();
    assert_eq!(refused.len(), 2);
    assert!(refused[0].starts_with("flag/f: resource.variations[0].id: would move from position 1 to 0"));
}

#[test]
fn rules() {
    let rule = json!({"id": "r3", "clauses": [], "trackEvents": false, "variation": 0});
    gives(targeting(), json!({"type": "setOn", "on": true}), "/on", json!(true));
    gives(targeting(), json!({"type": "addRule", "rule": rule, "index": 0}), "/rules/0/id", json!("r3"));
    gives(targeting(), json!({"type": "addRule", "rule": rule, "index": 9}), "/rules/2/id", json!("r3"));
    gives(targeting(), json!({"type": "addRule", "rule": rule}), "/rules/2", rule.clone());
    gives(targeting(), json!({"type": "moveRule", "rule": "r1", "index": 7}), "/rules/1/id", json!("r1"));
    gives(targeting(), json!({"type": "removeRule", "rule": "r1"}), "/rules/0/id", json!("r2"));
    let clauses = json!([{"attribute": "a", "op": "in", "values": [1]}]);
    gives(
        targeting(),
        json!({"type": "setClauses", "rule": "r2", "clauses": clauses}),
        "/rules/1/clauses",
        clauses,
    );
    let rollout = json!({"variations": [{"variation": 0, "weight": 100000}]});
    let serve = json!({"rollout": rollout});
    gives(
        targeting(),
        json!({"type": "setServe", "rule": "r1", "serve": serve}),
        "/rules/0/rollout",
        rollout,
    );
    gives(
        targeting(),
        json!({"type": "setServe", "rule": "r1", "serve": serve}),
        "/rules/0/variation",
        Value::Null,
    );
    gives(targeting(), json!({"type": "setServe", "serve": serve}), "/fallthrough", serve.clone());
    gives(targeting(), json!({"type": "setOffVariation", "variation": 1}), "/offVariation", json!(1));
    let prerequisites = json!([{"key": "p", "variation": 0}]);
    let op = json!({"type": "setPrerequisites", "prerequisites": prerequisites});
    gives(targeting(), op, "/prerequisites", prerequisites);
    for op in [
        json!({"type": "setServe", "rule": "r7", "serve": serve}),
        json!({"type": "setClauses", "rule": "r7", "clauses": []}),
        json!({"type": "removeRule", "rule": "r7"}),
        json!({"type": "moveRule", "rule": "r7", "index": 0}),
    ] {
        let expected =
            "production/targeting/f: rule: names rule r7, which is not there; the targeting has r1, r2";
        refuses(Some(targeting()), "targeting", op, &[expected]);
    }
    let taken = json!({"type": "addRule", "rule": {"id": "r1"}});
    let expected = "production/targeting/f: rule.id: is taken by another rule of this flag (found \"r1\")";
    refuses(Some(targeting()), "targeting", taken, &[expected]);
}

/// Each step sets the keys of a kind for a variation; compared are `targets` and `contextTargets`.
#[test]
fn targets_stay_seen_when_other_kinds_come() {
    let steps = [
        ("user", 0, json!(["u", "u"]), "0:u", ""),
        ("user", 1, json!(["v"]), "0:u 1:v", ""),
        ("org", 1, json!(["o"]), "0:u 1:v", "user/0: user/1: org/1:o"),
        ("user", 0, json!(["w"]), "0:w 1:v", "user/0: user/1: org/1:o"),
        ("user", 1, json!([]), "0:w", "user/0: org/1:o"),
        ("user", 1, json!(["x"]), "0:w 1:x", "user/0: org/1:o user/1:"),
        ("org", 1, json!([]), "0:w 1:x", ""),
        ("org", 1, json!([]), "0:w 1:x", ""),
    ];
    let mut now = targeting();
    for (kind, variation, values, targets, contexts) in steps {
        let op = json!({"type": "setTargets", "contextKind": kind, "variation": variation, "values": values});
        now = run(Some(&now), "targeting", op).unwrap().unwrap();
        let shown = |name: &str| {
            let one = |t: &Value| {
                let kind = t["contextKind"].as_str().map(|k| format!("{k}/")).unwrap_or_default();
                let values: Vec<_> =
                    t["values"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
                format!("{kind}{}:{}", t["variation"], values.join(","))
            };
            now[name].as_array().into_iter().flatten().map(one).collect::<Vec<_>>().join(" ")
        };
        assert_eq!((shown("targets").as_str(), shown("contextTargets").as_str()), (targets, contexts));
    }
}

#[test]
fn routes() {
    let op = json!({"type": "setWeights", "weights": {"a": 75000, "b": 25000}});
    gives(route(), op.clone(), "/split/arms/0/slices", json!([[0, 75000]]));
    gives(route(), op, "/split/arms/1/slices", json!([[75000, 100000]]));
    refuses(
        Some(route()),
        "route",
        json!({"type": "setWeights", "weights": {"c": 5, "a": 1}}),
        &[
            "production/route/f: weights.c: names arm c, which is not there; the route has a, b",
            "production/route/f: weights: must bring the sum of all arms to 100000, not 10001 \
             (found {\"a\":1,\"b\":10000}); 100000 is everything, 1000 is 1 %",
        ],
    );
    let go = json!({"type": "redirect", "location": "/x", "status": 302});
    let op = json!({"type": "setArm", "arm": "b", "action": go, "fallback": "a"});
    gives(route(), op.clone(), "/split/arms/1/action", go.clone());
    gives(route(), op, "/split/arms/1/fallback", json!("a"));
    let op = json!({"type": "setArm", "arm": "z", "action": go});
    refuses(
        Some(route()),
        "route",
        op,
        &["production/route/f: arm: names arm z, which is not there; the route has a, b"],
    );
    let matches = json!({"path": {"prefix": "/x"}});
    gives(route(), json!({"type": "setMatch", "match": matches}), "/match", matches.clone());

    // A whole split, or a whole route, keeps people where they are too; slices that fit are taken as given.
    let arm = |id: &str, weight: u32| json!({"id": id, "weight": weight, "action": go});
    let split = json!({"by": "weight", "arms": [arm("c", 20000), arm("b", 30000), arm("a", 50000)]});
    let op = json!({"type": "setSplit", "split": split});
    gives(route(), op.clone(), "/split/arms/1/slices", json!([[70000, 100000]]));
    gives(route(), op, "/split/arms/2/slices", json!([[20000, 70000]]));
    let mut put = route();
    put["split"]["arms"][0]["weight"] = 20000.into();
    put["split"]["arms"][1]["weight"] = 80000.into();
    gives(route(), json!({"type": "put", "resource": put}), "/split/arms/1/slices", json!([[20000, 100000]]));
    let mut given = route();
    given["split"]["arms"][0]["slices"] = json!([[10000, 100000]]);
    given["split"]["arms"][1]["slices"] = json!([[0, 10000]]);
    gives(route(), json!({"type": "put", "resource": given}), "/split/arms/1/slices", json!([[0, 10000]]));

    let by_flag = json!({"by": "flag", "flag": "g", "arms": [{"variation": "on", "action": go}]});
    let after = run(Some(&route()), "route", json!({"type": "setSplit", "split": by_flag})).unwrap().unwrap();
    refuses(
        Some(after),
        "route",
        json!({"type": "setWeights", "weights": {}}),
        &[
            "production/route/f: type: is not for this route, which is split by a flag (found \"setWeights\"); \
           change the flag's percentage, or split the route by weight with `setSplit`",
        ],
    );
}
