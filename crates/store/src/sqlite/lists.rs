//! Lists in SQLite.

use async_trait::async_trait;
use sqlx::Row;

use super::{SqliteStore, audit};
use crate::{AuditEntry, Error, Lists, StoredList};

#[async_trait]
impl Lists for SqliteStore {
    async fn list(&self, project: &str, hash: &str) -> Result<Option<StoredList>, Error> {
        let row = sqlx::query("SELECT * FROM lists WHERE project = ? AND hash = ?")
            .bind(project)
            .bind(hash)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(StoredList {
            hash: row.try_get("hash")?,
            base: row.try_get("base")?,
            depth: row.try_get("depth")?,
            body: row.try_get("body")?,
        }))
    }

    async fn put_list(&self, project: &str, list: &StoredList, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO lists (project, hash, base, depth, body) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (project, hash) DO NOTHING",
        )
        .bind(project)
        .bind(&list.hash)
        .bind(&list.base)
        .bind(list.depth)
        .bind(&list.body)
        .execute(&mut *tx)
        .await?;
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }
}
