//! The messages of `flagd.evaluation.v2`, by their field numbers. Those of `v1` have the same numbers and types;
//! there a value that is absent reads as zero.

use std::collections::HashMap;

use prost_types::Struct;
use serde_json::Value;

use super::values;

/// Asks for one flag, of whatever type.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Ask {
    #[prost(string, tag = "1")]
    pub(super) flag_key: String,
    #[prost(message, optional, tag = "2")]
    pub(super) context: Option<Struct>,
}

/// Asks for every flag.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct AskAll {
    #[prost(message, optional, tag = "1")]
    pub(super) context: Option<Struct>,
}

/// What an answer says beside its value.
#[derive(Clone)]
pub(super) struct Said {
    pub(super) reason: String,
    pub(super) variant: Option<String>,
    pub(super) metadata: Struct,
}

/// A flag's answer in one type.
pub(super) trait Typed: prost::Message + Sized {
    /// The type in words.
    const TYPE: &'static str;

    /// With the value, where there is one; `None` for a value of another type.
    fn of(value: Option<&Value>, said: Said) -> Option<Self>;
}

macro_rules! answers {
    ($($name:ident: $words:literal, $prost:ident $type:ty, $read:expr;)*) => {$(
        #[derive(Clone, PartialEq, prost::Message)]
        pub(super) struct $name {
            #[prost($prost, optional, tag = "1")]
            value: Option<$type>,
            #[prost(string, tag = "2")]
            reason: String,
            #[prost(string, optional, tag = "3")]
            variant: Option<String>,
            #[prost(message, optional, tag = "4")]
            metadata: Option<Struct>,
        }

        impl Typed for $name {
            const TYPE: &'static str = $words;

            fn of(value: Option<&Value>, said: Said) -> Option<Self> {
                let read: fn(&Value) -> Option<$type> = $read;
                let value = value.map(|value| read(value).ok_or(())).transpose().ok()?;
                let Said { reason, variant, metadata } = said;
                Some($name { value, reason, variant, metadata: Some(metadata) })
            }
        }
    )*};
}

answers! {
    ResolveBoolean: "a boolean", bool bool, Value::as_bool;
    ResolveString: "a text", string String, |value| value.as_str().map(str::to_owned);
    ResolveFloat: "a number", double f64, Value::as_f64;
    ResolveInt: "a whole number", int64 i64, values::whole;
    ResolveObject: "an object", message Struct, |value| value.as_object().map(values::structure);
}

/// One flag among all.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct AnyFlag {
    #[prost(string, tag = "1")]
    pub(super) reason: String,
    #[prost(string, optional, tag = "2")]
    pub(super) variant: Option<String>,
    #[prost(oneof = "AnyValue", tags = "3, 4, 5, 6")]
    pub(super) value: Option<AnyValue>,
    #[prost(message, optional, tag = "7")]
    pub(super) metadata: Option<Struct>,
}

/// A value of any type that flagd has. Lists are none of them.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum AnyValue {
    #[prost(bool, tag = "3")]
    Bool(bool),
    #[prost(string, tag = "4")]
    Text(String),
    #[prost(double, tag = "5")]
    Number(f64),
    #[prost(message, tag = "6")]
    Object(Struct),
}

impl AnyValue {
    pub(super) fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Bool(value) => AnyValue::Bool(*value),
            Value::String(text) => AnyValue::Text(text.clone()),
            Value::Number(number) => AnyValue::Number(number.as_f64()?),
            Value::Object(object) => AnyValue::Object(values::structure(object)),
            Value::Array(_) | Value::Null => return None,
        })
    }
}

/// Every flag's answer.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct All {
    #[prost(map = "string, message", tag = "1")]
    pub(super) flags: HashMap<String, AnyFlag>,
}

/// What a stream says.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Event {
    #[prost(string, tag = "1")]
    pub(super) r#type: String,
    #[prost(message, optional, tag = "2")]
    pub(super) data: Option<Struct>,
}
