//! Previews against evaluating each context and deciding each request one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use switchyard_flags::{Context, NoRecorder};
use switchyard_snapshot::impact::{Impact, Limits, Seen, preview};
use switchyard_snapshot::{CompiledAction, Sampled, SampledContext, SampledRequest, Snapshot};

use crate::support::*;

/// What came in: contexts, and requests with the arm they really got.
struct Came {
    sampled: Sampled,
    contexts: Vec<Arc<SampledContext>>,
    requests: Vec<Arc<SampledRequest>>,
}

fn context(n: u64) -> Context {
    let plan = ["free", "pro", "team"][(n % 3) as usize];
    let json =
        json!({"kind": "user", "key": format!("u-{n}"), "plan": plan, "email": "x@y.z", "age": n % 90});
    match n % 5 {
        0 => Context::from_json(&json!({"kind": "org", "key": format!("o-{n}"), "plan": plan})).unwrap(),
        _ => Context::from_json(&json).unwrap(),
    }
}

impl Came {
    /// Contexts and requests with numbers from 0, as `snapshot` takes note of them.
    fn to(snapshot: &Snapshot, contexts: u64, requests: u64) -> Came {
        let sampled = Sampled::default();
        (0..contexts).for_each(|n| snapshot.saw_context(&sampled, &context(n), 1));
        if let Some(listener) = snapshot.listener("web") {
            for n in 0..requests {
                let path = ["/a", "/b", "/b/c"][(n % 3) as usize];
                let cookie = format!("plan={}", ["free", "pro"][(n % 2) as usize]);
                let line = format!("GET shop.example{path}?x={}&secret=1", n % 7);
                let user = format!("u-{n}");
                let request = request(&line, &[("x-user", &user), ("cookie", &cookie), ("x-no", "1")]);
                let tag = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                snapshot.saw_request(&sampled, listener, &request.view(), None, (tag, n as u32 % 100_000), 1);
            }
        }
        Came {
            contexts: sampled.contexts.collect(2).items,
            requests: sampled.requests.collect(2).items,
            sampled,
        }
    }

    fn seen(&self) -> Seen<'_> {
        Seen { contexts: &self.contexts, requests: &self.requests, requests_per_second: 10.0 }
    }

    fn preview(&self, before: &Snapshot, after: &Snapshot) -> Impact {
        let limits = Limits { examples: 5, evaluations: usize::MAX, stop: &|| false };
        preview(before, after, self.seen(), &limits).unwrap()
    }
}

/// From which variation to which, counted one by one.
fn one_by_one(
    before: &Snapshot,
    after: &Snapshot,
    flag: &str,
    came: &Came,
) -> BTreeMap<[Option<usize>; 2], usize> {
    let mut moves = BTreeMap::new();
    for sampled in &came.contexts {
        let ends = [before, after].map(|s| s.flags().evaluate(flag, &sampled.context).variation_index);
        if ends[0] != ends[1] {
            *moves.entry(ends).or_default() += 1;
        }
    }
    moves
}

fn told(impact: &Impact, flag: &str) -> BTreeMap<[Option<usize>; 2], usize> {
    let flag = impact.flags.iter().find(|f| f.flag == flag);
    let moves = flag.into_iter().flat_map(|flag| &flag.moves);
    moves.map(|m| ([m.from.as_ref(), m.to.as_ref()].map(|s| s.map(|s| s.variation)), m.contexts)).collect()
}

fn rollout(weight: u32) -> Value {
    json!({"rollout": {"contextKind": "user", "variations": [
        {"variation": 1, "weight": weight}, {"variation": 0, "weight": 100_000 - weight}]}})
}

fn clause(attribute: &str, values: Value) -> Value {
    json!({"contextKind": "user", "attribute": attribute, "op": "in", "values": values})
}

fn in_segment(key: &str) -> Value {
    json!({"attribute": "", "op": "segmentMatch", "values": [key]})
}

/// Targeting of one of many sorts.
fn any_targeting(flag: &'static str, others: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let rule = prop_oneof![
        prop::sample::subsequence(vec!["free", "pro", "team"], 1..3).prop_map(|v| clause("plan", json!(v))),
        Just(in_segment("staff")),
        Just(in_segment("payers")),
    ];
    let rules = prop::collection::vec((rule, 0..2u8), 0..3);
    (any::<bool>(), 0..100_001u32, rules, prop::sample::select(others), any::<bool>()).prop_map(
        move |(on, weight, rules, other, asks)| {
            let rules: Vec<_> = rules
                .into_iter()
                .enumerate()
                .map(|(n, (clause, v))| json!({"id": format!("r{n}"), "variation": v, "clauses": [clause]}))
                .collect();
            let first =
                if asks && !other.is_empty() { json!([{"key": other, "variation": 1}]) } else { json!([]) };
            targeting(
                flag,
                json!({"on": on, "fallthrough": rollout(weight), "rules": rules, "prerequisites": first}),
            )
        },
    )
}

