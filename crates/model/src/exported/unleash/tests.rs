use serde_json::{Value, json};

use super::{Imported, Options, manifests};
use crate::{Manifest, Resource};

fn import(features: Value, options: Options) -> Imported {
    let imported = manifests(features, options).expect("it fits Unleash's form");
    for manifest in &imported.manifests {
        Manifest::from_json(manifest.clone(), Some("production"))
            .unwrap_or_else(|e| panic!("{manifest}: {e:?}"));
    }
    imported
}

fn reasons(feature: Value, options: Options) -> String {
    let name = feature["name"].as_str().unwrap_or_default().to_owned();
    let imported = import(json!({ "version": 2, "features": [feature] }), options);
    let note = imported.left_out.iter().find(|note| note.flag == name);
    note.map(|note| note.reasons.join("; ")).unwrap_or_default()
}

fn with(strategy: Value) -> Value {
    json!({ "name": "f", "enabled": true, "strategies": [strategy] })
}

#[test]
fn what_has_no_exact_counterpart_is_left_out_with_its_reason() {
    let none = Options::default();
    let constraint = |c: Value| with(json!({ "name": "default", "constraints": [c] }));
    for (feature, reason) in [
        (with(json!({ "name": "ours" })), "no strategy of Unleash's own"),
        (
            with(json!({ "name": "applicationHostname", "parameters": { "hostNames": "a" } })),
            "host that evaluates",
        ),
        (
            with(json!({ "name": "remoteAddress", "parameters": { "IPs": "10.0.0.0/8" } })),
            "range of addresses",
        ),
        (with(json!({ "name": "flexibleRollout", "parameters": { "rollout": "50" } })), "another hash"),
        (with(json!({ "name": "flexibleRollout", "parameters": { "rollout": "half" } })), "no percentage"),
        (with(json!({ "name": "gradualRolloutRandom", "parameters": { "percentage": "5" } })), "by chance"),
        (with(json!({ "name": "default", "segments": [9] })), "segment 9, which is not there"),
        (
            constraint(json!({ "contextName": "currentTime", "operator": "DATE_AFTER", "value": "x" })),
            "time of day",
        ),
        (
            constraint(json!({ "contextName": "environment", "operator": "IN", "values": ["a"] })),
            "to no context",
        ),
        (
            constraint(
                json!({ "contextName": "plan", "operator": "STR_CONTAINS", "values": ["a"], "caseInsensitive": true }),
            ),
            "its case",
        ),
        (constraint(json!({ "contextName": "age", "operator": "NUM_GT", "value": "old" })), "no number"),
        (
            constraint(json!({ "contextName": "ip", "operator": "IN_CIDR", "values": ["::/0"] })),
            "range of addresses",
        ),
        (constraint(json!({ "contextName": "plan", "operator": "SOUNDS_LIKE" })), "SOUNDS_LIKE"),
        (json!({ "name": "no key", "enabled": true }), "holds ' '"),
        (json!({ "name": "f", "enabled": true, "dependencies": [{ "feature": "g" }] }), "not there"),
        (
            json!({ "name": "f", "enabled": true, "variants": [{ "name": "a", "weight": 1 }, { "name": "b", "weight": 1 }] }),
            "another hash",
        ),
        (
            json!({ "name": "f", "enabled": true, "variants": [{ "name": "a", "weight": 1, "overrides": [{}] }] }),
            "overridden",
        ),
    ] {
        let found = reasons(feature.clone(), none);
        assert!(found.contains(reason), "{feature}: {found:?}, not {reason:?}");
    }
}

