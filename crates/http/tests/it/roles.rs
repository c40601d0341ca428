//! Who may do what: every endpoint that changes something, by role.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use switchyard_model::access::Role;

use crate::strangers::{filled, operations};
use crate::support::*;

/// Take a `POST` or `DELETE` and change nothing that others see.
pub(crate) const OPEN_TO_ALL: [&str; 11] = [
    "POST /api/v1/session",
    "DELETE /api/v1/session",
    // One's own; that of others is not found.
    "PUT /api/v1/account/password",
    "DELETE /api/v1/account/sessions",
    "DELETE /api/v1/sessions/{id}",
    "POST /api/v1/projects/{project}/changes/check",
    "POST /api/v1/projects/{project}/policies/check",
    "POST /api/v1/projects/{project}/environments/{environment}/explain",
    "POST /api/v1/projects/{project}/environments/{environment}/impact",
    "POST /api/v1/projects/{project}/environments/{environment}/contexts/served",
    "POST /api/v1/projects/{project}/changes/{number}/impact",
];

struct Row {
    /// As in the document.
    operation: &'static str,
    path: String,
    body: Value,
    action: &'static str,
    least: Role,
}

/// `draft` is an admin's, of no edits.
fn table(role: &str, draft: &Value) -> Vec<Row> {
    const CHANGES: &str = "POST /api/v1/projects/{project}/changes";
    const APPLY: &str = "POST /api/v1/projects/{project}/apply";
    let mut rows = vec![];
    let mut row = |operation: &'static str, path: String, body: Value, action: &'static str, least: Role| {
        rows.push(Row { operation, path, body, action, least });
    };
    let route = json!({
        "target": {"kind": "route", "environment": "production", "key": "home"},
        "op": {"type": "setDetails", "description": role},
    });
    let flag =
        json!({"kind": "flag", "key": format!("of-{role}"), "variations": [{"id": "on", "value": true}]});
    let service = json!({
        "kind": "service", "environment": "production", "key": format!("of-{role}"), "subsets": [{"id": "v1"}],
    });
    let changes = format!("{SHOP}/changes");
    row(CHANGES, changes.clone(), json!({"edits": [switch("ranker", false)]}), "editFlags", Role::Product);
    row(CHANGES, changes.clone(), json!({"edits": [route]}), "editTraffic", Role::Developer);
    let both = json!({"edits": [switch("ranker", false), route]});
    row(CHANGES, changes.clone(), both, "editTraffic", Role::Developer);
    let rule = json!({"kind": "guardrail", "key": "g", "rule": "true", "message": "m", "enabled": false});
    let put = json!({"target": {"kind": "guardrail", "key": "g"}, "op": {"type": "put", "resource": rule}});
    row(CHANGES, changes.clone(), json!({"edits": [put]}), "administer", Role::Admin);
    row(
        "POST /api/v1/projects/{project}/guardrails/try",
        format!("{SHOP}/guardrails/try"),
        json!({"guardrail": rule}),
        "administer",
        Role::Admin,
    );
    row(APPLY, format!("{SHOP}/apply"), json!({"manifests": [flag]}), "editFlags", Role::Product);
    row(APPLY, format!("{SHOP}/apply"), json!({"manifests": [service]}), "editTraffic", Role::Developer);
    row(
        "POST /api/v1/projects/{project}/owners/hand-over",
        format!("{SHOP}/owners/hand-over"),
        json!({"to": "nobody", "targets": [{"kind": "flag", "key": "ranker"}]}),
        "editFlags",
        Role::Product,
    );
    let dry = json!({"dryRun": true});
    row(
        "POST /api/v1/projects/{project}/revisions/{number}/revert",
        format!("{SHOP}/revisions/1/revert"),
        dry.clone(),
        "revert",
        Role::Product,
    );
    row(
        "POST /api/v1/projects/{project}/revisions/{number}/restore",
        format!("{SHOP}/revisions/1/restore"),
        dry,
        "revert",
        Role::Product,
    );
    row(
        "PUT /api/v1/projects/{project}/changes/{number}",
        format!("{SHOP}/changes/{draft}"),
        json!({"edits": []}),
        "administer",
        Role::Admin,
    );
    row(
        "POST /api/v1/projects/{project}/changes/{number}/apply",
        format!("{SHOP}/changes/{draft}/apply"),
        Value::Null,
        "administer",
        Role::Admin,
    );
    row(
        "DELETE /api/v1/projects/{project}/changes/{number}",
        format!("{SHOP}/changes/{draft}"),
        Value::Null,
        "administer",
        Role::Admin,
    );
    row(
        "POST /api/v1/projects/{project}/changes/{number}/schedule",
        format!("{SHOP}/changes/{draft}/schedule"),
        json!({"zone": "UTC", "applyAt": "2000-01-01T00:00", "dryRun": true}),
        "administer",
        Role::Admin,
    );
    row(
        "DELETE /api/v1/projects/{project}/changes/{number}/schedule",
        format!("{SHOP}/changes/{draft}/schedule"),
        Value::Null,
        "administer",
        Role::Admin,
    );
    for (operation, body, action, least) in [
        (
            "PUT /api/v1/projects/{project}/changes/{number}/order",
            json!({"after": []}),
            "administer",
            Role::Admin,
        ),
        (
            "POST /api/v1/projects/{project}/changes/{number}/resolve",
            json!({"choices": []}),
            "administer",
            Role::Admin,
        ),
        (
            "POST /api/v1/projects/{project}/changes/{number}/submit",
            json!({"reason": "why"}),
            "administer",
            Role::Admin,
        ),
        ("POST /api/v1/projects/{project}/changes/{number}/withdraw", Value::Null, "administer", Role::Admin),
        (
            "POST /api/v1/projects/{project}/changes/{number}/reviews",
            json!({"verdict": "reject"}),
            "approve",
            Role::Product,
        ),
        (
            "POST /api/v1/projects/{project}/changes/{number}/comments",
            json!({"text": "hm"}),
            "approve",
            Role::Product,
        ),
    ] {
        let verb = operation.rsplit('/').next().unwrap_or_default();
        row(operation, format!("{SHOP}/changes/{draft}/{verb}"), body, action, least);
    }
    row(
        "PATCH /api/v1/projects/{project}/environments/{environment}",
        format!("{SHOP}/environments/staging"),
        json!({"name": "Staging"}),
        "administer",
        Role::Admin,
    );
    row(
        "POST /api/v1/projects/{project}/environments/{environment}/keys/{kind}/rotate",
        format!("{SHOP}/environments/production/keys/mobile/rotate"),
        json!({"overlapSeconds": 60}),
        "manageKeys",
        Role::Operator,
    );
    row(
        "PUT /api/v1/projects/{project}/environments/{environment}/secure-mode",
        format!("{SHOP}/environments/production/secure-mode"),
        json!({"on": false}),
        "manageKeys",
        Role::Operator,
    );
    row(
        "DELETE /api/v1/projects/{project}/environments/{environment}/contexts/{kind}/{key}",
        format!("{SHOP}/environments/production/contexts/user/nobody"),
        Value::Null,
        "administer",
        Role::Admin,
    );
    row(
        "POST /api/v1/projects/{project}/git/sync",
        format!("{SHOP}/git/sync"),
        Value::Null,
        "editFlags",
        Role::Product,
    );
    let git = json!({"url": "https://git.example/shop.git", "mirror": "main"});
    for (operation, body) in
        [("PUT /api/v1/projects/{project}/git", git), ("DELETE /api/v1/projects/{project}/git", Value::Null)]
    {
        row(operation, format!("{SHOP}/git"), body, "administer", Role::Admin);
    }
    row(
        "POST /api/v1/projects/{project}/lists",
        format!("{SHOP}/lists"),
        json!("ann"),
        "editFlags",
        Role::Product,
    );
    row(
        "POST /api/v1/erasures",
        "/api/v1/erasures".to_owned(),
        json!({"key": "ann"}),
        "administer",
        Role::Admin,
    );
    let upstream = json!({"uri": "https://stream.example", "sdkKey": "sdk-secret-of-another"});
    for (operation, body) in [
        ("PUT /api/v1/projects/{project}/environments/{environment}/upstream", upstream),
        ("DELETE /api/v1/projects/{project}/environments/{environment}/upstream", Value::Null),
    ] {
        row(operation, format!("{SHOP}/environments/staging/upstream"), body, "administer", Role::Admin);
    }
    let code = json!({"searched": 1, "references": [{"flag": "ranker", "path": "a.ts", "line": 1}]});
    let one = format!("{SHOP}/code-references/{role}");
    for (operation, body) in [
        ("PUT /api/v1/projects/{project}/code-references/{repository}", code),
        ("DELETE /api/v1/projects/{project}/code-references/{repository}", Value::Null),
    ] {
        row(operation, one.clone(), body, "editFlags", Role::Product);
    }
    let policy = json!({"name": "p", "text": "permit (principal, action == Action::\"view\", resource);"});
    for (operation, path, body) in [
        ("PUT /api/v1/projects/{project}/policies/{key}", format!("/policies/of-{role}"), policy),
        ("DELETE /api/v1/projects/{project}/policies/{key}", "/policies/none".to_owned(), Value::Null),
    ] {
        row(operation, format!("{SHOP}{path}"), body, "administer", Role::Admin);
    }
    let hook = json!({"name": "h", "kind": "standard", "url": "https://hooks.example"});
    for (operation, path, body) in [
        ("POST /api/v1/projects/{project}/webhooks", "/webhooks", hook),
        ("PATCH /api/v1/projects/{project}/webhooks/{id}", "/webhooks/none", json!({"active": false})),
        ("DELETE /api/v1/projects/{project}/webhooks/{id}", "/webhooks/none", Value::Null),
        ("POST /api/v1/projects/{project}/webhooks/{id}/rotate", "/webhooks/none/rotate", Value::Null),
        ("POST /api/v1/projects/{project}/webhooks/{id}/test", "/webhooks/none/test", Value::Null),
        (
            "POST /api/v1/projects/{project}/webhooks/{id}/deliveries/{delivery}/send",
            "/webhooks/none/deliveries/none/send",
            Value::Null,
        ),
    ] {
        row(operation, format!("{SHOP}{path}"), body, "administer", Role::Admin);
    }
    let trigger = json!({"name": "t", "source": "any", "edits": [switch("ranker", false)]});
    for (operation, path, body) in [
        ("POST /api/v1/projects/{project}/triggers", "/triggers", trigger),
        ("PATCH /api/v1/projects/{project}/triggers/{id}", "/triggers/none", json!({"active": false})),
        ("DELETE /api/v1/projects/{project}/triggers/{id}", "/triggers/none", Value::Null),
        ("POST /api/v1/projects/{project}/triggers/{id}/rotate", "/triggers/none/rotate", Value::Null),
    ] {
        row(operation, format!("{SHOP}{path}"), body, "manageKeys", Role::Operator);
    }
    let name = format!("of {role}");
    for (operation, path, body) in [
        ("POST /api/v1/tokens", "/api/v1/tokens", json!({"name": name, "role": "viewer"})),
        ("PATCH /api/v1/tokens/{id}", "/api/v1/tokens/none", json!({"team": "web"})),
        ("DELETE /api/v1/tokens/{id}", "/api/v1/tokens/none", Value::Null),
        ("POST /api/v1/tokens/{id}/rotate", "/api/v1/tokens/none/rotate", Value::Null),
        ("DELETE /api/v1/members/{id}/sessions", "/api/v1/members/none/sessions", Value::Null),
        ("DELETE /api/v1/members/{id}/password", "/api/v1/members/none/password", Value::Null),
        ("POST /api/v1/members", "/api/v1/members", json!({"name": name, "role": "viewer"})),
        ("PATCH /api/v1/members/{id}", "/api/v1/members/none", json!({"active": false})),
        ("POST /api/v1/members/{id}/sign-in-link", "/api/v1/members/none/sign-in-link", Value::Null),
        ("PUT /api/v1/teams/{key}", "/api/v1/teams/web", json!({"members": []})),
        ("PUT /api/v1/members/{id}/teams", "/api/v1/members/none/teams", json!({"teams": []})),
        ("DELETE /api/v1/teams/{key}", "/api/v1/teams/none", Value::Null),
        ("DELETE /api/v1/members/{id}/personal-data", "/api/v1/members/none/personal-data", Value::Null),
    ] {
        row(operation, path.into(), body, "administer", Role::Admin);
    }
    rows
}

