//! Who asks to do what, and with what.

use serde::{Deserialize, Serialize};
use switchyard_model::access::Role;
use switchyard_model::ids::Key;
use switchyard_model::{Kind, ResourceId};

use crate::Aspects;

/// What somebody wants to do: the actions of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Deed {
    /// See a project or an environment.
    View,
    /// Write an edit into a change, and send it for review.
    Propose,
    /// Make an edit true.
    Apply,
    /// Give a verdict on an edit.
    Approve,
    /// Take part in reviews at all: comment.
    Comment,
    /// Revert or restore a revision; what it edits is asked for apart from that.
    Revert,
    /// Make an edit true without the approvals that are missing.
    BreakGlass,
    /// See and rotate the keys of an environment; make triggers.
    ManageKeys,
    /// Members, tokens, environments, policies.
    Administer,
}

impl Deed {
    /// All deeds.
    pub const ALL: [Deed; 9] = [
        Deed::View,
        Deed::Propose,
        Deed::Apply,
        Deed::Approve,
        Deed::Comment,
        Deed::Revert,
        Deed::BreakGlass,
        Deed::ManageKeys,
        Deed::Administer,
    ];

    /// Its word in policies and in the API.
    pub fn word(self) -> &'static str {
        match self {
            Deed::View => "view",
            Deed::Propose => "propose",
            Deed::Apply => "apply",
            Deed::Approve => "approve",
            Deed::Comment => "comment",
            Deed::Revert => "revert",
            Deed::BreakGlass => "breakGlass",
            Deed::ManageKeys => "manageKeys",
            Deed::Administer => "administer",
        }
    }

    /// The same for people, as the end of "they may …".
    pub fn phrase(self) -> &'static str {
        match self {
            Deed::View => "view",
            Deed::Propose => "propose edits",
            Deed::Apply => "apply edits",
            Deed::Approve => "approve edits",
            Deed::Comment => "take part in reviews",
            Deed::Revert => "revert",
            Deed::BreakGlass => "break glass",
            Deed::ManageKeys => "manage keys",
            Deed::Administer => "administer",
        }
    }

    /// True where it is done with a resource, and not with a project or an environment.
    pub fn is_of_resource(self) -> bool {
        matches!(self, Deed::Propose | Deed::Apply | Deed::Approve | Deed::BreakGlass)
    }
}

/// Somebody.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    /// A person or a token.
    pub sort: Sort,
    /// Their id.
    pub id: &'a str,
    /// What they are called.
    pub name: &'a str,
    /// Where they are written to.
    pub email: Option<&'a str>,
    /// Their role.
    pub role: Role,
    /// The teams that they are in.
    pub teams: &'a [Key],
}

/// What sort of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A person.
    Member,
    /// An API token.
    Token,
}

/// With what something is to be done.
#[derive(Debug, Clone, Copy)]
pub enum On<'a> {
    /// What belongs to no project.
    Server,
    /// The project itself.
    Project(&'a str),
    /// An environment of a project.
    Environment(&'a str, &'a Place),
    /// A resource of a project, and what of it changes.
    Resource(&'a str, &'a Subject, Aspects),
}

/// An environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its key.
    pub key: Key,
    /// Whether real people are affected.
    pub production: bool,
}

/// A resource, as policies see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its name.
    pub id: ResourceId,
    /// Its tags; a targeting's are its flag's.
    pub tags: Vec<String>,
    /// Who answers for it; for a targeting who answers for its flag.
    pub owner: Option<Owner>,
    /// The environments that it acts in: its own, or all.
    pub acts_in: Vec<Key>,
    /// True where one of those is a production.
    pub production: bool,
}

impl Subject {
    /// What kind it is.
    pub fn kind(&self) -> Kind {
        self.id.kind
    }
}

/// Who answers for a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A member, by id.
    Member(String),
    /// A team, by key.
    Team(Key),
    /// A name that nobody here has.
    Name(String),
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Who wants to.
    pub who: Who<'a>,
    /// What.
    pub deed: Deed,
    /// With what.
    pub on: On<'a>,
}