#[test]
fn all_reasons_of_a_feature_are_told_and_the_others_are_taken() {
    let imported = import(
        json!({ "features": [
            { "name": "bad", "enabled": true, "strategies": [
                { "name": "mine" },
                { "name": "flexibleRollout", "parameters": { "rollout": 10 } },
            ] },
            { "name": "child", "enabled": true, "dependencies": [{ "feature": "bad" }] },
            { "name": "good", "enabled": false, "type": "kill-switch", "stale": true, "description": "d" },
        ] }),
        Options::default(),
    );
    assert_eq!(imported.left_out[0].reasons.len(), 2, "{imported:?}");
    assert_eq!(imported.left_out[1].reasons, ["depends on bad, which is left out"]);
    let flag = imported.manifests.iter().find(|m| m["kind"] == "flag").unwrap();
    assert_eq!(
        (&flag["key"], &flag["type"], &flag["tags"]),
        (&json!("good"), &json!("operational"), &json!(["stale"]))
    );
}

#[test]
fn percentages_keep_their_shares_when_asked_for() {
    let percentages = Options { percentages: true };
    let feature = json!({ "name": "f", "enabled": true, "strategies": [
        { "name": "flexibleRollout", "parameters": { "rollout": "37.5", "stickiness": "default", "groupId": "f" },
          "variants": [{ "name": "a", "weight": 333 }, { "name": "b", "weight": 667 }] },
    ] });
    let imported = import(json!({ "features": [feature] }), percentages);
    let targeting = imported.manifests.iter().find(|m| m["kind"] == "targeting").unwrap();
    let weights = &targeting["rules"][0]["rollout"]["variations"];
    assert_eq!(
        *weights,
        json!([
            { "variation": 0, "weight": 12_487 }, { "variation": 1, "weight": 25_013 },
            { "variation": 2, "weight": 62_500 },
        ]),
    );
    assert!(imported.remarks[0].reasons[0].contains("other people"));
    // A percentage that is not the last would end the search for whom it leaves out.
    let two = json!({ "name": "f", "enabled": true, "strategies": [
        { "name": "flexibleRollout", "parameters": { "rollout": "10" } },
        { "name": "userWithId", "parameters": { "userIds": "u1, u2" } },
    ] });
    let imported = import(json!({ "features": [two] }), percentages);
    let rules = &imported.manifests.iter().find(|m| m["kind"] == "targeting").unwrap()["rules"];
    assert_eq!(rules[0]["clauses"][0]["values"], json!(["u1", "u2"]));
    assert_eq!(rules[1]["rollout"]["variations"][0]["weight"], 10_000);
}

#[test]
fn a_second_import_keeps_what_only_we_know() {
    let mut fresh = json!({ "kind": "flag", "key": "f", "variations": [{ "id": "true", "value": true }] });
    let there = json!({ "kind": "flag", "key": "f", "owner": "Payments", "tags": ["t"],
        "variations": [{ "id": "yes", "value": true, "description": "d" }] });
    super::super::keep(&mut fresh, &there);
    assert_eq!(fresh, there);
}

#[test]
fn an_export_between_unleash_servers_is_told_from_the_clients_form() {
    let why = manifests(json!({ "features": [], "featureStrategies": [] }), Options::default()).unwrap_err();
    assert!(why.contains("/api/client/features"), "{why}");
    assert!(manifests(json!({ "features": {} }), Options::default()).is_err());
}

#[test]
fn what_comes_out_is_read_as_resources() {
    let imported = import(
        json!({ "features": [{ "name": "f", "enabled": true, "strategies": [{ "name": "default", "segments": [1],
            "constraints": [{ "contextName": "plan", "operator": "NOT_IN", "values": ["free"] }] }] }],
            "segments": [{ "id": 1, "name": "Europe", "constraints": [
                { "contextName": "country", "operator": "IN", "values": ["DE", "FR"] }] }] }),
        Options::default(),
    );
    let read: Vec<_> = imported
        .manifests
        .iter()
        .map(|m| Manifest::from_json(m.clone(), Some("production")).unwrap().resource)
        .collect();
    let [Resource::Segment(_), Resource::Segment(_), Resource::Flag(_), Resource::Targeting(t)] = &read[..]
    else {
        panic!("{read:?}")
    };
    assert_eq!(t.rules[0].clauses.len(), 2);
}
