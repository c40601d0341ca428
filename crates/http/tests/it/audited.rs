//! Whatever changes something leaves a line in the audit log: driven from the document, so that a new endpoint
//! is covered by being there.

use serde_json::{Value, json};

use crate::strangers::operations;
use crate::support::*;

/// Change nothing that is kept.
const LEAVE_NOTHING: [&str; 9] = [
    "POST /api/v1/projects/{project}/policies/check",
    "POST /api/v1/projects/{project}/changes/check",
    "POST /api/v1/projects/{project}/environments/{environment}/explain",
    "POST /api/v1/projects/{project}/environments/{environment}/impact",
    "POST /api/v1/projects/{project}/environments/{environment}/contexts/served",
    "POST /api/v1/projects/{project}/changes/{number}/impact",
    "POST /api/v1/projects/{project}/guardrails/try",
    "POST /api/v1/projects/{project}/git/sync",
    // The sample is in memory.
    "DELETE /api/v1/projects/{project}/environments/{environment}/contexts/{kind}/{key}",
];

/// One good call of each, in an order in which they work: method, path, body, and what the log then says. `{m}`
/// is a member, `{s}` a session of theirs, `{t}` a token, `{h}` a webhook or trigger, `{w}` what the webhook was sent.
fn calls() -> Vec<(&'static str, String, Value, &'static str)> {
    let shop = |rest: &str| format!("{SHOP}{rest}");
    let hook = json!({"name": "CI", "kind": "standard", "url": "https://ci.example"});
    let git = json!({"url": "https://git.example/shop.git", "mirror": "main"});
    let trigger = json!({"name": "CI", "source": "any", "edits": [switch("ranker", false)]});
    let flag = json!({"kind": "flag", "key": "fresh", "variations": [{"id": "on", "value": true}]});
    vec![
        (
            "POST /api/v1/session",
            "/api/v1/session".into(),
            json!({"token": secret("admin")}),
            "session.begin",
        ),
        ("DELETE /api/v1/session", "/api/v1/session".into(), Value::Null, "session.end"),
        (
            "POST /api/v1/session",
            "/api/v1/session".into(),
            json!({"token": secret("admin")}),
            "session.begin",
        ),
        ("DELETE /api/v1/account/sessions", "/api/v1/account/sessions".into(), Value::Null, "session.end"),
        (
            "POST /api/v1/members",
            "/api/v1/members".into(),
            json!({"name": "Tom", "email": "tom@shop.example", "role": "viewer"}),
            "member.add",
        ),
        (
            "PUT /api/v1/account/password",
            "/api/v1/account/password".into(),
            json!({"new": "correct horse battery"}),
            "password.set",
        ),
        ("DELETE /api/v1/sessions/{id}", "/api/v1/sessions/{s}".into(), Value::Null, "session.end"),
        (
            "POST /api/v1/session",
            "/api/v1/session".into(),
            json!({"email": "tom@shop.example", "password": "correct horse battery"}),
            "session.begin",
        ),
        (
            "DELETE /api/v1/members/{id}/sessions",
            "/api/v1/members/{m}/sessions".into(),
            Value::Null,
            "session.end",
        ),
        (
            "DELETE /api/v1/members/{id}/password",
            "/api/v1/members/{m}/password".into(),
            Value::Null,
            "password.remove",
        ),
        (
            "PATCH /api/v1/members/{id}",
            "/api/v1/members/{m}".into(),
            json!({"name": "Thomas"}),
            "member.change",
        ),
        (
            "POST /api/v1/members/{id}/sign-in-link",
            "/api/v1/members/{m}/sign-in-link".into(),
            Value::Null,
            "member.link",
        ),
        (
            "DELETE /api/v1/members/{id}/personal-data",
            "/api/v1/members/{m}/personal-data".into(),
            Value::Null,
            "member.erase",
        ),
        (
            "PUT /api/v1/teams/{key}",
            "/api/v1/teams/web".into(),
            json!({"name": "Web", "members": ["{m}"]}),
            "team.put",
        ),
        (
            "PUT /api/v1/members/{id}/teams",
            "/api/v1/members/{m}/teams".into(),
            json!({"teams": ["web"]}),
            "member.teams",
        ),
        ("DELETE /api/v1/teams/{key}", "/api/v1/teams/web".into(), Value::Null, "team.remove"),
        (
            "PUT /api/v1/projects/{project}/policies/{key}",
            shop("/policies/fresh"),
            json!({"name": "Fresh", "text": "permit (principal, action == Action::\"revert\", resource);"}),
            "policy.put",
        ),
        (
            "DELETE /api/v1/projects/{project}/policies/{key}",
            shop("/policies/fresh"),
            Value::Null,
            "policy.remove",
        ),
        (
            "POST /api/v1/tokens",
            "/api/v1/tokens".into(),
            json!({"name": "CI", "role": "viewer"}),
            "token.create",
        ),
        ("PUT /api/v1/teams/{key}", "/api/v1/teams/ops".into(), json!({"members": ["{a}"]}), "team.put"),
        ("PATCH /api/v1/tokens/{id}", "/api/v1/tokens/{t}".into(), json!({"team": "ops"}), "token.handOver"),
        ("POST /api/v1/tokens/{id}/rotate", "/api/v1/tokens/{t}/rotate".into(), Value::Null, "token.rotate"),
        ("DELETE /api/v1/tokens/{id}", "/api/v1/tokens/{t}".into(), Value::Null, "token.revoke"),
        (
            "PATCH /api/v1/projects/{project}/environments/{environment}",
            shop("/environments/staging"),
            json!({"name": "Stage"}),
            "environment.change",
        ),
        (
            "POST /api/v1/projects/{project}/environments/{environment}/keys/{kind}/rotate",
            shop("/environments/staging/keys/sdk/rotate"),
            json!({}),
            "key.create",
        ),
        (
            "PUT /api/v1/projects/{project}/environments/{environment}/secure-mode",
            shop("/environments/staging/secure-mode"),
            json!({"on": true}),
            "environment.secure",
        ),
        (
            "PUT /api/v1/projects/{project}/code-references/{repository}",
            shop("/code-references/acme%2Fshop"),
            json!({"searched": 1, "references": [{"flag": "ranker", "path": "a.ts", "line": 1}]}),
            "code.put",
        ),
        (
            "DELETE /api/v1/projects/{project}/code-references/{repository}",
            shop("/code-references/acme%2Fshop"),
            Value::Null,
            "code.remove",
        ),
        (
            "POST /api/v1/projects/{project}/apply",
            shop("/apply"),
            json!({"manifests": [flag]}),
            "revision.apply",
        ),
        (
            "POST /api/v1/projects/{project}/changes",
            shop("/changes"),
            json!({"edits": [switch("ranker", false)]}),
            "change.create",
        ),
        (
            "PUT /api/v1/projects/{project}/changes/{number}",
            shop("/changes/1"),
            json!({"title": "Off", "reason": "r", "edits": [switch("ranker", false)]}),
            "change.edit",
        ),
        (
            "POST /api/v1/projects/{project}/changes/{number}/submit",
            shop("/changes/1/submit"),
            json!({}),
            "change.submit",
        ),
        (
            "POST /api/v1/projects/{project}/changes/{number}/comments",
            shop("/changes/1/comments"),
            json!({"text": "hm"}),
            "change.comment",
        ),
        (
            "POST /api/v1/projects/{project}/changes/{number}/reviews",
            shop("/changes/1/reviews"),
            json!({"verdict": "approve", "difference": "{d}"}),
            "change.approve",
        ),
        (
            "POST /api/v1/projects/{project}/changes/{number}/withdraw",
            shop("/changes/1/withdraw"),
            Value::Null,
            "change.withdraw",
        ),
        (
            "POST /api/v1/projects/{project}/changes/{number}/schedule",
            shop("/changes/1/schedule"),
            json!({"zone": "UTC", "applyAt": "{tomorrow}"}),
            "schedule.set",
        ),
        (
            "DELETE /api/v1/projects/{project}/changes/{number}/schedule",
            shop("/changes/1/schedule"),
            Value::Null,
            "schedule.cancel",
        ),
        (
            "POST /api/v1/projects/{project}/changes/{number}/apply",
            shop("/changes/1/apply"),
            Value::Null,
            "revision.apply",
        ),
        (
            "POST /api/v1/projects/{project}/revisions/{number}/revert",
            shop("/revisions/3/revert"),
            json!({"reason": "r"}),
            "revision.apply",
        ),
        (
            "POST /api/v1/projects/{project}/revisions/{number}/restore",
            shop("/revisions/1/restore"),
            json!({"reason": "r"}),
            "revision.apply",
        ),
        ("POST /api/v1/projects/{project}/changes", shop("/changes"), json!({"edits": []}), "change.create"),
        (
            "PUT /api/v1/projects/{project}/changes/{number}/order",
            shop("/changes/2/order"),
            json!({"after": [1]}),
            "change.order",
        ),
        (
            "POST /api/v1/projects/{project}/changes/{number}/resolve",
            shop("/changes/2/resolve"),
            json!({"choices": []}),
            "change.resolve",
        ),
        (
            "DELETE /api/v1/projects/{project}/changes/{number}",
            shop("/changes/2"),
            Value::Null,
            "change.discard",
        ),
        ("PUT /api/v1/projects/{project}/git", shop("/git"), git, "git.set"),
        ("DELETE /api/v1/projects/{project}/git", shop("/git"), Value::Null, "git.remove"),
        (
            "PUT /api/v1/projects/{project}/environments/{environment}/upstream",
            shop("/environments/staging/upstream"),
            json!({"uri": "https://stream.example", "sdkKey": "sdk-secret-of-another"}),
            "upstream.set",
        ),
        (
            "DELETE /api/v1/projects/{project}/environments/{environment}/upstream",
            shop("/environments/staging/upstream"),
            Value::Null,
            "upstream.remove",
        ),
        ("POST /api/v1/projects/{project}/lists", shop("/lists"), json!("ann"), "list.make"),
        ("POST /api/v1/erasures", "/api/v1/erasures".to_owned(), json!({"key": "ann"}), "key.erase"),
        ("POST /api/v1/projects/{project}/webhooks", shop("/webhooks"), hook, "webhook.create"),
        (
            "PATCH /api/v1/projects/{project}/webhooks/{id}",
            shop("/webhooks/{h}"),
            json!({"name": "CD"}),
            "webhook.change",
        ),
        (
            "POST /api/v1/projects/{project}/webhooks/{id}/rotate",
            shop("/webhooks/{h}/rotate"),
            Value::Null,
            "webhook.rotate",
        ),
        (
            "POST /api/v1/projects/{project}/webhooks/{id}/test",
            shop("/webhooks/{h}/test"),
            Value::Null,
            "webhook.test",
        ),
        (
            "POST /api/v1/projects/{project}/webhooks/{id}/deliveries/{delivery}/send",
            shop("/webhooks/{h}/deliveries/{w}/send"),
            Value::Null,
            "webhook.resend",
        ),
        (
            "DELETE /api/v1/projects/{project}/webhooks/{id}",
            shop("/webhooks/{h}"),
            Value::Null,
            "webhook.remove",
        ),
        ("POST /api/v1/projects/{project}/triggers", shop("/triggers"), trigger, "trigger.create"),
        (
            "PATCH /api/v1/projects/{project}/triggers/{id}",
            shop("/triggers/{h}"),
            json!({"active": false}),
            "trigger.change",
        ),
        (
            "POST /api/v1/projects/{project}/triggers/{id}/rotate",
            shop("/triggers/{h}/rotate"),
            Value::Null,
            "trigger.rotate",
        ),
        (
            "DELETE /api/v1/projects/{project}/triggers/{id}",
            shop("/triggers/{h}"),
            Value::Null,
            "trigger.remove",
        ),
        (
            "POST /api/v1/members",
            "/api/v1/members".into(),
            json!({"name": "Zoe", "role": "product"}),
            "member.add",
        ),
        (
            "POST /api/v1/projects/{project}/owners/hand-over",
            shop("/owners/hand-over"),
            json!({"to": "{m}"}),
            "change.create",
        ),
    ]
}

