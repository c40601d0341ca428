//! What was said, from the frames of LaunchDarkly's FDv1 streams.

use serde::Deserialize;
use serde_json::{Map, Value};
use switchyard_control::{Said, UpstreamName};
use switchyard_model::Kind;
use switchyard_model::exported::followed::{Item, item};

/// One thing that was said.
pub(crate) enum Message {
    /// The stream is open.
    Opened,
    /// A sign of life.
    Alive,
    /// All there is.
    Put(Said),
    /// One thing became this.
    Patch(UpstreamName, u64, Item),
}

#[derive(Deserialize)]
struct Put {
    #[serde(default)]
    path: String,
    data: Everything,
}

/// Both have to be there: what leaves one out must not take everything away.
#[derive(Deserialize)]
struct Everything {
    flags: Map<String, Value>,
    segments: Map<String, Value>,
}

#[derive(Deserialize)]
struct Patch {
    path: String,
    data: Value,
}

#[derive(Deserialize)]
struct Delete {
    path: String,
    version: u64,
}

/// What an event says; a sign of life where it is of another sort.
///
/// # Errors
/// Why it can't be read. Nothing of it counts then, and what came after it would be on top of what was missed.
pub(crate) fn message(event: &str, data: &[u8]) -> Result<Message, String> {
    let garbled = |e: serde_json::Error| format!("its {event} can't be read: {e}");
    match event {
        "put" => {
            let put: Put = serde_json::from_slice(data).map_err(garbled)?;
            if !matches!(put.path.as_str(), "" | "/") {
                return Ok(Message::Alive);
            }
            let flags = put.data.flags.into_iter().map(|thing| (Kind::Flag, thing));
            let segments = put.data.segments.into_iter().map(|thing| (Kind::Segment, thing));
            let read = |(kind, (key, json)): (Kind, (String, Value))| {
                Ok(((kind, key.as_str().into()), item(kind == Kind::Flag, &key, &json)?))
            };
            let things: Result<Vec<_>, String> = flags.chain(segments).map(read).collect();
            Ok(Message::Put(Said::all(things.map_err(|why| format!("its put can't be read: {why}"))?)))
        }
        "patch" => {
            let patch: Patch = serde_json::from_slice(data).map_err(garbled)?;
            let Some(name) = name(&patch.path) else { return Ok(Message::Alive) };
            let read = item(name.0 == Kind::Flag, &name.1, &patch.data);
            let (version, item) = read.map_err(|why| format!("its patch can't be read: {why}"))?;
            Ok(Message::Patch(name, version, item))
        }
        "delete" => {
            let delete: Delete = serde_json::from_slice(data).map_err(garbled)?;
            Ok(match name(&delete.path) {
                Some(name) => Message::Patch(name, delete.version, Item::Gone),
                None => Message::Alive,
            })
        }
        _ => Ok(Message::Alive),
    }
}

/// The flag or the segment of a path; nothing for what is of another sort.
fn name(path: &str) -> Option<UpstreamName> {
    let of = |kind, rest: &str| (!rest.is_empty()).then(|| (kind, rest.into()));
    match path.strip_prefix("/flags/") {
        Some(key) => of(Kind::Flag, key),
        None => of(Kind::Segment, path.strip_prefix("/segments/")?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_whole_environment_is_not_taken_for_an_empty_one() {
        for garbage in [
            "",
            "{",
            "null",
            "{}",
            r#"{"path":"/","data":{}}"#,
            r#"{"path":"/","data":{"flags":{}}}"#,
            r#"{"path":"/","data":{"flags":[],"segments":{}}}"#,
            r#"{"path":"/","data":{"flags":{"a":1},"segments":{}}}"#,
            "<html></html>",
        ] {
            assert!(message("put", garbage.as_bytes()).is_err(), "{garbage}");
        }
        assert!(message("put", br#"{"path":"/","data":{"flags":{},"segments":{}}}"#).is_ok());
        assert!(message("patch", br#"{"path":"/flags/a"}"#).is_err());
        assert!(message("delete", br#"{"path":"/flags/a"}"#).is_err());
    }

    #[test]
    fn other_sorts_are_signs_of_life() {
        for (event, data) in [
            ("hello", "{"),
            ("patch", r#"{"path":"/configurations/a","data":{}}"#),
            ("delete", r#"{"path":"/flags/","version":1}"#),
            ("put", r#"{"path":"/elsewhere","data":{"flags":{},"segments":{}}}"#),
        ] {
            assert!(matches!(message(event, data.as_bytes()), Ok(Message::Alive)), "{event} {data}");
        }
    }
}
