//! Contexts as LaunchDarkly's SDKs write them: of one kind, of several, and the older users without a kind.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::{Context, ContextBuilder, ContextError, Part};

type Members = Map<String, Value>;

impl Context {
    /// Reads a context:
    /// - of one kind: `{"kind":"org","key":"o-1","name":…,"anonymous":…,"_meta":{"privateAttributes":[…]},…}`,
    ///   where every other member is an attribute,
    /// - of several: `{"kind":"multi","user":{"key":…},"org":{"key":…}}`,
    /// - a user of the time before kinds: `{"key":…,"custom":{…},"email":…,"privateAttributeNames":[…]}`, the only
    ///   one whose key may be empty.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn from_json(json: &Value) -> Result<Self, ContextError> {
        let Value::Object(members) = json else { return Err(wrong("context", "an object")) };
        match members.get("kind") {
            None => user(members),
            Some(Value::String(kind)) if kind == "multi" => {
                let parts =
                    members.iter().filter(|(name, _)| *name != "kind").map(|(kind, part)| match part {
                        Value::Object(part) => single(kind, part),
                        _ => Err(wrong(kind, "an object")),
                    });
                Self::multi(parts.collect::<Result<Vec<_>, _>>()?)
            }
            Some(Value::String(kind)) => single(kind, members),
            Some(_) => Err(wrong("kind", "a string")),
        }
    }
}

fn single(kind: &str, members: &Members) -> Result<Context, ContextError> {
    let mut context =
        Context::builder(kind, string(members, "key")?.ok_or_else(|| wrong("key", "a string"))?);
    for (name, value) in members {
        if !matches!(name.as_str(), "kind" | "key" | "name" | "anonymous") {
            context = context.set(name, value);
        }
    }
    context = name_and_anonymous(context, members)?;
    if let Some(meta) = members.get("_meta").filter(|meta| !meta.is_null()) {
        let Value::Object(meta) = meta else { return Err(wrong("_meta", "an object")) };
        string(meta, "secondary")?;
        context = private(context, meta, "privateAttributes", str::to_owned)?;
    }
    context.build()
}

fn user(members: &Members) -> Result<Context, ContextError> {
    let mut context =
        Context::builder("user", string(members, "key")?.ok_or_else(|| wrong("key", "a string"))?);
    context.may_have_empty_key = true;
    context = name_and_anonymous(context, members)?;
    string(members, "secondary")?;
    for attribute in ["avatar", "firstName", "lastName", "country", "email", "ip"] {
        if let Some(value) = string(members, attribute)? {
            context = context.set(attribute, value);
        }
    }
    match members.get("custom") {
        None | Some(Value::Null) => {}
        Some(Value::Object(custom)) => {
            for (name, value) in custom {
                if !matches!(name.as_str(), "kind" | "key" | "name" | "anonymous") {
                    context = context.set(name, value);
                }
            }
        }
        Some(_) => return Err(wrong("custom", "an object")),
    }
    private(context, members, "privateAttributeNames", reference_to)?.build()
}

fn name_and_anonymous(context: ContextBuilder, members: &Members) -> Result<ContextBuilder, ContextError> {
    let context = match string(members, "name")? {
        Some(name) => context.name(name),
        None => context,
    };
    match members.get("anonymous") {
        None | Some(Value::Null) => Ok(context),
        Some(Value::Bool(anonymous)) => Ok(context.anonymous(*anonymous)),
        Some(_) => Err(wrong("anonymous", "true or false")),
    }
}

fn private(
    mut context: ContextBuilder,
    members: &Members,
    field: &str,
    reference: impl Fn(&str) -> String,
) -> Result<ContextBuilder, ContextError> {
    let strings = || wrong(field, "a list of strings");
    match members.get(field) {
        None | Some(Value::Null) => {}
        Some(Value::Array(references)) => {
            for text in references {
                context = context.private(reference(text.as_str().ok_or_else(strings)?));
            }
        }
        Some(_) => return Err(strings()),
    }
    Ok(context)
}

/// The reference to an attribute of that name, from the time when there were only names.
fn reference_to(name: &str) -> String {
    if name.starts_with('/') {
        format!("/{}", name.replace('~', "~0").replace('/', "~1"))
    } else {
        name.to_owned()
    }
}

fn string<'a>(members: &'a Members, field: &str) -> Result<Option<&'a str>, ContextError> {
    match members.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(field, "a string")),
    }
}

fn wrong(field: &str, wanted: &'static str) -> ContextError {
    ContextError::Field { field: field.to_owned(), wanted }
}

/// The form of one or of several kinds; what was an older user is a context of kind `user`.
impl Serialize for Context {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &*self.parts {
            [part] => Single { part, kind: Some(part.kind.as_str()) }.serialize(serializer),
            parts => {
                let mut map = serializer.serialize_map(Some(parts.len() + 1))?;
                map.serialize_entry("kind", "multi")?;
                for part in parts {
                    map.serialize_entry(part.kind.as_str(), &Single { part, kind: None })?;
                }
                map.end()
            }
        }
    }
}

struct Single<'a> {
    part: &'a Part,
    kind: Option<&'a str>,
}

impl Serialize for Single<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Part { key, name, anonymous, attributes, private, .. } = self.part;
        let mut map = serializer.serialize_map(None)?;
        if let Some(kind) = self.kind {
            map.serialize_entry("kind", kind)?;
        }
        map.serialize_entry("key", &key.text)?;
        if let Some(name) = name {
            map.serialize_entry("name", name)?;
        }
        if *anonymous {
            map.serialize_entry("anonymous", &true)?;
        }
        let mut by_name: Vec<_> = attributes.iter().collect();
        by_name.sort_unstable_by_key(|(name, _)| name);
        for (name, value) in by_name {
            map.serialize_entry(name, value)?;
        }
        if !private.is_empty() {
            map.serialize_entry("_meta", &serde_json::json!({ "privateAttributes": private }))?;
        }
        map.end()
    }
}
