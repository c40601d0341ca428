//! Changes, revert, restore, access: the only writer of revisions.
//!
//! [`Control`] is the one door to a project's configuration. A write goes: authorize, apply the edits on the
//! head in memory, validate what they touch, compile each affected environment's snapshot aside, see that it
//! has the approvals it needs, append to the store against the head it was made on, publish, tell those who
//! listen. Nothing is published before the
//! store has acknowledged, and where anything fails nothing has changed. One writer at a time for a project;
//! readers never wait.
//!
//! It knows nothing of HTTP, of sockets, or of how requests are answered.

mod access;
mod apply;
mod audit;
mod big_segments;
mod changes;
mod code;
mod compare;
mod conflicts;
mod control;
mod deliveries;
mod error;
mod events;
mod files;
mod git;
mod guardrails;
mod history;
mod hooks;
mod impact;
mod lists;
mod notices;
mod order;
mod owners;
mod plan;
mod policies;
mod project;
mod rebase;
mod restore;
mod revert;
mod review;
mod schedules;
mod setup;
mod triggers;
mod upstream;
mod usage;
mod views;

pub use access::account::{Account, SessionView};
pub use access::keys::{KeyAccess, NewKey};
pub use access::members::{MemberChange, NewMember};
pub use access::passwords::{PASSWORD_MAX, PASSWORD_MIN};
pub use access::principal::{How, Principal};
pub use access::provider::{TurnedAway, Vouched};
pub use access::secure::SecureMode;
pub use access::sessions::{SignedIn, Visitor};
pub use access::settings::{ProviderRules, SignInSettings};
pub use access::teams::TeamDraft;
pub use access::tokens::NewToken;
pub use apply::{Apply, Mode};
pub use audit::{AuditView, EXPORTED_AT_A_TIME};
pub use big_segments::{
    BigSegmentView, BigSegmentsView, InStore, MemberState, StoreFailed, StoreSeen, StoreState, StoreView,
};
pub use changes::{Choice, Proposal};
pub use code::{CodeFound, CodeView, REFERENCES_MAX, TEXT_MAX};
pub use compare::{Comparison, Difference, Status};
pub use control::{Clock, Control, system_clock};
pub use deliveries::{Node, NodeState, Nodes};
pub use error::{Conflict, Denied, Error, Forbidding, Result};
pub use events::{Event, Listening};
pub use git::drift::Drift;
pub use git::history::Told;
pub use git::take::{Base, Tip};
pub use git::{BranchSeen, BranchState, Desk, Followed, GitSeen, GitView, MirrorSeen};
pub use guardrails::{PAST_MAX, Set, Tried, TriedOn, Verdict, pack};
pub use hooks::HookSettings;
pub use hooks::address::refused as refused_address;
pub use hooks::events::{EVENTS, EventKind};
pub use hooks::links::LinkView;
pub use hooks::outbox::Message;
pub use hooks::signing::{Signed, SigningSecret};
pub use hooks::views::{DeliveryView, NewWebhook, WebhookView};
pub use hooks::webhooks::{WebhookChange, WebhookDraft};
pub use impact::{ImpactSummary, ImpactView, SampleView};
pub use lists::erase::{ByHand, Erased};
pub use lists::{KEYS_MAX, ListMade, ListMode, ListSide, NewList};
pub use notices::{Notice, NoticeKind};
pub use order::Neighbour;
pub use owners::{Estate, Owned, Owner};
pub use policies::PolicyDraft;
pub use policies::views::{
    AspectView, ByView, MistakeView, PoliciesView, PolicyCheck, PolicyView, PresetView, StatementView,
    WhyView,
};
pub use policies::why::WhyOn;
pub use restore::RestoreScope;
pub use review::actions::{Judgement, Submission};
pub use review::views::{
    BrokeGlass, CommentView, Given, May, Missing, MissingApproval, Permit, Person, Requirement, ReviewView,
    Reviewed, Source,
};
pub use schedules::{ScheduleView, Timing};
pub use setup::EnvironmentChange;
pub use switchyard_store::{
    AuditQuery, AuditRow, Broken, ChangeQuery, DeliveryState, Environment, Filter, GitSettings, GitStatuses,
    KeyKind, Page, Query, TeamApprovals, TriggerSource, Upstream, Verified, Way, WebhookKind,
};
pub use triggers::{Call, FiringView, NewTrigger, TriggerChange, TriggerDraft, TriggerView, Triggered};
pub use upstream::leave::UpstreamLeft;
pub use upstream::said::{Name as UpstreamName, Said, Spoken};
pub use upstream::settings::UpstreamDraft;
pub use upstream::{LeftOut, UpstreamSeen, UpstreamSet, UpstreamState, UpstreamView};
pub use usage::{FlagUsage, Lives, OutcomeView, UnknownFlag, UsageAskedView};
pub use views::{
    ApiToken, ChangeView, Check, EditView, EnvironmentKey, Member, Outcome, Project, RevisionView, Team,
};
