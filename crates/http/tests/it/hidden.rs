//! What somebody may not see is in nothing that they are answered: driven from the document, so that a new endpoint is
//! covered by being there.
//!
//! The shop has an environment, and there is a project, that only some see ([`secrets`]). Every word of either has the
//! marker in it: no answer to anybody else does, however they ask.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::roles::OPEN_TO_ALL;
use crate::strangers::operations;
use crate::support::*;

mod asked;
mod secrets;

use asked::{Request, of_operation, posts, refused};
use secrets::{LAB, MARKERS, secrets};

/// Where those who see the environment and the project find something of them: else this would prove nothing.
const FOUND: [&str; 35] = [
    "/api/v1/audit",
    "/api/v1/audit/export",
    "/api/v1/projects/{project}/changes",
    "/api/v1/projects/{project}/changes/{number}",
    "/api/v1/projects/{project}/changes/{number}/comments",
    "/api/v1/projects/{project}/compare",
    "/api/v1/projects/{project}/environments/{environment}/contexts",
    "/api/v1/projects/{project}/environments/{environment}/flags",
    "/api/v1/projects/{project}/environments/{environment}/flags/{key}",
    "/api/v1/projects/{project}/environments/{environment}/nodes",
    "/api/v1/projects/{project}/environments/{environment}/segments",
    "/api/v1/projects/{project}/environments/{environment}/services",
    "/api/v1/projects/{project}/environments/{environment}/unknown-flags",
    "/api/v1/projects/{project}/export",
    "/api/v1/projects/{project}/git",
    "/api/v1/projects/{project}/policies",
    "/api/v1/projects/{project}/resources",
    "/api/v1/projects/{project}/revisions",
    "/api/v1/projects/{project}/revisions/{number}",
    "/api/v1/projects/{project}/schedules",
    "/api/v1/projects/{project}/triggers",
    "/api/v1/projects/{project}/triggers/{id}/firings",
    "/api/v1/projects/{project}/webhooks",
    "/api/v1/projects/{project}/webhooks/{id}/deliveries",
    "/api/v1/projects/{project}/why",
    "/api/v1/session",
    "/api/v1/tokens",
    "/metrics",
    "/api/v1/projects/{project}/changes/check",
    "/api/v1/projects/{project}/changes/{number}/impact",
    "/api/v1/projects/{project}/guardrails/try",
    "/api/v1/projects/{project}/policies/check",
    "/api/v1/projects/{project}/revisions/{number}/restore",
    "/api/v1/projects/{project}/revisions/{number}/revert",
    "/api/v1/projects/{project}/apply",
];

#[tokio::test]
async fn what_is_hidden_is_in_no_answer() {
    let house = House::new().await;
    let known = secrets(&house).await;
    let mut found = BTreeSet::new();
    let mut requests: Vec<(String, Request)> = vec![];
    for (method, path, operation) in operations(&house).await {
        let streams = operation["responses"]["200"]["content"].get("text/event-stream").is_some();
        let read = method == "GET" && (path.starts_with("/api/v1") || path == "/metrics");
        if read && !streams {
            let all = of_operation(&path, &operation, &known);
            requests.extend(all.into_iter().map(|request| (path.clone(), request)));
        }
    }
    let only_reads = posts(&known);
    let told: BTreeSet<&str> = only_reads.iter().map(|(operation, _)| *operation).collect();
    for operation in OPEN_TO_ALL {
        let own = ["session", "account"].iter().any(|own| operation.contains(own));
        assert!(own || told.contains(operation), "{operation}: nobody asks it here");
    }
    let path = |operation: &str| operation.split_once(' ').unwrap().1.to_owned();
    requests.extend(only_reads.into_iter().map(|(operation, request)| (path(operation), request)));
    assert!(requests.len() > 300, "only {}", requests.len());

    for (path, request) in &requests {
        if has_marker(&request.send(&house, &known.lab).await.1) {
            found.insert(path.as_str());
        }
    }
    let missing: Vec<_> = FOUND.iter().filter(|path| !found.contains(*path)).collect();
    let mut leaks: Vec<String> = vec![];
    for eyes in &known.others {
        for (_, request) in &requests {
            let (status, body) = request.send(&house, eyes).await;
            assert!(status < 500, "{} {}: {body}", request.method, request.path);
            // Who asks for something by its name is answered as if there were none.
            let (asked, body) = match request.twin() {
                Some(twin) => {
                    let (other, said) = twin.send(&house, eyes).await;
                    (other == status, Request::untwinned(&said) != body)
                }
                None => (true, has_marker(&body)),
            };
            if !asked || body {
                let said = request.send(&house, eyes).await.1;
                leaks.push(format!(
                    "{} {} {} as {}: {said}",
                    request.method, request.path, request.body, eyes.name
                ));
            }
        }
    }
    for request in refused(&known) {
        let (_, said) = request.send(&house, &known.others[0]).await;
        if has_marker(&said) {
            leaks.push(format!("{} {} {}: {said}", request.method, request.path, request.body));
        }
    }
    let first: Vec<_> =
        leaks.iter().take(12).map(|leak| leak.chars().take(1_500).collect::<String>()).collect();
    assert!(leaks.is_empty(), "{} leaks: {}", leaks.len(), first.join("\n\n"));
    assert!(missing.is_empty(), "nothing to be hidden in {missing:?}");
}

