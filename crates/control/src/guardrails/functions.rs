//! What rules can call beside CEL's own: time in a zone, and expressions over texts.

use std::sync::Arc;

use cel::extractors::This;
use cel::{Context, Env, ExecutionError, Value};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::fuel;

/// The longest expression that `matches` takes once it is read, in bytes; reading it is slow beyond that.
const EXPRESSION_MAX: usize = 64 << 10;

/// What a rule may call; operators apart.
pub(super) const KNOWN: [&str; 17] = [
    "bool",
    "bytes",
    "contains",
    "date",
    "double",
    "dyn",
    "endsWith",
    "hour",
    "int",
    "matches",
    "minute",
    "size",
    "startsWith",
    "string",
    "type",
    "uint",
    "weekday",
];

type Text = Arc<String>;
type Answer<T> = Result<T, ExecutionError>;

/// CEL's own functions, and what pays for them.
pub(super) fn environment() -> Env {
    let mut env = Env::stdlib().with_optional_support(false);
    fuel::declare(&mut env).expect("nothing else has these names");
    env
}

/// A context with our functions, and no variables yet.
pub(super) fn context<'v>() -> Context<'static, 'v> {
    let mut context = Context::with_env(Arc::new(environment()));
    let declared = [
        context.add_function("hour", |This(at): This<Text>, zone: Text| -> Answer<i64> {
            Ok(zoned("hour", &at, &zone)?.hour().into())
        }),
        context.add_function("minute", |This(at): This<Text>, zone: Text| -> Answer<i64> {
            Ok(zoned("minute", &at, &zone)?.minute().into())
        }),
        context.add_function("weekday", |This(at): This<Text>, zone: Text| -> Answer<Value> {
            Ok(zoned("weekday", &at, &zone)?.strftime("%A").to_string().to_lowercase().into())
        }),
        context.add_function("date", |This(at): This<Text>, zone: Text| -> Answer<Value> {
            Ok(zoned("date", &at, &zone)?.date().to_string().into())
        }),
        context
            .add_function("matches", |This(text): This<Text>, expression: Text| matches(&text, &expression)),
    ];
    debug_assert!(declared.iter().all(Result::is_ok), "CEL itself has none of these: {declared:?}");
    context
}

fn zoned(function: &str, at: &str, zone: &str) -> Answer<Zoned> {
    let time: Timestamp = at.parse().map_err(|_| {
        ExecutionError::function_error(function, format!("{at:?} is no time; `now` and `change.at` are"))
    })?;
    let zone = TimeZone::get(zone).map_err(|_| {
        let reason = format!("{zone:?} is no time zone; write it as \"Europe/Amsterdam\" or \"UTC\"");
        ExecutionError::function_error(function, reason)
    })?;
    Ok(time.to_zoned(zone))
}

/// Whether the expression (crate `regex`, so linear in the text) is found in the text.
fn matches(text: &str, expression: &str) -> Answer<bool> {
    let built = regex::RegexBuilder::new(expression).size_limit(EXPRESSION_MAX).build();
    let expression = built.map_err(|error| {
        let reason = match error {
            regex::Error::CompiledTooBig(_) => format!("{expression:?} is too large an expression"),
            _ => format!("{expression:?} is no expression that can be read"),
        };
        ExecutionError::function_error("matches", reason)
    })?;
    Ok(expression.is_match(text))
}
