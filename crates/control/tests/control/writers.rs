//! Many writers at a time.

use std::collections::HashSet;

use serde_json::json;
use switchyard_control::{Apply, Environment, Error, Event, Outcome, Proposal};
use switchyard_model::Kind;

use crate::world::{SHOP, World, delete, edits, flag, manifests, on, targeting};

/// 50 at once, two resources each: nothing is lost, nothing is half there.
#[tokio::test(flavor = "multi_thread")]
async fn fifty_writers_lose_nothing() {
    let world = World::shop().await;
    let mut tasks = vec![];
    for writer in 0..50 {
        let (control, bob) = (world.control.clone(), world.bob.clone());
        tasks.push(tokio::spawn(async move {
            let key = format!("flag-{writer}");
            let edits = edits(json!([
                { "target": { "kind": "flag", "key": key }, "op": { "type": "put", "resource": flag(&key) } },
                { "target": { "environment": "production", "kind": "targeting", "key": key },
                  "op": { "type": "put", "resource": targeting(&key) } },
            ]));
            let proposal = Proposal { edits, ..Proposal::default() };
            let change = control.create_change(&bob, SHOP, proposal).await.unwrap();
            control.apply_change(&bob, SHOP, change.number, Apply::default()).await.unwrap().number
        }));
    }
    let mut numbers = HashSet::new();
    for task in tasks {
        numbers.insert(task.await.unwrap());
    }
    assert_eq!(numbers, (2..=51).collect::<HashSet<_>>());
    let state = world.state();
    for writer in 0..50 {
        let key = format!("flag-{writer}");
        let (flag, targeting) = (state.flag(&key).unwrap(), state.targeting("production", &key).unwrap());
        assert_eq!(flag.1, targeting.1, "both came with one revision");
    }
    world.is_sound().await;
}

/// One change is applied once, however many try.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_applied_once() {
    let world = World::shop().await;
    let proposal = Proposal { edits: edits(on("banner", "production", true)), ..Proposal::default() };
    let change = world.control.create_change(&world.bob, SHOP, proposal).await.unwrap().number;
    let tries = (0..8).map(|_| {
        let (control, bob) = (world.control.clone(), world.bob.clone());
        tokio::spawn(async move { control.apply_change(&bob, SHOP, change, Apply::default()).await })
    });
    let mut done = 0;
    for task in tries.collect::<Vec<_>>() {
        match task.await.unwrap() {
            Ok(_) => done += 1,
            Err(error) => assert_eq!(error, Error::StaleVersion { version: 2 }),
        }
    }
    assert_eq!((done, world.state().revision), (1, 2));
}

/// A caller that goes away while it is being written neither stops it nor leaves it unpublished.
#[tokio::test]
async fn a_write_ends_without_its_caller() {
    let world = World::shop().await;
    let (_, mut events) = world.control.events(&world.ann, SHOP).unwrap();
    {
        let files = manifests(json!([flag("new-one")]));
        let write = world.control.apply_manifests(&world.bob, SHOP, files, "", false);
        tokio::pin!(write);
        // Polled once, so that it has begun, and dropped.
        assert!(futures_poll_once(write.as_mut()).await.is_none());
    }
    assert!(matches!(events.recv().await.unwrap(), Event::Revision { number: 2, .. }));
    assert!(world.state().flag("new-one").is_some());
    world.is_sound().await;
}

async fn futures_poll_once<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
    std::future::poll_fn(|context| match std::pin::Pin::new(&mut future).poll(context) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}

/// Only environments whose compiled snapshot is another one are published, and the event says which.
#[tokio::test]
async fn publishes_what_it_alters() {
    let world = World::shop().await;
    let (head, mut events) = world.control.events(&world.ann, SHOP).unwrap();
    assert_eq!(head, 1);
    let mut staging = world.control.snapshot(SHOP, "staging").unwrap();
    let mut production = world.control.snapshot(SHOP, "production").unwrap();

    world.apply(&world.bob, on("banner", "production", true)).await.unwrap();
    assert!(production.changed().await);
    assert_eq!((production.current().revision, staging.current().revision), (2, 1));
    let event = loop {
        match events.recv().await.unwrap() {
            Event::Revision { number, environments, kinds } => break (number, environments, kinds),
            Event::Change { .. } | Event::Nodes { .. } => {}
        }
    };
    assert_eq!(event, (2, vec!["production".into()], vec![Kind::Targeting]));

    let description = json!([{ "target": { "kind": "flag", "key": "banner" },
        "op": { "type": "setDetails", "description": "Above the fold" } }]);
    let check = world.control.check(&world.bob, SHOP, edits(description)).await.unwrap();
    assert!(check.ok && check.environments.is_empty(), "words alter nothing: {check:?}");

    let gone = delete(json!({ "kind": "flag", "key": "search" }));
    let check = world.control.check(&world.bob, SHOP, edits(gone.clone())).await.unwrap();
    assert!(check.ok, "{:?}", check.problems);
    let targets: Vec<_> = check.edits.iter().map(|e| e.target.to_string()).collect();
    assert_eq!(targets, ["flag/search", "production/targeting/search"], "its targeting goes with it");
    assert_eq!(check.environments.len(), 2);
    world.apply(&world.bob, gone).await.unwrap();
    assert!(staging.changed().await);
    assert!(world.state().targeting("production", "search").is_none());
}

/// Files: what differs is one revision, what doesn't is none, and what was exported changes nothing.
#[tokio::test]
async fn files_write_what_differs() {
    let world = World::shop().await;
    let exported = world.control.export(&world.ann, SHOP, None).unwrap();
    let again = world.control.apply_manifests(&world.bob, SHOP, exported.clone(), "", false).await.unwrap();
    let Outcome::Checked(check) = again else { panic!("nothing differs") };
    assert!(check.ok && check.edits.is_empty());

    let mut files = exported;
    files.extend(manifests(json!([flag("extra")])));
    let dry = world.control.apply_manifests(&world.bob, SHOP, files.clone(), "", true).await.unwrap();
    let Outcome::Checked(check) = dry else { panic!("was dry") };
    assert_eq!(check.edits.len(), 1);
    assert_eq!(world.state().revision, 1);
    let done = world.control.apply_manifests(&world.bob, SHOP, files, "From files", false).await.unwrap();
    let Outcome::Applied(revision) = done else { panic!("something differs") };
    assert_eq!((revision.number, &*revision.title, revision.edits.len()), (2, "From files", 1));

    let mut unknown = flag("twice");
    unknown["variations"][1]["id"] = json!("new");
    let refused =
        world.control.apply_manifests(&world.bob, SHOP, manifests(json!([unknown])), "", false).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    assert_eq!(world.state().revision, 2);
    world.is_sound().await;
}

/// An environment that is added later has every flag, off, and takes edits.
#[tokio::test]
async fn adds_an_environment() {
    let world = World::shop().await;
    let preview = Environment { key: "preview".into(), name: "Preview".into(), production: false };
    let project = world.control.add_environment(&world.ann, SHOP, preview.clone()).await.unwrap();
    assert_eq!(project.environments.last(), Some(&preview));
    let mut snapshot = world.control.snapshot(SHOP, "preview").unwrap();
    assert_eq!(snapshot.current().wire_flags().len(), 2);
    world.apply(&world.bob, on("banner", "preview", true)).await.unwrap();
    assert!(snapshot.changed().await);
    let twice = world.control.add_environment(&world.ann, SHOP, preview).await;
    assert!(matches!(twice, Err(Error::Exists(_))), "{twice:?}");
    world.is_sound().await;
}
