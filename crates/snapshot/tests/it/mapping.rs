//! How requests become contexts.

use serde_json::{Value, json};

use crate::support::{request, world};

/// What a listener with this mapping makes of a request; `null` is no context.
#[track_caller]
fn check(mapping: &Value, line: &str, headers: &[(&str, &str)], want: Value) {
    let snapshot = world(json!({"kind": "listener", "key": "web", "mapping": mapping})).snapshot();
    let request = request(line, headers);
    let context = snapshot.listener("web").unwrap().context(&request.view());
    assert_eq!(serde_json::to_value(context).unwrap(), want, "{line} {headers:?}");
}

#[test]
fn keys_come_from_everywhere() {
    let by =
        |source: Value| json!({"contexts": [{"kind": "user", "key": source}], "untrustedHeaders": ["x-no"]});
    let user = |key: &str| json!({"kind": "user", "key": key});
    let header = by(json!({"header": "X-User"}));
    check(&header, "GET h/", &[("x-user", "u"), ("x-user", "second")], user("u"));
    check(&header, "GET h/", &[], Value::Null);
    check(&header, "GET h/", &[("x-user", "")], Value::Null);
    check(&by(json!({"header": "x-no"})), "GET h/", &[("x-no", "u")], Value::Null);
    check(&by(json!({"header": "switchyard-user"})), "GET h/", &[("switchyard-user", "u")], Value::Null);

    let cookie = by(json!({"cookie": "id"}));
    check(&cookie, "GET h/", &[("cookie", "a=1; id=u=1; id=2")], user("u=1"));
    check(&cookie, "GET h/", &[("cookie", "a=1"), ("cookie", "id=\"u\"")], user("u"));
    check(&cookie, "GET h/", &[("cookie", "xid=1; id")], Value::Null);

    let query = by(json!({"query": "id"}));
    check(&query, "GET h/?a=1&id=u%2F1+2&id=3", &[], user("u/1 2"));
    check(&query, "GET h/?id", &[], Value::Null);
    check(&query, "GET h/", &[], Value::Null);

    check(&by(json!("address")), "GET h/", &[], user("192.0.2.7"));
}

#[test]
fn a_cookie_header_that_is_not_believed_has_no_cookies() {
    let mapping =
        json!({"contexts": [{"kind": "user", "key": {"cookie": "id"}}], "untrustedHeaders": ["Cookie"]});
    check(&mapping, "GET h/", &[("cookie", "id=u")], Value::Null);
}

#[test]
fn attributes_are_read_as_they_say() {
    let attribute =
        |name: &str, reading: &str| json!({"name": name, "from": {"header": name}, "as": reading});
    let mapping = json!({"contexts": [{"kind": "user", "key": {"header": "key"}, "attributes": [
        attribute("s", "string"), attribute("n", "number"), attribute("b", "boolean"), attribute("l", "list"),
        attribute("name", "string"), attribute("anonymous", "boolean")]}]});
    check(
        &mapping,
        "GET h/",
        &[
            ("key", "u"),
            ("s", "07"),
            ("n", " 7.5"),
            ("b", "true"),
            ("l", "a, b"),
            ("name", "N"),
            ("anonymous", "true"),
        ],
        json!({"kind": "user", "key": "u", "s": "07", "n": 7.5, "b": true, "l": ["a", "b"], "name": "N",
            "anonymous": true}),
    );
    check(
        &mapping,
        "GET h/",
        &[("key", "u"), ("n", "seven"), ("b", "yes")],
        json!({"kind": "user", "key": "u"}),
    );
    check(&mapping, "GET h/", &[("key", "u"), ("n", "inf")], json!({"kind": "user", "key": "u"}));
}

#[test]
fn several_kinds_make_one_context_of_those_that_are_there() {
    let mapping = json!({"contexts": [
        {"kind": "user", "key": {"header": "user"}},
        {"kind": "org", "key": {"header": "org"}, "attributes": [{"name": "tier", "from": {"header": "tier"}}]},
    ]});
    check(&mapping, "GET h/", &[("user", "u"), ("tier", "1")], json!({"kind": "user", "key": "u"}));
    check(
        &mapping,
        "GET h/",
        &[("user", "u"), ("org", "o"), ("tier", "1")],
        json!({"kind": "multi", "user": {"key": "u"}, "org": {"key": "o", "tier": "1"}}),
    );
}
