//! A server with the shop, and clients of it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use switchyard_control::{Control, Environment, HookSettings, KeyKind, system_clock};
use switchyard_http::{Doors, Faces, Flagd, Proxies, doors};
use switchyard_model::access::Role;
use switchyard_store::SqliteStore;
use switchyard_telemetry::Telemetry;
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;

/// Every role's word, weakest first; a token's name is its role's.
pub(crate) const ROLES: [(&str, Role); 5] = [
    ("viewer", Role::Viewer),
    ("product", Role::Product),
    ("developer", Role::Developer),
    ("operator", Role::Operator),
    ("admin", Role::Admin),
];

/// Production's server-side key.
pub(crate) const SDK_KEY: &str = "sdk-test-production";

/// Production's mobile key.
pub(crate) const MOBILE_KEY: &str = "mob-test-production";

/// Production's public id.
pub(crate) const CLIENT_SIDE_ID: &str = "0123456789abcdef01234567";

/// Where people reach the page.
const PUBLIC_URL: &str = "http://switchyard.example";

/// The shop's API.
pub(crate) const SHOP: &str = "/api/v1/projects/shop";

/// The secret of a role's token.
pub(crate) fn secret(role: &str) -> String {
    format!("api-test-{role}")
}

/// A server with the shop at revision 1, one admin called Ada, and a token for each role.
pub(crate) struct House {
    pub(crate) telemetry: Telemetry,
    pub(crate) control: Control,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) router: axum::Router,
    pub(crate) flagd: Flagd,
    stopping: watch::Sender<bool>,
    folder: TempDir,
}

impl House {
    pub(crate) async fn new() -> House {
        House::at(PUBLIC_URL).await
    }

    /// Where people reach it under this URL.
    pub(crate) async fn at(public_url: &str) -> House {
        let house = House::open(tempfile::tempdir().unwrap(), public_url).await;
        let control = &house.control;
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
        control.ensure_project("shop", "Shop", environments).await.unwrap();
        control.ensure_admin("Ada").await.unwrap();
        for (name, role) in ROLES {
            control.ensure_token(name, role, &secret(name)).await.unwrap();
        }
        for (kind, secret) in
            [(KeyKind::Sdk, SDK_KEY), (KeyKind::Mobile, MOBILE_KEY), (KeyKind::ClientSide, CLIENT_SIDE_ID)]
        {
            control.ensure_key("shop", "production", kind, secret).await.unwrap();
        }
        let shop = switchyard_testkit::manifests(&switchyard_testkit::shop());
        control.set_up("shop", shop, "Set up").await.unwrap();
        house
    }

    /// The same server, started again.
    pub(crate) async fn restarted(self) -> House {
        let House { folder, .. } = self;
        House::open(folder, PUBLIC_URL).await
    }

    /// Tells it to drain.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Turns true when it is told to drain.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    async fn open(folder: TempDir, public_url: &str) -> House {
        let store = Arc::new(SqliteStore::open(&folder.path().join("switchyard.db")).await.unwrap());
        let control = Control::open(store.clone(), system_clock()).await.unwrap();
        let public_url = public_url.to_owned();
        control.set_up_hooks(HookSettings { key: [7; 32], private: false, public_url: public_url.clone() });
        let (stopping, stop) = watch::channel(false);
        let telemetry = Telemetry::new();
        let faces = Faces {
            control: control.clone(),
            telemetry: telemetry.clone(),
            live: HashMap::new(),
            page: None,
            public_url,
            provider: None,
            proxies: Proxies::read(["10.0.0.0/8"]).unwrap(),
            stopping: stop,
        };
        let Doors { http: router, flagd } = doors(faces);
        House { telemetry, control, store, router, flagd, stopping, folder }
    }

    /// Sends a request as it is.
    pub(crate) async fn raw(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body: body.to_vec() }
    }

    /// Sends JSON, or nothing where `body` is null, with the role's token and these headers.
    pub(crate) async fn with(
        &self,
        role: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let token = format!("Bearer {}", secret(role));
        let headers = [headers, &[("authorization", &*token)]].concat();
        self.anybody(method, path, &headers, body).await
    }

    /// Sends JSON, or nothing where `body` is null, with no more than these headers.
    pub(crate) async fn anybody(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Value::Null => request.body(Body::empty()),
            body => request.header(header::CONTENT_TYPE, "application/json").body(body.to_string().into()),
        };
        self.raw(request.unwrap()).await
    }

    pub(crate) async fn send(&self, role: &str, method: &str, path: &str, body: Value) -> Answer {
        self.with(role, method, path, &[], &body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("viewer", "GET", path, Value::Null).await
    }

    /// The project's newest revision.
    pub(crate) async fn head(&self) -> u64 {
        self.get("/api/v1/session").await.json()["projects"][0]["head"].as_u64().unwrap()
    }

    /// Makes a draft of edits and applies it; the revision.
    pub(crate) async fn apply(&self, role: &str, edits: Value) -> Value {
        let draft = self.send(role, "POST", &format!("{SHOP}/changes"), json!({"edits": edits})).await;
        assert_eq!(draft.status, 201, "{}", draft.text());
        let path = format!("{SHOP}/changes/{}/apply", draft.json()["number"]);
        let applied = self.send(role, "POST", &path, Value::Null).await;
        assert_eq!(applied.status, 200, "{}", applied.text());
        applied.json()
    }

    /// Listens on a port of its own until the test ends.
    pub(crate) async fn listen(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        address
    }
}

/// An edit of a targeting in production.
pub(crate) fn aim(flag: &str, op: Value) -> Value {
    json!({"target": {"kind": "targeting", "environment": "production", "key": flag}, "op": op})
}

/// The edit that turns a flag on or off in production.
pub(crate) fn switch(flag: &str, on: bool) -> Value {
    aim(flag, json!({"type": "setOn", "on": on}))
}

/// What a server answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {:?}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The places of all problems.
    pub(crate) fn paths(&self) -> Vec<String> {
        let json: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let problems = json["problems"].as_array().cloned().unwrap_or_default();
        problems.iter().map(|problem| problem["path"].as_str().unwrap_or_default().to_owned()).collect()
    }
}
