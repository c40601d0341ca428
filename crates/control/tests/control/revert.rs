//! Reverts beside, around and against later revisions.

use serde_json::json;
use switchyard_control::{Error, Mode, Outcome};
use switchyard_model::Origin;

use crate::world::{SHOP, World, delete, flag, on, serve, targeting, weights};

#[tokio::test]
async fn keeps_what_later_revisions_did_to_other_fields() {
    let world = World::shop().await;
    world.apply(&world.bob, on("banner", "production", true)).await.unwrap();
    world.apply(&world.bob, serve("banner", "production", 1)).await.unwrap();

    let dry = world.control.revert(&world.ann, SHOP, 2, "", Mode::DryRun).await.unwrap();
    let Outcome::Checked(check) = dry else { panic!("was dry") };
    assert_eq!((check.ok, world.state().revision), (true, 3));

    let revision = world.revert(2).await.unwrap();
    assert_eq!(revision.origin, Origin::Revert { of: 2 });
    let state = world.state();
    let (banner, _) = state.targeting("production", "banner").unwrap();
    assert_eq!((banner.on, banner.fallthrough.variation), (false, Some(1)));
    let reverted = world.control.revision(&world.ann, SHOP, 2).await.unwrap();
    assert_eq!(reverted.reverted_by, Some(4));
    assert_eq!(world.revert(2).await.unwrap_err(), Error::Unchanged { head: 4 });
    assert!(matches!(world.revert(99).await, Err(Error::NotFound(_))));
    world.revert(4).await.unwrap();
    assert!(world.state().targeting("production", "banner").unwrap().0.on, "a revert can be reverted");
}

#[tokio::test]
async fn names_the_later_revision_that_touched_the_same_field() {
    let world = World::shop().await;
    world.apply(&world.bob, weights(80_000, 20_000)).await.unwrap();
    world.apply(&world.ann, weights(50_000, 50_000)).await.unwrap();
    let before = world.state();
    let Err(Error::Conflicts { conflicts, .. }) = world.revert(2).await else {
        panic!("both set the weights")
    };
    assert_eq!(conflicts[0].resource.to_string(), "production/route/checkout");
    assert!(conflicts[0].path.starts_with("split"), "{}", conflicts[0].path);
    assert_eq!((conflicts[0].later_revision, conflicts[0].later_author.as_deref()), (Some(3), Some("ann")));
    assert_eq!(world.state(), before);
}

/// What later revisions built on is not taken away below them.
#[tokio::test]
async fn refuses_to_take_away_what_is_built_on() {
    let world = World::shop().await;
    let fresh = json!([
        { "target": { "kind": "flag", "key": "fresh" }, "op": { "type": "put", "resource": flag("fresh") } }
    ]);
    world.apply(&world.bob, fresh).await.unwrap();
    world.apply(&world.ann, on("fresh", "staging", true)).await.unwrap();
    let before = world.state();
    let refused = world.revert(2).await;
    let Err(Error::Conflicts { conflicts, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(conflicts[0].later_revision, Some(3));
    assert_eq!(world.state(), before);
}

/// A deletion is reverted whole: the flag and its targeting come back.
#[tokio::test]
async fn brings_back_what_was_deleted() {
    let world = World::shop().await;
    let before = world.state();
    world.apply(&world.bob, delete(json!({ "kind": "flag", "key": "banner" }))).await.unwrap();
    let put = json!([{ "target": { "environment": "staging", "kind": "targeting", "key": "banner" },
        "op": { "type": "put", "resource": targeting("banner") } }]);
    assert!(matches!(world.apply(&world.bob, put).await, Err(Error::Invalid(_))));
    world.revert(2).await.unwrap();
    let now = world.state();
    for (id, found) in before.iter() {
        assert_eq!(now.get(id).map(|f| &f.resource), Some(&found.resource), "{id}");
    }
    world.is_sound().await;
}
