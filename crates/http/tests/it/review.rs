//! Review over HTTP: the shapes that the page and scripts build on.

use serde_json::{Value, json};

use crate::support::*;

/// Production asks for one approval from now on.
async fn house() -> House {
    let house = House::new().await;
    let production = format!("{SHOP}/environments/production");
    let asked = house.send("admin", "PATCH", &production, json!({"requiredApprovals": 1})).await;
    let expected = json!({
        "key": "production", "name": "production", "production": true, "requiredApprovals": 1,
        "approvalsFrom": [], "ownersApprove": false, "freezes": [],
    });
    assert_eq!((asked.status, asked.json()), (200, expected), "{}", asked.text());
    for (body, path) in
        [(json!({"requiredApprovals": 11}), "requiredApprovals"), (json!({"name": ""}), "name")]
    {
        let refused = house.send("admin", "PATCH", &production, body).await;
        assert_eq!((refused.status, refused.paths()), (422, vec![path.to_owned()]));
    }
    let none = house.send("admin", "PATCH", &format!("{SHOP}/environments/none"), json!({})).await;
    assert_eq!(none.status, 404);
    let session = house.get("/api/v1/session").await.json();
    assert_eq!(session["projects"][0]["environments"][0]["requiredApprovals"], 1);
    house
}

/// A developer's change that turns the banner off, in review.
async fn submitted(house: &House) -> (String, Value) {
    let edits = json!({"edits": [switch("promo-banner", false)], "links": ["https://tracker.example/T-1"]});
    let draft = house.send("developer", "POST", &format!("{SHOP}/changes"), edits).await.json();
    let one = format!("{SHOP}/changes/{}", draft["number"]);
    let refused = house.send("developer", "POST", &format!("{one}/submit"), json!({})).await;
    assert_eq!((refused.status, refused.paths()), (422, vec!["reason".to_owned()]), "{}", refused.text());
    let sent =
        house.send("developer", "POST", &format!("{one}/submit"), json!({"reason": "It flickers"})).await;
    assert_eq!((sent.status, sent.header("etag")), (200, "\"v2\""), "{}", sent.text());
    (one, sent.json())
}

