//! Everything that can be asked.

use serde_json::{Value, json};

use super::secrets::{Eyes, Known, MARKERS};
use crate::support::*;

/// Names that nothing has, as long as those that are hidden.
const NOTHINGS: [&str; 2] = ["xylem", "xyloid"];

#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: Value,
}

impl Request {
    pub(crate) fn get(path: String) -> Request {
        Request { method: "GET", path, body: Value::Null }
    }

    pub(crate) fn post(path: String, body: Value) -> Request {
        Request { method: "POST", path, body }
    }

    pub(crate) async fn send(&self, house: &House, eyes: &Eyes) -> (u16, String) {
        let mut headers: Vec<(&str, &str)> = eyes.headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        headers.push(("if-match", "\"v2\""));
        let answer = house.anybody(self.method, &self.path, &headers, &self.body).await;
        (answer.status, answer.text())
    }

    /// The same, of something that is not there; `None` where it does not ask for what is hidden by its name.
    pub(crate) fn twin(&self) -> Option<Request> {
        let named = MARKERS.iter().any(|marker| self.path.contains(marker));
        named.then(|| Request { path: swapped(&self.path, MARKERS, NOTHINGS), ..self.clone() })
    }

    /// What was said of a twin, as it would be said of what is hidden.
    pub(crate) fn untwinned(said: &str) -> String {
        swapped(said, NOTHINGS, MARKERS)
    }
}

