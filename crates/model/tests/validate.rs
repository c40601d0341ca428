//! What validation finds, and what it says.

use std::sync::Arc;

use serde_json::{Value, json};
use switchyard_model::validate::{dependents, validate, validate_touched};
use switchyard_model::{Manifest, ResourceId, State};

/// A small valid project: a flag with a prerequisite, a segment, a service, a listener, routes of both kinds.
fn base() -> Vec<Value> {
    let to = |subset: &str| json!({"type": "service", "service": "shop", "subset": subset});
    vec![
        json!({"kind": "flag", "key": "f", "variations": [{"id": "on", "value": true}, {"id": "off", "value": false}]}),
        json!({"kind": "flag", "key": "p", "variations": [{"id": "on", "value": true}, {"id": "off", "value": false}]}),
        json!({"kind": "targeting", "key": "f", "on": true, "fallthrough": {"variation": 0}, "offVariation": 1,
            "prerequisites": [{"key": "p", "variation": 0}], "rules": [{"id": "r1", "variation": 0,
                "clauses": [{"attribute": "", "op": "segmentMatch", "values": ["beta"]}]}]}),
        json!({"kind": "targeting", "key": "p", "on": true, "fallthrough": {"variation": 0}}),
        json!({"kind": "segment", "key": "beta", "rules": [{"id": "s1",
            "clauses": [{"attribute": "plan", "op": "in", "values": ["pro"]}]}]}),
        json!({"kind": "service", "key": "shop", "subsets": [
            {"id": "v1", "endpoints": ["10.0.0.7:80", "[::1]:8080", "shop.internal:443"]}, {"id": "v2"}]}),
        json!({"kind": "listener", "key": "public", "mapping": {"contexts": [{"kind": "user",
            "key": {"cookie": "sid"}, "attributes": [{"name": "plan", "from": {"header": "x-plan"}}]}]}}),
        json!({"kind": "route", "key": "w", "listener": "public", "match": {"path": {"prefix": "/w"}},
            "split": {"by": "weight", "arms": [
                {"id": "a", "weight": 40000, "slices": [[0, 40000]], "action": to("v1")},
                {"id": "b", "weight": 60000, "slices": [[40000, 100000]], "action": to("v2"), "fallback": "a"}]}}),
        json!({"kind": "route", "key": "g", "listener": "public", "match": {"path": {"template": "/g/{id}"}},
            "split": {"by": "flag", "flag": "f", "arms": [
                {"variation": "on", "action": to("v2")}, {"variation": "off", "action": to("v1")}]}}),
    ]
}

fn manifest(json: &Value) -> (ResourceId, Arc<switchyard_model::Resource>) {
    let manifest = Manifest::from_json(json.clone(), Some("production"))
        .unwrap_or_else(|problems| panic!("{problems:?}: {json}"));
    (manifest.id(), Arc::new(manifest.resource))
}

fn state(resources: &[Value]) -> State {
    let mut state = State::empty(["production".into(), "staging".into()]);
    for (id, resource) in resources.iter().map(manifest) {
        state.set(id, Some(resource), 1);
    }
    state
}

fn id(text: &str) -> ResourceId {
    let parts: Vec<_> = text.split('/').collect();
    match parts.as_slice() {
        [kind, key] => ResourceId::project(kind.parse().expect("a kind"), key),
        [environment, kind, key] => ResourceId::environment(environment, kind.parse().expect("a kind"), key),
        _ => panic!("{text} is no name"),
    }
}

fn find<'a>(resources: &'a mut [Value], name: &str) -> &'a mut Value {
    let (kind, key) = name.split_once('/').expect("kind/key");
    resources.iter_mut().find(|r| r["kind"] == kind && r["key"] == key).expect("is there")
}