fn any_segment() -> impl Strategy<Value = Value> {
    (prop::sample::subsequence(vec!["u-1", "u-2", "u-3", "u-7"], 0..4), 0..3usize).prop_map(|(keys, plan)| {
        let plan = ["free", "pro", "team"][plan];
        json!({"kind": "segment", "key": "payers", "included": keys, "rules": [
            {"id": "r", "clauses": [clause("plan", json!([plan]))]}]})
    })
}

fn any_route() -> impl Strategy<Value = Value> {
    let matches = prop_oneof![
        Just(json!({"path": {"prefix": "/b"}})),
        Just(json!({"path": {"prefix": "/"}})),
        Just(json!({"path": {"exact": "/b/c"}, "query": [{"name": "x", "value": {"exact": "3"}}]})),
    ];
    (matches, 1..100_000u32, 0..3u8).prop_map(|(matches, weight, by)| {
        let arm = |id: &str, weight: u32| json!({"id": id, "weight": weight, "action": to("shop", id)});
        let split = match by {
            0 => json!({"by": "flag", "flag": "a", "arms": [
                {"variation": "old", "action": to("shop", "v1")}, {"variation": "new", "action": to("shop", "v2")}]}),
            1 => json!({"by": "weight", "contextKind": "user", "bucketBy": "key",
                "arms": [arm("v1", weight), arm("v2", 100_000 - weight)]}),
            _ => json!({"by": "weight", "arms": [arm("v1", 100_000)]}),
        };
        json!({"kind": "route", "key": "r", "listener": "web", "match": matches, "split": split})
    })
}

