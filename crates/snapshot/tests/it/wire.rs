//! Flags and segments on the wire, and what streams say between two snapshots.

use proptest::prelude::*;
use serde_json::{Value, json};
use switchyard_model::{Kind, ResourceId};
use switchyard_snapshot::{Snapshot, WireChange, wire_changes};

use crate::support::{World, flag, targeting, world};

fn versions(snapshot: &Snapshot) -> Vec<(String, u64)> {
    snapshot.wire_flags().map(|item| (item.key.to_string(), item.version)).collect()
}

#[test]
fn a_version_is_the_newest_revision_of_flag_and_targeting_and_never_goes_back() {
    let mut world = world(flag("f"));
    let one = world.snapshot();
    assert_eq!(versions(&one), [("f".to_owned(), 1)]);
    world.put(flag("unrelated"));
    world.put(targeting("f", json!({})));
    let three = world.after(&one);
    assert_eq!(three.wire_flag("f").unwrap().version, 3);
    world.delete(ResourceId::environment("production", Kind::Targeting, "f"));
    let four = world.after(&three);
    assert_eq!(four.wire_flag("f").unwrap().version, 4);
    assert_ne!(four.etag(), three.etag());
    world.put(flag("f"));
    assert_eq!(world.after(&four).wire_flag("f").unwrap().version, 5);
}

#[test]
fn an_archived_flag_is_gone_for_clients_and_comes_back_newer() {
    let mut world = world(flag("f"));
    let one = world.snapshot();
    let mut archived = flag("f");
    archived["archived"] = json!(true);
    world.put(archived);
    let two = world.after(&one);
    assert_eq!(
        (versions(&two), words(&wire_changes(&one, &two))),
        (vec![], vec!["del flags/f@2".to_owned()])
    );
    assert!(two.alters(&one));
    world.put(flag("f"));
    let three = world.after(&two);
    assert_eq!(words(&wire_changes(&two, &three)), ["put flags/f@3"]);
}

#[test]
fn what_people_read_of_a_lifecycle_alters_nothing() {
    let mut world = world(flag("f"));
    let one = world.snapshot();
    let mut dated = flag("f");
    dated["expires"] = json!("2026-12-01");
    dated["type"] = json!("permission");
    world.put(dated);
    assert!(!world.after(&one).alters(&one));
}

#[test]
fn a_flag_nobody_has_touched_is_off_and_the_payload_holds_it() {
    let mut world = world(flag("f"));
    world.put(json!({"kind": "segment", "key": "s", "included": ["u"]}));
    let snapshot = world.snapshot();
    let payload: Value = serde_json::from_slice(&snapshot.put_payload()).unwrap();
    assert_eq!(payload["flags"]["f"]["on"], false);
    assert_eq!(payload["flags"]["f"]["offVariation"], 1);
    assert_eq!(payload["flags"]["f"]["version"], 1);
    assert_eq!(payload["segments"]["s"]["included"], json!(["u"]));
    assert_eq!(snapshot.variation_id("f", 1), Some("new"));
    assert_eq!(snapshot.variation_id("f", 2), None);
    assert_eq!(snapshot.variation_id("g", 0), None);
}

fn words(changes: &[WireChange<'_>]) -> Vec<String> {
    let word = |change: &WireChange<'_>| match change {
        WireChange::Put { collection, item } => {
            format!("put {}/{}@{}", collection.as_str(), item.key, item.version)
        }
        WireChange::Delete { collection, key, version } => {
            format!("del {}/{key}@{version}", collection.as_str())
        }
    };
    changes.iter().map(word).collect()
}

fn in_segment(segment: &str) -> Value {
    json!([{"id": "r", "variation": 1, "clauses": [{"attribute": "", "op": "segmentMatch", "values": [segment]}]}])
}

