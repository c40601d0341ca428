//! Evaluating doesn't allocate, whatever decides; asked of one flag for each way an evaluation can go.

use serde_json::json;
use switchyard_flags::{Context, offline};

#[test]
fn evaluating_does_not_allocate() {
    let clause = |attribute: &str, op: &str, value: serde_json::Value| json!({"contextKind": "user", "attribute": attribute, "op": op, "values": [value]});
    let clauses = [
        clause("email", "in", json!("ann@example.com")),
        clause("email", "startsWith", json!("ann")),
        clause("email", "endsWith", json!(".com")),
        clause("email", "contains", json!("@")),
        clause("email", "matches", json!("^a.n@")),
        clause("age", "lessThan", json!(40)),
        clause("when", "before", json!("2026-12-01T00:00:00Z")),
        clause("version", "semVerGreaterThan", json!("1.2.3-a.very.long.prerelease")),
        clause("/address/city", "in", json!("Ulm")),
        clause("tags", "in", json!("b")),
        clause("kind", "in", json!("user")),
        clause("", "segmentMatch", json!("keys")),
        clause("", "segmentMatch", json!("part")),
    ];
    let rollout = |by: &str| json!({"bucketBy": by, "variations": [{"variation": 1, "weight": 100_000}]});
    let flag = |with: serde_json::Value| {
        let mut flag =
            json!({"on": true, "variations": [0, 1], "offVariation": 0, "fallthrough": {"variation": 1}});
        flag.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        flag
    };
    let file = json!({
        "flags": {
            "off": flag(json!({"on": false})),
            "target": flag(json!({"targets": [{"values": ["ann"], "variation": 1}]})),
            "rules": flag(json!({"fallthrough": {"variation": 0}, "rules": [{"id": "r", "variation": 1, "clauses": clauses}]})),
            "by key": flag(json!({"fallthrough": {"rollout": rollout("key")}})),
            "by number": flag(json!({"fallthrough": {"rollout": rollout("age")}})),
            "by a long value": flag(json!({"fallthrough": {"rollout": rollout("long")}})),
            "prerequisites": flag(json!({"prerequisites": [{"key": "rules", "variation": 1}, {"key": "by key", "variation": 1}]})),
        },
        "segments": {
            "keys": {"included": ["ann"]},
            "part": {"rules": [{"weight": 100_000, "clauses": [clause("", "segmentMatch", json!("keys"))]}]},
        },
    });
    let set = offline::read_flags(file.to_string().as_bytes()).unwrap();
    let context = Context::from_json(&json!({
        "kind": "user", "key": "ann", "email": "ann@example.com", "age": 33, "when": "2026-11-23T10:00:00.5+01:00",
        "version": "1.2.3-b.very.long.prerelease", "address": {"city": "Ulm"}, "tags": ["a", "b"], "long": "x".repeat(200),
    }))
    .unwrap();
    for flag in set.flags() {
        let key = &flag.spec().key;
        let want = if key == "off" { 0 } else { 1 };
        // A regular expression keeps working memory from its first use on.
        assert_eq!(set.evaluate(key, &context).variation_index, Some(want), "{key}");
        let counted = allocation_counter::measure(|| {
            std::hint::black_box(set.evaluate(key, &context));
        });
        assert_eq!(counted.count_total, 0, "{key}");
    }
}
