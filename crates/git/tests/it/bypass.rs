//! Nothing gets past reviewers by way of Git.

use switchyard_control::{BranchState, Error, GitSettings};
use switchyard_model::access::Role;

use crate::world::{BANNER, World, git, push, read, settings};

#[tokio::test]
async fn who_wrote_it_is_not_believed_so_one_more_must_look() {
    let world = World::connected().await;
    world.require(1).await;
    let (eve, bob) = (world.member("Eve", Role::Developer).await, world.member("Bob", Role::Developer).await);
    let clone = world.clone_of("clone");
    let text = read(&clone, BANNER).replace("on: false", "on: true");
    push(&clone, "proposals/x", BANNER, Some(&text));
    let open = world.branch("proposals/x").await;
    let number = open.change.unwrap();
    assert_eq!(
        open.words,
        "C-1 waits for review: production needs 2 approvals, one more as it is not known who wrote it."
    );
    world.approve(&eve, number).await.unwrap();
    assert!(matches!(world.apply(number).await, Err(Error::NeedsApproval(_))));

    // Another commit voids what was approved.
    push(&clone, "proposals/x", BANNER, Some(&format!("{text}trackEvents: true\n")));
    assert_eq!(world.branch("proposals/x").await.state, BranchState::Open);
    world.approve(&bob, number).await.unwrap();
    assert!(matches!(world.apply(number).await, Err(Error::NeedsApproval(_))));
    world.approve(&eve, number).await.unwrap();
    world.apply(number).await.unwrap();
    assert_eq!(world.branch("proposals/x").await.state, BranchState::Applied);
}

#[tokio::test]
async fn an_author_who_is_believed_cannot_approve_and_may_no_more_than_here() {
    let mut world = World::new().await;
    let settings = GitSettings { believe_authors: true, apply: true, ..settings(&world.remote.clone()) };
    world.connect(settings).await;
    world.require(1).await;
    let (eve, bob) = (world.member("Eve", Role::Product).await, world.member("Bob", Role::Developer).await);
    let clone = world.clone_of("clone");
    push(&clone, "proposals/x", BANNER, Some(&read(&clone, BANNER).replace("on: false", "on: true")));
    let number = world.branch("proposals/x").await.change.unwrap();
    assert_eq!(world.changes().await[0].author, eve.id);
    assert!(matches!(world.approve(&eve, number).await, Err(Error::OwnChange(_))));
    world.approve(&bob, number).await.unwrap();
    assert_eq!(world.branch("proposals/x").await.state, BranchState::Applied);

    let service = "kind: service\nenvironment: production\nkey: pay\nsubsets:\n- id: v1\n";
    push(&clone, "proposals/y", "production/service/pay.yaml", Some(service));
    let refused = world.branch("proposals/y").await;
    assert_eq!(refused.state, BranchState::Refused);
    assert!(refused.words.contains("Eve may not"), "{}", refused.words);
}

#[tokio::test]
async fn what_git_may_not_edit_it_does_not_propose() {
    let world = World::connected().await;
    let clone = world.clone_of("clone");
    let guardrail = "kind: guardrail\nkey: g\nrule: 'true'\nmessage: m\neffect: warn\n";
    push(&clone, "proposals/g", "guardrail/g.yaml", Some(guardrail));
    let refused = world.branch("proposals/g").await;
    assert_eq!((refused.state, refused.change), (BranchState::Refused, None));
    // Nor does what is written in files that stand elsewhere.
    git(&clone, &["checkout", "--quiet", "-b", "z", "origin/main"]);
    push(&clone, "proposals/z", "docs/flag.yaml", Some("kind: ["));
    assert_eq!(world.branch("proposals/z").await.state, BranchState::Same);
}
