//! Repositories in SQLite.

use async_trait::async_trait;
use sqlx::{Row, SqliteConnection};
use switchyard_model::Change;
use switchyard_model::ids::Key;

use super::{SqliteStore, audit, changes, values};
use crate::{AuditEntry, Error, Git, GitSettings, Taken};

#[async_trait]
impl Git for SqliteStore {
    async fn gits(&self) -> Result<Vec<(Key, GitSettings)>, Error> {
        let rows = sqlx::query("SELECT * FROM git ORDER BY project").fetch_all(&self.readers).await?;
        let read = |row| {
            let project: String = Row::try_get(row, "project")?;
            Ok((project.into(), values::from_json(row, "settings")?))
        };
        rows.iter().map(read).collect()
    }

    async fn git(&self, project: &str) -> Result<Option<GitSettings>, Error> {
        let row = sqlx::query("SELECT settings FROM git WHERE project = ?")
            .bind(project)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| values::from_json(&row, "settings")).transpose()
    }

    async fn put_git(
        &self,
        project: &str,
        settings: Option<&GitSettings>,
        entry: &AuditEntry,
    ) -> Result<(), Error> {
        let mut tx = self.write().await?;
        match settings {
            Some(settings) => {
                sqlx::query(
                    "INSERT INTO git (project, settings) VALUES (?, ?)
                     ON CONFLICT (project) DO UPDATE SET settings = excluded.settings",
                )
                .bind(project)
                .bind(values::json(settings)?)
                .execute(&mut *tx)
                .await?;
            }
            None => {
                for delete in
                    ["DELETE FROM git WHERE project = ?", "DELETE FROM git_branches WHERE project = ?"]
                {
                    sqlx::query(delete).bind(project).execute(&mut *tx).await?;
                }
            }
        }
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn taken(&self, project: &str, branch: &str) -> Result<Option<Taken>, Error> {
        let row = sqlx::query("SELECT taken FROM git_branches WHERE project = ? AND branch = ?")
            .bind(project)
            .bind(branch)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| values::from_json(&row, "taken")).transpose()
    }

    async fn all_taken(&self, project: &str) -> Result<Vec<(String, Taken)>, Error> {
        let rows = sqlx::query("SELECT branch, taken FROM git_branches WHERE project = ? ORDER BY branch")
            .bind(project)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| Ok((row.try_get("branch")?, values::from_json(row, "taken")?))).collect()
    }

    async fn take(
        &self,
        project: &str,
        branch: &str,
        taken: &Taken,
        change: Option<(&Change, Option<u64>)>,
    ) -> Result<Option<u64>, Error> {
        let mut tx = self.write().await?;
        let number = match change {
            None => None,
            Some((change, None)) => Some(changes::insert(&mut tx, project, change).await?),
            Some((change, Some(version))) => {
                changes::update(&mut tx, project, change, version, &change.author, "change.edit").await?;
                Some(change.number)
            }
        };
        let taken = Taken { change: number, ..taken.clone() };
        put(&mut tx, project, branch, &taken).await?;
        tx.commit().await?;
        Ok(number)
    }

    async fn forget_taken(&self, project: &str, branch: &str) -> Result<(), Error> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM git_branches WHERE project = ? AND branch = ?")
            .bind(project)
            .bind(branch)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn change_of(&self, project: &str, revision: u64) -> Result<Option<u64>, Error> {
        let row = sqlx::query("SELECT number FROM changes WHERE project = ? AND revision = ?")
            .bind(project)
            .bind(revision as i64)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| values::number(&row, "number")).transpose()
    }
}

async fn put(tx: &mut SqliteConnection, project: &str, branch: &str, taken: &Taken) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO git_branches (project, branch, taken) VALUES (?, ?, ?)
         ON CONFLICT (project, branch) DO UPDATE SET taken = excluded.taken",
    )
    .bind(project)
    .bind(branch)
    .bind(values::json(taken)?)
    .execute(tx)
    .await?;
    Ok(())
}