#[tokio::test]
async fn a_change_is_reviewed_and_applied() {
    let house = house().await;
    let (one, change) = submitted(&house).await;
    assert_eq!(
        (&change["state"], &change["links"][0]),
        (&json!("inReview"), &json!("https://tracker.example/T-1"))
    );
    assert_eq!(
        change["review"]["requirements"],
        json!([{
            "reason": "production needs 1 approval", "approvals": 1, "have": 0,
            "source": {"type": "environment", "environment": "production"},
        }])
    );
    for (act, allowed) in
        [("submit", false), ("withdraw", true), ("approve", false), ("reject", false), ("apply", false)]
    {
        let permit = &change["review"]["may"][act];
        assert_eq!((&permit["allowed"], permit["why"].is_string()), (&json!(allowed), !allowed), "{act}");
    }

    let refused = house.send("developer", "POST", &format!("{one}/apply"), Value::Null).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    let refused = refused.json();
    assert_eq!(refused["type"], "urn:switchyard:problem:needs-approval");
    assert!(refused["detail"].as_str().unwrap().contains("Ada can give it"), "{refused}");
    assert_eq!(refused["missing"]["approvals"][0]["from"], json!(["Ada"]));

    let reviews = format!("{one}/reviews");
    let approve =
        |difference: &Value| json!({"verdict": "approve", "note": "fine", "difference": difference});
    let own = house.send("developer", "POST", &reviews, approve(&change["difference"])).await;
    assert_eq!((own.status, &own.json()["type"]), (403, &json!("urn:switchyard:problem:own-change")));
    for stale in [json!("00"), Value::Null] {
        let refused = house.send("product", "POST", &reviews, approve(&stale)).await;
        assert_eq!(refused.status, 409, "{}", refused.text());
    }
    let waiting =
        house.send("product", "GET", &format!("{SHOP}/changes?awaiting=me"), Value::Null).await.json();
    assert_eq!((&waiting["total"], &waiting["items"][0]["number"]), (&json!(1), &change["number"]));

    let approved = house.send("product", "POST", &reviews, approve(&change["difference"])).await;
    assert_eq!(
        (approved.status, &approved.json()["state"]),
        (200, &json!("approved")),
        "{}",
        approved.text()
    );
    let given = approved.json()["review"]["reviews"][0].clone();
    assert_eq!(
        (&given["whoName"], &given["verdict"], &given["valid"]),
        (&json!("product"), &json!("approve"), &json!(true))
    );
    assert_eq!(given["difference"], change["difference"]);
    let found = house.get(&format!("{SHOP}/changes?state=approved")).await.json();
    assert_eq!(found["total"], 1);

    let said = json!({"text": "why not tomorrow?", "edit": 0});
    let comment = house.send("operator", "POST", &format!("{one}/comments"), said).await;
    assert_eq!((comment.status, &comment.json()["mentions"]), (201, &json!([])), "{}", comment.text());
    assert_eq!(house.get(&format!("{one}/comments")).await.json(), json!([comment.json()]));
    assert_eq!(house.get(&one).await.json()["comments"], 1);

    let applied = house.send("operator", "POST", &format!("{one}/apply"), Value::Null).await;
    assert_eq!((applied.status, house.head().await), (200, 2), "{}", applied.text());
    let late = house.send("product", "POST", &reviews, approve(&change["difference"])).await;
    assert_eq!(late.status, 409, "{}", late.text());
    let withdrawn = house.send("developer", "POST", &format!("{one}/withdraw"), Value::Null).await;
    assert_eq!(withdrawn.status, 412, "{}", withdrawn.text());
}

#[tokio::test]
async fn what_needs_approval_is_accepted_and_not_done() {
    let house = house().await;
    let glass = json!({"reason": "it burns"});
    let (one, _) = submitted(&house).await;
    let refused =
        house.send("developer", "POST", &format!("{one}/apply"), json!({"breakGlass": glass})).await;
    assert_eq!((refused.status, &refused.json()["permission"]["action"]), (403, &json!("breakGlass")));
    let applied = house.send("operator", "POST", &format!("{one}/apply"), json!({"breakGlass": glass})).await;
    assert_eq!(applied.status, 200, "{}", applied.text());
    let broke = house.get(&one).await.json()["review"]["brokeGlass"].clone();
    assert_eq!(
        (&broke["whoName"], &broke["reason"], broke.get("reviewed")),
        (&json!("operator"), &json!("it burns"), None)
    );

    let flag = json!({"kind": "flag", "key": "fresh", "variations": [{"id": "on", "value": true}]});
    for (path, body) in [
        (format!("{SHOP}/revisions/2/revert"), json!({})),
        (format!("{SHOP}/revisions/1/restore"), json!({"environment": "production"})),
        (format!("{SHOP}/apply"), json!({"manifests": [flag], "message": "A fresh flag"})),
    ] {
        let waits = house.send("developer", "POST", &path, body.clone()).await;
        assert_eq!(
            (waits.status, &waits.json()["state"]),
            (202, &json!("inReview")),
            "{path}: {}",
            waits.text()
        );
        assert_eq!(house.head().await, 2, "{path}");
        let mut dry = body;
        dry["dryRun"] = json!(true);
        let dry = house.send("developer", "POST", &path, dry).await;
        assert_eq!((dry.status, &dry.json()["ok"]), (200, &json!(true)), "{path}: {}", dry.text());
    }
    let revert = json!({"breakGlass": glass});
    let reverted = house.send("operator", "POST", &format!("{SHOP}/revisions/2/revert"), revert).await;
    assert_eq!((reverted.status, &reverted.json()["number"]), (200, &json!(3)), "{}", reverted.text());
}
