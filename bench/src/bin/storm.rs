//! Streams that survive: very many SDK streams on one server, a flag flipped under them, all of them cut at once, and
//! the server killed under them.
//!
//! Speaks LaunchDarkly's `/all` over raw sockets, on the loopback only. Says of each size: the server's memory for a
//! stream, flip → received, and how long it takes until all are back. Fails where an aim is missed.
//!
//! `storm [STREAMS…]`, 1,000 and 10,000 where none is said. Client and server share the machine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use switchyard_bench::product::{Failure, Memory, Product, processor, quantile};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};

const FLIPS: usize = 20;

/// No process may have more.
const MEMORY: u64 = 500_000_000;

/// Longer than this nobody waits for anything.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> Result<(), Failure> {
    let hard = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: hard, maximum: hard })?;
    let asked: Result<Vec<usize>, _> = std::env::args().skip(1).map(|arg| arg.parse()).collect();
    let sizes = match asked? {
        none if none.is_empty() => vec![1_000, 10_000],
        some => some,
    };
    let mut missed = vec![];
    for streams in sizes {
        // Each its own: the clients of one size must not go on trying while the next is measured.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        missed.extend(runtime.block_on(measure(streams))?);
    }
    if missed.is_empty() { Ok(()) } else { Err(missed.join("; ").into()) }
}

/// Measures so many streams; answers the aims that were missed.
async fn measure(streams: usize) -> Result<Vec<String>, Failure> {
    let mut product = Product::start()?;
    let aim = if streams <= 1_000 { 50.0 } else { 200.0 };
    println!("{streams} streams (aims: flip p99 < {aim} ms, no process over {} MB)", MEMORY / 1_000_000);
    let before = product.memory()?.now;
    let mut crowd = Crowd::new(&product, streams)?;
    let opened = crowd.all_there().await?;
    let after = product.memory()?.now;
    let each = after.saturating_sub(before) as f64 / streams as f64 / 1024.0;
    println!("  open         all there after {opened:.2?}; the server has {each:.1} kB for a stream");

    let (mut seen, mut slowest) = (vec![], Duration::ZERO);
    let used = (product.processor()?, processor("self")?);
    for flip in 0..FLIPS {
        let (revision, answered) = turn(&product, flip)?;
        let at = crowd.all_have(revision).await?;
        let took = at.into_iter().map(|at| at.saturating_duration_since(answered));
        seen.extend(took.inspect(|took| slowest = slowest.max(*took)));
    }
    let (p50, p99) = (quantile(&mut seen, 0.5), quantile(&mut seen, 0.99));
    println!(
        "  flip         answer → received p50 {p50:.1} ms, p99 {p99:.1} ms, slowest {slowest:.1?} ({FLIPS} flips)"
    );

    let each = |now: f64, before: f64| (now - before) * 1_000.0 / FLIPS as f64;
    let (server, client) = (each(product.processor()?, used.0), each(processor("self")?, used.1));
    println!("               {server:.0} ms of processor time a flip in the server, {client:.0} ms here");

    let back = crowd.cut().await?;
    println!("  cut          all back after {back:.2?} ({} tries turned away)", crowd.turned_away());
    let (revision, _) = turn(&product, FLIPS)?;
    crowd.all_have(revision).await?;

    let killed = Instant::now();
    product.restart()?;
    let restarted = killed.elapsed();
    crowd.all_there().await?;
    println!("  killed       ready again after {restarted:.2?}, all back after {:.2?}", killed.elapsed());
    let (revision, _) = turn(&product, FLIPS + 1)?;
    crowd.all_have(revision).await?;

    let (server, client) = (product.memory()?.most, Memory::of("self")?.most);
    println!(
        "  memory       at most {} MB in the server, {} MB here",
        server / 1_000_000,
        client / 1_000_000
    );
    let mut missed = vec![];
    if p99 >= aim {
        missed.push(format!("{streams} streams: p99 is {p99:.1} ms"));
    }
    if server.max(client) > MEMORY {
        missed.push(format!("{streams} streams: a process had more than {MEMORY} bytes"));
    }
    Ok(missed)
}

/// Another percentage for a flag; answers the revision and when the API's answer was there.
fn turn(product: &Product, flip: usize) -> Result<(u64, Instant), Failure> {
    let weight = if flip.is_multiple_of(2) { 40_000 } else { 10_000 };
    let rollout = json!({ "contextKind": "user", "variations": [
        { "variation": 0, "weight": weight }, { "variation": 1, "weight": 100_000 - weight } ] });
    product.apply(&[json!({
        "target": { "environment": "production", "kind": "targeting", "key": "checkout-v2" },
        "op": { "type": "setServe", "serve": { "rollout": rollout } },
    })])
}

/// All streams, each a task that comes back when it is cut.
struct Crowd {
    size: usize,
    shared: Arc<Shared>,
    cut: watch::Sender<u32>,
    told: mpsc::UnboundedReceiver<Told>,
}

