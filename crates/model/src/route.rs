//! A route: which requests it takes, how it divides them, and what each part leads to.

use serde::{Deserialize, Serialize};

use crate::Writer;
use crate::ids::Key;

/// Weights and buckets count in thousandths of a percent: 100,000 is everything (LaunchDarkly's unit).
pub const WHOLE: u32 = 100_000;

/// Which requests go where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Route {
    /// Unique in the environment.
    pub key: Key,
    /// What people call it; the key where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it is for.
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
    /// The listener whose requests it takes.
    pub listener: Key,
    /// Higher is tried first; among equals the more specific match is. −1,000 to 1,000.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// Which requests it takes.
    #[serde(default, rename = "match")]
    pub matches: Match,
    /// How it divides them.
    pub split: Split,
    /// Milliseconds until an answer's head must be there, 1 to 3,600,000; 15,000 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u32>,
    /// What the matched part of the path becomes for the upstream: the whole path of an exact match or
    /// a template, the prefix of a prefix match. Kept as it is where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rewrite_path: Option<String>,
}

fn is_zero(n: &i32) -> bool {
    *n == 0
}

/// The timeout of a route that sets none, in milliseconds.
pub const DEFAULT_TIMEOUT_MS: u32 = 15_000;

/// Which requests a route takes: all conditions given must hold; none given takes everything. At most 100
/// hosts, methods, headers and query parameters each.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Match {
    /// Any of these hosts, without port; `*.example.com` takes one or more labels. Empty takes any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The path, without query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathMatch>,
    /// Any of these methods; empty takes any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// All of these headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<NamedMatch>,
    /// All of these query parameters, percent-decoded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<NamedMatch>,
}

/// How a path must look. JSON: `{"exact":"/a"}`, `{"prefix":"/a"}` or `{"template":"/a/{id}"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PathMatch {
    /// Just this path.
    Exact(String),
    /// This path and all below it: `/a` takes `/a` and `/a/b`, not `/ab`.
    Prefix(String),
    /// Segments, of which `{name}` takes any one and a last `{name...}` takes the rest.
    Template(String),
}

/// A header or query parameter and how its value must look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedMatch {
    /// Its name; case does not matter for headers.
    pub name: String,
    /// What its value must be.
    pub value: ValueMatch,
}

/// How a value must look. JSON: `"present"`, `{"exact":"x"}`, `{"prefix":"x"}` or `{"regex":"x.*"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ValueMatch {
    /// Anything, as long as it is there.
    Present,
    /// Just this.
    Exact(String),
    /// Begins with this.
    Prefix(String),
    /// The whole value matches this expression (crate `regex`), of at most 1,000 characters.
    Regex(String),
}

/// How a route divides its requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "by", deny_unknown_fields)]
pub enum Split {
    /// By weight, sticky on an attribute of the context.
    #[serde(rename_all = "camelCase")]
    Weight {
        /// The context kind that sticks.
        #[serde(default = "user")]
        context_kind: Key,
        /// The attribute that sticks. A request without it is divided at random and does not stick.
        #[serde(default = "key")]
        bucket_by: Key,
        /// 1 to 100 arms whose weights add up to [`WHOLE`].
        arms: Vec<WeightArm>,
    },
    /// One arm for each variation of a flag.
    #[serde(rename_all = "camelCase")]
    Flag {
        /// The flag's key.
        flag: Key,
        /// One for each variation, in any order.
        arms: Vec<FlagArm>,
    },
}

fn user() -> Key {
    "user".into()
}

fn key() -> Key {
    "key".into()
}

/// A part of a split by weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WeightArm {
    /// Stable and unique in the route.
    pub id: Key,
    /// Its share of [`WHOLE`].
    pub weight: u32,
    /// The buckets that are its own, `[from, to)` of [`WHOLE`], ascending and apart. They move as
    /// little as they can when weights change (see [`crate::allocation`]); the server fills them in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<(u32, u32)>,
    /// What it leads to.
    pub action: Action,
    /// The arm that answers when none of this one's endpoints can be reached; fails where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Key>,
}

/// A part of a split by flag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FlagArm {
    /// The variation's id in the flag; it names the arm too.
    pub variation: Key,
    /// What it leads to.
    pub action: Action,
    /// The arm (variation id) that answers when none of this one's endpoints can be reached; fails
    /// where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Key>,
}

/// What an arm leads to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "type", deny_unknown_fields)]
pub enum Action {
    /// One subset of a service.
    Service {
        /// The service's key.
        service: Key,
        /// The subset's id.
        subset: Key,
    },
    /// Sends the client elsewhere.
    Redirect {
        /// An absolute URL or an absolute path.
        location: String,
        /// 301, 302, 303, 307 or 308.
        #[serde(default = "found")]
        status: u16,
    },
    /// Answers by itself.
    #[serde(rename_all = "camelCase")]
    Fixed {
        /// 200 to 599.
        status: u16,
        /// At most 64 KiB.
        #[serde(default)]
        body: String,
        /// `text/plain; charset=utf-8` where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content_type: Option<String>,
    },
}

fn found() -> u16 {
    302
}

/// An arm of either split: id, action, and where it falls back to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArmRef<'a> {
    /// The arm's id; the variation's in a split by flag.
    pub id: &'a Key,
    /// What it leads to.
    pub action: &'a Action,
    /// The arm that answers when this one is down.
    pub fallback: Option<&'a Key>,
}

impl Split {
    /// All arms, in order.
    pub fn arms(&self) -> Vec<ArmRef<'_>> {
        match self {
            Split::Weight { arms, .. } => arms
                .iter()
                .map(|a| ArmRef { id: &a.id, action: &a.action, fallback: a.fallback.as_ref() })
                .collect(),
            Split::Flag { arms, .. } => arms
                .iter()
                .map(|a| ArmRef { id: &a.variation, action: &a.action, fallback: a.fallback.as_ref() })
                .collect(),
        }
    }
}

impl Route {
    /// What people call it.
    pub fn title(&self) -> &str {
        if self.name.is_empty() { &self.key } else { &self.name }
    }
}
