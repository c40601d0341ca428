//! Which route takes a request, case by case and against a linear search.

use std::cmp::Reverse;

use proptest::prelude::*;
use serde_json::{Value, json};
use switchyard_flags::NoRecorder;
use switchyard_model::route::{Match, PathMatch};
use switchyard_snapshot::Snapshot;

use crate::support::{listener, request, route, world};

fn snapshot(routes: impl IntoIterator<Item = Value>) -> Snapshot {
    world(std::iter::once(listener()).chain(routes).collect()).snapshot()
}

fn taker(snapshot: &Snapshot, line: &str, headers: &[(&str, &str)]) -> Option<String> {
    let request = request(line, headers);
    let listener = snapshot.listener("web").unwrap();
    let decision = snapshot.decide(listener, &request.view(), 0, &mut NoRecorder);
    decision.route.map(|route| route.key.to_string())
}

/// Routes by key, with their matches and priorities; then requests and who takes them (`-` is nobody).
#[track_caller]
fn check(routes: &[(&str, Value)], cases: &[(&str, &str)]) {
    let routes = routes.iter().map(|(key, matches)| {
        let mut matches = matches.clone();
        let priority = matches.as_object_mut().unwrap().remove("priority").unwrap_or(json!(0));
        let mut route = route(key, matches);
        route["priority"] = priority;
        route
    });
    let snapshot = snapshot(routes);
    for (line, want) in cases {
        let mut parts = line.split(" | ");
        let first = parts.next().unwrap();
        let headers: Vec<_> = parts.map(|header| header.split_once(": ").unwrap()).collect();
        let got = taker(&snapshot, first, &headers);
        assert_eq!(got.as_deref().unwrap_or("-"), *want, "{line}");
    }
}

#[test]
fn by_path() {
    let path = |kind: &str, text: &str| json!({"path": {kind: text}});
    check(
        &[
            ("exact", path("exact", "/a/b")),
            ("slash", path("exact", "/a/b/")),
            ("prefix", path("prefix", "/a")),
            ("deeper", path("prefix", "/a/p/q")),
            ("one", path("template", "/t/{x}")),
            ("literal", path("template", "/t/{x}/end")),
            ("rest", path("template", "/t/{x...}")),
            ("root", path("exact", "/")),
            ("encoded", path("exact", "/a%2Fb")),
        ],
        &[
            ("GET h/", "root"),
            ("GET h/a", "prefix"),
            ("GET h/a/", "prefix"),
            ("GET h/ab", "-"),
            ("GET h/a/b", "exact"),
            ("GET h/a/b/", "slash"),
            ("GET h/a/b/c", "prefix"),
            ("GET h/a/p", "prefix"),
            ("GET h/a/p/q", "deeper"),
            ("GET h/a/p/q/r", "deeper"),
            ("GET h/a/p/qr", "prefix"),
            ("GET h/t", "-"),
            ("GET h/t/", "rest"),
            ("GET h/t/1", "one"),
            ("GET h/t/1/", "rest"),
            ("GET h/t/1/end", "literal"),
            ("GET h/t/1/other", "rest"),
            ("GET h/t//end", "rest"),
            ("GET h/a%2Fb", "encoded"),
            ("GET h/A/b", "-"),
            ("OPTIONS h", "-"),
        ],
    );
    check(
        &[("all", json!({})), ("prefix", path("prefix", "/"))],
        &[("GET h/x", "prefix"), ("GET h//", "prefix"), ("OPTIONS h", "all")],
    );
}

#[test]
fn by_host() {
    check(
        &[
            ("exact", json!({"hosts": ["a.shop.example", "b.shop.example"]})),
            ("shop", json!({"hosts": ["*.shop.example"]})),
            ("example", json!({"hosts": ["*.example"]})),
            ("any", json!({"path": {"exact": "/any"}})),
            ("v6", json!({"hosts": ["[::1]"]})),
        ],
        &[
            ("GET a.shop.example/", "exact"),
            ("GET B.Shop.Example:8080/", "exact"),
            ("GET a.shop.example./", "exact"),
            ("GET x.a.shop.example/", "shop"),
            ("GET c.shop.example/any", "shop"),
            ("GET shop.example/", "example"),
            ("GET example/", "-"),
            ("GET example/any", "any"),
            ("GET ashop.example/", "example"),
            ("GET [::1]:80/", "v6"),
            ("GET /any", "any"),
        ],
    );
}