/// Sets fields of the base's resources (`"kind/key#/pointer"`), or adds resources; the whole is judged, and so
/// is what was touched, and both must say these lines and no others.
#[track_caller]
fn check(changes: &[(&str, Value)], expected: &[&str]) {
    let mut resources = base();
    let mut touched = vec![];
    for (place, value) in changes {
        let Some((name, pointer)) = place.split_once('#') else {
            touched.push(manifest(value).0);
            resources.push(value.clone());
            continue;
        };
        let resource = find(&mut resources, name);
        touched.push(manifest(resource).0);
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        match resource.pointer_mut(parent).expect("a parent") {
            Value::Object(fields) => drop(fields.insert(field.into(), value.clone())),
            Value::Array(list) if field == "-" => list.push(value.clone()),
            Value::Array(list) => list[field.parse::<usize>().expect("an index")] = value.clone(),
            other => panic!("nothing below {other}"),
        }
    }
    let state = state(&resources);
    let lines = |problems: Vec<switchyard_model::Problem>| {
        let mut lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        lines.sort();
        lines
    };
    let mut expected: Vec<_> = expected.iter().map(ToString::to_string).collect();
    expected.sort();
    assert_eq!(lines(validate(&state)), expected, "the whole");
    assert_eq!(lines(validate_touched(&state, &touched)), expected, "what was touched");
}

/// One change, and the beginnings of the lines after the resource's name.
#[track_caller]
fn says(place: &str, value: Value, expected: &str) {
    let mut resources = base();
    let (name, pointer) = place.split_once('#').expect("a place");
    let resource = find(&mut resources, name);
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    match resource.pointer_mut(parent).expect("a parent") {
        Value::Array(list) => list[field.parse::<usize>().expect("an index")] = value,
        fields => fields[field] = value,
    }
    let problems = validate(&state(&resources));
    let lines: Vec<_> = problems.iter().map(|p| format!("{}: {}", p.path, p.reason)).collect();
    assert_eq!(lines.join("\n"), expected);
}

#[test]
fn the_base_is_valid() {
    check(&[], &[]);
}

#[test]
fn details_and_names() {
    says("flag/f#/name", json!("x".repeat(257)), "name: has 257 characters; at most 256 are allowed");
    says("flag/f#/name", json!("a\nb"), "name: holds control characters");
    says(
        "flag/f#/description",
        json!("x".repeat(4097)),
        "description: has 4097 characters; at most 4096 are allowed",
    );
    says("flag/f#/owner", json!(""), "owner: is empty");
    says(
        "flag/f#/tags",
        json!(["", "x".repeat(65)]),
        "tags[0]: is empty\ntags[1]: has 65 characters; at most 64 are allowed",
    );
    says("flag/f#/tags", json!(vec!["t"; 51]), "tags: has more than 50");
    check(
        &[("", json!({"kind": "flag", "key": "-x y", "variations": [{"id": "on", "value": 1}]}))],
        &["flag/-x y: key: must start with a letter or a digit (found \"-x y\")"],
    );
    check(
        &[("", json!({"kind": "service", "key": "s", "environment": "moon", "subsets": [{"id": "v1"}]}))],
        &[
            "moon/service/s: environment: is not there (found \"moon\"); the project has production and staging",
        ],
    );
}

#[test]
fn flags() {
    let v = |id: &str, value: Value| json!({"id": id, "value": value});
    says(
        "flag/p#/variations",
        json!([v("a", json!(1)), v("a", json!(2))]),
        "variations[1].id: is the id of two elements, at 0 and 1",
    );
    says(
        "flag/p#/variations",
        json!([v("a", json!(1)), v("b", json!("2"))]),
        "variations[1].value: is a text, but the flag's first variation is a number",
    );
    says("flag/p#/variations", json!([v("a", json!({})), v("b", json!([])), v("c", Value::Null)]), "");
    let one = json!([v("on", json!(true))]);
    check(
        &[("flag/f#/variations", one)],
        &[
            "production/targeting/f: offVariation: is no variation of flag f (found 1); it has 0 (on)",
            "production/route/g: split.arms[1].variation: is no variation of flag f (found \"off\"); it has on",
        ],
    );
    check(
        &[("flag/f#/variations/-", v("maybe", json!(true)))],
        &[
            "production/route/g: split.arms: must have an arm for each variation of flag f; maybe is missing; \
           say what each variation leads to",
        ],
    );
}

