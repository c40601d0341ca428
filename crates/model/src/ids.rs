//! Names: what kinds of resource there are, where they live, and how one is named.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A key as a person writes it. 1 to [`KEY_MAX`] of `[A-Za-z0-9._-]`, starting with a letter or digit;
/// held as given and checked by [`check_key`], so that all mistakes of an input can be told at once.
pub type Key = Arc<str>;

/// The most characters a key may have (LaunchDarkly's limit for flag keys).
pub const KEY_MAX: usize = 256;

/// Why `key` is no valid key, or `None` when it is one.
pub fn check_key(key: &str) -> Option<String> {
    if key.is_empty() {
        return Some("is empty".into());
    }
    if key.len() > KEY_MAX {
        return Some(format!("has {} characters; at most {KEY_MAX} are allowed", key.len()));
    }
    if !key.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Some("must start with a letter or a digit".into());
    }
    let bad = key.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')));
    bad.map(|c| format!("holds {c:?}; letters, digits, '.', '_' and '-' are allowed"))
}

/// Every kind of resource. A flag's existence and variations are a [`Kind::Flag`] of the project; its
/// targeting in one environment is a [`Kind::Targeting`] with the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A feature flag: key, name, variations. Project scope.
    Flag,
    /// A flag's rules in one environment. Environment scope.
    Targeting,
    /// A named set of contexts. Environment scope.
    Segment,
    /// Something that answers requests, with its subsets. Environment scope.
    Service,
    /// A door for requests, with its context mapping. Environment scope.
    Listener,
    /// Which requests go where. Environment scope.
    Route,
    /// A rule that changes must satisfy. Project scope.
    Guardrail,
}

impl Kind {
    /// All kinds, in the order in which one may depend on those before it.
    pub const ALL: [Kind; 7] = [
        Kind::Flag,
        Kind::Segment,
        Kind::Targeting,
        Kind::Service,
        Kind::Listener,
        Kind::Route,
        Kind::Guardrail,
    ];

    /// The kind's word, as it stands in files and in the API.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Flag => "flag",
            Kind::Targeting => "targeting",
            Kind::Segment => "segment",
            Kind::Service => "service",
            Kind::Listener => "listener",
            Kind::Route => "route",
            Kind::Guardrail => "guardrail",
        }
    }

    /// True where the resource belongs to the project and not to one environment.
    pub fn is_project_scoped(self) -> bool {
        matches!(self, Kind::Flag | Kind::Guardrail)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Kind::ALL.into_iter().find(|k| k.word() == word).ok_or_else(|| {
            let known: Vec<_> = Kind::ALL.iter().map(|k| k.word()).collect();
            format!("{word:?} is no kind of resource; known are {}", known.join(", "))
        })
    }
}

/// Where an edit acts: the whole project, or one of its environments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The project: seen by every environment.
    Project,
    /// One environment, by key.
    Environment(Key),
}

impl Scope {
    /// The environment's key, or `None` for the project.
    pub fn environment(&self) -> Option<&Key> {
        match self {
            Scope::Project => None,
            Scope::Environment(key) => Some(key),
        }
    }
}

/// The name of one resource in its project: scope, kind and key. Written `flag/checkout-v2` or
/// `production/route/checkout`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawId", into = "RawId")]
pub struct ResourceId {
    /// Project or environment.
    pub scope: Scope,
    /// What it is.
    pub kind: Kind,
    /// Its key, unique in scope and kind.
    pub key: Key,
}

/// JSON form of a [`ResourceId`]: `{"environment":"production","kind":"route","key":"checkout"}`,
/// without `environment` in project scope.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawId {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    environment: Option<Key>,
    kind: Kind,
    key: Key,
}

impl TryFrom<RawId> for ResourceId {
    type Error = String;

    fn try_from(raw: RawId) -> Result<Self, Self::Error> {
        let scope = match (raw.kind.is_project_scoped(), raw.environment) {
            (true, None) => Scope::Project,
            (false, Some(environment)) => Scope::Environment(environment),
            (true, Some(e)) => {
                return Err(format!(
                    "a {} belongs to the project, not to environment {e:?}: leave `environment` out",
                    raw.kind
                ));
            }
            (false, None) => {
                return Err(format!("a {} belongs to an environment: say which in `environment`", raw.kind));
            }
        };
        Ok(ResourceId { scope, kind: raw.kind, key: raw.key })
    }
}

impl From<ResourceId> for RawId {
    fn from(id: ResourceId) -> Self {
        RawId { environment: id.scope.environment().cloned(), kind: id.kind, key: id.key }
    }
}

impl ResourceId {
    /// A resource of the project.
    pub fn project(kind: Kind, key: &str) -> Self {
        ResourceId { scope: Scope::Project, kind, key: key.into() }
    }

    /// A resource of one environment.
    pub fn environment(environment: &str, kind: Kind, key: &str) -> Self {
        ResourceId { scope: Scope::Environment(environment.into()), kind, key: key.into() }
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Scope::Environment(e) = &self.scope {
            write!(f, "{e}/")?;
        }
        write!(f, "{}/{}", self.kind, self.key)
    }
}
