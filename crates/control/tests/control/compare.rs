//! Promotion: what differs between two environments, and that taking it over leaves nothing that differs.

use serde_json::{Value, json};
use switchyard_control::{Apply, Comparison, Error, Mode, Proposal, Status};
use switchyard_model::Edit;

use crate::world::{SHOP, World, manifests, on, serve, targeting, weights};

impl World {
    fn compare(&self, from: &str, to: &str) -> Comparison {
        self.control.compare(&self.ann, SHOP, from, to).unwrap()
    }

    async fn take_over(&self, edits: Vec<Edit>) {
        let proposal = Proposal { edits, ..Proposal::default() };
        let change = self.control.create_change(&self.ann, SHOP, proposal).await.unwrap();
        self.control.apply_change(&self.ann, SHOP, change.number, Apply::default()).await.unwrap();
    }
}

fn names(comparison: &Comparison, wanted: impl Fn(&switchyard_control::Difference) -> bool) -> Vec<String> {
    let found = comparison.items.iter().filter(|item| wanted(item));
    found.map(|item| format!("{}/{}", item.edit.target.kind.word(), item.edit.target.key)).collect()
}

#[tokio::test]
async fn everything_promoted_leaves_nothing_to_promote() {
    let world = World::shop().await;
    let comparison = world.compare("production", "staging");
    assert_eq!(names(&comparison, |d| d.advised), ["route/checkout"], "off and never aimed are the same");
    assert_eq!(names(&comparison, |d| !d.advised), ["service/checkout", "listener/web"]);
    assert!(comparison.items.iter().all(|d| d.status == Status::OnlyInFrom && d.to_revision.is_none()));
    world.take_over(comparison.items.iter().map(|d| d.edit()).collect()).await;
    assert_eq!(world.compare("production", "staging").items, []);
    assert_eq!(world.compare("staging", "production").items, [], "nor the other way");

    world.apply(&world.bob, weights(50_000, 50_000)).await.unwrap();
    world.apply(&world.bob, on("banner", "staging", true)).await.unwrap();
    let comparison = world.compare("staging", "production");
    assert!(comparison.items.iter().all(|d| d.status == Status::Differs));
    assert_eq!(names(&comparison, |d| d.advised), ["targeting/banner", "route/checkout"]);
    world.take_over(comparison.items.iter().map(|d| d.edit()).collect()).await;
    assert_eq!(world.compare("staging", "production").items, []);
    world.is_sound().await;
}

/// A flag that is only aimed where the promotion goes to would lose what it has there.
#[tokio::test]
async fn what_would_be_lost_is_not_advised() {
    let world = World::shop().await;
    world.apply(&world.bob, on("banner", "production", true)).await.unwrap();
    let comparison = world.compare("staging", "production");
    let banner = comparison.items.iter().find(|d| &*d.edit.target.key == "banner").unwrap();
    assert_eq!((banner.status, banner.advised), (Status::OnlyInTo, false));
    assert_eq!(banner.why.as_deref(), Some("promoting it would delete it"));
    assert_eq!((banner.from_revision, banner.to_revision), (None, Some(2)));
}

/// The people inside a percentage stay who they are: the salt is each environment's own.
#[tokio::test]
async fn a_promotion_moves_nobody_inside_a_percentage() {
    let world = World::shop().await;
    let aimed = |environment: &str, salt: &str| {
        let mut manifest = targeting("banner");
        manifest["environment"] = json!(environment);
        manifest["salt"] = json!(salt);
        manifest["on"] = json!(true);
        manifest
    };
    let both: Value = json!([aimed("staging", "theirs"), aimed("production", "ours")]);
    world.control.apply_manifests(&world.ann, SHOP, manifests(both), "", Mode::Write).await.unwrap();
    assert!(
        !names(&world.compare("staging", "production"), |_| true).contains(&"targeting/banner".to_owned())
    );
    world.apply(&world.bob, serve("banner", "staging", 1)).await.unwrap();
    let comparison = world.compare("staging", "production");
    world.take_over(comparison.items.iter().filter(|d| d.advised).map(|d| d.edit()).collect()).await;
    let state = world.state();
    let (ours, _) = state.targeting("production", "banner").unwrap();
    assert_eq!((ours.salt.as_str(), ours.fallthrough.variation), ("ours", Some(1)));
}

#[tokio::test]
async fn an_environment_that_is_not_there_is_named() {
    let world = World::shop().await;
    let nowhere = world.control.compare(&world.ann, SHOP, "staging", "nowhere");
    assert_eq!(nowhere.unwrap_err(), Error::NotFound("environment \"nowhere\"".into()));
}
