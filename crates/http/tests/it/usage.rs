//! What SDKs tell of their evaluations, and what is made of it.

use std::future::Future;
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use http::{Request, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use switchyard_telemetry::{Place, Telemetry};

use crate::support::*;

const PRODUCTION: Place<'static> = Place { project: "shop", environment: "production" };

fn bulk(body: impl Into<Body>) -> Request<Body> {
    let request = Request::post("/bulk")
        .header(header::AUTHORIZATION, SDK_KEY)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "NodeJSClient/9.10.2")
        .header("x-launchdarkly-tags", "application-id/checkout-web application-version/3");
    request.body(body.into()).unwrap()
}

async fn tell(house: &House, events: Value) {
    let answer = house.raw(bulk(events.to_string())).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    house.control.keep_usage(&house.telemetry).await;
}

fn summary(features: Value) -> Value {
    json!({"kind": "summary", "startDate": 1, "endDate": 2, "features": features})
}

async fn usage(house: &House, flag: &str) -> Value {
    house.get(&format!("{SHOP}/environments/production/flags/{flag}/usage?days=7")).await.json()
}

#[tokio::test]
async fn a_flag_shows_what_it_served_to_whom_and_what_they_did() {
    let house = House::new().await;
    let feature = |user: &str, variation: u32| {
        json!({"kind": "feature", "key": "checkout-v2", "variation": variation, "version": 1, "value": "x",
            "context": {"kind": "user", "key": user}, "creationDate": 1})
    };
    let bought = |user: &str, value: Value| json!({"kind": "custom", "key": "bought", "contextKeys": {"user": user}, "metricValue": value});
    let counters = json!({"default": "old", "counters": [
        {"variation": 0, "version": 1, "value": "new", "count": 5}, {"version": 1, "value": "old", "count": 2}]});
    tell(&house, json!([
        {"kind": "index", "context": {"kind": "user", "key": "ann"}},
        feature("ann", 0), feature("bob", 1),
        bought("ann", json!(20.5)), bought("ann", json!(4)), bought("bob", Value::Null), bought("cid", json!(9)),
        {"kind": "migration_op", "operation": "read", "contextKeys": {"user": "dan"},
            "evaluation": {"key": "checkout-v2", "variation": 1, "value": "old"}},
        bought("dan", json!(1)),
        {"kind": "of-tomorrow"}, 7,
        summary(json!({"checkout-v2": counters})),
    ])).await;
    let found = usage(&house, "checkout-v2").await;
    let served = |found: &Value| -> Vec<(String, u64)> {
        let each = found["variations"].as_array().unwrap().iter();
        each.map(|v| {
            let sum = v["evaluations"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum();
            (v["variation"].as_str().unwrap().to_owned(), sum)
        })
        .collect()
    };
    assert_eq!(served(&found), [("(caller's default)".to_owned(), 2), ("new".to_owned(), 5)]);
    assert_eq!(
        (&found["askers"][0]["by"], &found["askers"][0]["count"]),
        (&json!("checkout-web"), &json!(7))
    );
    let outcome = |variation: &str, count: u64, total: f64| json!({"event": "bought", "variation": variation, "count": count, "total": total});
    assert_eq!(found["outcomes"], json!([outcome("new", 2, 24.5), outcome("old", 2, 1.0)]));

    // A restart: another process counts on from what was kept.
    let telemetry = Telemetry::new();
    house.control.restore_usage(&telemetry).await.unwrap();
    let again = telemetry.served(PRODUCTION, "checkout-v2", 86_400, Timestamp::now());
    assert_eq!(again.evaluations, 7);
    assert!(again.last_evaluated_at.is_some());
    assert_eq!(usage(&house, "nobody-made-it").await["status"], 404);
}

#[tokio::test]
async fn a_flag_that_is_asked_for_and_not_there_is_told_until_it_is() {
    let house = House::new().await;
    let unknown = json!({"counters": [{"unknown": true, "value": 1, "count": 9}]});
    tell(&house, json!([summary(json!({"new-search": unknown, "free-shipping": unknown}))])).await;
    let list = async || house.get(&format!("{SHOP}/environments/production/unknown-flags")).await.json();
    let found = list().await;
    assert_eq!(found["flags"].as_array().unwrap().len(), 1, "{found}");
    let flag = &found["flags"][0];
    assert_eq!(
        (&flag["key"], &flag["count"], &flag["archived"]),
        (&json!("new-search"), &json!(9), &json!(false))
    );
    assert_eq!(flag["askers"][0]["by"], "checkout-web");

    let archive = |flag: &str| json!([{"target": {"kind": "flag", "key": flag}, "op": {"type": "setLifecycle", "archived": true}}]);
    house.apply("product", archive("free-shipping")).await;
    tell(&house, json!([summary(json!({"free-shipping": unknown}))])).await;
    let found = list().await;
    let said: Vec<_> =
        found["flags"].as_array().unwrap().iter().map(|f| (&f["key"], &f["archived"])).collect();
    assert!(said.contains(&(&json!("free-shipping"), &json!(true))), "{found}");

    let made = json!({"kind": "flag", "key": "new-search", "variations": [{"id": "on", "value": true}]});
    let put =
        json!({"target": {"kind": "flag", "key": "new-search"}, "op": {"type": "put", "resource": made}});
    house.apply("product", json!([put])).await;
    assert_eq!(list().await["flags"].as_array().unwrap().len(), 1);
}

/// What a browser posts is counted for what it may see; it makes up no version.
#[tokio::test]
async fn a_browser_is_counted_for_what_it_may_see() {
    let house = House::new().await;
    let counters =
        |version: u64| json!({"counters": [{"variation": 0, "version": version, "value": 1, "count": 3}]});
    let events = json!([summary(json!({"promo-banner": counters(77), "ranker": counters(1)}))]);
    let request = Request::post(format!("/events/bulk/{CLIENT_SIDE_ID}"))
        .header("x-launchdarkly-user-agent", "JSClient/4.1");
    let sent = house.raw(request.body(events.to_string().into()).unwrap()).await;
    assert_eq!(sent.status, 202, "{}", sent.text());
    let taken = house.telemetry.take();
    let said: Vec<_> = taken.tallies.iter().map(|t| (&*t.flag, t.version, t.count)).collect();
    let shown = house.get(&format!("{SHOP}/environments/production/flags/promo-banner")).await.json();
    let visible = shown["flag"]["clientSideAvailability"]["usingEnvironmentId"] == true;
    assert_eq!(said, if visible { vec![("promo-banner", 0, 3)] } else { vec![] });
    assert!(taken.asked.iter().any(|a| a.flag == "ranker" && !a.known && a.by == "JSClient/4.1"));
}

/// A body that is announced and does not come holds its room; who finds none is told to wait, and counted.
#[tokio::test]
async fn a_flood_is_answered_and_not_kept() {
    let house = House::new().await;
    let slow = || {
        let body = Body::from_stream(futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>());
        let mut request = bulk(body);
        request.headers_mut().insert(header::CONTENT_LENGTH, "9000000".parse().unwrap());
        request
    };
    let mut held = vec![];
    let refused = loop {
        let mut sent = Box::pin(house.raw(slow()));
        match sent.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => break answer,
            Poll::Pending => held.push(sent),
        }
        assert!(held.len() < 100, "there is room without end");
    };
    assert_eq!((refused.status, refused.header("retry-after")), (429, "2"));
    let events = house.telemetry.events();
    assert_eq!(events.shed.load(std::sync::atomic::Ordering::Relaxed), 1);
    assert!(house.telemetry.prometheus(vec![]).contains("switchyard_event_payloads_shed_total{} 1"));
    drop(held);
    assert_eq!(house.raw(bulk("[]")).await.status, 202);
}

