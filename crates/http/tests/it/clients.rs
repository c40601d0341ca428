//! LaunchDarkly's protocol as apps and browsers speak it.

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};

use crate::streams::Stream;
use crate::support::*;

/// `{"kind":"user","key":"ann"}`
pub(crate) const ANN: &str = "eyJraW5kIjoidXNlciIsImtleSI6ImFubiJ9";

struct Call {
    method: &'static str,
    path: String,
    authorization: &'static str,
    body: &'static str,
}

fn call(
    method: &'static str,
    path: impl Into<String>,
    authorization: &'static str,
    body: &'static str,
) -> Call {
    Call { method, path: path.into(), authorization, body }
}

impl House {
    async fn called(&self, call: &Call) -> Answer {
        let mut request = Request::builder().method(call.method).uri(&call.path);
        request = request.header(header::ORIGIN, "https://shop.example");
        request = request.header(header::CONTENT_TYPE, "application/json");
        if !call.authorization.is_empty() {
            request = request.header(header::AUTHORIZATION, call.authorization);
        }
        self.raw(request.body(Body::from(call.body)).unwrap()).await
    }
}

fn browser(rest: &str) -> String {
    format!("/sdk/evalx/{CLIENT_SIDE_ID}/{rest}")
}

#[tokio::test]
async fn each_way_of_asking_gets_the_same_answer_about_the_same_context() {
    let house = House::new().await;
    let ann = r#"{"kind":"user","key":"ann"}"#;
    let ways = [
        call("GET", browser(&format!("contexts/{ANN}")), "", ""),
        call("GET", browser(&format!("contexts/{ANN}==")), "", ""),
        call("GET", browser(&format!("users/{ANN}")), "", ""),
        call("REPORT", browser("context"), "", ann),
        call("REPORT", browser("user"), "", r#"{"key":"ann"}"#),
        call("GET", format!("/msdk/evalx/contexts/{ANN}"), MOBILE_KEY, ""),
        call("REPORT", "/msdk/evalx/context", MOBILE_KEY, ann),
    ];
    for way in &ways {
        let answer = house.called(way).await;
        let what = format!("{} {}: {}", way.method, way.path, answer.text());
        assert_eq!(answer.status, 200, "{what}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{what}");
        // The only flag of the shop that is for clients.
        let flags = answer.json();
        assert_eq!(flags.as_object().unwrap().keys().collect::<Vec<_>>(), ["promo-banner"], "{what}");
        let banner = &flags["promo-banner"];
        assert_eq!((&banner["version"], &banner["flagVersion"]), (&json!(1), &json!(1)), "{what}");
        assert_eq!((&banner["trackEvents"], banner.get("reason")), (&json!(false), None), "{what}");
    }
    let why = call("GET", browser(&format!("contexts/{ANN}?withReasons=true")), "", "");
    assert!(house.called(&why).await.json()["promo-banner"]["reason"]["kind"].is_string());
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let house = House::new().await;
    let poll = |context: &str, tag: &str| {
        let path = browser(&format!("contexts/{context}"));
        let request = Request::get(path).header(header::IF_NONE_MATCH, tag.to_owned());
        house.raw(request.body(Body::empty()).unwrap())
    };
    let tag = poll(ANN, "").await.header("etag").to_owned();
    assert_eq!(poll(ANN, &tag).await.status, 304);
    assert_eq!(poll("eyJrZXkiOiJib2IifQ", &tag).await.status, 200);
    house.apply("product", json!([switch("promo-banner", false)])).await;
    assert_eq!(poll(ANN, &tag).await.status, 200);
}

#[tokio::test]
async fn who_is_wrong_hears_it_in_the_way_that_its_sdk_understands() {
    let house = House::new().await;
    let large: &'static str = Box::leak(format!(r#"{{"key":"{}"}}"#, "a".repeat(1_100_000)).into());
    let deep: &'static str = Box::leak(format!("{}{}", "[".repeat(5000), "]".repeat(5000)).into());
    let nobodys = "/sdk/evalx/0123456789abcdef/contexts/";
    let cases = [
        // A public id that isn't one: the SDK gives up, as nothing will make it right.
        (404, call("GET", format!("{nobodys}{ANN}"), "", "")),
        (404, call("GET", format!("/eval/0123456789abcdef/{ANN}"), "", "")),
        (404, call("GET", "/ping/0123456789abcdef", "", "")),
        (404, call("GET", "/sdk/goals/0123456789abcdef", "", "")),
        (404, call("POST", "/events/bulk/0123456789abcdef", "", "[]")),
        (404, call("REPORT", "/eval/0123456789abcdef", "", "{}")),
        // Other kinds of keys are none.
        (404, call("GET", format!("/sdk/evalx/{SDK_KEY}/contexts/{ANN}"), "", "")),
        (401, call("GET", format!("/msdk/evalx/contexts/{ANN}"), SDK_KEY, "")),
        (401, call("GET", format!("/msdk/evalx/contexts/{ANN}"), CLIENT_SIDE_ID, "")),
        (401, call("GET", format!("/meval/{ANN}"), "", "")),
        (401, call("REPORT", "/meval", "mob-nobodys", "{}")),
        (401, call("GET", "/mping", "mob-nobodys", "")),
        (401, call("POST", "/mobile/events/bulk", SDK_KEY, "[]")),
        (401, call("GET", "/all", MOBILE_KEY, "")),
        (401, call("GET", "/sdk/latest-all", CLIENT_SIDE_ID, "")),
        // What is no context: 400, which an SDK tries again.
        (400, call("GET", browser("contexts/%25"), "", "")),
        (400, call("GET", browser("contexts/bm8ganNvbg"), "", "")),
        (400, call("GET", browser("contexts/e30"), "", "")),
        (400, call("REPORT", browser("context"), "", "{\"kind\":")),
        (400, call("REPORT", browser("context"), "", "")),
        (400, call("REPORT", browser("context"), "", deep)),
        (400, call("REPORT", browser("context"), "", r#"{"kind":"multi"}"#)),
        (400, call("REPORT", format!("/eval/{CLIENT_SIDE_ID}"), "", "[]")),
        (400, call("REPORT", "/meval", MOBILE_KEY, r#"{"kind":"kind","key":"a"}"#)),
        (400, call("POST", format!("/events/bulk/{CLIENT_SIDE_ID}"), "", "{}")),
        (413, call("REPORT", browser("context"), "", large)),
        (413, call("REPORT", "/msdk/evalx/context", MOBILE_KEY, large)),
        // Another method than the address has.
        (405, call("GET", browser("context"), "", "")),
        (405, call("POST", format!("/eval/{CLIENT_SIDE_ID}"), "", "{}")),
        (405, call("PUT", browser(&format!("contexts/{ANN}")), "", "")),
    ];
    let mut wrong = vec![];
    for (status, case) in &cases {
        let answer = house.called(case).await;
        let told = answer.header("content-type") == "application/problem+json";
        if answer.status != *status || !told {
            wrong.push(format!("{} {}: wanted {status}, got {}", case.method, case.path, answer.text()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_page_of_any_site_may_ask_and_send_events() {
    let house = House::new().await;
    let address = browser("context");
    for (path, method) in [
        (address.as_str(), "REPORT"),
        (&format!("/eval/{CLIENT_SIDE_ID}/{ANN}"), "GET"),
        (&format!("/events/bulk/{CLIENT_SIDE_ID}"), "POST"),
        (&format!("/sdk/goals/{CLIENT_SIDE_ID}"), "GET"),
    ] {
        let preflight = Request::options(path)
            .header(header::ORIGIN, "https://shop.example")
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, method)
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "x-launchdarkly-user-agent,content-type");
        let answer = house.raw(preflight.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert!(answer.header("access-control-allow-methods").contains(method), "{path}");
        assert!(
            answer.header("access-control-allow-headers").contains("x-launchdarkly-user-agent"),
            "{path}"
        );
    }
    let own = Request::options("/api/v1/session").header(header::ORIGIN, "https://shop.example");
    let own = own.header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET").body(Body::empty());
    assert_eq!(house.raw(own.unwrap()).await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_stream_tells_a_context_what_changes_for_it() {
    let house = House::new().await;
    let address = house.listen().await;
    for (path, key) in [(format!("/eval/{CLIENT_SIDE_ID}/{ANN}"), ""), (format!("/meval/{ANN}"), MOBILE_KEY)]
    {
        let mut stream = Stream::open(address, &path, key).await;
        assert_eq!(stream.status, 200);
        assert_eq!(stream.headers["content-type"], "text/event-stream; charset=utf-8");
        let (name, put) = stream.next().await;
        assert_eq!(name, "put");
        let before = put["promo-banner"].clone();

        // Not for clients: nothing is told of it.
        house.apply("product", json!([switch("ranker", false)])).await;
        house.apply("product", json!([switch("promo-banner", false)])).await;
        let (name, patch) = stream.next().await;
        assert_eq!((name.as_str(), &patch["key"]), ("patch", &json!("promo-banner")));
        assert_eq!(patch["version"], house.head().await, "{path}");
        assert_ne!(patch["variation"], before["variation"]);

        let hidden = json!({"usingMobileKey": false, "usingEnvironmentId": false});
        let shown = json!({"usingMobileKey": true, "usingEnvironmentId": true});
        for (availability, event) in [(hidden, "delete"), (shown, "patch")] {
            let flag = json!({"kind": "flag", "key": "promo-banner", "clientSideAvailability": availability,
                "variations": [{"id": "shown", "value": true}, {"id": "hidden", "value": false}]});
            let target = json!({"kind": "flag", "key": "promo-banner"});
            let put = json!({"target": target, "op": {"type": "put", "resource": flag}});
            house.apply("product", json!([put])).await;
            let (name, told) = stream.next().await;
            assert_eq!((name.as_str(), &told["key"]), (event, &json!("promo-banner")), "{path}");
        }
        house.apply("product", json!([switch("ranker", true), switch("promo-banner", true)])).await;
    }
}

#[tokio::test]
async fn a_ping_says_only_that_there_is_something() {
    let house = House::new().await;
    let address = house.listen().await;
    let mut stream = Stream::open(address, &format!("/ping/{CLIENT_SIDE_ID}"), "").await;
    assert_eq!(stream.next().await, ("ping".into(), Value::Null));
    house.apply("product", json!([switch("promo-banner", false)])).await;
    assert_eq!(stream.next().await, ("ping".into(), Value::Null));
}

/// Of `ann`, by HMAC-SHA-256 with the SDK key.
const ANN_HASH: &str = "7754dfff4bd921dda3917683593ff8d4392e1749622e451141e679d4705ae75b";

#[tokio::test]
async fn in_secure_mode_a_browser_is_told_only_of_contexts_that_a_server_vouches_for() {
    let house = House::new().await;
    let path = format!("{SHOP}/environments/production/secure-mode");
    assert_eq!(house.get(&path).await.json()["on"], json!(false));
    let turned = async |on: bool| house.send("operator", "PUT", &path, json!({ "on": on })).await.json();
    assert_eq!(turned(true).await["on"], json!(true));

    let ann = r#"{"kind":"user","key":"ann"}"#;
    let report = browser("context");
    let ways = |h: &str| {
        let (auth, and) =
            (format!("auth={CLIENT_SIDE_ID}"), if h.is_empty() { String::new() } else { format!("h={h}") });
        [
            call("GET", format!("{}?{and}", browser(&format!("contexts/{ANN}"))), "", ""),
            call("REPORT", format!("{report}?{and}"), "", ann),
            call("GET", format!("/sdk/poll/eval/{ANN}?{auth}&{and}"), "", ""),
            call("POST", format!("/sdk/poll/eval?{auth}&{and}"), "", ann),
        ]
    };
    let other = "663325f8f297c5420367c7ddcde7bbed095edf4564cb10b00c449828a1451c66";
    for wrong in ["", "00", "ann", other, &ANN_HASH[1..], &ANN_HASH.replace('a', "b")] {
        for way in ways(wrong) {
            let answer = house.called(&way).await;
            assert_eq!(answer.status, 400, "{} {}", way.method, way.path);
            assert!(answer.text().contains("secureModeHash"), "{}", answer.text());
            assert_eq!(answer.header("access-control-allow-origin"), "*");
        }
        let stream = call("GET", format!("/eval/{CLIENT_SIDE_ID}/{ANN}?h={wrong}"), "", "");
        assert_eq!(house.called(&stream).await.status, 400, "{wrong}");
    }
    for way in ways(ANN_HASH) {
        assert_eq!(house.called(&way).await.status, 200, "{} {}", way.method, way.path);
    }
    // Nobody vouches for another context, and OFREP has no word for it; apps and servers hold a key.
    let bob = call("REPORT", format!("{report}?h={ANN_HASH}"), "", r#"{"kind":"user","key":"bob"}"#);
    assert_eq!(house.called(&bob).await.status, 400);
    let org = call("REPORT", format!("{report}?h={ANN_HASH}"), "", r#"{"kind":"org","key":"ann"}"#);
    assert_eq!(house.called(&org).await.status, 400, "the same key of another kind is another context");
    for (key, status) in [(CLIENT_SIDE_ID, 400), (MOBILE_KEY, 200), (SDK_KEY, 200)] {
        let body = r#"{"context":{"targetingKey":"ann"}}"#;
        let request = Request::post("/ofrep/v1/evaluate/flags").header("x-api-key", key);
        assert_eq!(house.raw(request.body(Body::from(body)).unwrap()).await.status, status, "{key}");
    }
    let app = call("GET", format!("/msdk/evalx/contexts/{ANN}"), MOBILE_KEY, "");
    assert_eq!(house.called(&app).await.status, 200);

    // The key before goes on for a while, and so does its hash; then a restart changes nothing.
    let rotate = format!("{SHOP}/environments/production/keys/sdk/rotate");
    let made = house.send("operator", "POST", &rotate, json!({"overlapSeconds": 3600})).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let house = house.restarted().await;
    assert_eq!(house.called(&ways(ANN_HASH)[0]).await.status, 200);
    let ended = house.send("operator", "POST", &rotate, json!({"overlapSeconds": 0})).await;
    assert_eq!(ended.status, 200);
    assert_eq!(house.called(&ways(ANN_HASH)[0]).await.status, 400, "a key that ended vouches for nobody");
    house.send("operator", "PUT", &path, json!({"on": false})).await;
    assert_eq!(house.called(&ways("")[0]).await.status, 200);
}
