//! An OpenID Connect provider, as one sees it who relies on it: finds what it offers, sends browsers there, and
//! verifies what it says about who comes back. The authorization code flow with PKCE, state and nonce (OpenID Connect
//! Core 1.0, RFC 7636, RFC 9207). Knows nothing of members.

mod claims;
mod flow;
mod http;
mod provider;
mod settings;
mod verify;

pub use claims::Claims;
pub use flow::{Answer, Flow};
pub use provider::Provider;
pub use settings::Settings;

/// Why the provider does not say who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It does not answer, or not as a provider does.
    #[error("the provider can't be reached: {0}")]
    Unreachable(String),
    /// Too many ask at a time.
    #[error("too many sign in at the provider at a time")]
    Busy,
    /// The answer is to nothing that this browser asked.
    #[error("this browser did not begin this sign-in")]
    NotBegun,
    /// The provider let nobody in.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// What it says can't be believed.
    #[error("what the provider says can't be believed: {0}")]
    Unbelievable(String),
}

/// What this crate's functions answer.
pub type Result<T> = std::result::Result<T, Error>;
