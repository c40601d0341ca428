//! Explanations: the whole shape once, then one question a case.

use serde_json::{Value, json};
use switchyard_flags::Context;
use switchyard_snapshot::explain::served_to;
use switchyard_snapshot::{Snapshot, explain};

use crate::support::{PEER, flag, header_map, listener, merge, route, service, targeting, to, world};

fn shop() -> Snapshot {
    let mut checkout = route("checkout", json!({"hosts": ["shop.example"], "path": {"prefix": "/checkout"}}));
    merge(
        &mut checkout,
        json!({"split": {"by": "flag", "flag": "checkout-v2", "arms": [
        {"variation": "new", "action": to("checkout", "v2"), "fallback": "old"},
        {"variation": "old", "action": to("checkout", "v1")}]}}),
    );
    let mut cart = route("cart", json!({"path": {"prefix": "/cart"}}));
    merge(
        &mut cart,
        json!({"split": {"by": "weight", "arms": [
        {"id": "a", "weight": 25_000, "action": to("checkout", "v1")},
        {"id": "b", "weight": 75_000, "action": {"type": "redirect", "location": "/new"}}]}}),
    );
    let rules = json!([{"id": "r1", "variation": 1, "clauses": [
        {"attribute": "", "op": "segmentMatch", "values": ["beta"]}]},
        {"id": "r2", "description": "Staff", "variation": 1, "clauses": [
            {"attribute": "plan", "op": "in", "values": ["staff"]}]}]);
    let rollout = json!({"rollout": {"variations": [
        {"variation": 1, "weight": 25_000}, {"variation": 0, "weight": 75_000}]}});
    world(json!([flag("checkout-v2"), targeting("checkout-v2", json!({"rules": rules, "fallthrough": rollout})),
        {"kind": "segment", "key": "beta", "name": "Beta testers", "included": ["b"]},
        listener(), service("checkout"), checkout, cart,
        route("post", json!({"path": {"exact": "/checkout/pay"}, "methods": ["POST"], "hosts": ["shop.example"]}))]))
    .snapshot()
}

fn explained(snapshot: &Snapshot, line: &str, headers: &[(&str, &str)]) -> Value {
    let (method, url) = line.split_once(' ').unwrap();
    let told = explain(snapshot, "web", method, url, &header_map(headers), PEER).unwrap();
    serde_json::to_value(told).unwrap()
}

/// A sentence as plain text.
fn plain(sentence: &Value) -> String {
    sentence.as_array().unwrap().iter().map(|part| part["text"].as_str().unwrap()).collect()
}

#[test]
fn tells_the_whole_way() {
    let url = "GET https://shop.example/checkout/pay?x=1";
    let headers = [("x-user", "c-1"), ("x-forged", "1"), ("cookie", "plan=pro")];
    insta::assert_json_snapshot!(explained(&shop(), url, &headers));
}

#[test]
fn says_it_in_one_sentence() {
    let snapshot = shop();
    let user: &[(&str, &str)] = &[("x-user", "u")];
    let staff: &[(&str, &str)] = &[("x-user", "u"), ("cookie", "plan=staff")];
    let cases = [
        (
            "GET http://shop.example/checkout",
            &[("x-user", "b")][..],
            "It goes to checkout v2, because flag checkout-v2 gives new to user b.",
        ),
        (
            "GET shop.example/checkout",
            staff,
            "It goes to checkout v2, because flag checkout-v2 gives new to user u.",
        ),
        (
            "GET shop.example/checkout",
            &[],
            "It goes to checkout v1, because flag checkout-v2 gives old, as the request says nothing of who it is from.",
        ),
        ("GET /nowhere", user, "It is answered 404: no route takes it."),
        (
            "POST shop.example/checkout/pay",
            user,
            "It goes to a fixed answer 200, because all of route post goes there.",
        ),
        ("GET /cart", user, "It goes by redirect to /new (302), because user u is in its 75 %."),
        (
            "GET /cart",
            &[],
            "It goes by redirect to /new (302), because most do that supply no user key: it is divided at random.",
        ),
    ];
    for (line, headers, want) in cases {
        assert_eq!(plain(&explained(&snapshot, line, headers)["sentence"]), want, "{line}");
    }
}

#[test]
fn tells_what_each_route_lacked() {
    let told = explained(&shop(), "GET shop.example/checkout/pay", &[("x-user", "u")]);
    let routes: Vec<_> = told["routes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| format!("{} {} {}", r["key"].as_str().unwrap(), r["matched"], r["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(routes, ["post false GET is not POST", "checkout true host and path fit"]);
}

#[test]
fn decides_as_the_gateway_does() {
    let snapshot = shop();
    for i in 0..200 {
        let user = format!("u{i}");
        let headers = [("x-user", user.as_str())];
        for (line, direct) in
            [("GET shop.example/checkout", "GET shop.example/checkout"), ("GET /cart", "GET /cart")]
        {
            let request = crate::support::request(direct, &headers);
            let listener = snapshot.listener("web").unwrap();
            let decision = snapshot.decide(listener, &request.view(), 0, &mut switchyard_flags::NoRecorder);
            let told = explained(&snapshot, line, &headers);
            assert_eq!(told["split"]["arm"], json!(&*decision.arm().unwrap().id));
            assert_eq!(told["split"].get("bucket").and_then(Value::as_u64), decision.bucket.map(u64::from));
        }
    }
}

#[test]
fn refuses_what_is_no_question() {
    let snapshot = shop();
    let cases = [
        ("nope", "/", "listener"),
        ("web", "http://", "url"),
        ("web", "/a/../b", "url"),
        ("web", "a b", "url"),
    ];
    for (listener, url, path) in cases {
        let problem = explain(&snapshot, listener, "GET", url, &header_map(&[]), PEER).unwrap_err();
        assert_eq!(problem.path, path, "{url}");
    }
}

#[test]
fn who_has_nothing_to_be_placed_by_is_told_so() {
    let snapshot = shop();
    for (kind, words) in [
        ("user", "Everyone else: bucket "),
        ("device", "Everyone else: nothing of user to place them by: bucket 0 is"),
    ] {
        let context = Context::from_json(&json!({"kind": kind, "key": "k"})).unwrap();
        let told = serde_json::to_value(served_to(&snapshot, &context)).unwrap();
        let why = plain(&told[0]["why"]);
        assert!(why.starts_with(words), "{why}");
    }
}
