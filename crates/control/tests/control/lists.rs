//! Big segments, by the lists that they name.

use std::time::Duration;

use serde_json::{Value, json};
use switchyard_control::{Apply, Error, ListMade, ListMode, ListSide, Mode, NewList, Proposal, RestoreScope};
use switchyard_flags::{BigList, Context};
use switchyard_store::History;

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

const DAY: Duration = Duration::from_secs(86_400);

async fn is_kept(world: &World, made: &ListMade) -> bool {
    world.control.list(&world.ann, SHOP, &made.list.hash).await.is_ok()
}

#[tokio::test]
async fn what_nothing_names_goes_and_what_something_names_stays() {
    let shop = World::shop().await;
    let first = made(&shop, None, ListSide::Included, ListMode::Replace, &many(0)).await;
    let world = world(&first, shop).await;
    let head = world.state().revision;
    // One on top of the other, and the last of them is a draft's; one that a change named that was applied and taken back.
    let base = made(&world, None, ListSide::Included, ListMode::Replace, &many(100)).await;
    let middle = made(&world, Some(&base), ListSide::Included, ListMode::Add, "mia\n").await;
    let drafted = made(&world, Some(&middle), ListSide::Included, ListMode::Add, "dee\n").await;
    let draft = world.submit(&world.bob, put(&drafted)).await;
    let second = made(&world, Some(&first), ListSide::Included, ListMode::Add, "sue\n").await;
    world.apply(&world.bob, put(&second)).await.unwrap();
    world.revert(head + 1).await.unwrap();
    let nobodys = made(&world, Some(&second), ListSide::Included, ListMode::Add, "nora\n").await;
    let nobodys_too = made(&world, Some(&nobodys), ListSide::Included, ListMode::Add, "ned\n").await;
    assert_eq!(world.control.tidy_lists(DAY).await.unwrap(), 0, "somebody may be about to name them");

    world.pass(86_401);
    // It was there before; whoever uploads it again is about to name it.
    let again = made(&world, Some(&nobodys), ListSide::Included, ListMode::Add, "ned\n").await;
    assert_eq!(again.list, nobodys_too.list);
    assert_eq!(world.control.tidy_lists(DAY).await.unwrap(), 0, "one on top of it is new");
    world.pass(86_401);
    assert_eq!(world.control.tidy_lists(DAY).await.unwrap(), 2);
    assert_eq!(world.control.lists_removed(), 2);
    assert!(!is_kept(&world, &nobodys).await && !is_kept(&world, &nobodys_too).await);
    for list in [&first, &base, &middle, &drafted, &second] {
        assert!(is_kept(&world, list).await, "{:?}", list.list);
    }
    let audit = world.control.audit(&world.ann, &Default::default()).await.unwrap();
    assert!(audit.items.iter().any(|line| line.sentence == "removed 2 lists that nothing named"));

    // All that was ever so can be so again, also after a restart, and the draft can be applied.
    let world = world.restarted().await;
    world.control.apply_change(&world.bob, SHOP, draft.number, Apply::default()).await.unwrap();
    assert!(is_in(&world, user("dee")) && is_in(&world, user("mia")));
    let restore =
        |to| world.control.restore(&world.ann, SHOP, to, RestoreScope::Project, "back", Mode::Write);
    restore(head + 1).await.unwrap();
    assert!(is_in(&world, user("sue")) && !is_in(&world, user("dee")));
    // With its draft gone too, a list is nobody's.
    let other = made(&world, None, ListSide::Included, ListMode::Replace, "oli\n").await;
    let draft = world.submit(&world.bob, put(&other)).await;
    world.pass(86_401);
    assert_eq!(world.control.tidy_lists(DAY).await.unwrap(), 0);
    world.control.discard_change(&world.bob, SHOP, draft.number).await.unwrap();
    assert_eq!(world.control.tidy_lists(DAY).await.unwrap(), 1);
    world.is_sound().await;
}