#[test]
fn changes_come_after_what_they_depend_on_and_deletions_last() {
    let mut world = World::new();
    let empty = world.snapshot();
    world.put(json!([
        flag("a"), targeting("a", json!({"prerequisites": [{"key": "b", "variation": 0}]})),
        flag("b"), targeting("b", json!({"rules": in_segment("s"), "prerequisites": [{"key": "c", "variation": 0}]})),
        flag("c"), targeting("c", json!({})),
        {"kind": "segment", "key": "s", "rules": [{"id": "r", "clauses": in_segment("t")[0]["clauses"]}]},
        {"kind": "segment", "key": "t"},
    ]));
    let full = world.snapshot();
    let put = ["put segments/t@1", "put segments/s@1", "put flags/c@1", "put flags/b@1", "put flags/a@1"];
    assert_eq!(words(&wire_changes(&empty, &full)), put);
    assert!(wire_changes(&full, &full).is_empty());

    // Over one that did not change: `a` still waits for `c`.
    world.put(json!([
        targeting("a", json!({"prerequisites": [{"key": "b", "variation": 1}]})),
        targeting("c", json!({"on": false}))
    ]));
    let next = world.after(&full);
    assert_eq!(words(&wire_changes(&full, &next)), ["put flags/c@2", "put flags/a@2"]);

    for key in ["a", "b", "c"] {
        world.delete(ResourceId::project(Kind::Flag, key));
    }
    for key in ["s", "t"] {
        world.delete(ResourceId::environment("production", Kind::Segment, key));
    }
    let gone = world.after(&next);
    let del = ["del flags/a@7", "del flags/b@7", "del flags/c@7", "del segments/s@7", "del segments/t@7"];
    assert_eq!(words(&wire_changes(&next, &gone)), del);
}

#[test]
fn a_cycle_and_a_long_chain_end() {
    let chain = |i: usize, to: usize| {
        let key = format!("f{i}");
        [flag(&key), targeting(&key, json!({"prerequisites": [{"key": format!("f{to}"), "variation": 0}]}))]
    };
    let all: Vec<_> = (0..20_000).flat_map(|i| chain(i, (i + 1) % 20_000)).collect();
    let world = world(all.into());
    assert_eq!(wire_changes(&World::new().snapshot(), &world.snapshot()).len(), 20_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever the flags ask of one another and whatever changes: replaying the messages gives the new
    /// snapshot, and no message leaves a flag there whose prerequisite isn't.
    #[test]
    fn replaying_changes_never_shows_a_dependent_alone(
        first in prop::collection::vec(prop::option::of(any::<u8>()), 6),
        second in prop::collection::vec(prop::option::of(any::<u8>()), 6),
    ) {
        // A flag asks those of lower number whose bit is set and which are there.
        let asked = |all: &[Option<u8>], i: usize, bits: u8| -> Vec<usize> {
            (0..i).filter(|j| bits & (1 << j) != 0 && all[*j].is_some()).collect()
        };
        let resources = |all: &[Option<u8>]| -> Value {
            let there = all.iter().enumerate().filter_map(|(i, bits)| Some((i, (*bits)?)));
            there.flat_map(|(i, bits)| {
                let asks = asked(all, i, bits).into_iter().map(|j| json!({"key": format!("f{j}"), "variation": 0}));
                let key = format!("f{i}");
                [flag(&key), targeting(&key, json!({"prerequisites": asks.collect::<Vec<_>>()}))]
            }).collect()
        };
        let mut world = world(resources(&first));
        let old = world.snapshot();
        for i in (0..6).filter(|i| first[*i].is_some() && second[*i].is_none()) {
            let key = format!("f{i}");
            world.delete(ResourceId::environment("production", Kind::Targeting, &key));
            world.delete(ResourceId::project(Kind::Flag, &key));
        }
        world.put(resources(&second));
        let new = world.after(&old);

        let parse = |json: &[u8]| serde_json::from_slice::<Value>(json).unwrap();
        let mut client: std::collections::BTreeMap<String, Value> =
            old.wire_flags().map(|item| (item.key.to_string(), parse(&item.json))).collect();
        for change in wire_changes(&old, &new) {
            match change {
                WireChange::Put { item, .. } => {
                    if let Some(before) = client.get(&*item.key) {
                        prop_assert!(item.version > before["version"].as_u64().unwrap());
                    }
                    client.insert(item.key.to_string(), parse(&item.json));
                }
                WireChange::Delete { key, version, .. } => {
                    prop_assert!(version > client[&*key]["version"].as_u64().unwrap());
                    client.remove(&*key);
                }
            }
            for flag in client.values() {
                for asked in flag["prerequisites"].as_array().unwrap() {
                    prop_assert!(client.contains_key(asked["key"].as_str().unwrap()));
                }
            }
        }
        let want: std::collections::BTreeMap<String, Value> =
            new.wire_flags().map(|item| (item.key.to_string(), parse(&item.json))).collect();
        prop_assert_eq!(client, want);
    }
}
