//! A project's own policies of who may do what.

use sqlx::{Row, SqliteConnection};

use super::{SqliteStore, values};
use crate::{Error, Policy};

/// Makes it where its version is 1, and else changes the version before.
pub(super) async fn put(tx: &mut SqliteConnection, policy: &Policy) -> Result<(), Error> {
    if policy.version == 1 {
        sqlx::query(
            "INSERT INTO policies (project, key, name, text, version, updated_at, updated_by)
             VALUES (?, ?, ?, ?, 1, ?, ?)",
        )
        .bind(&*policy.project)
        .bind(&*policy.key)
        .bind(&policy.name)
        .bind(&policy.text)
        .bind(values::micros(policy.updated_at))
        .bind(&policy.updated_by)
        .execute(tx)
        .await?;
        return Ok(());
    }
    let done = sqlx::query(
        "UPDATE policies SET name = ?, text = ?, version = version + 1, updated_at = ?, updated_by = ?
         WHERE project = ? AND key = ? AND version = ?",
    )
    .bind(&policy.name)
    .bind(&policy.text)
    .bind(values::micros(policy.updated_at))
    .bind(&policy.updated_by)
    .bind(&*policy.project)
    .bind(&*policy.key)
    .bind((policy.version - 1) as i64)
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 { Err(stale(tx, &policy.project, &policy.key).await?) } else { Ok(()) }
}

pub(super) async fn remove(
    tx: &mut SqliteConnection,
    project: &str,
    key: &str,
    version: u64,
) -> Result<(), Error> {
    let done = sqlx::query("DELETE FROM policies WHERE project = ? AND key = ? AND version = ?")
        .bind(project)
        .bind(key)
        .bind(version as i64)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 { Err(stale(tx, project, key).await?) } else { Ok(()) }
}

async fn stale(tx: &mut SqliteConnection, project: &str, key: &str) -> Result<Error, Error> {
    let row = sqlx::query("SELECT version FROM policies WHERE project = ? AND key = ?")
        .bind(project)
        .bind(key)
        .fetch_optional(tx)
        .await?;
    let version = row.map(|row| row.try_get::<i64, _>("version")).transpose()?;
    Ok(version.map_or(Error::NotFound("policy"), |version| Error::Stale { version: version as u64 }))
}

impl SqliteStore {
    pub(super) async fn all_policies(&self) -> Result<Vec<Policy>, Error> {
        let rows =
            sqlx::query("SELECT * FROM policies ORDER BY project, key").fetch_all(&self.readers).await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            Ok(Policy {
                project: row.try_get::<String, _>("project")?.into(),
                key: row.try_get::<String, _>("key")?.into(),
                name: row.try_get("name")?,
                text: row.try_get("text")?,
                version: row.try_get::<i64, _>("version")? as u64,
                updated_at: values::time(row, "updated_at")?,
                updated_by: row.try_get("updated_by")?,
            })
        };
        rows.iter().map(read).collect()
    }
}
