//! Guardrails, from the pack to a refusal.

use serde_json::{Value, json};

use crate::support::*;

fn guardrail(rule: &str) -> Value {
    json!({"kind": "guardrail", "key": "why", "rule": rule, "message": "Say why.", "effect": "block"})
}

async fn put_up(house: &House, guardrails: Value) {
    let body = json!({"manifests": guardrails, "message": "Guardrails"});
    let applied = house.send("admin", "POST", &format!("{SHOP}/apply"), body).await;
    assert_eq!(applied.status, 200, "{}", applied.text());
}

#[tokio::test]
async fn a_blocked_change_says_what_to_do() {
    let house = House::new().await;
    put_up(&house, json!([guardrail("change.reason != ''")])).await;
    let check = format!("{SHOP}/changes/check");
    let aim = json!([aim("promo-banner", json!({"type": "setServe", "serve": {"variation": 1}}))]);
    let asked = house.send("viewer", "POST", &check, json!({"edits": aim})).await.json();
    let verdict = json!({"key": "why", "name": "why", "effect": "block", "passed": false, "message": "Say why.", "set": "both"});
    assert_eq!(asked["guardrails"], json!([verdict]));
    assert_eq!(asked["ok"], true, "nothing is wrong with the edits themselves");
    let asked = house.send("viewer", "POST", &check, json!({"edits": aim, "reason": "it is Monday"})).await;
    assert_eq!(asked.json()["guardrails"][0]["passed"], true);

    let changes = format!("{SHOP}/changes");
    let draft = house.send("developer", "POST", &changes, json!({"edits": aim})).await.json();
    assert_eq!(draft["check"]["guardrails"], json!([verdict]));
    let apply = format!("{changes}/{}/apply", draft["number"]);
    let refused = house.send("developer", "POST", &apply, json!({})).await;
    assert_eq!(refused.status, 422);
    let refused = refused.json();
    assert_eq!(refused["type"], "urn:switchyard:problem:guardrail");
    assert_eq!(refused["guardrails"], json!([verdict]));
    assert_eq!(refused["problems"][0]["resource"], json!({"kind": "guardrail", "key": "why"}));
    assert!(refused["detail"].as_str().unwrap().contains("Say why."));

    let applied = house.send("developer", "POST", &apply, json!({"reason": "it is Monday"})).await;
    assert_eq!(applied.status, 200, "{}", applied.text());
    assert_eq!(applied.json()["guardrails"][0]["passed"], true);
    let again = house.get(&format!("{SHOP}/revisions/{}", applied.json()["number"])).await;
    assert_eq!(again.json()["guardrails"], applied.json()["guardrails"]);
}

#[tokio::test]
async fn the_pack_is_put_up_as_it_comes_and_tried_on_the_past() {
    let house = House::new().await;
    let pack = house.get(&format!("{SHOP}/guardrails/pack")).await.json();
    assert!(pack.as_array().unwrap().len() >= 6);
    put_up(&house, pack.clone()).await;
    let there = house.get(&format!("{SHOP}/resources?kind=guardrail")).await.json();
    assert_eq!(there["total"], pack.as_array().unwrap().len());

    let applied = house.apply("developer", json!([switch("promo-banner", false)])).await;
    let tries = format!("{SHOP}/guardrails/try");
    let tried = house.send("admin", "POST", &tries, json!({"guardrail": guardrail("steps == []")})).await;
    assert_eq!(tried.status, 200, "{}", tried.text());
    let tried = tried.json();
    let newest = &tried["results"][0];
    assert_eq!((&newest["revision"], &newest["passed"]), (&applied["number"], &json!(false)));
    assert_eq!(tried["tried"], tried["results"].as_array().unwrap().len());
    for (body, path) in [
        (json!({"guardrail": guardrail("stesp == []")}), "rule"),
        (json!({"guardrail": guardrail("true"), "revisions": 0}), "revisions"),
        (json!({"guardrail": {"key": "k", "rul": "true"}}), "guardrail"),
    ] {
        let wrong = house.send("admin", "POST", &tries, body).await;
        assert_eq!(wrong.status, 422, "{}", wrong.text());
        assert!(wrong.paths().iter().any(|p| p.starts_with(path)), "{path}: {}", wrong.text());
    }
}