/// What was planned when the list was there, and is written when it is not: the store itself says no.
#[tokio::test]
async fn nothing_is_written_that_names_a_list_which_just_went() {
    let world = World::shop().await;
    let head = world.state().revision;
    let list = made(&world, None, ListSide::Included, ListMode::Replace, "ann\n").await;
    let proposal = Proposal { edits: crate::world::edits(put(&list)), ..Proposal::default() };
    assert!(world.control.check(&world.bob, SHOP, proposal).await.unwrap().ok);
    let mut revision = world.store.revision(SHOP, head).await.unwrap().unwrap();
    let segment: switchyard_model::Resource =
        serde_json::from_value(put(&list)[0]["op"]["resource"].clone()).unwrap();
    let target =
        switchyard_model::ResourceId::environment("production", switchyard_model::Kind::Segment, "big");
    let op = switchyard_model::Op::Put { resource: segment.clone() };
    let after = Some(std::sync::Arc::new(segment));
    revision.number = head + 1;
    revision.edits = vec![switchyard_model::AppliedEdit { target, op, before: None, after }];
    world.pass(86_401);
    assert_eq!(world.control.tidy_lists(DAY).await.unwrap(), 1);
    let refused = world.store.append(SHOP, &revision, None).await;
    assert!(matches!(refused, Err(switchyard_store::Error::NotFound(_))), "{refused:?}");
    assert_eq!(world.store.head(SHOP).await.unwrap(), head);
    let refused = world.apply(&world.bob, put(&list)).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    // And the other way round: what a revision names does not go, whoever asks for it.
    made(&world, None, ListSide::Included, ListMode::Replace, "ann\n").await;
    world.store.append(SHOP, &revision, None).await.unwrap();
    world.pass(86_401);
    assert_eq!(world.control.tidy_lists(DAY).await.unwrap(), 0);
}

fn many(from: usize) -> String {
    (from..from + 100).map(|n| format!("many-{n}\n")).collect()
}

