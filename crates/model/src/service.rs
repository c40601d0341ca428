//! A service: something that answers requests, in one or more versions.

use serde::{Deserialize, Serialize};

use crate::Writer;
use crate::ids::Key;

/// A service and its subsets. Endpoints that are discovered are live data and not kept here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// Unique in the environment.
    pub key: Key,
    /// What people call it; the key where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The person or team who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Free words for finding it; sorted, unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Its one writer; others leave it alone.
    #[serde(default, skip_serializing_if = "Writer::is_page")]
    pub managed_by: Writer,
    /// 1 to 100 versions that a route can choose between.
    pub subsets: Vec<Subset>,
}

/// One version of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Subset {
    /// Stable and unique in the service, as `v1`.
    pub id: Key,
    /// Fixed addresses, `host:port`, beside those that are discovered. At most 1,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<String>,
}
