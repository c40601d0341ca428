//! Changes that apply at a time.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use switchyard_control::{ScheduleView, Timing};
use switchyard_model::IfFrozen;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::{Params, Segments};
use crate::problem::Problems;

/// When a change applies and is taken back. Times are as clocks in the zone show them.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ScheduleBody {
    /// As `2026-12-01T09:00`; absent for a change that is applied already.
    apply_at: Option<String>,
    /// When what it did is taken back.
    revert_at: Option<String>,
    /// Or so many seconds after it applied.
    revert_after_seconds: Option<u32>,
    /// An IANA name: `Europe/Amsterdam`.
    zone: String,
    /// Whether a step whose time falls into a freeze waits for its end, or stops.
    #[serde(default)]
    #[schema(value_type = Option<schema::schedule::IfFrozen>)]
    if_frozen: IfFrozen,
    /// How late a step may be where nothing ran at its time: a minute to a week, an hour where absent.
    grace_seconds: Option<u32>,
    /// Only says what it would do.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Only those that wait for their time.
    #[serde(default)]
    waiting: bool,
}

/// Makes a change apply at a time, and be taken back at another. A draft is sent for review first. At its times
/// it acts with what its maker may then; where it can't, it stops and says why.
#[utoipa::path(
    post,
    path = "/changes/{number}/schedule",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path)),
    request_body = ScheduleBody,
    responses((status = 200, body = schema::schedule::ScheduleView)),
)]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
    Shaped(body): Shaped<ScheduleBody>,
) -> Result<Json<ScheduleView>, Problems> {
    let timing = Timing {
        apply_at: body.apply_at,
        revert_at: body.revert_at,
        revert_after: body.revert_after_seconds,
        zone: body.zone,
        if_frozen: body.if_frozen,
        grace: body.grace_seconds,
    };
    Ok(Json(app.control.schedule_change(&caller.0, &project, number, timing, body.dry_run).await?))
}

/// Ends a schedule that waits.
#[utoipa::path(
    delete,
    path = "/changes/{number}/schedule",
    tag = "changes",
    params(("project" = String, Path), ("number" = u64, Path)),
    responses((status = 200, body = schema::schedule::ScheduleView)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments((project, number)): Segments<(String, u64)>,
) -> Result<Json<ScheduleView>, Problems> {
    Ok(Json(app.control.cancel_schedule(&caller.0, &project, number).await?))
}

/// A project's schedules, newest change first.
#[utoipa::path(
    get,
    path = "/schedules",
    tag = "changes",
    params(("project" = String, Path), ListParams),
    responses((status = 200, body = Vec<schema::schedule::ScheduleView>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Params(params): Params<ListParams>,
) -> Result<Json<Vec<ScheduleView>>, Problems> {
    Ok(Json(app.control.schedules(&caller.0, &project, params.waiting).await?))
}
