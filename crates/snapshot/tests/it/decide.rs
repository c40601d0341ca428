//! What is done with a request: splits by weight and by flag, rewriting, what can't be compiled.

use proptest::prelude::*;
use serde_json::{Value, json};
use switchyard_flags::{BucketPrefix, NoRecorder};
use switchyard_model::route::Split;
use switchyard_model::{Resource, allocation};
use switchyard_snapshot::{CompiledAction, Snapshot};

use crate::support::{World, flag, listener, merge, request, route, service, targeting, to, world};

fn by_weight(arms: &[(&str, u32)]) -> Value {
    let arms =
        arms.iter().map(|(id, weight)| json!({"id": id, "weight": weight, "action": to("cart", "v1")}));
    json!({"by": "weight", "arms": arms.collect::<Vec<_>>()})
}

fn by_flag() -> Value {
    json!({"by": "flag", "flag": "f", "arms": [
        {"variation": "new", "action": to("cart", "v2"), "fallback": "old"},
        {"variation": "old", "action": to("cart", "v1")}]})
}

fn shop(split: Value, targeting: Value) -> World {
    let mut route = route("cart", json!({}));
    merge(&mut route, json!({"split": split}));
    world(json!([flag("f"), targeting, listener(), service("cart"), route]))
}

/// Arm, bucket and stickiness, with 50,000 for requests that don't stick.
fn decided(snapshot: &Snapshot, headers: &[(&str, &str)]) -> (Option<String>, Option<u32>, bool) {
    let request = request("GET h/", headers);
    let listener = snapshot.listener("web").unwrap();
    let decision = snapshot.decide(listener, &request.view(), 50_000, &mut NoRecorder);
    (decision.arm().map(|arm| arm.id.to_string()), decision.bucket, decision.sticky)
}

#[test]
fn a_weight_sticks_on_the_attribute_or_is_drawn() {
    let snapshot = shop(by_weight(&[("a", 40_000), ("b", 60_000)]), targeting("f", json!({}))).snapshot();
    let mut seen = [0, 0];
    for i in 0..1_000 {
        let user = format!("u{i}");
        let bucket = BucketPrefix::new(&["cart", ""]).bucket(&user).part();
        let arm = if bucket < 40_000 { "a" } else { "b" };
        seen[usize::from(arm == "b")] += 1;
        assert_eq!(decided(&snapshot, &[("x-user", &user)]), (Some(arm.into()), Some(bucket), true));
    }
    assert!(seen[0] > 350 && seen[0] < 450, "{seen:?}");
    assert_eq!(decided(&snapshot, &[]), (Some("b".into()), Some(50_000), false));
}

#[test]
fn one_arm_asks_for_no_name() {
    let snapshot = shop(by_weight(&[("a", 0), ("b", 100_000)]), targeting("f", json!({}))).snapshot();
    assert_eq!(decided(&snapshot, &[("x-user", "u")]), (Some("b".into()), None, true));
}

#[test]
fn a_flag_that_has_no_answer_serves_its_off_variation() {
    let user: &[(&str, &str)] = &[("x-user", "u")];
    let cases = [
        (json!({"fallthrough": {"variation": 1}}), user, Some("new")),
        (json!({"fallthrough": {"variation": 1}, "on": false}), user, Some("old")),
        (json!({"fallthrough": {"variation": 1}, "on": false, "offVariation": null}), user, None),
        (json!({"fallthrough": {"variation": 1}}), &[], Some("old")),
        (json!({"fallthrough": {"variation": 1}, "offVariation": 1}), &[], Some("new")),
        (json!({"fallthrough": {}, "offVariation": 1}), user, Some("new")),
        (json!({"fallthrough": {}, "offVariation": null}), user, None),
    ];
    for (more, headers, want) in cases {
        let snapshot = shop(by_flag(), targeting("f", more.clone())).snapshot();
        assert_eq!(decided(&snapshot, headers).0.as_deref(), want, "{more}");
    }
}

#[test]
fn arms_lead_to_endpoints_and_fall_back_by_index() {
    let snapshot = shop(by_flag(), targeting("f", json!({}))).snapshot();
    let route = &snapshot.listener("web").unwrap().routes()[0];
    assert_eq!(route.arms[0].fallback, Some(1));
    let CompiledAction::Service { service, subset, endpoints } = &route.arms[1].action else { panic!() };
    assert_eq!((&**service, &**subset), ("cart", "v1"));
    let addresses: Vec<_> = endpoints.iter().map(|e| e.address).collect();
    assert_eq!(addresses, [Some("127.0.0.1:1001".parse().unwrap()), None]);
    assert_eq!(&*endpoints[1].authority, "localhost:1002");
}

