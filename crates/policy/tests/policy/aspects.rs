//! What of a resource an edit changes, whatever the edit calls itself.

use serde_json::{Value, json};
use switchyard_model::flag::Variation;
use switchyard_model::{Edit, Flag, Resource, Targeting};
use switchyard_policy::{Aspect, aspects};

fn read(resource: Value) -> Resource {
    Resource::from_json(resource.clone()).unwrap_or_else(|problems| panic!("{resource}: {problems:?}"))
}

fn words(before: &Resource, after: Option<&Resource>) -> Vec<&'static str> {
    aspects(Some(before), after).iter().map(Aspect::word).collect()
}

/// What differs after an operation, and after a put of the same: one answer, or the put could smuggle.
fn check(before: &Resource, op: Value, expected: &[&str]) {
    let mut target = json!({ "kind": before.kind(), "key": before.key() });
    if !before.kind().is_project_scoped() {
        target["environment"] = json!("production");
    }
    let edit = Edit::from_json(json!({ "target": target, "op": op })).unwrap();
    let after = edit.apply(Some(before)).unwrap_or_else(|problems| panic!("{op}: {problems:?}"));
    assert_eq!(words(before, after.as_ref()), expected, "{op}");
    if let Some(after) = after {
        let put = json!({ "target": target, "op": { "type": "put", "resource": after.to_json() } });
        let put = Edit::from_json(put).unwrap().apply(Some(before)).unwrap();
        assert_eq!(words(before, put.as_ref()), expected, "as a put: {op}");
    }
}

fn targeting() -> Resource {
    read(json!({
        "kind": "targeting", "key": "f", "on": true,
        "rules": [
            { "id": "beta", "clauses": [{ "attribute": "plan", "op": "in", "values": ["beta"] }], "variation": 1 },
            { "id": "some", "clauses": [{ "attribute": "country", "op": "in", "values": ["NL"] }],
              "rollout": { "variations": [{ "variation": 0, "weight": 90_000 }, { "variation": 1, "weight": 10_000 }] } },
        ],
        "targets": [{ "variation": 1, "values": ["grace"] }],
        "fallthrough": { "variation": 0 }, "offVariation": 0,
    }))
}

fn rollout(extra: Value) -> Value {
    let mut rollout =
        json!({ "variations": [{ "variation": 0, "weight": 75_000 }, { "variation": 1, "weight": 25_000 }] });
    rollout.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    json!({ "rollout": rollout })
}

#[test]
fn of_targeting() {
    let check = |op: Value, expected: &[&str]| check(&targeting(), op, expected);
    check(json!({ "type": "setOn", "on": false }), &["on"]);
    check(json!({ "type": "setOn", "on": true }), &[]);
    check(json!({ "type": "setServe", "serve": { "variation": 1 } }), &["percentage"]);
    check(json!({ "type": "setServe", "serve": rollout(json!({})) }), &["percentage"]);
    check(json!({ "type": "setServe", "rule": "some", "serve": rollout(json!({})) }), &["percentage"]);
    check(json!({ "type": "setServe", "rule": "some", "serve": { "variation": 1 } }), &["percentage"]);
    for by in [
        json!({ "bucketBy": "country" }),
        json!({ "contextKind": "organization" }),
        json!({ "seed": 7 }),
        json!({ "kind": "experiment" }),
    ] {
        let serve = rollout(by.clone());
        check(json!({ "type": "setServe", "serve": serve }), &["percentage", "bucketing"]);
        check(json!({ "type": "setServe", "rule": "some", "serve": serve }), &["percentage", "bucketing"]);
    }
    // The defaults, spelled out, are the defaults.
    let spelled = rollout(json!({ "bucketBy": "key", "contextKind": "user", "kind": "rollout" }));
    check(json!({ "type": "setServe", "rule": "some", "serve": spelled }), &["percentage"]);
    let rule = json!({ "id": "new", "clauses": [], "variation": 1 });
    check(json!({ "type": "addRule", "rule": rule, "index": 0 }), &["rules"]);
    check(json!({ "type": "removeRule", "rule": "beta" }), &["rules"]);
    check(json!({ "type": "moveRule", "rule": "beta", "index": 1 }), &["rules"]);
    check(json!({ "type": "setClauses", "rule": "beta", "clauses": [] }), &["rules"]);
    check(json!({ "type": "setTargets", "variation": 1, "values": ["grace", "heidi"] }), &["targets"]);
    check(
        json!({ "type": "setPrerequisites", "prerequisites": [{ "key": "g", "variation": 0 }] }),
        &["prerequisites"],
    );
    check(json!({ "type": "setOffVariation", "variation": 1 }), &["offVariation"]);
    check(json!({ "type": "delete" }), &["deleted"]);
}

