//! A resource's text.

use serde_norway::{Mapping, Value};
use switchyard_model::Manifest;

/// The manifest as YAML: what it is first, then its fields in the order in which the model has them.
pub fn yaml(manifest: &Manifest) -> String {
    serde_norway::to_string(&ordered(manifest)).expect(PLAIN)
}

/// The manifest as JSON, likewise, with a line for each field.
pub fn json(manifest: &Manifest) -> String {
    serde_json::to_string_pretty(&ordered(manifest)).expect(PLAIN) + "\n"
}

const PLAIN: &str = "resources hold nothing but what JSON has";

fn ordered(manifest: &Manifest) -> Mapping {
    // By way of JSON, whose form of a choice is the one that files and the API have; YAML's own would be a tag.
    let json = serde_json::to_string(&manifest.resource).expect(PLAIN);
    let Ok(Value::Mapping(fields)) = serde_json::from_str(&json) else {
        unreachable!("a resource is an object")
    };
    let environment = manifest.scope.environment();
    let mut ordered = Mapping::new();
    for (name, value) in fields {
        let kind = name == "kind";
        ordered.insert(name, value);
        if let (true, Some(environment)) = (kind, environment) {
            ordered.insert("environment".into(), environment.to_string().into());
        }
    }
    ordered
}
