//! Resources with everything in them, and what one change can make of them.

use serde_json::{Value, json};

/// One resource of each kind with all that there can be in it, and of routes one of each split. Those that are in an
/// environment do not say in which.
pub fn full() -> [Value; 8] {
    let details = |mut json: Value| {
        let more = json!({ "name": "A name", "description": "What for", "owner": "Payments", "tags": ["a", "b"], "managedBy": "git" });
        json.as_object_mut().expect("is an object").extend(more.as_object().expect("is an object").clone());
        json
    };
    let clause = |attribute: &str| json!({ "contextKind": "org", "attribute": attribute, "op": "in", "values": ["DE", "AT"], "negate": true });
    let rollout = json!({ "kind": "experiment", "contextKind": "org", "bucketBy": "id", "seed": 7, "variations": [
        { "variation": 0, "weight": 60_000, "untracked": true }, { "variation": 1, "weight": 40_000 } ] });
    let served = json!({ "id": "one", "description": "Ours", "clauses": [clause("country"), clause("plan")],
        "trackEvents": true, "variation": 0 });
    let divided = json!({ "id": "two", "clauses": [clause("plan")], "rollout": rollout });
    let service = |subset: &str| json!({ "type": "service", "service": "shop", "subset": subset });
    let redirect = json!({ "type": "redirect", "location": "/new", "status": 302 });
    let fixed = json!({ "type": "fixed", "status": 200, "body": "ok", "contentType": "text/plain" });
    let matches = json!({ "hosts": ["a.example", "b.example"], "path": { "prefix": "/a" }, "methods": ["GET", "PUT"],
        "headers": [{ "name": "x-plan", "value": { "exact": "pro" } }, { "name": "x-any", "value": "present" }],
        "query": [{ "name": "beta", "value": { "prefix": "y" } }] });
    let route = |split: Value| {
        details(json!({ "kind": "route", "key": "r", "listener": "public", "priority": 3, "match": matches,
            "timeoutMs": 2_000, "rewritePath": "/b", "split": split }))
    };
    let rule = |id: &str| {
        json!({ "id": id, "description": "Ours", "clauses": [clause("country"), clause("plan")], "weight": 50_000,
            "bucketBy": "id", "rolloutContextKind": "org" })
    };
    let contexts = |values: &[&str]| json!([{ "contextKind": "org", "values": values }]);
    let from = |header: &str| json!({ "header": header });
    [
        details(
            json!({ "kind": "flag", "key": "f", "type": "release", "expires": "2027-01-31", "archived": true,
            "variations": [{ "id": "new", "value": "n", "description": "The new one" }, { "id": "old", "value": "o" }],
            "clientSideAvailability": { "usingEnvironmentId": true, "usingMobileKey": false } }),
        ),
        json!({ "kind": "targeting", "key": "f", "managedBy": "git", "on": true, "salt": "s", "offVariation": 1,
            "prerequisites": [{ "key": "f", "variation": 0 }, { "key": "g", "variation": 1 }],
            "targets": [{ "variation": 0, "values": ["ann", "bob"] }],
            "contextTargets": [{ "contextKind": "org", "variation": 0, "values": ["acme", "emca"] }],
            "rules": [served, divided], "fallthrough": { "rollout": rollout },
            "trackEvents": true, "trackEventsFallthrough": true, "debugEventsUntilDate": 5, "samplingRatio": 2,
            "excludeFromSummaries": true, "migration": { "checkRatio": 3 } }),
        details(
            json!({ "kind": "segment", "key": "beta", "salt": "s", "included": ["ann", "bob"], "excluded": ["cid"],
            "includedContexts": contexts(&["acme", "emca"]), "excludedContexts": contexts(&["evil"]),
            "rules": [rule("one"), rule("two")], "unbounded": true, "unboundedContextKind": "org", "generation": 2 }),
        ),
        details(json!({ "kind": "service", "key": "shop", "subsets": [
            { "id": "v1", "endpoints": ["127.0.0.1:1", "127.0.0.1:2"] }, { "id": "v2", "endpoints": ["127.0.0.1:3"] }] })),
        details(json!({ "kind": "listener", "key": "public", "mapping": {
            "untrustedHeaders": ["x-a", "x-b"],
            "contexts": [
                { "kind": "user", "key": from("x-user"), "attributes": [
                    { "name": "plan", "from": from("x-plan"), "as": "number" }, { "name": "country", "from": "address" }] },
                { "kind": "org", "key": { "cookie": "org" } }] } })),
        route(json!({ "by": "weight", "contextKind": "org", "bucketBy": "id", "arms": [
            { "id": "v1", "weight": 50_000, "action": service("v1"), "fallback": "v2" },
            { "id": "v2", "weight": 40_000, "action": redirect }, { "id": "v3", "weight": 10_000, "action": fixed }] })),
        route(json!({ "by": "flag", "flag": "f", "arms": [
            { "variation": "new", "action": service("v2"), "fallback": "old" },
            { "variation": "old", "action": service("v1") }] })),
        details(
            json!({ "kind": "guardrail", "key": "steps", "rule": "true", "message": "No.", "effect": "warn",
            "environments": ["production", "staging"], "enabled": true, "reverts": true }),
        ),
    ]
}

/// Other words where a text is one of a few.
const WORDS: [&[&str]; 9] = [
    &["release", "experiment", "operational", "permission"],
    &["warn", "block"],
    &["string", "number", "boolean", "list"],
    &["in", "startsWith", "endsWith", "segmentMatch", "semVerLessThan", "before"],
    &["experiment", "rollout"],
    &["GET", "DELETE"],
    &["production", "staging"],
    &["v1", "v2"],
    &["new", "old"],
];

/// Everything that can be made of a value by changing it in one place.
pub fn variants(value: &Value) -> Vec<Value> {
    let mut made = vec![];
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let with = |new: Option<Value>| {
                    let mut fields = fields.clone();
                    fields.remove(name);
                    fields.extend(new.map(|new| (name.clone(), new)));
                    Value::Object(fields)
                };
                made.push(with(None));
                made.extend(variants(field).into_iter().map(|new| with(Some(new))));
            }
        }
        Value::Array(items) => {
            let mut reversed = items.clone();
            reversed.reverse();
            made.extend([Value::Array(reversed), json!([])]);
            for (at, item) in items.iter().enumerate() {
                let with = |new: Option<Value>| {
                    let mut items = items.clone();
                    items.splice(at..=at, new);
                    Value::Array(items)
                };
                made.push(with(None));
                made.extend(variants(item).into_iter().map(|new| with(Some(new))));
            }
        }
        Value::Bool(is) => made.push(json!(!is)),
        Value::Number(n) => made.push(json!(n.as_i64().expect("is whole") + 1)),
        Value::String(text) => {
            made.push(json!(format!("{text}x")));
            let others = WORDS.iter().filter(|words| words.contains(&text.as_str())).flat_map(|words| *words);
            made.extend(others.map(|word| json!(word)));
        }
        Value::Null => {}
    }
    made
}
