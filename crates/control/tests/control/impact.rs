//! In short, as guardrails ask for it; the whole is tried through the API.

use std::sync::Arc;

use switchyard_model::access::Role;
use switchyard_snapshot::Snapshot;
use switchyard_telemetry::Place;

use crate::world::*;

#[tokio::test]
async fn a_summary_counts_those_who_move_by_environment() {
    let world = World::shop().await;
    let snapshot = |environment: &str| world.control.snapshot(SHOP, environment).unwrap().current();
    let before = snapshot("production");
    let sampled = world.control.samples().of(Place { project: SHOP, environment: "production" }).unwrap();
    world.saw(120);
    world.apply(&world.ann, on("banner", "production", true)).await.unwrap();
    let altered = |after: Arc<Snapshot>| vec![("production".into(), before.clone(), after)];
    let all = world.control.impact_summary(SHOP, altered(snapshot("production"))).await.unwrap();
    let told = all["production"];
    assert_eq!((told.contexts, told.moved, told.percent, told.enough), (120, 120, 100.0, true));
    let none = world.control.impact_summary(SHOP, altered(before.clone())).await.unwrap();
    assert_eq!((none["production"].moved, none["production"].requests_moved), (0, 0));

    let who = ("user", "u-7");
    let refused = world.control.forget_context(&person("eve", Role::Operator), SHOP, "production", who);
    assert!(refused.is_err());
    assert_eq!(world.control.forget_context(&world.ann, SHOP, "production", who), Ok(1));
    assert_eq!(sampled.contexts.collect(1_800_000_001).items.len(), 119);
}