#[test]
fn by_condition() {
    let header = |name: &str, value: Value| json!({"headers": [{"name": name, "value": value}]});
    let query = |name: &str, value: Value| json!({"query": [{"name": name, "value": value}]});
    check(
        &[
            ("post", json!({"methods": ["POST", "PUT"]})),
            ("both", json!({"methods": ["POST"], "headers": [{"name": "X-A", "value": {"exact": "1"}}]})),
            ("exact", header("x-a", json!({"exact": "1"}))),
            ("prefix", header("x-b", json!({"prefix": "be"}))),
            ("regex", header("x-c", json!({"regex": "a|ab"}))),
            ("present", header("x-d", json!("present"))),
            ("forged", header("x-forged", json!("present"))),
            ("own", header("switchyard-flags", json!("present"))),
            ("query", query("q", json!({"exact": "a b"}))),
        ],
        &[
            ("GET h/", "-"),
            ("POST h/", "post"),
            ("PUT h/", "post"),
            ("post h/", "-"),
            ("POST h/ | x-a: 1", "both"),
            ("GET h/ | x-a: 1", "exact"),
            ("GET h/ | x-a: 2 | x-a: 1", "exact"),
            ("GET h/ | x-a: 11", "-"),
            ("GET h/ | x-b: best", "prefix"),
            ("GET h/ | x-c: ab", "regex"),
            ("GET h/ | x-c: abc", "-"),
            ("GET h/ | x-d: ", "present"),
            ("GET h/ | x-forged: 1", "-"),
            ("GET h/ | switchyard-flags: 1", "-"),
            ("GET h/?q=a%20b", "query"),
            ("GET h/?q=a+b", "query"),
            ("GET h/?x=1&q=&q=a+b", "query"),
            ("GET h/?q=a", "-"),
        ],
    );
}

#[test]
fn priority_beats_everything_and_conditions_beat_keys() {
    check(
        &[
            ("exact", json!({"hosts": ["h"], "path": {"exact": "/a"}})),
            ("low", json!({"hosts": ["h"], "path": {"exact": "/low"}, "priority": -1})),
            ("catch", json!({"priority": 1, "headers": [{"name": "x-maintenance", "value": "present"}]})),
            ("a", json!({"path": {"prefix": "/p"}})),
            ("b", json!({"path": {"prefix": "/p"}, "methods": ["GET"]})),
            ("c", json!({"path": {"prefix": "/p"}, "query": [{"name": "q", "value": "present"}]})),
            ("z", json!({})),
        ],
        &[
            ("GET h/a", "exact"),
            ("GET h/a | x-maintenance: 1", "catch"),
            ("GET h/low", "z"),
            ("POST h/p", "a"),
            ("GET h/p", "b"),
            ("GET h/p?q", "b"),
            ("POST h/p?q", "c"),
        ],
    );
}

// The reference: what the documentation of `routing` says, over all routes one by one.

#[derive(Debug, Clone)]
struct Plain {
    key: String,
    priority: i32,
    matches: Match,
}

fn host_rank(pattern: &str, host: &str) -> Option<(u8, Reverse<usize>)> {
    match pattern.strip_prefix("*.") {
        Some(domain) => host.ends_with(&format!(".{domain}")).then_some((1, Reverse(domain.len()))),
        None => (pattern == host).then_some((0, Reverse(0))),
    }
}

type PathPlace = (u8, Reverse<usize>, bool, Reverse<usize>);

fn path_rank(pattern: &PathMatch, path: &str) -> Option<PathPlace> {
    match pattern {
        PathMatch::Exact(text) => (text == path).then_some((0, Reverse(0), false, Reverse(0))),
        PathMatch::Prefix(text) => {
            let text = text.trim_end_matches('/');
            let fits = path == text || path.starts_with(&format!("{text}/"));
            fits.then_some((2, Reverse(0), false, Reverse(text.matches('/').count())))
        }
        PathMatch::Template(text) => {
            let parts: Vec<_> = text[1..].split('/').collect();
            let given: Vec<_> = path[1..].split('/').collect();
            let rest = parts.last().is_some_and(|p| p.ends_with("...}"));
            let fixed = parts.len() - usize::from(rest);
            let fits = if rest { given.len() > fixed } else { given.len() == fixed };
            let literals = parts.iter().filter(|p| !p.starts_with('{')).count();
            let one = |(part, given): (&&str, &&str)| match part.starts_with('{') {
                true => !given.is_empty(),
                false => part == given,
            };
            let fits = fits && parts[..fixed].iter().zip(&given).all(one);
            fits.then_some((1, Reverse(literals), rest, Reverse(fixed)))
        }
    }
}

