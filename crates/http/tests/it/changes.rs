//! From a draft to a revision and back.

use serde_json::{Value, json};

use crate::support::*;

/// Whether production has the flag on.
async fn is_on(house: &House, flag: &str) -> bool {
    let flag = house.get(&format!("{SHOP}/environments/production/flags/{flag}")).await;
    flag.json()["targeting"]["on"].as_bool().unwrap()
}

fn sentence(view: &Value) -> String {
    view["sentence"].as_array().unwrap().iter().map(|part| part["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_draft_becomes_a_revision_and_is_taken_back() {
    let house = House::new().await;
    let changes = format!("{SHOP}/changes");
    let body =
        json!({"title": "Banner off", "reason": "It flickers", "edits": [switch("promo-banner", false)]});
    let draft = house.send("developer", "POST", &changes, body.clone()).await;
    assert_eq!((draft.status, draft.header("etag")), (201, "\"v1\""), "{}", draft.text());
    let draft = draft.json();
    assert_eq!((&draft["state"], &draft["base"]), (&json!("draft"), &json!(1)));
    assert_eq!(
        (&draft["check"]["ok"], &draft["check"]["environments"]),
        (&json!(true), &json!(["production"]))
    );
    assert_eq!(draft["authorName"], "developer");
    assert!(is_on(&house, "promo-banner").await, "a draft changes nothing");

    let one = format!("{changes}/{}", draft["number"]);
    let put = |if_match: &'static str| {
        let (house, one, body) = (&house, &one, &body);
        async move {
            let headers = if if_match.is_empty() { vec![] } else { vec![("if-match", if_match)] };
            house.with("developer", "PUT", one, &headers, body).await
        }
    };
    for (if_match, status) in
        [("", 428), ("\"v7\"", 412), ("*", 412), ("v1", 412), ("\"v1\"", 200), ("\"v1\"", 412)]
    {
        let answer = put(if_match).await;
        assert_eq!(answer.status, status, "If-Match: {if_match}: {}", answer.text());
    }
    assert_eq!(house.get(&one).await.header("etag"), "\"v2\"");

    let wrong_head =
        house.send("developer", "POST", &format!("{one}/apply"), json!({"expectedHead": 0})).await;
    assert_eq!(wrong_head.status, 409, "{}", wrong_head.text());
    let applied = house.send("developer", "POST", &format!("{one}/apply"), json!({"expectedHead": 1})).await;
    assert_eq!(applied.status, 200, "{}", applied.text());
    let applied = applied.json();
    assert_eq!((&applied["number"], &applied["title"]), (&json!(2), &json!("Banner off")));
    assert_eq!(applied["origin"], json!({"type": "change", "number": draft["number"]}));
    assert_eq!(applied["edits"][0]["difference"], json!([{"path": "on", "before": true, "after": false}]));
    assert_eq!(applied["edits"][0]["title"], "Promotion banner");
    assert!(!sentence(&applied["edits"][0]).is_empty());
    assert!(!is_on(&house, "promo-banner").await);
    let again = house.send("developer", "POST", &format!("{one}/apply"), Value::Null).await;
    assert_eq!(again.status, 412, "{}", again.text());
    assert_eq!(house.get(&one).await.json()["revision"], 2);

    let tried =
        house.send("product", "POST", &format!("{SHOP}/revisions/2/revert"), json!({"dryRun": true})).await;
    assert_eq!((tried.status, &tried.json()["ok"]), (200, &json!(true)), "{}", tried.text());
    assert_eq!(house.head().await, 2);
    let reverted =
        house.send("product", "POST", &format!("{SHOP}/revisions/2/revert"), json!({"reason": "no"})).await;
    assert_eq!(reverted.status, 200, "{}", reverted.text());
    assert_eq!(reverted.json()["origin"], json!({"type": "revert", "of": 2}));
    assert!(is_on(&house, "promo-banner").await);
    assert_eq!(house.get(&format!("{SHOP}/revisions/2")).await.json()["revertedBy"], 3);

    let restore = |body: Value| house.send_owned("product", format!("{SHOP}/revisions/2/restore"), body);
    let tried = restore(json!({"environment": "production", "dryRun": true})).await;
    assert_eq!((tried.status, tried.json()["edits"].as_array().unwrap().len()), (200, 1), "{}", tried.text());
    let restored = restore(json!({"environment": "production"})).await;
    assert_eq!((restored.status, &restored.json()["number"]), (200, &json!(4)), "{}", restored.text());
    assert!(!is_on(&house, "promo-banner").await);
    let unchanged = restore(json!({"environment": "production"})).await;
    assert_eq!((unchanged.status, house.head().await), (409, 4), "{}", unchanged.text());

    let history = house.get(&format!("{SHOP}/revisions?limit=2")).await.json();
    let numbers: Vec<_> = history["items"].as_array().unwrap().iter().map(|r| r["number"].clone()).collect();
    assert_eq!(
        (numbers, &history["next"], &history["total"]),
        (vec![json!(4), json!(3)], &json!("3"), &json!(4))
    );
}

#[tokio::test]
async fn a_conflict_names_the_later_revision_and_its_author() {
    let house = House::new().await;
    let plan = |value: &str| {
        let clauses = json!([{"attribute": "plan", "op": "in", "values": [value]}]);
        aim("checkout-v2", json!({"type": "setClauses", "rule": "contracts", "clauses": clauses}))
    };
    house.apply("product", json!([plan("pro")])).await;
    house.apply("operator", json!([plan("free")])).await;
    let refused = house.send("admin", "POST", &format!("{SHOP}/revisions/2/revert"), json!({})).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    let conflict = refused.json()["conflicts"][0].clone();
    assert_eq!((&conflict["laterRevision"], &conflict["laterAuthor"]), (&json!(3), &json!("operator")));
    assert_eq!(
        conflict["resource"],
        json!({"kind": "targeting", "environment": "production", "key": "checkout-v2"})
    );
    assert!(conflict["path"].as_str().unwrap().starts_with("rules[contracts]"), "{conflict}");
    assert_eq!(house.head().await, 3);

    // A draft whose rule somebody else has removed since.
    let draft =
        house.send("developer", "POST", &format!("{SHOP}/changes"), json!({"edits": [plan("team")]})).await;
    house
        .apply("operator", json!([aim("checkout-v2", json!({"type": "removeRule", "rule": "contracts"}))]))
        .await;
    let apply = format!("{SHOP}/changes/{}/apply", draft.json()["number"]);
    let refused = house.send("developer", "POST", &apply, Value::Null).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    let conflict = refused.json()["conflicts"][0].clone();
    assert_eq!((&conflict["laterRevision"], &conflict["laterAuthor"]), (&json!(4), &json!("operator")));
    assert_eq!(house.head().await, 4);
}

#[tokio::test]
async fn a_draft_that_was_given_up_stays_so() {
    let house = House::new().await;
    let changes = format!("{SHOP}/changes");
    let edits = json!({"edits": [switch("ranker", false)]});
    let draft = house.send("product", "POST", &changes, edits).await;
    let one = format!("{SHOP}/changes/{}", draft.json()["number"]);
    assert_eq!(house.send("product", "DELETE", &one, Value::Null).await.status, 204);
    assert_eq!(house.get(&one).await.json()["state"], "rejected");
    let applied = house.send("product", "POST", &format!("{one}/apply"), Value::Null).await;
    assert_eq!((applied.status, house.head().await), (412, 1));
    let drafts = house.get(&format!("{SHOP}/changes?state=draft")).await.json();
    assert_eq!(drafts["total"], 0);
}

#[tokio::test]
async fn what_is_exported_applies_unchanged() {
    let house = House::new().await;
    let exported = house.get(&format!("{SHOP}/export")).await.json();
    assert_eq!(exported.as_array().unwrap().len(), switchyard_testkit::shop().len());
    let shop = Value::Array(switchyard_testkit::shop());
    for manifests in [exported, shop] {
        let answer =
            house.send("admin", "POST", &format!("{SHOP}/apply"), json!({"manifests": manifests})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let check =
            json!({"head": 1, "ok": true, "problems": [], "edits": [], "environments": [], "guardrails": []});
        assert_eq!(answer.json(), check);
    }
    assert_eq!(house.head().await, 1);
}

impl House {
    async fn send_owned(&self, role: &str, path: String, body: Value) -> Answer {
        self.send(role, "POST", &path, body).await
    }
}
