//! Webhooks and triggers over HTTP, and the pages behind review links.

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};
use switchyard_control::{NewMember, Visitor};
use switchyard_model::access::Role;
use switchyard_store::Hooks;

use crate::support::*;

async fn trigger(house: &House, more: Value) -> (Value, String) {
    let mut body = json!({ "name": "Errors", "source": "any", "edits": [switch("ranker", false)] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = house.send("operator", "POST", &format!("{SHOP}/triggers"), body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let url = made.json()["url"].as_str().unwrap().to_owned();
    (made.json()["trigger"].clone(), url.strip_prefix("http://switchyard.example").unwrap().to_owned())
}

/// A stranger's call, as monitoring makes it.
async fn call(house: &House, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let request =
        headers.iter().fold(Request::post(path), |request, (name, value)| request.header(*name, *value));
    house.raw(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_trigger_is_set_off_by_its_address_alone() {
    let house = House::new().await;
    let (trigger, path) = trigger(&house, json!({})).await;
    assert_eq!(trigger["check"]["environments"], json!(["production"]));
    let tried = call(&house, &format!("{path}?dryRun=true"), &[], "").await;
    assert_eq!((tried.status, &tried.json()["outcome"], house.head().await), (200, &json!("checked"), 1));
    let key = [("idempotency-key", "one")];
    let fired = call(&house, &path, &key, "CPU is at 100 %").await;
    assert_eq!((fired.status, &fired.json()["revision"]), (200, &json!(2)), "{}", fired.text());
    let again = call(&house, &path, &key, "CPU is at 100 %").await;
    assert_eq!((again.status, &again.json()["repeated"]), (200, &json!(true)));
    let unchanged = call(&house, &path, &[], "").await;
    assert_eq!((unchanged.status, &unchanged.json()["outcome"]), (200, &json!("unchanged")));
    let revision = house.get(&format!("{SHOP}/revisions/2")).await.json();
    assert_eq!(revision["authorName"], "operator");
    let origin = json!({
        "type": "trigger", "trigger": trigger["id"], "name": "Errors", "payload": "CPU is at 100 %",
    });
    assert_eq!(revision["origin"], origin);

    let log =
        house.get(&format!("{SHOP}/triggers/{}/firings?limit=1", trigger["id"].as_str().unwrap())).await;
    assert_eq!((&log.json()["total"], &log.json()["items"][0]["outcome"]), (&json!(2), &json!("unchanged")));
    let cursor = log.json()["next"].as_str().unwrap().to_owned();
    let path_of_log = format!("{SHOP}/triggers/{}/firings?cursor={cursor}", trigger["id"].as_str().unwrap());
    let rest = house.get(&path_of_log).await.json();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    assert!(!house.get(&format!("{SHOP}/triggers")).await.text().contains(path.rsplit('/').next().unwrap()));
    let wrong = call(&house, &format!("{path}0"), &[], "").await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.json()["detail"].as_str().unwrap().contains("no such trigger"), "{}", wrong.text());
}

#[tokio::test]
async fn what_waits_for_approval_answers_202() {
    let house = House::new().await;
    let (_, path) = trigger(&house, json!({})).await;
    let one = json!({ "requiredApprovals": 1 });
    house.send("admin", "PATCH", &format!("{SHOP}/environments/production"), one).await;
    let fired = call(&house, &path, &[], "").await;
    assert_eq!((fired.status, &fired.json()["change"]), (202, &json!(1)), "{}", fired.text());
    assert_eq!(house.head().await, 1);
    for _ in 0..40 {
        call(&house, &path, &[], "").await;
    }
    let often = call(&house, &path, &[], "").await;
    assert_eq!(often.status, 429);
    assert!(often.header("retry-after").parse::<u64>().unwrap() <= 60);
    let changes = house.get(&format!("{SHOP}/changes")).await.json();
    assert_eq!(changes["total"], 1, "it waits once");
}

#[tokio::test]
async fn what_is_wrong_with_a_webhook_is_told_at_once() {
    let house = House::new().await;
    let path = format!("{SHOP}/webhooks");
    let body = json!({
        "name": "CI", "kind": "standard", "url": "http://169.254.169.254/", "toMe": true,
        "filter": {"events": ["nothing"], "environments": ["mars"]},
    });
    let wrong = house.send("admin", "POST", &path, body).await;
    assert_eq!(wrong.status, 422);
    let paths = wrong.paths();
    for path in ["url", "toMe", "filter.events[0]", "filter.environments[0]"] {
        assert!(paths.iter().any(|there| there == path), "{path} is not in {paths:?}");
    }
    let body = json!({ "name": "CI", "kind": "standard", "url": "https://ci.example/in" });
    let made = house.send("admin", "POST", &path, body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert!(made.json()["secret"].as_str().unwrap().starts_with("whsec_"));
    let id = made.json()["webhook"]["id"].as_str().unwrap().to_owned();
    let tested = house.send("admin", "POST", &format!("{path}/{id}/test"), Value::Null).await;
    assert_eq!((tested.status, &tested.json()["state"]), (202, &json!("waiting")));
    let log = house.send("admin", "GET", &format!("{path}/{id}/deliveries"), Value::Null).await.json();
    assert_eq!((&log["total"], &log["items"][0]["event"]), (&json!(1), &json!("webhook.test")));
    let delivery = log["items"][0]["id"].as_str().unwrap();
    let again = format!("{path}/{id}/deliveries/{delivery}/send");
    assert_eq!(house.send("admin", "POST", &again, Value::Null).await.status, 202);
    assert_eq!(house.send("admin", "POST", &again.replace(delivery, "none"), Value::Null).await.status, 404);
    let listed = house.send("admin", "GET", &path, Value::Null).await;
    assert!(!listed.text().contains("whsec_"));
    assert_eq!(house.get(&path).await.json()["items"], json!([]), "nobody else's business");
}

/// A member, who is told of a change by a link.
async fn asked(house: &House) -> (String, String) {
    let inside = switchyard_control::Principal::switchyard();
    let tom = NewMember { name: "Tom".into(), email: None, role: Role::Developer };
    let tom = house.control.add_member(&inside, tom).await.unwrap();
    let link = house.control.sign_in_link(&inside, &tom.id).await.unwrap();
    let tom = house.control.sign_in(&link, &Visitor::default()).await.unwrap().principal;
    let draft = switchyard_control::WebhookDraft {
        name: "Tom".into(),
        kind: switchyard_control::WebhookKind::Slack,
        url: "https://hooks.slack.com/services/x".into(),
        to_me: true,
        filter: switchyard_control::Filter::default(),
    };
    let hook = house.control.create_webhook(&tom, "shop", draft).await.unwrap().webhook.id;
    let path = format!("{SHOP}/changes");
    let body = json!({ "title": "<b>Bold</b> & brave", "edits": [switch("ranker", false)] });
    let number = house.send("developer", "POST", &path, body).await.json()["number"].clone();
    let reason = json!({ "reason": "\"quoted\" <script>alert(1)</script>" });
    house.send("developer", "POST", &format!("{path}/{number}/submit"), reason).await;
    for happening in house.store.happenings(100).await.unwrap() {
        let told = house.control.told(&happening, &house.store.webhooks().await.unwrap()).await.unwrap();
        house.store.dispatch(happening.sequence, &told).await.unwrap();
    }
    let newest = house.store.hook_deliveries(&hook, None, 1).await.unwrap().items.pop().unwrap();
    let link = house.control.delivery_link(&newest).await.unwrap().unwrap();
    (link[link.find("/hooks/").unwrap()..].to_owned(), format!("{path}/{number}"))
}

#[tokio::test]
async fn a_link_shows_a_page_and_only_its_button_acts() {
    let house = House::new().await;
    let (link, change) = asked(&house).await;
    let look = async |path: &str| house.raw(Request::get(path).body(Body::empty()).unwrap()).await;
    for _ in 0..2 {
        let page = look(&format!("{link}?verdict=reject")).await;
        assert_eq!(page.status, 200);
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(
            (page.header("referrer-policy"), page.header("cache-control")),
            ("no-referrer", "no-store")
        );
        let html = page.text();
        assert!(html.contains("&lt;b&gt;Bold&lt;/b&gt; &amp; brave") && !html.contains("<script"), "{html}");
        assert!(html.contains("You answer as <b>Tom</b>"));
        assert!(html.find("value=\"reject\"").unwrap() < html.find("value=\"approve\"").unwrap());
    }
    assert_eq!(house.get(&change).await.json()["review"]["reviews"], json!([]), "looking does nothing");

    let form = [(header::CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded")];
    let neither = call(&house, &link, &form, "note=hm").await;
    assert_eq!(neither.status, 400);
    let given = call(&house, &link, &form, "verdict=approve&note=fine%2C+go+%26+see").await;
    assert_eq!(given.status, 200, "{}", given.text());
    assert!(given.text().contains("You approved C-1"));
    let reviews = house.get(&change).await.json()["review"]["reviews"].clone();
    assert_eq!((&reviews[0]["whoName"], &reviews[0]["note"]), (&json!("Tom"), &json!("fine, go & see")));
    for again in [look(&link).await, call(&house, &link, &form, "verdict=reject").await] {
        assert_eq!(again.status, 410, "{}", again.text());
        assert!(again.text().contains("was used already") && again.text().contains("Open C-1"));
    }
    let wrong = look("/hooks/review/msg_1.nothing").await;
    assert_eq!(wrong.status, 404);
    assert!(wrong.text().contains("no link of ours"));
}
