//! JSON in protobuf, which has only one type of number.

use prost_types::value::Kind;
use prost_types::{ListValue, Struct};
use serde_json::{Map, Number, Value};

/// Beyond this a double has no longer every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A message's object. A number without a fraction is a whole one again, as only those and texts can be what a
/// percentage goes by. What JSON has no word for (NaN, infinite) is null.
pub(super) fn object(structure: &Struct) -> Map<String, Value> {
    structure.fields.iter().map(|(name, value)| (name.clone(), json(value))).collect()
}

fn json(value: &prost_types::Value) -> Value {
    match &value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(value)) => (*value).into(),
        Some(Kind::StringValue(text)) => text.as_str().into(),
        Some(Kind::NumberValue(number)) => match to_whole(*number) {
            Some(whole) => whole.into(),
            None => Number::from_f64(*number).map_or(Value::Null, Value::Number),
        },
        Some(Kind::ListValue(list)) => list.values.iter().map(json).collect(),
        Some(Kind::StructValue(structure)) => Value::Object(object(structure)),
    }
}

/// JSON's object as a message.
pub(super) fn structure(object: &Map<String, Value>) -> Struct {
    Struct { fields: object.iter().map(|(name, value)| (name.clone(), protobuf(value))).collect() }
}

fn protobuf(value: &Value) -> prost_types::Value {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(*value),
        Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => Kind::StringValue(text.clone()),
        Value::Array(values) => Kind::ListValue(ListValue { values: values.iter().map(protobuf).collect() }),
        Value::Object(object) => Kind::StructValue(structure(object)),
    };
    prost_types::Value { kind: Some(kind) }
}

/// A whole number, however it is written: `3` and `3.0`, not `3.5`.
pub(super) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| to_whole(value.as_f64()?))
}

#[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough to be exact")]
fn to_whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_comes_back_as_it_was() {
        let there = json!({
            "whole": 17, "negative": -3, "half": 0.5, "text": "ø", "yes": true, "nothing": null,
            "list": [1, "two", [3.25]], "deep": {"er": {"est": []}}, "zero": 0,
        });
        let Value::Object(map) = &there else { unreachable!() };
        assert_eq!(Value::Object(object(&structure(map))), there);
    }

    #[test]
    fn numbers_that_json_has_not() {
        let number = |n: f64| json(&prost_types::Value { kind: Some(Kind::NumberValue(n)) });
        assert_eq!((number(f64::NAN), number(f64::INFINITY)), (Value::Null, Value::Null));
        assert_eq!((number(-0.0), number(1e300)), (json!(0), json!(1e300)));
        assert_eq!(number(EXACT), json!(9_007_199_254_740_992_i64));
        assert_eq!((whole(&json!(3.0)), whole(&json!(3.5)), whole(&json!("3"))), (Some(3), None, None));
        assert_eq!(whole(&json!(i64::MAX)), Some(i64::MAX));
    }
}
