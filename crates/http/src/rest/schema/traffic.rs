//! Routes, listeners and services.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Writer;

/// Which requests go where.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Route {
    key: String,
    name: Option<String>,
    description: Option<String>,
    owner: Option<String>,
    tags: Option<Vec<String>>,
    managed_by: Option<Writer>,
    listener: String,
    priority: Option<i32>,
    r#match: Match,
    split: Split,
    timeout_ms: Option<u32>,
    rewrite_path: Option<String>,
}

/// Which requests a route takes: all conditions given must hold.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Match {
    hosts: Option<Vec<String>>,
    path: Option<PathMatch>,
    methods: Option<Vec<String>>,
    headers: Option<Vec<NamedMatch>>,
    query: Option<Vec<NamedMatch>>,
}

/// How a path must look.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PathMatch {
    Exact(String),
    Prefix(String),
    Template(String),
}

/// A header or query parameter and how its value must look.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedMatch {
    name: String,
    value: ValueMatch,
}

/// How a value must look.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ValueMatch {
    Present,
    Exact(String),
    Prefix(String),
    Regex(String),
}

/// How a route divides its requests.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", tag = "by")]
pub(crate) enum Split {
    #[serde(rename_all = "camelCase")]
    Weight {
        context_kind: String,
        bucket_by: String,
        arms: Vec<WeightArm>,
    },
    Flag {
        flag: String,
        arms: Vec<FlagArm>,
    },
}

/// A part of a split by weight. The server fills `slices` in.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WeightArm {
    id: String,
    /// In 100,000ths.
    weight: u32,
    slices: Option<Vec<Vec<u32>>>,
    action: ArmAction,
    fallback: Option<String>,
}

/// A part of a split by flag.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FlagArm {
    variation: String,
    action: ArmAction,
    fallback: Option<String>,
}

/// What an arm leads to.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", tag = "type")]
pub(crate) enum ArmAction {
    Service {
        service: String,
        subset: String,
    },
    Redirect {
        location: String,
        status: u16,
    },
    #[serde(rename_all = "camelCase")]
    Fixed {
        status: u16,
        body: String,
        content_type: Option<String>,
    },
}

/// A door for requests.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listener {
    key: String,
    name: Option<String>,
    description: Option<String>,
    owner: Option<String>,
    tags: Option<Vec<String>>,
    managed_by: Option<Writer>,
    mapping: ContextMapping,
}

/// How a request becomes a context.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContextMapping {
    contexts: Option<Vec<MappedContext>>,
    untrusted_headers: Option<Vec<String>>,
}

/// One context kind and where its parts come from.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MappedContext {
    kind: String,
    key: Source,
    attributes: Option<Vec<MappedAttribute>>,
}

/// One attribute and where it comes from.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MappedAttribute {
    name: String,
    from: Source,
    r#as: Option<Reading>,
}

/// A part of a request.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Source {
    Header(String),
    Cookie(String),
    Query(String),
    Address,
}

/// How a text becomes a value.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Reading {
    String,
    Number,
    Boolean,
    List,
}

/// Something that answers requests.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Service {
    key: String,
    name: Option<String>,
    description: Option<String>,
    owner: Option<String>,
    tags: Option<Vec<String>>,
    managed_by: Option<Writer>,
    subsets: Vec<Subset>,
}

/// One version of a service.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Subset {
    id: String,
    endpoints: Option<Vec<String>>,
}
