//! Members, tokens, keys and sessions.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_model::access::Role;
use switchyard_model::ids::Key;

use crate::{AuditEntry, Environment, Error, Policy, Project, Team};

/// SHA-256 of a secret.
pub type Hash = [u8; 32];

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Unique, and never given to another.
    pub id: String,
    /// What people call them.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
    /// What they may do.
    pub role: Role,
    /// False locks them out.
    pub active: bool,
    /// When they were added.
    pub created_at: Timestamp,
}

/// An API token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Unique.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The only project it opens; all where absent.
    pub project: Option<Key>,
    /// Of its secret.
    pub hash: Hash,
    /// The secret's last four characters.
    pub hint: String,
    /// The member who made it.
    pub created_by: String,
    /// The team whose it is; its maker's where absent.
    pub team: Option<Key>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; never where absent.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute or so.
    pub last_used_at: Option<Timestamp>,
    /// When it was ended by somebody. It is kept, so that history can name it.
    pub removed_at: Option<Timestamp>,
    /// The secret before this one, and until when it still opens.
    pub previous: Option<(Hash, Timestamp)>,
}

/// What a key of an environment opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyKind {
    /// Server-side SDKs and OFREP: everything of the environment.
    Sdk,
    /// Mobile SDKs: flags available to them.
    Mobile,
    /// Browsers; public, so its value is kept in plain.
    ClientSide,
}

impl KeyKind {
    /// All kinds.
    pub const ALL: [KeyKind; 3] = [KeyKind::Sdk, KeyKind::Mobile, KeyKind::ClientSide];
}

/// HMAC-SHA-256 with a secret, before any message: the states of the inner and of the outer hash, in big endian.
pub type Signer = [u8; 64];

/// A key of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentKey {
    /// Unique.
    pub id: String,
    /// The project.
    pub project: Key,
    /// The environment.
    pub environment: Key,
    /// What it opens.
    pub kind: KeyKind,
    /// Of its secret.
    pub hash: Hash,
    /// The secret's last four characters.
    pub hint: String,
    /// The key itself, for [`KeyKind::ClientSide`] only.
    pub value: Option<String>,
    /// Makes hashes as the secret does, for [`KeyKind::Sdk`]; absent for keys from before there was such a thing.
    pub signer: Option<Signer>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; never where absent.
    pub expires_at: Option<Timestamp>,
}

/// Somebody's signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Unique, and no secret: what people end it by.
    pub id: String,
    /// Of the cookie's secret.
    pub hash: Hash,
    /// Whose.
    pub holder: Holder,
    /// How it began.
    pub way: Way,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last used, to some minutes.
    pub used_at: Timestamp,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
    /// When it ends however much it is used.
    pub ends_at: Timestamp,
    /// Where they were last.
    pub address: Option<String>,
    /// What their browser called itself when they signed in.
    pub agent: Option<String>,
}

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// With a one-time link.
    Link,
    /// With their password.
    Password,
    /// At the OpenID Connect provider.
    OpenId,
    /// With an API token.
    Token,
}

/// Whom an OpenID Connect provider knows a member as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// Whom it knows; never given to another there.
    pub subject: String,
    /// The member.
    pub member: String,
    /// True where the provider's groups let them in no longer, so that the member was locked out for it.
    pub shut: bool,
    /// When they first came.
    pub created_at: Timestamp,
}

/// Which sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sessions {
    /// The one of this id.
    One(String),
    /// All of somebody.
    Of(Holder),
    /// All of somebody but the one with this secret.
    Others(Holder, Hash),
}

/// Whose a session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A member's, by id.
    Member(String),
    /// A token's, by id: the browser may what the token may, and only while it lives.
    Token(String),
}

/// A link that signs a member in once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInLink {
    /// Of the link's secret.
    pub hash: Hash,
    /// Whom it signs in.
    pub member: String,
    /// When it ends, used or not.
    pub expires_at: Timestamp,
}

/// The most sessions of one holder.
pub const SESSIONS_MAX: u32 = 50;

