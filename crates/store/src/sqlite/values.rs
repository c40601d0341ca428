//! How values stand in columns.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use switchyard_model::{ResourceId, Scope};

use crate::{Error, Hash, Signer};

/// Microseconds since 1970.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub(super) fn time(row: &SqliteRow, column: &'static str) -> Result<Timestamp, Error> {
    let micros: i64 = row.try_get(column)?;
    Timestamp::from_microsecond(micros).map_err(|e| unreadable(column, &e))
}

pub(super) fn optional_time(row: &SqliteRow, column: &'static str) -> Result<Option<Timestamp>, Error> {
    let micros: Option<i64> = row.try_get(column)?;
    micros.map(|m| Timestamp::from_microsecond(m).map_err(|e| unreadable(column, &e))).transpose()
}

/// Numbers of revisions, changes and versions count from 0 and never come near 2^63.
pub(super) fn number(row: &SqliteRow, column: &'static str) -> Result<u64, Error> {
    let number: i64 = row.try_get(column)?;
    u64::try_from(number).map_err(|e| unreadable(column, &e))
}

pub(super) fn json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|e| Error::Database(Box::new(e)))
}

pub(super) fn from_json<T: DeserializeOwned>(row: &SqliteRow, column: &'static str) -> Result<T, Error> {
    let text: &str = row.try_get(column)?;
    serde_json::from_str(text).map_err(|e| unreadable(column, &e))
}

pub(super) fn optional_json<T: Serialize>(value: Option<&T>) -> Result<Option<String>, Error> {
    value.map(json).transpose()
}

pub(super) fn from_optional_json<T: DeserializeOwned>(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<T>, Error> {
    let text: Option<&str> = row.try_get(column)?;
    text.map(|text| serde_json::from_str(text).map_err(|e| unreadable(column, &e))).transpose()
}

/// An enum's word, as its JSON has it.
pub(super) fn word<T: Serialize>(value: &T) -> Result<String, Error> {
    Ok(json(value)?.trim_matches('"').to_owned())
}

pub(super) fn from_word<T: DeserializeOwned>(row: &SqliteRow, column: &'static str) -> Result<T, Error> {
    let word: String = row.try_get(column)?;
    serde_json::from_value(word.into()).map_err(|e| unreadable(column, &e))
}

pub(super) fn hash(row: &SqliteRow, column: &'static str) -> Result<Hash, Error> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|e| unreadable(column, &e))
}

pub(super) fn signer(row: &SqliteRow, column: &'static str) -> Result<Option<Signer>, Error> {
    let bytes: Option<&[u8]> = row.try_get(column)?;
    bytes.map(|bytes| bytes.try_into().map_err(|e| unreadable(column, &e))).transpose()
}

/// A text as a part of a LIKE pattern with `\\` as escape.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// The `environment` column of a scope; empty for the project.
pub(super) fn environment(scope: &Scope) -> &str {
    scope.environment().map_or("", |key| key)
}

/// The resource that `environment`, `kind` and `key` name.
pub(super) fn resource_id(row: &SqliteRow) -> Result<ResourceId, Error> {
    let environment: &str = row.try_get("environment")?;
    let scope = if environment.is_empty() { Scope::Project } else { Scope::Environment(environment.into()) };
    let key: &str = row.try_get("key")?;
    Ok(ResourceId { scope, kind: from_word(row, "kind")?, key: key.into() })
}

pub(super) fn unreadable(what: &'static str, why: &dyn std::fmt::Display) -> Error {
    Error::Unreadable { what, why: why.to_string() }
}
