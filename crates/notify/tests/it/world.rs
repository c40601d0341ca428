//! A server's control with a flag to turn on and off, and its notifier.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use switchyard_control::{
    Control, DeliveryState, DeliveryView, Environment, Filter, HookSettings, NewMember, NewWebhook,
    Principal, Proposal, Submission, Visitor, WebhookDraft, WebhookKind, system_clock,
};
use switchyard_model::access::Role;
use switchyard_model::{Edit, Manifest};
use switchyard_notify::{Pace, Parts};
use switchyard_store::SqliteStore;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) const SHOP: &str = "shop";

/// Quick enough for a test, and long enough to end in it only where that is meant.
pub(crate) const PACE: Pace = Pace {
    first: Duration::from_millis(20),
    longest: Duration::from_millis(20),
    end: Duration::from_secs(3600),
    patience: Duration::from_secs(30),
};

pub(crate) struct World {
    pub(crate) control: Control,
    pub(crate) ann: Principal,
    store: Arc<SqliteStore>,
    running: Option<(watch::Sender<bool>, JoinHandle<()>)>,
    _dir: TempDir,
}

impl World {
    pub(crate) async fn new(private: bool) -> World {
        let dir = TempDir::new().unwrap();
        let store = Arc::new(SqliteStore::open(&dir.path().join("switchyard.db")).await.unwrap());
        let control = Control::open(store.clone(), system_clock()).await.unwrap();
        control.set_up_hooks(HookSettings {
            key: [7; 32],
            private,
            public_url: "https://switchyard.example".into(),
        });
        let environment = Environment {
            key: "production".into(),
            name: "Production".into(),
            production: true,
            required_approvals: 0,
            approvals_from: vec![],
            owners_approve: false,
            freezes: vec![],
        };
        control.ensure_project(SHOP, "Shop", vec![environment]).await.unwrap();
        let flag = json!({ "kind": "flag", "key": "banner", "variations": [{ "id": "new", "value": true }, { "id": "old", "value": false }] });
        let flag = Manifest::from_json(flag, None).unwrap();
        control.set_up(SHOP, vec![flag], "A flag").await.unwrap();
        World { control, ann: Principal::switchyard(), store, running: None, _dir: dir }
    }

    /// Starts its notifier.
    pub(crate) async fn start(&mut self, pace: Pace) {
        self.stop().await;
        let (stopping, stop) = watch::channel(false);
        let parts =
            Parts { control: self.control.clone(), store: self.store.clone(), clock: system_clock(), pace };
        self.running = Some((stopping, tokio::spawn(switchyard_notify::run(parts, stop))));
    }

    pub(crate) async fn stop(&mut self) {
        if let Some((stopping, running)) = self.running.take() {
            stopping.send_replace(true);
            running.await.unwrap();
        }
    }

    pub(crate) async fn hook(&self, kind: WebhookKind, url: &str) -> NewWebhook {
        let draft = WebhookDraft {
            name: "Hook".into(),
            kind,
            url: url.into(),
            to_me: false,
            filter: Filter::default(),
        };
        self.control.create_webhook(&self.ann, SHOP, draft).await.unwrap()
    }

    /// Turns the flag on or off, so that there is something to tell.
    pub(crate) async fn turn(&self, on: bool) {
        let change = self.control.create_change(&self.ann, SHOP, proposal(on)).await.unwrap();
        self.control.apply_change(&self.ann, SHOP, change.number, Default::default()).await.unwrap();
    }

    /// Sends a change for review, as somebody.
    pub(crate) async fn submit(&self, who: &Principal, on: bool) -> u64 {
        let number = self.control.create_change(who, SHOP, proposal(on)).await.unwrap().number;
        let submission = Submission { reason: Some("so".into()), ..Submission::default() };
        self.control.submit_change(who, SHOP, number, submission).await.unwrap();
        number
    }

    pub(crate) async fn member(&self, name: &str) -> Principal {
        let new = NewMember { name: name.into(), email: None, role: Role::Developer };
        let id = self.control.add_member(&self.ann, new).await.unwrap().id;
        let link = self.control.sign_in_link(&self.ann, &id).await.unwrap();
        self.control.sign_in(&link, &Visitor::default()).await.unwrap().principal
    }

    /// Waits until of a webhook's newest message this is true; the message.
    pub(crate) async fn newest(&self, id: &str, wanted: impl Fn(&DeliveryView) -> bool) -> DeliveryView {
        loop {
            let page = self.control.webhook_deliveries(&self.ann, SHOP, id, None, 1).await.unwrap();
            if let Some(newest) = page.items.into_iter().next().filter(|newest| wanted(newest)) {
                return newest;
            }
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn delivered(&self, id: &str) -> DeliveryView {
        self.newest(id, |newest| newest.state == DeliveryState::Delivered).await
    }
}

fn proposal(on: bool) -> Proposal {
    let edits: Vec<Edit> = serde_json::from_value(json!([{
        "target": { "environment": "production", "kind": "targeting", "key": "banner" },
        "op": { "type": "setOn", "on": on },
    }]))
    .unwrap();
    Proposal { edits, ..Proposal::default() }
}