#[test]
fn targetings() {
    let clause = |op: &str, value: Value| json!([{"attribute": "plan", "op": op, "values": [value]}]);
    let at = "targeting/f#/rules/0/clauses";
    says(at, clause("sounds", json!(1)), "rules[0].clauses[0].op: is no operator");
    says(at, clause("lessThan", json!("1")), "rules[0].clauses[0].values[0]: must be a number");
    says(at, clause("before", json!("soon")), "rules[0].clauses[0].values[0]: is no time");
    says(at, clause("before", json!("2026-01-31T12:00:00+02:00")), "");
    says(at, clause("after", json!(5)), "");
    says(
        at,
        clause("matches", json!("(")),
        "rules[0].clauses[0].values[0]: is no regular expression: unclosed group",
    );
    says(
        at,
        clause("matches", json!("x".repeat(102_401))),
        "rules[0].clauses[0].values[0]: has 102401 bytes; a regular expression may have 102400",
    );
    says(at, clause("matches", json!("x".repeat(102_400))), "");
    // Short to write and large to run.
    says(
        at,
        clause("matches", json!(r"(?:\w{100}){100}")),
        "rules[0].clauses[0].values[0]: is no regular expression: compiled it is larger than 10485760 bytes",
    );
    for version in ["2", "2.1", "2.1.0", "2-rc1", "2+build", "2.0.0-rc.1+b"] {
        says(at, clause("semVerEqual", json!(version)), "");
    }
    for version in [json!("x"), json!("1.2.3.4"), json!(2), json!("01.2"), json!("")] {
        says(at, clause("semVerLessThan", version), "rules[0].clauses[0].values[0]: is no semantic version");
    }
    let of = |kind: Value, attribute: &str| json!([{"contextKind": kind, "attribute": attribute, "op": "in", "values": []}]);
    says(at, of(json!("user"), ""), "rules[0].clauses[0].attribute: is empty");
    says(
        at,
        of(json!("user"), "/plan~2"),
        "rules[0].clauses[0].attribute: is no reference: '~' must be followed by 0 (for '~') or 1 (for '/')",
    );
    says(
        at,
        of(json!("user"), "/a//b"),
        "rules[0].clauses[0].attribute: is no reference: it holds '//' or ends with '/'",
    );
    says(at, of(json!("user"), "/plan"), "");
    says(
        at,
        of(json!("multi"), "key"),
        "rules[0].clauses[0].contextKind: has a meaning of its own in LaunchDarkly's model and names no kind of context\nsplit.flag: needs a context of kind multi for production/targeting/f, which production/listener/public does not supply",
    );
    says(
        "targeting/p#/rules",
        json!([{"id": "", "variation": 0}, {"id": "x", "variation": 0}, {"id": "x", "variation": 0}]),
        "rules[0].id: is missing\nrules[2].id: is the id of two elements, at 1 and 2",
    );
    says("targeting/p#/rules", json!([{"id": "x"}]), "rules[0]: serves nothing");
    says(
        "targeting/p#/fallthrough",
        json!({"variation": 2}),
        "fallthrough.variation: is no variation of flag p",
    );
    says("targeting/p#/offVariation", json!(-1), "offVariation: is no variation of flag p");
    let rollout = |a: i64, b: i64| json!({"rollout": {"variations": [{"variation": 0, "weight": a}, {"variation": 1, "weight": b}]}});
    says("targeting/p#/fallthrough", rollout(37_500, 62_500), "");
    says(
        "targeting/p#/fallthrough",
        rollout(37_500, 1),
        "fallthrough.rollout.variations: must have weights that add up to 100000, not 37501",
    );
    says(
        "targeting/p#/fallthrough",
        rollout(-1, 100_001),
        "fallthrough.rollout.variations[0].weight: must be between 0 and 100000\nfallthrough.rollout.variations[1].weight: must be between 0 and 100000",
    );
    check(
        &[(
            "targeting/p#/prerequisites",
            json!([{"key": "nobody", "variation": 0}, {"key": "p", "variation": 0}]),
        )],
        &[
            "production/targeting/p: prerequisites[0].key: names a flag that is not there (found \"nobody\"); \
             the project has f and p",
            "production/targeting/p: prerequisites[1].key: is this flag itself (found \"p\")",
        ],
    );
    check(
        &[("segment/beta#/rules/0/clauses", json!([{"op": "segmentMatch", "values": ["gone", 7]}]))],
        &[
            "production/segment/beta: rules[0].clauses[0].values[0]: names a segment that is not there \
             (found \"gone\"); production has beta",
            "production/segment/beta: rules[0].clauses[0].values[1]: must be the key of a segment (found 7)",
        ],
    );
    check(
        &[("", json!({"kind": "targeting", "key": "ghost", "fallthrough": {"variation": 0}}))],
        &["production/targeting/ghost: key: is no flag of the project (found \"ghost\"); \
           make flag/ghost in the same change, or take this away"],
    );
}

