//! Who somebody is.

use switchyard_model::access::Role;
use switchyard_model::ids::Key;

/// Somebody who was let in, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// A member's or token's id; the author of what they do.
    pub id: String,
    /// What people call them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The only project they may see; all where absent.
    pub project: Option<Key>,
    /// How they came in.
    pub how: How,
}

/// How somebody came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Signed in with a browser.
    Session,
    /// With an API token.
    Token,
    /// The product itself.
    Inside,
}

/// The author of what the product does by itself.
pub(crate) const SWITCHYARD: &str = "switchyard";

impl Principal {
    /// The product itself: for what it does at its start, never for what came from outside.
    pub fn switchyard() -> Self {
        Principal {
            id: SWITCHYARD.into(),
            name: "Switchyard".into(),
            role: Role::Admin,
            project: None,
            how: How::Inside,
        }
    }
}
