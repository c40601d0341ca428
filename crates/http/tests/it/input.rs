//! What is wrong with an input is told with its place, and changes nothing.

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};

use crate::support::*;

/// Sends what is wrong and compares status and places; then the head, which must not have moved.
async fn refused(house: &House, answer: Answer, what: &str, status: u16, paths: &[&str]) -> Vec<String> {
    let mut wrong = vec![];
    if answer.status != status || answer.paths() != paths {
        let got = (answer.status, answer.paths());
        wrong.push(format!("{what}\n  wanted {status} {paths:?}\n  got {got:?}: {}", answer.text()));
    }
    let told =
        answer.header("content-type") == "application/problem+json" && answer.json()["status"] == status;
    if !told {
        wrong.push(format!("{what}: no problem: {}", answer.text()));
    }
    if house.head().await != 1 {
        wrong.push(format!("{what}: the head has moved"));
    }
    wrong
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn bodies_that_are_no_json() {
    let house = House::new().await;
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let cases = [
        ("{\"edits\": [}", "application/json", 400, Some("line 1, column 12")),
        ("{\n  \"edits\": nope\n}", "application/json", 400, Some("line 2, column 13")),
        ("", "application/json", 400, Some("empty")),
        (deep.as_str(), "application/json", 400, Some("recursion")),
        ("{\"edits\": []}", "text/plain", 415, None),
        ("{\"edits\": []}", "application/x-www-form-urlencoded", 415, None),
    ];
    let mut wrong = vec![];
    for (body, kind, status, says) in cases {
        let request = Request::post(format!("{SHOP}/changes"))
            .header(header::AUTHORIZATION, format!("Bearer {}", secret("admin")))
            .header(header::CONTENT_TYPE, kind);
        let answer = house.raw(request.body(Body::from(body.to_owned())).unwrap()).await;
        let what = format!("{kind}: {}", &body[..body.len().min(40)]);
        let text = answer.text();
        if !text.contains(says.unwrap_or_default()) {
            wrong.push(format!("{what} does not say {says:?}: {text}"));
        }
        let paths: &[&str] = if status == 400 { &[""] } else { &[] };
        wrong.extend(refused(&house, answer, &what, status, paths).await);
    }
    none(&wrong);
}

#[tokio::test]
async fn fifty_megabytes_are_too_much() {
    let house = House::new().await;
    let big = vec![b' '; 50_000_000];
    for path in [format!("{SHOP}/changes"), format!("{SHOP}/apply"), format!("{SHOP}/revisions/1/revert")] {
        let request = || {
            Request::post(&path)
                .header(header::AUTHORIZATION, format!("Bearer {}", secret("admin")))
                .header(header::CONTENT_TYPE, "application/json")
        };
        let announced = request().header(header::CONTENT_LENGTH, big.len()).body(Body::from(big.clone()));
        let parts: Vec<Result<_, std::io::Error>> =
            big.chunks(1 << 16).map(|part| Ok(part.to_vec())).collect();
        let streamed = request().body(Body::from_stream(futures_util::stream::iter(parts)));
        for sent in [announced, streamed] {
            let answer = house.raw(sent.unwrap()).await;
            none(&refused(&house, answer, &path, 413, &[]).await);
        }
    }
}

#[tokio::test]
async fn shapes_that_are_wrong() {
    let house = House::new().await;
    let put = |resource: Value| {
        let mut target = json!({"kind": resource["kind"], "key": resource["key"]});
        if resource["kind"] != "flag" {
            target["environment"] = json!("production");
        }
        json!({"edits": [{"target": target, "op": {"type": "put", "resource": resource}}]})
    };
    let rule = |rule: Value| json!({"edits": [aim("ranker", json!({"type": "addRule", "rule": rule}))]});
    let cases = [
        ("an unknown field", json!({"edits": [], "titel": "x"}), vec!["titel"]),
        ("no edits", json!({}), vec![""]),
        ("edits that are no list", json!({"edits": {}}), vec!["edits"]),
        ("a title that is no text", json!({"edits": [], "title": 1}), vec!["title"]),
        (
            "two mistakes",
            json!({"edits": [1, {"op": 1}]}),
            vec!["edits[0]", "edits[1].target", "edits[1].op"],
        ),
        (
            "an unknown operation",
            json!({"edits": [aim("ranker", json!({"type": "explode"}))]}),
            vec!["edits[0].op.type"],
        ),
        (
            "a wrong type",
            json!({"edits": [aim("ranker", json!({"type": "setOn", "on": "yes"}))]}),
            vec!["edits[0].op"],
        ),
        (
            "unknown in a put's variation",
            put(json!({"kind": "flag", "key": "a", "variations": [{"id": "on", "value": 1, "valu": 1}]})),
            vec!["edits[0].op.resource.variations[0].valu"],
        ),
        (
            "unknown in a put's clause",
            put(
                json!({"kind": "targeting", "key": "a", "rules": [{"id": "r", "clauses": [{"atribute": "x", "op": "in", "values": []}]}]}),
            ),
            vec!["edits[0].op.resource.rules[0].clauses[0].atribute"],
        ),
        (
            "unknown in a put's arm",
            put(
                json!({"kind": "route", "key": "a", "listener": "public", "match": {}, "split": {"by": "weight", "arms": [
                {"id": "a", "weight": 100_000, "wieght": 1, "action": {"type": "fixed", "status": 200, "body": ""}}]}}),
            ),
            // A split is a tagged type, within which serde keeps no path: the field is told, its arm is not.
            vec!["edits[0].op.resource.split.wieght"],
        ),
        (
            "unknown in a rule's clause",
            rule(json!({"id": "r", "variation": 0, "clauses": [{"attribute": "x", "op": "in", "value": 1}]})),
            vec!["edits[0].op.rule.clauses[0].value"],
        ),
    ];
    let mut wrong = vec![];
    for (what, body, paths) in cases {
        let answer = house.send("admin", "POST", &format!("{SHOP}/changes"), body).await;
        wrong.extend(refused(&house, answer, what, 422, &paths).await);
    }
    none(&wrong);
}

fn flag(key: &str) -> Value {
    json!({"kind": "flag", "key": key, "variations": [{"id": "on", "value": true}, {"id": "off", "value": false}]})
}

fn targeting(flag: &str, more: Value) -> Value {
    let mut json = json!({"kind": "targeting", "environment": "production", "key": flag, "on": true,
        "offVariation": 1, "fallthrough": {"variation": 0}});
    json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json
}

fn route(key: &str, split: Value) -> Value {
    json!({"kind": "route", "environment": "production", "key": key, "listener": "public",
        "match": {"path": {"prefix": "/x"}}, "split": split})
}

fn weighted(arms: &[(&str, u32, &str)]) -> Value {
    let arm = |(id, weight, service): &(&str, u32, &str)| json!({"id": id, "weight": weight, "action": {"type": "service", "service": service, "subset": "v1"}});
    json!({"by": "weight", "arms": arms.iter().map(arm).collect::<Vec<_>>()})
}

#[tokio::test]
async fn resources_that_do_not_fit() {
    let house = House::new().await;
    let segment = |clauses: Value| json!({"rules": [{"id": "r", "variation": 0, "clauses": clauses}]});
    let weights = |a: u32, b: u32| json!({"fallthrough": {"rollout": {"variations": [{"variation": 0, "weight": a}, {"variation": 1, "weight": b}]}}});
    let needs = |key: &str| json!({"prerequisites": [{"key": key, "variation": 0}]});
    let cases: Vec<(&str, Vec<Value>, Vec<&str>)> = vec![
        ("an unknown flag", vec![targeting("nope", json!({}))], vec!["key"]),
        (
            "an unknown segment",
            vec![targeting(
                "ranker",
                segment(json!([{"attribute": "", "op": "segmentMatch", "values": ["nope"]}])),
            )],
            vec!["rules[0].clauses[0].values[0]"],
        ),
        ("an unknown prerequisite", vec![targeting("ranker", needs("nope"))], vec!["prerequisites[0].key"]),
        (
            "a cycle",
            vec![targeting("ranker", needs("promo-banner")), targeting("promo-banner", needs("ranker"))],
            vec!["prerequisites"],
        ),
        ("a cycle of one", vec![targeting("ranker", needs("ranker"))], vec!["prerequisites[0].key"]),
        (
            "a variation that is not there",
            vec![targeting("ranker", json!({"offVariation": 9}))],
            vec!["offVariation"],
        ),
        (
            "weights of a rollout",
            vec![targeting("ranker", weights(50_000, 49_999))],
            vec!["fallthrough.rollout.variations"],
        ),
        (
            "weights of arms",
            vec![route("x", weighted(&[("a", 50_000, "web"), ("b", 1, "web")]))],
            vec!["split.arms"],
        ),
        (
            "an unknown service",
            vec![route("x", weighted(&[("a", 100_000, "nope")]))],
            vec!["split.arms[0].action.service"],
        ),
        (
            "an unknown flag of a route",
            vec![route("x", json!({"by": "flag", "flag": "nope", "arms": []}))],
            vec!["split.arms", "split.flag"],
        ),
        ("dots in a key", vec![flag("../etc")], vec!["key"]),
        ("only dots", vec![flag("..")], vec!["key"]),
        ("a slash in a key", vec![flag("a/b")], vec!["key"]),
        ("a control character in a key", vec![flag("a\u{1}b")], vec!["key"]),
        ("a line break in a key", vec![flag("a\nb")], vec!["key"]),
        ("an empty key", vec![flag("")], vec!["key"]),
        ("a long key", vec![flag(&"a".repeat(300))], vec!["key"]),
        ("twice", vec![flag("a"), flag("a")], vec![""]),
        ("a good one and a bad one", vec![flag("good"), flag("a b")], vec!["key"]),
        (
            "an unknown environment",
            vec![json!({"kind": "service", "environment": "nope", "key": "s", "subsets": [{"id": "v1"}]})],
            vec!["environment"],
        ),
        (
            "an environment for a flag",
            vec![
                json!({"kind": "flag", "environment": "production", "key": "a", "variations": [{"id": "on", "value": 1}]}),
            ],
            vec!["manifests[0].environment"],
        ),
        (
            "no environment",
            vec![json!({"kind": "service", "key": "s", "subsets": [{"id": "v1"}]})],
            vec!["manifests[0].environment"],
        ),
        ("an unknown kind", vec![json!({"kind": "flog", "key": "s"})], vec!["manifests[0].kind"]),
        ("no object", vec![json!(7)], vec!["manifests[0]"]),
    ];
    let mut wrong = vec![];
    for (what, manifests, paths) in cases {
        let answer =
            house.send("admin", "POST", &format!("{SHOP}/apply"), json!({"manifests": manifests})).await;
        wrong.extend(refused(&house, answer, what, 422, &paths).await);
    }
    // The same in a draft: kept, told, and not applied.
    let edits = json!([aim("ranker", json!({"type": "setOffVariation", "variation": 9}))]);
    let draft = house.send("admin", "POST", &format!("{SHOP}/changes"), json!({"edits": edits})).await;
    assert_eq!((draft.status, &draft.json()["check"]["ok"]), (201, &json!(false)), "{}", draft.text());
    let apply = format!("{SHOP}/changes/{}/apply", draft.json()["number"]);
    let answer = house.send("admin", "POST", &apply, Value::Null).await;
    wrong.extend(refused(&house, answer, "a draft that does not fit", 422, &["offVariation"]).await);
    none(&wrong);
}

#[tokio::test]
async fn addresses_and_parameters_that_are_wrong() {
    let house = House::new().await;
    let flags = format!("{SHOP}/environments/production/flags");
    let cases = [
        (format!("{flags}?cursor=zz"), 400, vec!["query.cursor"]),
        (format!("{flags}?cursor=../.."), 400, vec!["query.cursor"]),
        (format!("{SHOP}/changes?cursor=616263"), 400, vec!["query.cursor"]),
        (format!("{flags}?limit=0"), 400, vec!["query.limit"]),
        (format!("{flags}?limit=501"), 400, vec!["query.limit"]),
        (format!("{flags}?limit=-1"), 400, vec!["query"]),
        (format!("{flags}?lmit=1"), 400, vec!["query"]),
        (format!("{SHOP}/revisions?kind=nope"), 400, vec!["query.kind"]),
        (format!("{SHOP}/revisions?before=x"), 400, vec!["query"]),
        (format!("{SHOP}/environments/nope/flags"), 404, vec![]),
        (format!("{SHOP}/environments/nope/nodes"), 404, vec![]),
        (format!("{SHOP}/export?environment=nope"), 404, vec![]),
        ("/api/v1/projects/nope/changes".into(), 404, vec![]),
        (format!("{flags}/nope"), 404, vec![]),
        (format!("{flags}/..%2f..%2fetc"), 404, vec![]),
        (format!("{flags}/%00"), 404, vec![]),
        (format!("{flags}/%ff"), 404, vec![]),
        (format!("{SHOP}/revisions/99"), 404, vec![]),
        (format!("{SHOP}/revisions/-1"), 404, vec![]),
        (format!("{SHOP}/revisions/18446744073709551615"), 404, vec![]),
        (format!("{SHOP}/revisions/18446744073709551616"), 404, vec![]),
        (format!("{SHOP}/changes/99"), 404, vec![]),
        (format!("{SHOP}/changes/18446744073709551615"), 404, vec![]),
        (format!("{SHOP}/nope"), 404, vec![]),
        ("/api/v2/session".into(), 404, vec![]),
    ];
    let mut wrong = vec![];
    for (path, status, paths) in cases {
        let answer = house.get(&path).await;
        wrong.extend(refused(&house, answer, &path, status, &paths).await);
    }
    let posts = [
        (format!("{SHOP}/revisions/1/restore"), json!({"environment": "nope"}), 404, vec![]),
        (format!("{SHOP}/revisions/99/restore"), json!({}), 404, vec![]),
        (format!("{SHOP}/revisions/99/revert"), json!({}), 404, vec![]),
        (format!("{SHOP}/revisions/1/revert"), json!({"dryrun": true}), 422, vec!["dryrun"]),
        (format!("{SHOP}/environments/nope/keys/sdk/rotate"), json!({}), 404, vec![]),
        (format!("{SHOP}/environments/production/keys/nope/rotate"), json!({}), 404, vec![]),
        (
            format!("{SHOP}/environments/production/keys/mobile/rotate"),
            json!({"overlapSeconds": 9_000_000}),
            422,
            vec!["overlapSeconds"],
        ),
        ("/api/v1/tokens".into(), json!({"name": "", "role": "viewer"}), 422, vec!["name"]),
        ("/api/v1/tokens".into(), json!({"name": "x", "role": "king"}), 422, vec!["role"]),
        ("/api/v1/tokens".into(), json!({"name": "x", "role": "viewer", "project": "nope"}), 404, vec![]),
        (
            "/api/v1/tokens".into(),
            json!({"name": "x", "role": "viewer", "expiresAt": "2001-01-01T00:00:00Z"}),
            422,
            vec!["expiresAt"],
        ),
        ("/api/v1/members/none/sign-in-link".into(), json!({}), 404, vec![]),
        (
            format!("{SHOP}/environments/production/explain"),
            json!({"url": "/", "method": "G T", "headers": {"a b": "x"}}),
            422,
            vec!["method", "headers[a b]"],
        ),
    ];
    for (path, body, status, paths) in posts {
        let answer = house.send("admin", "POST", &path, body.clone()).await;
        wrong.extend(refused(&house, answer, &format!("{path} {body}"), status, &paths).await);
    }
    let answer = house.send("admin", "PATCH", &format!("{SHOP}/changes"), json!({})).await;
    wrong.extend(refused(&house, answer, "PATCH /changes", 405, &[]).await);
    none(&wrong);
}