#[test]
fn of_targeting_that_is_put() {
    let before = targeting();
    let put = |change: fn(&mut Value)| {
        let mut json = before.to_json();
        change(&mut json);
        words(&before, Some(&read(json)))
    };
    assert_eq!(put(|_| ()), [""; 0]);
    assert_eq!(put(|t| t["salt"] = json!("other")), ["bucketing"]);
    assert_eq!(put(|t| t["trackEvents"] = json!(true)), ["events"]);
    assert_eq!(put(|t| t["rules"][0]["description"] = json!("why")), ["rules"]);
    assert_eq!(put(|t| t["rules"][0]["trackEvents"] = json!(true)), ["events"]);
    assert_eq!(put(|t| t["rules"][0]["id"] = json!("other")), ["rules"]);
    // A rule that moved and serves something else, both are said.
    let moved = put(|t| {
        t["rules"][0]["variation"] = json!(0);
        t["rules"].as_array_mut().unwrap().swap(0, 1);
    });
    assert_eq!(moved, ["percentage", "rules"]);
    // The same parts in another order put other people into them.
    let turned = put(|t| t["rules"][1]["rollout"]["variations"].as_array_mut().unwrap().swap(0, 1));
    assert_eq!(turned, ["percentage"]);
    let all = put(|t| {
        t["on"] = json!(false);
        t["fallthrough"] = json!({ "variation": 1 });
        t["rules"] = json!([]);
        t["targets"] = json!([]);
        t["contextTargets"] = json!([{ "contextKind": "device", "variation": 0, "values": ["x"] }]);
        t["offVariation"] = json!(1);
    });
    assert_eq!(all, ["on", "percentage", "rules", "targets", "offVariation"]);
}

#[test]
fn of_a_first_targeting_is_what_it_does_otherwise_than_none() {
    let variation = |id: &str| Variation { id: id.into(), value: json!(id), description: String::new() };
    let flag: Flag = serde_json::from_value(json!({
        "key": "f", "variations": [variation("a"), variation("b")],
    }))
    .unwrap();
    let untouched = Resource::Targeting(Targeting::untouched(&flag));
    check(&untouched, json!({ "type": "setOn", "on": true }), &["on"]);
}

#[test]
fn of_a_flag() {
    let flag = read(json!({
        "kind": "flag", "key": "f", "owner": "grace", "tags": ["a"],
        "variations": [{ "id": "on", "value": true }, { "id": "off", "value": false }],
    }));
    check(&flag, json!({ "type": "setDetails", "name": "F" }), &["details"]);
    check(&flag, json!({ "type": "setDetails", "owner": "heidi" }), &["owner"]);
    check(&flag, json!({ "type": "setDetails", "tags": ["b"], "owner": "" }), &["owner", "tags"]);
    check(&flag, json!({ "type": "removeVariation", "id": "off" }), &["variations"]);
    let variation = json!({ "id": "off", "value": false, "description": "No." });
    check(&flag, json!({ "type": "setVariation", "variation": variation }), &["variations"]);
    let mut other = flag.to_json();
    other["type"] = json!("permission");
    other["archived"] = json!(true);
    other["clientSideAvailability"] = json!({ "usingMobileKey": true, "usingEnvironmentId": true });
    assert_eq!(words(&flag, Some(&read(other))), ["details", "clients", "archived"]);
    let created: Vec<_> = aspects(None, Some(&flag)).iter().collect();
    assert_eq!(created, [Aspect::Created]);
}

