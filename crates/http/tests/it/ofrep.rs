//! OpenFeature's remote evaluation.

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};

use crate::streams::Stream;
use crate::support::*;

const ONE: &str = "/ofrep/v1/evaluate/flags";

async fn evaluate(house: &House, path: &str, etag: &str, body: &Value) -> Answer {
    let request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {SDK_KEY}"))
        .header(header::IF_NONE_MATCH, etag)
        .header(header::CONTENT_TYPE, "application/json");
    house.raw(request.body(body.to_string().into()).unwrap()).await
}

#[tokio::test]
async fn a_browser_sees_its_flags_and_is_told_when_to_ask_again() {
    let house = House::new().await;
    let address = house.listen().await;
    let ask = |path: &'static str, key: &'static str| {
        let request = Request::post(path).header("x-api-key", key).header("origin", "https://shop.example");
        house.raw(request.body(Body::from(r#"{"context":{"targetingKey":"ann"}}"#)).unwrap())
    };
    let all = ask("/ofrep/v1/evaluate/flags", CLIENT_SIDE_ID).await;
    assert_eq!(all.header("access-control-allow-origin"), "*");
    let all = all.json();
    let keys: Vec<_> = all["flags"].as_array().unwrap().iter().map(|flag| &flag["key"]).collect();
    assert_eq!(keys, ["promo-banner"]);
    assert_eq!(ask("/ofrep/v1/evaluate/flags/ranker", CLIENT_SIDE_ID).await.status, 404);
    assert_eq!(ask("/ofrep/v1/evaluate/flags/ranker", SDK_KEY).await.status, 200);
    let of_server = ask("/ofrep/v1/evaluate/flags", SDK_KEY).await.json();
    assert_eq!(of_server.get("eventStreams"), None, "a secret key must not stand in an address");

    let path = all["eventStreams"][0]["endpoint"]["requestUri"].as_str().unwrap();
    let mut stream = Stream::open(address, path, "").await;
    let (name, first) = stream.next().await;
    assert_eq!((name.as_str(), &first["type"]), ("message", &json!("refetchEvaluation")));
    house.apply("product", json!([switch("ranker", false)])).await;
    house.apply("product", json!([switch("promo-banner", false)])).await;
    let (_, second) = stream.next().await;
    assert_ne!(second["etag"], first["etag"]);
    house.apply("product", json!([switch("promo-banner", true)])).await;
    assert_ne!(stream.next().await.1["etag"], second["etag"]);
    assert_eq!(Stream::open(address, "/ofrep/v1/stream?auth=nobodys", "").await.status, 401);
}

#[tokio::test]
async fn one_flag_is_evaluated_or_says_why_not() {
    let house = House::new().await;
    let ask = |flag: &str, body: Value| {
        let (house, path) = (&house, format!("{ONE}/{flag}"));
        async move { evaluate(house, &path, "", &body).await }
    };
    let staff = ask("checkout-v2", json!({"context": {"targetingKey": "c-0001"}})).await;
    assert_eq!(staff.status, 200, "{}", staff.text());
    let said = staff.json();
    assert_eq!(
        (&said["value"], &said["variant"], &said["reason"]),
        (&json!(true), &json!("new"), &json!("TARGETING_MATCH"))
    );
    assert_eq!(said["metadata"]["ruleId"], "staff");
    let plan = ask("free-shipping", json!({"context": {"targetingKey": "x", "plan": "pro"}})).await;
    assert_eq!(plan.json()["variant"], "free");

    for (flag, body, status, code) in [
        ("none", json!({"context": {"targetingKey": "x"}}), 404, "FLAG_NOT_FOUND"),
        ("ranker", json!({"context": {}}), 400, "TARGETING_KEY_MISSING"),
        ("ranker", json!({"context": {"targetingKey": ""}}), 400, "TARGETING_KEY_MISSING"),
        ("ranker", json!({}), 400, "TARGETING_KEY_MISSING"),
        ("ranker", json!({"context": 1}), 400, "INVALID_CONTEXT"),
        ("ranker", json!({"context": {"targetingKey": 1}}), 400, "INVALID_CONTEXT"),
        ("ranker", json!([]), 400, "PARSE_ERROR"),
    ] {
        let answer = ask(flag, body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert_eq!(
            (&answer.json()["errorCode"], &answer.json()["key"]),
            (&json!(code), &json!(flag)),
            "{body}"
        );
    }
    let broken = Request::post(format!("{ONE}/ranker")).header("x-api-key", SDK_KEY);
    let broken = house.raw(broken.body(Body::from("{")).unwrap()).await;
    assert_eq!((broken.status, &broken.json()["errorCode"]), (400, &json!("PARSE_ERROR")));
}

#[tokio::test]
async fn all_flags_come_at_once_and_304_until_something_changes() {
    let house = House::new().await;
    let body = json!({"context": {"targetingKey": "c-0001"}});
    let all = evaluate(&house, ONE, "", &body).await;
    assert_eq!(all.status, 200, "{}", all.text());
    assert_eq!(all.json()["flags"].as_array().unwrap().len(), 4);
    let etag = all.header("etag").to_owned();
    assert_eq!(evaluate(&house, ONE, &etag, &body).await.status, 304);
    let other = json!({"context": {"targetingKey": "c-0002"}});
    assert_eq!(evaluate(&house, ONE, &etag, &other).await.status, 200, "another context has its own answer");
    house.apply("product", json!([switch("ranker", false)])).await;
    assert_eq!(evaluate(&house, ONE, &etag, &body).await.status, 200);
    let missing = evaluate(&house, ONE, "", &json!({"context": {}})).await;
    assert_eq!((missing.status, &missing.json()["errorCode"]), (400, &json!("TARGETING_KEY_MISSING")));
    let stranger = Request::post(ONE).header(header::AUTHORIZATION, "Bearer sdk-nobodys").body(Body::empty());
    assert_eq!(house.raw(stranger.unwrap()).await.status, 401);
}
