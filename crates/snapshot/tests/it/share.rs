//! What one snapshot takes over from the one before, and whether it acts differently.

use std::sync::Arc;

use serde_json::{Value, json};
use switchyard_model::{Kind, ResourceId};
use switchyard_snapshot::Snapshot;

use crate::support::{World, flag, listener, merge, route, service, targeting, to, world};

fn shop() -> World {
    let mut by_flag = route("flagged", json!({"path": {"prefix": "/f"}}));
    merge(
        &mut by_flag,
        json!({"split": {"by": "flag", "flag": "f", "arms": [
        {"variation": "new", "action": to("cart", "v2")}, {"variation": "old", "action": to("cart", "v1")}]}}),
    );
    let mut other = listener();
    merge(&mut other, json!({"key": "other"}));
    let mut there = route("there", json!({}));
    merge(&mut there, json!({"listener": "other"}));
    world(json!([flag("f"), flag("g"), targeting("f", json!({})), {"kind": "segment", "key": "s"},
        listener(), other, service("cart"), route("plain", json!({})), by_flag, there]))
}

fn details(mut manifest: Value) -> Value {
    merge(&mut manifest, json!({"name": "N", "description": "D", "owner": "O", "tags": ["t"]}));
    manifest
}

/// Which parts of the snapshot are the same memory after this revision, and whether it acts differently.
#[track_caller]
fn check(edit: impl FnOnce(&mut World) -> &mut World, shared: &[&str], alters: bool) {
    let mut world = shop();
    let before = world.snapshot();
    edit(&mut world);
    let after = world.after(&before);
    let mut kept = vec![];
    for (a, b) in before.wire_flags().zip(after.wire_flags()) {
        if a.json.as_ptr() == b.json.as_ptr() {
            kept.push(a.key.to_string());
        }
    }
    for (a, b) in before.listeners().iter().zip(after.listeners()) {
        if Arc::ptr_eq(a, b) {
            kept.push(a.key.to_string());
        }
        let mut routes: Vec<_> =
            a.routes().iter().filter(|a| b.routes().iter().any(|b| Arc::ptr_eq(a, b))).collect();
        routes.sort_by_key(|route| route.key.clone());
        kept.extend(routes.iter().map(|route| route.key.to_string()));
    }
    assert_eq!(kept, shared);
    assert_eq!(after.alters(&before), alters);
    let fresh = world.snapshot();
    assert_eq!((after.put_payload(), after.etag()), (fresh.put_payload(), fresh.etag()));
    assert!(!after.alters(&fresh));
}

#[test]
fn what_does_not_change_is_shared() {
    let all = ["f", "g", "other", "there", "web", "flagged", "plain"];
    check(|w| w, &all, false);
    // A flag's targeting is not part of the routes that use it: they ask for it when they decide.
    let on = targeting("f", json!({"fallthrough": {"variation": 1}}));
    check(|w| w.put(on), &["g", "other", "there", "web", "flagged", "plain"], true);
    check(|w| w.put(flag("f")), &["g", "other", "there", "web", "flagged", "plain"], false);
    check(|w| w.put(details(flag("f"))), &["g", "other", "there", "plain"], false);
    check(|w| w.put(details(flag("g"))), &["f", "other", "there", "web", "flagged", "plain"], false);
    check(|w| w.put(details(service("cart"))), &["f", "g", "other", "there", "plain"], false);
    check(|w| w.put(details(listener())), &["f", "g", "other", "there", "flagged", "plain"], false);
    check(|w| w.put(details(route("plain", json!({})))), &["f", "g", "other", "there", "flagged"], false);
    let narrower = route("plain", json!({"methods": ["GET"]}));
    check(|w| w.put(narrower), &["f", "g", "other", "there", "flagged"], true);
    let gone = ResourceId::environment("production", Kind::Route, "plain");
    check(|w| w.delete(gone), &["f", "g", "other", "there", "flagged"], true);
    check(|w| w.put(json!({"kind": "segment", "key": "s", "included": ["u"]})), &all, true);
}

#[test]
fn nothing_new_shares_flags_and_payload_whole() {
    let world = shop();
    let before = world.snapshot();
    let after = world.after(&before);
    assert_eq!(before.put_payload().as_ptr(), after.put_payload().as_ptr());
    assert!(std::ptr::eq(before.flags(), after.flags()));
}

#[test]
fn an_empty_snapshot_is_that_of_an_empty_state() {
    let empty = Snapshot::empty("shop", "production");
    let compiled = World::new().snapshot();
    assert!(!compiled.alters(&empty));
    assert_eq!(compiled.etag(), empty.etag());
    assert_eq!(&empty.put_payload()[..], b"{\"flags\":{},\"segments\":{}}");
}
