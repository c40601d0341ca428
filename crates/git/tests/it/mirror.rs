//! Revisions as commits.

use serde_json::json;
use switchyard_control::Mode;

use crate::world::{BANNER, SHOP, World, git, on, push, read, serve, settings};

#[tokio::test]
async fn every_revision_is_one_commit_that_says_who_when_and_why() {
    let mut world = World::new().await;
    let bob = world.member("Bob", switchyard_model::access::Role::Developer).await;
    world.edit(&bob, on("banner", true)).await.unwrap();
    world.control.revert(&bob, SHOP, 2, "it flickers", Mode::Write).await.unwrap();
    world.connect(settings(&world.remote.clone())).await;
    world.edit(&bob, serve("search", 1)).await.unwrap();
    let view = world.sync().await;
    let mirror = view.seen.unwrap().mirror.unwrap();
    assert_eq!((mirror.revision, view.head, mirror.stopped), (4, 4, None));

    let revision = "%(trailers:key=Switchyard-Revision,valueonly,separator=%x2C)";
    assert_eq!(world.log("main", revision), ["1", "2", "3", "4"]);
    assert_eq!(world.log("main", "%an <%ae> %ad|%cn")[1], {
        let at = world.control.revision(&bob, SHOP, 2).await.unwrap().at;
        let date = git(&world.remote, &["log", "-1", "--format=%ad", "main~2"]);
        assert_eq!(
            git(&world.remote, &["log", "-1", "--format=%at", "main~2"]).trim(),
            at.as_second().to_string()
        );
        format!("Bob <bob@shop.example> {}|Switchyard", date.trim())
    });
    assert_eq!(
        git(&world.remote, &["log", "-1", "--format=%B", "main~2"]),
        "banner: turned on\n\nwhy not\n\nSwitchyard-Project: shop\nSwitchyard-Revision: 2\nSwitchyard-Change: C-1\n\n"
    );
    let reverted = git(&world.remote, &["log", "-1", "--format=%B", "main~1"]);
    assert!(reverted.contains("\nit flickers\n") && reverted.contains("\nReverts: r2\n"), "{reverted}");

    // A revision's commit touches the resources that it touches, and no others.
    assert_eq!(git(&world.remote, &["diff", "--name-only", "main~2", "main~1"]).trim(), BANNER);
    let files = git(&world.remote, &["ls-tree", "-r", "--name-only", "main"]);
    assert_eq!(
        files.lines().collect::<Vec<_>>(),
        ["flag/banner.yaml", "flag/search.yaml", BANNER, "production/targeting/search.yaml"]
    );
    // What is there is what is so.
    let clone = world.clone_of("clone");
    let state = world.state();
    let banner = state.iter().find(|(id, _)| id.to_string() == "production/targeting/banner").unwrap();
    let manifest =
        switchyard_model::Manifest { scope: banner.0.scope.clone(), resource: (*banner.1.resource).clone() };
    assert_eq!(read(&clone, BANNER), switchyard_files::yaml(&manifest));
}

#[tokio::test]
async fn the_same_history_makes_the_same_commits_and_goes_on_from_what_arrived() {
    let mut world = World::connected().await;
    for n in 0..6 {
        world.edit(&world.ann, on("banner", n % 2 == 0)).await.unwrap();
    }
    world.sync().await;
    let once = world.log("main", "%H");
    assert_eq!(once.len(), 7);

    // As if the server died before the last three were sent, with git in the middle of something.
    world.stop().await;
    git(&world.remote, &["update-ref", "refs/heads/main", &once[3]]);
    for lock in ["packed-refs.lock", "refs/remotes/origin/main.lock", "shallow.lock"] {
        let lock = world.dir.path().join("git/shop.git").join(lock);
        std::fs::create_dir_all(lock.parent().unwrap()).unwrap();
        std::fs::write(lock, "").unwrap();
    }
    world.start();
    assert_eq!(world.sync().await.seen.unwrap().error, None);
    assert_eq!(world.log("main", "%H"), once);

    // Without its copy, and with one that is broken.
    world.stop().await;
    std::fs::remove_dir_all(world.dir.path().join("git/shop.git")).unwrap();
    std::fs::create_dir_all(world.dir.path().join("git/shop.git")).unwrap();
    std::fs::write(world.dir.path().join("git/shop.git/HEAD"), "nonsense").unwrap();
    git(&world.remote, &["update-ref", "-d", "refs/heads/main"]);
    world.start();
    assert_eq!(world.sync().await.seen.unwrap().error, None);
    assert_eq!(world.log("main", "%H"), once);
}

#[tokio::test]
async fn what_the_other_side_refuses_is_said_and_tried_again() {
    let world = World::connected().await;
    let hook = world.remote.join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\necho 'main is protected' >&2\nexit 1\n").unwrap();
    let mut mode = std::fs::metadata(&hook).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    std::fs::set_permissions(&hook, mode).unwrap();

    world.edit(&world.ann, on("banner", true)).await.unwrap();
    let mirror = world.sync().await.seen.unwrap().mirror.unwrap();
    assert_eq!(mirror.revision, 1);
    assert!(mirror.stopped.unwrap().contains("main is protected"));
    std::fs::remove_file(hook).unwrap();
    let mirror = world.sync().await.seen.unwrap().mirror.unwrap();
    assert_eq!((mirror.revision, mirror.stopped), (2, None));

    // A repository that is gone.
    std::fs::rename(&world.remote, world.dir.path().join("away")).unwrap();
    let seen = world.sync().await.seen.unwrap();
    assert!(seen.error.unwrap().starts_with("git fetch: "));
    std::fs::rename(world.dir.path().join("away"), &world.remote).unwrap();
    assert_eq!(world.sync().await.seen.unwrap().error, None);
}

#[tokio::test]
async fn what_others_keep_beside_the_resources_stays() {
    let world = World::connected().await;
    let clone = world.clone_of("clone");
    let readme = push(&clone, "main", "README.md", Some("# Ours\n"));
    world.edit(&world.ann, on("banner", true)).await.unwrap();
    let view = world.sync().await;
    assert_eq!(view.seen.unwrap().mirror.unwrap().revision, 2);
    assert_eq!(git(&world.remote, &["rev-parse", "main~1"]).trim(), readme);
    assert_eq!(git(&world.remote, &["show", "main:README.md"]), "# Ours\n");
    assert_eq!(world.changes_from_git().await, 0);
}

#[tokio::test]
async fn resources_that_go_take_their_files_along() {
    let world = World::connected().await;
    let gone = json!([{ "target": { "kind": "flag", "key": "banner" }, "op": { "type": "delete" } }]);
    world.edit(&world.ann, gone).await.unwrap();
    world.sync().await;
    let files = git(&world.remote, &["ls-tree", "-r", "--name-only", "main"]);
    assert_eq!(files.lines().collect::<Vec<_>>(), ["flag/search.yaml", "production/targeting/search.yaml"]);
}
