//! Any page as of any revision: what was configuration then, and nothing that is live now.

use serde_json::{Value, json};

use crate::support::*;

#[tokio::test]
async fn every_list_and_page_answers_as_of_then() {
    let house = House::new().await;
    house.apply("admin", json!([switch("checkout-v2", false)])).await;
    let route = json!({"kind": "route", "environment": "production", "key": "checkout"});
    house.apply("admin", json!([{"target": route, "op": {"type": "delete"}}])).await;
    let production = format!("{SHOP}/environments/production");
    let get = async |path: &str| house.get(&format!("{production}{path}")).await;

    let now = get("/flags/checkout-v2").await.json();
    let then = get("/flags/checkout-v2?at=1").await.json();
    assert_eq!((&now["targeting"]["on"], &then["targeting"]["on"]), (&json!(false), &json!(true)));
    assert_ne!(now["sentence"], then["sentence"]);
    assert_eq!(then["served"]["sample"], 0);
    let on = |list: Value| {
        let flag =
            list["items"].as_array().unwrap().iter().find(|f| f["key"] == "checkout-v2").unwrap().clone();
        (list["revision"].clone(), flag["environments"][0]["on"].clone())
    };
    assert_eq!(on(get("/flags?at=1").await.json()), (json!(1), json!(true)));
    assert_eq!(on(get("/flags?at=2").await.json()), (json!(2), json!(false)));

    assert_eq!(get("/routes/checkout").await.status, 404);
    let route = get("/routes/checkout?at=2").await;
    assert_eq!(route.status, 200, "{}", route.text());
    assert!(route.json()["order"].as_u64() > Some(0), "its place on the listener was then's");
    let routes = get("/routes?at=2").await.json()["total"].as_u64().unwrap();
    assert_eq!(get("/routes").await.json()["total"].as_u64().unwrap() + 1, routes);

    let ask = async |at: Value| {
        let headers = json!({"host": "shop.example", "x-customer": "c-0042", "x-plan": "pro"});
        let body =
            json!({"method": "GET", "url": "http://shop.example/checkout/pay", "headers": headers, "at": at});
        house.send("viewer", "POST", &format!("{production}/explain"), body).await.json()
    };
    let (then, now) = (ask(json!(1)).await, ask(Value::Null).await);
    assert_eq!((&then["revision"], &now["revision"]), (&json!(1), &json!(3)));
    assert_ne!(then["action"], now["action"]);

    let export = house.get(&format!("{SHOP}/export?at=2")).await.json();
    assert_eq!(
        export.as_array().unwrap().len(),
        house.get(&format!("{SHOP}/export")).await.json().as_array().unwrap().len() + 1
    );
    for path in ["/segments?at=1", "/services?at=1", "/listeners?at=1"] {
        assert_eq!(get(path).await.json()["revision"], 1, "{path}");
    }
    for path in ["/flags?at=9", "/flags/checkout-v2?at=9", "/routes?at=9", "/segments?at=9"] {
        assert_eq!(get(path).await.status, 404, "{path}: no revision of that number yet");
    }
    assert_eq!(get("/flags?at=r1").await.status, 400);
}
