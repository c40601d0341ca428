//! A shop with an environment, and a project beside it, that only some see, and all that can be in them.

use std::time::Duration;

use axum::body::Body;
use http::{Request, header};
use serde_json::{Value, json};
use switchyard_control::{
    BranchSeen, BranchState, Environment, GitSeen, KeyKind, NewMember, Principal, Visitor,
};
use switchyard_model::access::Role;
use switchyard_store::{Hooks, Schedules};

use crate::support::*;

/// In every word of the environment, and of the project.
pub(crate) const MARKERS: [&str; 2] = ["zebra", "quagga"];

/// Who sees all.
pub(crate) const LAB: &str = "lab";

/// Somebody who asks.
pub(crate) struct Eyes {
    pub(crate) name: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Eyes {
    fn token(name: &'static str) -> Eyes {
        Eyes { name, headers: vec![("authorization", format!("Bearer {}", secret(name)))] }
    }
}

/// What there is to ask for.
pub(crate) struct Known {
    pub(crate) lab: Eyes,
    pub(crate) others: Vec<Eyes>,
    pub(crate) ids: Vec<String>,
    /// The newest change; there are fewer revisions.
    pub(crate) newest: u64,
    /// A change in both environments, in review.
    pub(crate) mixed: u64,
    /// A member who does not see the environment.
    pub(crate) bea: String,
}

fn edit(environment: &str, kind: &str, key: &str, op: Value) -> Value {
    json!({"target": {"kind": kind, "environment": environment, "key": key}, "op": op})
}

fn put(environment: &str, kind: &str, key: &str, mut resource: Value) -> Value {
    resource["kind"] = kind.into();
    resource["key"] = key.into();
    edit(environment, kind, key, json!({"type": "put", "resource": resource}))
}

fn turn(environment: &str, flag: &str, on: bool) -> Value {
    edit(environment, "targeting", flag, json!({"type": "setOn", "on": on}))
}

async fn good(house: &House, who: &str, method: &str, path: &str, body: Value) -> Value {
    let answer = house.with(who, method, path, &[("if-match", "\"v1\"")], &body).await;
    assert!(answer.status < 300, "{who} {method} {path} {body}: {}", answer.text());
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

async fn propose(house: &House, title: &str, edits: Value) -> u64 {
    let body = json!({"title": title, "reason": format!("{title}, as stripes say"), "edits": edits});
    good(house, LAB, "POST", &format!("{SHOP}/changes"), body).await["number"].as_u64().unwrap()
}

async fn apply(house: &House, title: &str, edits: Value) {
    let number = propose(house, title, edits).await;
    good(house, LAB, "POST", &format!("{SHOP}/changes/{number}/apply"), Value::Null).await;
}

pub(crate) async fn secrets(house: &House) -> Known {
    let control = &house.control;
    let inside = Principal::switchyard();
    for name in [LAB, "keeper"] {
        control.ensure_token(name, Role::Admin, &secret(name)).await.unwrap();
    }
    let environment = |key: &str, name: &str| Environment {
        key: key.into(),
        name: name.into(),
        production: false,
        required_approvals: 0,
        approvals_from: vec![],
        owners_approve: false,
        freezes: vec![],
    };
    control.add_environment(&inside, "shop", environment("zebra", "Zebra house")).await.unwrap();
    control.ensure_project("quagga", "Quagga", vec![environment("quaggas", "Quaggas")]).await.unwrap();
    control.ensure_key("shop", "zebra", KeyKind::Sdk, "sdk-zebra").await.unwrap();

    // The history: in the environment, in both, and a revert of which nothing of the environment is left.
    let rule = json!({"type": "addRule", "rule": {"id": "zebra-rule", "description": "For the zebra", "clauses": [
        {"contextKind": "user", "attribute": "key", "op": "in", "values": ["zebra-user"]}],
        "variation": 0}});
    let service = json!({"subsets": [{"id": "zebra-subset"}]});
    apply(
        house,
        "Feed the zebra",
        json!([
            put("zebra", "segment", "zebra-herd", json!({"included": ["zebra-user"]})),
            put("zebra", "service", "zebra-stable", service),
        ]),
    )
    .await;
    let ranker = edit("zebra", "targeting", "ranker", rule);
    apply(house, "Zebra and all", json!([ranker, turn("production", "ranker", false)])).await;
    let back = edit("zebra", "targeting", "ranker", json!({"type": "delete"}));
    apply(house, "Zebra goes home", json!([back])).await;
    let revert = format!("{SHOP}/revisions/3/revert");
    let reverted = good(house, LAB, "POST", &revert, json!({"reason": "Zebra again"})).await;
    assert_eq!(reverted["title"], "Revert r3: Zebra and all", "{reverted}");
    assert_eq!(reverted["environments"], json!(["production"]));
    apply(house, "Zebra on", json!([turn("zebra", "ranker", true), turn("zebra", "checkout-v2", true)]))
        .await;

    // Who asks there, and for what.
    for (path, status) in [("ranker", 200), ("zebra-flag", 404)] {
        let context = json!({"context": {"targetingKey": "zebra-user"}});
        let request = Request::post(format!("/ofrep/v1/evaluate/flags/{path}"))
            .header(header::AUTHORIZATION, "Bearer sdk-zebra")
            .header(header::CONTENT_TYPE, "application/json");
        let answer = house.raw(request.body(Body::from(context.to_string())).unwrap()).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    control.keep_usage(&house.telemetry).await;

    // Members: Bea is an admin, and no less blind for it.
    let new = NewMember { name: "Bea".into(), email: None, role: Role::Admin };
    let bea = control.add_member(&inside, new).await.unwrap().id;
    let link = control.sign_in_link_for(&inside, &bea, Duration::from_secs(60)).await.unwrap();
    let session = control.sign_in(&link, &Visitor::default()).await.unwrap().secret;

    // What calls in and out.
    let mut ids = vec![bea.clone(), "some".to_owned()];
    for (name, filter) in [("Zebra alone", json!({"environments": ["zebra"]})), ("All", json!({}))] {
        let hook =
            json!({"name": name, "kind": "standard", "url": "https://hooks.example", "filter": filter});
        let made = good(house, LAB, "POST", &format!("{SHOP}/webhooks"), hook).await;
        ids.push(made["webhook"]["id"].as_str().unwrap().to_owned());
    }
    for edits in [
        json!([turn("zebra", "ranker", true)]),
        json!([turn("zebra", "ranker", true), turn("production", "ranker", true)]),
    ] {
        let trigger = json!({"name": "Zebra alarm", "source": "any", "title": "Zebra loose", "edits": edits});
        let made = good(house, LAB, "POST", &format!("{SHOP}/triggers"), trigger).await;
        ids.push(made["trigger"]["id"].as_str().unwrap().to_owned());
        let url = made["url"].as_str().unwrap().strip_prefix("http://switchyard.example").unwrap().to_owned();
        house.raw(Request::post(url).body(Body::from("a zebra is loose")).unwrap()).await;
    }

    // What waits, and what is said of it.
    let zebra = json!([turn("zebra", "checkout-v2", false)]);
    let both = json!([turn("zebra", "checkout-v2", false), turn("production", "checkout-v2", false)]);
    propose(house, "A zebra drafted", zebra.clone()).await;
    let alone = propose(house, "The zebra alone", zebra).await;
    let mixed = propose(house, "The zebra too", both).await;
    let after = json!({"title": "After it", "reason": "r", "after": [mixed],
        "edits": [turn("staging", "ranker", true)]});
    let last = good(house, LAB, "POST", &format!("{SHOP}/changes"), after).await["number"].clone();
    for number in [alone, mixed] {
        let at = |rest: &str| format!("{SHOP}/changes/{number}/{rest}");
        good(house, LAB, "POST", &at("submit"), json!({"reviewers": [&bea]})).await;
        let said = json!({"text": format!("@{bea} the zebra is thirsty")});
        good(house, LAB, "POST", &at("comments"), said).await;
        let said = json!({"text": format!("@{bea} look: stripes, zebra"), "edit": 0});
        good(house, LAB, "POST", &at("comments"), said).await;
        let change = good(house, LAB, "GET", &format!("{SHOP}/changes/{number}"), Value::Null).await;
        let verdict =
            json!({"verdict": "approve", "note": "a fine zebra", "difference": change["difference"]});
        good(house, "keeper", "POST", &at("reviews"), verdict).await;
        let timing = json!({"applyAt": "2027-01-04T09:00", "zone": "UTC"});
        good(house, LAB, "POST", &at("schedule"), timing).await;
    }
    let said = json!({"text": "Production too?", "edit": 1});
    good(house, LAB, "POST", &format!("{SHOP}/changes/{mixed}/comments"), said).await;
    stop(house, alone).await;

    // What the environment asks for: approvals, and to be left alone.
    let freezes = json!([{"reason": "The zebra sleeps", "zone": "UTC",
        "once": {"from": "2026-01-01T00:00", "until": "2027-06-01T00:00"}}]);
    let settings = json!({"requiredApprovals": 2, "freezes": freezes});
    good(house, LAB, "PATCH", &format!("{SHOP}/environments/zebra"), settings).await;

    git(house, alone).await;
    deliver(house, &ids[2], mixed).await;
    deliver(house, &ids[3], mixed).await;

    let hide = |what: &str| {
        json!({"name": format!("The {what} of the lab"), "text": format!(
            "@says(\"Only the lab sees the {what}.\")\nforbid (principal, action == Action::\"view\", {what})\n\
             unless {{ [\"lab\", \"keeper\", \"Ada\"].contains(principal.name) }};")})
    };
    let lab = |mut policy: Value, of: &str, scope: &str| {
        policy["text"] =
            policy["text"].as_str().unwrap().replacen(&format!(", {of})"), &format!(", {scope})"), 1).into();
        policy
    };
    let policy = lab(hide("zebra"), "zebra", "resource in Environment::\"zebra\"");
    good(house, LAB, "PUT", &format!("{SHOP}/policies/lab-only"), policy).await;
    let policy = lab(hide("quagga"), "quagga", "resource");
    good(house, LAB, "PUT", "/api/v1/projects/quagga/policies/lab-only", policy).await;
    let token = json!({"name": "Q", "role": "viewer", "project": "quagga"});
    good(house, LAB, "POST", "/api/v1/tokens", token).await;
    // Refusals are counted and kept too.
    let refused = house.get(&format!("{SHOP}/environments/zebra/keys")).await;
    assert!(refused.status >= 400);
    control.note_counts(true).await;

    let cookie = format!("switchyard_session={session}");
    let headers = vec![("cookie", cookie), ("sec-fetch-site", "same-origin".to_owned())];
    let others = vec![Eyes { name: "Bea", headers }, Eyes::token("admin"), Eyes::token("viewer")];
    Known { lab: Eyes::token(LAB), others, ids, newest: last.as_u64().unwrap(), mixed, bea }
}

/// As one whose time fell into the freeze.
async fn stop(house: &House, change: u64) {
    let waits = house.store.schedule("shop", change).await.unwrap().unwrap();
    let notice = Some("Zebra house is frozen: The zebra sleeps".to_owned());
    let stopped = switchyard_model::Schedule {
        state: switchyard_model::ScheduleState::Stopped,
        step: waits.step + 1,
        notice,
        ..waits
    };
    let now = jiff::Timestamp::now();
    house.store.move_schedule("shop", &stopped, "switchyard", "schedule.stop", now).await.unwrap();
}

/// A repository as it was seen: a branch that became a change, and one that can't.
async fn git(house: &House, change: u64) {
    let settings =
        json!({"url": "https://git.example/shop.git", "mirror": "main", "proposals": "proposals/"});
    good(house, LAB, "PUT", &format!("{SHOP}/git"), settings).await;
    let branch = |state, change, words: &str| BranchSeen {
        branch: "proposals/zebra".into(),
        commit: "c0ffee".into(),
        title: "The zebra alone".into(),
        author: "Lab".into(),
        state,
        words: words.into(),
        change,
        problems: vec![],
        link: None,
    };
    let desk = house.control.git_desk("shop").unwrap();
    let branches = vec![
        branch(BranchState::Open, Some(change), "It waits for review: Zebra house needs 2 approvals."),
        branch(BranchState::Refused, None, "There is no zebra."),
    ];
    desk.report(desk.asked(), GitSeen { branches, ..GitSeen::default() });
}

/// What a webhook was sent.
async fn deliver(house: &House, hook: &str, change: u64) {
    let now = jiff::Timestamp::now();
    let data = json!({"title": "The zebra too", "change": change, "environments": ["production"]});
    let delivery = switchyard_store::HookDelivery {
        id: format!("msg_{hook}"),
        hook: hook.to_owned(),
        sequence: 1,
        event: "change.submitted".into(),
        body: json!({"type": "change.submitted", "data": data}).to_string(),
        state: switchyard_store::DeliveryState::Waiting,
        created_at: now,
        since: now,
        attempts: 0,
        next_at: now,
        last: None,
    };
    let entry = switchyard_store::AuditEntry {
        at: now,
        who: "switchyard".into(),
        what: "webhook.test".into(),
        target: format!("shop/{hook}"),
        detail: json!({}),
        personal: None,
    };
    house.store.insert_delivery(&delivery, &entry).await.unwrap();
}
