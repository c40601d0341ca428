//! Members, tokens, keys and sessions.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_model::access::Role;
use switchyard_model::ids::Key;

use crate::{AuditEntry, Environment, Error, Project, Team};

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
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; never where absent.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute or so.
    pub last_used_at: Option<Timestamp>,
    /// When it was ended by somebody. It is kept, so that history can name it.
    pub removed_at: Option<Timestamp>,
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
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; never where absent.
    pub expires_at: Option<Timestamp>,
}

/// Somebody's signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Of the cookie's secret.
    pub hash: Hash,
    /// Whose.
    pub holder: Holder,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
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
    /// One more key; those of the same environment and kind end at the given time, if they don't sooner.
    AddKey(EnvironmentKey, Option<Timestamp>),
    /// A new one-time link.
    AddSignInLink(SignInLink),
    /// Takes the name and the e-mail of a member away, and what the audit log has of them beside its lines.
    EraseMember(String),
    /// A team, made or changed.
    PutTeam(Team),
    /// Takes a team away.
    RemoveTeam(Key),
    /// All teams of a member.
    SetTeams(String, BTreeSet<Key>),
}

/// Members, tokens, keys and projects.
#[async_trait]
pub trait Administration: Send + Sync {
    /// Does it and writes it into the audit log, both or neither.
    ///
    /// # Errors
    /// [`Error::Exists`] for an id, key or secret that is taken; [`Error::NotFound`].
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

    /// Keeps a session, with its line of the audit log.
    async fn insert_session(&self, session: &Session, entry: &AuditEntry) -> Result<(), Error>;

    /// The session with this secret, ended or not.
    async fn session(&self, hash: &Hash) -> Result<Option<Session>, Error>;

    /// Moves a session's end.
    async fn extend_session(&self, hash: &Hash, expires_at: Timestamp) -> Result<(), Error>;

    /// Ends a session, with its line of the audit log; nothing happens where there is none.
    async fn end_session(&self, hash: &Hash, entry: &AuditEntry) -> Result<(), Error>;

    /// Uses a link up and answers whom it signs in: at most once, however many ask at a time, and not
    /// after its end.
    async fn use_sign_in_link(&self, hash: &Hash, now: Timestamp) -> Result<Option<String>, Error>;

    /// Forgets sessions, links and keys that ended before `now`.
    async fn forget_ended(&self, now: Timestamp) -> Result<(), Error>;
}
