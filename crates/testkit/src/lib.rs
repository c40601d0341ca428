//! Fixtures and checks shared by tests.

mod full;

pub use full::{full, variants};

use serde::Deserialize;
use serde_json::Value;
use switchyard_model::Manifest;

/// The example shop, as its file holds it: flags and their targeting, segments, services, a listener and
/// routes, most of it in `production`, some in `staging`.
pub fn shop() -> Vec<Value> {
    let text = include_str!("../../../examples/shop/shop.yaml");
    serde_norway::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).expect("the example is YAML"))
        .collect()
}

/// JSON as manifests.
///
/// # Panics
/// Where one of them is none; tells what is wrong with it.
pub fn manifests(resources: &[Value]) -> Vec<Manifest> {
    resources
        .iter()
        .map(|json| match Manifest::from_json(json.clone(), None) {
            Ok(manifest) => manifest,
            Err(problems) => panic!("{json}: {problems:?}"),
        })
        .collect()
}
