//! What matching, deciding and compiling cost: `cargo bench -p switchyard-snapshot`. Nanoseconds are the best of
//! several rounds, which is what the machine can do when nothing else runs.
#![expect(clippy::print_stdout, reason = "a benchmark tells its figures")]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use switchyard_flags::{Context, NoRecorder};
use switchyard_model::{Manifest, ResourceId, State};
use switchyard_snapshot::{Audience, RequestView, Snapshot};

fn main() {
    for routes in [10, 1_000, 10_000] {
        let state = state(traffic(routes));
        let (snapshot, whole) = timed(|| compile(&state));
        println!("{routes:>6} routes: compile {whole:?}");
        for (what, host, path) in [
            ("exact", "h3.example", "/s3/exact"),
            ("template", "h3.example", "/s3/items/17"),
            ("prefix", "h3.example", "/s3/deep/a/b/c/d"),
            ("any host", "other.example", "/any/s3"),
            ("nobody", "h3.example", "/none/at/all"),
        ] {
            println!("         {what:<9} {:>5} ns", decide(&snapshot, host, path, &[]));
        }
        let user = [("x-user", "customer-48213"), ("x-plan", "pro")];
        println!("         by weight {:>5} ns", decide(&snapshot, "split.example", "/weight", &user));
        println!("         by flag   {:>5} ns", decide(&snapshot, "split.example", "/flag", &user));
        let mut next = state.clone();
        let touched = [put(&mut next, fixed("s3", json!({"path": {"exact": "/moved"}})))];
        println!("         change of one route {:?}", timed(|| snapshot.after(&next, &touched)).1);
    }
    for flags in [1_000, 10_000, 100_000] {
        let mut resources: Vec<Value> = (0..flags).flat_map(flag).collect();
        resources.extend((0..flags / 10).map(segment));
        let state = state(resources);
        let (_, whole) = timed(|| compile(&state));
        let (snapshot, memory) = kept(|| compile(&state));
        println!("{flags:>6} flags and {} segments: compile {whole:?}, {memory} kB", flags / 10);
        for (what, manifest) in [
            ("a flag", flag(77).pop().expect("a flag has targeting")),
            ("a segment", segment(7)),
            ("a new flag", flag(flags + 1).remove(0)),
        ] {
            let mut next = state.clone();
            let touched = [put(&mut next, manifest)];
            let after = || snapshot.after(&next, &touched).expect("it compiles");
            let ((changed, more), one) = (kept(after), timed(after).1);
            let (_, altered) = timed(|| changed.alters(&snapshot));
            let (_, told) = timed(|| switchyard_snapshot::wire_changes(&snapshot, &changed).len());
            println!(
                "         change of {what:<10} {one:?}, {more} kB; seen to act in {altered:?}, told in {told:?}"
            );
        }
        let start = Instant::now();
        let bytes = snapshot.put_payload().len();
        println!("         payload {:?} ({bytes} bytes)", start.elapsed());
        let person = json!({"kind": "user", "key": "u-48213", "plan": "pro", "country": "AT"});
        let person = Context::from_json(&person).expect("it is a context");
        let evaluated =
            || snapshot.flags().flags().filter(|flag| flag.evaluate(&person).value.is_some()).count();
        let mut out = vec![];
        let told = || {
            out.clear();
            for flag in snapshot.flags_for(Audience::Servers) {
                flag.told(&person, false).write(snapshot.revision, &mut out);
            }
            out.len()
        };
        println!(
            "         all for one person: evaluated {:?}, told {:?}",
            best(30, evaluated).1,
            best(30, told).1
        );
    }
}

/// What it makes, and how much more memory is held then.
fn kept<T>(make: impl FnOnce() -> T) -> (T, i64) {
    let mut made = None;
    let counted = allocation_counter::measure(|| made = Some(make()));
    (made.expect("it was made"), counted.bytes_current / 1024)
}

fn compile(state: &State) -> Snapshot {
    Snapshot::compile("shop", "production", state).expect("what is measured compiles")
}

fn decide(snapshot: &Snapshot, host: &str, path: &str, headers: &[(&'static str, &'static str)]) -> u128 {
    const ROUND: u32 = 20_000;
    let listener = snapshot.listener("web").expect("there is a listener");
    let headers: HeaderMap = headers
        .iter()
        .map(|(n, v)| (http::HeaderName::from_static(n), HeaderValue::from_static(v)))
        .collect();
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let request = RequestView { method: "GET", host, path, query: None, headers: &headers, peer };
    let round = || {
        let start = Instant::now();
        for _ in 0..ROUND {
            black_box(snapshot.decide(listener, black_box(&request), 0, &mut NoRecorder));
        }
        start.elapsed()
    };
    let best: Duration = (0..30).map(|_| round()).min().expect("there are rounds");
    best.as_nanos() / u128::from(ROUND)
}

