//! The lists of big segments.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Kind;

/// A list of keys, by what is in it.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BigList {
    /// SHA-256, in hexadecimal.
    hash: String,
    /// So many keys are in.
    included: u64,
    /// So many are out.
    excluded: u64,
}

/// A list that was made, and what it is to the one that it came from.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListMade {
    list: BigList,
    added: u64,
    removed: u64,
}

/// An environment's big segments.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BigSegmentsView {
    environment: String,
    /// The Redis in which servers' SDKs look members up; absent where the server has none.
    store: Option<StoreView>,
    segments: Vec<BigSegmentView>,
}

/// How Redis stands for an environment.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoreView {
    /// Without user and password.
    address: String,
    /// What SDKs are to be given as the prefix.
    prefix: String,
    state: StoreState,
    /// The same in a sentence.
    words: String,
    /// When it was last in step. SDKs call it stale after two minutes.
    in_step_at: Option<Timestamp>,
    /// Since when it can't be written.
    failing_since: Option<Timestamp>,
    failed: Option<StoreFailed>,
    /// So many segments are not there as they are here.
    behind: u64,
}

/// How Redis stands, in a word.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum StoreState {
    Connecting,
    InStep,
    Writing,
    Failing,
}

/// Why Redis can't be written, and who must do what.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoreFailed {
    why: String,
    hint: String,
}

/// A segment with a big list.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BigSegmentView {
    key: String,
    /// As it was uploaded.
    list: BigList,
    /// So many keys were erased from it since.
    erased: u64,
    /// Absent where the server has no Redis.
    store: Option<InStore>,
}

/// How a segment stands in Redis.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InStore {
    state: MemberState,
    /// The same in a sentence.
    words: String,
    /// So many keys are yet to be added, as far as that is known.
    to_add: Option<u64>,
    /// So many are yet to be removed.
    to_remove: Option<u64>,
}

/// How a segment stands in Redis, in a word.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum MemberState {
    InStep,
    Behind,
    Missing,
    Unknown,
    NotAsked,
}

/// What became of somebody's key.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Erased {
    /// So many lists had it, and have it no more.
    lists: u64,
    /// So many samples were of them.
    samples: u64,
    /// What names the key by hand at the head: only a change takes it out.
    by_hand: Vec<ByHand>,
    /// So many revisions say it in their own words. The history stays as it is.
    revisions: u64,
}

/// A resource that names a key by hand.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ByHand {
    project: String,
    environment: Option<String>,
    kind: Kind,
    key: String,
}
