//! Triggers: prepared changes that are set off from outside.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchyard_control::{FiringView, NewTrigger, TriggerChange, TriggerDraft, TriggerSource, TriggerView};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::Shaped;
use crate::extract::{Params, Segments};
use crate::paging::{self, Page};
use crate::problem::Problems;
use crate::shape;

/// A trigger to make.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TriggerBody {
    /// What people call it.
    name: String,
    #[schema(value_type = schema::hooks::TriggerSource)]
    source: TriggerSource,
    /// Whether calls must be signed too, as Standard Webhooks has it.
    #[serde(default)]
    require_signature: bool,
    /// Alertmanager only: whether what it applied is reverted when the alert is over.
    #[serde(default)]
    revert_on_resolved: bool,
    /// What its change does; made from the edits where absent.
    #[serde(default)]
    title: String,
    /// Why.
    #[serde(default)]
    reason: String,
    /// What it does, in order. They must fit now, and are looked at again each time.
    #[schema(value_type = Vec<schema::Edit>)]
    edits: Value,
}

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TriggerUpdate {
    name: Option<String>,
    /// False refuses calls.
    active: Option<bool>,
}

/// A trigger and what opens it, which is never shown again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TriggerCreated {
    #[schema(value_type = schema::hooks::Trigger)]
    trigger: TriggerView,
    /// Where to `POST` to.
    url: String,
    /// What calls are signed with, where they must be: `whsec_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<String>,
}

impl TriggerCreated {
    fn new(app: &App, new: NewTrigger) -> Self {
        let url = format!("{}/hooks/trigger/{}/{}", app.public_url, new.trigger.id, new.secret);
        TriggerCreated { trigger: new.trigger, url, signing_secret: new.signing_secret }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FiringParams {
    cursor: Option<String>,
    /// 1 to 500.
    limit: Option<u32>,
}

/// A project's triggers, each tried on the head.
#[utoipa::path(
    get,
    path = "/triggers",
    tag = "hooks",
    params(("project" = String, Path)),
    responses((status = 200, body = Vec<schema::hooks::Trigger>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
) -> Result<Json<Vec<TriggerView>>, Problems> {
    Ok(Json(app.control.triggers(&caller.0, &project).await?))
}

/// Makes a trigger. It acts with the permission that its maker has when it is set off.
#[utoipa::path(
    post,
    path = "/triggers",
    tag = "hooks",
    params(("project" = String, Path)),
    request_body = TriggerBody,
    responses((status = 201, body = TriggerCreated)),
)]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Shaped(body): Shaped<TriggerBody>,
) -> Result<(StatusCode, Json<TriggerCreated>), Problems> {
    let draft = TriggerDraft {
        name: body.name,
        source: body.source,
        require_signature: body.require_signature,
        revert_on_resolved: body.revert_on_resolved,
        title: body.title,
        reason: body.reason,
        edits: shape::edits(body.edits, "edits").map_err(Problems::invalid)?,
    };
    let new = app.control.create_trigger(&caller.0, &project, draft).await?;
    Ok((StatusCode::CREATED, Json(TriggerCreated::new(&app, new))))
}

/// Renames a trigger, or turns it on or off. What it does never changes.
#[utoipa::path(
    patch,
    path = "/triggers/{id}",
    tag = "hooks",
    params(("project" = String, Path), ("id" = String, Path)),
    request_body = TriggerUpdate,
    responses((status = 200, body = schema::hooks::Trigger)),
)]
pub(super) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segments((project, id)): Segments<(String, String)>,
    Shaped(body): Shaped<TriggerUpdate>,
) -> Result<Json<TriggerView>, Problems> {
    let change = TriggerChange { name: body.name, active: body.active };
    Ok(Json(app.control.change_trigger(&caller.0, &project, &id, change).await?))
}

/// Removes a trigger. What it did stays in the history.
#[utoipa::path(
    delete,
    path = "/triggers/{id}",
    tag = "hooks",
    params(("project" = String, Path), ("id" = String, Path)),
    responses((status = 204)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments((project, id)): Segments<(String, String)>,
) -> Result<StatusCode, Problems> {
    app.control.remove_trigger(&caller.0, &project, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a trigger another URL, and another signing secret; the old ones open nothing from now on.
#[utoipa::path(
    post,
    path = "/triggers/{id}/rotate",
    tag = "hooks",
    params(("project" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = TriggerCreated)),
)]
pub(super) async fn rotate(
    State(app): State<App>,
    caller: Caller,
    Segments((project, id)): Segments<(String, String)>,
) -> Result<Json<TriggerCreated>, Problems> {
    let new = app.control.rotate_trigger(&caller.0, &project, &id).await?;
    Ok(Json(TriggerCreated::new(&app, new)))
}

/// When a trigger was set off, newest first, and what came of it. The newest 1,000 are kept.
#[utoipa::path(
    get,
    path = "/triggers/{id}/firings",
    tag = "hooks",
    params(("project" = String, Path), ("id" = String, Path), FiringParams),
    responses((status = 200, body = Page<schema::hooks::Firing>)),
)]
pub(super) async fn firings(
    State(app): State<App>,
    caller: Caller,
    Segments((project, id)): Segments<(String, String)>,
    Params(params): Params<FiringParams>,
) -> Result<Json<Page<FiringView>>, Problems> {
    let revision = caller.project(&app, &project)?.revision;
    let limit = paging::limit(params.limit)?;
    let before = params
        .cursor
        .map(|cursor| paging::decode(&cursor)?.parse().map_err(|_| paging::bad_cursor()))
        .transpose()?;
    let mut found = app.control.firings(&caller.0, &project, &id, before, limit as u32 + 1).await?;
    let more = found.items.len() > limit;
    found.items.truncate(limit);
    let next =
        more.then(|| found.items.last().map(|last| paging::encode(&last.number.to_string()))).flatten();
    Ok(Json(Page { items: found.items, total: found.total, next, revision }))
}
