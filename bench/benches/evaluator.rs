//! Our evaluator beside LaunchDarkly's own, in one process, turn by turn: nanoseconds and allocations for each
//! evaluation. `cargo bench -p switchyard-bench --bench evaluator [-- PART OF A CASE'S NAME]`

use std::{
    alloc::{GlobalAlloc, Layout, System},
    collections::HashMap,
    hint::black_box,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use launchdarkly_server_sdk_evaluation as ld;
use serde_json::{Value, json};
use switchyard_flags::{Context, FlagSet};

/// Counts only while asked, so that the timed rounds pay no more than a load.
struct Counting;

static COUNTS: AtomicBool = AtomicBool::new(false);
static COUNT: AtomicU64 = AtomicU64::new(0);

#[allow(unsafe_code, reason = "hands every call on to the system's allocator unchanged")]
// SAFETY: only forwards.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if COUNTS.load(Relaxed) {
            COUNT.fetch_add(1, Relaxed);
        }
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Store {
    flags: HashMap<String, ld::Flag>,
    segments: HashMap<String, ld::Segment>,
}

impl ld::Store for Store {
    fn flag(&self, key: &str) -> Option<ld::Flag> {
        self.flags.get(key).cloned()
    }

    fn segment(&self, key: &str) -> Option<ld::Segment> {
        self.segments.get(key).cloned()
    }
}

/// The cases: a name, and the flags (the first is asked).
fn cases() -> Vec<(&'static str, Vec<Value>)> {
    let clause = |attribute: &str, op: &str, values: Value| json!({"attribute": attribute, "op": op, "values": values});
    let three = json!([
        clause("email", "endsWith", json!(["@example.com"])),
        clause("country", "in", json!(["de", "fr", "us"])),
        clause("age", "greaterThan", json!([18])),
    ]);
    let rollout =
        json!({"variations": [{"variation": 0, "weight": 37_500}, {"variation": 1, "weight": 62_500}]});
    let rule = |clauses: Value, serve: (&str, Value)| json!({"id": "r", "trackEvents": false, "clauses": clauses, serve.0: serve.1});
    let rules = |rules: Vec<Value>| vec![flag("f", json!({ "rules": rules }))];
    let to_1 = || ("variation", json!(1));
    let segment = |key: &str| json!([clause("", "segmentMatch", json!([key]))]);
    let keys: Vec<String> = (0..1000).map(|n| format!("user-{n}")).collect();
    let twenty = (0..20).map(|n| {
        rule(
            json!([clause(
                "country",
                "in",
                json!([if n == 19 { "de".to_owned() } else { format!("x{n}") }])
            )]),
            to_1(),
        )
    });
    let prerequisite = |key: &str| json!({"prerequisites": [{"key": key, "variation": 0}]});
    vec![
        ("off", vec![flag("f", json!({"on": false}))]),
        ("fallthrough", vec![flag("f", json!({}))]),
        ("target, last of 1,000", vec![flag("f", json!({"targets": [{"values": keys, "variation": 1}]}))]),
        ("3 clauses + rollout *", rules(vec![rule(three.clone(), ("rollout", rollout.clone()))])),
        ("3 clauses", rules(vec![rule(three, to_1())])),
        ("rollout only *", vec![flag("f", json!({"fallthrough": {"rollout": rollout}}))]),
        ("20 rules, last matches", rules(twenty.collect())),
        ("segment of 1,000, last", rules(vec![rule(segment("keys"), to_1())])),
        ("segment rule", rules(vec![rule(segment("rule"), to_1())])),
        (
            "prerequisite chain of 3",
            vec![
                flag("f", prerequisite("p1")),
                flag("p1", prerequisite("p2")),
                flag("p2", prerequisite("p3")),
                flag("p3", json!({})),
            ],
        ),
    ]
}

fn flag(key: &str, with: Value) -> Value {
    let mut flag = json!({
        "key": key, "version": 1, "on": true, "salt": "salt", "targets": [], "prerequisites": [], "rules": [],
        "variations": [true, false], "fallthrough": {"variation": 0}, "offVariation": 1,
    });
    for (name, value) in with.as_object().expect("an object") {
        flag[name] = value.clone();
    }
    flag
}

