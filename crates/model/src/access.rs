//! Who may do what: roles and actions.

use serde::{Deserialize, Serialize};

/// A preset role. Each may do what those before it may, but for what [`Role::may`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Decides who gets what: flags and segments; reverts and reviews what it may edit.
    Product,
    /// And everything else of the configuration.
    Developer,
    /// And keys of environments; breaks glass.
    Operator,
    /// And members, tokens, projects.
    Admin,
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// See the configuration, its history and its traffic.
    View,
    /// Change flags, targeting and segments.
    EditFlags,
    /// Change services, listeners and routes.
    EditTraffic,
    /// Revert or restore a revision.
    Revert,
    /// Take part in a review: comment, approve, reject. A verdict also takes what making the same edits
    /// would: one on flags is every reviewer's, one on traffic is theirs who may edit traffic.
    Approve,
    /// Apply without the approvals that are missing, with a reason, and to be reviewed afterwards.
    BreakGlass,
    /// See and rotate the keys of an environment.
    ManageKeys,
    /// Invite and change members, make tokens for others, make projects and environments.
    Administer,
}

impl Action {
    /// All actions.
    pub const ALL: [Action; 8] = [
        Action::View,
        Action::EditFlags,
        Action::EditTraffic,
        Action::Revert,
        Action::Approve,
        Action::BreakGlass,
        Action::ManageKeys,
        Action::Administer,
    ];
}

impl Role {
    /// All roles, weakest first.
    pub const ALL: [Role; 5] = [Role::Viewer, Role::Product, Role::Developer, Role::Operator, Role::Admin];

    /// The role's word, as the API has it.
    pub fn word(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Product => "product",
            Role::Developer => "developer",
            Role::Operator => "operator",
            Role::Admin => "admin",
        }
    }

    /// True where the role may do it.
    pub fn may(self, action: Action) -> bool {
        match action {
            Action::View => true,
            Action::EditFlags => self >= Role::Product,
            Action::EditTraffic => self >= Role::Developer,
            // Reverting one's own kind of edits is everyone's; the whole is checked against each edit too.
            Action::Revert => self >= Role::Product,
            Action::Approve => self >= Role::Product,
            Action::BreakGlass => self >= Role::Operator,
            Action::ManageKeys => self >= Role::Operator,
            Action::Administer => self >= Role::Admin,
        }
    }

    /// The weakest role that may do it.
    pub fn least(action: Action) -> Role {
        Role::ALL.into_iter().find(|r| r.may(action)).unwrap_or(Role::Admin)
    }
}