async fn newest(house: &House) -> (u64, String) {
    let page = house.send("admin", "GET", "/api/v1/audit?limit=1", Value::Null).await.json();
    (page["total"].as_u64().unwrap(), page["items"][0]["what"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn every_endpoint_that_changes_something_leaves_a_line() {
    let house = House::new().await;
    let (mut member, mut token, mut cookie) = (String::new(), String::new(), String::new());
    let mut session = String::new();
    let (mut hook, mut sent) = (String::new(), String::new());
    for (operation, path, body, what) in calls() {
        let (before, _) = newest(&house).await;
        let method = operation.split(' ').next().unwrap();
        let path = path
            .replace("{m}", &member)
            .replace("{s}", &session)
            .replace("{t}", &token)
            .replace("{h}", &hook)
            .replace("{w}", &sent);
        let change = house.send("operator", "GET", &format!("{SHOP}/changes/1"), Value::Null).await.json();
        let difference = change["difference"].as_str().unwrap_or_default();
        let tomorrow = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).tomorrow().unwrap();
        let body = body.to_string().replace("{d}", difference).replace("{m}", &member);
        let ada = house.control.ensure_admin("Ada").await.unwrap().id;
        let body =
            body.replace("{a}", &ada).replace("{tomorrow}", &tomorrow.strftime("%Y-%m-%dT12:00").to_string());
        let body = serde_json::from_str(&body).unwrap();
        if operation == "PUT /api/v1/account/password" {
            // Only a member's own browser does this.
            let inside = switchyard_control::Principal::switchyard();
            let link = house.control.sign_in_link(&inside, &member).await.unwrap();
            let browser =
                house.control.sign_in(&link, &switchyard_control::Visitor::default()).await.unwrap();
            let account = house.control.account(&browser.principal, None).await.unwrap();
            session.clone_from(&account.sessions[0].id);
            let own = format!("switchyard_session={}", browser.secret);
            let headers = [("cookie", own.as_str()), ("sec-fetch-site", "same-origin")];
            assert_eq!(house.anybody(method, &path, &headers, &body).await.status, 204);
            assert_eq!(newest(&house).await.1, what);
            continue;
        }
        let number = path.split("/changes/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("1");
        let change = house.send("operator", "GET", &format!("{SHOP}/changes/{number}"), Value::Null).await;
        let version = format!("\"v{}\"", change.json()["version"]);
        let mut headers = vec![("if-match", version.as_str())];
        // Nobody reviews what they wrote.
        let who = if path.ends_with("/reviews") { "operator" } else { "admin" };
        headers.push(("cookie", &cookie));
        let answer = house.with(who, method, &path, &headers, &body).await;
        assert!(answer.status < 300, "{operation}: {} {}", answer.status, answer.text());
        match operation {
            "POST /api/v1/members" => member = answer.json()["id"].as_str().unwrap().to_owned(),
            "POST /api/v1/tokens" => token = answer.json()["token"]["id"].as_str().unwrap().to_owned(),
            "POST /api/v1/projects/{project}/webhooks" => {
                hook = answer.json()["webhook"]["id"].as_str().unwrap().to_owned();
            }
            "POST /api/v1/projects/{project}/webhooks/{id}/test" => {
                sent = answer.json()["id"].as_str().unwrap().to_owned();
            }
            "POST /api/v1/projects/{project}/triggers" => {
                hook = answer.json()["trigger"]["id"].as_str().unwrap().to_owned();
            }
            "POST /api/v1/session" => {
                cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
            }
            _ => {}
        }
        let (after, last) = newest(&house).await;
        assert!(after > before && last == what, "{operation} left {last:?}, {before} → {after}");
    }
    let whole = house.send("admin", "GET", "/api/v1/audit/verify", Value::Null).await.json();
    assert_eq!(whole["ok"], true, "{whole}");
}

#[tokio::test]
async fn every_endpoint_that_changes_something_is_among_them() {
    let house = House::new().await;
    let mut known: Vec<_> = calls().into_iter().map(|call| call.0).chain(LEAVE_NOTHING).collect();
    known.sort_unstable();
    known.dedup();
    let mut there: Vec<_> = operations(&house)
        .await
        .into_iter()
        .filter(|(method, path, _)| method != "GET" && path.starts_with("/api/v1"))
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    there.sort_unstable();
    assert_eq!(there, known);
}

#[tokio::test]
async fn the_log_is_found_exported_and_verified() {
    let house = House::new().await;
    let refused =
        house.send("viewer", "POST", "/api/v1/tokens", json!({"name": "x", "role": "viewer"})).await;
    assert_eq!(refused.status, 403);
    house.control.note_counts(false).await;
    let page = house.send("admin", "GET", "/api/v1/audit?what=refused", Value::Null).await.json();
    assert_eq!(page["total"], 1);
    assert_eq!(page["items"][0]["sentence"], "was refused once: POST /api/v1/tokens");
    assert!(page["items"][0]["who"].as_str().unwrap().starts_with("token-"), "{page}");

    let export = house.send("admin", "GET", "/api/v1/audit/export", Value::Null).await;
    assert_eq!(export.header("content-type"), "application/x-ndjson");
    let mut verifier = switchyard_store::Verifier::new(None);
    let text = export.text();
    for line in text.lines() {
        verifier.take(&serde_json::from_str(line).unwrap()).unwrap();
    }
    let head = verifier.finish().unwrap().head;
    let verify = |head: &str| format!("/api/v1/audit/verify?head={head}");
    let whole = house.send("admin", "GET", &verify(&head), Value::Null).await.json();
    assert_eq!((&whole["ok"], &whole["verified"]["head"]), (&json!(true), &json!(head)));
    let other = house.send("admin", "GET", &verify("beef"), Value::Null).await.json();
    assert_eq!((&other["ok"], &other["broken"]["type"]), (&json!(false), &json!("head")));
    for path in ["/api/v1/audit", "/api/v1/audit/export", "/api/v1/audit/verify"] {
        assert_eq!(house.send("operator", "GET", path, Value::Null).await.status, 403, "{path}");
    }
}
