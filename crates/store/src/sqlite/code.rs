//! Code references in SQLite.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{SqliteStore, audit, values};
use crate::code::{Code, CodeReference, CodeRepository};
use crate::{AuditEntry, Error};

#[async_trait]
impl Code for SqliteStore {
    async fn put_code(
        &self,
        project: &str,
        repository: &CodeRepository,
        references: &[CodeReference],
        entry: &AuditEntry,
    ) -> Result<(), Error> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM code_repositories WHERE project = ? AND name = ?")
            .bind(project)
            .bind(&repository.name)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO code_repositories
                (project, name, branch, revision, link, searched, uploaded_at, uploaded_by)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(project)
        .bind(&repository.name)
        .bind(&repository.branch)
        .bind(&repository.commit)
        .bind(&repository.link)
        .bind(repository.searched as i64)
        .bind(values::micros(repository.uploaded_at))
        .bind(&repository.uploaded_by)
        .execute(&mut *tx)
        .await?;
        for reference in references {
            // A line that names a flag twice is one place.
            sqlx::query(
                "INSERT INTO code_references (project, repository, flag, path, line, text, alias)
                 VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            )
            .bind(project)
            .bind(&repository.name)
            .bind(&reference.flag)
            .bind(&reference.path)
            .bind(reference.line)
            .bind(&reference.text)
            .bind(&reference.alias)
            .execute(&mut *tx)
            .await?;
        }
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn remove_code(&self, project: &str, repository: &str, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM code_repositories WHERE project = ? AND name = ?")
            .bind(project)
            .bind(repository)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound("repository"));
        }
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn code_repositories(&self, project: &str) -> Result<Vec<(CodeRepository, u64)>, Error> {
        let rows = sqlx::query(
            "SELECT *, (SELECT count(*) FROM code_references r
                        WHERE r.project = c.project AND r.repository = c.name) AS found
             FROM code_repositories c WHERE project = ? ORDER BY name",
        )
        .bind(project)
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &SqliteRow| {
            let repository = CodeRepository {
                name: row.try_get("name")?,
                branch: row.try_get("branch")?,
                commit: row.try_get("revision")?,
                link: row.try_get("link")?,
                searched: values::number(row, "searched")?,
                uploaded_at: values::time(row, "uploaded_at")?,
                uploaded_by: row.try_get("uploaded_by")?,
            };
            Ok((repository, values::number(row, "found")?))
        };
        rows.iter().map(read).collect()
    }

    async fn code_of_flag(&self, project: &str, flag: &str, limit: u32) -> Result<Vec<CodeReference>, Error> {
        let rows = sqlx::query(
            "SELECT * FROM code_references WHERE project = ? AND flag = ?
             ORDER BY repository, path, line LIMIT ?",
        )
        .bind(project)
        .bind(flag)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &SqliteRow| {
            Ok(CodeReference {
                repository: row.try_get("repository")?,
                flag: row.try_get("flag")?,
                path: row.try_get("path")?,
                line: row.try_get("line")?,
                text: row.try_get("text")?,
                alias: row.try_get("alias")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn code_counts(&self, project: &str) -> Result<BTreeMap<String, u64>, Error> {
        let rows = sqlx::query(
            "SELECT flag, count(*) AS found FROM code_references WHERE project = ? GROUP BY flag",
        )
        .bind(project)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((row.try_get("flag")?, values::number(row, "found")?))).collect()
    }
}
