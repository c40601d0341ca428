//! The audit log: everything that is done is in it, in words, and it holds together.

use switchyard_control::{AuditQuery, AuditView, Error, Mode, NewMember, Proposal};
use switchyard_model::Verdict;
use switchyard_model::access::Role;

use crate::world::{SHOP, World, on};

async fn lines(world: &World, query: AuditQuery) -> Vec<AuditView> {
    world.control.audit(&world.ann, &query).await.unwrap().items
}

#[tokio::test]
async fn what_is_done_is_told_in_words() {
    let world = World::shop().await;
    let control = &world.control;
    let tom = world.member("Tom", Role::Developer).await;
    world.require("production", 1).await;
    let change = world.submit(&world.bob, on("banner", "production", true)).await;
    control.comment(&tom, SHOP, change.number, "fine", None).await.unwrap();
    world.judge(&tom, change.number, Verdict::Approve).await.unwrap();
    control.apply_change(&world.bob, SHOP, change.number, Default::default()).await.unwrap();
    control.revert(&world.ann, SHOP, 2, "too early", Mode::BreakGlass("it burns".into())).await.unwrap();
    let draft = control.create_change(&world.bob, SHOP, Proposal::default()).await.unwrap();
    control.discard_change(&world.bob, SHOP, draft.number).await.unwrap();

    let all = AuditQuery { limit: 500, ..AuditQuery::default() };
    let told: Vec<_> = lines(&world, all)
        .await
        .into_iter()
        .rev()
        .map(|l| format!("{} {}", l.who_name, l.sentence))
        .collect();
    let expected = [
        "Switchyard made project shop",
        "Switchyard applied r1: The shop",
        "ann added member Tom as developer",
        "ann made a sign-in link for Tom",
        "Tom signed in",
        "ann changed environment production: requiredApprovals 1",
        "bob proposed C-1",
        "bob sent C-1 for review",
        "Tom commented on C-1",
        "Tom approved C-1",
        "bob applied r2: ",
        "ann proposed C-2",
        "ann broke glass for C-2: it burns",
        "ann applied r3: ",
        "bob proposed C-3",
        "bob gave up C-3",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told:?}, not {expected:?}");
    }
    let verified = control.verify_audit(&world.ann, None).await.unwrap().unwrap();
    assert_eq!((verified.lines, verified.revisions), (16, 3));
}

#[tokio::test]
async fn refusals_and_the_use_of_keys_are_counted() {
    let world = World::shop().await;
    for _ in 0..3 {
        world.control.refused(None, "GET /api/v1/session");
    }
    world.control.refused(Some("bob"), "POST /api/v1/tokens");
    world.control.note_counts(false).await;
    world.control.note_counts(false).await;
    let refused = lines(&world, AuditQuery { what: Some("refused".into()), ..AuditQuery::default() }).await;
    let told: Vec<_> = refused.iter().map(|line| format!("{} {}", line.who, line.sentence)).collect();
    assert_eq!(
        told,
        ["stranger was refused 3 times: GET /api/v1/session", "bob was refused once: POST /api/v1/tokens"],
    );
}

#[tokio::test]
async fn a_member_is_erased_and_what_they_did_stays() {
    let world = World::shop().await;
    let control = &world.control;
    let zoe = world.member("Zoe Example", Role::Admin).await;
    let new = NewMember { name: "Tom".into(), email: Some("tom@shop.example".into()), role: Role::Product };
    let tom = control.add_member(&zoe, new).await.unwrap();
    let oneself = control.erase_member(&zoe, &zoe.id).await.unwrap_err();
    assert!(matches!(oneself, Error::Invalid(_)), "{oneself:?}");
    let nobody = control.erase_member(&zoe, "member-none").await.unwrap_err();
    assert!(matches!(nobody, Error::NotFound(_)), "{nobody:?}");

    let text = |lines: Vec<AuditView>| serde_json::to_string(&lines).unwrap();
    assert!(text(lines(&world, AuditQuery::default()).await).contains("tom@shop.example"));
    let before = control.verify_audit(&zoe, None).await.unwrap().unwrap();
    control.erase_member(&zoe, &tom.id).await.unwrap();
    let after = lines(&world, AuditQuery::default()).await;
    assert_eq!(after.iter().filter(|line| line.erased).count(), 1);
    let after = text(after);
    assert!(!after.contains("tom@shop.example") && !after.contains("Tom"), "{after}");
    assert!(after.contains("added member erased member as product"));
    let verified = control.verify_audit(&zoe, Some(&before.head)).await.unwrap().unwrap();
    assert_eq!(verified.lines, before.lines + 1);
}
