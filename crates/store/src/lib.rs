//! The revision log and the operational tables: traits, and SQLite behind them.
//!
//! - [`History`] is append-only: a revision is written in one transaction with the state it makes and the
//!   change it came from, against the head its author saw. There is no other way to alter a resource.
//! - [`Changes`] holds what is proposed, and what people say of it; verdicts and comments are only ever added.
//! - [`Schedules`] holds when changes apply and are taken back; each step is done once, with what it does.
//! - [`Administration`] holds members, teams, tokens, keys and projects. An act is written in one transaction with
//!   its entry in the audit log. It is never reverted.
//! - [`Audit`] is that log: every write of the others leaves a line in the same transaction, chained to the one
//!   before.
//! - [`Hooks`] holds webhooks and triggers. What webhooks tell is put into an outbox by the database itself, in
//!   the transaction of what it tells of.
//! - [`Git`] holds each project's repository and how far its branches were taken.
//! - [`Upstreams`] holds what environments follow.
//! - [`Lists`] holds what the lists of big segments hold, by its hash.
//! - [`Usage`] counts what flags served: it is added up and goes with time.
//! - [`Code`] holds where source code names flags, as it was last looked through.
//! - Times are kept to the microsecond.
//!
//! This crate judges nothing: what may be written is `control`'s to say.

mod access;
mod audit;
mod changes;
mod code;
mod error;
mod git;
mod history;
mod hooks;
mod lists;
mod policies;
mod projects;
mod schedules;
mod sqlite;
mod teams;
mod upstreams;
mod usage;

pub use access::{
    Act, Administration, EnvironmentKey, Hash, Holder, Identity, KeyKind, Member, SESSIONS_MAX, Session,
    Sessions, SignInLink, Signer, Token, Way,
};
pub use audit::{
    Audit, AuditEntry, AuditQuery, AuditRow, Broken, GENESIS, Personal, Verified, Verifier, verify,
};
pub use changes::{Applied, ChangeQuery, Changes};
pub use code::{Code, CodeReference, CodeRepository};
pub use error::Error;
pub use git::{Git, GitSettings, GitStatuses, Taken};
pub use history::{History, Page, Query};
pub use hooks::{
    Attempt, Begun, DeliveryState, Filter, Fired, Firing, Happening, HookDelivery, Hooks, ReviewLink, Told,
    Trigger, TriggerSource, Webhook, WebhookKind,
};
pub use lists::{ErasedList, Lists, StoredList};
pub use policies::Policy;
pub use projects::{Environment, Project};
pub use schedules::Schedules;
pub use sqlite::SqliteStore;
pub use teams::{Team, TeamApprovals};
pub use upstreams::{Upstream, UpstreamSettings, Upstreams};
pub use usage::{EverServed, Usage, UsageAsked, UsageCount, UsageOutcome};

/// Everything a server keeps.
pub trait Store:
    History + Changes + Schedules + Administration + Audit + Hooks + Git + Usage + Code + Upstreams + Lists
{
}

impl<
    S: History + Changes + Schedules + Administration + Audit + Hooks + Git + Usage + Code + Upstreams + Lists,
> Store for S
{
}