/// The best of three, with the last result.
fn timed<T>(run: impl FnMut() -> T) -> (T, Duration) {
    best(3, run)
}

/// The best of so many, with the last result.
fn best<T>(rounds: usize, mut run: impl FnMut() -> T) -> (T, Duration) {
    let mut once = || {
        let start = Instant::now();
        let result = run();
        (result, start.elapsed())
    };
    let fastest = (1..rounds).map(|_| once().1).min().unwrap_or(Duration::MAX);
    let (result, last) = once();
    (result, fastest.min(last))
}

fn state(manifests: Vec<Value>) -> State {
    let mut state = State::empty(["production".into()]);
    for manifest in manifests {
        put(&mut state, manifest);
    }
    state
}

fn put(state: &mut State, manifest: Value) -> ResourceId {
    let manifest =
        Manifest::from_json(manifest, Some("production")).expect("the bench's manifests are right");
    state.revision += 1;
    let id = manifest.id();
    state.set(id.clone(), Some(Arc::new(manifest.resource)), state.revision);
    id
}

fn fixed(key: &str, matches: Value) -> Value {
    json!({"kind": "route", "key": key, "listener": "web", "match": matches, "split": {
        "by": "weight", "arms": [{"id": "a", "weight": 100_000, "action": {"type": "fixed", "status": 200}}]}})
}

/// A quarter of the routes each: exact, template and prefix on ten hosts, and prefix on any host.
fn traffic(routes: usize) -> Vec<Value> {
    let arm = |id: &str, weight: u32| json!({"id": id, "weight": weight, "action": {"type": "fixed", "status": 200}});
    let mut by_weight = fixed("weight", json!({"hosts": ["split.example"], "path": {"exact": "/weight"}}));
    by_weight["split"] = json!({"by": "weight", "arms": [arm("a", 25_000), arm("b", 75_000)]});
    let mut by_flag = fixed("flag", json!({"hosts": ["split.example"], "path": {"exact": "/flag"}}));
    let variation = |id: &str| json!({"variation": id, "action": {"type": "fixed", "status": 200}});
    by_flag["split"] = json!({"by": "flag", "flag": "f7", "arms": [variation("old"), variation("new")]});
    let listener = json!({"kind": "listener", "key": "web", "mapping": {"untrustedHeaders": ["x-real-ip"],
        "contexts": [{"kind": "user", "key": {"header": "x-user"}, "attributes": [
            {"name": "plan", "from": {"header": "x-plan"}}]}]}});
    let mut all = flag(7);
    all.extend([listener, by_weight, by_flag]);
    all.extend((0..routes).map(|i| {
        let hosts = json!([format!("h{}.example", (i / 4) % 10)]);
        // Every kind has one that is called s3, which is what is asked for.
        let name = if i / 4 == 3 || routes < 20 { 3 } else { i };
        let hosts = if name == 3 { json!(["h3.example"]) } else { hosts };
        fixed(
            &format!("s{i}"),
            match i % 4 {
                0 => json!({"hosts": hosts, "path": {"exact": format!("/s{name}/exact")}}),
                1 => json!({"hosts": hosts, "path": {"template": format!("/s{name}/items/{{id}}")}}),
                2 => json!({"hosts": hosts, "path": {"prefix": format!("/s{name}/deep")}}),
                _ => json!({"path": {"prefix": format!("/any/s{name}")}}),
            },
        )
    }));
    all
}

fn segment(i: usize) -> Value {
    json!({"kind": "segment", "key": format!("s{i}"), "salt": "s", "included": ["u-1", "u-2", "u-3"],
        "rules": [{"id": "r", "clauses": [
            {"contextKind": "user", "attribute": "country", "op": "in", "values": ["DE", "AT"]}]}]})
}

fn flag(i: usize) -> Vec<Value> {
    let key = format!("f{i}");
    vec![
        json!({"kind": "flag", "key": key, "variations": [{"id": "old", "value": false}, {"id": "new", "value": true}]}),
        json!({"kind": "targeting", "key": key, "on": true, "salt": "s", "offVariation": 0,
            "rules": [{"id": "staff", "variation": 1, "clauses": [
                {"contextKind": "user", "attribute": "plan", "op": "in", "values": ["staff", "test"]}]}],
            "fallthrough": {"rollout": {"variations": [
                {"variation": 1, "weight": 37_500}, {"variation": 0, "weight": 62_500}]}}}),
    ]
}
