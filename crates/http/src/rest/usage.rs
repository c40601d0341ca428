//! What flags served over days, who asked for them, and flags that are asked for and not there.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::flags::variation_name;
use crate::app::App;
use crate::extract::{Params, Segments};
use crate::problem::Problems;

/// What a flag served over some days.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FlagUsage {
    from: Timestamp,
    /// Seconds of a bucket: an hour up to 7 days, else a day.
    step: i64,
    variations: Vec<VariationUsage>,
    /// Newest first.
    askers: Vec<Asker>,
    /// What people did who had been served it: custom events, where the flag's events are tracked.
    outcomes: Vec<EventOutcome>,
}

/// A variation's evaluations.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct VariationUsage {
    /// Its id.
    variation: String,
    evaluations: Vec<u64>,
}

/// Who asked for a flag.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asker {
    /// The application, where it says its name; else the SDK. Empty where neither is known.
    by: String,
    first: Timestamp,
    last: Timestamp,
    count: u64,
}

/// Custom events of those who had been served a variation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventOutcome {
    event: String,
    /// Its id.
    variation: String,
    count: u64,
    /// The sum of their metric values.
    total: f64,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct UsageParams {
    /// 1 to 400, 30 where absent.
    days: Option<u32>,
}

/// What a flag served here over the last days, who asked for it, and what people did then.
#[utoipa::path(
    get,
    path = "/flags/{key}/usage",
    tag = "flags",
    params(("project" = String, Path), ("environment" = String, Path), ("key" = String, Path), UsageParams),
    responses((status = 200, body = FlagUsage)),
)]
pub(super) async fn of_flag(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment, key)): Segments<(String, String, String)>,
    Params(params): Params<UsageParams>,
) -> Result<Json<FlagUsage>, Problems> {
    let resources = caller.environment(&app, &project, &environment)?;
    let (flag, _) = resources
        .flag(&key)
        .ok_or_else(|| Problems::not_found(format!("The project has no flag {key:?}.")))?;
    let days = params.days.unwrap_or(30);
    let usage = app.control.flag_usage(&caller.0, &project, &environment, &key, days).await?;
    let name = |variation: Option<u32>| variation_name(flag, variation.map(|index| index as usize));
    let variations = usage.variations.into_iter();
    let outcomes = usage.outcomes.into_iter();
    Ok(Json(FlagUsage {
        from: usage.from,
        step: usage.step,
        variations: variations
            .map(|(variation, evaluations)| VariationUsage { variation: name(variation), evaluations })
            .collect(),
        askers: usage.askers.into_iter().map(Asker::from).collect(),
        outcomes: outcomes
            .map(|o| EventOutcome {
                variation: name(Some(o.variation)),
                event: o.event,
                count: o.count,
                total: o.total,
            })
            .collect(),
    }))
}

/// A flag that applications ask for and that is not there.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnknownFlag {
    key: String,
    /// True where it is in the archive.
    archived: bool,
    count: u64,
    first: Timestamp,
    last: Timestamp,
    /// Newest first.
    askers: Vec<Asker>,
}

/// Flags that applications asked for here in the last 30 days and that are not there, the newest first.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnknownFlags {
    flags: Vec<UnknownFlag>,
}

/// Flags that applications ask for and nobody made.
#[utoipa::path(
    get,
    path = "/unknown-flags",
    tag = "flags",
    params(("project" = String, Path), ("environment" = String, Path)),
    responses((status = 200, body = UnknownFlags)),
)]
pub(super) async fn unknown(
    State(app): State<App>,
    caller: Caller,
    Segments((project, environment)): Segments<(String, String)>,
) -> Result<Json<UnknownFlags>, Problems> {
    let resources = caller.environment(&app, &project, &environment)?;
    let flags = app.control.unknown_flags(&caller.0, &project, &environment).await?;
    let flags = flags.into_iter().map(|flag| UnknownFlag {
        archived: resources.flag(&flag.key).is_some(),
        key: flag.key,
        count: flag.count,
        first: flag.first,
        last: flag.last,
        askers: flag.askers.into_iter().map(Asker::from).collect(),
    });
    Ok(Json(UnknownFlags { flags: flags.collect() }))
}

impl From<switchyard_control::UsageAskedView> for Asker {
    fn from(asker: switchyard_control::UsageAskedView) -> Self {
        Asker { by: asker.by, first: asker.first, last: asker.last, count: asker.count }
    }
}
