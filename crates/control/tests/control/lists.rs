//! Big segments, by the lists that they name.

use serde_json::{Value, json};
use switchyard_control::{Apply, Error, ListMade, ListMode, ListSide, NewList, Proposal};
use switchyard_flags::{BigList, Context};

use crate::world::{SHOP, World, manifests};

async fn made(
    world: &World,
    onto: Option<&ListMade>,
    side: ListSide,
    mode: ListMode,
    text: &str,
) -> ListMade {
    let onto = onto.map(|made| made.list.hash.to_string());
    let new = NewList { onto, side, mode, text: text.into() };
    world.control.make_list(&world.bob, SHOP, new).await.unwrap()
}

fn segment(made: &ListMade) -> Value {
    json!({ "kind": "segment", "environment": "production", "key": "big", "unbounded": true, "generation": 1,
        "list": made.list, "rules": [{ "id": "r", "clauses": [{ "attribute": "plan", "op": "in", "values": ["pro"] }] }] })
}

fn put(made: &ListMade) -> Value {
    let target = json!({ "environment": "production", "kind": "segment", "key": "big" });
    let mut resource = segment(made);
    resource.as_object_mut().unwrap().remove("environment");
    json!([{ "target": target, "op": { "type": "put", "resource": resource } }])
}

/// A shop whose banner is for those of the segment.
async fn world(made: &ListMade, world: World) -> World {
    let aimed = json!({ "kind": "targeting", "environment": "production", "key": "banner", "on": true, "offVariation": 0,
        "rules": [{ "id": "big", "variation": 1, "clauses": [{ "attribute": "", "op": "segmentMatch", "values": ["big"] }] }],
        "fallthrough": { "variation": 0 } });
    world.control.set_up(SHOP, manifests(json!([segment(made), aimed])), "Big").await.unwrap();
    world
}

fn is_in(world: &World, context: Value) -> bool {
    let snapshot = world.control.snapshot(SHOP, "production").unwrap().current();
    let context = Context::from_json(&context).unwrap();
    snapshot.flags().evaluate("banner", &context).variation_index == Some(1)
}

fn user(key: &str) -> Value {
    json!({ "kind": "user", "key": key })
}

#[tokio::test]
async fn who_is_in_is_said_by_the_list_of_the_revision() {
    let shop = World::shop().await;
    let first = made(&shop, None, ListSide::Included, ListMode::Replace, "ann\nbob\nann\n").await;
    assert_eq!((first.list.included, first.added, first.removed), (2, 2, 0));
    let world = world(&first, shop).await;
    let head = world.state().revision;
    assert!(is_in(&world, user("ann")) && !is_in(&world, user("cid")));
    assert!(!is_in(&world, json!({ "kind": "org", "key": "ann" })), "only keys of its kind");
    let pro = json!({ "kind": "user", "key": "cid", "plan": "pro" });
    assert!(is_in(&world, pro.clone()), "rules count for who is not listed");

    // More keys, fewer, and some that are out whatever the rules say.
    let more = made(&world, Some(&first), ListSide::Included, ListMode::Add, "cid\ndee\n").await;
    let fewer = made(&world, Some(&more), ListSide::Included, ListMode::Remove, "ann\nnobody\n").await;
    let out = made(&world, Some(&fewer), ListSide::Excluded, ListMode::Replace, "eve\nbob\n").await;
    assert_eq!((fewer.added, fewer.removed, out.list.included, out.list.excluded), (0, 1, 3, 2));
    assert!(is_in(&world, user("ann")), "what is uploaded is not in force");
    let applied = world.apply(&world.bob, put(&out)).await.unwrap();
    let said: Vec<_> = applied.edits.iter().map(|edit| edit.sentence.to_string()).collect();
    assert_eq!(said, ["segment big: its big list becomes another: +4 −1 keys"]);
    assert!(!is_in(&world, user("ann")) && is_in(&world, user("dee")));
    assert!(is_in(&world, user("bob")), "who is included is in, whatever else says so");
    assert!(!is_in(&world, json!({ "kind": "user", "key": "eve", "plan": "pro" })));

    // It is so after a restart, as it was then, and is taken back.
    let world = world.restarted().await;
    assert!(is_in(&world, user("dee")));
    let then = world.control.snapshot_at(&world.ann, SHOP, "production", head).await.unwrap();
    let ann = Context::from_json(&user("ann")).unwrap();
    assert_eq!(then.flags().evaluate("banner", &ann).variation_index, Some(1));
    drop(then);
    world.revert(head + 1).await.unwrap();
    assert!(is_in(&world, user("ann")) && !is_in(&world, user("dee")));
    world.is_sound().await;
}

