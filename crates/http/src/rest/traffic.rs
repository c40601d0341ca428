//! What really happens, as series.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_control::Query;
use switchyard_telemetry::Place;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::flags::variation_name;
use crate::app::App;
use crate::extract::{Params, Segments};
use crate::problem::Problems;

/// At most so many revisions are marked in a plot.
const MARKS: u32 = 100;

/// An environment's requests, in buckets of `step` seconds.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Traffic {
    from: Timestamp,
    step: u32,
    requests: Vec<u64>,
    errors: Vec<u64>,
    p95_ms: Vec<Option<f64>>,
    /// Flag evaluations, by gateway and SDKs.
    evaluations: Vec<u64>,
    now: TrafficNow,
    /// The revisions applied in the window.
    revisions: Vec<Mark>,
}

/// The last ten seconds.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TrafficNow {
    requests_per_second: f64,
    error_percent: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    p95_ms: Option<f64>,
    evaluations_per_second: f64,
}

/// A revision in a plot.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mark {
    number: u64,
    at: Timestamp,
}

/// A flag's evaluations, in buckets of `step` seconds.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FlagTraffic {
    from: Timestamp,
    step: u32,
    variations: Vec<VariationTraffic>,
}

/// A variation's evaluations.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct VariationTraffic {
    /// Its id.
    variation: String,
    evaluations: Vec<u64>,
}

/// A route's requests, in buckets of `step` seconds.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RouteTraffic {
    from: Timestamp,
    step: u32,
    arms: Vec<ArmSeries>,
}

/// An arm's requests.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArmSeries {
    /// Its id.
    arm: String,
    requests: Vec<u64>,
    errors: Vec<u64>,
    p95_ms: Vec<Option<f64>>,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Window {
    /// How far back, 1 to 86,400; 900 where absent.
    #[serde(default = "quarter_of_an_hour")]
    #[param(required = false)]
    seconds: u32,
}

fn quarter_of_an_hour() -> u32 {
    900
}

/// The environment's requests.
#[utoipa::path(
    get,
    path = "/traffic",
    tag = "traffic",
    params(("project" = String, Path), ("environment" = String, Path), Window),
    responses((status = 200, body = Traffic)),
)]
pub(super) async fn all(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
    Params(window): Params<Window>,
) -> Result<Json<Traffic>, Problems> {
    caller.environment(&app, &project, &environment)?;
    let place = Place { project: &project, environment: &environment };
    let series = app.telemetry.traffic(place, window.seconds, Timestamp::now());
    let query = Query { environment: Some(environment.clone()), limit: MARKS, ..Query::default() };
    let history = app.control.history(&caller.0, &project, query).await?;
    let marks = history.items.into_iter().filter(|revision| revision.at >= series.from);
    Ok(Json(Traffic {
        from: series.from,
        step: series.step,
        requests: series.requests,
        errors: series.errors,
        p95_ms: series.p95_ms,
        evaluations: series.evaluations,
        now: TrafficNow {
            requests_per_second: series.now.requests_per_second,
            error_percent: series.now.error_percent,
            p95_ms: series.now.p95_ms,
            evaluations_per_second: series.now.evaluations_per_second,
        },
        revisions: marks.map(|revision| Mark { number: revision.number, at: revision.at }).collect(),
    }))
}

/// A flag's evaluations, by variation.
#[utoipa::path(
    get,
    path = "/traffic/flags/{key}",
    tag = "traffic",
    params(("project" = String, Path), ("environment" = String, Path), ("key" = String, Path), Window),
    responses((status = 200, body = FlagTraffic)),
)]
pub(super) async fn flag(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment, key)): Segments<(String, String, String)>,
    Params(window): Params<Window>,
) -> Result<Json<FlagTraffic>, Problems> {
    let resources = caller.environment(&app, &project, &environment)?;
    let (flag, _) = resources
        .flag(&key)
        .ok_or_else(|| Problems::not_found(format!("The project has no flag {key:?}.")))?;
    let place = Place { project: &project, environment: &environment };
    let series = app.telemetry.flag(place, &key, window.seconds, Timestamp::now());
    let variations = series.variations.into_iter().map(|served| VariationTraffic {
        variation: variation_name(flag, served.variation),
        evaluations: served.evaluations,
    });
    Ok(Json(FlagTraffic { from: series.from, step: series.step, variations: variations.collect() }))
}

/// A route's requests, by arm.
#[utoipa::path(
    get,
    path = "/traffic/routes/{key}",
    tag = "traffic",
    params(("project" = String, Path), ("environment" = String, Path), ("key" = String, Path), Window),
    responses((status = 200, body = RouteTraffic)),
)]
pub(super) async fn route(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment, key)): Segments<(String, String, String)>,
    Params(window): Params<Window>,
) -> Result<Json<RouteTraffic>, Problems> {
    let resources = caller.environment(&app, &project, &environment)?;
    if resources.route(&environment, &key).is_none() {
        return Err(Problems::not_found(format!("The environment has no route {key:?}.")));
    }
    let place = Place { project: &project, environment: &environment };
    let series = app.telemetry.route(place, &key, window.seconds, Timestamp::now());
    let arms = series.arms.into_iter().map(|arm| ArmSeries {
        arm: arm.arm,
        requests: arm.requests,
        errors: arm.errors,
        p95_ms: arm.p95_ms,
    });
    Ok(Json(RouteTraffic { from: series.from, step: series.step, arms: arms.collect() }))
}
