//! Webhooks: who is told what happens.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use switchyard_control::{
    DeliveryView, EVENTS, EventKind, Filter, NewWebhook, WebhookChange, WebhookDraft, WebhookKind,
    WebhookView,
};
use switchyard_model::Problem;
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::schema;
use crate::app::App;
use crate::body::{Optional, Shaped};
use crate::extract::{Params, Segments};
use crate::paging::{self, Page};
use crate::problem::Problems;

/// The longest that an old secret signs beside the new one: 30 days.
const LONGEST_OVERLAP: u64 = 30 * 24 * 3600;

/// A webhook to make.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WebhookBody {
    /// What people call it.
    name: String,
    #[schema(value_type = schema::hooks::WebhookKind)]
    kind: WebhookKind,
    /// Where messages go: https, or http.
    url: String,
    /// Slack only: its messages are for the caller, and carry links that approve and reject in their name.
    #[serde(default)]
    to_me: bool,
    #[serde(default)]
    #[schema(value_type = schema::hooks::WebhookFilterBody)]
    filter: Filter,
}

/// What to change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WebhookUpdate {
    name: Option<String>,
    url: Option<String>,
    #[schema(value_type = Option<schema::hooks::WebhookFilterBody>)]
    filter: Option<Filter>,
    active: Option<bool>,
}

/// How a secret is replaced.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RotateWebhook {
    /// How long the old secret signs too, 0 to 2,592,000; a day where absent.
    #[serde(default = "day")]
    overlap_seconds: u64,
}

fn day() -> u64 {
    24 * 3600
}

/// A webhook, and its secret, which is never shown again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookCreated {
    #[schema(value_type = schema::hooks::Webhook)]
    webhook: WebhookView,
    /// What signs its messages: `whsec_…`. Slack's have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl From<NewWebhook> for WebhookCreated {
    fn from(new: NewWebhook) -> Self {
        WebhookCreated { webhook: new.webhook, secret: new.secret }
    }
}

/// A project's webhooks, and what they can be told.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Webhooks {
    /// All of them for who administers the project, else the caller's own.
    #[schema(value_type = Vec<schema::hooks::Webhook>)]
    items: Vec<WebhookView>,
    #[schema(value_type = Vec<schema::hooks::EventKind>)]
    events: Vec<EventKind>,
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LogParams {
    cursor: Option<String>,
    /// 1 to 500.
    limit: Option<u32>,
}

/// A project's webhooks.
#[utoipa::path(
    get,
    path = "/webhooks",
    tag = "hooks",
    params(("project" = String, Path)),
    responses((status = 200, body = Webhooks)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
) -> Result<Json<Webhooks>, Problems> {
    let items = app.control.webhooks(&caller.0, &project).await?;
    Ok(Json(Webhooks { items, events: EVENTS.to_vec() }))
}

/// Makes a webhook. What happens from now on is told.
#[utoipa::path(
    post,
    path = "/webhooks",
    tag = "hooks",
    params(("project" = String, Path)),
    request_body = WebhookBody,
    responses((status = 201, body = WebhookCreated)),
)]
pub(super) async fn create(
    State(app): State<App>,
    caller: Caller,
    Segments(project): Segments<String>,
    Shaped(body): Shaped<WebhookBody>,
) -> Result<(StatusCode, Json<WebhookCreated>), Problems> {
    let WebhookBody { name, kind, url, to_me, filter } = body;
    let draft = WebhookDraft { name, kind, url, to_me, filter };
    let new = app.control.create_webhook(&caller.0, &project, draft).await?;
    Ok((StatusCode::CREATED, Json(new.into())))
}

/// Changes a webhook, or turns it on or off. What happens while it is off is not told.
#[utoipa::path(
    patch,
    path = "/webhooks/{id}",
    tag = "hooks",
    params(("project" = String, Path), ("id" = String, Path)),
    request_body = WebhookUpdate,
    responses((status = 200, body = schema::hooks::Webhook)),
)]
pub(super) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segments((project, id)): Segments<(String, String)>,
    Shaped(body): Shaped<WebhookUpdate>,
) -> Result<Json<WebhookView>, Problems> {
    let WebhookUpdate { name, url, filter, active } = body;
    let change = WebhookChange { name, url, filter, active };
    Ok(Json(app.control.change_webhook(&caller.0, &project, &id, change).await?))
}