#[test]
fn cycles() {
    let problems = |place: &str, value: Value, touched: &str| {
        let mut resources = base();
        let (name, pointer) = place.split_once('#').expect("a place");
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        find(&mut resources, name).pointer_mut(parent).expect("a parent")[field] = value;
        let state = state(&resources);
        let lines =
            |p: Vec<switchyard_model::Problem>| p.iter().map(|p| p.reason.clone()).collect::<Vec<_>>();
        (lines(validate(&state)), lines(validate_touched(&state, &[id(touched)])))
    };
    let (whole, touched) = problems(
        "targeting/p#/prerequisites",
        json!([{"key": "f", "variation": 0}]),
        "production/targeting/p",
    );
    assert_eq!(whole, ["lead back to this flag: f → p → f"]);
    assert_eq!(touched, ["lead back to this flag: p → f → p"]);
    let (whole, touched) = problems(
        "segment/beta#/rules/0/clauses",
        json!([{"op": "segmentMatch", "values": ["beta"]}]),
        "production/segment/beta",
    );
    assert_eq!(whole, ["lead back to this segment: beta → beta"]);
    assert_eq!(touched, whole);

    // A chain of ten thousand is no cycle, and does not end the process.
    let mut chain = base();
    for n in 0..10_000 {
        let clause = json!([{"op": "segmentMatch", "values": [format!("s{}", n + 1)]}]);
        chain.push(
            json!({"kind": "segment", "key": format!("s{n}"), "rules": [{"id": "r", "clauses": clause}]}),
        );
    }
    chain.push(json!({"kind": "segment", "key": "s10000"}));
    assert_eq!(validate(&state(&chain)), []);
}

#[test]
fn services_and_listeners() {
    for (endpoint, reason) in [
        ("shop", "has no port"),
        ("http://shop:80", "is a URL; only host and port are wanted"),
        ("shop:0", "has \"0\" for a port, which is no number from 1 to 65535"),
        ("shop:70000", "has \"70000\" for a port, which is no number from 1 to 65535"),
        (":80", "has no host"),
        ("[::1:80", "holds no IPv6 address between the brackets"),
    ] {
        let expected = format!("subsets[1].endpoints[0]: {reason}");
        says("service/shop#/subsets/1/endpoints", json!([endpoint]), &expected);
    }
    check(
        &[("service/shop#/subsets", json!([{"id": "v2"}]))],
        &[
            "production/route/g: split.arms[1].action.subset: is no subset of service shop (found \"v1\"); it has v2",
            "production/route/w: split.arms[0].action.subset: is no subset of service shop (found \"v1\"); it has v2",
        ],
    );
    let context = "listener/public#/mapping/contexts/0";
    says(
        &format!("{context}/key"),
        json!({"header": "a b"}),
        "mapping.contexts[0].key.header: is no name of a header",
    );
    says(
        &format!("{context}/key"),
        json!({"header": "Switchyard-Flags"}),
        "mapping.contexts[0].key.header: is a header that only the gateway sets; incoming ones are removed",
    );
    says(
        "listener/public#/mapping/untrustedHeaders",
        json!(["X-Plan"]),
        "mapping.contexts[0].attributes[0].from.header: is removed by `untrustedHeaders` before it can be read",
    );
    says(
        &format!("{context}/attributes/0"),
        json!({"name": "key", "from": "address"}),
        "mapping.contexts[0].attributes[0].name: is there by itself and can't be mapped\nsplit.flag: needs attribute plan of kind user for production/segment/beta, which production/listener/public does not supply",
    );
}

