//! How many evaluations a second are counted from SDKs' summary events, and what it costs.
//!
//! Starts the product with 100 flags and sends it summaries over two connections, one behind the other on each, as SDKs
//! do: every flag with two variations, ten evaluations each. Says evaluations a second by the clock, and by second of
//! the product's own processor time: that is what one core counts. Loopback only; ten seconds.
//!
//! An argument names another binary than the release build.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

const FLAGS: usize = 100;
const COUNT: u64 = 10;
const CONNECTIONS: usize = 2;
const TIME: Duration = Duration::from_secs(10);

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let product = Product::start()?;
    product.make_flags()?;
    let body: Arc<str> = summary().to_string().into();
    let counters = (FLAGS * 2) as u64;
    let payloads = Arc::new(AtomicU64::new(0));
    let (began, spent) = (Instant::now(), product.processor_time()?);
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
    let (took, cost) = (began.elapsed().as_secs_f64(), product.processor_time()? - spent);
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
    println!("memory at most:        {:>12} KiB", product.status("VmHWM")?);
    Ok(())
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

/// The product, started for this run and ended with it.
struct Product {
    process: Child,
    data: PathBuf,
    api: String,
    token: String,
    sdk_key: String,
    project: String,
}

impl Product {
    fn start() -> Result<Self, Failure> {
        let release = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/switchyard");
        let binary = std::env::args().nth(1).unwrap_or_else(|| release.to_owned());
        let data = std::env::temp_dir().join(format!("switchyard-events-{}", std::process::id()));
        let mut process = Command::new(&binary)
            .args(["dev", "--no-demo", "--port", "0", "--gateway-port", "0", "--data"])
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
        let api = text("url").trim_start_matches("http://").to_owned();
        let (token, sdk_key, project) = (text("token"), text("sdkKey"), text("project"));
        Ok(Product { process, data, api, token, sdk_key, project })
    }

    fn make_flags(&self) -> Result<(), Failure> {
        let variations = json!([{"id": "on", "value": true}, {"id": "off", "value": false}]);
        let flag = |n: usize| json!({"kind": "flag", "key": format!("flag-{n}"), "variations": variations});
        let body = json!({"manifests": (0..FLAGS).map(flag).collect::<Vec<_>>()}).to_string();
        let mut socket = TcpStream::connect(&self.api)?;
        write!(
            socket,
            "POST /api/v1/projects/{}/apply HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.project,
            self.api,
            self.token,
            body.len()
        )?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(answer.into()) }
    }

    /// Seconds of processor time that it took so far, in all its threads.
    fn processor_time(&self) -> Result<f64, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // After the name, which may hold anything: state, then eleven others, then user and system time.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).ok_or("no times in /proc");
        // A tick is a hundredth of a second on every Linux.
        Ok((ticks(11)? + ticks(12)?) / 100.0)
    }

    fn status(&self, field: &str) -> Result<String, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap_or_default();
        Ok(line.trim_matches(|c: char| !c.is_ascii_digit()).to_owned())
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}
