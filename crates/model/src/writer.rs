//! Who writes a resource.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The one writer of a resource: where it is edited. What comes from elsewhere is refused, until the resource is
/// taken over from its writer, which is an edit of its own ([`crate::Op::SetManagedBy`]).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Writer {
    /// People, by the page, the command line and the API; and whatever else is let in here. No others are kept out.
    #[default]
    Page,
    /// A branch of the project's Git repository.
    Git,
    /// An environment of LaunchDarkly's.
    LaunchDarkly,
}

impl Writer {
    /// True for what has no writer but the people here.
    pub fn is_page(&self) -> bool {
        *self == Writer::Page
    }
}

/// What people call it.
impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Writer::Page => "people here",
            Writer::Git => "Git",
            Writer::LaunchDarkly => "LaunchDarkly",
        })
    }
}
