//! Who was seen, and what they get of every flag.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchyard_flags::Context;
use switchyard_model::Problem;
use switchyard_snapshot::explain::{ServedTo, served_to};
use switchyard_telemetry::Place;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::{Params, Segments};
use crate::problem::Problems;

/// The most contexts that are answered at once.
const MOST: usize = 50;

/// Contexts that were seen in the last day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SeenContexts {
    /// How many were seen and are remembered, whatever was searched for.
    seen: usize,
    /// Those that fit, as LaunchDarkly writes contexts: keys, and the attributes that some rule looks at.
    #[schema(value_type = Vec<schema::Json>)]
    contexts: Vec<Value>,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SeenParams {
    /// In the key of one of its kinds, capitals or not.
    q: Option<String>,
}

/// Contexts that were seen here in the last day, by key; at most 50.
#[utoipa::path(
    get,
    path = "/contexts",
    tag = "flags",
    params(("project" = String, Path), ("environment" = String, Path), SeenParams),
    responses((status = 200, body = SeenContexts)),
)]
pub(super) async fn seen(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Params(params): Params<SeenParams>,
) -> Result<Json<SeenContexts>, Problems> {
    caller.environment(&app, &project, &environment)?;
    let place = Place { project: &project, environment: &environment };
    let Some(sampled) = app.control.samples().of(place) else {
        return Ok(Json(SeenContexts { seen: 0, contexts: vec![] }));
    };
    let words = params.q.unwrap_or_default().to_lowercase();
    let search = move || {
        let all = sampled.contexts.collect(jiff::Timestamp::now().as_second()).items;
        let named = |context: &Context| {
            let mut keys = context.kinds().filter_map(|kind| context.key(kind));
            words.is_empty() || keys.any(|key| key.to_lowercase().contains(&words))
        };
        let mut found: Vec<_> = all.iter().map(|seen| &seen.context).filter(|c| named(c)).collect();
        found.sort_by_cached_key(|context| context.canonical_key());
        let contexts = found.into_iter().take(MOST).filter_map(|c| serde_json::to_value(c).ok());
        SeenContexts { seen: all.len(), contexts: contexts.collect() }
    };
    tokio::task::spawn_blocking(search).await.map(Json).map_err(|_| Problems::internal())
}

/// Who it is about.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ServedBody {
    /// As LaunchDarkly writes contexts: `{"kind":"user","key":"ann","plan":"pro"}`.
    #[schema(value_type = schema::Json)]
    context: Value,
    /// As it was at this revision; as it is where absent.
    at: Option<u64>,
}

/// What a context gets of every flag.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServedToContext {
    /// The revision that decides.
    revision: u64,
    /// By key.
    #[schema(value_type = Vec<schema::explanation::ServedTo>)]
    flags: Vec<ServedTo>,
}

/// What a context gets of every flag, and why.
#[utoipa::path(
    post,
    path = "/contexts/served",
    tag = "flags",
    params(("project" = String, Path), ("environment" = String, Path)),
    request_body = ServedBody,
    responses((status = 200, body = ServedToContext)),
)]
pub(super) async fn served(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Shaped(body): Shaped<ServedBody>,
) -> Result<Json<ServedToContext>, Problems> {
    caller.environment(&app, &project, &environment)?;
    let context = Context::from_json(&body.context)
        .map_err(|e| Problems::invalid(vec![Problem::new("context", e.to_string()).value(body.context)]))?;
    let snapshot = match body.at {
        Some(revision) => app.control.snapshot_at(&caller.0, &project, &environment, revision).await?,
        None => app.control.snapshot(&project, &environment).ok_or_else(Problems::unavailable)?.current(),
    };
    let served = move || {
        let flags = served_to(&snapshot, &context);
        ServedToContext { revision: snapshot.revision, flags }
    };
    tokio::task::spawn_blocking(served).await.map(Json).map_err(|_| Problems::internal())
}
