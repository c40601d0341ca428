//! Webhooks and what became of messages, as people see them.

use jiff::Timestamp;
use serde::Serialize;
use switchyard_store::{DeliveryState, Filter, WebhookKind};

use crate::Person;

/// A webhook, without what is secret of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookView {
    /// Unique.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is sent.
    pub kind: WebhookKind,
    /// Where to; of Slack's only the host, as the rest is a secret.
    pub url: String,
    /// The member it is for, whose verdicts its links give.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<Person>,
    /// What it tells.
    pub filter: Filter,
    /// False where nothing is sent.
    pub active: bool,
    /// Why it was turned off, where it was not a person who did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// Until when the secret before signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_secret_until: Option<Timestamp>,
    /// Who made it.
    pub created_by: Person,
    /// When.
    pub created_at: Timestamp,
    /// The newest message, and what became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest: Option<DeliveryView>,
}

/// A message to a webhook, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    /// Unique, and the same in every try: `webhook-id`.
    pub id: String,
    /// What it tells.
    pub event: String,
    /// How far it came.
    pub state: DeliveryState,
    /// When it was made.
    pub created_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// When it was last tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// The last answer's status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long the last try took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<u64>,
    /// Why the last try did not come through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How the last answer began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// What is sent.
    pub body: serde_json::Value,
}

/// A webhook that was just made, or got another secret.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// The webhook.
    pub webhook: WebhookView,
    /// What signs its messages; shown only now. Slack's have none.
    pub secret: Option<String>,
}