fn has_marker(body: &str) -> bool {
    let body = body.to_lowercase();
    MARKERS.iter().any(|marker| body.contains(marker))
}

#[tokio::test]
async fn what_is_left_out_is_said_to_be() {
    let house = House::new().await;
    let known = secrets(&house).await;
    let bea = &known.others[0];
    let read = async |path: &str| -> Value {
        let request = Request::get(format!("{SHOP}{path}"));
        serde_json::from_str(&request.send(&house, bea).await.1).unwrap()
    };
    let mixed = read(&format!("/changes/{}", known.mixed)).await;
    assert_eq!((&mixed["check"]["hidden"], mixed["edits"].as_array().unwrap().len()), (&1.into(), 1));
    assert_eq!(mixed["title"], "Something in an environment that you may not see");
    let source = &mixed["review"]["requirements"][0]["source"];
    assert_eq!(source["type"], "hidden", "{mixed}");
    assert_eq!(mixed["review"]["may"]["apply"]["allowed"], false);
    let said = read(&format!("/changes/{}/comments", known.mixed)).await;
    let said: Vec<(&str, &Value)> =
        said.as_array().unwrap().iter().map(|c| (c["text"].as_str().unwrap(), &c["edit"])).collect();
    // The second edit of all is the first that she sees.
    let hidden = "Something in an environment that you may not see";
    assert_eq!(said[..3], [(hidden, &Value::Null), (hidden, &Value::Null), ("Production too?", &0.into())]);
    let comment = serde_json::json!({"text": "Why now?", "edit": 0});
    let path = format!("{SHOP}/changes/{}/comments", known.mixed);
    let given = Request::post(path.clone(), comment).send(&house, bea).await;
    assert_eq!(given.0, 201, "{}", given.1);
    let all = Request::get(path).send(&house, &known.lab).await.1;
    let all: Value = serde_json::from_str(&all).unwrap();
    let last = all.as_array().unwrap().last().unwrap();
    assert_eq!((&last["text"], &last["edit"]), (&"Why now?".into(), &1.into()));
    let history = read("/revisions").await;
    let counts = |revision: &Value| (revision["edits"].as_array().unwrap().len(), revision["hidden"].clone());
    let counts: Vec<_> = history["items"].as_array().unwrap().iter().rev().map(counts).collect();
    assert_eq!(counts[1], (0, 2.into()), "{history}");
    assert_eq!(counts[2], (1, 1.into()), "{history}");
    for q in ["zebra", "stripes"] {
        assert_eq!(read(&format!("/revisions?q={q}")).await["total"], 0);
    }
    let policy = read("/policies").await["items"][0].clone();
    assert_eq!(
        (&policy["key"], &policy["hidden"], &policy["text"]),
        (&"lab-only".into(), &true.into(), &"".into())
    );
    let notices = read("/notices").await;
    let texts: BTreeSet<&str> =
        notices.as_array().unwrap().iter().map(|notice| notice["text"].as_str().unwrap()).collect();
    assert_eq!(texts, BTreeSet::from([hidden]), "{notices}");
    assert_eq!(LAB, known.lab.name);
}
