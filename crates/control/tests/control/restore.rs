//! Restores: exact for the project, and the most that is possible for one environment.

use serde_json::json;
use switchyard_control::{Error, Mode, Outcome, RestoreScope};
use switchyard_model::State;

use crate::world::{SHOP, World, applied, delete, on, serve, weights};

fn production() -> RestoreScope {
    RestoreScope::Environment("production".into())
}

fn same(a: &State, b: &State) -> bool {
    a.len() == b.len() && a.iter().all(|(id, found)| b.get(id).map(|f| &f.resource) == Some(&found.resource))
}

impl World {
    async fn restore(&self, number: u64, scope: RestoreScope) -> Result<(), Error> {
        applied(self.control.restore(&self.ann, SHOP, number, scope, "panic", Mode::Write).await).map(drop)
    }
}

#[tokio::test]
async fn the_project_is_what_it_was() {
    let world = World::shop().await;
    let then = world.state();
    world.apply(&world.bob, weights(50_000, 50_000)).await.unwrap();
    world.apply(&world.bob, on("banner", "staging", true)).await.unwrap();
    world.apply(&world.bob, delete(json!({ "kind": "flag", "key": "search" }))).await.unwrap();
    let late = world.state();
    let dry =
        world.control.restore(&world.ann, SHOP, 1, RestoreScope::Project, "", Mode::DryRun).await.unwrap();
    let Outcome::Checked(check) = dry else { panic!("was dry") };
    assert!(check.ok && check.problems.is_empty());
    assert_eq!(world.state(), late);
    world.restore(1, RestoreScope::Project).await.unwrap();
    assert!(same(&world.state(), &then));
    world.restore(4, RestoreScope::Project).await.unwrap();
    assert!(same(&world.state(), &late), "the restore is undone the same way");
    assert_eq!(world.restore(6, RestoreScope::Project).await.unwrap_err(), Error::Unchanged { head: 6 });
    assert!(matches!(world.restore(9, RestoreScope::Project).await, Err(Error::NotFound(_))));
    world.is_sound().await;
}

#[tokio::test]
async fn an_environment_is_what_it_was_and_the_others_stay() {
    let world = World::shop().await;
    world.apply(&world.bob, on("banner", "production", true)).await.unwrap();
    world.apply(&world.bob, on("banner", "staging", true)).await.unwrap();
    world.restore(1, production()).await.unwrap();
    let state = world.state();
    assert!(!state.targeting("production", "banner").unwrap().0.on);
    assert!(state.targeting("staging", "banner").unwrap().0.on);
    let nowhere = world.restore(1, RestoreScope::Environment("nowhere".into())).await;
    assert!(matches!(nowhere, Err(Error::NotFound(_))));
}

/// A flag that the environment needs and that is gone comes back with its targeting.
#[tokio::test]
async fn an_environment_gets_its_deleted_flags_back() {
    let world = World::shop().await;
    world.apply(&world.bob, on("banner", "production", true)).await.unwrap();
    world.apply(&world.bob, delete(json!({ "kind": "flag", "key": "banner" }))).await.unwrap();
    world.restore(2, production()).await.unwrap();
    assert!(world.state().flag("banner").is_some());
    assert!(world.state().targeting("production", "banner").unwrap().0.on);
    world.is_sound().await;
}

/// What can't be what it was stays as it is and is told; the rest is restored.
#[tokio::test]
async fn an_environment_leaves_what_its_flag_no_longer_has() {
    let world = World::shop().await;
    let third = json!([{ "target": { "kind": "flag", "key": "banner" },
        "op": { "type": "addVariation", "variation": { "id": "third", "value": true } } }]);
    world.apply(&world.bob, third).await.unwrap();
    world.apply(&world.bob, serve("banner", "production", 2)).await.unwrap();
    world.apply(&world.bob, serve("banner", "production", 0)).await.unwrap();
    world.apply(&world.bob, on("search", "production", true)).await.unwrap();
    let gone = json!([{ "target": { "kind": "flag", "key": "banner" },
        "op": { "type": "removeVariation", "id": "third" } }]);
    world.apply(&world.bob, gone).await.unwrap();

    let dry = world.control.restore(&world.ann, SHOP, 3, production(), "", Mode::DryRun).await.unwrap();
    let Outcome::Checked(check) = dry else { panic!("was dry") };
    assert!(check.ok, "it is always possible");
    assert_eq!(check.problems[0].resource.as_ref().unwrap().to_string(), "production/targeting/banner");
    world.restore(3, production()).await.unwrap();
    let state = world.state();
    assert!(!state.targeting("production", "search").unwrap().0.on, "restored");
    assert_eq!(state.targeting("production", "banner").unwrap().0.fallthrough.variation, Some(0), "left");
    let revision = world.control.revision(&world.ann, SHOP, state.revision).await.unwrap();
    assert!(
        revision.reason.contains("Left as it is now: production/targeting/banner"),
        "{}",
        revision.reason
    );
}
