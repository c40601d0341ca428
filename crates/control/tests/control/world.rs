//! A server's control with a shop in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};
use switchyard_control::{
    Apply, ChangeView, Clock, Control, Environment, EnvironmentChange, Error, Judgement, Mode, NewMember,
    Outcome, Principal, Proposal, Query, RevisionView, Submission, Visitor,
};
use switchyard_model::access::Role;
use switchyard_model::{Edit, Manifest, State, Verdict};
use switchyard_store::{History, SqliteStore};
use switchyard_telemetry::Place;
use tempfile::TempDir;

pub(crate) struct World {
    pub(crate) control: Control,
    pub(crate) ann: Principal,
    pub(crate) bob: Principal,
    pub(crate) store: Arc<SqliteStore>,
    seconds: Arc<AtomicI64>,
    dir: TempDir,
}

fn clock(seconds: &Arc<AtomicI64>) -> Clock {
    let seconds = seconds.clone();
    Arc::new(move || Timestamp::from_second(1_800_000_000 + seconds.load(Ordering::Relaxed)).unwrap())
}

pub(crate) const SHOP: &str = "shop";

pub(crate) fn person(id: &str, role: Role) -> Principal {
    Principal { id: id.into(), name: format!("{id}'s name"), role, ..Principal::switchyard() }
}

impl World {
    /// An empty project.
    pub(crate) async fn empty() -> World {
        let dir = TempDir::new().unwrap();
        let store = Arc::new(SqliteStore::open(&dir.path().join("switchyard.db")).await.unwrap());
        let seconds = Arc::new(AtomicI64::new(0));
        let control = Control::open(store.clone(), clock(&seconds)).await.unwrap();
        let environment = |key: &str, production| Environment {
            key: key.into(),
            name: key.into(),
            production,
            required_approvals: 0,
            approvals_from: vec![],
            owners_approve: false,
            freezes: vec![],
        };
        let environments = vec![environment("production", true), environment("staging", false)];
        control.ensure_project(SHOP, "Shop", environments).await.unwrap();
        let (ann, bob) = (person("ann", Role::Admin), person("bob", Role::Developer));
        World { control, ann, bob, store, seconds, dir }
    }

    /// Revision 1: two flags, aimed in production, and a route by weight.
    pub(crate) async fn shop() -> World {
        let world = World::empty().await;
        world.control.set_up(SHOP, manifests(shop()), "The shop").await.unwrap();
        world
    }

