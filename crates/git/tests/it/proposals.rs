//! Commits of others as changes.

use serde_json::json;
use switchyard_control::{BranchState, Error};
use switchyard_model::ChangeState;

use crate::world::{BANNER, SHOP, World, git, on, push, read, serve};

#[tokio::test]
async fn a_branch_is_a_change_and_hears_back_and_nothing_goes_round() {
    let world = World::connected().await;
    let clone = world.clone_of("clone");
    let text = read(&clone, BANNER).replace("on: false", "on: true");
    let commit = push(&clone, "proposals/banner", BANNER, Some(&text));
    let open = world.branch("proposals/banner").await;
    assert_eq!((open.state, open.words.as_str()), (BranchState::Open, "C-1 waits to be applied."));
    let [change] = &world.changes().await[..] else { panic!() };
    assert_eq!(
        (change.state, &*change.author_name, &*change.reason),
        (ChangeState::Approved, "Git", "because")
    );
    assert_eq!(change.check.edits[0].sentence.to_string(), "banner: turned on");
    assert_eq!(
        world.note(&commit),
        "Switchyard: C-1 waits to be applied.\nhttps://shop.example/p/shop/production/changes/1\n"
    );
    let before = git(&world.remote, &["rev-parse", "refs/notes/switchyard"]);
    world.sync().await;
    assert_eq!(
        git(&world.remote, &["rev-parse", "refs/notes/switchyard"]),
        before,
        "what is told is told once"
    );

    // The next commit of the branch is the same change.
    let more = format!("{text}trackEvents: true\n");
    let commit = push(&clone, "proposals/banner", BANNER, Some(&more));
    world.sync().await;
    let [change] = &world.changes().await[..] else { panic!() };
    assert_eq!((change.number, change.version), (1, 2));
    assert!(matches!(&change.origin, Some(switchyard_model::Origin::Git { commit: c, .. }) if *c == commit));

    world.apply(1).await.unwrap();
    let applied = world.branch("proposals/banner").await;
    assert_eq!((applied.state, applied.words.as_str()), (BranchState::Applied, "C-1 is applied as r2."));
    assert!(world.note(&commit).starts_with("Switchyard: C-1 is applied as r2."));
    let message = git(&world.remote, &["log", "-1", "--format=%B", "main"]);
    assert!(message.contains(&format!("Switchyard-Change: C-1\nSwitchyard-From: {commit}\n")), "{message}");

    // Merged, fast-forwarded, pushed again: all of it is so already.
    git(&clone, &["fetch", "--quiet"]);
    git(&clone, &["push", "--quiet", "--force", "origin", "origin/main:refs/heads/proposals/banner"]);
    let same = world.branch("proposals/banner").await;
    assert_eq!(same.state, BranchState::Same);
    for _ in 0..3 {
        world.sync().await;
    }
    assert_eq!((world.changes_from_git().await, world.state().revision), (1, 2));
    assert_eq!(world.log("main", "%H").len(), 2);
}

#[tokio::test]
async fn what_came_since_is_merged_by_field_and_conflicts_are_named() {
    let world = World::connected().await;
    let clone = world.clone_of("clone");
    let began = read(&clone, BANNER);
    world.edit(&world.ann, serve("banner", 1)).await.unwrap();
    world.sync().await;
    push(&clone, "proposals/on", BANNER, Some(&began.replace("on: false", "on: true")));
    let number = world.branch("proposals/on").await.change.unwrap();
    let change = world.control.change(&world.ann, SHOP, number).await.unwrap();
    assert_eq!((change.base, change.check.ok), (1, true));
    world.apply(number).await.unwrap();
    let state = world.state();
    let (banner, _) = state.targeting("production", "banner").unwrap();
    assert!(banner.on && banner.fallthrough.variation == Some(1), "both sides are in it: {banner:?}");

    // The same branch again, from where it settled: only what is new is asked for, on what is so by now.
    world.edit(&world.ann, serve("search", 1)).await.unwrap();
    let events = format!("{}trackEvents: true\n", read(&clone, BANNER));
    push(&clone, "proposals/on", BANNER, Some(&events));
    let number = world.branch("proposals/on").await.change.unwrap();
    let change = world.control.change(&world.ann, SHOP, number).await.unwrap();
    assert_eq!(
        change.check.edits[0].difference.iter().map(|d| d.path.as_str()).collect::<Vec<_>>(),
        ["trackEvents"]
    );

    git(&clone, &["checkout", "--quiet", "-b", "other", "origin/main"]);
    let half = json!([{
        "target": { "environment": "production", "kind": "targeting", "key": "banner" },
        "op": { "type": "setServe", "serve": { "rollout": { "variations": [
            { "variation": 0, "weight": 50_000 }, { "variation": 1, "weight": 50_000 },
        ] } } },
    }]);
    world.edit(&world.ann, half).await.unwrap();
    push(&clone, "proposals/other", BANNER, Some(&began.replace("variation: 0", "variation: 1")));
    let conflict = world.branch("proposals/other").await;
    assert!(conflict.words.ends_with("does not fit what is so by now."), "{conflict:?}");
    assert_eq!(conflict.problems[0].path, "fallthrough");
    let refused = world.apply(conflict.change.unwrap()).await;
    assert!(
        matches!(&refused, Err(Error::Conflicts { conflicts, .. }) if conflicts[0].path == "fallthrough")
    );
}

