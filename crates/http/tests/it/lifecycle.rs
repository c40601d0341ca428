//! How long a flag lives, and what keeps it.

use serde_json::{Value, json};

use crate::support::*;

fn about(flag: &str, op: Value) -> Value {
    json!({"target": {"kind": "flag", "key": flag}, "op": op})
}

fn keys(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|flag| flag["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_flag_is_archived_unless_something_needs_it_and_comes_back() {
    let house = House::new().await;
    let archive = |flag: &str, archived: bool| json!({"title": "t", "reason": "r", "edits": [about(flag, json!({"type": "setLifecycle", "archived": archived}))]});
    let apply = async |body: Value| {
        let draft = house.send("product", "POST", &format!("{SHOP}/changes"), body).await.json();
        house.send("product", "POST", &format!("{SHOP}/changes/{}/apply", draft["number"]), json!({})).await
    };
    let refused = apply(archive("checkout-v2", true)).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let problem = refused.json()["problems"][0].clone();
    let reason = "can't be archived: production/route/checkout still needs it";
    assert_eq!((&problem["path"], &problem["reason"]), (&json!("archived"), &json!(reason)), "{problem}");

    assert_eq!(apply(archive("free-shipping", true)).await.status, 200);
    let flags = format!("{SHOP}/environments/production/flags");
    let (here, aside) =
        (house.get(&flags).await.json(), house.get(&format!("{flags}?archived=true")).await.json());
    assert!(!keys(&here).contains(&"free-shipping"));
    assert_eq!(keys(&aside), ["free-shipping"]);
    let detail = house.get(&format!("{flags}/free-shipping")).await.json();
    assert_eq!(detail["flag"]["archived"], true);
    assert_eq!(detail["sentence"][0]["text"], "Archived");
    let poll = axum::http::Request::get("/sdk/flags/free-shipping").header("authorization", SDK_KEY);
    assert_eq!(house.raw(poll.body(axum::body::Body::empty()).unwrap()).await.status, 404);

    assert_eq!(apply(archive("free-shipping", false)).await.status, 200);
    assert!(keys(&house.get(&flags).await.json()).contains(&"free-shipping"));
}

#[tokio::test]
async fn flags_are_found_by_type_owner_and_tag() {
    let house = House::new().await;
    let lifecycle = json!({"type": "setLifecycle", "flagType": "experiment", "expires": "2031-02-03"});
    let details = json!({"type": "setDetails", "owner": "Search", "tags": ["ml"]});
    house.apply("product", json!([about("ranker", lifecycle), about("ranker", details)])).await;
    for filter in ["type=experiment", "owner=Search", "tag=ml", "q=ml", "type=experiment&owner=Search"] {
        let path = format!("{SHOP}/environments/production/flags?{filter}");
        let found = house.get(&path).await.json();
        assert_eq!(keys(&found), ["ranker"], "{filter}");
        assert_eq!(found["items"][0]["expires"], "2031-02-03");
    }
    let wrong = house.get(&format!("{SHOP}/environments/production/flags?type=nonsense")).await;
    assert_eq!(wrong.status, 400, "{}", wrong.text());
}
