//! States and requests in few words.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use switchyard_model::{Manifest, ResourceId, State};
use switchyard_snapshot::{RequestView, Snapshot};

pub(crate) const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// A state of project `shop` with environment `production`, built up one revision at a time.
pub(crate) struct World {
    pub(crate) state: State,
    touched: Vec<(u64, ResourceId)>,
}

impl World {
    pub(crate) fn new() -> Self {
        World { state: State::empty(["production".into()]), touched: vec![] }
    }

    /// Puts resources as one revision.
    pub(crate) fn put(&mut self, manifests: Value) -> &mut Self {
        self.state.revision += 1;
        for manifest in list(manifests) {
            let manifest = Manifest::from_json(manifest, Some("production")).unwrap();
            self.touched.push((self.state.revision, manifest.id()));
            self.state.set(manifest.id(), Some(Arc::new(manifest.resource)), self.state.revision);
        }
        self
    }

    /// Takes a resource away as one revision.
    pub(crate) fn delete(&mut self, id: ResourceId) -> &mut Self {
        self.state.revision += 1;
        self.touched.push((self.state.revision, id.clone()));
        self.state.set(id, None, self.state.revision);
        self
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot::compile("shop", "production", &self.state).unwrap()
    }

    /// The snapshot after an earlier one of this world.
    pub(crate) fn after(&self, earlier: &Snapshot) -> Snapshot {
        let since = self.touched.iter().filter(|(revision, _)| *revision > earlier.revision);
        let touched: Vec<ResourceId> = since.map(|(_, id)| id.clone()).collect();
        earlier.after(&self.state, &touched).unwrap()
    }
}

fn list(manifests: Value) -> Vec<Value> {
    match manifests {
        Value::Array(all) => all,
        one => vec![one],
    }
}

/// A world of manifests, at revision 1.
pub(crate) fn world(manifests: Value) -> World {
    let mut world = World::new();
    world.put(manifests);
    world
}

/// A flag with variations `old` (false) and `new` (true).
pub(crate) fn flag(key: &str) -> Value {
    json!({"kind": "flag", "key": key, "variations": [
        {"id": "old", "value": false}, {"id": "new", "value": true}]})
}

/// Targeting that is on, with more fields.
pub(crate) fn targeting(key: &str, more: Value) -> Value {
    let mut targeting = json!({"kind": "targeting", "key": key, "on": true, "offVariation": 0,
        "fallthrough": {"variation": 0}});
    merge(&mut targeting, more);
    targeting
}

/// A listener `web` that takes users from `x-user` and believes no `x-forged`.
pub(crate) fn listener() -> Value {
    json!({"kind": "listener", "key": "web", "mapping": {
        "contexts": [{"kind": "user", "key": {"header": "x-user"}, "attributes": [
            {"name": "plan", "from": {"cookie": "plan"}}]}],
        "untrustedHeaders": ["X-Forged"]}})
}

/// A route of listener `web` that answers with its own key.
pub(crate) fn route(key: &str, matches: Value) -> Value {
    json!({"kind": "route", "key": key, "listener": "web", "match": matches, "split": {
        "by": "weight", "arms": [{"id": "only", "weight": 100_000, "action":
            {"type": "fixed", "status": 200, "body": key}}]}})
}

/// A service with subsets `v1` and `v2`.
pub(crate) fn service(key: &str) -> Value {
    json!({"kind": "service", "key": key, "subsets": [
        {"id": "v1", "endpoints": ["127.0.0.1:1001", "localhost:1002"]}, {"id": "v2"}]})
}

/// An action to a subset.
pub(crate) fn to(service: &str, subset: &str) -> Value {
    json!({"type": "service", "service": service, "subset": subset})
}

pub(crate) fn merge(into: &mut Value, more: Value) {
    for (field, value) in more.as_object().unwrap() {
        into[field] = value.clone();
    }
}

/// A request's head.
pub(crate) struct Request {
    method: String,
    host: String,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
}

/// Reads `GET shop.example/checkout?x=1`, with headers.
pub(crate) fn request(line: &str, headers: &[(&str, &str)]) -> Request {
    let (method, url) = line.split_once(' ').unwrap();
    let (rest, query) = match url.split_once('?') {
        Some((rest, query)) => (rest, Some(query.to_owned())),
        None => (url, None),
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Request {
        method: method.into(),
        host: host.into(),
        path: path.into(),
        query,
        headers: header_map(headers),
    }
}

pub(crate) fn header_map(headers: &[(&str, &str)]) -> HeaderMap {
    headers
        .iter()
        .map(|(n, v)| (n.parse::<HeaderName>().unwrap(), v.parse::<HeaderValue>().unwrap()))
        .collect::<Vec<_>>()
        .into_iter()
        .fold(HeaderMap::new(), |mut map, (name, value)| {
            map.append(name, value);
            map
        })
}

impl Request {
    pub(crate) fn view(&self) -> RequestView<'_> {
        RequestView {
            method: &self.method,
            host: &self.host,
            path: &self.path,
            query: self.query.as_deref(),
            headers: &self.headers,
            peer: PEER,
        }
    }
}
