//! Upstreams in SQLite.

use async_trait::async_trait;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{SqliteStore, audit, values};
use crate::{AuditEntry, Error, Upstream, UpstreamSettings, Upstreams};

#[async_trait]
impl Upstreams for SqliteStore {
    async fn upstreams(&self) -> Result<Vec<Upstream>, Error> {
        let rows = sqlx::query("SELECT * FROM upstreams ORDER BY project, environment")
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(upstream).collect()
    }

    async fn upstream(&self, project: &str, environment: &str) -> Result<Option<Upstream>, Error> {
        let row = sqlx::query("SELECT * FROM upstreams WHERE project = ? AND environment = ?")
            .bind(project)
            .bind(environment)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(upstream).transpose()
    }

    async fn put_upstream(
        &self,
        project: &str,
        environment: &str,
        settings: Option<(&UpstreamSettings, &[u8])>,
        entry: &AuditEntry,
    ) -> Result<(), Error> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM upstreams WHERE project = ? AND environment = ?")
            .bind(project)
            .bind(environment)
            .execute(&mut *tx)
            .await?;
        if let Some((settings, secret)) = settings {
            sqlx::query("INSERT INTO upstreams (project, environment, settings, secret) VALUES (?, ?, ?, ?)")
                .bind(project)
                .bind(environment)
                .bind(values::json(settings)?)
                .bind(secret)
                .execute(&mut *tx)
                .await?;
        }
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn see_upstream(
        &self,
        project: &str,
        environment: &str,
        id: &str,
        seen: &serde_json::Value,
    ) -> Result<(), Error> {
        let mut tx = self.write().await?;
        sqlx::query(
            "UPDATE upstreams SET seen = ?
             WHERE project = ? AND environment = ? AND json_extract(settings, '$.id') = ?",
        )
        .bind(values::json(seen)?)
        .bind(project)
        .bind(environment)
        .bind(id)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

fn upstream(row: &SqliteRow) -> Result<Upstream, Error> {
    let (project, environment): (String, String) = (row.try_get("project")?, row.try_get("environment")?);
    let seen: Option<String> = row.try_get("seen")?;
    Ok(Upstream {
        project: project.into(),
        environment: environment.into(),
        settings: values::from_json(row, "settings")?,
        secret: row.try_get("secret")?,
        // What can't be read any more was told by another version, and is told anew soon.
        seen: seen.and_then(|seen| serde_json::from_str(&seen).ok()),
    })
}
