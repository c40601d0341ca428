//! A listener: a door for requests, and how a request becomes a context.

use serde::{Deserialize, Serialize};

use crate::Writer;
use crate::ids::Key;

/// A door for requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Listener {
    /// Unique in the environment. A gateway is told which listener it opens.
    pub key: Key,
    /// What people call it; the key where empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Who comes in here.
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
    /// How a request becomes a context.
    #[serde(default)]
    pub mapping: ContextMapping,
}

/// How a request becomes a context, and what of it is not to be believed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContextMapping {
    /// One for each context kind, at most 10; kinds are unique. A kind whose key the request does not
    /// supply is left out of the context.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<MappedContext>,
    /// Incoming headers that are removed before anything reads them. `switchyard-*` always is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untrusted_headers: Vec<String>,
}

/// One context kind and where its parts come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MappedContext {
    /// LaunchDarkly's context kind, as `user`; not `kind` or `multi`.
    pub kind: Key,
    /// Where its key comes from.
    pub key: Source,
    /// Its attributes, unique by name, at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<MappedAttribute>,
}

/// One attribute and where it comes from; absent in the context where the request lacks it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MappedAttribute {
    /// The attribute's name in the context, as `plan`.
    pub name: Key,
    /// Where its value comes from.
    pub from: Source,
    /// How the text is read.
    #[serde(default, rename = "as")]
    pub reading: Reading,
}

/// A part of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// A header, by name; case does not matter. The first value counts.
    Header(String),
    /// A cookie, by name.
    Cookie(String),
    /// A query parameter, by name. The first value counts, percent-decoded.
    Query(String),
    /// The peer's IP address. Written `"address"`.
    Address,
}

/// How a text becomes an attribute's value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reading {
    /// The text itself.
    #[default]
    String,
    /// A number; absent where it is none.
    Number,
    /// `true` or `false`; absent where it is neither.
    Boolean,
    /// Texts between commas, trimmed.
    List,
}
