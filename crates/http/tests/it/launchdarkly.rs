//! LaunchDarkly's protocol as its server-side SDKs speak it.

use std::io::Write;

use axum::body::Body;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Request, header};
use jiff::Timestamp;
use serde_json::json;
use switchyard_telemetry::Place;

use crate::streams::Stream;
use crate::support::*;

#[tokio::test]
async fn a_stream_shows_every_change_of_its_environment() {
    let house = House::new().await;
    let address = house.listen().await;
    assert_eq!(Stream::open(address, "/all", "sdk-nobodys").await.status, 401);
    let mut stream = Stream::open(address, "/all", SDK_KEY).await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.headers["x-ld-envid"], "production");
    let (name, put) = stream.next().await;
    assert_eq!((name.as_str(), &put["path"]), ("put", &json!("/")));
    assert_eq!(put["data"]["flags"].as_object().unwrap().len(), 4);
    assert_eq!(put["data"]["segments"].as_object().unwrap().len(), 2);
    assert_eq!(put["data"]["flags"]["ranker"]["on"], true);

    house.apply("product", json!([switch("ranker", false)])).await;
    let (name, patch) = stream.next().await;
    assert_eq!((name.as_str(), &patch["path"]), ("patch", &json!("/flags/ranker")));
    assert_eq!((&patch["data"]["on"], &patch["data"]["version"]), (&json!(false), &json!(2)));

    // What an SDK can't see is not told: the next event is the one after it.
    let staging = json!({
        "target": {"kind": "targeting", "environment": "staging", "key": "ranker"},
        "op": {"type": "setOn", "on": true},
    });
    house.apply("product", json!([staging])).await;

    house.apply("product", json!([switch("ranker", true), switch("promo-banner", false)])).await;
    let (name, put) = stream.next().await;
    assert_eq!(name, "put");
    assert_eq!(put["data"]["flags"]["ranker"]["on"], true);
    assert_eq!(put["data"]["flags"]["promo-banner"]["on"], false);
    assert_eq!(put["data"]["flags"]["promo-banner"]["version"], 4);

    let gone = json!({"target": {"kind": "flag", "key": "free-shipping"}, "op": {"type": "delete"}});
    house.apply("product", json!([gone])).await;
    let delete = json!({"path": "/flags/free-shipping", "version": 5});
    assert_eq!(stream.next().await, ("delete".into(), delete));

    let nodes = house.get(&format!("{SHOP}/environments/production/nodes")).await.json();
    assert_eq!(nodes["streams"], 1);
}

#[tokio::test]
async fn polling_answers_304_until_something_changes() {
    let house = House::new().await;
    let poll = |path: &str, etag: &str| {
        let request =
            Request::get(path).header(header::AUTHORIZATION, SDK_KEY).header(header::IF_NONE_MATCH, etag);
        house.raw(request.body(Body::empty()).unwrap())
    };
    let first = poll("/sdk/latest-all", "\"other\"").await;
    assert_eq!(first.status, 200);
    assert_eq!(first.json()["flags"]["checkout-v2"]["key"], "checkout-v2");
    let etag = first.header("etag").to_owned();
    assert_eq!(poll("/sdk/latest-all", &etag).await.status, 304);
    assert_eq!(poll("/sdk/latest-all", &format!("W/{etag}")).await.status, 304);
    let flag = poll("/sdk/flags/ranker", "").await;
    let segment = poll("/sdk/segments/staff", "").await;
    assert_eq!((&flag.json()["key"], &segment.json()["key"]), (&json!("ranker"), &json!("staff")));
    assert_eq!(poll("/sdk/flags/none", "").await.status, 404);

    house.apply("product", json!([switch("ranker", false)])).await;
    let second = poll("/sdk/latest-all", &etag).await;
    assert_eq!((second.status, &second.json()["flags"]["ranker"]["on"]), (200, &json!(false)));
    assert_ne!(second.header("etag"), etag);
}

#[tokio::test]
async fn a_compressed_summary_is_counted_once() {
    let house = House::new().await;
    let events = json!([
        {"kind": "index", "context": {"kind": "user", "key": "a"}},
        {"kind": "summary", "startDate": 1, "endDate": 2, "features": {
            "ranker": {"default": "popular", "contextKinds": ["user"], "counters": [
                {"variation": 1, "version": 1, "value": "personal", "count": 5},
                {"variation": 0, "version": 1, "value": "popular", "count": 2},
            ]},
            "nobody-knows-this": {"default": 1, "counters": [{"count": 9, "unknown": true, "value": 1}]},
        }},
    ]);
    let packed_of = |plain: &[u8]| {
        let mut packed = GzEncoder::new(vec![], Compression::default());
        packed.write_all(plain).unwrap();
        packed.finish().unwrap()
    };
    let packed = packed_of(events.to_string().as_bytes());
    let send = |payload: &str, body: Vec<u8>| {
        let request = Request::post("/bulk")
            .header(header::AUTHORIZATION, SDK_KEY)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_ENCODING, "gzip")
            .header("x-launchdarkly-event-schema", "4")
            .header("x-launchdarkly-payload-id", payload);
        house.raw(request.body(body.into()).unwrap())
    };
    // An SDK repeats what it got no answer for.
    assert_eq!(send("one", packed.clone()).await.status, 202);
    assert_eq!(send("one", packed.clone()).await.status, 202);
    let counted = |flag: &str| {
        let place = Place { project: "shop", environment: "production" };
        let series = house.telemetry.flag(place, flag, 900, Timestamp::now());
        series.variations.iter().flat_map(|one| &one.evaluations).sum::<u64>()
    };
    assert_eq!((counted("ranker"), counted("nobody-knows-this")), (7, 0));
    assert_eq!(send("two", packed).await.status, 202);
    assert_eq!(counted("ranker"), 14);
    assert_eq!(send("three", b"no gzip".to_vec()).await.status, 400);
    assert_eq!(
        send("four", packed_of(&vec![b' '; 50_000_000])).await.status,
        413,
        "unpacked it is too large"
    );
    let twice = [packed_of(b"["), packed_of(b"]")].concat();
    assert_eq!(send("five", twice).await.status, 202, "gzip may come in parts");
}

#[tokio::test]
async fn when_too_many_streams_begin_at_once_some_are_asked_to_come_again() {
    let house = House::new().await;
    let address = house.listen().await;
    // More than a connection's own buffers hold, so that it stays on its way to who doesn't read.
    for key in ["large-a", "large-b", "large-c", "large-d"] {
        let flag = json!({"kind": "flag", "key": key,
            "variations": [{"id": "a", "value": "x".repeat(3_000_000)}]});
        let put = json!({"target": {"kind": "flag", "key": key}, "op": {"type": "put", "resource": flag}});
        house.apply("product", json!([put])).await;
    }
    let mut begun = vec![];
    let refused = loop {
        let stream = Stream::open(address, "/all", SDK_KEY).await;
        if stream.status != 200 {
            break stream;
        }
        begun.push(stream);
        assert!(begun.len() < 20, "nobody is turned away");
    };
    assert_eq!((refused.status, begun.len()), (503, 5));
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=10).contains(&wait));

    // Who is gone has nothing on its way any more.
    drop(begun);
    let back = async {
        while Stream::open(address, "/all", SDK_KEY).await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), back).await.unwrap();
}
