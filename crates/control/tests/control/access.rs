//! Who comes in, and what they may do.

use std::time::Duration;

use serde_json::json;
use switchyard_control::{
    AuditQuery, Error, How, KeyKind, MemberChange, Mode, NewMember, RestoreScope, Visitor,
};
use switchyard_model::access::{Action, Role};

use crate::world::{SHOP, World, delete, on, person, weights};

fn denied(error: Error) -> (Action, Role, Vec<String>) {
    match error {
        Error::Denied(denied) => (denied.action, denied.least_role, denied.granted_by),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_says_what_is_missing_and_who_can_give_it() {
    let world = World::shop().await;
    world.control.ensure_admin("Grace").await.unwrap();
    let viewer = person("viewer", Role::Viewer);
    let product = person("product", Role::Product);

    let grace = || vec!["Grace".to_owned()];
    let refused = world.apply(&viewer, on("banner", "production", true)).await.unwrap_err();
    assert_eq!(denied(refused), (Action::EditFlags, Role::Product, grace()));
    world.apply(&product, on("banner", "production", true)).await.unwrap();
    let refused = world.apply(&product, weights(50_000, 50_000)).await.unwrap_err();
    assert_eq!(denied(refused), (Action::EditTraffic, Role::Developer, grace()));
    // A revert is as much as the edits it makes.
    world.apply(&world.bob, weights(50_000, 50_000)).await.unwrap();
    let refused = world.control.revert(&product, SHOP, 3, "", Mode::Write).await.unwrap_err();
    assert_eq!(denied(refused), (Action::EditTraffic, Role::Developer, grace()));
    let whole = RestoreScope::Project;
    let refused = world.control.restore(&product, SHOP, 1, whole, "", Mode::Write).await.unwrap_err();
    assert_eq!(denied(refused), (Action::EditTraffic, Role::Developer, grace()));
    let refused = world.control.revert(&viewer, SHOP, 2, "", Mode::DryRun).await.unwrap_err();
    assert_eq!(denied(refused).0, Action::Revert);
    let refused = world.control.keys(&world.bob, SHOP, "production").unwrap_err();
    assert_eq!(denied(refused), (Action::ManageKeys, Role::Operator, grace()));
    for refused in [
        world.control.tokens(&world.bob).map(drop).unwrap_err(),
        world
            .control
            .create_token(&world.bob, "x", Role::Viewer, None, None, None)
            .await
            .map(drop)
            .unwrap_err(),
        world.control.audit(&world.bob, &AuditQuery::default()).await.map(drop).unwrap_err(),
        world.control.verify_audit(&world.bob, None).await.map(drop).unwrap_err(),
        world.control.erase_member(&world.bob, "ann").await.map(drop).unwrap_err(),
        world.control.create_project(&world.bob, "p", "P", vec![]).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(denied(refused), (Action::Administer, Role::Admin, grace()));
    }
    assert_eq!(world.state().revision, 3);
}

#[tokio::test]
async fn a_link_signs_in_once_and_a_session_slides() {
    let world = World::shop().await;
    let control = &world.control;
    let grace = control.ensure_admin("Grace").await.unwrap();
    assert_eq!(control.ensure_admin("Other").await.unwrap(), grace, "there is one already");

    let late = control.sign_in_link(&world.ann, &grace.id).await.unwrap();
    world.pass(15 * 60);
    assert_eq!(control.sign_in(&late, &Visitor::default()).await.unwrap_err(), Error::SignedOut, "too late");
    let link = control.sign_in_link(&world.ann, &grace.id).await.unwrap();
    let session = control.sign_in(&link, &Visitor::default()).await.unwrap();
    assert_eq!(control.sign_in(&link, &Visitor::default()).await.unwrap_err(), Error::SignedOut, "used");
    assert_eq!((&*session.principal.name, session.principal.how), ("Grace", How::Session));
    assert_eq!(control.whoami(&session.principal), grace);

    let idle = control.sign_in_settings().idle.as_secs() as i64;
    for _ in 0..4 {
        world.pass(idle - 60);
        control.authenticate_session(&session.secret, None).await.unwrap();
    }
    world.pass(control.sign_in_settings().life.as_secs() as i64 - 4 * (idle - 60));
    let over = control.authenticate_session(&session.secret, None).await;
    assert_eq!(over.unwrap_err(), Error::SignedOut, "however much it is used");
    let link = control.sign_in_link(&world.ann, &grace.id).await.unwrap();
    let session = control.sign_in(&link, &Visitor::default()).await.unwrap();
    world.pass(idle);
    assert_eq!(control.authenticate_session(&session.secret, None).await.unwrap_err(), Error::SignedOut);

    let link = control.sign_in_link(&world.ann, &grace.id).await.unwrap();
    let session = control.sign_in(&link, &Visitor::default()).await.unwrap();
    control.sign_out(&session.secret).await.unwrap();
    assert_eq!(control.authenticate_session(&session.secret, None).await.unwrap_err(), Error::SignedOut);
}

#[tokio::test]
async fn a_member_has_the_role_they_have_now() {
    let world = World::shop().await;
    let control = &world.control;
    let grace = control.ensure_admin("Grace").await.unwrap();
    let change = |role, active| MemberChange { role, active, ..MemberChange::default() };
    let last = control.change_member(&world.ann, &grace.id, change(Some(Role::Viewer), None)).await;
    assert!(matches!(last, Err(Error::Invalid(_))), "somebody must be able to administer");

    let new = NewMember { name: "Alan".into(), email: None, role: Role::Admin };
    let alan = control.add_member(&world.ann, new).await.unwrap();
    let link = control.sign_in_link(&world.ann, &alan.id).await.unwrap();
    let session = control.sign_in(&link, &Visitor::default()).await.unwrap();
    control.change_member(&world.ann, &alan.id, change(Some(Role::Viewer), None)).await.unwrap();
    assert_eq!(control.authenticate_session(&session.secret, None).await.unwrap().role, Role::Viewer);
    control.change_member(&world.ann, &alan.id, change(None, Some(false))).await.unwrap();
    assert_eq!(control.authenticate_session(&session.secret, None).await.unwrap_err(), Error::SignedOut);
    assert!(control.sign_in_link(&world.ann, &alan.id).await.is_err());
    let audit = control.audit(&world.ann, &AuditQuery::default()).await.unwrap().items;
    assert_eq!((&*audit[0].what, &*audit[0].who, &audit[0].target), ("member.change", "ann", &alan.id));
}

#[tokio::test]
async fn a_token_opens_what_it_says_until_it_ends() {
    let world = World::shop().await;
    let control = &world.control;
    control.create_project(&world.ann, "other", "Other", vec![]).await.unwrap();
    let only = Some("other".into());
    let new = control.create_token(&world.ann, "CI", Role::Admin, only, None, None).await.unwrap();
    assert!(new.secret.ends_with(&new.token.hint) && new.token.hint.len() == 4);
    let ci = control.authenticate_token(&new.secret).await.unwrap();
    assert_eq!((&*ci.name, ci.role, ci.how), ("CI", Role::Admin, How::Token));
    assert!(
        matches!(control.state(&ci, SHOP), Err(Error::NotFound(_))),
        "another project is not there for it"
    );
    assert_eq!(control.projects(&ci).unwrap().len(), 1);
    assert!(
        matches!(control.tokens(&ci), Err(Error::Denied(_))),
        "members and tokens are not of its project"
    );
    assert!(control.tokens(&world.ann).unwrap()[0].last_used_at.is_some());

    let session = control.sign_in(&new.secret, &Visitor::default()).await.unwrap();
    let principal = control.authenticate_session(&session.secret, None).await.unwrap();
    assert_eq!((principal.id, principal.project), (ci.id, ci.project), "no more than the token");
    control.revoke_token(&world.ann, &new.token.id).await.unwrap();
    assert_eq!(control.authenticate_token(&new.secret).await.unwrap_err(), Error::SignedOut);
    assert_eq!(control.authenticate_session(&session.secret, None).await.unwrap_err(), Error::SignedOut);
    assert_eq!(control.sign_in(&new.secret, &Visitor::default()).await.unwrap_err(), Error::SignedOut);
    assert!(control.tokens(&world.ann).unwrap().is_empty());

    control.ensure_token("dev", Role::Developer, "fixed").await.unwrap();
    control.ensure_token("dev", Role::Developer, "fixed").await.unwrap();
    assert_eq!(control.tokens(&world.ann).unwrap().len(), 1);
    let dev = control.authenticate_token("fixed").await.unwrap();
    let revision = world.apply(&dev, delete(json!({ "kind": "flag", "key": "banner" }))).await.unwrap();
    assert_eq!(revision.author_name, "dev");
    let end = control.tokens(&world.ann).unwrap()[0].created_at + Duration::from_secs(60);
    let short = control.create_token(&world.ann, "short", Role::Viewer, None, Some(end), None).await.unwrap();
    world.pass(60);
    assert_eq!(control.authenticate_token(&short.secret).await.unwrap_err(), Error::SignedOut);
}

#[tokio::test]
async fn keys_overlap_when_they_are_rotated() {
    let world = World::shop().await;
    let control = &world.control;
    control.ensure_key(SHOP, "production", KeyKind::Sdk, "sdk-first").await.unwrap();
    control.ensure_key(SHOP, "production", KeyKind::Sdk, "sdk-first").await.unwrap();
    let overlap = Duration::from_secs(60);
    let rotate =
        async |kind| control.rotate_key(&world.ann, SHOP, "production", kind, overlap).await.unwrap();
    let second = rotate(KeyKind::Sdk).await;
    let (mobile, client) = (rotate(KeyKind::Mobile).await, rotate(KeyKind::ClientSide).await);
    assert!(second.secret.starts_with("sdk-") && second.secret.len() == 52);
    assert!(mobile.secret.starts_with("mob-"));
    assert_eq!((client.secret.len(), client.key.value.as_ref()), (24, Some(&client.secret)));
    assert_eq!(second.key.value, None, "a secret is shown once");
    let opened = control.key_access(&second.secret).unwrap();
    assert_eq!((&*opened.environment, opened.kind), ("production", KeyKind::Sdk));
    assert!(control.key_access("sdk-first").is_some(), "the old one goes on for a while");
    assert_eq!(control.keys(&world.ann, SHOP, "production").unwrap().len(), 4);
    world.pass(60);
    assert!(control.key_access("sdk-first").is_none());
    assert!(control.key_access("sdk-unknown").is_none());
    assert!(control.key_access(&mobile.secret).is_some(), "each kind is rotated by itself");
    assert_eq!(control.keys(&world.ann, SHOP, "production").unwrap().len(), 3);
}
