//! The lists of big segments.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
