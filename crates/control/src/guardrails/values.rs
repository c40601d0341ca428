//! Values as rules see them. Whole numbers are all of one type, so that they can be counted with.

use std::collections::HashMap;

use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString};
use cel::common::value::Val;
use serde_json::Value as Json;

/// A value and what is in it.
pub(super) type Values = Box<dyn Val>;

pub(super) fn text(text: &str) -> Values {
    Box::new(CelString::from(text.to_owned()))
}

pub(super) fn list(values: impl IntoIterator<Item = Values>) -> Values {
    Box::new(CelList::from(values.into_iter().collect::<Vec<_>>()))
}

pub(super) fn map<'k>(fields: impl IntoIterator<Item = (&'k str, Values)>) -> Values {
    let fields: HashMap<_, _> =
        fields.into_iter().map(|(name, value)| (CelMapKey::from(name.to_owned()), value)).collect();
    Box::new(CelMap::from(fields))
}

pub(super) fn json(value: &Json) -> Values {
    match value {
        Json::Null => Box::new(CelNull),
        Json::Bool(yes) => Box::new(CelBool::from(*yes)),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Box::new(CelInt::from(whole)),
            None => Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN))),
        },
        Json::String(words) => text(words),
        Json::Array(all) => list(all.iter().map(json)),
        Json::Object(fields) => map(fields.iter().map(|(name, value)| (name.as_str(), json(value)))),
    }
}
