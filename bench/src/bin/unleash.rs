//! Unleash's server and ours with the same 100 flags: how soon each is up, what it takes of memory, how many reads it
//! answers and what one costs it, and how long after a flip a client that asks every 20 ms sees it.
//!
//! `scripts/bench-unleash.sh` installs Unleash and its database, and runs this. The load is wrk's, on the loopback,
//! for a few seconds. Only Unleash's own process is counted, not its database's.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Value, json};
use switchyard_bench::product::{Failure, Memory, Product, processor, quantile};

const FLAGS: usize = 100;

/// One who is named by no flag.
const SOMEBODY: &str = "user-4711";

/// Unleash answers 20,000 reads a minute, and refuses the rest.
const SECONDS: u32 = 2;

const FLIPS: usize = 20;

/// How often a client asks that waits for a flip.
const POLL: Duration = Duration::from_millis(20);

/// Longer than this nobody waits for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// Times as many reads of a second of processor time as Unleash's.
const AIM_READS: f64 = 20.0;

/// Of Unleash's memory under load.
const AIM_MEMORY: f64 = 0.1;

fn main() -> Result<(), Failure> {
    let theirs = {
        // Once before: its first start makes its tables.
        drop(Unleash::start()?);
        let unleash = Unleash::start()?;
        unleash.make_flags()?;
        figures("Unleash", &unleash)?
    };
    let ours = {
        let begun = Instant::now();
        let product = Product::empty()?;
        let ours = Ours { started: begun.elapsed(), product };
        ours.make_flags()?;
        figures("Switchyard", &ours)?
    };
    println!("\nratios, ours to theirs");
    let mut missed = vec![];
    for (ours, theirs) in ours.reads.iter().zip(&theirs.reads) {
        let ratio = ours.per_processor_second / theirs.per_processor_second;
        println!("  {:<32} {ratio:>8.1} × as many reads of a second of processor time", ours.what);
        if ratio < AIM_READS {
            missed.push(format!("{}: {ratio:.1} ×, the aim is {AIM_READS}", ours.what));
        }
    }
    let memory = ours.memory.most as f64 / theirs.memory.most as f64;
    println!("  {:<32} {memory:>8.2} × the memory", "at most");
    println!("  {:<32} {:>8.3} × the time", "start", ours.started / theirs.started);
    println!("  {:<32} {:>8.3} × the time", "flip → seen, median", ours.seen / theirs.seen);
    if memory > AIM_MEMORY {
        missed.push(format!("memory: {memory:.2} ×, the aim is {AIM_MEMORY}"));
    }
    if missed.is_empty() { Ok(()) } else { Err(missed.join("; ").into()) }
}

/// A flag server that is measured.
trait Server {
    /// Milliseconds until it answered.
    fn started(&self) -> f64;

    fn memory(&self) -> Result<Memory, Failure>;

    /// Seconds of processor time so far.
    fn processor(&self) -> Result<f64, Failure>;

    /// What clients ask for: all flags with their rules, as servers' SDKs do, and what one person gets.
    fn reads(&self) -> [Read; 2];

    /// Turns a flag on or off.
    fn flip(&self, on: bool) -> Result<(), Failure>;

    /// Whether an answer to the first read has that flag on.
    fn is_on(&self, answer: &Value) -> bool;
}

struct Read {
    what: &'static str,
    url: String,
    authorization: Option<String>,
}

struct Figures {
    started: f64,
    memory: Memory,
    reads: Vec<Rate>,
    seen: f64,
}

struct Rate {
    what: &'static str,
    per_processor_second: f64,
}

fn figures(name: &str, server: &dyn Server) -> Result<Figures, Failure> {
    println!("\n{name}");
    println!("  start                            {:>8.0} ms", server.started());
    println!("  memory when idle                 {:>8.1} MB", megabytes(server.memory()?.now));
    let reads = server.reads();
    let mut rates = vec![];
    for read in &reads {
        let before = server.processor()?;
        let (count, rate) = load(read)?;
        let cost = server.processor()? - before;
        println!(
            "  {:<32} {rate:>8.0} reads a second; {:.2} s of processor time for 100,000",
            read.what,
            cost * 100_000.0 / count
        );
        rates.push(Rate { what: read.what, per_processor_second: count / cost });
    }
    let memory = server.memory()?;
    println!("  memory at most                   {:>8.1} MB", megabytes(memory.most));
    let mut took = vec![];
    for flip in 0..FLIPS {
        took.push(seen(server, &reads[0], flip % 2 == 1)?);
    }
    let (seen, most) = (quantile(&mut took, 0.5), quantile(&mut took, 1.0));
    println!(
        "  flip → seen                      {seen:>8.1} ms median, {most:.1} ms at most ({FLIPS} flips)"
    );
    Ok(Figures { started: server.started(), memory, reads: rates, seen })
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}

