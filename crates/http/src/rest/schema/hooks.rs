//! Webhooks and triggers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::edit::Edit;
use super::review::Person;
use super::views::Check;
use super::{Json, Kind};

/// What a webhook is sent: JSON signed as Standard Webhooks has it, or messages for Slack.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum WebhookKind {
    Standard,
    Slack,
}

/// What a webhook tells; what is empty is everything.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebhookFilter {
    events: Vec<String>,
    environments: Vec<String>,
    kinds: Vec<Kind>,
}

/// What a webhook should tell; what is empty or absent is everything.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebhookFilterBody {
    events: Option<Vec<String>>,
    environments: Option<Vec<String>>,
    kinds: Option<Vec<Kind>>,
}

/// A webhook, without what is secret of it.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Webhook {
    id: String,
    name: String,
    kind: WebhookKind,
    /// Of Slack's only the host: the rest is a secret.
    url: String,
    /// Whose own it is.
    member: Option<Person>,
    filter: WebhookFilter,
    active: bool,
    /// Why it was turned off, where it was not a person who did.
    stopped: Option<String>,
    /// Until when the secret before signs too.
    previous_secret_until: Option<Timestamp>,
    created_by: Person,
    created_at: Timestamp,
    newest: Option<Delivery>,
}

/// A message to a webhook, and what became of it.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookDelivery)]
pub(crate) struct Delivery {
    /// The same in every try: `webhook-id`.
    id: String,
    event: String,
    state: DeliveryState,
    created_at: Timestamp,
    attempts: u32,
    /// When it is tried next, while it waits.
    next_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    /// The last answer's status.
    status: Option<u16>,
    milliseconds: Option<u64>,
    error: Option<String>,
    /// How the last answer began: at most 1,024 bytes.
    answer: Option<String>,
    /// What is sent; Slack's messages are made of it.
    #[schema(value_type = Json)]
    body: (),
}

/// How far a message came.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookDeliveryState)]
pub(crate) enum DeliveryState {
    Waiting,
    Delivered,
    Failed,
}

/// Something that webhooks can be told.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct EventKind {
    name: String,
    means: String,
}

/// Who sets a trigger off: anybody who has its URL, or Prometheus Alertmanager.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TriggerSource {
    Any,
    Alertmanager,
}

/// A trigger, without its secrets.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trigger {
    id: String,
    name: String,
    source: TriggerSource,
    /// The last characters of the secret in its URL.
    hint: String,
    require_signature: bool,
    revert_on_resolved: bool,
    active: bool,
    title: String,
    reason: String,
    edits: Vec<Edit>,
    /// What it would do now.
    check: Check,
    /// Whose permission it acts with.
    maker: Person,
    /// Why it could not act at all now.
    powerless: Option<String>,
    created_at: Timestamp,
    newest: Option<Firing>,
}

/// A trigger was set off.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TriggerFiring)]
pub(crate) struct Firing {
    number: u64,
    at: Timestamp,
    /// `applied`, `reverted`, `proposed`, `withdrawn`, `unchanged`, `ignored` or `refused`; absent while it is under way.
    outcome: Option<String>,
    detail: String,
    /// How the call's body began.
    excerpt: String,
    revision: Option<u64>,
    change: Option<u64>,
}

/// What came of setting a trigger off.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Triggered {
    /// `applied`, `reverted`, `proposed`, `withdrawn`, `unchanged`, `ignored`; `checked` for a dry run.
    outcome: String,
    detail: String,
    revision: Option<u64>,
    change: Option<u64>,
    /// True where this call repeats another one, whose outcome it is.
    repeated: bool,
    check: Option<Box<Check>>,
}
