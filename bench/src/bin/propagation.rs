//! From the API's answer to the effect: at the gateway, and at connected SDK streams.
//!
//! Starts the product, connects 100 streams as a LaunchDarkly SDK does, then flips a flag and measures, from the
//! moment the API has answered: until the gateway's next request is decided by the new revision, and until each
//! stream has the patch. Loopback only; 200 flips.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const STREAMS: usize = 100;
const FLIPS: usize = 200;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let product = Product::start()?;
    let (sender, received) = channel();
    let (ready, readied) = channel();
    for _ in 0..STREAMS {
        let (url, key, sender, ready) =
            (product.api.clone(), product.sdk_key.clone(), sender.clone(), ready.clone());
        std::thread::spawn(move || stream(&url, &key, &ready, &sender));
    }
    for _ in 0..STREAMS {
        readied.recv_timeout(Duration::from_secs(10)).map_err(|_| "not every stream got its first put")?;
    }
    let (mut gateway, mut streams) = (vec![], vec![]);
    for flip in 0..FLIPS {
        let percent = if flip % 2 == 0 { 50_000 } else { 10_000 };
        let mark = format!("mark-{flip}");
        let (revision, answered) = product.flip(percent, &mark)?;
        gateway.push(product.seen_at_gateway(&mark, answered)?);
        streams.extend(seen_at_streams(&received, revision, answered)?);
    }
    report("gateway", gateway);
    report(&format!("{STREAMS} SDK streams"), streams);
    Ok(())
}

fn report(name: &str, mut all: Vec<Duration>) {
    all.sort_unstable();
    let at = |q: f64| all[((all.len() - 1) as f64 * q) as usize].as_secs_f64() * 1_000.0;
    println!(
        "{name}: answer → effect p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms ({} measured)",
        at(0.5),
        at(0.99),
        at(1.0),
        all.len()
    );
}

/// Reads one SDK stream: says when the first `put` is there, then each later version and when it came.
fn stream(api: &str, key: &str, ready: &Sender<()>, sender: &Sender<(u64, Instant)>) {
    let Ok(mut socket) = TcpStream::connect(api) else { return };
    // HTTP/1.0 has no chunks, so that lines are whole.
    let asked = format!("GET /all HTTP/1.0\r\nHost: {api}\r\nAuthorization: {key}\r\n\r\n");
    if socket.write_all(asked.as_bytes()).is_err() {
        return;
    }
    for line in BufReader::new(socket).lines().map_while(Result::ok) {
        let now = Instant::now();
        let Some(data) = line.strip_prefix("data:") else { continue };
        let Ok(message) = serde_json::from_str::<Value>(data) else { continue };
        match message["data"]["version"].as_u64() {
            Some(version) => drop(sender.send((version, now))),
            None => drop(ready.send(())),
        }
    }
}

/// How long after the answer each stream had it; zero where it came before the answer did.
fn seen_at_streams(
    received: &Receiver<(u64, Instant)>,
    revision: u64,
    answered: Instant,
) -> Result<Vec<Duration>, Failure> {
    let mut seen = vec![];
    while seen.len() < STREAMS {
        let (version, at) = received
            .recv_timeout(Duration::from_secs(5))
            .map_err(|_| format!("only {} of {STREAMS} streams had r{revision}", seen.len()))?;
        if version == revision {
            seen.push(at.saturating_duration_since(answered));
        }
    }
    Ok(seen)
}

/// The product, started for this run and ended with it.
struct Product {
    process: Child,
    data: PathBuf,
    api: String,
    gateway: String,
    token: String,
    sdk_key: String,
}

impl Product {
    fn start() -> Result<Self, Failure> {
        let binary = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/switchyard");
        let data = std::env::temp_dir().join(format!("switchyard-bench-{}", std::process::id()));
        let mut process = Command::new(binary)
            .args(["dev", "--port", "0", "--gateway-port", "0", "--data"])
            .arg(&data)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{binary}: {e}; `make build` first"))?;
        let out = process.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(out).lines();
        if !lines.any(|line| line.is_ok_and(|line| line.starts_with("ready"))) {
            return Err("the product did not become ready".into());
        }
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let dev: Value = serde_json::from_slice(&std::fs::read(data.join("dev.json"))?)?;
        let text = |field: &str| dev[field].as_str().unwrap_or_default().to_owned();
        let address = |field: &str| text(field).trim_start_matches("http://").to_owned();
        Ok(Product {
            process,
            data,
            api: address("url"),
            gateway: address("gatewayUrl"),
            token: text("token"),
            sdk_key: text("sdkKey"),
        })
    }

    /// Changes a flag and a route that answers `mark` by itself, in one change; answers the revision and when the answer was there.
    fn flip(&self, percent: u32, mark: &str) -> Result<(u64, Instant), Failure> {
        let rollout = json!({ "contextKind": "user", "variations": [
            { "variation": 0, "weight": percent }, { "variation": 1, "weight": 100_000 - percent } ] });
        let edit = json!({
            "target": { "environment": "production", "kind": "targeting", "key": "checkout-v2" },
            "op": { "type": "setServe", "serve": { "rollout": rollout } },
        });
        let arm = json!({ "id": "mark", "weight": 100_000, "action": { "type": "fixed", "status": 200, "body": mark } });
        let route = json!({
            "target": { "environment": "production", "kind": "route", "key": "bench" },
            "op": { "type": "put", "resource": { "kind": "route", "key": "bench", "listener": "public",
                "match": { "hosts": ["bench.example"] }, "split": { "by": "weight", "arms": [arm] } } },
        });
        let change = self.post("/api/v1/projects/shop/changes", &json!({ "edits": [edit, route] }))?.1;
        let path = format!("/api/v1/projects/shop/changes/{}/apply", change["number"]);
        let (answered, revision) = self.post(&path, &json!({}))?;
        let number = revision["number"].as_u64().ok_or_else(|| format!("not applied: {revision}"))?;
        Ok((number, answered))
    }

    fn post(&self, path: &str, body: &Value) -> Result<(Instant, Value), Failure> {
        let body = body.to_string();
        let asked = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.api,
            self.token,
            body.len()
        );
        let (at, answer) = exchange(&self.api, &asked)?;
        let start = answer.find("\r\n\r\n").ok_or("no answer")? + 4;
        Ok((at, serde_json::from_str(&answer[start..])?))
    }

    /// Asks the gateway until it answers what this flip's revision says.
    fn seen_at_gateway(&self, mark: &str, answered: Instant) -> Result<Duration, Failure> {
        let asked = "GET /mark HTTP/1.1\r\nHost: bench.example\r\nConnection: close\r\n\r\n";
        let until = answered + Duration::from_secs(5);
        while Instant::now() < until {
            let (at, answer) = exchange(&self.gateway, asked)?;
            if answer.ends_with(mark) {
                return Ok(at.saturating_duration_since(answered));
            }
        }
        Err(format!("the gateway never answered {mark}").into())
    }
}

/// Sends a request and reads its answer to the end; says when the first byte was there.
fn exchange(to: &str, asked: &str) -> Result<(Instant, String), Failure> {
    let mut socket = TcpStream::connect(to)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(Duration::from_secs(10)))?;
    socket.write_all(asked.as_bytes())?;
    let mut answer = vec![0; 1];
    socket.read_exact(&mut answer)?;
    let at = Instant::now();
    socket.read_to_end(&mut answer)?;
    Ok((at, String::from_utf8_lossy(&answer).into_owned()))
}

impl Drop for Product {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}
