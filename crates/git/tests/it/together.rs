//! A branch that others write too, and what Git manages.

use serde_json::json;
use switchyard_control::{BranchState, GitSettings, Mode};
use switchyard_model::Writer;

use crate::world::{BANNER, SHOP, World, git, on, push, read, serve, settings};

/// One branch for all.
async fn one_branch() -> World {
    let mut world = World::new().await;
    let settings = GitSettings { follow: Some("main".into()), ..settings(&world.remote.clone()) };
    world.connect(settings).await;
    world
}

#[tokio::test]
async fn what_others_put_on_the_mirror_is_decided_first_and_never_written_over() {
    let world = one_branch().await;
    let clone = world.clone_of("clone");
    let text = read(&clone, BANNER).replace("on: false", "on: true");
    let theirs = push(&clone, "main", BANNER, Some(&text));
    world.edit(&world.ann, serve("search", 1)).await.unwrap();
    let seen = world.sync().await.seen.unwrap();
    assert!(seen.mirror.unwrap().stopped.unwrap().contains("“edit production/targeting/banner.yaml”"));
    assert_eq!(git(&world.remote, &["rev-parse", "main"]).trim(), theirs);

    world.apply(seen.branches[0].change.unwrap()).await.unwrap();
    let seen = world.sync().await.seen.unwrap();
    let mirror = seen.mirror.unwrap();
    assert_eq!((mirror.revision, mirror.stopped), (3, None));
    assert_eq!(git(&world.remote, &["merge-base", &theirs, "main"]).trim(), theirs);
    assert_eq!(world.sync().await.seen.unwrap().branches[0].state, BranchState::Same);

    // Turned down, it is taken back there by a commit that says so.
    git(&clone, &["pull", "--quiet", "--rebase", "origin", "main"]);
    let theirs = push(&clone, "main", BANNER, Some(&read(&clone, BANNER).replace("on: true", "on: false")));
    let number = world.branch("main").await.change.unwrap();
    world.control.discard_change(&world.ann, SHOP, number).await.unwrap();
    let seen = world.sync().await.seen.unwrap();
    assert_eq!(seen.mirror.unwrap().revision, 3);
    assert_eq!(git(&world.remote, &["rev-parse", "main~1"]).trim(), theirs);
    assert!(git(&world.remote, &["show", &format!("main:{BANNER}")]).contains("on: true"));
    assert_eq!(world.log("main", "%s").last().unwrap(), "As r3 is");
    for _ in 0..2 {
        world.sync().await;
    }
    assert_eq!((world.changes_from_git().await, world.state().revision), (2, 3));
}

#[tokio::test]
async fn a_commit_that_only_says_it_was_written_here_is_anybodys() {
    let world = one_branch().await;
    let clone = world.clone_of("clone");
    let path = clone.join(BANNER);
    std::fs::write(&path, read(&clone, BANNER).replace("on: false", "on: true")).unwrap();
    let forged = "Nothing to see\n\nSwitchyard-Project: shop\nSwitchyard-Revision: 1";
    git(&clone, &["commit", "--quiet", "--all", "-m", forged]);
    git(&clone, &["push", "--quiet", "origin", "HEAD:main"]);
    let branch = world.branch("main").await;
    assert_eq!(branch.state, BranchState::Open);
    assert!(!world.state().targeting("production", "banner").unwrap().0.on);
}

#[tokio::test]
async fn what_git_manages_drifts_until_both_say_the_same() {
    let mut world = World::new().await;
    // A branch of people's own, which was never written here.
    let clone = world.clone_of("clone");
    std::fs::create_dir_all(clone.join("production/targeting")).unwrap();
    let text = "kind: targeting\nenvironment: production\nkey: banner\nmanagedBy: git\non: true\nfallthrough:\n  variation: 0\noffVariation: 1\n";
    push(&clone, "config", BANNER, Some(text));
    let settings = GitSettings {
        mirror: None,
        follow: Some("config".into()),
        proposals: None,
        ..settings(&world.remote.clone())
    };
    world.connect(settings).await;
    let view = world.sync().await;
    let number = view.seen.unwrap().branches[0].change.unwrap();
    assert_eq!(
        view.drift.iter().map(|drift| drift.sentence.to_string()).collect::<Vec<_>>(),
        ["banner: turned on; is managed by Git"]
    );
    world.apply(number).await.unwrap();
    let view = world.sync().await;
    assert_eq!(view.drift, []);
    assert_eq!(world.state().targeting("production", "banner").unwrap().0.managed_by, Writer::Git);
    assert!(world.state().targeting("production", "search").is_some(), "what no file names stays");

    // Off in an emergency, by hand.
    let refused = world.edit(&world.ann, serve("banner", 1)).await;
    assert!(matches!(refused, Err(switchyard_control::Error::Guardrails(_))), "{refused:?}");
    world.edit(&world.ann, on("banner", false)).await.unwrap();
    let view = world.sync().await;
    let [drift] = &view.drift[..] else { panic!("{:?}", view.drift) };
    assert_eq!((drift.sentence.to_string().as_str(), drift.revision), ("banner: turned on", Some(3)));
    assert_eq!(world.changes_from_git().await, 1, "the branch says nothing new");

    // Git agrees; and then goes on by itself.
    push(&clone, "config", BANNER, Some(&text.replace("on: true", "on: false")));
    assert_eq!(world.branch("config").await.state, BranchState::Same);
    assert_eq!(world.sync().await.drift, []);
    push(&clone, "config", BANNER, Some(&text.replace("variation: 0", "variation: 1")));
    let number = world.branch("config").await.change.unwrap();
    let change = world.control.change(&world.ann, SHOP, number).await.unwrap();
    assert!(change.check.guardrails.is_empty(), "its writer is let through: {:?}", change.check.guardrails);
    world.apply(number).await.unwrap();

    // What it no longer has goes.
    push(&clone, "config", BANNER, None);
    let number = world.branch("config").await.change.unwrap();
    world.apply(number).await.unwrap();
    assert!(world.state().targeting("production", "banner").is_none());
    assert_eq!(world.sync().await.drift, []);
}

#[tokio::test]
async fn it_applies_by_itself_only_what_lacks_nothing() {
    let mut world = World::new().await;
    let settings = GitSettings { apply: true, ..settings(&world.remote.clone()) };
    world.connect(settings).await;
    let clone = world.clone_of("clone");
    let text = read(&clone, BANNER).replace("on: false", "on: true");
    push(&clone, "proposals/on", BANNER, Some(&text));
    let applied = world.branch("proposals/on").await;
    assert_eq!((applied.state, applied.words.as_str()), (BranchState::Applied, "C-1 is applied as r2."));

    let guardrail = json!([{
        "kind": "guardrail", "key": "no", "rule": "false", "message": "Not today.", "effect": "block",
    }]);
    let all = vec![switchyard_model::Manifest::from_json(guardrail[0].clone(), None).unwrap()];
    world.control.apply_manifests(&world.ann, SHOP, all, "", Mode::Write).await.unwrap();
    push(&clone, "proposals/on", BANNER, Some(&text.replace("variation: 0", "variation: 1")));
    let blocked = world.branch("proposals/on").await;
    assert_eq!((blocked.state, blocked.words.as_str()), (BranchState::Open, "C-2 is blocked: Not today."));
    assert_eq!(world.state().revision, 3);
}