#[tokio::test]
async fn a_refusal_names_action_least_role_and_who_can_help() {
    let house = House::new().await;
    let draft = house.send("admin", "POST", &format!("{SHOP}/changes"), json!({"edits": []})).await;
    let draft = draft.json()["number"].clone();
    for (word, role) in ROLES {
        let before = house.head().await;
        for row in table(word, &draft) {
            let method = row.operation.split(' ').next().unwrap();
            let answer = house.with(word, method, &row.path, &[("if-match", "\"v1\"")], &row.body).await;
            let what = format!("{word}: {method} {} {}: {}", row.path, row.body, answer.text());
            if role >= row.least {
                assert!(!matches!(answer.status, 401 | 403 | 400 | 415 | 500..), "{what}");
                continue;
            }
            assert_eq!(answer.status, 403, "{what}");
            let least = ROLES.iter().find(|(_, role)| *role == row.least).unwrap().0;
            let permission = json!({"action": row.action, "leastRole": least, "grantedBy": ["Ada"]});
            let mut said = answer.json()["permission"].clone();
            // Edits are refused by what they touch, which is said too.
            let target = said.as_object_mut().unwrap().remove("target");
            let touches = row.path.ends_with("/changes") || row.path == format!("{SHOP}/apply");
            assert!(target.is_some() || !touches, "{what}");
            assert_eq!(said, permission, "{what}");
        }
        if role == Role::Viewer {
            assert_eq!(house.head().await, before, "a viewer changed something");
        }
    }
}