#[test]
fn routes() {
    for (path, reason) in [
        (json!({"exact": "x"}), "exact: must start with '/'"),
        (json!({"exact": "/a/../b"}), "exact: holds the segment \"..\", which leads elsewhere"),
        (json!({"exact": "/a//b"}), "exact: holds an empty segment ('//')"),
        (
            json!({"exact": "/a%2Fb"}),
            "exact: holds %2F; slashes, dots and control characters must not be percent-encoded",
        ),
        (json!({"exact": "/a%zz"}), "exact: holds a '%' that is not followed by two hex digits"),
        (json!({"exact": "/é%é"}), "exact: holds a '%' that is not followed by two hex digits"),
        (json!({"exact": "/a\u{7}"}), "exact: holds '\\u{7}', which no path can"),
        (json!({"exact": "/a?b"}), "exact: holds '?', which no path can"),
        (json!({"prefix": "/a/"}), "prefix: must not end with '/'"),
        (json!({"prefix": "/{id}"}), "prefix: holds a brace"),
        (json!({"template": "/a{id}"}), "template: holds \"a{id}\"; a variable must be a whole segment"),
        (json!({"template": "/{id}/{id}"}), "template: has two variables called \"id\""),
        (
            json!({"template": "/{a...}/b"}),
            "template: holds \"{a...}\" before its end, but it takes all the rest",
        ),
        (json!({"template": "/{}"}), "template: holds \"{}\", whose name must be of letters, digits and '_'"),
    ] {
        says("route/w#/match/path", path, &format!("match.path.{reason}"));
    }
    for path in [json!({"prefix": "/"}), json!({"exact": "/a/"}), json!({"template": "/{a}/b/{rest...}"})] {
        says("route/w#/match/path", path, "");
    }
    says("route/w#/match/hosts", json!(["*"]), "match.hosts[0]: is no host");
    says("route/w#/match/hosts", json!(["a.b:80"]), "match.hosts[0]: must be a host without a port");
    says("route/w#/match/hosts", json!(["*.example.com", "[::1]", "127.0.0.1"]), "");
    says(
        "route/w#/match/methods",
        json!(["get", "G T"]),
        "match.methods[0]: must be in capitals\nmatch.methods[1]: is no method of HTTP",
    );
    says(
        "route/w#/match/headers",
        json!([{"name": "", "value": {"regex": "["}}]),
        "match.headers[0].name: is no name of a header\nmatch.headers[0].value.regex: is no regular expression: unclosed character class",
    );
    says("route/w#/timeoutMs", json!(0), "timeoutMs: must be between 1 and 3600000 milliseconds");
    says("route/w#/priority", json!(1001), "priority: must be between -1000 and 1000");
    says(
        "route/w#/split/arms/0/weight",
        json!(1),
        "split.arms: must have weights that add up to 100000, not 60001",
    );
    says(
        "route/w#/split/arms/0/slices",
        json!([[0, 30000]]),
        "split.arms: have slices that don't fit: arm \"a\" has a weight of 40000 and 30000 buckets",
    );
    says("route/w#/split/arms/0/fallback", json!("a"), "split.arms[0].fallback: is the arm itself");
    says("route/w#/split/arms/0/fallback", json!("z"), "split.arms[0].fallback: is no arm of this route");
    says(
        "route/w#/split/arms/0/fallback",
        json!("b"),
        "split.arms[0].fallback: leads back to the arm itself: a → b → a",
    );
    let action = "route/w#/split/arms/0/action";
    says(
        action,
        json!({"type": "redirect", "location": "javascript:x", "status": 200}),
        "split.arms[0].action.status: must be 301, 302, 303, 307 or 308\nsplit.arms[0].action.location: is neither a URL of http or https nor a path",
    );
    says(
        action,
        json!({"type": "redirect", "location": "/a\r\nx: y", "status": 302}),
        "split.arms[0].action.location: holds spaces, control characters or others that must be percent-encoded",
    );
    says(
        action,
        json!({"type": "redirect", "location": "//evil.example", "status": 302}),
        "split.arms[0].action.location: leads to another host without saying so",
    );
    says(action, json!({"type": "redirect", "location": "https://a.example/b?c=/../d", "status": 308}), "");
    says(
        action,
        json!({"type": "fixed", "status": 100, "body": "x".repeat(65_537), "contentType": "a\r\n"}),
        "split.arms[0].action.status: must be between 200 and 599\nsplit.arms[0].action.body: has 65537 bytes; at most 65536 are allowed\nsplit.arms[0].action.contentType: is no media type",
    );
    check(
        &[("route/w#/listener", json!("nope")), ("route/w#/split/arms/0/action/service", json!("nope"))],
        &[
            "production/route/w: listener: names a listener that is not there (found \"nope\"); production has public",
            "production/route/w: split.arms[0].action.service: names a service that is not there (found \"nope\"); \
             production has shop",
        ],
    );
}