/// Asks over and over on 16 connections; answers how many answers there were, and how many a second.
fn load(read: &Read) -> Result<(f64, f64), Failure> {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "-c16", &format!("-d{SECONDS}s")]);
    if let Some(token) = &read.authorization {
        wrk.arg("-H").arg(format!("Authorization: {token}"));
    }
    let output = wrk.arg(&read.url).output().map_err(|e| format!("wrk: {e}"))?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    if told.contains("Non-2xx") || told.contains("Socket errors") {
        return Err(format!("{}: not all was answered\n{told}", read.url).into());
    }
    let number = |line: &str| line.split_whitespace().find_map(|word| word.parse::<f64>().ok());
    let count = told.lines().find(|line| line.contains("requests in")).and_then(number);
    let rate = told.lines().find(|line| line.contains("Requests/sec")).and_then(number);
    count.zip(rate).ok_or_else(|| format!("wrk told:\n{told}").into())
}

/// Flips and waits until a client sees it.
#[expect(clippy::disallowed_methods, reason = "a client that polls waits in between")]
fn seen(server: &dyn Server, read: &Read, on: bool) -> Result<Duration, Failure> {
    server.flip(on)?;
    let flipped = Instant::now();
    loop {
        if server.is_on(&get(read)?) == on {
            return Ok(flipped.elapsed());
        }
        if flipped.elapsed() > PATIENCE {
            return Err("the flip is never seen".into());
        }
        std::thread::sleep(POLL);
    }
}

fn get(read: &Read) -> Result<Value, Failure> {
    let mut asked = ureq::get(&read.url);
    if let Some(token) = &read.authorization {
        asked = asked.header("Authorization", token);
    }
    Ok(asked.call()?.body_mut().with_config().limit(100_000_000).read_json()?)
}

/// The product.
struct Ours {
    product: Product,
    started: Duration,
}

impl Ours {
    fn make_flags(&self) -> Result<(), Failure> {
        let edits: Vec<_> = (0..FLAGS).flat_map(|n| [self.flag(n), self.targeting(n, true)]).collect();
        self.product.apply(&edits)?;
        Ok(())
    }

    fn flag(&self, n: usize) -> Value {
        let key = key(n);
        let resource = json!({
            "kind": "flag", "key": key,
            "variations": [{ "id": "on", "value": true }, { "id": "off", "value": false }],
            "clientSideAvailability": { "usingEnvironmentId": true, "usingMobileKey": true },
        });
        json!({ "target": { "kind": "flag", "key": key }, "op": { "type": "put", "resource": resource } })
    }

    fn targeting(&self, n: usize, on: bool) -> Value {
        let key = key(n);
        let clause =
            json!({ "contextKind": "user", "attribute": "key", "op": "in", "values": ["user-1", "user-2"] });
        let rollout = json!({ "contextKind": "user", "variations": [
            { "variation": 0, "weight": 50_000 }, { "variation": 1, "weight": 50_000 } ] });
        let resource = json!({
            "kind": "targeting", "key": key, "on": on, "offVariation": 1,
            "rules": [{ "id": "r", "clauses": [clause], "rollout": rollout }], "fallthrough": { "variation": 1 },
        });
        let target = json!({ "kind": "targeting", "environment": self.product.environment, "key": key });
        json!({ "target": target, "op": { "type": "put", "resource": resource } })
    }
}

impl Server for Ours {
    fn started(&self) -> f64 {
        self.started.as_secs_f64() * 1_000.0
    }

    fn memory(&self) -> Result<Memory, Failure> {
        self.product.memory()
    }

    fn processor(&self) -> Result<f64, Failure> {
        self.product.processor()
    }

    fn reads(&self) -> [Read; 2] {
        let Product { api, sdk_key, client_side_id, .. } = &self.product;
        let context = BASE64_URL_SAFE_NO_PAD.encode(json!({ "kind": "user", "key": SOMEBODY }).to_string());
        [
            Read {
                what: RULES,
                url: format!("http://{api}/sdk/latest-all"),
                authorization: Some(sdk_key.clone()),
            },
            Read {
                what: ANSWERS,
                url: format!("http://{api}/sdk/evalx/{client_side_id}/contexts/{context}"),
                authorization: None,
            },
        ]
    }

    fn flip(&self, on: bool) -> Result<(), Failure> {
        self.product.apply(&[self.targeting(0, on)])?;
        Ok(())
    }

