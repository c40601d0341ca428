//! Events as they stand on the wire (schema 4). Names borrow from the body where nothing is escaped in them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use switchyard_flags::Context;

/// One event of any kind; of each kind other fields are there.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a> {
    #[serde(borrow, default)]
    pub(super) kind: Cow<'a, str>,
    /// Of a summary: what was evaluated.
    #[serde(borrow, default)]
    pub(super) features: Features<'a>,
    /// Of an evaluation the flag's key, of a custom event its name.
    #[serde(borrow)]
    pub(super) key: Option<Cow<'a, str>>,
    /// Of an evaluation.
    pub(super) variation: Option<usize>,
    /// Of a custom event.
    pub(super) metric_value: Option<f64>,
    /// Who it is about, without what the SDK was told to keep private.
    #[serde(alias = "user")]
    context: Option<Value>,
    /// The same, by kinds and keys alone.
    #[serde(borrow)]
    context_keys: Option<BTreeMap<Name<'a>, Name<'a>>>,
    /// Of a migration's operation.
    #[serde(borrow)]
    pub(super) evaluation: Option<Evaluation<'a>>,
}

/// The evaluation of a migration's operation.
#[derive(Deserialize)]
pub(super) struct Evaluation<'a> {
    #[serde(borrow)]
    pub(super) key: Cow<'a, str>,
    pub(super) variation: Option<usize>,
}

#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// What was evaluated, by flag.
#[derive(Default)]
pub(super) struct Features<'a>(pub(super) Vec<(Cow<'a, str>, Feature)>);

#[derive(Deserialize)]
pub(super) struct Feature {
    #[serde(default)]
    pub(super) counters: Vec<Counter>,
}

/// Equal evaluations.
#[derive(Deserialize)]
pub(super) struct Counter {
    /// Absent where the caller's default was served.
    pub(super) variation: Option<usize>,
    pub(super) version: Option<u64>,
    #[serde(default)]
    pub(super) count: u64,
}

impl<'de: 'a, 'a> Deserialize<'de> for Features<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for Each<'a> {
            type Value = Features<'a>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object from flag to counters")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Features<'a>, A::Error> {
                let mut all = Vec::with_capacity(map.size_hint().unwrap_or(16).min(1_024));
                while let Some((Name(key), feature)) = map.next_entry::<Name<'a>, Feature>()? {
                    all.push((key, feature));
                }
                Ok(Features(all))
            }
        }
        deserializer.deserialize_map(Each(std::marker::PhantomData))
    }
}

impl Event<'_> {
    /// The whole context, where it is said.
    pub(super) fn context(&self) -> Option<Context> {
        Context::from_json(self.context.as_ref()?).ok()
    }

    /// The canonical key of the context, as [`Context::canonical_key`] makes it.
    pub(super) fn identity(&self) -> Option<String> {
        if let Some(context) = self.context() {
            return Some(context.canonical_key());
        }
        let keys = self.context_keys.as_ref().filter(|keys| !keys.is_empty())?;
        if keys.len() == 1
            && let Some(user) = keys.get(&Name("user".into()))
        {
            return Some(user.0.to_string());
        }
        let escape = |key: &str| key.replace('%', "%25").replace(':', "%3A");
        let pairs: Vec<_> = keys.iter().map(|(kind, key)| format!("{}:{}", kind.0, escape(&key.0))).collect();
        Some(pairs.join(":"))
    }
}

/// A body's events. One of a form that we don't know is no reason to lose the others: it is left out, and the body
/// is read once more, event by event.
///
/// # Errors
/// Where it is no list.
pub(super) fn events<'b, R>(
    body: &'b [u8],
    mut each: impl FnMut(&Event<'_>),
    other: impl FnOnce(&'b [u8]) -> Result<Value, R>,
) -> Result<Option<u64>, R> {
    if let Ok(events) = serde_json::from_slice::<Vec<Event<'_>>>(body) {
        events.iter().for_each(&mut each);
        return Ok(Some(events.len() as u64));
    }
    let Value::Array(events) = other(body)? else { return Ok(None) };
    let mut count = 0;
    for event in &events {
        if let Ok(event) = Event::deserialize(event) {
            each(&event);
            count += 1;
        }
    }
    Ok(Some(count))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_alone_name_the_same_person_as_the_whole_context() {
        for (context, keys) in [
            (json!({"kind": "user", "key": "a:b"}), json!({"user": "a:b"})),
            (json!({"kind": "org", "key": "a:b%"}), json!({"org": "a:b%"})),
            (
                json!({"kind": "multi", "user": {"key": "a"}, "org": {"key": "o:1"}}),
                json!({"user": "a", "org": "o:1"}),
            ),
        ] {
            let whole = json!({"kind": "custom", "context": context}).to_string();
            let alone = json!({"kind": "custom", "contextKeys": keys}).to_string();
            let read = |text: &str| serde_json::from_str::<Event<'_>>(text).unwrap().identity();
            assert_eq!(read(&whole), read(&alone), "{context}");
            assert!(read(&whole).is_some());
        }
    }

    #[test]
    fn an_event_of_another_form_costs_no_other() {
        let body = json!([
            {"kind": "custom", "key": "a"},
            {"kind": "summary", "features": {"f": {"counters": [{"count": -1}]}}},
            7,
            {"kind": "of-tomorrow", "key": {"no": "text"}},
            {"kind": "custom", "key": "b\"quoted\""},
        ]);
        let mut seen = vec![];
        let count = events(
            body.to_string().as_bytes(),
            |event| seen.extend(event.key.as_deref().map(str::to_owned)),
            serde_json::from_slice,
        );
        assert_eq!(count.unwrap(), Some(2));
        assert_eq!(seen, ["a", "b\"quoted\""]);
        assert_eq!(events(b"{}", |_| {}, serde_json::from_slice).unwrap(), None);
        assert!(events(b"[", |_| {}, serde_json::from_slice).is_err());
    }
}