#[test]
fn ambiguous_routes_are_both_named() {
    let route = |path: Value, methods: Value| {
        json!({"kind": "route", "key": "z", "listener": "public", "match": {"path": path, "methods": methods},
            "split": {"by": "weight", "arms": [{"id": "a", "weight": 100000, "slices": [[0, 100000]],
                "action": {"type": "fixed", "status": 200}}]}})
    };
    let expected = "production/route/z: match: takes the same requests as production/route/g, with the same \
                    priority 0; give one of them another priority, or make one match more narrow";
    check(&[("", route(json!({"template": "/g/{other}"}), json!([])))], &[expected]);
    check(&[("", route(json!({"template": "/g/{other}"}), json!(["GET"])))], &[]);
    check(&[("", route(json!({"exact": "/g"}), json!([])))], &[]);
}

#[test]
fn a_route_needs_what_its_flag_asks_for() {
    let supplied = "which production/listener/public does not supply";
    check(
        &[("listener/public#/mapping/contexts/0/attributes", json!([]))],
        &[&format!(
            "production/route/g: split.flag: needs attribute plan of kind user for production/segment/beta, {supplied}; \
             add plan to the attributes of kind user in the listener's mapping"
        )],
    );
    check(
        &[("listener/public#/mapping/contexts", json!([]))],
        &[
            &format!(
                "production/route/g: split.flag: needs a context of kind user for production/segment/beta, {supplied}; \
                 add kind user to the listener's `mapping.contexts`"
            ),
            &format!(
                "production/route/w: split.bucketBy: needs a context of kind user, {supplied}; \
                 add kind user to the listener's `mapping.contexts`"
            ),
        ],
    );
    // By way of a prerequisite, of a segment, and inside an attribute.
    let org = json!({"rollout": {"contextKind": "org", "variations": [{"variation": 0, "weight": 100000}]}});
    check(
        &[("targeting/p#/fallthrough", org)],
        &[&format!(
            "production/route/g: split.flag: needs a context of kind org for production/targeting/p, {supplied}; \
             add kind org to the listener's `mapping.contexts`"
        )],
    );
    let nested = json!([{"contextKind": "user", "attribute": "/plan/name", "op": "in", "values": ["x"]}]);
    check(
        &[("segment/beta#/rules/0/clauses", nested)],
        &[&format!(
            "production/route/g: split.flag: needs a value inside attribute plan of kind user for \
             production/segment/beta, {supplied}; a listener supplies plain attributes only: use one of those in \
             the rule instead"
        )],
    );
}

#[test]
fn what_is_needed_is_not_taken_away() {
    let taken = |name: &str| -> Vec<String> {
        let mut state = state(&base());
        state.set(id(name), None, 2);
        validate_touched(&state, &[id(name)]).iter().map(ToString::to_string).collect()
    };
    let hint = "; change or take away what needs it in the same change";
    for (name, users) in [
        ("production/segment/beta", "production/targeting/f still needs it"),
        ("production/service/shop", "production/route/g and production/route/w still need it"),
        ("production/listener/public", "production/route/g and production/route/w still need it"),
        ("flag/p", "production/targeting/f and production/targeting/p still need it"),
    ] {
        assert_eq!(taken(name), [format!("{name}: can't be taken away: {users}{hint}")]);
    }
    assert_eq!(taken("production/targeting/f"), [""; 0]);
    assert_eq!(taken("production/route/w"), [""; 0]);

    // Together with what needs it, it goes.
    let mut both = state(&base());
    let gone = [id("production/service/shop"), id("production/route/g"), id("production/route/w")];
    gone.iter().for_each(|id| both.set(id.clone(), None, 2));
    assert_eq!(validate_touched(&both, &gone), []);
}