    fn is_on(&self, answer: &Value) -> bool {
        answer["flags"][key(0)]["on"] == true
    }
}

const RULES: &str = "all flags, for a server's SDK";
const ANSWERS: &str = "all answers for one person";

fn key(n: usize) -> String {
    format!("flag-{n}")
}

/// Unleash's server on its database.
struct Unleash {
    process: Child,
    url: String,
    started: Duration,
}

const ADMIN: &str = "*:*.bench-admin";
const CLIENT: &str = "default:development.bench-client";
const FRONTEND: &str = "default:development.bench-frontend";

impl Unleash {
    #[expect(clippy::disallowed_methods, reason = "the script says where Unleash and its database are")]
    fn start() -> Result<Self, Failure> {
        let said = |name: &str| std::env::var(name).map_err(|_| "run scripts/bench-unleash.sh");
        let (peer, database) = (PathBuf::from(said("UNLEASH")?), said("UNLEASH_DATABASE")?);
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = std::fs::File::create(peer.join("log"))?;
        let begun = Instant::now();
        let process = Command::new(peer.join("node24"))
            .arg("node_modules/unleash-server/dist/server.js")
            .current_dir(&peer)
            .env("DATABASE_HOST", &database)
            .env("DATABASE_USERNAME", "unleash")
            .env("DATABASE_NAME", "unleash")
            .env("DATABASE_SSL", "false")
            .env("HTTP_HOST", "127.0.0.1")
            .env("HTTP_PORT", port.to_string())
            .env("INIT_ADMIN_API_TOKENS", ADMIN)
            .env("INIT_CLIENT_API_TOKENS", CLIENT)
            .env("INIT_FRONTEND_API_TOKENS", FRONTEND)
            .env("SEND_TELEMETRY", "false")
            .env("CHECK_VERSION", "false")
            .env("LOG_LEVEL", "error")
            .stdout(Stdio::from(log.try_clone()?))
            .stderr(Stdio::from(log))
            .spawn()
            .map_err(|e| format!("Unleash: {e}"))?;
        let mut unleash =
            Unleash { process, url: format!("http://127.0.0.1:{port}"), started: Duration::ZERO };
        while ureq::get(format!("{}/health", unleash.url)).call().is_err() {
            if begun.elapsed() > PATIENCE || unleash.process.try_wait()?.is_some() {
                return Err(format!("Unleash does not start: see {}", peer.join("log").display()).into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        unleash.started = begun.elapsed();
        Ok(unleash)
    }

    fn post(&self, path: &str, body: &Value) -> Result<(), Failure> {
        let url = format!("{}/api/admin/projects/default/features{path}", self.url);
        ureq::post(&url).header("Authorization", ADMIN).send_json(body).map_err(|e| format!("{url}: {e}"))?;
        Ok(())
    }

    fn make_flags(&self) -> Result<(), Failure> {
        for n in 0..FLAGS {
            let key = key(n);
            self.post("", &json!({ "name": key, "type": "release" }))?;
            let constraint =
                json!({ "contextName": "userId", "operator": "IN", "values": ["user-1", "user-2"] });
            let strategy = json!({
                "name": "flexibleRollout", "constraints": [constraint],
                "parameters": { "rollout": "50", "stickiness": "default", "groupId": key },
            });
            self.post(&format!("/{key}/environments/development/strategies"), &strategy)?;
            self.post(&format!("/{key}/environments/development/on"), &json!({}))?;
        }
        Ok(())
    }
}

impl Server for Unleash {
    fn started(&self) -> f64 {
        self.started.as_secs_f64() * 1_000.0
    }

    fn memory(&self) -> Result<Memory, Failure> {
        Memory::of(&self.process.id().to_string())
    }

    fn processor(&self) -> Result<f64, Failure> {
        processor(&self.process.id().to_string())
    }

    fn reads(&self) -> [Read; 2] {
        let url = &self.url;
        [
            Read {
                what: RULES,
                url: format!("{url}/api/client/features"),
                authorization: Some(CLIENT.into()),
            },
            Read {
                what: ANSWERS,
                url: format!("{url}/api/frontend?userId={SOMEBODY}"),
                authorization: Some(FRONTEND.into()),
            },
        ]
    }

    fn flip(&self, on: bool) -> Result<(), Failure> {
        let state = if on { "on" } else { "off" };
        self.post(&format!("/{}/environments/development/{state}", key(0)), &json!({}))
    }

    fn is_on(&self, answer: &Value) -> bool {
        let mut features = answer["features"].as_array().into_iter().flatten();
        features.any(|feature| feature["name"] == key(0) && feature["enabled"] == true)
    }
}

impl Drop for Unleash {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