/// A shop with three flags, segments and two routes.
fn any_shop() -> impl Strategy<Value = Value> {
    let flags = (any_targeting("a", &["b", "c"]), any_targeting("b", &["c"]), any_targeting("c", &[""]));
    (flags, any_segment(), any_route()).prop_map(|((a, b, c), segment, route)| {
        let staff = json!({"kind": "segment", "key": "staff", "rules": [{"id": "s", "clauses": [in_segment("payers")]}]});
        json!([flag("a"), flag("b"), flag("c"), a, b, c, segment, staff, service("shop"), listener(), route,
            crate::support::route("rest", json!({"path": {"prefix": "/"}}))])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn moves_are_those_found_one_by_one(old in any_shop(), new in any_shop()) {
        let (before, mut next) = (world(old.clone()), world(old));
        let before = before.snapshot();
        let after = next.put(new).after(&before);
        let came = Came::to(&before, 300, 200);
        let impact = came.preview(&before, &after);
        let mut anyone = 0;
        for sampled in &came.contexts {
            let moved = ["a", "b", "c"].iter().any(|flag| {
                let of = |s: &Snapshot| s.flags().evaluate(flag, &sampled.context).variation_index;
                of(&before) != of(&after)
            });
            anyone += usize::from(moved);
        }
        prop_assert_eq!(impact.contexts_moved, anyone);
        for flag in ["a", "b", "c"] {
            let expected = one_by_one(&before, &after, flag, &came);
            prop_assert_eq!(&told(&impact, flag), &expected, "{}", flag);
            if let Some(found) = impact.flags.iter().find(|f| f.flag == flag) {
                prop_assert_eq!(found.asked, came.contexts.len());
                prop_assert_eq!(found.moved, expected.values().sum::<usize>());
                prop_assert_eq!(found.examples.len(), found.moved.min(5));
                prop_assert!(found.by.iter().all(|group| group.contexts <= found.moved));
                prop_assert!(found.by.iter().all(|group| group.attribute == "plan"), "{:?}", found.by);
            }
        }
        let decided = |snapshot: &Snapshot, request: &SampledRequest| {
            let listener = snapshot.listener("web").unwrap();
            let decision = snapshot.decide(listener, &request.view(), 0, &mut NoRecorder);
            (decision.route.map(|r| r.key.to_string()), decision.arm().map(|a| a.id.to_string()))
        };
        let moved = came.requests.iter().filter(|r| decided(&before, r) != decided(&after, r)).count();
        prop_assert_eq!(impact.requests_moved, moved);
        for service in &impact.services {
            let goes = |snapshot: &Snapshot, request: &SampledRequest| {
                let listener = snapshot.listener("web").unwrap();
                let decision = snapshot.decide(listener, &request.view(), 0, &mut NoRecorder);
                let action = decision.arm().map(|arm| &arm.action);
                matches!(action, Some(CompiledAction::Service { subset, .. }) if **subset == *service.subset)
            };
            let percent = |snapshot: &Snapshot| {
                let gone = came.requests.iter().filter(|request| goes(snapshot, request)).count();
                gone as f64 * 100.0 / came.requests.len() as f64
            };
            let off = (service.before_percent - percent(&before)).abs() + (service.after_percent - percent(&after)).abs();
            prop_assert!(off < 1e-9, "{service:?}");
        }
    }

    #[test]
    fn nobody_moves_where_nothing_differs(shop in any_shop()) {
        let (before, after) = (world(shop.clone()).snapshot(), world(shop).snapshot());
        let came = Came::to(&before, 100, 100);
        prop_assert_eq!(came.preview(&before, &after), Impact::default());
    }

    #[test]
    fn growing_a_percentage_moves_nobody_back(from in 0..100_000u32, more in 1..50_000u32) {
        let to = (from + more).min(100_000);
        let shop = |weight| world(json!([flag("a"), targeting("a", json!({"fallthrough": rollout(weight)}))])).snapshot();
        let (before, after) = (shop(from), shop(to));
        let came = Came::to(&before, 2_000, 0);
        let impact = came.preview(&before, &after);
        let moves = told(&impact, "a");
        prop_assert!(moves.keys().all(|ends| *ends == [Some(0), Some(1)]), "{moves:?}");
        prop_assert_eq!(&moves, &one_by_one(&before, &after, "a", &came));
    }
}

#[test]
fn what_depends_on_a_segment_is_found_through_segments_flags_and_routes() {
    let shop = |keys: Value| {
        json!([
            flag("a"), flag("b"), flag("c"), service("shop"), listener(),
            {"kind": "segment", "key": "inner", "included": keys},
            {"kind": "segment", "key": "outer", "rules": [{"id": "o", "clauses": [in_segment("inner")]}]},
            targeting("a", json!({"rules": [{"id": "r", "variation": 1, "clauses": [in_segment("outer")]}]})),
            targeting("b", json!({"fallthrough": {"variation": 1}, "prerequisites": [{"key": "a", "variation": 1}]})),
            targeting("c", json!({})),
            {"kind": "route", "key": "r", "listener": "web", "split": {"by": "flag", "flag": "b", "arms": [
                {"variation": "old", "action": to("shop", "v1")}, {"variation": "new", "action": to("shop", "v2")}]}},
        ])
    };
    let mut world = world(shop(json!(["u-1"])));
    let before = world.snapshot();
    let after = world.put(shop(json!(["u-1", "u-2"]))).after(&before);
    let came = Came::to(&before, 20, 30);
    let impact = came.preview(&before, &after);
    let flags: Vec<_> = impact.flags.iter().map(|f| (&*f.flag, f.moved)).collect();
    assert_eq!(flags, [("a", 1), ("b", 1)]);
    let mut said: Vec<_> =
        impact.dependents.iter().map(|d| format!("{} {}: {}", d.target.kind, d.target.key, d.why)).collect();
    said.sort();
    assert_eq!(
        said,
        [
            "route r: divides its requests by flag b",
            "segment outer: is made of segment inner",
            "targeting a: has a rule on segment outer",
            "targeting b: asks first what flag a gives",
        ]
    );
    assert_eq!((impact.routes[0].requests, impact.routes[0].moved), (30, 1));
    let example = &impact.flags[0].examples[0];
    assert_eq!((&*example.key, &*example.context_kind), ("u-2", "user"));
    assert!(example.why.contains("is in outer") && example.why_before == "Everyone else", "{example:?}");
    let services: Vec<_> = impact.services.iter().map(|s| (&*s.subset, s.before_rps, s.after_rps)).collect();
    assert!(
        matches!(services[..], [("v1", a, b), ("v2", c, d)] if a > b && d > c && ((a + c) - 10.0).abs() < 1e-9),
        "{services:?}"
    );
}

#[test]
fn a_value_that_differs_moves_those_who_have_it() {
    let shop = |value: Value| {
        let flag = json!({"kind": "flag", "key": "a", "variations": [{"id": "x", "value": value}, {"id": "y", "value": 2}]});
        world(json!([flag, targeting("a", json!({"fallthrough": rollout(50_000)}))])).snapshot()
    };
    let (before, after) = (shop(json!(1)), shop(json!("one")));
    let came = Came::to(&before, 200, 0);
    let flag = &came.preview(&before, &after).flags[0];
    let served = |end: &Option<switchyard_snapshot::impact::Served>| end.as_ref().unwrap().label.clone();
    assert_eq!(
        (served(&flag.moves[0].from), served(&flag.moves[0].to)),
        ("x (1)".into(), "x (\"one\")".into())
    );
    assert!(flag.moves.len() == 1 && flag.moved < 200 && flag.moved > 50);
}

#[test]
fn only_what_something_looks_at_is_kept_of_a_request() {
    let shop = json!([
        flag("a"),
        targeting(
            "a",
            json!({"rules": [{"id": "r", "variation": 1, "clauses": [
            clause("plan", json!(["pro"]))]}]})
        ),
        listener(),
        route(
            "with",
            json!({"headers": [{"name": "authorization", "value": {"prefix": "Basic"}},
            {"name": "x-here", "value": "present"}], "query": [{"name": "x", "value": {"exact": "a b"}}]})
        )
    ]);
    let snapshot = world(shop).snapshot();
    let sampled = Sampled::default();
    let came = request(
        "GET SHOP.example:80/p?x=a+b&y=2",
        &[
            ("x-user", "ann"),
            ("cookie", "sid=1; plan=pro; z=2"),
            ("authorization", "Basic c2VjcmV0"),
            ("x-here", "long"),
            ("x-forged", "f"),
            ("user-agent", "curl"),
        ],
    );
    snapshot.saw_request(&sampled, snapshot.listener("web").unwrap(), &came.view(), None, (1, 0), 1);
    let kept = sampled.requests.collect(2).items;
    let view = kept[0].view();
    let mut headers: Vec<_> =
        view.headers.iter().map(|(n, v)| format!("{n}: {}", v.to_str().unwrap())).collect();
    headers.sort();
    assert_eq!(headers, ["authorization: ", "cookie: plan=pro", "x-here: ", "x-user: ann"]);
    assert_eq!((view.method, view.host, view.path, view.query), ("GET", "shop.example", "/p", Some("x=a+b")));
    assert!(view.peer.is_unspecified());
    let context = serde_json::to_value(kept[0].context.as_ref().unwrap()).unwrap();
    assert_eq!(context, json!({"kind": "user", "key": "ann", "plan": "pro"}));
    assert_eq!(sampled.contexts.collect(2).items.len(), 1);
}

#[test]
fn what_was_not_kept_is_told() {
    let shop = |clauses: Value, matches: Value| {
        json!([
            flag("a"),
            listener(),
            route("r", matches),
            targeting("a", json!({"rules": [{"id": "r", "variation": 1, "clauses": clauses}]}))
        ])
    };
    let plain = json!({"path": {"prefix": "/"}});
    let mut world = world(shop(json!([clause("plan", json!(["pro"]))]), plain.clone()));
    let before = world.snapshot();
    let came = Came::to(&before, 200, 10);
    let new_header = json!({"headers": [{"name": "x-new", "value": {"exact": "1"}}]});
    let org = json!({"contextKind": "team", "attribute": "size", "op": "in", "values": [1]});
    let clauses = json!([clause("age", json!([1])), clause("plan", json!(["pro"])), org]);
    let after = world.put(shop(clauses, new_header)).after(&before);
    let impact = came.preview(&before, &after);
    let missing: Vec<_> =
        impact.missing.iter().map(|m| format!("{} {}", m.context_kind, m.attribute)).collect();
    assert_eq!(missing, ["team size", "user age", "request header x-new"]);
    // Once the snapshot looks at it, those who come again are known by it too.
    (0..200).for_each(|n| after.saw_context(&came.sampled, &context(n), 2));
    let contexts = came.sampled.contexts.collect(3).items;
    let again = Seen { contexts: &contexts, ..came.seen() };
    let limits = Limits { examples: 0, evaluations: usize::MAX, stop: &|| false };
    let impact = preview(&before, &after, again, &limits).unwrap();
    assert!(!impact.missing.iter().any(|m| m.attribute == "age"), "{:?}", impact.missing);
}

#[test]
fn nothing_is_allocated_for_those_who_stay_and_it_can_be_stopped() {
    let shop = |weight| {
        world(json!([flag("a"), targeting("a", json!({"fallthrough": rollout(weight)}))])).snapshot()
    };
    let (before, after) = (shop(0), shop(0));
    let other = {
        let off = targeting("a", json!({"fallthrough": rollout(0), "offVariation": 1}));
        world(json!([flag("a"), off])).snapshot()
    };
    let allocated = |came: &Came| {
        let mut impact = None;
        let info = allocation_counter::measure(|| impact = Some(came.preview(&before, &other)));
        assert_eq!(impact.unwrap().flags[0].moved, 0);
        info.count_total
    };
    let (few, many) = (Came::to(&before, 100, 0), Came::to(&before, 5_000, 0));
    assert_eq!(allocated(&few), allocated(&many));
    drop(after);
    let limits = Limits { examples: 5, evaluations: usize::MAX, stop: &|| true };
    assert_eq!(preview(&before, &other, many.seen(), &limits), None);
    let limits = Limits { examples: 5, evaluations: 70, stop: &|| false };
    assert_eq!(preview(&before, &other, many.seen(), &limits).unwrap().flags[0].asked, 70);
}
