//! Previews over 100,000 contexts and 50,000 requests, and what noting them costs.
//! `cargo bench -p switchyard-bench --bench impact`

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use switchyard_flags::Context;
use switchyard_model::{Manifest, State};
use switchyard_snapshot::impact::{Limits, Seen, preview};
use switchyard_snapshot::{RequestView, Sampled, Snapshot};

const CONTEXTS: u64 = 95_000;
const REQUESTS: u64 = 48_000;
const FLAGS: u32 = 200;

fn main() {
    let before = shop(10_000, 90_000);
    let sampled = Sampled::default();
    note(&before, &sampled);
    let (contexts, requests) = (sampled.contexts.collect(2), sampled.requests.collect(2));
    println!("{} contexts and {} requests, {FLAGS} flags", contexts.items.len(), requests.items.len());

    let seen = Seen { contexts: &contexts.items, requests: &requests.items, requests_per_second: 100.0 };
    for (name, after) in [
        ("one flag's percentage, 10 % to 50 %", shop(50_000, 90_000)),
        ("a route's weights, 90/10 to 50/50", shop(10_000, 50_000)),
        ("a segment that 20 flags ask for, and both of these", everything()),
    ] {
        let limits = Limits { examples: 10, evaluations: 10_000_000, stop: &|| false };
        let told = preview(&before, &after, seen, &limits).expect("nobody stops it");
        let time = best(7, || drop(black_box(preview(&before, &after, seen, &limits))));
        println!(
            "  {name}: {time:.1?} ({} contexts, {} requests move)",
            told.contexts_moved, told.requests_moved
        );
    }
    println!("  collecting the sample: {:.1?}", best(7, || drop(black_box(sampled.contexts.collect(2)))));

    let listener = before.listener("web").expect("it is there");
    let (headers, context) = (headers(7), context(7));
    let view = view(&headers);
    let known = nanoseconds(|_| before.saw_context(&sampled, &context, 2));
    println!("  noting a known context: {known:.0} ns");
    let unseen = nanoseconds(|_| before.saw_request(&sampled, listener, &view, None, (u64::MAX, 0), 2));
    println!("  noting a request that is not kept, of somebody known: {unseen:.0} ns");
    let kept = nanoseconds(|n| before.saw_request(&sampled, listener, &view, None, (tag(n), 0), 2));
    println!("  noting a request that is kept: {kept:.0} ns");
}

fn best(times: u32, mut work: impl FnMut()) -> Duration {
    let once = |work: &mut dyn FnMut()| {
        let began = Instant::now();
        work();
        began.elapsed()
    };
    (0..times).map(|_| once(&mut work)).min().unwrap_or_default()
}

fn nanoseconds(mut work: impl FnMut(u64)) -> f64 {
    const TURNS: u64 = 20_000;
    let mut turn = || {
        let began = Instant::now();
        (0..TURNS).for_each(&mut work);
        began.elapsed().as_nanos() as f64 / TURNS as f64
    };
    (0..5).map(|_| turn()).fold(f64::MAX, f64::min)
}

/// SplitMix64's mixing.
fn tag(n: u64) -> u64 {
    let z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z ^ (z >> 31)
}

fn context(n: u64) -> Context {
    let plan = ["free", "starter", "pro", "enterprise"][(n % 4) as usize];
    let country = ["DE", "FR", "NL", "AT", "US"][(n % 5) as usize];
    Context::builder("user", format!("c-{n}"))
        .set("plan", plan)
        .set("country", country)
        .set("beta", n.is_multiple_of(12))
        .set("email", "nobody@example.com")
        .build()
        .expect("it has a key")
}

fn headers(n: u64) -> HeaderMap {
    let value = HeaderValue::from_str(&format!("c-{n}")).expect("plain");
    [
        ("x-customer", value),
        ("x-plan", HeaderValue::from_static("pro")),
        ("user-agent", HeaderValue::from_static("b")),
    ]
    .into_iter()
    .map(|(name, value)| (http::HeaderName::from_static(name), value))
    .collect()
}

fn view(headers: &HeaderMap) -> RequestView<'_> {
    let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
    RequestView { method: "GET", host: "shop.example", path: "/catalog/teapots", query: None, headers, peer }
}

fn note(snapshot: &Snapshot, sampled: &Sampled) {
    let listener = snapshot.listener("web").expect("it is there");
    (0..CONTEXTS).for_each(|n| snapshot.saw_context(sampled, &context(n), 1));
    for n in 0..REQUESTS {
        let headers = headers(n);
        let context = context(n);
        snapshot.saw_request(sampled, listener, &view(&headers), Some(&context), (tag(n), 0), 1);
    }
}

fn everything() -> Snapshot {
    compiled(resources(50_000, 50_000, "FR"))
}

fn shop(percentage: u32, weight: u32) -> Snapshot {
    compiled(resources(percentage, weight, "AT"))
}

fn resources(percentage: u32, weight: u32, country: &str) -> Vec<Value> {
    let clause =
        |attribute: &str, values: Value| json!({"attribute": attribute, "op": "in", "values": values});
    let rollout = |weight: u32| {
        json!({"rollout": {"contextKind": "user", "variations": [
            {"variation": 0, "weight": weight}, {"variation": 1, "weight": 100_000 - weight}]}})
    };
    let mut all = vec![
        json!({"kind": "segment", "key": "testers", "rules": [
            {"id": "t", "clauses": [clause("beta", json!([true])), clause("country", json!(["DE", country]))]}]}),
        json!({"kind": "service", "key": "shop", "subsets": [{"id": "v1"}, {"id": "v2"}]}),
        json!({"kind": "listener", "key": "web", "mapping": {"contexts": [{"kind": "user",
            "key": {"header": "x-customer"}, "attributes": [{"name": "plan", "from": {"header": "x-plan"}}]}]}}),
    ];
    let arm = |id: &str, weight: u32| json!({"id": id, "weight": weight, "action": {"type": "service", "service": "shop", "subset": id}});
    all.push(json!({"kind": "route", "key": "catalog", "listener": "web", "match": {"path": {"prefix": "/catalog"}},
        "split": {"by": "weight", "contextKind": "user", "bucketBy": "key",
            "arms": [arm("v1", weight), arm("v2", 100_000 - weight)]}}));
    for n in 0..FLAGS {
        let asked = if n % 10 == 0 {
            json!({"attribute": "", "op": "segmentMatch", "values": ["testers"]})
        } else {
            clause("plan", json!(["enterprise"]))
        };
        all.push(json!({"kind": "flag", "key": format!("f{n}"), "variations": [
            {"id": "new", "value": true}, {"id": "old", "value": false}]}));
        all.push(json!({"kind": "targeting", "key": format!("f{n}"), "on": true, "offVariation": 1,
            "rules": [{"id": "r", "variation": 0, "clauses": [asked]}],
            "fallthrough": rollout(if n == 1 { percentage } else { 10_000 })}));
    }
    all
}

fn compiled(resources: Vec<Value>) -> Snapshot {
    let mut state = State::empty(["production".into()]);
    for json in resources {
        let manifest = Manifest::from_json(json, Some("production")).expect("they are sound");
        state.set(manifest.id(), Some(Arc::new(manifest.resource)), 1);
    }
    state.revision = 1;
    Snapshot::compile("shop", "production", &state).expect("they compile")
}
