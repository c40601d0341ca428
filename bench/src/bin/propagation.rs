//! From the API's answer to the effect: at the gateway, and at connected SDK streams.
//!
//! Starts the product, connects 100 streams as a LaunchDarkly SDK does, then flips a flag and measures, from the
//! moment the API has answered: until the gateway's next request is decided by the new revision, and until each
//! stream has the patch. Loopback only; 200 flips.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use switchyard_bench::product::{Failure, Product, exchange, quantile};

const STREAMS: usize = 100;
const FLIPS: usize = 200;

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
        let (revision, answered) = change(&product, percent, &mark)?;
        gateway.push(seen_at_gateway(&product, &mark, answered)?);
        streams.extend(seen_at_streams(&received, revision, answered)?);
    }
    report("gateway", gateway);
    report(&format!("{STREAMS} SDK streams"), streams);
    Ok(())
}

fn report(name: &str, mut all: Vec<Duration>) {
    let (p50, p99, max) = (quantile(&mut all, 0.5), quantile(&mut all, 0.99), quantile(&mut all, 1.0));
    let measured = all.len();
    println!(
        "{name}: answer → effect p50 {p50:.2} ms, p99 {p99:.2} ms, max {max:.2} ms ({measured} measured)"
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

/// Changes a flag and a route that answers `mark` by itself, in one change; answers the revision and when the answer
/// was there.
fn change(product: &Product, percent: u32, mark: &str) -> Result<(u64, Instant), Failure> {
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
    product.apply(&[edit, route])
}

/// Asks the gateway until it answers what this flip's revision says.
fn seen_at_gateway(product: &Product, mark: &str, answered: Instant) -> Result<Duration, Failure> {
    let asked = "GET /mark HTTP/1.1\r\nHost: bench.example\r\nConnection: close\r\n\r\n";
    let until = answered + Duration::from_secs(5);
    while Instant::now() < until {
        let (at, answer) = exchange(&product.gateway, asked)?;
        if answer.ends_with(mark) {
            return Ok(at.saturating_duration_since(answered));
        }
    }
    Err(format!("the gateway never answered {mark}").into())
}
