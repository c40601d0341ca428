//! How people come in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How somebody signed in.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Way {
    Link,
    Password,
    OpenId,
    Token,
}

/// A session.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SignedInSession)]
pub(crate) struct SessionView {
    id: String,
    /// The member or token.
    who: String,
    who_name: String,
    way: Way,
    /// The browser and its system, as "Firefox on Linux".
    browser: Option<String>,
    /// Where they were last.
    address: Option<String>,
    created_at: Timestamp,
    /// To some minutes.
    used_at: Timestamp,
    /// At the latest.
    ends_at: Timestamp,
    /// Whether it is the one that asks.
    current: bool,
}

/// How somebody signs in.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    /// What a password goes with.
    email: Option<String>,
    may_have_password: bool,
    has_password: bool,
    /// Whether setting another takes the one they have.
    asks_current: bool,
    /// Whether their provider knows them.
    has_identity: bool,
    /// The last used first.
    sessions: Vec<SessionView>,
}
