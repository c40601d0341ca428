//! What an environment follows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Kind;
use super::review::Person;

/// What an environment follows; `settings` and `seen` are absent where that is nothing.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpstreamView {
    environment: String,
    settings: Option<UpstreamSet>,
    seen: Option<UpstreamSeen>,
    /// How it stands, in a sentence.
    words: String,
    /// How many flags LaunchDarkly manages here.
    flags: usize,
    segments: usize,
}

/// Where its flags come from.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpstreamSet {
    uri: String,
    /// How the SDK key ends; empty for a short one.
    key_ends: String,
    by: Person,
    at: Timestamp,
}

/// How it stands.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpstreamSeen {
    state: UpstreamState,
    /// Since when it stands so.
    since: Timestamp,
    /// Why it can't be heard, or why what it says can't be taken.
    error: Option<String>,
    /// When it last gave a sign of life.
    heard: Option<Timestamp>,
    /// What it says that is not so here.
    left_out: Vec<LeftOut>,
}

/// `connecting` until it was heard, `following`, or `lost`: then what it said last stays.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum UpstreamState {
    Connecting,
    Following,
    Lost,
}

/// A flag or a segment that is not here as it is there.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeftOut {
    kind: Kind,
    key: String,
    /// It is here as it last could be; else it is not here from there at all.
    stays: bool,
    /// Somebody else writes what has its key here.
    taken: bool,
    reasons: Vec<String>,
}

/// What became of what was followed.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpstreamLeft {
    /// The revision by which people here write it.
    revision: Option<u64>,
    /// The change that takes it away, where that was wanted.
    change: Option<u64>,
    /// All of it in a sentence.
    words: String,
}