fn swapped(text: &str, from: [&str; 2], to: [&str; 2]) -> String {
    from.iter().zip(to).fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// What stands in a path for a parameter, and what a query may ask for.
fn values(name: &str, known: &Known) -> Vec<String> {
    let all = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    match name {
        "project" => all(&["shop", "quagga"]),
        "environment" => all(&["production", "zebra"]),
        "key" => all(&["ranker", "checkout-v2", "home", "zebra-herd"]),
        "kind" => all(&["targeting"]),
        "number" => (1..=known.newest).map(|number| number.to_string()).collect(),
        "id" => known.ids.clone(),
        "side" => all(&["included"]),
        // Whoever knows the hash of a list knows the list.
        "hash" => vec!["0".repeat(64)],
        "at" => all(&["2", "6"]),
        "q" => all(&["zebra", "ranker"]),
        "who" => vec![known.bea.clone()],
        "action" => all(&["view", "apply"]),
        "flag" => all(&["ranker"]),
        "state" => all(&["inReview"]),
        "waiting" | "stale" => all(&["true"]),
        _ => vec![],
    }
}

/// All requests of an operation that only answers: each path, and each of its queries one by one.
pub(crate) fn of_operation(path: &str, operation: &Value, known: &Known) -> Vec<Request> {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let names = |place: &str, required: bool| -> Vec<String> {
        let here = parameters.iter().filter(|p| p["in"] == place && (p["required"] == true) == required);
        here.map(|p| p["name"].as_str().unwrap().to_owned()).collect()
    };
    let mut paths = vec![path.to_owned()];
    for name in names("path", true) {
        let values = if name == "kind" { vec!["sdk".to_owned()] } else { values(&name, known) };
        assert!(!values.is_empty(), "{path}: a parameter {name} that this test can't fill in");
        paths = product(&paths, |path, value| path.replace(&format!("{{{name}}}"), value), &values);
    }
    let mut queries = vec![String::new()];
    for name in names("query", true) {
        let between = ["from", "to"].contains(&name.as_str());
        let values = values(if between { "environment" } else { &name }, known);
        assert!(!values.is_empty(), "{path}: a query {name} that this test can't fill in");
        queries = product(&queries, |query, value| format!("{query}&{name}={value}"), &values);
    }
    let required = queries.clone();
    for name in names("query", false) {
        queries.extend(product(&required, |q, value| format!("{q}&{name}={value}"), &values(&name, known)));
    }
    if path.ends_with("/why") {
        let resource = "&kind=targeting&key=ranker&environment=";
        queries.push(format!("&who={}&action=apply{resource}production", known.bea));
        queries.push(format!("&who={}&action=view&environment=zebra", known.bea));
    }
    let with = |path: &String, query: &String| match query.strip_prefix('&') {
        Some(query) => format!("{path}?{query}"),
        None => path.clone(),
    };
    // Of the project that is hidden as a whole nothing is seen, whatever is asked.
    let few = |path: &String, at: usize| at == 0 || !path.contains(MARKERS[1]);
    let all = paths.iter().flat_map(|path| {
        let queries = queries.iter().enumerate().filter(move |(at, _)| few(path, *at));
        queries.map(move |(_, query)| Request::get(with(path, query)))
    });
    all.collect()
}

fn product(all: &[String], join: impl Fn(&String, &str) -> String, values: &[String]) -> Vec<String> {
    all.iter().flat_map(|one| values.iter().map(|value| join(one, value)).collect::<Vec<_>>()).collect()
}

/// What answers a `POST` and changes nothing, or is refused whoever does not see all of it.
pub(crate) fn posts(known: &Known) -> Vec<(&'static str, Request)> {
    let mut all = vec![];
    let mut ask = |operation: &'static str, path: String, body: Value| {
        let method = operation.split_once(' ').unwrap().0;
        all.push((operation, Request { method, path, body }));
    };
    let turn = |environment: &str| {
        json!({"target": {"kind": "targeting", "environment": environment, "key": "ranker"},
            "op": {"type": "setOn", "on": false}})
    };
    // Who takes a flag away takes its targeting everywhere.
    let gone = json!({"target": {"kind": "flag", "key": "checkout-v2"}, "op": {"type": "delete"}});
    let fewer = json!({"target": {"kind": "flag", "key": "checkout-v2"}, "op": {"type": "removeVariation", "id": "old"}});
    let nowhere = turn("nowhere");
    for edits in [json!([turn("production")]), json!([gone]), json!([fewer]), json!([nowhere])] {
        for after in [json!([]), json!([known.mixed])] {
            ask(
                "POST /api/v1/projects/{project}/changes/check",
                format!("{SHOP}/changes/check"),
                json!({"edits": edits, "after": after}),
            );
            ask(
                "POST /api/v1/projects/{project}/environments/{environment}/impact",
                format!("{SHOP}/environments/production/impact"),
                json!({"edits": edits, "after": after}),
            );
        }
        ask(
            "POST /api/v1/projects/{project}/environments/{environment}/explain",
            format!("{SHOP}/environments/production/explain"),
            json!({"url": "/", "edits": edits}),
        );
    }
    for environment in ["production", "zebra"] {
        let at = |rest: &str| format!("{SHOP}/environments/{environment}/{rest}");
        ask(
            "POST /api/v1/projects/{project}/environments/{environment}/impact",
            at("impact"),
            json!({"edits": []}),
        );
        ask(
            "POST /api/v1/projects/{project}/environments/{environment}/explain",
            at("explain"),
            json!({"url": "/"}),
        );
        ask(
            "POST /api/v1/projects/{project}/environments/{environment}/contexts/served",
            at("contexts/served"),
            json!({"context": {"kind": "user", "key": "ann"}}),
        );
    }
    for text in [
        "permit (principal, action == Action::\"view\", resource in Environment::\"none\");",
        "forbid (principal, action == Action::\"view\", resource);",
    ] {
        ask(
            "POST /api/v1/projects/{project}/policies/check",
            format!("{SHOP}/policies/check"),
            json!({"text": text, "key": "other"}),
        );
    }
    let guardrail = json!({"kind": "guardrail", "key": "g", "rule": "false", "message": "no"});
    ask(
        "POST /api/v1/projects/{project}/guardrails/try",
        format!("{SHOP}/guardrails/try"),
        json!({"guardrail": guardrail}),
    );
    let flag = json!({"kind": "flag", "key": "ranker", "variations": [{"id": "on", "value": true}]});
    ask(
        "POST /api/v1/projects/{project}/apply",
        format!("{SHOP}/apply"),
        json!({"manifests": [flag], "dryRun": true}),
    );
    for number in 1..=6 {
        for verb in ["revert", "restore"] {
            let operation = match verb {
                "revert" => "POST /api/v1/projects/{project}/revisions/{number}/revert",
                _ => "POST /api/v1/projects/{project}/revisions/{number}/restore",
            };
            ask(operation, format!("{SHOP}/revisions/{number}/{verb}"), json!({"dryRun": true}));
        }
    }
    for number in 1..=known.newest {
        let at = |rest: &str| format!("{SHOP}/changes/{number}{rest}");
        ask("POST /api/v1/projects/{project}/changes/{number}/impact", at("/impact"), json!({}));
    }
    all
}

/// What is refused to who does not see all of a change, without saying what that is.
pub(crate) fn refused(known: &Known) -> Vec<Request> {
    let mut all = vec![];
    for number in 1..=known.mixed {
        let timing = json!({"applyAt": "2027-02-01T09:00", "zone": "UTC"});
        for (verb, body) in [
            ("apply", Value::Null),
            ("apply", json!({"breakGlass": {"reason": "now"}})),
            ("submit", json!({"reason": "r"})),
            ("reviews", json!({"verdict": "reject"})),
            ("schedule", timing),
            ("resolve", json!({"choices": []})),
        ] {
            let path = format!("{SHOP}/changes/{number}/{verb}");
            all.push(Request { method: "POST", path, body });
        }
        let (path, body) = (format!("{SHOP}/changes/{number}"), json!({"edits": []}));
        all.push(Request { method: "PUT", path, body });
    }
    all
}
