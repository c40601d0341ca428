//! Drafts, and what becomes of them.

use serde_json::json;
use switchyard_control::{Apply, ChangeQuery, Error, Proposal, Query};
use switchyard_model::ChangeState;
use switchyard_model::access::Role;

use crate::world::{SHOP, World, delete, edits, flag, on, person, serve};

#[tokio::test]
async fn a_draft_is_kept_changed_and_applied_with_its_words() {
    let world = World::shop().await;
    let (control, bob) = (&world.control, &world.bob);
    let proposal = Proposal { edits: edits(on("banner", "production", true)), ..Proposal::default() };
    let draft = control.create_change(bob, SHOP, proposal.clone()).await.unwrap();
    assert_eq!((draft.number, draft.version, draft.base, draft.state), (1, 1, 1, ChangeState::Draft));
    assert!(draft.check.ok);

    let titled = Proposal { title: "Banner on".into(), reason: "Monday".into(), ..proposal };
    let draft = control.update_change(bob, SHOP, 1, 1, titled.clone()).await.unwrap();
    assert_eq!(draft.version, 2);
    let stale = control.update_change(bob, SHOP, 1, 1, titled.clone()).await;
    assert_eq!(stale.unwrap_err(), Error::StaleVersion { version: 2 });
    let other = control.update_change(&person("eve", Role::Operator), SHOP, 1, 2, titled).await;
    assert!(matches!(other, Err(Error::Denied(_))), "a draft is its author's");

    let head = Apply { expected_head: Some(0), ..Apply::default() };
    assert_eq!(control.apply_change(bob, SHOP, 1, head).await.unwrap_err(), Error::HeadMoved { head: 1 });
    let revision = control.apply_change(bob, SHOP, 1, Apply::default()).await.unwrap();
    assert_eq!((&*revision.title, &*revision.reason), ("Banner on", "Monday"));
    let change = control.change(bob, SHOP, 1).await.unwrap();
    assert_eq!((change.state, change.revision), (ChangeState::Applied, Some(2)));
    assert_eq!(change.check.edits, revision.edits);
    assert_eq!(control.revision(bob, SHOP, 2).await.unwrap(), revision);
    let page = control.history(bob, SHOP, Query::default()).await.unwrap();
    assert_eq!((page.total, &page.items[0]), (2, &revision));
}

#[tokio::test]
async fn a_draft_given_up_is_over() {
    let world = World::shop().await;
    let (control, bob) = (&world.control, &world.bob);
    let proposal = Proposal { edits: edits(on("banner", "production", true)), ..Proposal::default() };
    control.create_change(bob, SHOP, proposal).await.unwrap();
    control.discard_change(bob, SHOP, 1).await.unwrap();
    let again = control.apply_change(bob, SHOP, 1, Apply::default()).await;
    assert_eq!(again.unwrap_err(), Error::StaleVersion { version: 2 });
    let drafts = ChangeQuery { state: Some(ChangeState::Draft), ..ChangeQuery::default() };
    assert_eq!(control.changes(bob, SHOP, drafts).await.unwrap().total, 0);
}

/// The head moves on below a draft: what still fits is applied on top, what doesn't says who was there.
#[tokio::test]
async fn a_draft_meets_later_revisions() {
    let world = World::shop().await;
    let (control, bob, ann) = (&world.control, &world.bob, &world.ann);
    let propose = async |edits_of| {
        let proposal = Proposal { edits: edits(edits_of), ..Proposal::default() };
        control.create_change(bob, SHOP, proposal).await.unwrap().number
    };
    let fits = propose(on("search", "production", true)).await;
    let lost = propose(on("banner", "production", true)).await;
    world.apply(ann, serve("search", "production", 1)).await.unwrap();
    world.apply(ann, delete(json!({ "kind": "flag", "key": "banner" }))).await.unwrap();

    control.apply_change(bob, SHOP, fits, Apply::default()).await.unwrap();
    let (targeting, _) =
        world.state().targeting("production", "search").map(|(t, r)| (t.clone(), r)).unwrap();
    assert_eq!((targeting.on, targeting.fallthrough.variation), (true, Some(1)), "on top, not over");

    let Err(Error::Conflicts { conflicts, problems }) =
        control.apply_change(bob, SHOP, lost, Apply::default()).await
    else {
        panic!("its flag is gone")
    };
    assert!(!problems.is_empty());
    assert_eq!(conflicts[0].resource.to_string(), "production/targeting/banner");
    assert_eq!((conflicts[0].later_revision, conflicts[0].later_author.as_deref()), (Some(3), Some("ann")));
    assert_eq!(world.state().revision, 4);

    let never = propose(on("unheard-of", "production", true)).await;
    let refused = control.apply_change(bob, SHOP, never, Apply::default()).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    let idle = propose(on("search", "production", true)).await;
    let refused = control.apply_change(bob, SHOP, idle, Apply::default()).await;
    assert_eq!(refused.unwrap_err(), Error::Unchanged { head: 4 });
}

/// An operation on a flag that nobody aimed yet begins with what it does there.
#[tokio::test]
async fn aims_a_flag_for_the_first_time() {
    let world = World::shop().await;
    let mixed = json!([
        { "target": { "kind": "flag", "key": "fresh" }, "op": { "type": "put", "resource": flag("fresh") } },
        on("fresh", "staging", true)[0],
        serve("fresh", "staging", 1)[0],
    ]);
    let revision = world.apply(&world.bob, mixed).await.unwrap();
    assert_eq!(revision.edits.len(), 3);
    let state = world.state();
    let (targeting, at) = state.targeting("staging", "fresh").unwrap();
    assert!(targeting.on && at == 2);
    assert_eq!(targeting.fallthrough.variation, Some(1));
    world.revert(2).await.unwrap();
    assert!(world.state().flag("fresh").is_none() && world.state().targeting("staging", "fresh").is_none());
    world.is_sound().await;
}
