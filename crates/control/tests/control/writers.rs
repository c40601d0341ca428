//! Many writers at a time.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use switchyard_control::{
    Apply, ChangeQuery, Environment, Error, Event, Listening, Mode, Outcome, Proposal, Query, RevisionView,
};
use switchyard_model::Kind;

use crate::world::{SHOP, World, delete, edits, flag, manifests, on, serve, targeting, weights};

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

/// 50 at once on the same few fields, all written on the same head: what somebody else has changed since is
/// merged where it is another field, and refused where it is the same one, until its author has seen it.
#[tokio::test(flavor = "multi_thread")]
async fn fifty_writers_overwrite_nobody() {
    let world = World::shop().await;
    let begun = Arc::new(tokio::sync::Barrier::new(50));
    let mut tasks = vec![];
    for writer in 0..50_u32 {
        let (control, bob, begun) = (world.control.clone(), world.bob.clone(), begun.clone());
        tasks.push(tokio::spawn(async move {
            let proposal = Proposal { edits: edits(wish(writer)), ..Proposal::default() };
            let mut change = control.create_change(&bob, SHOP, proposal.clone()).await.unwrap();
            begun.wait().await;
            let mut refused = 0;
            loop {
                match control.apply_change(&bob, SHOP, change.number, Apply::default()).await {
                    Ok(revision) => return (Some(revision.number), refused),
                    Err(Error::Unchanged { .. }) => return (None, refused),
                    Err(Error::Conflicts { .. }) => refused += 1,
                    Err(error) => panic!("{writer}: {error:?}"),
                }
                let (number, version, proposal) = (change.number, change.version, proposal.clone());
                change = control.update_change(&bob, SHOP, number, version, proposal).await.unwrap();
            }
        }));
    }
    let (mut applied, mut refused) = (0, 0);
    for task in tasks {
        let (number, refusals) = task.await.unwrap();
        applied += u64::from(number.is_some());
        refused += refusals;
    }
    assert_eq!(world.state().revision, 1 + applied, "each is a revision of its own");
    assert!(refused > 0, "they were in each other's way");
    overwrites_nobody(&world).await;
    world.is_sound().await;
}

/// One of few fields gets one of few values.
fn wish(writer: u32) -> Value {
    match writer % 4 {
        0 => on(["banner", "search"][writer as usize / 4 % 2], "production", writer % 8 < 4),
        1 => serve("banner", "production", i64::from(writer / 4 % 2)),
        2 => weights(writer * 1_000, 100_000 - writer * 1_000),
        _ => serve("search", "staging", i64::from(writer / 4 % 2)),
    }
}

/// No revision changed a field that another one had changed since its change was last saved.
async fn overwrites_nobody(world: &World) {
    let query = Query { limit: 500, ..Query::default() };
    let revisions = world.control.history(&world.ann, SHOP, query).await.unwrap().items;
    let query = ChangeQuery { limit: 500, ..ChangeQuery::default() };
    let changes = world.control.changes(&world.ann, SHOP, query).await.unwrap().items;
    let fields = |revision: &RevisionView| -> HashSet<String> {
        let paths = revision
            .edits
            .iter()
            .flat_map(|edit| edit.difference.iter().map(|field| format!("{} {}", edit.target, field.path)));
        // A flag that nobody had aimed in an environment gets its whole targeting at first.
        paths.filter(|path| !path.ends_with(' ')).collect()
    };
    for change in &changes {
        let own = revisions.iter().find(|r| Some(r.number) == change.revision);
        let Some(own) = own else { continue };
        for between in revisions.iter().filter(|r| r.number > change.base && r.number < own.number) {
            let (mine, theirs) = (fields(own), fields(between));
            assert!(mine.is_disjoint(&theirs), "r{} over r{}: {mine:?}", own.number, between.number);
        }
    }
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
    let Listening { mut events, .. } = world.control.events(&world.ann, SHOP).unwrap();
    {
        let files = manifests(json!([flag("new-one")]));
        let write = world.control.apply_manifests(&world.bob, SHOP, files, "", Mode::Write);
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
    let Listening { head, mut events, .. } = world.control.events(&world.ann, SHOP).unwrap();
    assert_eq!(head, 1);
    let mut staging = world.control.snapshot(SHOP, "staging").unwrap();
    let mut production = world.control.snapshot(SHOP, "production").unwrap();

    let before = Instant::now();
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
    // Who comes later is told when something last happened.
    let later = world.control.events(&world.ann, SHOP).unwrap();
    assert!(later.head == 2 && later.quiet.is_some_and(|quiet| quiet <= before.elapsed()), "{later:?}");

    let description = json!([{ "target": { "kind": "flag", "key": "banner" },
        "op": { "type": "setDetails", "description": "Above the fold" } }]);
    let of = |json| Proposal { edits: edits(json), ..Proposal::default() };
    let check = world.control.check(&world.bob, SHOP, of(description)).await.unwrap();
    assert!(check.ok && check.environments.is_empty(), "words alter nothing: {check:?}");

    let gone = delete(json!({ "kind": "flag", "key": "search" }));
    let check = world.control.check(&world.bob, SHOP, of(gone.clone())).await.unwrap();
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
    let again =
        world.control.apply_manifests(&world.bob, SHOP, exported.clone(), "", Mode::Write).await.unwrap();
    let Outcome::Checked(check) = again else { panic!("nothing differs") };
    assert!(check.ok && check.edits.is_empty());

    let mut files = exported;
    files.extend(manifests(json!([flag("extra")])));
    let dry = world.control.apply_manifests(&world.bob, SHOP, files.clone(), "", Mode::DryRun).await.unwrap();
    let Outcome::Checked(check) = dry else { panic!("was dry") };
    assert_eq!(check.edits.len(), 1);
    assert_eq!(world.state().revision, 1);
    let done =
        world.control.apply_manifests(&world.bob, SHOP, files, "From files", Mode::Write).await.unwrap();
    let Outcome::Applied(revision) = done else { panic!("something differs") };
    assert_eq!((revision.number, &*revision.title, revision.edits.len()), (2, "From files", 1));

    let mut unknown = flag("twice");
    unknown["variations"][1]["id"] = json!("new");
    let refused =
        world.control.apply_manifests(&world.bob, SHOP, manifests(json!([unknown])), "", Mode::Write).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    assert_eq!(world.state().revision, 2);
    world.is_sound().await;
}

/// An environment that is added later has every flag, off, and takes edits.
#[tokio::test]
async fn adds_an_environment() {
    let world = World::shop().await;
    let preview = Environment {
        key: "preview".into(),
        name: "Preview".into(),
        production: false,
        required_approvals: 0,
        approvals_from: vec![],
        owners_approve: false,
        freezes: vec![],
    };
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
