//! The audit log: who did what, each line chained to the one before.
//!
//! A line's hash is SHA-256 over the hash before it and the line's content in one canonical form, so that a line
//! that was changed, taken out or moved is found by whoever reads the log from its beginning. Personal data is
//! not part of that content: a salted hash of it is (a commitment), so that erasing it leaves the chain whole. A
//! revision's line holds the digest of what the history has of it: the history can't be changed beside the log.
//!
//! What no chain shows is that its end was cut off. For that the newest hash is noted elsewhere, and looked for.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Error, Page};

mod verify;

pub use verify::{Broken, Verified, Verifier, verify};

/// What stands for the hash before the first line.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who: a principal's id.
    pub who: String,
    /// What was done, as `member.add`.
    pub what: String,
    /// To what: an id; what belongs to a project begins with its key and a slash.
    pub target: String,
    /// More about it; never a secret, no personal data, no numbers with fractions.
    pub detail: Value,
    /// Personal data, which can be erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<Personal>,
}

/// Data about a person, beside a line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Personal {
    /// Whose: a member's id.
    pub member: String,
    /// What it is; no numbers with fractions.
    pub data: Value,
}

/// A line of the log. As JSON it is what an export holds and [`Verifier`] takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// Its place, from 1, without gaps.
    pub seq: u64,
    /// What somebody did.
    #[serde(flatten)]
    pub entry: AuditEntry,
    /// What the commitment was salted with; gone with the personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// To the personal data, where there is or was any: hexadecimal SHA-256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
    /// Of this line and all before: hexadecimal SHA-256. `None` for lines from before the log was chained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// Which lines to read. `default()` is the newest 50 of all.
#[derive(Debug, Clone)]
pub struct AuditQuery {
    /// Only those before this one.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: u32,
    /// Only this principal's.
    pub who: Option<String>,
    /// Only what begins with this, as `member.` or `revision.apply`.
    pub what: Option<String>,
    /// Only what was done to this, or to something in it: `shop` finds `shop/r12`.
    pub target: Option<String>,
    /// Only those with this member's personal data beside them.
    pub about: Option<String>,
    /// Not before this.
    pub from: Option<Timestamp>,
    /// Before this.
    pub until: Option<Timestamp>,
    /// Only those with each of these words in target or detail.
    pub words: Vec<String>,
}

impl Default for AuditQuery {
    fn default() -> Self {
        AuditQuery {
            before: None,
            limit: 50,
            who: None,
            what: None,
            target: None,
            about: None,
            from: None,
            until: None,
            words: vec![],
        }
    }
}

/// The log.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Writes a line about what is no act of its own: a refusal, a key's use.
    async fn record(&self, entry: &AuditEntry) -> Result<(), Error>;

    /// Lines, newest first.
    async fn audit(&self, query: &AuditQuery) -> Result<Page<AuditRow>, Error>;

    /// At most `limit` lines after a place, oldest first.
    async fn audit_after(&self, seq: u64, limit: u32) -> Result<Vec<AuditRow>, Error>;

    /// The digest of what the history has as a revision: what its line must say.
    async fn revision_digest(&self, project: &str, number: u64) -> Result<Option<String>, Error>;
}

/// Keys in order, no white space: the same for equal values, whatever made them.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            let inner: Vec<_> = fields
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", inner.join(","))
        }
        Value::Array(items) => {
            let inner: Vec<_> = items.iter().map(canonical).collect();
            format!("[{}]", inner.join(","))
        }
        plain => plain.to_string(),
    }
}

/// The hash of the line `seq` that follows the line with hash `previous`.
pub(crate) fn link(previous: &str, seq: u64, entry: &AuditEntry, commitment: Option<&str>) -> String {
    let content = canonical(&json!({
        "seq": seq,
        "at": entry.at.as_microsecond(),
        "who": entry.who,
        "what": entry.what,
        "target": entry.target,
        "detail": entry.detail,
        "personal": commitment,
    }));
    digest(&[previous, &content])
}

/// What the chain holds of personal data.
pub(crate) fn commit(salt: &str, personal: &Personal) -> String {
    digest(&[salt, &personal.member, &canonical(&personal.data)])
}

/// SHA-256 over texts, each with its length before it, so that no two lists are one; hexadecimal.
pub(crate) fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
