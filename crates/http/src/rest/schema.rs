//! The shapes of the model's own types for the OpenAPI document. `model` knows nothing of HTTP, so they are
//! described here, and a test holds them against what the model really writes.

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{OneOfBuilder, RefOr};
use utoipa::{PartialSchema, ToSchema};

pub(crate) mod audit;
pub(crate) mod edit;
pub(crate) mod explanation;
pub(crate) mod flag;
pub(crate) mod git;
pub(crate) mod guardrail;
pub(crate) mod hooks;
pub(crate) mod impact;
pub(crate) mod list;
pub(crate) mod policy;
pub(crate) mod review;
pub(crate) mod schedule;
pub(crate) mod signin;
pub(crate) mod traffic;
pub(crate) mod upstream;
pub(crate) mod views;

pub(crate) use edit::Edit;
pub(crate) use flag::{Flag, Segment, Targeting, Variation};
pub(crate) use guardrail::Guardrail;
pub(crate) use traffic::{Listener, Route, Service};

/// Any JSON.
pub(crate) struct Json;

impl PartialSchema for Json {
    fn schema() -> RefOr<Schema> {
        let any = [Type::Null, Type::Boolean, Type::Number, Type::String, Type::Array, Type::Object];
        any.into_iter()
            .fold(OneOfBuilder::new(), |one, kind| one.item(ObjectBuilder::new().schema_type(kind)))
            .description(Some("Any JSON."))
            .into()
    }
}

impl ToSchema for Json {
    fn name() -> std::borrow::Cow<'static, str> {
        "Json".into()
    }
}

/// What a resource is. A flag's existence and variations are a `flag` of the project; its rules in one
/// environment are a `targeting` with the same key.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Kind {
    Flag,
    Targeting,
    Segment,
    Service,
    Listener,
    Route,
    Guardrail,
}

/// The one writer of a resource: where it is edited. `page` where absent: people here, by any way.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Writer {
    Page,
    Git,
    LaunchDarkly,
}

/// A resource's name; without `environment` for the project's own (flags, guardrails).
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResourceId {
    environment: Option<String>,
    kind: Kind,
    key: String,
}

/// A resource as in files: `kind`, `environment` where it belongs to one, `key`, and the fields of its kind
/// (Flag, Targeting, Segment, Service, Listener, Route, Guardrail).
pub(crate) struct Manifest;

impl PartialSchema for Manifest {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .property("kind", utoipa::openapi::Ref::from_schema_name("Kind"))
            .property("environment", String::schema())
            .property("key", String::schema())
            .required("kind")
            .required("key")
            .additional_properties(Some(utoipa::openapi::Ref::from_schema_name("Json")))
            .description(Some(
                "A resource as in files: the fields of its kind (Flag, Targeting, Segment, Service, Listener, \
                 Route, Guardrail) beside `kind`, and `environment` where it belongs to one.",
            ))
            .into()
    }
}

impl ToSchema for Manifest {
    fn name() -> std::borrow::Cow<'static, str> {
        "Manifest".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("Kind".into(), Kind::schema()));
        schemas.push(("Json".into(), Json::schema()));
        for (name, schema) in [
            ("Flag", Flag::schema()),
            ("Targeting", Targeting::schema()),
            ("Segment", Segment::schema()),
            ("Service", Service::schema()),
            ("Listener", Listener::schema()),
            ("Route", Route::schema()),
            ("Guardrail", Guardrail::schema()),
        ] {
            schemas.push((name.into(), schema));
        }
        Flag::schemas(schemas);
        Targeting::schemas(schemas);
        Segment::schemas(schemas);
        Service::schemas(schemas);
        Listener::schemas(schemas);
        Route::schemas(schemas);
        Guardrail::schemas(schemas);
    }
}

/// One mistake of an input: where, which value, why, and what to do.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Problem {
    resource: Option<ResourceId>,
    /// The field, as `rules[2].clauses[0].op`; empty for the whole.
    path: String,
    #[schema(value_type = Option<Json>)]
    value: Option<()>,
    reason: String,
    hint: Option<String>,
}

/// A preset role.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Role {
    Viewer,
    Product,
    Developer,
    Operator,
    Admin,
}

/// What somebody may do.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Action {
    View,
    EditFlags,
    EditTraffic,
    Revert,
    Approve,
    BreakGlass,
    ManageKeys,
    Administer,
}

/// A field before and after.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FieldChange {
    path: String,
    #[schema(value_type = Option<Json>)]
    before: Option<()>,
    #[schema(value_type = Option<Json>)]
    after: Option<()>,
}

/// A part of a sentence and how it is set: `text` plain, `strong` bold, `code` mono (a variation, key, path),
/// `from` a struck-through old value, `to` a bold new one.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SentencePart {
    style: SentenceStyle,
    text: String,
}

/// How a part of a sentence is set.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SentenceStyle {
    Text,
    Strong,
    Code,
    From,
    To,
}

/// What a revision came from.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", tag = "type")]
pub(crate) enum Origin {
    Change {
        number: u64,
    },
    Files,
    Revert {
        of: u64,
    },
    Restore {
        to: u64,
        environment: Option<String>,
    },
    /// A trigger that was set off; `payload` is how the call began.
    Trigger {
        trigger: String,
        name: String,
        payload: Option<String>,
    },
    /// A branch of the project's Git repository.
    Git {
        repository: String,
        branch: String,
        commit: String,
    },
    /// What LaunchDarkly, or what speaks like it, said to an environment that follows it.
    #[serde(rename = "launchdarkly")]
    LaunchDarkly {
        environment: String,
        uri: String,
    },
    Setup,
}