fn linear(routes: &[Plain], method: &str, host: &str, path: &str, header: Option<&str>) -> Option<String> {
    let place = |route: &Plain| {
        let m = &route.matches;
        let host = match m.hosts.as_slice() {
            [] => (2, Reverse(0)),
            hosts => hosts.iter().filter_map(|pattern| host_rank(pattern, host)).min()?,
        };
        let path = match &m.path {
            None => (3, Reverse(0), false, Reverse(0)),
            Some(pattern) => path_rank(pattern, path)?,
        };
        let conditions = usize::from(!m.methods.is_empty()) + m.headers.len();
        let method_fits = m.methods.is_empty() || m.methods.iter().any(|m| m == method);
        let header_fits = m.headers.is_empty() || header.is_some();
        (method_fits && header_fits)
            .then(|| (Reverse(route.priority), host, path, Reverse(conditions), route.key.clone()))
    };
    routes.iter().filter_map(place).min().map(|place| place.4)
}

const SEGMENTS: [&str; 4] = ["a", "b", "c", "d%2Fe"];

fn path_pattern() -> impl Strategy<Value = Value> {
    let literal = || prop::sample::select(&SEGMENTS[..]).prop_map(str::to_owned);
    let plain = move || prop::collection::vec(literal(), 0..4).prop_map(|s| format!("/{}", s.join("/")));
    let parts = prop::collection::vec(prop_oneof![literal(), Just("{x}".to_owned())], 0..4);
    let template = (parts, any::<bool>()).prop_map(|(mut parts, rest)| {
        if rest || parts.is_empty() {
            parts.push("{rest...}".into());
        }
        format!("/{}", parts.join("/"))
    });
    prop_oneof![
        Just(Value::Null),
        plain().prop_map(|p| json!({"exact": p})),
        plain().prop_map(|p| json!({"exact": format!("{}/", p.trim_end_matches('/'))})),
        plain().prop_map(|p| json!({"prefix": p})),
        template.prop_map(|p| json!({"template": p})),
    ]
}

fn some_match() -> impl Strategy<Value = (Value, i32)> {
    let hosts = ["x.example", "y.x.example", "*.example", "*.x.example", "*.y.x.example"];
    let hosts = prop::collection::vec(prop::sample::select(hosts.to_vec()), 0..3);
    let methods = prop::collection::vec(prop::sample::select(vec!["GET", "POST"]), 0..2);
    (hosts, path_pattern(), methods, any::<bool>(), -1..2).prop_map(
        |(hosts, path, methods, header, priority)| {
            let mut matches = json!({"hosts": hosts, "methods": methods});
            if !path.is_null() {
                matches["path"] = path;
            }
            if header {
                matches["headers"] = json!([{"name": "x-h", "value": "present"}]);
            }
            (matches, priority)
        },
    )
}

fn some_request() -> impl Strategy<Value = (&'static str, &'static str, String, bool)> {
    let hosts = ["x.example", "y.x.example", "z.y.x.example", "example", "other"];
    let segments = prop::sample::select(vec!["a", "b", "c", "d%2Fe", "", "z"]);
    let path = prop::collection::vec(segments, 1..6).prop_map(|s| format!("/{}", s.join("/")));
    (prop::sample::select(vec!["GET", "POST"]), prop::sample::select(hosts.to_vec()), path, any::<bool>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_tree_finds_what_a_linear_search_finds(
        matches in prop::collection::vec(some_match(), 0..30),
        requests in prop::collection::vec(some_request(), 1..20),
    ) {
        let plain: Vec<Plain> = matches.iter().enumerate().map(|(i, (matches, priority))| Plain {
            key: format!("r{i}"),
            priority: *priority,
            matches: serde_json::from_value(matches.clone()).unwrap(),
        }).collect();
        let snapshot = snapshot(plain.iter().zip(&matches).map(|(plain, (matches, priority))| {
            let mut route = route(&plain.key, matches.clone());
            route["priority"] = json!(priority);
            route
        }));
        for (method, host, path, header) in requests {
            let headers: &[(&str, &str)] = if header { &[("x-h", "1")] } else { &[] };
            let want = linear(&plain, method, host, &path, header.then_some("1"));
            prop_assert_eq!(taker(&snapshot, &format!("{method} {host}{path}"), headers), want);
        }
    }
}
