//! The OpenAPI document, made from the handlers themselves.

use std::sync::OnceLock;

use bytes::Bytes;
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::endpoints::Described;
use crate::problem::Refusal;
use crate::rest::schema;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Switchyard",
        description = "Who gets what: flags, traffic and their one history. What fails answers \
                       `application/problem+json` (Problems). Times are RFC 3339, weights count in 100,000ths.",
    ),
    components(schemas(Refusal, schema::Manifest)),
    tags(
        (name = "session", description = "Signing in"),
        (name = "flags", description = "Flags in an environment"),
        (name = "routes", description = "Routes in an environment"),
        (name = "traffic", description = "What really happens"),
        (name = "changes", description = "Proposing and applying"),
        (name = "guardrails", description = "Rules that changes must satisfy"),
        (name = "history", description = "Revisions, revert, restore"),
        (name = "files", description = "Resources as files hold them"),
        (name = "git", description = "The project's Git repository"),
        (name = "lists", description = "The keys of big segments"),
        (name = "upstream", description = "LaunchDarkly, or what speaks its protocol, as where an environment's flags come from"),
        (name = "audit", description = "What was done by whom, chained"),
        (name = "hooks", description = "Webhooks, and triggers"),
        (name = "settings", description = "Keys, tokens, members"),
        (name = "launchdarkly", description = "LaunchDarkly's SDKs, server-side and client-side (FDv1)"),
        (name = "ofrep", description = "OpenFeature Remote Evaluation Protocol 0.3"),
        (name = "health", description = "For those who run the server"),
    ),
)]
struct Base;

/// The document, made when it is first asked for.
pub(crate) struct Document {
    described: Vec<Described>,
    json: OnceLock<Bytes>,
}

impl Document {
    /// Of these endpoints.
    pub(crate) fn of(described: Vec<Described>) -> Self {
        Document { described, json: OnceLock::new() }
    }

    /// As it is served.
    pub(crate) fn json(&self) -> Bytes {
        self.json.get_or_init(|| self.make().to_string().into()).clone()
    }

    fn make(&self) -> Value {
        let mut document = base();
        self.described.iter().for_each(|endpoint| endpoint.describe(&mut document));
        finish(&document)
    }
}

/// The document without paths: what the endpoints add theirs to.
fn base() -> utoipa::openapi::OpenApi {
    let mut document = Base::openapi();
    let components = document.components.get_or_insert_default();
    let header = |name: &str| SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new(name)));
    let bearer = |words: &str| {
        SecurityScheme::Http(
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(words)).build(),
        )
    };
    for (name, scheme) in [
        ("token", bearer("An API token")),
        ("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(crate::rest::auth::COOKIE)))),
        ("sdkKey", header("Authorization")),
        ("mobileKey", header("Authorization")),
        ("ofrepBearer", bearer("An environment's SDK key")),
        ("ofrepKey", header("X-API-Key")),
        // Beside the secret in the path, for which the document has no word.
        ("triggerSecret", header("webhook-signature")),
    ] {
        components.add_security_scheme(name, scheme);
    }
    document
}

/// The document as it is served: every operation of `/api/v1` says how it fails and, unless it says
/// otherwise, that it takes a token or a session; what is optional is never `null`.
fn finish(document: &utoipa::openapi::OpenApi) -> Value {
    let mut json = serde_json::to_value(document).unwrap_or_default();
    let paths = json.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        let own = path.starts_with("/api/v1");
        for operation in item.as_object_mut().into_iter().flat_map(|item| item.values_mut()) {
            let Some(operation) = operation.as_object_mut() else { continue };
            if own {
                operation.entry("security").or_insert_with(|| json!([{"token": []}, {"session": []}]));
                if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
                    responses.entry("default").or_insert_with(|| {
                        json!({
                            "description": "What went wrong",
                            "content": {"application/problem+json": {
                                "schema": {"$ref": "#/components/schemas/Problems"},
                            }},
                        })
                    });
                }
            }
        }
    }
    if let Some(schemas) = json.pointer_mut("/components/schemas") {
        without_nulls(schemas);
    }
    json
}

/// `Option` writes "absent or null"; our answers leave out what is not there.
fn without_nulls(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        Value::Object(fields) => {
            let required: Vec<String> = fields
                .get("required")
                .and_then(Value::as_array)
                .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
                .unwrap_or_default();
            if let Some(Value::Object(properties)) = fields.get_mut("properties") {
                for (name, property) in properties.iter_mut() {
                    if !required.contains(name) {
                        not_null(property);
                    }
                }
            }
            fields.values_mut().for_each(without_nulls);
        }
        _ => {}
    }
}

fn not_null(property: &mut Value) {
    let Some(fields) = property.as_object_mut() else { return };
    if let Some(Value::Array(kinds)) = fields.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            fields["type"] = only.clone();
        }
    }
    if let Some(Value::Array(choices)) = fields.get_mut("oneOf") {
        choices.retain(|choice| choice != &json!({"type": "null"}));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            fields.remove("oneOf");
            fields.extend(only);
        }
    }
}

#[cfg(test)]
mod tests;
