//! What environments follow.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_model::ids::Key;

use crate::{AuditEntry, Error};

/// Where an environment's flags come from, without what opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpstreamSettings {
    /// Another one each time it is set.
    pub id: String,
    /// The stream's base URI.
    pub uri: String,
    /// How the SDK key ends, so that people can tell which one it is.
    pub key_ends: String,
    /// Who set it: a member's or token's id.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// An environment that follows an upstream.
#[derive(Debug, Clone, PartialEq)]
pub struct Upstream {
    /// The project.
    pub project: Key,
    /// The environment.
    pub environment: Key,
    /// Where its flags come from.
    pub settings: UpstreamSettings,
    /// The SDK key, sealed by who keeps it here.
    pub secret: Vec<u8>,
    /// How it stood when that last changed, as who keeps it wrote it.
    pub seen: Option<serde_json::Value>,
}

/// What environments follow.
#[async_trait]
pub trait Upstreams: Send + Sync {
    /// All of them, by project and environment.
    async fn upstreams(&self) -> Result<Vec<Upstream>, Error>;

    /// What an environment follows.
    async fn upstream(&self, project: &str, environment: &str) -> Result<Option<Upstream>, Error>;

    /// Makes an environment follow this, with the sealed key; or nothing any more.
    async fn put_upstream(
        &self,
        project: &str,
        environment: &str,
        settings: Option<(&UpstreamSettings, &[u8])>,
        entry: &AuditEntry,
    ) -> Result<(), Error>;

    /// Keeps how the upstream that was set by this id stands. Nothing is kept of one that is not followed any more.
    async fn see_upstream(
        &self,
        project: &str,
        environment: &str,
        id: &str,
        seen: &serde_json::Value,
    ) -> Result<(), Error>;
}