#[tokio::test]
async fn a_context_is_found_and_what_it_gets_is_said_with_why() {
    let house = House::new().await;
    tell(
        &house,
        json!([
            {"kind": "index", "context": {"kind": "user", "key": "ann-17", "plan": "beta", "nobody-asks": 1}},
            {"kind": "index", "context": {"kind": "user", "key": "bob"}},
        ]),
    )
    .await;
    let production = format!("{SHOP}/environments/production");
    let found = house.get(&format!("{production}/contexts?q=ANN")).await.json();
    assert_eq!(found["seen"], 2, "{found}");
    let contexts = found["contexts"].as_array().unwrap();
    assert_eq!(contexts.len(), 1);
    assert_eq!((&contexts[0]["key"], contexts[0].get("nobody-asks")), (&json!("ann-17"), None));

    let ask = async |body: Value| {
        house.send("viewer", "POST", &format!("{production}/contexts/served"), body).await
    };
    let served = ask(json!({"context": contexts[0]})).await;
    assert_eq!(served.status, 200, "{}", served.text());
    let served = served.json();
    let flags = served["flags"].as_array().unwrap();
    assert_eq!(flags.len(), 4);
    let ranker = flags.iter().find(|flag| flag["key"] == "ranker").unwrap();
    assert!(ranker["variation"].is_string() && !ranker["why"].as_array().unwrap().is_empty(), "{ranker}");
    let snapshot = house.control.snapshot("shop", "production").unwrap().current();
    let context = switchyard_flags::Context::from_json(&contexts[0]).unwrap();
    for flag in flags {
        let detail = snapshot.flags().evaluate(flag["key"].as_str().unwrap(), &context);
        assert_eq!(Some(&flag["value"]), detail.value, "{flag}");
    }
    for wrong in [json!({"context": {"kind": "user"}}), json!({"context": 7}), json!({})] {
        assert!(matches!(ask(wrong.clone()).await.status, 400 | 422), "{wrong}");
    }
}