/// One administrative act.
#[derive(Debug, Clone)]
pub enum Act {
    /// A new project.
    CreateProject(Project),
    /// One more environment, after the others.
    AddEnvironment(Key, Environment),
    /// Name, production, required approvals and freezes of an environment.
    ChangeEnvironment(Key, Environment),
    /// A new member.
    AddMember(Member),
    /// Name, email, role, active of a member; their sessions end when they are not active.
    ChangeMember(Member),
    /// A new token.
    AddToken(Token),
    /// Ends a token and its sessions.
    RemoveToken(String),
    /// Another secret and its hint for a token; the one before opens until the given time.
    RotateToken(String, Hash, String, Timestamp),
    /// One more key; those of the same environment and kind end at the given time, if they don't sooner.
    AddKey(EnvironmentKey, Option<Timestamp>),
    /// Whether an environment's browsers are answered only for contexts that a server vouches for.
    SetSecureMode(Key, Key, bool),
    /// A new one-time link.
    AddSignInLink(SignInLink),
    /// A member's password as a PHC string; ends their links, and their sessions but the one with this secret.
    SetPassword(String, String, Hash),
    /// Takes a member's password away, and ends their links and sessions.
    RemovePassword(String),
    /// A member, new or changed, as their provider has them; sessions end as for [`Act::ChangeMember`]. An
    /// identity never becomes another member's.
    Identify(Member, Identity),
    /// A policy of version 1 is made; a later one changes the version before it.
    PutPolicy(Policy),
    /// Takes a project's policy of this key and version away.
    RemovePolicy(Key, Key, u64),
    /// Takes the name and the e-mail of a member away, and what the audit log has of them beside its lines.
    EraseMember(String),
    /// A team at its next version: [`Error::Stale`] where there is another.
    PutTeam(Team),
    /// Takes a team away.
    RemoveTeam(Key),
    /// Makes a token a team's.
    HandToken(String, Key),
    /// All teams of a member.
    SetTeams(String, BTreeSet<Key>),
}

/// Members, tokens, keys and projects.
#[async_trait]
pub trait Administration: Send + Sync {
    /// Does it and writes it into the audit log, both or neither.
    ///
    /// # Errors
    /// [`Error::Exists`] for an id, key or secret that is taken; [`Error::Stale`] for another version than there is;
    /// [`Error::NotFound`].
    async fn administer(&self, act: &Act, entry: &AuditEntry) -> Result<(), Error>;

    /// All projects, by key.
    async fn projects(&self) -> Result<Vec<Project>, Error>;

    /// All members, by name.
    async fn members(&self) -> Result<Vec<Member>, Error>;

    /// All teams, by key.
    async fn teams(&self) -> Result<Vec<Team>, Error>;

    /// All tokens, oldest first, removed ones too.
    async fn tokens(&self) -> Result<Vec<Token>, Error>;

    /// Notes when a token was last used.
    async fn token_used(&self, id: &str, at: Timestamp) -> Result<(), Error>;

    /// All keys of all environments, oldest first.
    async fn keys(&self) -> Result<Vec<EnvironmentKey>, Error>;

    /// The environments in secure mode, by project and key.
    async fn secure_modes(&self) -> Result<Vec<(Key, Key)>, Error>;

    /// A member's password as a PHC string.
    async fn password(&self, member: &str) -> Result<Option<String>, Error>;

    /// The ids of all members with a password.
    async fn with_password(&self) -> Result<Vec<String>, Error>;

    /// All identities, by member.
    async fn identities(&self) -> Result<Vec<Identity>, Error>;

    /// All policies of all projects, by key.
    async fn policies(&self) -> Result<Vec<Policy>, Error>;

    /// Keeps a session, with its line of the audit log. Of one holder's only the [`SESSIONS_MAX`] newest stay.
    async fn insert_session(&self, session: &Session, entry: &AuditEntry) -> Result<(), Error>;

    /// The session with this secret, ended or not.
    async fn session(&self, hash: &Hash) -> Result<Option<Session>, Error>;

    /// The sessions that have not ended by `now`, the last used first; of one holder, or of all.
    async fn sessions(&self, holder: Option<&Holder>, now: Timestamp) -> Result<Vec<Session>, Error>;

    /// Notes a session's use, and moves its end.
    async fn session_used(
        &self,
        hash: &Hash,
        at: Timestamp,
        expires_at: Timestamp,
        address: Option<&str>,
    ) -> Result<(), Error>;

    /// Ends sessions, with one line of the audit log; nothing happens where there are none. How many.
    async fn end_sessions(&self, which: &Sessions, entry: &AuditEntry) -> Result<u64, Error>;

    /// Uses a link up and answers whom it signs in: at most once, however many ask at a time, and not
    /// after its end.
    async fn use_sign_in_link(&self, hash: &Hash, now: Timestamp) -> Result<Option<String>, Error>;

    /// Forgets sessions, links and keys that ended before `now`.
    async fn forget_ended(&self, now: Timestamp) -> Result<(), Error>;
}
