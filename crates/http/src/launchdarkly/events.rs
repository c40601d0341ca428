//! What SDKs tell of their evaluations.

use std::io::Read;

use axum::body::Body;
use axum::extract::State;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use switchyard_flags::Context;
use switchyard_model::Problem;
use switchyard_telemetry::EvaluationRecord;

use super::SdkEnvironment;
use crate::app::App;
use crate::body;
use crate::problem::Problems;

/// Takes analytics events. Summaries are counted as evaluations, contexts are sampled for previews of changes;
/// the same payload counts once.
#[utoipa::path(
    post,
    path = "/bulk",
    tag = "launchdarkly",
    security(("sdkKey" = [])),
    request_body(content_type = "application/json", description = "Events of schema 4, gzip allowed"),
    responses((status = 202, description = "Taken")),
)]
pub(super) async fn bulk(
    State(app): State<App>,
    environment: SdkEnvironment,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problems> {
    take(&app, &environment, &headers, body).await
}

/// Takes analytics events of whatever SDK.
///
/// # Errors
/// 400 for what is no list of events, 413 for what is too large.
pub(super) async fn take(
    app: &App,
    environment: &SdkEnvironment,
    headers: &HeaderMap,
    body: Body,
) -> Result<StatusCode, Problems> {
    let events = read(headers, body).await?;
    let Value::Array(events) = events else {
        return Err(Problems::bad_request(Problem::new("", "must be a list of events")));
    };
    let payload = headers.get("x-launchdarkly-payload-id").and_then(|v| v.to_str().ok());
    let place = format!("{}/{}/{:?}", environment.project, environment.environment, environment.kind);
    if payload.is_none_or(|payload| app.payloads.is_new(&place, payload)) {
        let (now, snapshot) = (Timestamp::now(), environment.snapshot());
        for event in events {
            // An event of a form that we don't know is no reason to lose the others.
            match serde_json::from_value(event) {
                Ok(Event::Summary { features }) => count(app, environment, &features, now),
                Ok(Event::Seen { context: Some(context) }) => {
                    if let Ok(context) = Context::from_json(&context) {
                        environment.saw(app, &snapshot, &context);
                    }
                }
                Ok(Event::Seen { context: None } | Event::Other) | Err(_) => {}
            }
        }
    }
    Ok(StatusCode::ACCEPTED)
}

/// Takes an SDK's diagnostics, which nobody reads yet.
#[utoipa::path(
    post,
    path = "/diagnostic",
    tag = "launchdarkly",
    security(("sdkKey" = [])),
    request_body(content_type = "application/json", description = "A diagnostic event"),
    responses((status = 202, description = "Taken")),
)]
pub(super) async fn diagnostic(
    _: SdkEnvironment,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problems> {
    pass_over(&headers, body).await
}

/// Reads what nobody needs yet, so that the SDK has sent it.
pub(super) async fn pass_over(headers: &HeaderMap, body: Body) -> Result<StatusCode, Problems> {
    read(headers, body).await?;
    Ok(StatusCode::ACCEPTED)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
enum Event {
    Summary {
        #[serde(default)]
        features: HashMap<String, Feature>,
    },
    /// Of those that say who somebody is, that is what is read. Others name the keys alone.
    #[serde(rename = "index", alias = "identify", alias = "debug", alias = "feature")]
    Seen {
        /// Absent where there are only keys; without what the SDK was told to keep private.
        #[serde(alias = "user")]
        context: Option<Value>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Feature {
    #[serde(default)]
    counters: Vec<Counter>,
}

#[derive(Deserialize)]
struct Counter {
    /// Absent where the caller's default was served.
    variation: Option<usize>,
    #[serde(default)]
    count: u64,
}

fn count(app: &App, environment: &SdkEnvironment, features: &HashMap<String, Feature>, now: Timestamp) {
    for (flag, feature) in features {
        // Names that only a client knows would fill the memory of what is counted.
        if !environment.has_flag(flag) {
            continue;
        }
        for counter in feature.counters.iter().filter(|counter| counter.count > 0) {
            app.telemetry.evaluation(EvaluationRecord {
                place: environment.place(),
                flag,
                variation: counter.variation,
                // A summary does not say why.
                reason: "UNKNOWN",
                rule: None,
                context_key: None,
                count: counter.count,
                at: now,
            });
        }
    }
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Value, Problems> {
    let bytes = body::read(headers, body).await?;
    if headers.get(header::CONTENT_ENCODING).is_none_or(|v| v != "gzip") {
        return body::json(&bytes);
    }
    let mut plain = vec![];
    MultiGzDecoder::new(&bytes[..])
        .take(body::LIMIT as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|_| Problems::bad_request(Problem::new("", "the body is no gzip")))?;
    if plain.len() > body::LIMIT {
        return Err(Problems::too_large(body::LIMIT));
    }
    body::json(&plain)
}
