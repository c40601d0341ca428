//! Kill -9 at any moment: what was acknowledged is there, whole, and nothing is half there.
//!
//! The test starts itself as a child that appends revisions, each as a step of a schedule, and prints the number of
//! each one that was acknowledged, kills it after a random count and a random moment more, and looks at the file. 40 rounds on
//! one file, or as many as `SWITCHYARD_SOAK_KILLS` says.

#![allow(clippy::unwrap_used, reason = "a test panics where a promise is broken")]
#![allow(clippy::print_stdout, reason = "the child's acknowledgements, and what the test counted")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use switchyard_model::{
    AppliedEdit, Change, ChangeState, IfFrozen, Kind, Op, Origin, Resource, ResourceId, Revision, Schedule,
    ScheduleState, State,
};
use switchyard_store::{
    Act, Administration, AuditEntry, Changes, Environment, History, Project, Query, Schedules, SqliteStore,
    verify,
};

const ROUNDS: u64 = 40;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("append-forever"), Some(file)) => runtime.block_on(append_forever(Path::new(&file))),
        _ => runtime.block_on(kill_and_look()),
    }
}

/// The revision after `state`: what it does follows from its number alone, so that it can be made again.
fn nth(state: &State) -> Revision {
    let number = state.revision + 1;
    let edit = |key: u64, delete: bool| {
        let target = ResourceId::environment("production", Kind::Segment, &format!("s{key}"));
        let included: Vec<String> = (0..number % 50).map(|i| format!("user-{number}-{i}")).collect();
        let body = serde_json::json!({ "kind": "segment", "key": &*target.key, "included": included });
        let after = (!delete).then(|| Resource::from_json(body).unwrap());
        let op = after.clone().map_or(Op::Delete, |resource| Op::Put { resource });
        let before = state.get(&target).map(|found| found.resource.clone());
        AppliedEdit { target, op, before, after: after.map(Arc::new) }
    };
    let there = |key: u64| state.segment("production", &format!("s{key}")).is_some();
    let edits =
        (0..3).map(|i| (number + i * 7) % 23).map(|key| edit(key, there(key) && number.is_multiple_of(4)));
    Revision {
        number,
        at: Timestamp::from_second(1_800_000_000 + number as i64).unwrap(),
        author: "member-1".into(),
        title: format!("Revision {number}"),
        reason: String::new(),
        origin: Origin::Files,
        edits: edits.collect(),
    }
}

/// The schedule after so many steps: each made a revision.
fn step(number: u64) -> Schedule {
    let at = Timestamp::UNIX_EPOCH;
    Schedule {
        change: 1,
        by: "member-1".into(),
        made_at: at,
        zone: "UTC".into(),
        apply_at: Some(at),
        revert_at: None,
        revert_after: None,
        if_frozen: IfFrozen::Wait,
        grace: 60,
        state: ScheduleState::ToApply,
        step: u32::try_from(number).unwrap(),
        waits_until: None,
        revision: Some(number).filter(|n| *n > 0),
        reverted: None,
        notice: None,
    }
}

async fn append_forever(file: &Path) {
    let store = SqliteStore::open(file).await.unwrap();
    let mut state = store.state("shop").await.unwrap();
    loop {
        let revision = nth(&state);
        store.append_step("shop", &revision, None, &step(revision.number)).await.unwrap();
        state = state.after(&revision);
        let mut out = std::io::stdout().lock();
        // The parent may have gone first.
        if writeln!(out, "{}", revision.number).and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

async fn kill_and_look() {
    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("switchyard.db");
    let environment = Environment {
        key: "production".into(),
        name: "Production".into(),
        production: true,
        required_approvals: 0,
        approvals_from: vec![],
        owners_approve: false,
        freezes: vec![],
    };
    let at = Timestamp::UNIX_EPOCH;
    let project =
        Project { key: "shop".into(), name: "Shop".into(), created_at: at, environments: vec![environment] };
    let store = SqliteStore::open(&file).await.unwrap();
    let entry = AuditEntry {
        at,
        who: "test".into(),
        what: "project.create".into(),
        target: "shop".into(),
        detail: serde_json::Value::Null,
        personal: None,
    };
    store.administer(&Act::CreateProject(project), &entry).await.unwrap();
    let change = Change {
        number: 0,
        title: "Forever".into(),
        reason: String::new(),
        author: "member-1".into(),
        state: ChangeState::InReview,
        version: 1,
        edits: vec![],
        editors: vec!["member-1".into()],
        edited: 1,
        links: vec![],
        reviewers: vec![],
        after: vec![],
        origin: None,
        base: 0,
        revision: None,
        broke_glass: None,
        created_at: at,
        updated_at: at,
    };
    store.insert_change("shop", &change).await.unwrap();
    store.put_schedule("shop", &step(0)).await.unwrap();
    let mut replayed = store.state("shop").await.unwrap();
    store.close().await;

    let mut random = Random(u64::from(std::process::id()) | 1);
    let (rounds, mut unanswered) = (rounds(), 0);
    for round in 0..rounds {
        let acknowledged = kill_somewhere(&file, &mut random).max(replayed.revision);
        let store = SqliteStore::open(&file).await.unwrap();
        let head = store.head("shop").await.unwrap();
        // One more than acknowledged may be there: the answer was on its way.
        assert!(
            head == acknowledged || head == acknowledged + 1,
            "round {round}: {acknowledged} acknowledged, head {head}"
        );
        unanswered += head - acknowledged;
        while replayed.revision < head {
            let expected = nth(&replayed);
            let stored = store.revision("shop", expected.number).await.unwrap();
            assert_eq!(stored.as_ref(), Some(&expected), "round {round}");
            replayed = replayed.after(&expected);
        }
        assert_eq!(store.state("shop").await.unwrap(), replayed, "round {round}");
        assert_eq!(
            store.schedule("shop", 1).await.unwrap(),
            Some(step(head)),
            "round {round}: each step once"
        );
        let verified = verify(&store, None).await.unwrap().unwrap_or_else(|e| panic!("round {round}: {e}"));
        assert_eq!(verified.revisions, head, "round {round}: a line for each revision");
        store.close().await;
    }
    let store = SqliteStore::open(&file).await.unwrap();
    assert_eq!(store.revisions("shop", &Query::default()).await.unwrap().total, replayed.revision, "no gaps");
    let head = replayed.revision;
    println!("{rounds} kills, {head} revisions, {unanswered} written but unanswered: all whole");
}

/// Runs the child, kills it, and answers the last number it acknowledged; 0 where it came to none.
fn kill_somewhere(file: &Path, random: &mut Random) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("append-forever")
        .arg(file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut last = 0;
    for _ in 0..random.below(25) {
        last = lines.next().expect("it appends until it is killed").unwrap().parse().unwrap();
    }
    let (now, pause) = (Instant::now(), Duration::from_micros(random.below(4000)));
    while now.elapsed() < pause {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // A line is written whole or not at all, but it may have been cut off before its end.
    for line in lines.map_while(Result::ok) {
        last = line.parse().unwrap_or(last).max(last);
    }
    last
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
