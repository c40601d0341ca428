//! From OpenFeature's context to LaunchDarkly's, by the conventions of LaunchDarkly's OpenFeature providers:
//! `kind` says the kind (`user` where absent), `multi` holds one object for each kind; `targetingKey` is the
//! key and wins over `key`; `name`, `anonymous` and `privateAttributes` have their meaning; everything else
//! is an attribute.

use serde_json::{Map, Value};
use switchyard_flags::Context;

pub(crate) use super::answer::{ErrorCode, Failure};

/// The context of a request's body, `{"context":{"targetingKey":…}}`.
pub(super) fn read(body: Value) -> Result<Context, Failure> {
    let Value::Object(mut body) = body else {
        return Err(Failure::new(ErrorCode::ParseError, "the body must be an object with `context`"));
    };
    match body.remove("context") {
        Some(Value::Object(context)) => convert(context),
        None | Some(Value::Null) => Err(Failure::new(ErrorCode::TargetingKeyMissing, "`context` is missing")),
        Some(_) => Err(Failure::new(ErrorCode::InvalidContext, "`context` must be an object")),
    }
}

/// OpenFeature's context as LaunchDarkly's.
///
/// # Errors
/// What is missing or has the wrong type.
pub(crate) fn convert(mut context: Map<String, Value>) -> Result<Context, Failure> {
    let kind = match context.remove("kind") {
        None => "user".to_owned(),
        Some(Value::String(kind)) => kind,
        Some(_) => return Err(Failure::new(ErrorCode::InvalidContext, "`kind` must be a text")),
    };
    let json = if kind == "multi" {
        let mut all = Map::new();
        // Beside the kinds a provider may send the merged context's own targeting key.
        for (kind, part) in context.into_iter().filter(|(name, _)| name != "targetingKey") {
            let Value::Object(part) = part else {
                let reason = format!("`{kind}` must be an object, as the context's kind is `multi`");
                return Err(Failure::new(ErrorCode::InvalidContext, reason));
            };
            all.insert(kind.clone(), Value::Object(single(&kind, part)?));
        }
        all.insert("kind".into(), kind.into());
        all
    } else {
        single(&kind, context)?
    };
    Context::from_json(&Value::Object(json))
        .map_err(|error| Failure::new(ErrorCode::InvalidContext, error.to_string()))
}

fn single(kind: &str, mut context: Map<String, Value>) -> Result<Map<String, Value>, Failure> {
    let key = match (context.remove("targetingKey"), context.remove("key")) {
        (Some(Value::String(key)), _) | (None | Some(Value::Null), Some(Value::String(key))) => key,
        (None | Some(Value::Null), None | Some(Value::Null)) => {
            return Err(Failure::new(
                ErrorCode::TargetingKeyMissing,
                format!("the {kind} has no `targetingKey`"),
            ));
        }
        _ => return Err(Failure::new(ErrorCode::InvalidContext, "`targetingKey` must be a text")),
    };
    if key.is_empty() {
        return Err(Failure::new(ErrorCode::TargetingKeyMissing, "`targetingKey` is empty"));
    }
    // These two have a type of their own in LaunchDarkly's model; a value of another type is none.
    if context.get("name").is_some_and(|name| !name.is_string()) {
        context.remove("name");
    }
    if context.get("anonymous").is_some_and(|anonymous| !anonymous.is_boolean()) {
        context.remove("anonymous");
    }
    if let Some(Value::Array(private)) = context.remove("privateAttributes") {
        let private: Vec<Value> = private.into_iter().filter(Value::is_string).collect();
        context.insert("_meta".into(), serde_json::json!({ "privateAttributes": private }));
    }
    context.insert("kind".into(), kind.into());
    context.insert("key".into(), key.into());
    Ok(context)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn contexts_of_all_forms() {
        for (context, canonical) in [
            (json!({"targetingKey": "ann", "plan": "pro"}), "ann"),
            (json!({"key": "ann", "name": 7, "anonymous": "no"}), "ann"),
            (json!({"targetingKey": "ann", "key": "bob"}), "ann"),
            (json!({"kind": "org", "targetingKey": "acme"}), "org:acme"),
            (
                json!({"kind": "multi", "targetingKey": "x", "user": {"targetingKey": "ann"}, "org": {"key": "acme"}}),
                "org:acme:user:ann",
            ),
            (json!({"targetingKey": "ann", "privateAttributes": ["email", 3]}), "ann"),
        ] {
            let read = read(json!({ "context": context })).unwrap();
            assert_eq!(read.canonical_key(), canonical, "{context}");
        }
    }

    #[test]
    fn what_is_no_context() {
        use ErrorCode::{InvalidContext, ParseError, TargetingKeyMissing};
        for (body, code) in [
            (json!([]), ParseError),
            (json!({}), TargetingKeyMissing),
            (json!({"context": {}}), TargetingKeyMissing),
            (json!({"context": {"targetingKey": ""}}), TargetingKeyMissing),
            (json!({"context": {"targetingKey": 5}}), InvalidContext),
            (json!({"context": "ann"}), InvalidContext),
            (json!({"context": {"targetingKey": "a", "kind": 1}}), InvalidContext),
            (json!({"context": {"targetingKey": "a", "kind": "kind"}}), InvalidContext),
            (json!({"context": {"kind": "multi", "user": "ann"}}), InvalidContext),
            (json!({"context": {"kind": "multi"}}), InvalidContext),
        ] {
            assert_eq!(read(body.clone()).unwrap_err().error_code, code, "{body}");
        }
    }
}
