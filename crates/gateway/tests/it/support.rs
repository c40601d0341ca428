//! A gateway over a made-up shop, upstreams, and a client that sees every byte.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use switchyard_contract::{Deliveries, DeliveryReport, Live, Publisher, publish};
use switchyard_gateway::{Gateway, GatewayConfig, Limits, Running};
use switchyard_model::{Resource, ResourceId, Scope, State};
use switchyard_snapshot::{Samples, Snapshot};
use switchyard_telemetry::{Place, Telemetry};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const SHOP: Place<'static> = Place { project: "shop", environment: "production" };

pub(crate) struct World {
    pub(crate) gateway: Running,
    pub(crate) telemetry: Telemetry,
    pub(crate) samples: Samples,
    pub(crate) reports: Arc<Reports>,
    pub(crate) live: Publisher<Live>,
    snapshots: Publisher<Snapshot>,
}

#[derive(Default)]
pub(crate) struct Reports(pub(crate) Mutex<Vec<DeliveryReport>>);

impl Deliveries for Reports {
    fn report(&self, report: DeliveryReport) {
        self.0.lock().unwrap().push(report);
    }
}

/// A snapshot of these resources and a listener `web` that knows users by `x-user` and does not believe
/// `x-plan`.
pub(crate) fn snapshot(revision: u64, resources: &[Value]) -> Snapshot {
    let mut state = State::empty(["production".into()]);
    let listener = json!({"kind": "listener", "key": "web", "mapping": {
        "contexts": [{"kind": "user", "key": {"header": "x-user"}}], "untrustedHeaders": ["x-plan"]}});
    for json in [&listener].into_iter().chain(resources) {
        let resource = Resource::from_json(json.clone()).unwrap();
        let scope = match resource.kind().is_project_scoped() {
            true => Scope::Project,
            false => Scope::Environment("production".into()),
        };
        let id = ResourceId { scope, kind: resource.kind(), key: resource.key().clone() };
        state.set(id, Some(Arc::new(resource)), revision);
    }
    state.revision = revision;
    Snapshot::compile("shop", "production", &state).unwrap()
}

impl World {
    pub(crate) fn start(resources: &[Value]) -> World {
        World::with(resources, |_| {})
    }

    pub(crate) fn with(resources: &[Value], limit: impl FnOnce(&mut Limits)) -> World {
        let mut config = GatewayConfig::new(([127, 0, 0, 1], 0).into(), "web", "gateway-1");
        limit(&mut config.limits);
        let (snapshots, snapshot) = publish(snapshot(412, resources));
        let (live, lively) = publish(Live::default());
        let (telemetry, reports) = (Telemetry::new(), Arc::new(Reports::default()));
        let samples = Samples::default();
        let gateway =
            Gateway::start(config, snapshot, lively, telemetry.clone(), &samples, reports.clone()).unwrap();
        World { gateway, telemetry, samples, reports, live, snapshots }
    }

    pub(crate) fn publish(&self, revision: u64, resources: &[Value]) {
        self.snapshots.send(Arc::new(snapshot(revision, resources)));
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.gateway.address).await
    }

    /// One request with `Host: shop`, on a connection of its own.
    pub(crate) async fn get(&self, path: &str, headers: &str) -> Reply {
        self.client().await.get(path, headers).await
    }

    /// Requests of an arm in the last minute.
    pub(crate) fn requests(&self, route: &str, arm: &str) -> u64 {
        let totals = self.telemetry.route_totals(SHOP, route, 60, jiff::Timestamp::now());
        totals.arms.iter().find(|found| found.arm == arm).map_or(0, |found| found.requests)
    }
}

pub(crate) fn service(key: &str, endpoints: &[SocketAddr]) -> Value {
    let endpoints: Vec<_> = endpoints.iter().map(SocketAddr::to_string).collect();
    json!({"kind": "service", "key": key, "subsets": [{"id": "v1", "endpoints": endpoints}]})
}

pub(crate) fn to(service: &str) -> Value {
    json!({"type": "service", "service": service, "subset": "v1"})
}

pub(crate) fn fixed(body: &str) -> Value {
    json!({"type": "fixed", "status": 200, "body": body})
}

/// A route with one arm for everything below `prefix`.
pub(crate) fn route(key: &str, prefix: &str, action: Value) -> Value {
    json!({"kind": "route", "key": key, "listener": "web", "match": {"path": {"prefix": prefix}},
        "split": {"by": "weight", "arms": [{"id": "all", "weight": 100_000, "action": action}]}})
}

/// A client that writes what it is told, byte by byte.
pub(crate) struct Client {
    pub(crate) stream: BufReader<TcpStream>,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| &**value)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Client {
        Client { stream: BufReader::new(TcpStream::connect(address).await.unwrap()) }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    pub(crate) async fn get(&mut self, path: &str, headers: &str) -> Reply {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: shop\r\n{headers}\r\n")).await;
        self.reply().await.expect("an answer")
    }

    pub(crate) async fn reply(&mut self) -> Option<Reply> {
        self.reply_to("GET").await
    }

    /// The next answer; `None` where the connection is over.
    pub(crate) async fn reply_to(&mut self, method: &str) -> Option<Reply> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
        let pairs = lines[1..].iter().map(|line| line.split_once(':').unwrap());
        let headers = pairs.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
        let mut reply = Reply { status, headers, body: vec![] };
        if method == "HEAD" || status < 200 || status == 204 || status == 304 {
            return Some(reply);
        }
        if let Some(length) = reply.header("content-length") {
            reply.body = vec![0; length.parse().unwrap()];
            self.stream.read_exact(&mut reply.body).await.ok()?;
        } else if reply.header("transfer-encoding").is_some() {
            loop {
                let mut size = String::new();
                self.stream.read_line(&mut size).await.ok()?;
                let size = usize::from_str_radix(size.trim(), 16).ok()?;
                let mut chunk = vec![0; size + 2];
                self.stream.read_exact(&mut chunk).await.ok()?;
                if size == 0 {
                    break;
                }
                reply.body.extend_from_slice(&chunk[..size]);
            }
        }
        Some(reply)
    }

    /// Waits until the gateway closes the connection.
    pub(crate) async fn closed(&mut self) {
        let mut rest = Vec::new();
        // Closed with a reset is closed too.
        let _ = self.stream.read_to_end(&mut rest).await;
    }
}

pub(crate) type Answer = Response<BoxBody<Bytes, hyper::Error>>;

pub(crate) fn text(body: impl Into<Bytes>) -> Answer {
    use http_body_util::BodyExt;
    Response::new(Full::new(body.into()).map_err(|never| match never {}).boxed())
}

/// An upstream and how many connections it had.
pub(crate) async fn upstream<F, A>(answer: F) -> (SocketAddr, Arc<AtomicUsize>)
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + 'static,
    A: Future<Output = Answer> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let answer = answer.clone();
            let service = service_fn(move |request| {
                let answered = answer(request);
                async { Ok::<_, hyper::Error>(answered.await) }
            });
            let connection = hyper::server::conn::http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
        }
    });
    (address, connections)
}

/// Answers with the request as it arrived: line, then headers.
pub(crate) async fn mirror() -> (SocketAddr, Arc<AtomicUsize>) {
    upstream(|request| async move {
        let mut seen = format!("{} {}\n", request.method(), request.uri());
        for (name, value) in request.headers() {
            seen += &format!("{name}: {}\n", value.to_str().unwrap());
        }
        text(seen)
    })
    .await
}

/// An address that nobody listens on.
pub(crate) async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

pub(crate) const SOON: Duration = Duration::from_millis(60);