#[tokio::test]
async fn what_was_proposed_long_ago_is_still_there() {
    let world = World::shop().await;
    let list = made(&world, None, ListSide::Included, ListMode::Replace, "zoe\n").await;
    let change = world.submit(&world.bob, put(&list)).await;
    // Others were made since, and the server has started again.
    for n in 0..6 {
        made(&world, None, ListSide::Included, ListMode::Replace, &format!("{n}\n")).await;
    }
    let world = world.restarted().await;
    assert!(BigList::find(&list.list.hash).is_none(), "it is in memory no more");
    world.control.apply_change(&world.bob, SHOP, change.number, Apply::default()).await.unwrap();
    assert!(BigList::find(&list.list.hash).is_some());
    // What another project has made is not this one's.
    let environments = world.control.project(&world.ann, SHOP).unwrap().environments;
    world.control.create_project(&world.ann, "other", "Other", environments).await.unwrap();
    let proposal = Proposal { edits: crate::world::edits(put(&list)), ..Proposal::default() };
    let check = world.control.check(&world.ann, "other", proposal).await.unwrap();
    assert!(check.problems.iter().any(|problem| problem.reason == "is no list of this project"), "{check:?}");
}

#[tokio::test]
async fn keys_are_in_no_state_and_no_file() {
    let shop = World::shop().await;
    let list = made(&shop, None, ListSide::Included, ListMode::Replace, "ann@shop.example\n").await;
    let world = world(&list, shop).await;
    let exported = world.control.export(&world.ann, SHOP, None).unwrap();
    let text: String = exported.iter().map(|manifest| manifest.to_json().to_string()).collect();
    assert!(text.contains(&*list.list.hash) && !text.contains("ann@shop.example"));
    let snapshot = world.control.snapshot(SHOP, "production").unwrap().current();
    let wire = String::from_utf8(snapshot.put_payload().to_vec()).unwrap();
    assert!(
        !wire.contains("ann@shop.example") && !wire.contains(&*list.list.hash),
        "servers' SDKs are told of neither"
    );
    assert!(wire.contains("\"unbounded\":true"));
    let audit = world.control.audit(&world.ann, &Default::default()).await.unwrap();
    assert!(audit.items.iter().any(|line| line.sentence == "made a list of 1 keys"));
    let keys = world.control.list(&world.ann, SHOP, &list.list.hash).await.unwrap();
    assert_eq!(keys.included().collect::<Vec<_>>(), ["ann@shop.example"]);
}

#[tokio::test]
async fn what_is_wrong_is_refused_and_nothing_becomes_so() {
    let world = World::shop().await;
    let upload = async |onto: Option<&str>, text: &str| {
        let (side, mode) = (ListSide::Included, ListMode::Replace);
        let new = NewList { onto: onto.map(str::to_owned), side, mode, text: text.into() };
        world.control.make_list(&world.bob, SHOP, new).await
    };
    let Err(Error::Invalid(problems)) = upload(None, "ann\n\"bob\n").await else { panic!("was taken") };
    assert_eq!((problems[0].path.as_str(), problems.len()), ("line 2", 1));
    assert!(matches!(upload(Some(&"0".repeat(64)), "ann").await, Err(Error::NotFound(_))));
    let nowhere =
        json!({ "list": { "hash": "0".repeat(64), "included": 1, "excluded": 0 }, "added": 1, "removed": 0 });
    let put_of = |hash: &str| {
        let mut edits = json!([{ "target": { "environment": "production", "kind": "segment", "key": "big" },
            "op": { "type": "put", "resource": { "kind": "segment", "key": "big", "unbounded": true } } }]);
        edits[0]["op"]["resource"]["list"] = nowhere["list"].clone();
        edits[0]["op"]["resource"]["list"]["hash"] = json!(hash);
        edits
    };
    for (hash, why) in [("0".repeat(64), "is no list of this project"), ("x".into(), "is no SHA-256")] {
        let Err(Error::Invalid(problems)) = world.apply(&world.bob, put_of(&hash)).await else {
            panic!("{hash}")
        };
        assert!(problems.iter().any(|problem| problem.reason.contains(why)), "{problems:?}");
    }
    let viewer = crate::world::person("vic", switchyard_model::access::Role::Viewer);
    let new = NewList { onto: None, side: ListSide::Included, mode: ListMode::Replace, text: "a".into() };
    assert!(matches!(world.control.make_list(&viewer, SHOP, new).await, Err(Error::Denied(_))));
}

#[tokio::test]
async fn a_million_keys_are_one_name() {
    let world = World::shop().await;
    let text: String = (0..1_000_000).map(|n| format!("customer-{n:07}\n")).collect();
    let all = made(&world, None, ListSide::Included, ListMode::Replace, &text).await;
    assert_eq!(all.list.included, 1_000_000);
    let list = BigList::find(&all.list.hash).unwrap();
    assert!(list.size() < (16 + 15) * 1_000_000, "{} bytes", list.size());
    let more = made(&world, Some(&all), ListSide::Included, ListMode::Remove, "customer-0000001\n").await;
    assert_eq!((more.added, more.removed), (0, 1));
    let new = NewList {
        onto: Some(all.list.hash.to_string()),
        side: ListSide::Included,
        mode: ListMode::Add,
        text: "one-more".into(),
    };
    assert!(matches!(world.control.make_list(&world.bob, SHOP, new).await, Err(Error::Invalid(_))));
}