#[tokio::test]
async fn bad_files_are_answered_with_their_lines() {
    let world = World::connected().await;
    let clone = world.clone_of("clone");
    let good = read(&clone, BANNER);
    std::fs::write(clone.join("flag/new.yaml"), "kind: flag\nkey: new\nvariations:\n- id: on\n  valu: 1\n")
        .unwrap();
    std::fs::write(clone.join("production/targeting/broken.yaml"), "kind: [").unwrap();
    let commit = push(&clone, "proposals/bad", "README.md", Some("not looked at"));
    let bad = world.branch("proposals/bad").await;
    assert_eq!((bad.state, bad.change), (BranchState::Refused, None));
    let note = world.note(&commit);
    assert!(note.contains("- production/targeting/broken.yaml:") && note.contains(": is no YAML"), "{note}");

    std::fs::remove_file(clone.join("production/targeting/broken.yaml")).unwrap();
    let commit = push(&clone, "proposals/bad", "README.md", Some("still not"));
    let bad = world.branch("proposals/bad").await;
    assert!(bad.problems[0].to_string().starts_with("flag/new.yaml:5:3: "), "{:?}", bad.problems);
    assert!(world.note(&commit).contains("flag/new.yaml:5:3: "));

    // What can be read and is no good configuration.
    std::fs::remove_file(clone.join("flag/new.yaml")).unwrap();
    push(&clone, "proposals/bad", BANNER, Some(&good.replace("variation: 0", "variation: 7")));
    let bad = world.branch("proposals/bad").await;
    assert_eq!(bad.state, BranchState::Refused);
    assert!(bad.problems[0].to_string().starts_with(&format!("{BANNER}:")), "{:?}", bad.problems);
    assert_eq!((world.changes_from_git().await, world.state().revision), (0, 1));

    push(&clone, "proposals/bad", BANNER, Some(&good.replace("on: false", "on: true")));
    assert_eq!(world.branch("proposals/bad").await.state, BranchState::Open);
}

#[tokio::test]
async fn a_branch_that_is_gone_or_taken_back_gives_its_change_up() {
    let world = World::connected().await;
    let clone = world.clone_of("clone");
    let text = read(&clone, BANNER).replace("on: false", "on: true");
    push(&clone, "proposals/gone", BANNER, Some(&text));
    world.branch("proposals/gone").await;
    git(&clone, &["push", "--quiet", "origin", ":proposals/gone"]);
    world.sync().await;
    assert_eq!(world.changes().await[0].state, ChangeState::Rejected);

    push(&clone, "proposals/back", BANNER, Some(&format!("{text}trackEvents: true\n")));
    let number = world.branch("proposals/back").await.change.unwrap();
    git(&clone, &["push", "--quiet", "--force", "origin", "origin/main:refs/heads/proposals/back"]);
    assert_eq!(world.branch("proposals/back").await.state, BranchState::Same);
    let change = world.control.change(&world.ann, SHOP, number).await.unwrap();
    assert_eq!(change.state, ChangeState::Rejected);

    // Turned down by people: the same commit is not proposed again.
    push(&clone, "proposals/no", BANNER, Some(&text.replace("offVariation: 1", "offVariation: 0")));
    let number = world.branch("proposals/no").await.change.unwrap();
    world.control.discard_change(&world.ann, SHOP, number).await.unwrap();
    for _ in 0..2 {
        assert_eq!(world.branch("proposals/no").await.state, BranchState::Rejected);
    }
    assert_eq!(world.changes_from_git().await, 3);
}

#[tokio::test]
async fn many_branches_pushed_at_once_are_one_change_each() {
    let world = World::connected().await;
    let clone = world.clone_of("clone");
    for n in 0..12 {
        git(&clone, &["checkout", "--quiet", "--detach", "origin/main"]);
        let flag = format!("kind: flag\nkey: f{n}\nvariations:\n- id: a\n  value: {n}\n");
        push(&clone, &format!("proposals/{n}"), &format!("flag/f{n}.yaml"), Some(&flag));
    }
    let (a, b) = tokio::join!(world.sync(), world.sync());
    assert_eq!((a.seen.unwrap().branches.len(), b.seen.unwrap().branches.len()), (12, 12));
    assert_eq!(world.changes_from_git().await, 12);
    for change in world.changes().await {
        world.apply(change.number).await.unwrap();
    }
    world.edit(&world.ann, on("banner", true)).await.unwrap();
    world.sync().await;
    assert_eq!(world.log("main", "%H").len(), 14);
}
