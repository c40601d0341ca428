//! What flags served is kept, and says which of them should go.

use serde_json::json;
use switchyard_telemetry::{EvaluationRecord, Place, Telemetry};

use crate::world::*;

const DAY: i64 = 86_400;

fn evaluated(telemetry: &Telemetry, flag: &str, variation: usize, at: jiff::Timestamp) {
    telemetry.evaluation(EvaluationRecord {
        place: Place { project: SHOP, environment: "production" },
        flag,
        variation: Some(variation),
        reason: "FALLTHROUGH",
        rule: None,
        version: 1,
        by: "web",
        contexts: &[],
        count: 3,
        at,
    });
}

#[tokio::test]
async fn a_flag_that_serves_everyone_the_same_for_a_month_is_stale() {
    let world = World::shop().await;
    let telemetry = Telemetry::new();
    let now = |days: i64| jiff::Timestamp::from_second(1_800_000_000 + days * DAY).unwrap();
    evaluated(&telemetry, "banner", 0, now(0));
    evaluated(&telemetry, "banner", 1, now(0));
    world.control.keep_usage(&telemetry).await;
    let stale = async |flag: &str| {
        let state = world.state();
        let (flag, revision) = state.flag(flag).unwrap();
        let lives = world.control.lives(&world.ann, SHOP).await.unwrap();
        lives.stale(flag, revision).map(|sentence| sentence.to_string())
    };
    assert_eq!(stale("banner").await, None);

    for day in [10, 20, 41] {
        evaluated(&telemetry, "banner", 0, now(day));
        world.control.keep_usage(&telemetry).await;
    }
    // Made since, so that nothing is known of it for long enough.
    world.pass(40 * DAY);
    let young = json!([{"target": {"kind": "flag", "key": "young"}, "op": {"type": "put", "resource": flag("young")}}]);
    world.apply(&world.ann, young).await.unwrap();
    world.pass(DAY);
    assert_eq!(stale("banner").await.as_deref(), Some("served only new for 41 days"));
    assert_eq!(stale("young").await, None);
    let silent = Some("nobody ever asked for it, and nobody changed it for 30 days");
    let others = world.state();
    let old = others.of(&switchyard_model::Scope::Project, switchyard_model::Kind::Flag);
    for (id, _) in old.filter(|(id, _)| !matches!(&*id.key, "banner" | "young")) {
        assert_eq!(stale(&id.key).await.as_deref(), silent, "{id}");
    }

    // The other variation comes back: it decides something again.
    evaluated(&telemetry, "banner", 1, now(41));
    world.control.keep_usage(&telemetry).await;
    world.pass(60);
    assert_eq!(stale("banner").await, None);
}
