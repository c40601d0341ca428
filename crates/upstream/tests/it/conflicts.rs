//! What can't be so here is named, and holds nothing else up.

use serde_json::{Value, json};
use switchyard_model::Resource;

use crate::script::{Script, wire};
use crate::world::*;

fn told(view: &switchyard_control::UpstreamView) -> usize {
    view.seen.as_ref().map_or(0, |seen| seen.left_out.len())
}

#[tokio::test]
async fn what_people_here_write_stays_theirs_until_they_hand_it_over() {
    let (script, ours) = (Script::new().await, World::new().await);
    ours.put(
        json!([plain("a"), aimed("a", false), { "kind": "segment", "key": "beta", "included": ["me"] }]),
    )
    .await;
    let ours = ours.run(PACE);
    ours.follow("production", &script.uri()).await;
    let beta = json!({ "key": "beta", "version": 1, "included": ["them"] });
    let flags = json!({ "a": wire("a", 1, true), "b": wire("b", 1, true) });
    let mut call = script.begin(flags, json!({ "beta": beta })).await;
    let view = ours.follows("production").await;
    assert_eq!(
        left_out(&view),
        [
            "a taken: flag/a is there already and is managed by people here; it is left as it is",
            "beta taken: production/segment/beta is there already and is managed by people here; it is left as it is",
        ]
    );
    assert!(is_on(ours.resource(&targeting("b")).as_ref()), "the rest is taken");
    assert!(!is_on(ours.resource(&targeting("a")).as_ref()));
    assert_eq!(view.words, "It follows 1 flag. 2 things it says are not so here.");
    // Handing it over is enough: it is looked at again by itself.
    let hand = |target: Value| json!({ "target": target, "op": { "type": "setManagedBy", "writer": "launchdarkly" } });
    let here = json!({ "environment": "production", "kind": "targeting", "key": "a" });
    ours.apply(json!([hand(json!({ "kind": "flag", "key": "a" })), hand(here)])).await.unwrap();
    ours.becomes(&targeting("a"), is_on).await;
    let view = ours.stands("production", |view| told(view) == 1).await;
    assert_eq!(view.flags, 2);
    call.delete("/segments/beta", 2).await;
    ours.stands("production", |view| told(view) == 0).await;
    assert!(ours.resource(&segment("beta")).is_some(), "what is ours is not taken away");
}

#[tokio::test]
async fn what_can_not_be_said_exactly_is_left_out_with_what_needs_it() {
    let (script, ours) = (Script::new().await, World::new().await.run(PACE));
    ours.follow("production", &script.uri()).await;
    let asks = |key: &str, op: &str, value: Value| {
        let mut flag = wire(key, 1, true);
        flag["rules"] = json!([{ "id": "r", "variation": 1, "clauses": [
            { "attribute": if op == "segmentMatch" { "" } else { "plan" }, "op": op, "values": [value] } ] }]);
        flag
    };
    let mut needs = wire("needs", 1, true);
    needs["prerequisites"] = json!([{ "key": "novel", "variation": 0 }]);
    let flags = json!({
        "fine": wire("fine", 1, true),
        "novel": asks("novel", "soundsLike", json!("pro")),
        "needs": needs,
        "vast": asks("vast", "segmentMatch", json!("everybody")),
        "a b": wire("a b", 1, true),
        "odd": { "key": "odd", "version": 1, "variations": 7 },
    });
    let vast = json!({ "key": "everybody", "version": 1, "unbounded": true, "generation": 1 });
    let mut call = script.begin(flags, json!({ "everybody": vast })).await;
    let view = ours.follows("production").await;
    let left = left_out(&view);
    for (key, why) in [
        ("a b", "key"),
        ("needs", "prerequisites[0].key: names a flag that is not there"),
        ("novel", "rules[0].clauses[0].op: is no operator (found \"soundsLike\")"),
        ("odd", "does not fit"),
        ("vast", "names a segment that is not there"),
        ("everybody", "is a big segment"),
    ] {
        let begins = format!("{key} not here: ");
        assert!(left.iter().any(|left| left.starts_with(&begins) && left.contains(why)), "{key}: {left:#?}");
    }
    assert_eq!((left.len(), view.flags), (6, 1));
    // What was here and can't follow stays as it was, and says so.
    let mut fine = asks("fine", "soundsLike", json!("x"));
    fine["version"] = json!(2);
    call.patch("/flags/fine", fine).await;
    let view = ours.stands("production", |view| told(view) == 7).await;
    assert!(left_out(&view).iter().any(|left| left.starts_with("fine stays: ")));
    assert!(is_on(ours.resource(&targeting("fine")).as_ref()));
    // Where it can be said again it is.
    let mut novel = wire("novel", 3, true);
    novel["on"] = json!(false);
    call.patch("/flags/novel", novel).await;
    ours.becomes(&targeting("needs"), |there| there.is_some()).await;
    ours.stands("production", |view| told(view) == 5).await;
}

/// A route of ours that splits on a flag which is followed.
fn route() -> Value {
    let fixed = |body: &str| json!({ "type": "fixed", "status": 200, "body": body });
    json!([
        { "kind": "listener", "key": "public", "mapping": { "contexts": [{ "kind": "user", "key": { "header": "x-customer" } }] } },
        { "kind": "route", "key": "all", "listener": "public", "match": {}, "split": { "by": "flag", "flag": "a", "arms": [
            { "variation": "on", "action": fixed("new") }, { "variation": "off", "action": fixed("old") } ] } },
    ])
}

#[tokio::test]
async fn what_a_route_here_needs_is_not_taken_from_under_it() {
    let (script, ours) = (Script::new().await, World::new().await.run(PACE));
    ours.follow("production", &script.uri()).await;
    let two = |version: u64, on: bool| {
        let mut flag = wire("a", version, on);
        flag["variations"] = json!(["on", "off"]);
        flag
    };
    let mut call = script.begin(json!({ "a": two(1, true), "b": wire("b", 1, true) }), json!({})).await;
    ours.follows("production").await;
    ours.put(route()).await;
    call.delete("/flags/a", 2).await;
    call.delete("/flags/b", 2).await;
    let view = ours.stands("production", |view| told(view) == 1).await;
    let left = left_out(&view);
    assert!(left[0].starts_with("a stays: ") && left[0].contains("route/all"), "{left:?}");
    ours.becomes(&flag("b"), |there| there.is_none()).await;
    // A variation that was shifted does not become another one under the route.
    let mut shifted = two(3, true);
    (shifted["variations"], shifted["offVariation"]) = (json!(["off", "new"]), json!(0));
    call.patch("/flags/a", shifted).await;
    let view = ours
        .stands("production", |view| left_out(view).first().is_some_and(|left| left.contains("variation")))
        .await;
    assert_eq!(told(&view), 1);
    let Some(Resource::Flag(a)) = ours.resource(&flag("a")) else { panic!() };
    assert_eq!(a.variations.iter().map(|v| &*v.id).collect::<Vec<_>>(), ["on", "off"]);
    // When the route lets go of it, it goes on.
    let gone = json!([{ "target": { "environment": "production", "kind": "route", "key": "all" }, "op": { "type": "delete" } }]);
    ours.apply(gone).await.unwrap();
    ours.stands("production", |view| told(view) == 0).await;
    let Some(Resource::Flag(a)) = ours.resource(&flag("a")) else { panic!() };
    assert_eq!(a.variations.iter().map(|v| v.value.as_str().unwrap()).collect::<Vec<_>>(), ["off", "new"]);
}