#[tokio::test]
async fn every_endpoint_that_changes_something_is_in_the_table() {
    let house = House::new().await;
    let known: BTreeSet<String> = table("viewer", &json!(1))
        .iter()
        .map(|row| row.operation.to_owned())
        .chain(OPEN_TO_ALL.map(str::to_owned))
        .collect();
    let there: BTreeSet<String> = operations(&house)
        .await
        .into_iter()
        .filter(|(method, path, _)| method != "GET" && path.starts_with("/api/v1"))
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    assert_eq!(known, there);
}

/// What a viewer may not read. All else that the API answers is for everybody who may come in.
const NOT_FOR_ALL: [(&str, Role); 7] = [
    ("/api/v1/sessions", Role::Admin),
    ("/api/v1/projects/{project}/webhooks/{id}/deliveries", Role::Admin),
    ("/api/v1/projects/{project}/environments/{environment}/keys", Role::Operator),
    ("/api/v1/tokens", Role::Admin),
    ("/api/v1/audit", Role::Admin),
    ("/api/v1/audit/export", Role::Admin),
    ("/api/v1/audit/verify", Role::Admin),
];

#[tokio::test]
async fn every_endpoint_that_only_answers_does_so_for_those_who_may_see_it() {
    let house = House::new().await;
    let mut asked = 0;
    for (method, path, operation) in operations(&house).await {
        // A stream has no end to wait for; who may open it is who may see the project.
        let streams = operation["responses"]["200"]["content"].get("text/event-stream").is_some();
        if method != "GET" || !path.starts_with("/api/v1") || streams {
            continue;
        }
        asked += 1;
        let least =
            NOT_FOR_ALL.iter().find(|(there, _)| *there == path).map_or(Role::Viewer, |(_, role)| *role);
        for (word, role) in ROLES {
            let answer = house.send(word, "GET", &filled(&path), Value::Null).await;
            let refused = matches!(answer.status, 401 | 403);
            assert_eq!(refused, role < least, "{word}: {path}: {}", answer.text());
            assert!(answer.status < 500, "{word}: {path}: {}", answer.text());
        }
    }
    assert!(asked > 30, "only {asked}");
}

#[tokio::test]
async fn secrets_of_keys_and_tokens_are_for_those_who_manage_them() {
    let house = House::new().await;
    for (word, role) in ROLES {
        let keys =
            house.send(word, "GET", &format!("{SHOP}/environments/production/keys"), Value::Null).await;
        let tokens = house.send(word, "GET", "/api/v1/tokens", Value::Null).await;
        assert_eq!(keys.status, if role >= Role::Operator { 200 } else { 403 }, "{word}");
        assert_eq!(tokens.status, if role == Role::Admin { 200 } else { 403 }, "{word}");
        for answer in [keys, tokens] {
            assert!(!answer.text().contains(SDK_KEY) && !answer.text().contains("api-test-"), "{word}");
        }
    }
}
