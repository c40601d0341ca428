//! What would happen to a request, and why.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Deserialize;
use serde_json::Value;
use switchyard_model::Problem;
use switchyard_snapshot::{Explanation, Snapshot, explain as explain_request};
use utoipa::ToSchema;

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::Segments;
use crate::problem::Problems;
use crate::shape;

/// A request to explain.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExplainBody {
    /// As `GET`.
    #[serde(default = "get")]
    method: String,
    /// Absolute, or a path.
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The listener it comes in at; the first by key where absent.
    listener: Option<String>,
    /// The address it comes from; 127.0.0.1 where absent.
    #[schema(value_type = Option<String>)]
    address: Option<IpAddr>,
    /// Explains as if these were applied.
    #[schema(value_type = Option<Vec<schema::Edit>>)]
    edits: Option<Value>,
    /// As it was at this revision; as it is where absent.
    at: Option<u64>,
}

fn get() -> String {
    "GET".into()
}

/// Runs the decision for a request and keeps every reason.
#[utoipa::path(
    post,
    path = "/explain",
    tag = "routes",
    params(("project" = String, Path), ("environment" = String, Path)),
    request_body = ExplainBody,
    responses((status = 200, body = schema::explanation::Explanation)),
)]
pub(super) async fn explain(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Shaped(body): Shaped<ExplainBody>,
) -> Result<Json<Explanation>, Problems> {
    caller.environment(&app, &project, &environment)?;
    if body.at.is_some() && body.edits.is_some() {
        let problem = Problem::new("at", "does not go with `edits`");
        return Err(Problems::invalid(vec![problem.hint("edits are tried on what is now")]));
    }
    let edits = match body.edits {
        Some(edits) => shape::edits(edits, "edits").map_err(Problems::invalid)?,
        None => vec![],
    };
    let headers = read(&body.method, &body.headers).map_err(Problems::invalid)?;
    let snapshot = match body.at {
        Some(revision) => app.control.snapshot_at(&caller.0, &project, &environment, revision).await?,
        None => app.control.preview(&caller.0, &project, &environment, &edits).await?,
    };
    let listener = listener(&snapshot, body.listener)?;
    let peer = body.address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    explain_request(&snapshot, &listener, &body.method, &body.url, &headers, peer)
        .map(Json)
        .map_err(|problem| Problems::invalid(vec![problem]))
}

fn listener(snapshot: &Snapshot, asked: Option<String>) -> Result<String, Problems> {
    let first = || snapshot.listeners().first().map(|listener| listener.key.to_string());
    asked.or_else(first).ok_or_else(|| {
        let problem = Problem::new("listener", "does not exist: the environment has none yet");
        Problems::invalid(vec![problem.hint("add a listener first")])
    })
}

/// The headers as a gateway would hold them; every one that no request can have is told.
fn read(method: &str, headers: &BTreeMap<String, String>) -> Result<HeaderMap, Vec<Problem>> {
    let mut problems = vec![];
    if Method::from_bytes(method.as_bytes()).is_err() {
        problems.push(Problem::new("method", "is no method").value(method).hint("as `GET`"));
    }
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let path = format!("headers[{name}]");
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) => {
                map.append(name, value);
            }
            (Err(_), _) => problems.push(Problem::new(path, "is no header name")),
            (_, Err(_)) => {
                problems.push(Problem::new(path, "holds what no header can").value(value.as_str()))
            }
        }
    }
    if problems.is_empty() { Ok(map) } else { Err(problems) }
}
