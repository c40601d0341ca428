//! Histories to write.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use switchyard_model::{
    AppliedEdit, Change, ChangeState, Edit, Kind, Op, Origin, Resource, ResourceId, Revision, Segment, State,
};
use switchyard_store::{
    Act, AuditEntry, DeliveryState, Environment, Filter, HookDelivery, Member, Project, Store, Trigger,
    TriggerSource, Webhook, WebhookKind,
};

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(crate) fn entry(what: &str) -> AuditEntry {
    AuditEntry {
        at: at(0),
        who: "member-1".into(),
        what: what.into(),
        target: "x".into(),
        detail: serde_json::json!({ "why": "a test" }),
        personal: None,
    }
}

pub(crate) fn project(key: &str) -> Project {
    let environment = |key: &str, production| Environment {
        key: key.into(),
        name: key.into(),
        production,
        required_approvals: 0,
        approvals_from: vec![],
        owners_approve: false,
        freezes: vec![],
    };
    Project {
        key: key.into(),
        name: "Shop".into(),
        created_at: at(0),
        environments: vec![environment("production", true), environment("staging", false)],
    }
}

/// A store's project `shop` at revision 0.
pub(crate) async fn shop(store: &dyn Store) -> State {
    let entry = AuditEntry { target: "shop".into(), ..entry("project.create") };
    store.administer(&Act::CreateProject(project("shop")), &entry).await.unwrap();
    store.state("shop").await.unwrap()
}

pub(crate) fn member(id: &str) -> Member {
    Member {
        id: id.into(),
        name: format!("Name of {id}"),
        email: None,
        role: switchyard_model::access::Role::Developer,
        active: true,
        created_at: at(1),
    }
}

/// A draft of no edits, without a number.
pub(crate) fn draft(title: &str) -> Change {
    Change {
        number: 0,
        title: title.into(),
        reason: String::new(),
        author: "member-1".into(),
        state: ChangeState::Draft,
        version: 1,
        edits: vec![],
        editors: vec!["member-1".into()],
        edited: 1,
        links: vec![],
        reviewers: vec![],
        after: vec![],
        origin: None,
        base: 0,
        revision: None,
        broke_glass: None,
        created_at: at(1),
        updated_at: at(1),
    }
}

pub(crate) fn id(environment: &str, key: &str) -> ResourceId {
    ResourceId::environment(environment, Kind::Segment, key)
}

pub(crate) fn segment(key: &str, included: &[&str]) -> Resource {
    let body = serde_json::json!({ "kind": "segment", "key": key, "included": included });
    let resource = Resource::from_json(body).unwrap();
    assert!(matches!(resource, Resource::Segment(Segment { .. })));
    resource
}

/// The next revision after `state`: each resource becomes this.
pub(crate) fn next(state: &State, title: &str, puts: Vec<(ResourceId, Option<Resource>)>) -> Revision {
    let mut now: BTreeMap<ResourceId, Option<Arc<Resource>>> = BTreeMap::new();
    let mut edits = vec![];
    for (target, after) in puts {
        let known = || state.get(&target).map(|found| found.resource.clone());
        let before = now.get(&target).cloned().unwrap_or_else(known);
        let op = after.clone().map_or(Op::Delete, |resource| Op::Put { resource });
        let after = after.map(Arc::new);
        now.insert(target.clone(), after.clone());
        edits.push(AppliedEdit { target, op, before, after });
    }
    Revision {
        number: state.revision + 1,
        at: at(state.revision as i64),
        author: format!("member-{}", state.revision % 2),
        title: title.into(),
        reason: "because".into(),
        origin: Origin::Files,
        edits,
    }
}

pub(crate) fn webhook(id: &str) -> Webhook {
    Webhook {
        id: id.into(),
        project: "shop".into(),
        name: "Everything".into(),
        kind: WebhookKind::Standard,
        url: "https://hooks.example".into(),
        member: None,
        filter: Filter { kinds: vec![Kind::Segment], ..Filter::default() },
        active: true,
        stopped: None,
        secret_version: 1,
        previous_until: Some(at(3)),
        created_by: "member-1".into(),
        created_at: at(1),
    }
}

pub(crate) fn delivery(id: &str, hook: &str, sequence: u64) -> HookDelivery {
    HookDelivery {
        id: id.into(),
        hook: hook.into(),
        sequence,
        event: "guardrail.blocked".into(),
        body: "{}".into(),
        state: DeliveryState::Waiting,
        created_at: at(10),
        since: at(10),
        attempts: 0,
        next_at: at(10),
        last: None,
    }
}

pub(crate) fn trigger(id: &str) -> Trigger {
    Trigger {
        id: id.into(),
        project: "shop".into(),
        name: "Errors".into(),
        source: TriggerSource::Alertmanager,
        hash: [3; 32],
        hint: "abcd".into(),
        secret_version: 1,
        require_signature: true,
        revert_on_resolved: true,
        active: true,
        title: "Off".into(),
        reason: "why".into(),
        edits: vec![Edit { target: self::id("production", "beta"), op: Op::Delete }],
        maker: "member-1".into(),
        created_at: at(1),
    }
}
