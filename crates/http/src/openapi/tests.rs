//! The document against itself and against what the model really writes.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use switchyard_model::resource::Resource;

use super::Document;

fn document() -> Value {
    Document::of(crate::endpoints().split().1).make()
}

fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters");
            methods.map(move |(method, operation)| {
                (format!("{} {path}", method.to_uppercase()), operation.clone())
            })
        })
        .collect()
}

#[test]
fn only_these_are_open_to_everybody() {
    let document = document();
    let open: Vec<_> = operations(&document)
        .into_iter()
        .filter(|(_, operation)| {
            let security = operation["security"].as_array().expect("every operation says who may");
            security.is_empty() || security.contains(&json!({}))
        })
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        open,
        [
            "GET /api/openapi.json",
            "POST /api/v1/session",
            // How one may come in, and by way of the provider: nobody is in yet.
            "GET /api/v1/session/provider",
            "GET /api/v1/session/provider/callback",
            "GET /api/v1/session/ways",
            // Browsers have the environment's public id, in the path; another one is 404.
            "GET /eval/{clientSideId}/{context}",
            "POST /events/bulk/{clientSideId}",
            "POST /events/diagnostic/{clientSideId}",
            "GET /healthz",
            // Whoever has a review link has the key to it.
            "GET /hooks/review/{link}",
            "POST /hooks/review/{link}",
            "GET /ping/{clientSideId}",
            "GET /readyz",
            "GET /sdk/evalx/{clientSideId}/contexts/{context}",
            "GET /sdk/goals/{clientSideId}",
        ]
    );
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    into.insert(reference.clone());
                }
                fields.values().for_each(|value| references(value, into));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, into)),
            _ => {}
        }
    }
    let document = document();
    let mut all = BTreeSet::new();
    references(&document, &mut all);
    let lost: Vec<_> = all.iter().filter(|r| document.pointer(r.trim_start_matches('#')).is_none()).collect();
    assert!(!all.is_empty() && lost.is_empty(), "{lost:?}");
}

#[test]
fn what_may_be_absent_is_never_null() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (property, shape) in schema["properties"].as_object().into_iter().flatten() {
            let nullable = shape["type"].as_array().is_some_and(|kinds| kinds.contains(&json!("null")));
            assert!(!nullable || required.contains(&json!(property)), "{name}.{property}: {shape}");
        }
    }
}

/// Routes outside the table would be missing from the document; only the catch-alls may stand alone, and what
/// it has no word for: the method `REPORT`, and older names of what is there.
#[test]
fn no_route_is_made_beside_the_table() {
    fn sources(folder: &std::path::Path, found: &mut Vec<(String, usize)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                let count = text.matches(concat!(".ro", "ute(")).count();
                let count = count + text.matches(concat!(".route_", "service(")).count();
                // Telemetry's question about a route has the same name.
                let count = count - text.matches(concat!("telemetry.ro", "ute(")).count();
                let count = count - text.matches(concat!("resources.ro", "ute(")).count();
                if count > 0 {
                    found.push((path.file_name().unwrap().to_string_lossy().into_owned(), count));
                }
            }
        }
    }
    let mut found = vec![];
    sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort();
    // flagd's are gRPC, on a port of their own, and described by its proto files.
    let known = [("client.rs", 10), ("endpoints.rs", 2), ("flagd.rs", 7), ("lib.rs", 1)];
    assert_eq!(found, known.map(|(file, count)| (file.to_owned(), count)));
}

