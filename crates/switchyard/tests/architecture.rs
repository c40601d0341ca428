//! The house is as the design draws it: who may use whom, and what ARCHITECTURE.md lists.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Each crate's layer. A crate may use those of lower layers, and none beside it.
const LAYERS: [(&str, u8); 17] = [
    ("switchyard-model", 0),
    ("switchyard-files", 1),
    ("switchyard-flags", 1),
    ("switchyard-policy", 1),
    ("switchyard-openid", 1),
    ("switchyard-store", 1),
    ("switchyard-telemetry", 1),
    ("switchyard-snapshot", 2),
    ("switchyard-contract", 2),
    ("switchyard-control", 3),
    ("switchyard-gateway", 3),
    ("switchyard-git", 4),
    ("switchyard-http", 4),
    ("switchyard-notify", 4),
    ("switchyard-redis", 4),
    ("switchyard-upstream", 4),
    ("switchyard", 5),
];

/// What a crate may not use although its layer would allow it, and why.
const NEVER: [(&str, &str, &str); 3] = [
    ("switchyard-contract", "switchyard-store", "messages between layers know no storage"),
    ("switchyard-gateway", "switchyard-store", "a data plane reads Snapshot + Live and nothing else"),
    ("switchyard-gateway", "switchyard-control", "a data plane reads Snapshot + Live and nothing else"),
];

/// Helpers that are in no layer: they may use any crate, and nothing that ships may use them.
const OUTSIDE: [&str; 2] = ["switchyard-testkit", "switchyard-bench"];

fn uses() -> BTreeMap<String, Vec<String>> {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let ours = |name: &str| name.starts_with("switchyard");
    metadata
        .packages
        .iter()
        .map(|package| {
            let uses = package
                .dependencies
                .iter()
                .filter(|d| d.kind == DependencyKind::Normal && ours(&d.name))
                .map(|d| d.name.to_string())
                .collect();
            (package.name.to_string(), uses)
        })
        .collect()
}

#[test]
fn crates_use_only_what_is_below_them() {
    let layers = BTreeMap::from(LAYERS);
    for (name, uses) in uses() {
        if OUTSIDE.contains(&&*name) {
            continue;
        }
        let layer = layers.get(&*name).unwrap_or_else(|| panic!("{name} is in no layer: add it to LAYERS"));
        for used in uses {
            let below =
                layers.get(&*used).unwrap_or_else(|| panic!("{name} uses {used}, which is for tests only"));
            assert!(below < layer, "{name} (layer {layer}) uses {used} (layer {below})");
            if let Some((.., why)) = NEVER.iter().find(|(a, b, _)| *a == name && *b == used) {
                panic!("{name} uses {used}, but {why}");
            }
        }
    }
}

#[test]
fn architecture_lists_every_crate_and_no_other() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let text = std::fs::read_to_string(format!("{root}/ARCHITECTURE.md")).unwrap();
    let mut listed: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `crates/"))
        .filter_map(|line| line.split('`').next())
        .collect();
    let mut there: Vec<String> = std::fs::read_dir(format!("{root}/crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    listed.sort_unstable();
    there.sort_unstable();
    assert_eq!(listed, there, "ARCHITECTURE.md's list of crates is not what is in crates/");
}
