//! Answers without a server: a file of flags, requests as lines of JSON, answers as lines of JSON.

use std::{fmt::Display, sync::Arc};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use switchyard_model::{flag_spec::FlagSpec, segment_spec::SegmentSpec};

use crate::{
    context::{Context, ContextError},
    detail::{Detail, ErrorKind, Reason},
    set::FlagSet,
    value::to_integer,
};

/// Everything that is wrong with a file of flags.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct FileError(pub Vec<String>);

/// Reads `{"flags":{KEY:FLAG},"segments":{KEY:SEGMENT}}` in LaunchDarkly's form and compiles it. A flag without a
/// key takes that of its place.
///
/// # Errors
/// All mistakes, each with its place.
pub fn read_flags(json: &[u8]) -> Result<FlagSet, FileError> {
    let file: Value = serde_json::from_slice(json).map_err(|error| FileError(vec![error.to_string()]))?;
    let Value::Object(file) = file else {
        return Err(FileError(vec![r#"expected {"flags":{…},"segments":{…}}"#.to_owned()]));
    };
    let mut mistakes = Vec::new();
    let flags: Vec<FlagSpec> = read_all(&file, "flags", &mut mistakes);
    let segments: Vec<SegmentSpec> = read_all(&file, "segments", &mut mistakes);
    if mistakes.is_empty() {
        Ok(FlagSet::compile(flags.into_iter().map(Arc::new), segments.into_iter().map(Arc::new)))
    } else {
        Err(FileError(mistakes))
    }
}

fn read_all<T: DeserializeOwned>(
    file: &Map<String, Value>,
    field: &str,
    mistakes: &mut Vec<String>,
) -> Vec<T> {
    let members = match file.get(field) {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Object(members)) => members,
        Some(_) => {
            mistakes.push(format!("{field}: expected an object with an entry for each key"));
            return Vec::new();
        }
    };
    let mut read = Vec::with_capacity(members.len());
    for (key, json) in members {
        let mut json = json.clone();
        if let Value::Object(members) = &mut json {
            let own = members.entry("key").or_insert_with(|| Value::from(key.as_str()));
            if own != key {
                mistakes.push(format!("{field}.{key}: its own key is {own}"));
            }
        }
        match serde_json::from_value(json) {
            Ok(spec) => read.push(spec),
            Err(error) => mistakes.push(format!("{field}.{key}: {error}")),
        }
    }
    read
}

/// Which type a caller expects of a flag's value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueType {
    /// `true` or `false`.
    Bool,
    /// A number, whose fraction is cut off as LaunchDarkly's typed SDKs do; beyond ±(2⁵³ − 1) it is none.
    Int,
    /// Any number.
    #[serde(alias = "float", alias = "number")]
    Double,
    /// A string.
    String,
    /// Whatever it is.
    #[default]
    #[serde(alias = "json")]
    Any,
}

/// What a flag answers, with the caller's default where the flag has nothing to say.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer<'a> {
    /// The flag's value, or the default.
    pub value: Value,
    /// Which variation it is; `None` for the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variation_index: Option<usize>,
    /// Why.
    pub reason: Reason<'a>,
    /// For people: what is wrong with the context.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Evaluates a flag as an SDK does for its caller.
pub fn answer<'a>(
    set: &'a FlagSet,
    flag: &str,
    context: Option<&Context>,
    default: Value,
    value_type: ValueType,
) -> Answer<'a> {
    let detail = match context {
        Some(context) => set.evaluate(flag, context),
        None => Detail::error(ErrorKind::UserNotSpecified),
    };
    let (value, variation_index, reason) = match detail.value.map(|value| convert(value, value_type)) {
        None => (default, None, detail.reason),
        Some(None) => (default, None, Detail::error(ErrorKind::WrongType).reason),
        Some(Some(value)) => (value, detail.variation_index, detail.reason),
    };
    Answer { value, variation_index, reason, error: None }
}

/// The value, if it is of the type.
fn convert(value: &Value, value_type: ValueType) -> Option<Value> {
    let fits = match value_type {
        ValueType::Any => true,
        ValueType::Bool => value.is_boolean(),
        ValueType::String => value.is_string(),
        ValueType::Double => value.is_number(),
        ValueType::Int => return value.as_f64().and_then(to_integer).map(Value::from),
    };
    fits.then(|| value.clone())
}

/// One line of requests.
#[derive(Deserialize)]
struct Request {
    flag: String,
    #[serde(default)]
    context: Value,
    #[serde(default)]
    default: Value,
    #[serde(default, rename = "type")]
    value_type: ValueType,
}

/// Answers one request, `{"flag":KEY,"context":{…},"default":…,"type":"bool"|"int"|"double"|"string"|"any"}`, with
/// one line `{"value":…,"variationIndex":N,"reason":{…}}`; with `{"error":…}` where the line isn't a request.
///
/// No context, or one that can't be, is USER_NOT_SPECIFIED; then `error` says what is wrong with it.
pub fn answer_line(set: &FlagSet, line: &str) -> String {
    let request: Request = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(error) => return error_line(&error),
    };
    let context = match &request.context {
        Value::Null => Ok(None),
        context @ Value::Object(_) => Context::from_json(context).map(Some),
        _ => return error_line(&ContextError::Field { field: "context".to_owned(), wanted: "an object" }),
    };
    let (context, error) = match context {
        Ok(context) => (context, None),
        Err(error) => (None, Some(error.to_string())),
    };
    let mut answer = answer(set, &request.flag, context.as_ref(), request.default, request.value_type);
    answer.error = error;
    serde_json::to_string(&answer).unwrap_or_else(|error| error_line(&error))
}

fn error_line(error: &dyn Display) -> String {
    serde_json::json!({ "error": error.to_string() }).to_string()
}
