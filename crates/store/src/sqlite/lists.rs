//! Lists in SQLite.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;
use sqlx::{Row, SqliteConnection};
use switchyard_model::{Resource, Revision};

use super::{SqliteStore, audit, values};
use crate::{AuditEntry, ErasedList, Error, Lists, StoredList};

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
            content: row.try_get("content")?,
            erased: values::number(&row, "erased")?,
        }))
    }

    async fn lists(&self, project: &str) -> Result<Vec<(String, Option<String>)>, Error> {
        let rows = sqlx::query("SELECT hash, base FROM lists WHERE project = ? ORDER BY depth, hash")
            .bind(project)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| Ok((row.try_get("hash")?, row.try_get("base")?))).collect()
    }

    async fn put_list(&self, project: &str, list: &StoredList, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        if let Some(base) = &list.base
            && !is_there(&mut tx, project, base).await?
        {
            return Err(Error::NotFound("list"));
        }
        let known = is_there(&mut tx, project, &list.hash).await?;
        sqlx::query(
            "INSERT INTO lists (project, hash, base, depth, body, content, made_at) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (project, hash) DO UPDATE SET made_at = excluded.made_at",
        )
        .bind(project)
        .bind(&list.hash)
        .bind(&list.base)
        .bind(list.depth)
        .bind(&list.body)
        .bind(&list.content)
        .bind(values::micros(entry.at))
        .execute(&mut *tx)
        .await?;
        if !known {
            audit::note(&mut tx, entry).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn remove_lists(
        &self,
        project: &str,
        before: Timestamp,
        mut entry: AuditEntry,
    ) -> Result<u64, Error> {
        let mut tx = self.write().await?;
        let mut removed = 0;
        // With what is on top of it gone, one may be on top of nothing.
        loop {
            let gone = sqlx::query(
                "DELETE FROM lists AS l WHERE l.project = ?1 AND l.made_at < ?2
                 AND NOT EXISTS (SELECT 1 FROM named_lists n WHERE n.project = ?1 AND n.hash = l.hash)
                 AND NOT EXISTS (SELECT 1 FROM lists o WHERE o.project = ?1 AND o.base = l.hash)
                 AND NOT EXISTS (SELECT 1 FROM changes c
                     WHERE c.project = ?1 AND c.state <> 'rejected' AND instr(c.edits, l.hash) > 0)
                 AND NOT EXISTS (SELECT 1 FROM triggers t WHERE t.project = ?1 AND instr(t.edits, l.hash) > 0)",
            )
            .bind(project)
            .bind(values::micros(before))
            .execute(&mut *tx)
            .await?
            .rows_affected();
            removed += gone;
            if gone == 0 {
                break;
            }
        }
        if removed > 0 {
            entry.detail = json!({ "lists": removed });
            audit::note(&mut tx, &entry).await?;
            tx.commit().await?;
        }
        Ok(removed)
    }

    async fn erase_from_lists(&self, lists: &[ErasedList], entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        for list in lists {
            sqlx::query(
                "UPDATE lists SET body = coalesce(?, body), erased = erased + ?, content = coalesce(?, content)
                 WHERE project = ? AND hash = ?",
            )
            .bind(&list.body)
            .bind(i64::from(list.content.is_some()))
            .bind(&list.content)
            .bind(&list.project)
            .bind(&list.hash)
            .execute(&mut *tx)
            .await?;
        }
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        self.forget_pages().await;
        Ok(())
    }

    async fn revisions_saying(&self, project: &str, text: &str) -> Result<u64, Error> {
        let row =
            sqlx::query("SELECT count(*) AS n FROM revisions WHERE project = ? AND instr(edits, ?) > 0")
                .bind(project)
                .bind(values::json(&text)?)
                .fetch_one(&self.readers)
                .await?;
        values::number(&row, "n")
    }
}

/// Has the lists that a revision names kept for as long as the history is: in the transaction in which it is written, so
/// that none goes meanwhile.
pub(super) async fn keep_named(
    tx: &mut SqliteConnection,
    project: &str,
    revision: &Revision,
) -> Result<(), Error> {
    for edit in &revision.edits {
        let Some(Resource::Segment(segment)) = edit.after.as_deref() else { continue };
        let Some(list) = &segment.list else { continue };
        if !is_there(tx, project, &list.hash).await? {
            return Err(Error::NotFound("list of this name any more; upload it again"));
        }
        sqlx::query("INSERT INTO named_lists (project, hash) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(project)
            .bind(&*list.hash)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

async fn is_there(tx: &mut SqliteConnection, project: &str, hash: &str) -> Result<bool, Error> {
    let found = sqlx::query("SELECT 1 FROM lists WHERE project = ? AND hash = ?")
        .bind(project)
        .bind(hash)
        .fetch_optional(tx)
        .await?;
    Ok(found.is_some())
}