/// Removes a webhook and the log of its messages.
#[utoipa::path(
    delete,
    path = "/webhooks/{id}",
    tag = "hooks",
    params(("project" = String, Path), ("id" = String, Path)),
    responses((status = 204)),
)]
pub(super) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Segments((project, id)): Segments<(String, String)>,
) -> Result<StatusCode, Problems> {
    app.control.remove_webhook(&caller.0, &project, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a webhook another secret; the old one signs too for a while.
#[utoipa::path(
    post,
    path = "/webhooks/{id}/rotate",
    tag = "hooks",
    params(("project" = String, Path), ("id" = String, Path)),
    request_body = RotateWebhook,
    responses((status = 200, body = WebhookCreated)),
)]
pub(super) async fn rotate(
    State(app): State<App>,
    caller: Caller,
    Segments((project, id)): Segments<(String, String)>,
    Optional(body): Optional<RotateWebhook>,
) -> Result<Json<WebhookCreated>, Problems> {
    if body.overlap_seconds > LONGEST_OVERLAP {
        let problem = Problem::new("overlapSeconds", "is too long").value(body.overlap_seconds);
        return Err(Problems::invalid(vec![problem.hint(format!("0 to {LONGEST_OVERLAP}"))]));
    }
    let overlap = Duration::from_secs(body.overlap_seconds);
    Ok(Json(app.control.rotate_webhook(&caller.0, &project, &id, overlap).await?.into()))
}

/// Sends a message that only says that it arrives.
#[utoipa::path(
    post,
    path = "/webhooks/{id}/test",
    tag = "hooks",
    params(("project" = String, Path), ("id" = String, Path)),
    responses((status = 202, body = schema::hooks::Delivery)),
)]
pub(super) async fn test(
    State(app): State<App>,
    caller: Caller,
    Segments((project, id)): Segments<(String, String)>,
) -> Result<(StatusCode, Json<DeliveryView>), Problems> {
    Ok((StatusCode::ACCEPTED, Json(app.control.test_webhook(&caller.0, &project, &id).await?)))
}

/// A webhook's messages, newest first, and what became of them. Those that are over are kept for 30 days.
#[utoipa::path(
    get,
    path = "/webhooks/{id}/deliveries",
    tag = "hooks",
    params(("project" = String, Path), ("id" = String, Path), LogParams),
    responses((status = 200, body = Page<schema::hooks::Delivery>)),
)]
pub(super) async fn deliveries(
    State(app): State<App>,
    caller: Caller,
    Segments((project, id)): Segments<(String, String)>,
    Params(params): Params<LogParams>,
) -> Result<Json<Page<DeliveryView>>, Problems> {
    let revision = caller.project(&app, &project)?.revision;
    let limit = paging::limit(params.limit)?;
    let before = params.cursor.as_deref().map(paging::decode).transpose()?;
    let control = &app.control;
    let mut found =
        control.webhook_deliveries(&caller.0, &project, &id, before.as_deref(), limit as u32 + 1).await?;
    let more = found.items.len() > limit;
    found.items.truncate(limit);
    let next = more.then(|| found.items.last().map(|last| paging::encode(&last.id))).flatten();
    Ok(Json(Page { items: found.items, total: found.total, next, revision }))
}

/// Sends a message once more, under the id it has.
#[utoipa::path(
    post,
    path = "/webhooks/{id}/deliveries/{delivery}/send",
    tag = "hooks",
    params(("project" = String, Path), ("id" = String, Path), ("delivery" = String, Path)),
    responses((status = 202, description = "It waits to be sent")),
)]
pub(super) async fn resend(
    State(app): State<App>,
    caller: Caller,
    Segments((project, id, delivery)): Segments<(String, String, String)>,
) -> Result<StatusCode, Problems> {
    app.control.resend_delivery(&caller.0, &project, &id, &delivery).await?;
    Ok(StatusCode::ACCEPTED)
}
