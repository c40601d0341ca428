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

#[tokio::test]
async fn routes_segments_and_services_are_found_by_words_and_owner() {
    let house = House::new().await;
    let put = |mut resource: Value| {
        resource["owner"] = json!("Lookout");
        let target = json!({"environment": "production", "kind": resource["kind"], "key": resource["key"]});
        json!({"target": target, "op": {"type": "put", "resource": resource}})
    };
    let action = json!({"type": "service", "service": "finder", "subset": "v1"});
    let edits = json!([
        put(json!({"kind": "service", "key": "finder", "subsets": [{"id": "v1"}]})),
        put(json!({"kind": "segment", "key": "finders", "name": "Who look", "included": ["ann"]})),
        put(
            json!({"kind": "route", "key": "find", "listener": "public", "match": {"path": {"prefix": "/look"}},
            "split": {"by": "weight", "arms": [{"id": "v1", "weight": 100_000, "action": action}]}})
        ),
    ]);
    house.apply("developer", edits).await;
    let found = async |of: &str| {
        let page = house.get(&format!("{SHOP}/environments/production/{of}")).await.json();
        keys(&page).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for (kind, key) in [("routes", "find"), ("segments", "finders"), ("services", "finder")] {
        for filter in ["owner=Lookout", "q=FIND", "q=lookout", "q=find&owner=Lookout"] {
            assert_eq!(found(&format!("{kind}?{filter}")).await, [key], "{kind}?{filter}");
        }
        for nothing in ["owner=lookout", "q=find&owner=Sales", "q=find+nothing"] {
            assert!(found(&format!("{kind}?{nothing}")).await.is_empty(), "{kind}?{nothing}");
        }
    }
    assert_eq!(found("segments?q=who+look").await, ["finders"]);
    assert_eq!(found("routes?q=/look").await, ["find"]);
    assert_eq!(found("routes?q=finder").await, ["find"]);
}

#[tokio::test]
async fn code_references_are_replaced_as_a_whole_and_told_with_the_flag() {
    let house = House::new().await;
    let line = |flag: &str, path: &str, line: u32| json!({"flag": flag, "path": path, "line": line, "text": format!("get('{flag}')")});
    let put = async |references: Value| {
        let body = json!({"branch": "main", "commit": "c0ffee", "searched": 12, "references": references,
            "link": "https://git.example/acme/shop/blob/{commit}/{path}#L{line}"});
        house.send("product", "PUT", &format!("{SHOP}/code-references/acme%2Fshop"), body).await
    };
    let known = async |flag: &str| house.get(&format!("{SHOP}/code-references?flag={flag}")).await.json();
    assert_eq!(known("ranker").await["unreferenced"], json!([]), "nobody looked yet");
    let two = json!([
        line("ranker", "src/a b.ts", 7),
        line("ranker", "src/a b.ts", 7),
        line("ranker", "src/z.ts", 1)
    ]);
    assert_eq!(put(two).await.status, 204);
    let found = known("ranker").await;
    assert_eq!(found["repositories"][0]["references"], 2);
    let link = "https://git.example/acme/shop/blob/c0ffee/src/a%20b.ts#L7";
    assert_eq!(found["references"][0]["link"], link, "{found}");
    assert_eq!(found["unreferenced"], json!(["checkout-v2", "free-shipping", "promo-banner"]));

    assert_eq!(put(json!([line("promo-banner", "src/z.ts", 2)])).await.status, 204);
    let found = known("ranker").await;
    assert_eq!((&found["references"], &found["repositories"][0]["references"]), (&json!([]), &json!(1)));

    let mut wrong = json!([line("no key!", "", 1), line("ranker", &"x".repeat(2_000), 1)]);
    wrong[1]["text"] = json!("x".repeat(401));
    let refused = put(wrong).await;
    let paths = ["references[0].path", "references[1].path", "references[1].text", "references[0].flag"];
    assert_eq!(
        (refused.status, refused.paths()),
        (422, paths.map(str::to_owned).to_vec()),
        "{}",
        refused.text()
    );
    assert_eq!(known("promo-banner").await["repositories"][0]["references"], 1, "nothing was replaced");
    let script = json!({"searched": 1, "references": [], "link": "javascript:alert(1)"});
    let refused = house.send("product", "PUT", &format!("{SHOP}/code-references/x"), script).await;
    assert_eq!((refused.status, refused.paths()), (422, vec!["link".to_owned()]));
}
