//! Who would be affected: what comes in by any face is what changes are tried on.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};

use crate::support::*;

const PRODUCTION: &str = "/api/v1/projects/shop/environments/production";

/// Asks for a flag as this customer.
async fn visit(house: &House, key: &str, plan: &str) {
    let private = if plan == "pro" { json!(["country"]) } else { json!([]) };
    let context = json!({"context": {"targetingKey": key, "plan": plan, "email": "a@b.c", "country": "FR",
        "beta": false, "privateAttributes": private}});
    let request = Request::post("/ofrep/v1/evaluate/flags/ranker")
        .header(header::AUTHORIZATION, format!("Bearer {SDK_KEY}"))
        .header(header::CONTENT_TYPE, "application/json");
    let answer = house.raw(request.body(context.to_string().into()).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn events(house: &House, events: Value) {
    let request = Request::post("/bulk").header(header::AUTHORIZATION, SDK_KEY);
    let answer = house.raw(request.body(Body::from(events.to_string())).unwrap()).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
}

fn half() -> Value {
    json!([aim(
        "checkout-v2",
        json!({"type": "setServe", "serve": {"rollout": {"contextKind": "user", "variations": [
        {"variation": 0, "weight": 50_000}, {"variation": 1, "weight": 50_000}]}}})
    )])
}

async fn impact(house: &House, body: Value) -> Answer {
    house.send("viewer", "POST", &format!("{PRODUCTION}/impact"), body).await
}

#[tokio::test]
async fn an_edit_says_who_moves_and_what_it_rests_on() {
    let house = House::new().await;
    let none = impact(&house, json!({"edits": half()})).await.json();
    assert_eq!((&none["sample"]["contexts"], &none["sample"]["enough"]), (&json!(0), &json!(false)));
    assert_eq!(none["sample"]["from"], Value::Null);

    for n in 0..400 {
        visit(&house, &format!("v-{n}"), if n % 4 == 0 { "pro" } else { "free" }).await;
    }
    let told = impact(&house, json!({"edits": half(), "examples": 3})).await.json();
    assert_eq!(
        (&told["head"], &told["sample"]["contexts"], &told["sample"]["enough"]),
        (&json!(1), &json!(400), &json!(true))
    );
    let flag = &told["flags"][0];
    assert_eq!(
        (&flag["flag"], &flag["name"], &flag["asked"]),
        (&json!("checkout-v2"), &json!("New checkout"), &json!(400))
    );
    let moved = flag["moved"].as_u64().unwrap();
    assert!((100..=220).contains(&moved), "{moved} of 400, where 40 % should");
    assert_eq!(told["contextsMoved"], moved);
    assert_eq!(
        flag["moves"],
        json!([{"from": {"variation": 1, "label": "old"}, "to": {"variation": 0, "label": "new"}, "contexts": moved}])
    );
    let by = flag["by"].as_array().unwrap();
    assert_eq!((&by[0]["attribute"], &by[0]["value"]), (&json!("beta"), &json!(false)));
    let by_plan: u64 =
        by.iter().filter(|g| g["attribute"] == "plan").map(|g| g["contexts"].as_u64().unwrap()).sum();
    assert_eq!(by_plan, moved);
    let examples = flag["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 3);
    for example in examples {
        // Nothing looks at the e-mail address, and those with plan pro keep their country to themselves.
        let attributes = example["attributes"].as_object().unwrap();
        let kept: &[&str] =
            if attributes["plan"] == "pro" { &["beta", "plan"] } else { &["beta", "country", "plan"] };
        assert_eq!(attributes.keys().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>(), kept);
        assert!(example["why"].as_str().unwrap().contains("is under 50,000 of 100,000"), "{example}");
        assert!(
            example["whyBefore"].as_str().unwrap().contains("is not under 10,000 of 100,000"),
            "{example}"
        );
    }
    let dependents = told["dependents"].as_array().unwrap();
    assert_eq!(
        dependents[0]["target"],
        json!({"environment": "production", "kind": "route", "key": "checkout"})
    );

    let change =
        house.send("product", "POST", &format!("{SHOP}/changes"), json!({"edits": half()})).await.json();
    let path = format!("{SHOP}/changes/{}/impact", change["number"]);
    let of_change = house.send("viewer", "POST", &path, Value::Null).await.json();
    let environments = of_change["environments"].as_object().unwrap();
    assert_eq!(environments.keys().collect::<Vec<_>>(), ["production"]);
    assert_eq!(environments["production"]["flags"][0]["moved"], moved);
}

#[tokio::test]
async fn attributes_that_nobody_looked_at_are_told_to_be_missing() {
    let house = House::new().await;
    for n in 0..150 {
        visit(&house, &format!("v-{n}"), "pro").await;
    }
    let rule = json!({"id": "mail", "variation": 0, "clauses": [
        {"contextKind": "user", "attribute": "email", "op": "endsWith", "values": ["b.c"]}]});
    let edits = json!([aim("promo-banner", json!({"type": "addRule", "rule": rule}))]);
    let told = impact(&house, json!({"edits": edits})).await;
    let told = told.json();
    let sample = &told["sample"];
    assert_eq!(
        (&sample["enough"], &sample["missing"][0]["attribute"]),
        (&json!(false), &json!("email")),
        "{told}"
    );
    assert!(sample["note"].as_str().unwrap().contains("user email"), "{sample}");
}

#[tokio::test]
async fn sdk_events_are_sampled_and_somebody_can_be_forgotten() {
    let house = House::new().await;
    events(
        &house,
        json!([
            {"kind": "index", "creationDate": 1, "context": {"kind": "user", "key": "ann", "plan": "pro"}},
            {"kind": "identify", "context": {"kind": "multi", "user": {"key": "bob"}, "org": {"key": "acme"}}},
            {"kind": "feature", "key": "ranker", "contextKeys": {"user": "cyd"}},
            {"kind": "debug", "key": "ranker", "context": {"kind": "user", "key": "dan"}},
            {"kind": "index", "context": {"kind": "user"}},
            {"kind": "index", "user": {"key": "eve"}},
            7,
        ]),
    )
    .await;
    let off = json!({"edits": [switch("ranker", false)], "examples": 50});
    let keys = async || {
        let told = impact(&house, off.clone()).await.json();
        let examples = told["flags"][0]["examples"].as_array().unwrap().clone();
        let mut keys: Vec<_> = examples.iter().map(|e| e["key"].as_str().unwrap().to_owned()).collect();
        keys.sort();
        (told["sample"]["contexts"].as_u64().unwrap(), keys)
    };
    let (contexts, before) = keys().await;
    assert_eq!(contexts, 4, "{before:?}");
    for (kind, key, left) in [("org", "acme", 3), ("user", "ann", 2), ("user", "nobody", 2)] {
        let path = format!("{PRODUCTION}/contexts/{kind}/{key}");
        assert_eq!(house.send("admin", "DELETE", &path, Value::Null).await.status, 204);
        assert_eq!(keys().await.0, left, "after {kind} {key}");
    }
    assert!(!keys().await.1.iter().any(|key| key == "ann" || key == "bob"));
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_place() {
    let house = House::new().await;
    let bad = impact(&house, json!({"edits": [{"target": {}, "op": {}}], "examples": 3})).await;
    assert_eq!(bad.status, 422, "{}", bad.text());
    let gone = impact(&house, json!({"edits": [switch("nothing", true)]})).await;
    assert_eq!((gone.status, gone.paths().is_empty()), (422, false), "{}", gone.text());
    let many = impact(&house, json!({"edits": [], "examples": 51})).await;
    assert_eq!((many.status, many.paths()), (422, vec!["examples".to_owned()]));
    let nowhere = "/api/v1/projects/shop/environments/none/impact";
    assert_eq!(house.send("viewer", "POST", nowhere, json!({"edits": []})).await.status, 404);
    let nothing = impact(&house, json!({"edits": []})).await.json();
    assert_eq!((&nothing["flags"], &nothing["sample"]["note"]), (&json!([]), &Value::Null));
}