#[test]
fn the_models_shapes_are_as_described() {
    let document = document();
    let full = [
        (
            "Flag",
            json!({
                "kind": "flag", "key": "k", "name": "n", "description": "d", "owner": "o", "tags": ["t"], "managedBy": "git",
                "type": "release", "expires": "2026-12-01", "archived": true, "variations": [{"id": "a", "value": 1, "description": "d"}],
            }),
        ),
        (
            "Targeting",
            json!({
                "kind": "targeting", "key": "k", "managedBy": "git", "on": true, "salt": "s", "offVariation": 0,
                "fallthrough": {"rollout": {"kind": "experiment", "contextKind": "org", "bucketBy": "x", "seed": 1,
                    "variations": [{"variation": 0, "weight": 1, "untracked": true}]}},
                "rules": [{"id": "r", "description": "d", "trackEvents": true, "variation": 0, "clauses": [
                    {"contextKind": "org", "attribute": "a", "op": "in", "values": [1], "negate": true}]}],
                "targets": [{"contextKind": "user", "variation": 0, "values": ["u"]}],
                "contextTargets": [{"contextKind": "org", "variation": 0, "values": ["u"]}],
                "prerequisites": [{"key": "p", "variation": 0}], "trackEvents": true,
                "trackEventsFallthrough": true, "debugEventsUntilDate": 1, "migration": {"checkRatio": 1},
                "samplingRatio": 1, "excludeFromSummaries": true,
            }),
        ),
        (
            "Segment",
            json!({
                "kind": "segment", "key": "k", "name": "n", "description": "d", "owner": "o", "tags": ["t"], "managedBy": "git",
                "salt": "s", "included": ["a"], "excluded": ["a"],
                "includedContexts": [{"contextKind": "org", "values": ["a"]}],
                "excludedContexts": [{"contextKind": "org", "values": ["a"]}],
                "rules": [{"id": "r", "description": "d", "clauses": [], "weight": 1, "bucketBy": "a",
                    "rolloutContextKind": "org"}],
                "unbounded": true, "unboundedContextKind": "org", "generation": 1,
                "list": {"hash": "a", "included": 1, "excluded": 0},
            }),
        ),
        (
            "Service",
            json!({
                "kind": "service", "key": "k", "name": "n", "description": "d", "owner": "o", "tags": ["t"], "managedBy": "git",
                "subsets": [{"id": "v1", "endpoints": ["127.0.0.1:1"]}],
            }),
        ),
        (
            "Listener",
            json!({
                "kind": "listener", "key": "k", "name": "n", "description": "d", "owner": "o", "tags": ["t"], "managedBy": "git",
                "mapping": {"contexts": [{"kind": "user", "key": {"header": "x"}, "attributes": [
                    {"name": "a", "from": "address", "as": "number"}]}], "untrustedHeaders": ["x"]},
            }),
        ),
        (
            "Route",
            json!({
                "kind": "route", "key": "k", "name": "n", "description": "d", "owner": "o", "tags": ["t"], "managedBy": "git",
                "listener": "l", "priority": 1, "timeoutMs": 1, "rewritePath": "/",
                "match": {"hosts": ["h"], "path": {"prefix": "/"}, "methods": ["GET"],
                    "headers": [{"name": "a", "value": "present"}], "query": [{"name": "a", "value": {"exact": "b"}}]},
                "split": {"by": "weight", "contextKind": "user", "bucketBy": "key", "arms": [{"id": "a",
                    "weight": 100_000, "slices": [[0, 100_000]], "fallback": "a",
                    "action": {"type": "service", "service": "s", "subset": "v"}}]},
            }),
        ),
        (
            "Guardrail",
            json!({
                "kind": "guardrail", "key": "k", "name": "n", "description": "d", "owner": "o", "tags": ["t"], "managedBy": "git",
                "rule": "true", "message": "m", "effect": "block", "environments": ["e"], "enabled": true,
                "reverts": true,
            }),
        ),
    ];
    for (name, json) in full {
        let mut written = Resource::from_json(json).unwrap().to_json();
        written.as_object_mut().unwrap().remove("kind");
        let names: BTreeSet<_> = written.as_object().unwrap().keys().cloned().collect();
        let schema = &document["components"]["schemas"][name];
        let described: BTreeSet<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, described, "{name}");
    }
}
