//! Webhooks, what they tell, and triggers.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_model::ids::Key;
use switchyard_model::{Edit, Kind};

use crate::{AuditEntry, Error, Hash, Page};

/// What a webhook is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WebhookKind {
    /// Signed JSON, as Standard Webhooks has it.
    Standard,
    /// Messages as Slack's incoming webhooks take them.
    Slack,
}

/// What a webhook tells; empty lists are everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Filter {
    /// Names of events, as `change.submitted`.
    pub events: Vec<String>,
    /// Only what acts in one of these environments.
    pub environments: Vec<Key>,
    /// Only what touches a resource of one of these kinds.
    pub kinds: Vec<Kind>,
}

/// Somewhere that is told what happens.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// Unique.
    pub id: String,
    /// The project.
    pub project: Key,
    /// What people call it.
    pub name: String,
    /// What it is sent.
    pub kind: WebhookKind,
    /// Where to.
    pub url: String,
    /// The member who reads it; its links act for them.
    pub member: Option<String>,
    /// What it tells.
    pub filter: Filter,
    /// False where nothing is sent.
    pub active: bool,
    /// Why it was turned off, where it was not a person who did.
    pub stopped: Option<String>,
    /// Which of its secrets signs; from 1.
    pub secret_version: u32,
    /// Until when the secret before signs too.
    pub previous_until: Option<Timestamp>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// Something that is yet to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// Grows with time, over all projects.
    pub sequence: u64,
    /// The project.
    pub project: Key,
    /// What, as `change.submitted`.
    pub event: String,
    /// The revision, or the change.
    pub number: Option<u64>,
    /// The change's verdict or comment, from 1.
    pub part: Option<u64>,
    /// What there is no row of.
    pub detail: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// How far a delivery came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryState {
    /// To be tried, or tried again.
    Waiting,
    /// Taken.
    Delivered,
    /// Given up.
    Failed,
}

/// One message to one webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct HookDelivery {
    /// Unique; the same in every try.
    pub id: String,
    /// The webhook.
    pub hook: String,
    /// What it tells, by its number; the newest one's for a test.
    pub sequence: u64,
    /// The event.
    pub event: String,
    /// What is sent, or what it is made from.
    pub body: String,
    /// How far it came.
    pub state: DeliveryState,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is tried.
    pub since: Timestamp,
    /// How often it was tried since.
    pub attempts: u32,
    /// When it is tried next, while it waits.
    pub next_at: Timestamp,
    /// The last try.
    pub last: Option<Attempt>,
}

/// What came of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When it ended.
    pub at: Timestamp,
    /// The answer's status; absent where there was none.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// Why it did not come through.
    pub error: Option<String>,
    /// How the answer's body began.
    pub answer: Option<String>,
}

/// With which one member gives a verdict on one difference of one change, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewLink {
    /// Unique: the delivery that carries it.
    pub id: String,
    /// The project.
    pub project: Key,
    /// The change.
    pub change: u64,
    /// Whose verdict it is.
    pub member: String,
    /// What they were told it does.
    pub difference: String,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// What becomes of a happening.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// To whom it is told.
    pub deliveries: Vec<HookDelivery>,
    /// What those carry.
    pub links: Vec<ReviewLink>,
    /// Approvals whose end is told, by project, change, and position from 1.
    pub voided: Vec<(Key, u64, u64)>,
}

/// Who sets a trigger off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TriggerSource {
    /// Whoever has its URL; any body.
    Any,
    /// Prometheus Alertmanager: its body says whether it fires or is resolved.
    Alertmanager,
}

/// A prepared change, and who may set it off.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// Unique.
    pub id: String,
    /// The project.
    pub project: Key,
    /// What people call it.
    pub name: String,
    /// Who sets it off.
    pub source: TriggerSource,
    /// Of the secret in its URL.
    pub hash: Hash,
    /// The secret's last four characters.
    pub hint: String,
    /// Which of its signing secrets signs; from 1.
    pub secret_version: u32,
    /// True where a call must be signed too.
    pub require_signature: bool,
    /// Whether what it applied is reverted when the alert is over.
    pub revert_on_resolved: bool,
    /// False where nothing comes of it.
    pub active: bool,
    /// What its change does, in a few words; made from the edits where empty.
    pub title: String,
    /// Why.
    pub reason: String,
    /// What it does.
    pub edits: Vec<Edit>,
    /// A member's or token's id: what they may do, it may.
    pub maker: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A trigger was set off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// Grows with time, over all triggers.
    pub number: u64,
    /// The trigger.
    pub trigger: String,
    /// When.
    pub at: Timestamp,
    /// Who repeats it means the same firing.
    pub key: Option<String>,
    /// How the call's body began.
    pub excerpt: String,
    /// What came of it; absent while it is under way.
    pub fired: Option<Fired>,
}

