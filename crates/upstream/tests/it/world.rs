//! A server that follows, and a Switchyard to be followed.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use switchyard_control::{
    Apply, Control, Environment, Error, HookSettings, KeyKind, Outcome, Principal, Proposal, RevisionView,
    UpstreamDraft, UpstreamState, UpstreamView, system_clock,
};
use switchyard_http::{Faces, router};
use switchyard_model::{Edit, Manifest, Resource, ResourceId};
use switchyard_store::SqliteStore;
use switchyard_telemetry::Telemetry;
use switchyard_upstream::{Pace, Parts};
use tempfile::TempDir;
use tokio::net::TcpSocket;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) const SHOP: &str = "shop";
pub(crate) const SDK_KEY: &str = "sdk-of-the-upstream-0001";

/// Quick enough for a test, and long enough to end in it only where that is meant.
pub(crate) const PACE: Pace = Pace {
    first: Duration::from_millis(20),
    longest: Duration::from_millis(20),
    held: Duration::from_secs(3600),
    patience: Duration::from_secs(30),
    silence: Duration::from_secs(30),
};

/// A server with a project of two environments.
pub(crate) struct World {
    pub(crate) control: Control,
    pub(crate) ann: Principal,
    running: Option<(watch::Sender<bool>, JoinHandle<()>)>,
    serving: Option<Runtime>,
    dir: TempDir,
}

impl World {
    pub(crate) async fn new() -> World {
        let world = World::open(tempfile::tempdir().unwrap()).await;
        let environment = |key: &str| Environment {
            key: key.into(),
            name: key.into(),
            production: key == "production",
            required_approvals: 0,
            approvals_from: vec![],
            owners_approve: false,
            freezes: vec![],
        };
        let environments = ["production", "staging"].map(environment).into();
        world.control.ensure_project(SHOP, "Shop", environments).await.unwrap();
        world.control.ensure_key(SHOP, "production", KeyKind::Sdk, SDK_KEY).await.unwrap();
        world
    }

    /// The same one as it is after the power was cut.
    pub(crate) async fn cut(mut self) -> World {
        if let Some((_, task)) = self.running.take() {
            task.abort();
        }
        let dir = std::mem::replace(&mut self.dir, tempfile::tempdir().unwrap());
        World::open(dir).await
    }

    async fn open(dir: TempDir) -> World {
        let store = Arc::new(SqliteStore::open(&dir.path().join("switchyard.db")).await.unwrap());
        let control = Control::open(store, system_clock()).await.unwrap();
        control.set_up_hooks(HookSettings { key: [7; 32], private: true, public_url: String::new() });
        World { control, ann: Principal::switchyard(), running: None, serving: None, dir }
    }

    /// Begins to listen to what is followed.
    pub(crate) fn run(mut self, pace: Pace) -> World {
        let (stop, stopping) = watch::channel(false);
        let parts = Parts { control: self.control.clone(), private: true, pace };
        self.running = Some((stop, tokio::spawn(switchyard_upstream::run(parts, stopping))));
        self
    }

