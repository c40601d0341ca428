//! Several environments of a project that follow: a flag's variations are the project's.

use serde_json::{Value, json};
use switchyard_model::{Kind, Resource, ResourceId};

use crate::script::{Script, wire};
use crate::world::*;

fn three(version: u64, values: Value, serves: i64) -> Value {
    let mut flag = wire("a", version, true);
    (flag["variations"], flag["fallthrough"]) = (values, json!({ "variation": serves }));
    flag["offVariation"] = json!(0);
    flag
}

fn values(world: &World) -> Vec<Value> {
    match world.resource(&flag("a")) {
        Some(Resource::Flag(flag)) => flag.variations.iter().map(|v| v.value.clone()).collect(),
        _ => vec![],
    }
}

#[tokio::test]
async fn variations_become_others_in_one_step_once_all_say_so() {
    let (first, second) = (Script::new().await, Script::new().await);
    let ours = World::new().await.run(PACE);
    ours.follow("production", &first.uri()).await;
    let all = json!([1, 2, 3]);
    let mut production = first.begin(json!({ "a": three(1, all.clone(), 2) }), json!({})).await;
    ours.follows("production").await;
    ours.follow("staging", &second.uri()).await;
    let mut staging = second.begin(json!({ "a": three(1, all, 2) }), json!({})).await;
    ours.follows("staging").await;
    assert_eq!(ours.head(), 2);
    // One of them says that the last variation is gone: the other still serves it.
    production.patch("/flags/a", three(2, json!([1, 2]), 1)).await;
    let view = ours.stands("production", |view| !left_out(view).is_empty()).await;
    let why = "a stays: what staging follows says other variations; both have to say the same";
    assert_eq!(left_out(&view), [why]);
    assert_eq!(values(&ours), [1, 2, 3]);
    staging.patch("/flags/a", three(2, json!([1, 2]), 0)).await;
    ours.stands("production", |view| left_out(view).is_empty()).await;
    assert_eq!(values(&ours), [1, 2]);
    let serves = |environment: &str| match ours.resource(&ResourceId::environment(
        environment,
        Kind::Targeting,
        "a",
    )) {
        Some(Resource::Targeting(targeting)) => targeting.fallthrough.variation,
        _ => None,
    };
    assert_eq!((serves("production"), serves("staging")), (Some(1), Some(0)));
    assert_eq!(ours.head(), 3, "one revision for all of it");
    // Gone in one, it is still there for the other; then it goes.
    production.delete("/flags/a", 3).await;
    ours.becomes(&targeting("a"), |there| there.is_none()).await;
    assert!(ours.resource(&flag("a")).is_some());
    staging.delete("/flags/a", 3).await;
    ours.becomes(&flag("a"), |there| there.is_none()).await;
}