#[tokio::test]
async fn who_is_erased_is_in_no_list_that_there_ever_was() {
    let shop = World::shop().await;
    let first = made(&shop, None, ListSide::Included, ListMode::Replace, &(many(0) + "ann\n")).await;
    let world = world(&first, shop).await;
    let with_ann = world.state().revision;
    let second = made(&world, Some(&first), ListSide::Included, ListMode::Add, "bob\n").await;
    world.apply(&world.bob, put(&second)).await.unwrap();
    let refused = world.control.erase_key(&world.ann, "ann", false).await;
    let Err(Error::Invalid(problems)) = refused else { panic!("{refused:?}") };
    assert_eq!(problems[0].reason, "is included by a list that is in force");
    assert!(
        problems[0]
            .hint
            .as_deref()
            .unwrap()
            .contains("segment upload big - -p shop -e production --side included")
    );
    assert!(is_in(&world, user("ann")), "nothing changes that anybody is served");
    let third = made(&world, Some(&second), ListSide::Included, ListMode::Remove, "ann\n").await;
    world.apply(&world.bob, put(&third)).await.unwrap();
    // One that is on top of it all and was never named; and a draft of hers.
    let fourth = made(&world, Some(&second), ListSide::Excluded, ListMode::Add, "eve\n").await;
    let draft = world.submit(&world.bob, put(&fourth)).await;

    let would = world.control.erase_key(&world.ann, "ann", true).await.unwrap();
    assert_eq!(would.lists, 3, "the first, the second and the draft's");
    let keys = async |made: &ListMade| {
        let list = world.control.list(&world.ann, SHOP, &made.list.hash).await.unwrap();
        list.included().chain(list.excluded()).map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(keys(&first).await.contains(&"ann".to_owned()), "that was only tried");
    let held = world.control.snapshot_at(&world.ann, SHOP, "production", with_ann).await.unwrap();
    let done = world.control.erase_key(&world.ann, "ann", false).await.unwrap();
    assert_eq!((done.lists, done.by_hand.len(), done.revisions), (3, 0, 0));
    drop(held);
    let sound = |made: &ListMade, keys: Vec<String>, expected: usize| {
        assert_eq!(keys.len(), expected, "{:?}", made.list);
        assert!(!keys.contains(&"ann".to_owned()));
    };
    for (list, expected) in [(&first, 100), (&second, 101), (&third, 101), (&fourth, 102)] {
        sound(list, keys(list).await, expected);
    }
    let audit = world.control.audit(&world.ann, &Default::default()).await.unwrap();
    let line = audit.items.iter().find(|line| line.what == "key.erase").unwrap();
    assert_eq!((line.sentence.as_str(), line.who.as_str()), ("erased somebody's key from 3 lists", "ann"));
    assert!(!line.detail.to_string().contains("ann"));

    // After a restart it is read from what is kept, and what named them is as good as before: without her.
    let world = world.restarted().await;
    let then = world.control.snapshot_at(&world.ann, SHOP, "production", with_ann).await.unwrap();
    let context = |key: &str| Context::from_json(&user(key)).unwrap();
    assert_ne!(then.flags().evaluate("banner", &context("ann")).variation_index, Some(1));
    assert_eq!(then.flags().evaluate("banner", &context("many-7")).variation_index, Some(1));
    drop(then);
    world.control.apply_change(&world.bob, SHOP, draft.number, Apply::default()).await.unwrap();
    assert!(is_in(&world, user("bob")) && !is_in(&world, user("ann")));
    let restore =
        |to| world.control.restore(&world.ann, SHOP, to, RestoreScope::Project, "back", Mode::Write);
    restore(with_ann).await.unwrap();
    assert!(is_in(&world, user("many-7")) && !is_in(&world, user("ann")) && !is_in(&world, user("bob")));
    let view = world.control.big_segments(&world.ann, SHOP, "production").await.unwrap();
    assert_eq!(
        (view.segments[0].erased, view.segments[0].list.included, view.store.is_none()),
        (1, 101, true)
    );

    // She comes back: her list is another one, and nothing of before has her.
    let back = made(&world, None, ListSide::Included, ListMode::Replace, &(many(0) + "ann\n")).await;
    assert!(back.list.hash != first.list.hash && back.list.included == 101);
    let same = made(&world, None, ListSide::Included, ListMode::Replace, &(many(0) + "ann\n")).await;
    assert_eq!(back.list, same.list);
    world.apply(&world.bob, put(&back)).await.unwrap();
    assert!(is_in(&world, user("ann")));
    let world = world.restarted().await;
    assert!(is_in(&world, user("ann")));
    restore_without(&world, with_ann).await;
    assert!(!is_in(&world, user("ann")));
    world.control.erase_key(&world.ann, "ann", false).await.unwrap();
    let third_time = made(&world, None, ListSide::Included, ListMode::Replace, &(many(0) + "ann\n")).await;
    assert!(third_time.list.hash != first.list.hash && third_time.list.hash != back.list.hash);
    world.is_sound().await;
}

async fn restore_without(world: &World, to: u64) {
    world.control.restore(&world.ann, SHOP, to, RestoreScope::Project, "back", Mode::Write).await.unwrap();
}

#[tokio::test]
async fn who_is_named_by_hand_is_told_of_and_nobody_else_may_erase() {
    let world = World::shop().await;
    let by_hand = json!([{ "target": { "environment": "production", "kind": "segment", "key": "few" },
        "op": { "type": "put", "resource": { "kind": "segment", "key": "few", "included": ["ann@shop.example"] } } }]);
    world.apply(&world.bob, by_hand).await.unwrap();
    let done = world.control.erase_key(&world.ann, "ann@shop.example", false).await.unwrap();
    assert_eq!((done.lists, done.revisions), (0, 1));
    assert_eq!(
        serde_json::to_value(&done.by_hand).unwrap(),
        json!([{ "project": "shop", "environment": "production", "kind": "segment", "key": "few" }])
    );
    assert_eq!(
        world.control.erase_key(&world.ann, "ann", true).await.unwrap().by_hand,
        [],
        "whole keys only"
    );
    assert!(matches!(world.control.erase_key(&world.bob, "ann", true).await, Err(Error::Denied(_))));
    assert!(matches!(world.control.erase_key(&world.ann, "", true).await, Err(Error::Invalid(_))));
}