#[test]
fn of_a_route() {
    let service = |subset: &str| json!({ "type": "service", "service": "shop", "subset": subset });
    let arm = |id: &str, weight: u32| json!({ "id": id, "weight": weight, "action": service(id) });
    let route = read(json!({
        "kind": "route", "key": "r", "listener": "web", "match": { "path": { "prefix": "/" } },
        "split": { "by": "weight", "arms": [arm("v1", 90_000), arm("v2", 10_000)] },
    }));
    // What is kept has its buckets filled in.
    let put = json!({
        "target": { "kind": "route", "key": "r", "environment": "production" },
        "op": { "type": "put", "resource": route.to_json() },
    });
    let route = Edit::from_json(put).unwrap().apply(None).unwrap().unwrap();
    check(&route, json!({ "type": "setWeights", "weights": { "v1": 50_000, "v2": 50_000 } }), &["weights"]);
    check(&route, json!({ "type": "setMatch", "match": {} }), &["match"]);
    let fixed = json!({ "type": "fixed", "status": 503 });
    check(&route, json!({ "type": "setArm", "arm": "v1", "action": fixed }), &["arms"]);
    check(
        &route,
        json!({ "type": "setArm", "arm": "v1", "action": service("v1"), "fallback": "v2" }),
        &["arms"],
    );
    let by = |by: &str, arms: Value| json!({ "type": "setSplit", "split": { "by": "weight", "bucketBy": by, "arms": arms } });
    check(&route, by("key", json!([arm("v1", 80_000), arm("v2", 20_000)])), &["weights"]);
    check(&route, by("country", json!([arm("v1", 90_000), arm("v2", 10_000)])), &["bucketing"]);
    check(&route, by("key", json!([arm("v1", 80_000), arm("v3", 20_000)])), &["weights", "arms"]);
    let flag = json!({ "by": "flag", "flag": "f", "arms": [{ "variation": "on", "action": service("v1") }] });
    check(&route, json!({ "type": "setSplit", "split": flag }), &["weights", "arms"]);
    let mut other = route.to_json();
    other["timeoutMs"] = json!(5);
    other["priority"] = json!(3);
    assert_eq!(words(&route, Some(&read(other))), ["match", "forwarding"]);
}

#[test]
fn of_the_others() {
    let segment = read(json!({ "kind": "segment", "key": "s", "included": ["a"] }));
    let mut other = segment.to_json();
    other["excluded"] = json!(["b"]);
    assert_eq!(words(&segment, Some(&read(other.clone()))), ["members"]);
    other["rules"] = json!([{ "id": "r", "clauses": [] }]);
    other["salt"] = json!("x");
    assert_eq!(words(&segment, Some(&read(other))), ["rules", "bucketing", "members"]);

    let service =
        read(json!({ "kind": "service", "key": "s", "subsets": [{ "id": "v1", "endpoints": ["a:1"] }] }));
    let mut other = service.to_json();
    other["subsets"][0]["endpoints"] = json!(["b:1"]);
    other["name"] = json!("S");
    assert_eq!(words(&service, Some(&read(other))), ["details", "endpoints"]);

    let guardrail = read(json!({ "kind": "guardrail", "key": "g", "rule": "true", "message": "m" }));
    let mut other = guardrail.to_json();
    other["enabled"] = json!(false);
    assert_eq!(words(&guardrail, Some(&read(other))), ["rule"]);

    let listener = read(json!({ "kind": "listener", "key": "l" }));
    let mut other = listener.to_json();
    other["mapping"] = json!({ "untrustedHeaders": ["x-user"] });
    assert_eq!(words(&listener, Some(&read(other))), ["mapping"]);
    assert_eq!(words(&listener, Some(&service)), ["created", "deleted"]);
}