struct Shared {
    address: SocketAddr,
    request: String,
    turned_away: AtomicUsize,
}

enum Told {
    /// A stream has everything.
    There,
    /// A stream has a revision.
    Has(u64, Instant),
}

impl Crowd {
    fn new(product: &Product, size: usize) -> Result<Self, Failure> {
        let (cut, is_cut) = watch::channel(0);
        let (tell, told) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            address: product.api.parse()?,
            request: format!(
                "GET /all HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\r\n",
                product.api, product.sdk_key
            ),
            turned_away: AtomicUsize::new(0),
        });
        for number in 0..size {
            tokio::spawn(keep_open(number, shared.clone(), is_cut.clone(), tell.clone()));
        }
        Ok(Crowd { size, shared, cut, told })
    }

    /// Waits until every stream has everything.
    async fn all_there(&mut self) -> Result<Duration, Failure> {
        let begun = Instant::now();
        let mut there = 0;
        while there < self.size {
            match tokio::time::timeout(PATIENCE, self.told.recv()).await {
                Ok(Some(Told::There)) => there += 1,
                Ok(Some(Told::Has(..))) => {}
                _ => return Err(format!("only {there} of {} streams are there", self.size).into()),
            }
        }
        Ok(begun.elapsed())
    }

    /// Waits until every stream has a revision; answers when each had it.
    async fn all_have(&mut self, revision: u64) -> Result<Vec<Instant>, Failure> {
        let mut at = vec![];
        while at.len() < self.size {
            match tokio::time::timeout(PATIENCE, self.told.recv()).await {
                Ok(Some(Told::Has(had, when))) if had == revision => at.push(when),
                Ok(Some(_)) => {}
                _ => return Err(format!("only {} of {} streams had r{revision}", at.len(), self.size).into()),
            }
        }
        Ok(at)
    }

    /// Cuts all at once and waits until all are back.
    async fn cut(&mut self) -> Result<Duration, Failure> {
        self.cut.send_modify(|round| *round += 1);
        self.all_there().await
    }

    fn turned_away(&self) -> usize {
        self.shared.turned_away.load(Ordering::Relaxed)
    }
}

/// One SDK: opens its stream, reads it, and comes back after an ever longer while where it can't have it.
async fn keep_open(
    number: usize,
    shared: Arc<Shared>,
    mut cut: watch::Receiver<u32>,
    tell: mpsc::UnboundedSender<Told>,
) {
    let mut wait = Duration::from_millis(50);
    loop {
        let round = *cut.borrow_and_update();
        let opened = tokio::select! {
            opened = open(&shared, round) => opened,
            _ = cut.changed() => continue,
        };
        if let Ok(stream) = opened {
            wait = Duration::from_millis(50);
            if tell.send(Told::There).is_err() {
                return;
            }
            tokio::select! {
                () = read(&stream, &tell) => {}
                _ = cut.changed() => continue,
            }
        } else {
            shared.turned_away.fetch_add(1, Ordering::Relaxed);
            // SDKs double their wait and take some of it away at random.
            tokio::time::sleep(wait - wait * (number % 50) as u32 / 100).await;
            wait = (wait * 2).min(Duration::from_secs(2));
        }
    }
}

/// A stream whose first event was read.
async fn open(shared: &Shared, round: u32) -> Result<TcpStream, Failure> {
    let socket = TcpSocket::new_v4()?;
    // An address for each round: the ports of those that were cut are not free at once.
    socket.bind(SocketAddr::from(([127, 0, 0, 10 + (round % 200) as u8], 0)))?;
    let mut stream = tokio::time::timeout(PATIENCE, socket.connect(shared.address)).await??;
    stream.write_all(shared.request.as_bytes()).await?;
    let mut tail = Vec::new();
    loop {
        let from = tail.len();
        if stream.read_buf(&mut tail).await? == 0 {
            return Err("the server closed it".into());
        }
        if from == 0 && !tail.starts_with(b"HTTP/1.1 200") {
            return Err("the server turned it away".into());
        }
        if tail.ends_with(b"}\n\n\r\n") {
            return Ok(stream);
        }
    }
}

/// Reads until the end. What is read is held only while it is looked at: the client should be small too.
async fn read(stream: &TcpStream, tell: &mpsc::UnboundedSender<Told>) {
    loop {
        if stream.ready(Interest::READABLE).await.is_err() {
            return;
        }
        let mut buffer = [0; 4096];
        match stream.try_read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => {
                let now = Instant::now();
                if let Some(version) = version_in(&buffer[..length])
                    && tell.send(Told::Has(version, now)).is_err()
                {
                    return;
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

/// The version that a patch makes the flag have.
fn version_in(bytes: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (_, patch) = text.split_once("event: patch")?;
    let (_, rest) = patch.rsplit_once("\"version\":")?;
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    rest[..end].parse().ok()
}