    /// Serves SDKs, at an address that was had before or at any.
    pub(crate) async fn serve(&mut self, at: Option<SocketAddr>) -> SocketAddr {
        // On a runtime of its own, which can die with all its connections as a process does.
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let control = self.control.clone();
        let (tell, bound) = tokio::sync::oneshot::channel();
        runtime.spawn(async move {
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_reuseaddr(true).unwrap();
            socket.bind(at.unwrap_or_else(|| "127.0.0.1:0".parse().unwrap())).unwrap();
            let listener = socket.listen(64).unwrap();
            let at = listener.local_addr().unwrap();
            // Kept for as long as it serves.
            let (_stop, stopping) = watch::channel(false);
            let faces = Faces {
                control,
                telemetry: Telemetry::new(),
                live: HashMap::new(),
                page: None,
                public_url: format!("http://{at}"),
                provider: None,
                proxies: switchyard_http::Proxies::default(),
                stopping,
            };
            tell.send(at).unwrap();
            let service = router(faces).into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, service).await.unwrap();
        });
        self.serving = Some(runtime);
        bound.await.unwrap()
    }

    /// Serves no more; what was connected is cut off.
    pub(crate) fn die(&mut self) {
        self.serving.take().unwrap().shutdown_background();
    }

    pub(crate) async fn follow(&self, environment: &str, uri: &str) -> UpstreamView {
        let draft = UpstreamDraft { uri: uri.into(), sdk_key: Some(SDK_KEY.into()) };
        self.control.follow_upstream(&self.ann, SHOP, environment, draft).await.unwrap()
    }

    pub(crate) async fn view(&self, environment: &str) -> UpstreamView {
        self.control.upstream(&self.ann, SHOP, environment).await.unwrap()
    }

    /// Waits until this is true of how the upstream stands.
    pub(crate) async fn stands(&self, environment: &str, is: impl Fn(&UpstreamView) -> bool) -> UpstreamView {
        loop {
            let view = self.view(environment).await;
            if is(&view) {
                return view;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn follows(&self, environment: &str) -> UpstreamView {
        self.stands(environment, |view| state(view) == Some(UpstreamState::Following)).await
    }

    pub(crate) async fn lost(&self, environment: &str) -> UpstreamView {
        self.stands(environment, |view| state(view) == Some(UpstreamState::Lost)).await
    }

    /// Waits until this is true of a resource.
    pub(crate) async fn becomes(&self, id: &ResourceId, is: impl Fn(Option<&Resource>) -> bool) {
        while !is(self.resource(id).as_ref()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn resource(&self, id: &ResourceId) -> Option<Resource> {
        let state = self.control.state(&self.ann, SHOP).unwrap();
        state.get(id).map(|found| (*found.resource).clone())
    }

    /// Where the database is.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub(crate) fn head(&self) -> u64 {
        self.control.project(&self.ann, SHOP).unwrap().head
    }

    pub(crate) async fn revision(&self, number: u64) -> RevisionView {
        self.control.revision(&self.ann, SHOP, number).await.unwrap()
    }

    pub(crate) async fn put(&self, resources: Value) -> Outcome {
        let read = |json: &Value| Manifest::from_json(json.clone(), Some("production")).unwrap();
        let manifests = resources.as_array().unwrap().iter().map(read).collect();
        self.control.set_up(SHOP, manifests, "Put").await.unwrap()
    }

    pub(crate) async fn apply(&self, edits: Value) -> Result<RevisionView, Error> {
        let edits =
            edits.as_array().unwrap().iter().map(|edit| Edit::from_json(edit.clone()).unwrap()).collect();
        let proposal = Proposal { edits, ..Proposal::default() };
        let change = self.control.create_change(&self.ann, SHOP, proposal).await.unwrap();
        self.control.apply_change(&self.ann, SHOP, change.number, Apply::default()).await
    }
}

pub(crate) fn state(view: &UpstreamView) -> Option<UpstreamState> {
    view.seen.as_ref().map(|seen| seen.state)
}

pub(crate) fn left_out(view: &UpstreamView) -> Vec<String> {
    let told = |left: &switchyard_control::LeftOut| {
        let how = if left.taken {
            "taken"
        } else if left.stays {
            "stays"
        } else {
            "not here"
        };
        format!("{} {how}: {}", left.key, left.reasons.join("; "))
    };
    view.seen.iter().flat_map(|seen| &seen.left_out).map(told).collect()
}

pub(crate) fn targeting(key: &str) -> ResourceId {
    ResourceId::environment("production", switchyard_model::Kind::Targeting, key)
}

pub(crate) fn flag(key: &str) -> ResourceId {
    ResourceId::project(switchyard_model::Kind::Flag, key)
}

pub(crate) fn segment(key: &str) -> ResourceId {
    ResourceId::environment("production", switchyard_model::Kind::Segment, key)
}

pub(crate) fn is_on(resource: Option<&Resource>) -> bool {
    matches!(resource, Some(Resource::Targeting(targeting)) if targeting.on)
}

impl Drop for World {
    fn drop(&mut self) {
        // A runtime may not wait for its end within another.
        if let Some(runtime) = self.serving.take() {
            runtime.shutdown_background();
        }
    }
}

/// A boolean flag as a resource here.
pub(crate) fn plain(key: &str) -> Value {
    json!({ "kind": "flag", "key": key, "variations": [{ "id": "on", "value": true }, { "id": "off", "value": false }] })
}

pub(crate) fn aimed(key: &str, on: bool) -> Value {
    json!({ "kind": "targeting", "key": key, "on": on, "offVariation": 1, "fallthrough": { "variation": 0 } })
}

pub(crate) fn switch(environment: &str, key: &str, on: bool) -> Value {
    json!([{ "target": { "environment": environment, "kind": "targeting", "key": key }, "op": { "type": "setOn", "on": on } }])
}
