//! How many evaluations a second are counted from SDKs' summary events, and what it costs.
//!
//! Starts the product with 100 flags and sends it summaries over two connections, one behind the other on each, as SDKs
//! do: every flag with two variations, ten evaluations each. Says evaluations a second by the clock, and by second of
//! the product's own processor time: that is what one core counts. Loopback only; ten seconds.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use switchyard_bench::product::{Failure, Product};

const FLAGS: usize = 100;
const COUNT: u64 = 10;
const CONNECTIONS: usize = 2;
const TIME: Duration = Duration::from_secs(10);

fn main() -> Result<(), Failure> {
    let product = Product::empty()?;
    product.apply(&(0..FLAGS).map(flag).collect::<Vec<_>>())?;
    let body: Arc<str> = summary().to_string().into();
    let counters = (FLAGS * 2) as u64;
    let payloads = Arc::new(AtomicU64::new(0));
    let (began, spent) = (Instant::now(), product.processor()?);
    let senders: Vec<_> = (0..CONNECTIONS)
        .map(|n| {
            let (api, key) = (product.api.clone(), product.sdk_key.clone());
            let (body, payloads) = (body.clone(), payloads.clone());
            std::thread::spawn(move || send(&api, &key, n, &body, &payloads, began + TIME))
        })
        .collect();
    for sender in senders {
        sender.join().map_err(|_| "a sender failed")??;
    }
    let (took, cost) = (began.elapsed().as_secs_f64(), product.processor()? - spent);
    let payloads = payloads.load(Ordering::Relaxed);
    let evaluations = payloads * counters * COUNT;
    println!(
        "{payloads} payloads of {} bytes with {counters} counters, {CONNECTIONS} connections",
        body.len()
    );
    println!("by the clock:          {:>12.0} evaluations a second", evaluations as f64 / took);
    println!("by its processor time: {:>12.0} evaluations a second of one core", evaluations as f64 / cost);
    println!(
        "                       {:>12.0} counters a second of one core",
        (payloads * counters) as f64 / cost
    );
    println!("memory at most:        {:>12} KiB", product.memory()?.most / 1024);
    Ok(())
}

fn flag(n: usize) -> Value {
    let key = format!("flag-{n}");
    let variations = json!([{"id": "on", "value": true}, {"id": "off", "value": false}]);
    let resource = json!({"kind": "flag", "key": key, "variations": variations});
    json!({"target": {"kind": "flag", "key": key}, "op": {"type": "put", "resource": resource}})
}

fn summary() -> Value {
    let counter = |variation: usize| json!({"variation": variation, "version": 2, "value": variation == 0, "count": COUNT});
    let feature = json!({"default": false, "contextKinds": ["user"], "counters": [counter(0), counter(1)]});
    let features: Map<String, Value> = (0..FLAGS).map(|n| (format!("flag-{n}"), feature.clone())).collect();
    json!([{"kind": "summary", "startDate": 1, "endDate": 2, "features": features}])
}

/// Sends payload after payload on one connection.
fn send(api: &str, key: &str, n: usize, body: &str, sent: &AtomicU64, until: Instant) -> Result<(), Failure> {
    let mut socket = TcpStream::connect(api)?;
    socket.set_nodelay(true)?;
    let mut answers = BufReader::new(socket.try_clone()?);
    for payload in 0_u64.. {
        if Instant::now() > until {
            return Ok(());
        }
        let asked = format!(
            "POST /bulk HTTP/1.1\r\nHost: {api}\r\nAuthorization: {key}\r\nContent-Type: application/json\r\n\
             X-LaunchDarkly-Payload-ID: {n}-{payload}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(asked.as_bytes())?;
        let mut line = String::new();
        answers.read_line(&mut line)?;
        if !line.starts_with("HTTP/1.1 202") {
            return Err(format!("answered {line}").into());
        }
        while line.trim() != "" {
            line.clear();
            answers.read_line(&mut line)?;
        }
        sent.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
