//! Who may do what, over the API: written, checked, asked, and refused with the policy's name.

use serde_json::{Value, json};

use crate::support::*;

const TEXT: &str = r#"forbid (principal in Role::"product", action in [Action::"propose", Action::"apply"], resource)
when { resource.production }
unless { [Aspect::"percentage"].containsAll(context.aspects) };"#;

#[tokio::test]
async fn a_policy_is_kept_shown_asked_and_taken_away() {
    let house = House::new().await;
    let path = format!("{SHOP}/policies/percentages");
    let body = json!({"name": "Percentages", "text": TEXT, "expectedVersion": 0});
    let kept = house.send("admin", "PUT", &path, body.clone()).await;
    assert_eq!(kept.status, 200, "{}", kept.text());
    assert_eq!(kept.json()["version"], 1);
    assert_eq!(kept.json()["statements"][0]["effect"], "forbid");
    let stale = house.send("admin", "PUT", &path, body).await;
    assert_eq!(stale.status, 412, "{}", stale.text());

    let all = house.send("viewer", "GET", &format!("{SHOP}/policies"), Value::Null).await.json();
    assert_eq!(all["items"][0]["key"], "percentages");
    assert_eq!(all["presets"].as_array().unwrap().len(), 8);
    assert!(all["schema"].as_str().unwrap().contains("entity Resource"));

    let edits = json!({"edits": [switch("ranker", false)]});
    let refused = house.send("product", "POST", &format!("{SHOP}/changes"), edits).await;
    assert_eq!(refused.status, 403);
    let said = refused.json();
    assert_eq!(said["permission"]["policy"]["key"], "percentages");
    assert_eq!(said["permission"]["target"], "production/targeting/ranker (on)");
    let detail = said["detail"].as_str().unwrap();
    assert!(
        detail
            .starts_with("The policy \u{201c}Percentages\u{201d} forbids production/targeting/ranker (on): "),
        "{detail}"
    );
    assert!(detail.ends_with("; Ada can change it."), "{detail}");

    assert_eq!(house.send("admin", "DELETE", &path, Value::Null).await.status, 204);
    assert_eq!(house.send("admin", "DELETE", &path, Value::Null).await.status, 404);
}

#[tokio::test]
async fn mistakes_have_their_places() {
    let house = House::new().await;
    let text = "permit (principal, action == Action::\"aply\", resource);\npermit (principal in Team::\"none\", action == Action::\"revert\", resource);";
    let checked =
        house.send("viewer", "POST", &format!("{SHOP}/policies/check"), json!({"text": text})).await;
    assert_eq!(checked.status, 200, "{}", checked.text());
    let mistake = &checked.json()["mistakes"][0];
    assert_eq!((&mistake["line"], &mistake["column"]), (&json!(1), &json!(30)));
    let text = text.lines().last().unwrap();
    let checked =
        house.send("viewer", "POST", &format!("{SHOP}/policies/check"), json!({"text": text})).await.json();
    assert_eq!(checked["mistakes"][0]["reason"], "there is no team \"none\"");
    let put =
        house.send("admin", "PUT", &format!("{SHOP}/policies/x"), json!({"name": "X", "text": text})).await;
    assert_eq!(put.status, 422, "{}", put.text());
    let problem = &put.json()["problems"][0];
    assert_eq!(problem["path"], "text");
    assert!(problem["reason"].as_str().unwrap().starts_with("line 1, column 22: "), "{problem}");
}

#[tokio::test]
async fn why_is_answered_or_says_what_it_needs() {
    let house = House::new().await;
    let me = house.send("admin", "GET", "/api/v1/members", Value::Null).await.json();
    let me = me.as_array().or(me["items"].as_array()).unwrap()[0]["id"].as_str().unwrap().to_owned();
    let why = async |query: &str| {
        house.send("viewer", "GET", &format!("{SHOP}/why?who={me}&{query}"), Value::Null).await
    };
    let shown = why("action=apply&kind=targeting&environment=production&key=ranker&aspects=rules,on").await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    let shown = shown.json();
    assert_eq!(
        (&shown["allowed"], &shown["target"]),
        (&json!(true), &json!("production/targeting/ranker (on, rules)"))
    );
    assert_eq!(shown["by"][0]["via"], json!({"role": "admin"}));
    assert_eq!(shown["aspects"].as_array().unwrap().len(), 10);
    for (query, status, said) in [
        ("action=administer", 200, "may administer"),
        ("action=manageKeys&environment=production", 200, "may manage keys for production"),
        ("action=dance", 400, "dance"),
        ("action=apply", 422, "say which"),
        ("action=apply&kind=targeting&key=ranker", 422, "belongs to an environment"),
        ("action=apply&kind=flag", 422, "which resource of this kind?"),
        ("action=apply&key=ranker", 422, "what kind of resource"),
        ("action=apply&kind=flag&key=ranker&aspects=percentge", 422, "is no aspect"),
        ("action=view&environment=none", 404, "environment"),
        ("action=view&nonsense=1", 400, "nonsense"),
    ] {
        let answer = why(query).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
        assert!(answer.text().contains(said), "{query}: {}", answer.text());
    }
}