fn segments() -> Vec<Value> {
    let keys: Vec<String> = (0..1000).map(|n| format!("user-{n}")).collect();
    let rule = json!({"clauses": [{"attribute": "email", "op": "endsWith", "values": ["@example.com"]}, {"attribute": "country", "op": "in", "values": ["de"]}]});
    let segment = |key: &str, included: Value, rules: Value| json!({"key": key, "version": 1, "salt": "s", "included": included, "excluded": [], "rules": rules});
    vec![segment("keys", json!(keys), json!([])), segment("rule", json!([]), json!([rule]))]
}

/// Nanoseconds for each call, over a round long enough to be told by the clock.
fn time(calls: u32, mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        call();
    }
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}

fn allocations(mut call: impl FnMut()) -> u64 {
    call();
    COUNT.store(0, Relaxed);
    COUNTS.store(true, Relaxed);
    call();
    COUNTS.store(false, Relaxed);
    COUNT.load(Relaxed)
}

fn main() {
    let person = json!({"kind": "user", "key": "user-999", "email": "ann@example.com", "country": "de", "age": 33, "plan": "pro"});
    let ours_context = Context::from_json(&person).expect("a context");
    let their_context: ld::Context = serde_json::from_value(person).expect("a context");
    println!("median of 41 rounds, ns (minimum) · allocations; * has SHA-1 in it\n");
    println!("{:<26}{:>20}{:>20}{:>26}{:>9}", "", "ours", "ours, by key", "LaunchDarkly's", "ratio");
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    for (name, flags) in cases().into_iter().filter(|(name, _)| name.contains(&only)) {
        let parse = |json: &Value| serde_json::from_value(json.clone()).expect("a flag");
        let set = FlagSet::compile(
            flags.iter().map(|json| Arc::new(parse(json))),
            segments().iter().map(|json| Arc::new(serde_json::from_value(json.clone()).expect("a segment"))),
        );
        let key = |json: &Value| json["key"].as_str().expect("a key").to_owned();
        let store = Store {
            flags: flags
                .iter()
                .map(|json| (key(json), serde_json::from_value(json.clone()).expect("a flag")))
                .collect(),
            segments: segments()
                .iter()
                .map(|json| (key(json), serde_json::from_value(json.clone()).expect("a segment")))
                .collect(),
        };
        let (our_flag, their_flag) = (set.flag("f").expect("the flag"), &store.flags["f"]);
        let ours = || {
            black_box(black_box(our_flag).evaluate(black_box(&ours_context)));
        };
        let by_key = || {
            black_box(set.evaluate(black_box("f"), black_box(&ours_context)));
        };
        let theirs = || {
            black_box(ld::evaluate(&store, black_box(their_flag), black_box(&their_context), None));
        };
        let said = serde_json::to_value(our_flag.evaluate(&ours_context)).expect("JSON");
        let their_said =
            serde_json::to_value(ld::evaluate(&store, their_flag, &their_context, None)).expect("JSON");
        assert_eq!(said, their_said, "{name}: both say the same");
        let mut rounds: [Vec<f64>; 3] = Default::default();
        for _ in 0..41 {
            rounds[0].push(time(20_000, ours));
            rounds[1].push(time(20_000, by_key));
            rounds[2].push(time(1_000, theirs));
        }
        for round in &mut rounds {
            round.sort_by(f64::total_cmp);
        }
        let counts = [allocations(ours), allocations(by_key), allocations(theirs)];
        let cell =
            |side: usize| format!("{:.1} ({:.1}) · {}", rounds[side][20], rounds[side][0], counts[side]);
        let ratio = rounds[2][20] / rounds[0][20];
        println!("{name:<26}{:>20}{:>20}{:>26}{ratio:>8.1}x", cell(0), cell(1), cell(2));
        assert_eq!(counts[..2], [0, 0], "{name}: ours doesn't allocate");
    }
}
