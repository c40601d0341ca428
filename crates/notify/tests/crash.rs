//! Kill -9 at any moment: whatever became true is told, at least once, under one id, and nothing else is.
//!
//! The test starts itself as a server that turns a flag on and off and prints each revision that was acknowledged, with
//! a webhook to a receiver in the test. It kills it after a random count and a random moment more, many times on one
//! folder, and in the end lets it run until all is told. 15 rounds, or as many as `SWITCHYARD_SOAK_KILLS` says.

#![allow(clippy::unwrap_used, reason = "a test panics where a promise is broken")]
#![allow(clippy::print_stdout, reason = "the child's acknowledgements, and what the test counted")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use switchyard_control::{
    Control, Environment, Filter, HookSettings, Principal, Proposal, WebhookDraft, WebhookKind, system_clock,
};
use switchyard_model::Manifest;
use switchyard_notify::{Pace, Parts};
use switchyard_store::{Hooks, SqliteStore};
use tokio::sync::watch;

const ROUNDS: u64 = 15;

fn main() {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (Some("serve"), Some(folder), Some(url)) => {
            runtime().block_on(serve(Path::new(&folder), &url, false))
        }
        (Some("finish"), Some(folder), Some(url)) => {
            runtime().block_on(serve(Path::new(&folder), &url, true))
        }
        _ => kill_and_look(),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Turns the flag on and off for ever; or only tells what is yet to be told, and ends.
async fn serve(folder: &Path, url: &str, finish: bool) {
    let store = Arc::new(SqliteStore::open(&folder.join("switchyard.db")).await.unwrap());
    let control = Control::open(store.clone(), system_clock()).await.unwrap();
    control.set_up_hooks(HookSettings { key: [7; 32], private: true, public_url: String::new() });
    let who = Principal::switchyard();
    set_up(&control, &who, url).await;
    let (_stopping, stop) = watch::channel(false);
    let (first, longest) = (Duration::from_millis(5), Duration::from_millis(5));
    let pace = Pace { first, longest, ..Pace::default() };
    let parts = Parts { control: control.clone(), store: store.clone(), clock: system_clock(), pace };
    tokio::spawn(switchyard_notify::run(parts, stop));
    if finish {
        let hook = store.webhooks().await.unwrap().pop().unwrap().id;
        while !store.happenings(1).await.unwrap().is_empty()
            || store.next_delivery(&hook).await.unwrap().is_some()
        {
            tokio::task::yield_now().await;
        }
        return;
    }
    let mut on = control.state(&who, "shop").unwrap().revision.is_multiple_of(2);
    loop {
        let edits = json!([{
            "target": { "environment": "production", "kind": "targeting", "key": "banner" },
            "op": { "type": "setOn", "on": on },
        }]);
        let proposal = Proposal { edits: serde_json::from_value(edits).unwrap(), ..Proposal::default() };
        let number = control.create_change(&who, "shop", proposal).await.unwrap().number;
        if let Ok(revision) = control.apply_change(&who, "shop", number, Default::default()).await {
            let mut out = std::io::stdout().lock();
            // The parent may have gone first.
            if writeln!(out, "{}", revision.number).and_then(|()| out.flush()).is_err() {
                return;
            }
        }
        on = !on;
    }
}

async fn set_up(control: &Control, who: &Principal, url: &str) {
    let environment = Environment {
        key: "production".into(),
        name: "P".into(),
        production: true,
        required_approvals: 0,
        approvals_from: vec![],
        owners_approve: false,
        freezes: vec![],
    };
    let project = control.ensure_project("shop", "Shop", vec![environment]).await.unwrap();
    if control.webhooks(who, "shop").await.unwrap().is_empty() {
        let (name, kind, filter) = ("All".into(), WebhookKind::Standard, Filter::default());
        let draft = WebhookDraft { name, kind, url: url.into(), to_me: false, filter };
        control.create_webhook(who, "shop", draft).await.unwrap();
    }
    if project.head == 0 {
        let flag = json!({ "kind": "flag", "key": "banner", "variations": [{ "id": "new", "value": true }, { "id": "old", "value": false }] });
        control.set_up("shop", vec![Manifest::from_json(flag, None).unwrap()], "A flag").await.unwrap();
    }
}

fn kill_and_look() {
    let folder = tempfile::TempDir::new().unwrap();
    let (url, came) = receiver();
    let mut random = Random(u64::from(std::process::id()) | 1);
    let (rounds, mut acknowledged) = (rounds(), BTreeSet::new());
    for _ in 0..rounds {
        acknowledged.extend(kill_somewhere(folder.path(), &url, &mut random));
    }
    assert!(start("finish", folder.path(), &url).wait().unwrap().success());
    let head = runtime().block_on(async {
        let store = SqliteStore::open(&folder.path().join("switchyard.db")).await.unwrap();
        switchyard_store::History::head(&store, "shop").await.unwrap()
    });
    let mut told: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    let (mut messages, mut bodies) = (0_u64, BTreeMap::new());
    while let Ok((id, body)) = came.try_recv() {
        let revision = serde_json::from_str::<Value>(&body).unwrap()["data"]["revision"].as_u64().unwrap();
        told.entry(revision).or_default().insert(id.clone());
        assert_eq!(
            *bodies.entry(id).or_insert_with(|| body.clone()),
            body,
            "a message is the same in every try"
        );
        messages += 1;
    }
    assert_eq!(
        told.keys().copied().collect::<Vec<_>>(),
        (1..=head).collect::<Vec<_>>(),
        "each is told, and no other"
    );
    assert!(acknowledged.iter().all(|revision| *revision <= head));
    assert!(told.values().all(|ids| ids.len() == 1), "under one id each");
    let again = messages - head;
    println!("{rounds} kills, {head} revisions, all told, {again} of them more than once");
}

fn start(what: &str, folder: &Path, url: &str) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.arg(what).arg(folder).arg(url).stdout(Stdio::piped()).spawn().unwrap()
}

/// Runs the server, kills it, and answers the revisions that it acknowledged.
fn kill_somewhere(folder: &Path, url: &str, random: &mut Random) -> Vec<u64> {
    let mut child = start("serve", folder, url);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut all = vec![];
    for _ in 0..=random.below(15) {
        all.push(lines.next().expect("it writes until it is killed").unwrap().parse().unwrap());
    }
    let (now, pause) = (Instant::now(), Duration::from_micros(random.below(8_000)));
    while now.elapsed() < pause {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    all
}

/// Something that is called, and takes everything; the id and body of each message.
fn receiver() -> (String, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (tell, came) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let tell = tell.clone();
            std::thread::spawn(move || take(stream.unwrap(), &tell));
        }
    });
    (url, came)
}

/// A caller that was killed leaves half a request behind: that is no message.
fn take(stream: TcpStream, tell: &Sender<(String, String)>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let (mut id, mut length, mut line) = (String::new(), 0, String::new());
    loop {
        line.clear();
        stream.read_line(&mut line).ok()?;
        match line.trim().split_once(": ") {
            Some(("webhook-id", value)) => id = value.to_owned(),
            Some(("content-length", value)) => length = value.parse().ok()?,
            _ if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    tell.send((id, String::from_utf8(body).ok()?)).ok()?;
    let answer = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    stream.get_mut().write_all(answer).ok()
}

fn rounds() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test has no settings; `make soak` asks for more rounds")]
    let asked = std::env::var("SWITCHYARD_SOAK_KILLS");
    asked.ok().and_then(|n| n.parse().ok()).unwrap_or(ROUNDS)
}

/// Xorshift: which moment does not matter, only that they differ.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
