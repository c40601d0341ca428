//! FDv2: transfers, for servers and for one context.

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};

use crate::clients::ANN;
use crate::streams::Stream;
use crate::support::*;

impl House {
    async fn transfer(&self, path: &str, authorization: &str) -> Vec<Value> {
        let request = Request::get(path).header(header::AUTHORIZATION, authorization);
        let answer = self.raw(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()["events"].as_array().unwrap().clone()
    }
}

/// What a transfer says: its intent, `kind/key` of what it puts, of what it deletes, and its state.
fn read(events: &[Value]) -> (String, Vec<String>, Vec<String>, Option<String>) {
    fn data<'a>(events: &'a [Value], name: &'a str) -> impl Iterator<Item = &'a Value> {
        events.iter().filter(move |event| event["event"] == name).map(|event| &event["data"])
    }
    let name = |data: &Value| format!("{}/{}", data["kind"].as_str().unwrap(), data["key"].as_str().unwrap());
    let intent = data(events, "server-intent").next().unwrap()["payloads"][0]["intentCode"]
        .as_str()
        .unwrap()
        .to_owned();
    let state =
        data(events, "payload-transferred").next().map(|data| data["state"].as_str().unwrap().to_owned());
    assert_eq!(events[0]["event"], "server-intent");
    assert_eq!(state.is_some(), events.last().unwrap()["event"] == "payload-transferred");
    (
        intent,
        data(events, "put-object").map(name).collect(),
        data(events, "delete-object").map(name).collect(),
        state,
    )
}

#[tokio::test]
async fn who_says_what_it_has_gets_what_leads_to_now() {
    let house = House::new().await;
    let (intent, puts, deletes, first) = read(&house.transfer("/sdk/poll", SDK_KEY).await);
    assert_eq!((intent.as_str(), puts.len(), deletes.len()), ("xfer-full", 6, 0));
    assert_eq!(puts[5], "flag/ranker", "segments come before flags");
    let first = first.unwrap();
    let since = async |state: &str| read(&house.transfer(&format!("/sdk/poll?basis={state}"), SDK_KEY).await);
    assert_eq!(since(&first).await, ("none".into(), vec![], vec![], None));

    house.apply("product", json!([switch("ranker", false)])).await;
    let gone = json!({"target": {"kind": "flag", "key": "free-shipping"}, "op": {"type": "delete"}});
    house.apply("product", json!([gone])).await;
    let (intent, puts, deletes, second) = since(&first).await;
    assert_eq!(intent, "xfer-changes");
    assert_eq!((puts, deletes), (vec!["flag/ranker".to_owned()], vec!["flag/free-shipping".to_owned()]));
    assert_eq!(since(&second.unwrap()).await.0, "none");

    // What we never said is no basis, and no mistake either: the SDK gets everything.
    for never in ["", "1", "1-0123456789abcdef", "99-0123456789abcdef", "x-y", "(p:7:8)", "-", "1-", "%00"] {
        assert_eq!(since(never).await.0, "xfer-full", "{never}");
    }
}

#[tokio::test]
async fn a_basis_outlives_a_restart() {
    let house = House::new().await;
    let first = read(&house.transfer("/sdk/poll", SDK_KEY).await).3.unwrap();
    house.apply("product", json!([switch("ranker", false)])).await;
    let house = house.restarted().await;
    let events = house.transfer(&format!("/sdk/poll?basis={first}"), SDK_KEY).await;
    assert_eq!(read(&events).0, "xfer-changes");
    assert_eq!(read(&events).1, ["flag/ranker"]);
}

#[tokio::test]
async fn a_poll_has_a_tag_and_is_compressed_for_who_takes_it() {
    let house = House::new().await;
    let poll = |path: &'static str, name: &'static str, value: String| {
        let request = Request::get(path).header(header::AUTHORIZATION, SDK_KEY).header(name, value);
        house.raw(request.body(Body::empty()).unwrap())
    };
    for path in ["/sdk/poll", "/sdk/latest-all"] {
        let plain = poll(path, "accept-encoding", "identity".into()).await;
        let zipped = poll(path, "accept-encoding", "gzip".into()).await;
        assert_eq!((plain.header("content-encoding"), zipped.header("content-encoding")), ("", "gzip"));
        let mut unzipped = String::new();
        let mut reader = flate2::read::GzDecoder::new(&zipped.body[..]);
        std::io::Read::read_to_string(&mut reader, &mut unzipped).unwrap();
        assert_eq!(unzipped, plain.text());
        assert_eq!(poll(path, "if-none-match", plain.header("etag").to_owned()).await.status, 304);
    }
}

#[tokio::test]
async fn a_stream_makes_one_transfer_of_each_revision() {
    let house = House::new().await;
    let address = house.listen().await;
    let mut stream = Stream::open(address, "/sdk/stream", SDK_KEY).await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.headers["x-ld-envid"], "production");
    let (intent, puts, _, state) = read(&transfer(&mut stream).await);
    assert_eq!((intent.as_str(), puts.len()), ("xfer-full", 6));