/// What came of a firing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fired {
    /// In one word, as `applied`; `refused` where nothing came of it.
    pub outcome: String,
    /// In words.
    pub detail: String,
    /// The revision that it made.
    pub revision: Option<u64>,
    /// The change that waits.
    pub change: Option<u64>,
}

/// Whether a firing is a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is, with this number.
    New(u64),
    /// It was there under the same key.
    Again(Firing),
}

/// Webhooks, their deliveries, and triggers.
#[async_trait]
pub trait Hooks: Send + Sync {
    /// All webhooks, oldest first.
    async fn webhooks(&self) -> Result<Vec<Webhook>, Error>;

    /// One webhook.
    async fn webhook(&self, id: &str) -> Result<Option<Webhook>, Error>;

    /// Keeps a webhook, new or changed, and writes it into the audit log.
    async fn put_webhook(&self, hook: &Webhook, entry: &AuditEntry) -> Result<(), Error>;

    /// Removes a webhook and its deliveries.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn remove_webhook(&self, id: &str, entry: &AuditEntry) -> Result<(), Error>;

    /// Tells what there is no row of; nothing where nobody listens.
    async fn tell(&self, project: &str, event: &str, detail: &str, at: Timestamp) -> Result<(), Error>;

    /// What is yet to be told, in order.
    async fn happenings(&self, limit: u32) -> Result<Vec<Happening>, Error>;

    /// Makes deliveries of everything up to `sequence`, which then is told: all of it or nothing.
    async fn dispatch(&self, sequence: u64, told: &Told) -> Result<(), Error>;

    /// The approvals whose end was told, by change and position from 1.
    async fn told_void(&self, project: &str) -> Result<Vec<(u64, u64)>, Error>;

    /// Keeps one more delivery, and writes it into the audit log.
    async fn insert_delivery(&self, delivery: &HookDelivery, entry: &AuditEntry) -> Result<(), Error>;

    /// The waiting delivery of a webhook that is to be tried first.
    async fn next_delivery(&self, hook: &str) -> Result<Option<HookDelivery>, Error>;

    /// Keeps what came of a try. Nothing happens where the delivery is gone.
    async fn settle(&self, delivery: &HookDelivery) -> Result<(), Error>;

    /// A delivery, to be sent again: it waits, as if it had never been tried.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn resend(&self, hook: &str, id: &str, at: Timestamp, entry: &AuditEntry) -> Result<(), Error>;

    /// A webhook's deliveries, newest first; only those before this one where it is given.
    async fn hook_deliveries(
        &self,
        hook: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Page<HookDelivery>, Error>;

    /// Forgets deliveries that are over and were last tried before this, and links that ended before it.
    async fn forget_deliveries(&self, before: Timestamp) -> Result<(), Error>;

    /// A review link, used or not.
    async fn review_link(&self, id: &str) -> Result<Option<ReviewLink>, Error>;

    /// Uses a link up, at most once however many ask at a time; false where it was used or has ended.
    async fn use_review_link(&self, id: &str, at: Timestamp, entry: &AuditEntry) -> Result<bool, Error>;

    /// Takes back that a link was used, as nothing came of it.
    async fn release_review_link(&self, id: &str) -> Result<(), Error>;

    /// A project's triggers, oldest first.
    async fn triggers(&self, project: &str) -> Result<Vec<Trigger>, Error>;

    /// One trigger.
    async fn trigger(&self, id: &str) -> Result<Option<Trigger>, Error>;

    /// Keeps a trigger, new or changed, and writes it into the audit log.
    async fn put_trigger(&self, trigger: &Trigger, entry: &AuditEntry) -> Result<(), Error>;

    /// Removes a trigger and its firings.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn remove_trigger(&self, id: &str, entry: &AuditEntry) -> Result<(), Error>;

    /// Begins a firing, unless one of the same key is there. Of each trigger the newest 1,000 are kept.
    async fn begin_firing(&self, firing: &Firing) -> Result<Begun, Error>;

    /// Keeps what came of a firing, unless something came of it before that was no refusal.
    async fn finish_firing(&self, number: u64, fired: &Fired) -> Result<(), Error>;

    /// A trigger's firings, newest first.
    async fn firings(&self, trigger: &str, before: Option<u64>, limit: u32) -> Result<Page<Firing>, Error>;
}