#[test]
fn a_rewrite_replaces_what_was_matched() {
    let cases = [
        (json!({"exact": "/a"}), "/b", "/a", "/b"),
        (json!({"template": "/a/{x}"}), "/b", "/a/1", "/b"),
        (json!({"prefix": "/a"}), "/b", "/a", "/b"),
        (json!({"prefix": "/a"}), "/b", "/a/c/d", "/b/c/d"),
        (json!({"prefix": "/a"}), "/", "/a/c", "/c"),
        (json!({"prefix": "/a"}), "/", "/a", "/"),
        (json!({"prefix": "/"}), "/b", "/c", "/b/c"),
    ];
    for (path, rewrite, given, want) in cases {
        let mut route = route("r", json!({"path": path}));
        merge(&mut route, json!({"rewritePath": rewrite}));
        let snapshot = world(json!([listener(), route])).snapshot();
        let route = &snapshot.listener("web").unwrap().routes()[0];
        assert_eq!(route.rewritten(given), want, "{path} {rewrite}");
    }
}

#[test]
fn everything_that_does_not_compile_is_told_at_once() {
    let mut bad = route(
        "bad",
        json!({"path": {"template": "/a/{x...}/b"},
        "headers": [{"name": "x y", "value": "present"}, {"name": "x", "value": {"regex": "("}}]}),
    );
    merge(
        &mut bad,
        json!({"split": {"by": "weight", "arms": [
        {"id": "a", "weight": 1, "action": to("none", "v1"), "fallback": "c"}]}}),
    );
    let mut lost = route("lost", json!({}));
    merge(&mut lost, json!({"listener": "nowhere"}));
    let state = world(json!([listener(), bad, lost])).state;
    let problems = Snapshot::compile("shop", "production", &state).unwrap_err();
    let mut told: Vec<_> =
        problems.iter().map(|p| format!("{} {}", p.resource.as_ref().unwrap(), p.path)).collect();
    told.sort();
    let of = |route: &str, path: &str| format!("production/route/{route} {path}");
    assert_eq!(
        told,
        [
            of("bad", "match.headers[0].name"),
            of("bad", "match.headers[1].value.regex"),
            of("bad", "match.path.template"),
            of("bad", "split.arms"),
            of("bad", "split.arms[0].action.service"),
            of("bad", "split.arms[0].fallback"),
            of("lost", "listener"),
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn growing_an_arm_moves_nobody_out_of_it(
        cuts in (0u32..=100_000, 0u32..=100_000), grown in 0usize..3, by in 0u32..100_000, from in 0usize..3,
    ) {
        let (low, high) = (cuts.0.min(cuts.1), cuts.0.max(cuts.1));
        let mut weights = [low, high - low, 100_000 - high];
        let split = |weights: [u32; 3]| by_weight(&[("a", weights[0]), ("b", weights[1]), ("c", weights[2])]);
        let read = |json: Value| serde_json::from_value::<Split>(json).unwrap();
        let mut before = read(split(weights));
        allocation::normalise(None, &mut before);
        let moved = if from == grown { 0 } else { by.min(weights[from]) };
        weights[from] -= moved;
        weights[grown] += moved;
        let mut after = read(split(weights));
        allocation::normalise(Some(&before), &mut after);

        let compiled = |split: &Split| {
            shop(serde_json::to_value(split).unwrap(), targeting("f", json!({}))).snapshot()
        };
        let (before, after) = (compiled(&before), compiled(&after));
        let grown = ["a", "b", "c"][grown];
        for i in 0..100 {
            let user = format!("u{i}");
            let (was, is) = (decided(&before, &[("x-user", &user)]), decided(&after, &[("x-user", &user)]));
            if was.0.as_deref() == Some(grown) {
                prop_assert_eq!(is.0.as_deref(), Some(grown));
            } else if is.0.as_deref() != Some(grown) {
                prop_assert_eq!(is.0, was.0, "moved between arms that did not grow");
            }
        }
    }
}

#[test]
fn a_compiled_route_keeps_what_people_wrote() {
    let world = shop(by_flag(), targeting("f", json!({})));
    let snapshot = world.snapshot();
    let route = &snapshot.listener("web").unwrap().routes()[0];
    let (_, found) =
        world.state.iter().find(|(id, _)| &*id.key == "cart" && id.kind.word() == "route").unwrap();
    let Resource::Route(written) = &*found.resource else { panic!() };
    assert_eq!(route.source(), &**written);
}