    house.apply("product", json!([switch("ranker", false), switch("promo-banner", false)])).await;
    let (intent, mut puts, _, _) = read(&transfer(&mut stream).await);
    puts.sort();
    assert_eq!(
        (intent.as_str(), puts),
        ("xfer-changes", vec!["flag/promo-banner".into(), "flag/ranker".into()])
    );

    let path = format!("/sdk/stream?basis={}", state.unwrap());
    let mut back = Stream::open(address, &path, SDK_KEY).await;
    let (intent, puts, _, state) = read(&transfer(&mut back).await);
    assert_eq!((intent.as_str(), puts.len()), ("xfer-changes", 2));
    let mut same = Stream::open(address, &format!("/sdk/stream?basis={}", state.unwrap()), SDK_KEY).await;
    let (name, none) = same.next().await;
    assert_eq!((name.as_str(), &none["payloads"][0]["intentCode"]), ("server-intent", &json!("none")));

    house.stop();
    let (name, goodbye) = same.next().await;
    assert_eq!((name.as_str(), goodbye["reason"].is_string()), ("goodbye", true));
}

#[tokio::test]
async fn a_client_gets_transfers_of_answers_for_its_context() {
    let house = House::new().await;
    let address = house.listen().await;
    let browser = format!("/sdk/poll/eval/{ANN}?auth={CLIENT_SIDE_ID}");
    let events = house.transfer(&browser, "").await;
    let (intent, puts, _, first) = read(&events);
    assert_eq!((intent.as_str(), puts), ("xfer-full", vec!["flag-eval/promo-banner".to_owned()]));
    assert_eq!(events[1]["data"]["object"]["value"], true);
    let app = house.transfer(&format!("/sdk/poll/eval/{ANN}"), MOBILE_KEY).await;
    assert_eq!(app, events);
    assert_eq!(house.transfer(&format!("/sdk/poll/eval/{ANN}?auth={MOBILE_KEY}"), "").await, events);

    let first = first.unwrap();
    let since = format!("{browser}&basis={first}");
    assert_eq!(read(&house.transfer(&since, "").await).0, "none");
    let path = format!("/sdk/stream/eval/{ANN}?auth={CLIENT_SIDE_ID}");
    let mut stream = Stream::open(address, &path, "").await;
    assert_eq!(read(&transfer(&mut stream).await).1, ["flag-eval/promo-banner"]);
    house.apply("product", json!([switch("ranker", false)])).await;
    assert_eq!(read(&house.transfer(&since, "").await).0, "none", "what it may not see is nothing new to it");
    house.apply("product", json!([switch("promo-banner", false)])).await;
    let told = transfer(&mut stream).await;
    assert_eq!(
        (read(&told).0.as_str(), &told[1]["data"]["object"]["value"]),
        ("xfer-changes", &json!(false))
    );
    let (intent, puts, _, _) = read(&house.transfer(&since, "").await);
    assert_eq!((intent.as_str(), puts.len()), ("xfer-changes", 1));

    let posted = |path: &str, body: &'static str| {
        let request = Request::post(path).header(header::AUTHORIZATION, MOBILE_KEY);
        house.raw(request.body(Body::from(body)).unwrap())
    };
    let answer = posted("/sdk/poll/eval", r#"{"kind":"user","key":"ann"}"#).await;
    assert_eq!(answer.json()["events"][1]["data"]["key"], "promo-banner");
    for (path, body, status) in [
        ("/sdk/poll/eval", "{}", 400),
        ("/sdk/stream/eval", "[", 400),
        ("/sdk/poll/eval?auth=nobodys", "{}", 404),
        ("/sdk/stream/eval?auth=nobodys", "{}", 404),
    ] {
        assert_eq!(posted(path, body).await.status, status, "{path} {body}");
    }
}

/// The events of the next transfer of a stream, as a poll lists them.
async fn transfer(stream: &mut Stream) -> Vec<Value> {
    let mut events = vec![];
    loop {
        let (name, data) = stream.next().await;
        let is_last = name == "payload-transferred";
        events.push(json!({"event": name, "data": data}));
        if is_last {
            return events;
        }
    }
}