    /// The same one, started again.
    pub(crate) async fn restarted(self) -> World {
        let store = Arc::new(SqliteStore::open(&self.dir.path().join("switchyard.db")).await.unwrap());
        let control = Control::open(store.clone(), clock(&self.seconds)).await.unwrap();
        World { control, store, ..self }
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn state(&self) -> State {
        self.control.state(&self.ann, SHOP).unwrap()
    }

    /// So many users asked in production.
    pub(crate) fn saw(&self, users: usize) {
        let place = Place { project: SHOP, environment: "production" };
        let sampled = self.control.samples().of(place).unwrap();
        let snapshot = self.control.snapshot(SHOP, "production").unwrap().current();
        for n in 0..users {
            let context = json!({ "kind": "user", "key": format!("u-{n}") });
            let context = switchyard_flags::Context::from_json(&context).unwrap();
            snapshot.saw_context(&sampled, &context, 1_800_000_000);
        }
    }

    /// Proposes and applies edits.
    pub(crate) async fn apply(&self, who: &Principal, edits: Value) -> Result<RevisionView, Error> {
        let proposal = Proposal { edits: self::edits(edits), ..Proposal::default() };
        let change = self.control.create_change(who, SHOP, proposal).await?;
        self.control.apply_change(who, SHOP, change.number, Apply::default()).await
    }

    /// A member, signed in.
    pub(crate) async fn member(&self, name: &str, role: Role) -> Principal {
        let new = NewMember { name: name.into(), email: None, role };
        let id = self.control.add_member(&self.ann, new).await.unwrap().id;
        let link = self.control.sign_in_link(&self.ann, &id).await.unwrap();
        self.control.sign_in(&link, &Visitor::default()).await.unwrap().principal
    }

    /// From now on an environment asks for so many approvals.
    pub(crate) async fn require(&self, environment: &str, approvals: u32) {
        let change =
            EnvironmentChange { required_approvals: Some(approvals), ..EnvironmentChange::default() };
        self.control.change_environment(&self.ann, SHOP, environment, change).await.unwrap();
    }

    /// From now on owners are asked in each environment.
    pub(crate) async fn ask_owners(&self) {
        for environment in ["production", "staging"] {
            let change = EnvironmentChange { owners_approve: Some(true), ..EnvironmentChange::default() };
            self.control.change_environment(&self.ann, SHOP, environment, change).await.unwrap();
        }
    }

    /// Proposes edits and sends them for review.
    pub(crate) async fn submit(&self, who: &Principal, edits: Value) -> ChangeView {
        let proposal = Proposal { edits: self::edits(edits), ..Proposal::default() };
        let number = self.control.create_change(who, SHOP, proposal).await.unwrap().number;
        let submission = Submission { reason: Some("why not".into()), ..Submission::default() };
        self.control.submit_change(who, SHOP, number, submission).await.unwrap()
    }

    /// Gives a verdict on what the change does now.
    pub(crate) async fn judge(
        &self,
        who: &Principal,
        number: u64,
        verdict: Verdict,
    ) -> Result<ChangeView, Error> {
        let difference = self.control.change(who, SHOP, number).await?.difference;
        let judgement = Judgement { verdict, note: String::new(), difference };
        self.control.review_change(who, SHOP, number, judgement).await
    }

    pub(crate) async fn revert(&self, number: u64) -> Result<RevisionView, Error> {
        applied(self.control.revert(&self.ann, SHOP, number, "", Mode::Write).await)
    }

    /// The store's state, a replay from zero, what is in memory and what a restart reads are one.
    pub(crate) async fn is_sound(&self) {
        let page = self.store.revisions(SHOP, &Query { limit: 10_000, ..Query::default() }).await.unwrap();
        let mut replayed = State::empty(self.state().environments);
        for revision in page.items.iter().rev() {
            assert_eq!(revision.number, replayed.revision + 1);
            replayed = replayed.after(revision);
        }
        assert_eq!(self.state(), replayed);
        assert_eq!(self.store.state(SHOP).await.unwrap(), replayed);
        let again = SqliteStore::open(&self.dir.path().join("switchyard.db")).await.unwrap();
        let again = Control::open(Arc::new(again), clock(&self.seconds)).await.unwrap();
        for environment in &replayed.environments {
            let published = self.control.snapshot(SHOP, environment).unwrap().current();
            let reread = again.snapshot(SHOP, environment).unwrap().current();
            assert!(!published.alters(&reread), "what is published is what the store has");
        }
    }
}

pub(crate) fn applied(outcome: Result<Outcome, Error>) -> Result<RevisionView, Error> {
    match outcome? {
        Outcome::Applied(revision) => Ok(*revision),
        other => panic!("was not applied: {other:?}"),
    }
}

pub(crate) fn edits(json: Value) -> Vec<Edit> {
    serde_json::from_value(json).unwrap()
}

pub(crate) fn manifests(json: Value) -> Vec<Manifest> {
    let all = json.as_array().unwrap().iter();
    all.map(|one| Manifest::from_json(one.clone(), Some("production")).unwrap()).collect()
}

pub(crate) fn on(flag: &str, environment: &str, on: bool) -> Value {
    json!([{
        "target": { "environment": environment, "kind": "targeting", "key": flag },
        "op": { "type": "setOn", "on": on },
    }])
}

pub(crate) fn serve(flag: &str, environment: &str, variation: i64) -> Value {
    json!([{
        "target": { "environment": environment, "kind": "targeting", "key": flag },
        "op": { "type": "setServe", "serve": { "variation": variation } },
    }])
}

pub(crate) fn weights(v1: u32, v2: u32) -> Value {
    json!([{
        "target": { "environment": "production", "kind": "route", "key": "checkout" },
        "op": { "type": "setWeights", "weights": { "v1": v1, "v2": v2 } },
    }])
}

pub(crate) fn delete(id: Value) -> Value {
    json!([{ "target": id, "op": { "type": "delete" } }])
}

pub(crate) fn flag(key: &str) -> Value {
    json!({
        "kind": "flag", "key": key, "type": "release",
        "variations": [{ "id": "new", "value": true }, { "id": "old", "value": false }],
        "clientSideAvailability": { "usingMobileKey": false, "usingEnvironmentId": false },
    })
}

pub(crate) fn targeting(key: &str) -> Value {
    json!({ "kind": "targeting", "key": key, "on": false, "offVariation": 1, "fallthrough": { "variation": 0 } })
}

fn shop() -> Value {
    let arm = |id: &str, weight| {
        let action = json!({ "type": "service", "service": "checkout", "subset": id });
        json!({ "id": id, "weight": weight, "action": action })
    };
    json!([
        flag("banner"),
        flag("search"),
        targeting("banner"),
        targeting("search"),
        { "kind": "service", "key": "checkout",
          "subsets": [{ "id": "v1", "endpoints": ["127.0.0.1:1"] }, { "id": "v2", "endpoints": ["127.0.0.1:2"] }] },
        { "kind": "listener", "key": "web",
          "mapping": { "contexts": [{ "kind": "user", "key": { "header": "x-user" } }] } },
        { "kind": "route", "key": "checkout", "listener": "web", "match": { "path": { "prefix": "/checkout" } },
          "split": { "by": "weight", "contextKind": "user", "bucketBy": "key",
                     "arms": [arm("v1", 90_000), arm("v2", 10_000)] } },
    ])
}