#[test]
fn a_flag_is_not_archived_while_something_needs_it() {
    let archive = |state: &mut State, key: &str, archived: bool| -> Vec<String> {
        let mut flag = base().into_iter().find(|r| r["kind"] == "flag" && r["key"] == key).unwrap();
        flag["archived"] = json!(archived);
        let (id, flag) = manifest(&flag);
        state.set(id.clone(), Some(flag), 2);
        validate_touched(state, &[id]).iter().map(ToString::to_string).collect()
    };
    let hint = "; change or archive what needs it in the same change";
    for (key, user) in [("p", "production/targeting/f"), ("f", "production/route/g")] {
        let mut state = state(&base());
        let said = format!("flag/{key}: archived: can't be archived: {user} still needs it{hint}");
        assert_eq!(archive(&mut state, key, true), [said]);
        assert!(!validate(&state).is_empty(), "{key}");
    }

    // With what needs it, it goes; and then it comes back only after what it needs itself.
    let mut aside = state(&base());
    aside.set(id("production/route/g"), None, 2);
    assert_eq!(archive(&mut aside, "f", true), [""; 0]);
    assert_eq!(archive(&mut aside, "p", true), [""; 0]);
    assert_eq!(validate(&aside), []);
    let said = "production/targeting/f: prerequisites[0].key: names a flag that is archived (found \"p\"); \
                take it back from the archive first";
    assert_eq!(archive(&mut aside, "f", false), [said]);
    aside.set(id("production/route/g"), Some(manifest(find(&mut base(), "route/g")).1), 3);
    let said = validate_touched(&aside, &[id("production/route/g")]);
    assert!(said.is_empty(), "f is back: {said:?}");
}

#[test]
fn dependents_are_listed() {
    let state = state(&base());
    let names =
        |name: &str| dependents(&state, &id(name)).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names("flag/p"), ["production/targeting/f"]);
    assert_eq!(names("flag/f"), ["production/route/g"]);
    assert_eq!(names("production/segment/beta"), ["production/targeting/f"]);
    assert_eq!(names("production/service/shop"), ["production/route/g", "production/route/w"]);
    assert_eq!(names("staging/service/shop"), [""; 0]);
    assert_eq!(names("production/route/g"), [""; 0]);
}

#[test]
fn guardrails() {
    let good =
        json!({"kind": "guardrail", "key": "g", "rule": "true", "message": "m", "environments": ["staging"]});
    check(&[("guardrail", good.clone())], &[]);
    let with = |field: &str, value: Value| {
        let mut wrong = good.clone();
        wrong[field] = value;
        ("guardrail", wrong)
    };
    check(
        &[with("rule", json!(" \n"))],
        &["guardrail/g: rule: is empty; say what must be true of a change, as `change.reason != \"\"`"],
    );
    check(
        &[with("rule", json!("x".repeat(4_001)))],
        &["guardrail/g: rule: has 4001 characters; at most 4000 are allowed"],
    );
    check(
        &[with("message", json!(""))],
        &["guardrail/g: message: is empty; say what the person whose change does not satisfy it should do"],
    );
    check(
        &[with("environments", json!(["staging", "prodution", "staging"]))],
        &[
            "guardrail/g: environments[1]: is not there (found \"prodution\"); the project has production and staging",
            "guardrail/g: environments[2]: is the key of two elements, at 0 and 2 (found \"staging\")",
        ],
    );
    let placed = Manifest::from_json(with("environment", json!("production")).1, None);
    assert_eq!(placed.unwrap_err()[0].reason, "has no place here: a guardrail belongs to the project");
}
