//! The revision log and the state at its head.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use switchyard_model::{AppliedEdit, Origin, ResourceId, Revision, State};

use super::{SqliteStore, audit, changes, lists, projects, values};
use crate::{Applied, AuditEntry, Error, History, Page, Query};

#[async_trait]
impl History for SqliteStore {
    async fn append(
        &self,
        project: &str,
        revision: &Revision,
        change: Option<&Applied>,
    ) -> Result<(), Error> {
        let mut tx = self.write().await?;
        append(&mut tx, project, revision, change).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn head(&self, project: &str) -> Result<u64, Error> {
        let mut reader = self.readers.acquire().await?;
        projects::exists(&mut reader, project).await?;
        head(&mut reader, project).await
    }

    async fn state(&self, project: &str) -> Result<State, Error> {
        let mut tx = self.readers.begin().await?;
        state(&mut tx, project).await
    }

    async fn state_at(&self, project: &str, revision: u64) -> Result<State, Error> {
        let mut tx = self.readers.begin().await?;
        let mut state = state(&mut tx, project).await?;
        if revision > state.revision {
            return Err(Error::NotFound("revision"));
        }
        // As it was then a resource was found by the first revision that touched it since: no other is read, so
        // that this takes as long as there are resources, however long the history is.
        let touched = sqlx::query(
            "SELECT environment, kind, key, min(revision) AS revision FROM touched
             WHERE project = ? AND revision > ? GROUP BY environment, kind, key",
        )
        .bind(project)
        .bind(revision as i64)
        .fetch_all(&mut *tx)
        .await?;
        let mut firsts: BTreeMap<u64, Vec<ResourceId>> = BTreeMap::new();
        for row in &touched {
            let found_by = firsts.entry(values::number(row, "revision")?).or_default();
            found_by.push(values::resource_id(row)?);
        }
        for (number, ids) in firsts {
            let row = sqlx::query("SELECT edits FROM revisions WHERE project = ? AND number = ?")
                .bind(project)
                .bind(number as i64)
                .fetch_one(&mut *tx)
                .await?;
            // Of several edits of one resource the first one found it; they are put in backwards, so that it stays.
            let edits: Vec<AppliedEdit> = values::from_json(&row, "edits")?;
            let mut found: BTreeMap<_, _> =
                edits.into_iter().rev().map(|edit| (edit.target, edit.before)).collect();
            for id in ids {
                let was = found.remove(&id).flatten();
                let since = match was {
                    Some(_) => last_touched(&mut tx, project, &id, revision).await?,
                    None => revision,
                };
                state.set(id, was, since);
            }
        }
        state.revision = revision;
        Ok(state)
    }

    async fn revision(&self, project: &str, number: u64) -> Result<Option<Revision>, Error> {
        let row = sqlx::query("SELECT * FROM revisions WHERE project = ? AND number = ?")
            .bind(project)
            .bind(number as i64)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(read).transpose()
    }

    async fn revisions(&self, project: &str, query: &Query) -> Result<Page<Revision>, Error> {
        let mut tx = self.readers.begin().await?;
        let mut count = filtered("SELECT count(*)", project, query)?;
        let total: i64 = count.build_query_scalar().fetch_one(&mut *tx).await?;
        let mut list = filtered("SELECT *", project, query)?;
        if let Some(before) = query.before {
            list.push(" AND number < ").push_bind(before as i64);
        }
        list.push(" ORDER BY number DESC LIMIT ").push_bind(query.limit);
        let rows = list.build().fetch_all(&mut *tx).await?;
        Ok(Page { items: rows.iter().map(read).collect::<Result<_, _>>()?, total: total as u64 })
    }

    async fn touching(&self, project: &str, id: &ResourceId, after: u64) -> Result<Vec<Revision>, Error> {
        let rows = sqlx::query(
            "SELECT r.* FROM touched t JOIN revisions r ON r.project = t.project AND r.number = t.revision
             WHERE t.project = ? AND t.environment = ? AND t.kind = ? AND t.key = ? AND t.revision > ?
             ORDER BY r.number DESC",
        )
        .bind(project)
        .bind(values::environment(&id.scope))
        .bind(id.kind.word())
        .bind(&*id.key)
        .bind(after as i64)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(read).collect()
    }

    async fn reverted_by(&self, project: &str, number: u64) -> Result<Option<u64>, Error> {
        let row =
            sqlx::query("SELECT max(number) AS number FROM revisions WHERE project = ? AND reverts = ?")
                .bind(project)
                .bind(number as i64)
                .fetch_one(&self.readers)
                .await?;
        let found: Option<i64> = row.try_get("number")?;
        Ok(found.map(|n| n as u64))
    }
}

/// Writes a revision and all that comes with it, in a transaction that may do more.
pub(super) async fn append(
    tx: &mut SqliteConnection,
    project: &str,
    revision: &Revision,
    change: Option<&Applied>,
) -> Result<(), Error> {
    projects::exists(tx, project).await?;
    let head = head(tx, project).await?;
    if head + 1 != revision.number {
        return Err(Error::HeadMoved { head });
    }
    insert_revision(tx, project, revision).await?;
    lists::keep_named(tx, project, revision).await?;
    // Several edits of one resource follow each other: only the last one's result is state.
    let last: BTreeMap<&ResourceId, &AppliedEdit> = revision.edits.iter().map(|e| (&e.target, e)).collect();
    for (id, edit) in last {
        insert_touched(tx, project, revision.number, id).await?;
        set_resource(tx, project, revision.number, id, edit).await?;
    }
    if let Some(change) = change {
        changes::set_applied(tx, project, change, revision).await?;
    }
    note(tx, project, revision).await?;
    Ok(())
}

async fn head(tx: &mut SqliteConnection, project: &str) -> Result<u64, Error> {
    let row = sqlx::query("SELECT coalesce(max(number), 0) AS head FROM revisions WHERE project = ?")
        .bind(project)
        .fetch_one(tx)
        .await?;
    values::number(&row, "head")
}

async fn state(tx: &mut SqliteConnection, project: &str) -> Result<State, Error> {
    projects::exists(tx, project).await?;
    let environments = projects::environments(tx, project).await?;
    let mut state = State::empty(environments.into_iter().map(|e| e.key));
    state.revision = head(tx, project).await?;
    let rows = sqlx::query("SELECT * FROM resources WHERE project = ?").bind(project).fetch_all(tx).await?;
    for row in &rows {
        let body = values::from_json(row, "body")?;
        state.set(values::resource_id(row)?, Some(body), values::number(row, "revision")?);
    }
    Ok(state)
}

async fn last_touched(
    tx: &mut SqliteConnection,
    project: &str,
    id: &ResourceId,
    until: u64,
) -> Result<u64, Error> {
    let row = sqlx::query(
        "SELECT coalesce(max(revision), 0) AS revision FROM touched
         WHERE project = ? AND environment = ? AND kind = ? AND key = ? AND revision <= ?",
    )
    .bind(project)
    .bind(values::environment(&id.scope))
    .bind(id.kind.word())
    .bind(&*id.key)
    .bind(until as i64)
    .fetch_one(tx)
    .await?;
    values::number(&row, "revision")
}

/// The revision's line of the audit log, with the digest of what was just written.
async fn note(tx: &mut SqliteConnection, project: &str, revision: &Revision) -> Result<(), Error> {
    let entry = AuditEntry {
        at: revision.at,
        who: revision.author.clone(),
        what: "revision.apply".into(),
        target: format!("{project}/r{}", revision.number),
        detail: json!({
            "title": revision.title,
            "origin": revision.origin,
            "digest": digest(tx, project, revision.number).await?,
        }),
        personal: None,
    };
    audit::note(tx, &entry).await
}

/// Over the columns as they stand, so that nothing is lost by reading them.
pub(super) async fn digest(
    tx: &mut SqliteConnection,
    project: &str,
    number: u64,
) -> Result<Option<String>, Error> {
    let row = sqlx::query("SELECT * FROM revisions WHERE project = ? AND number = ?")
        .bind(project)
        .bind(number as i64)
        .fetch_optional(tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let at: i64 = row.try_get("at")?;
    let mut texts = vec![project.to_owned(), number.to_string(), at.to_string()];
    for column in ["author", "title", "reason", "origin", "edits"] {
        texts.push(row.try_get(column)?);
    }
    Ok(Some(crate::audit::digest(&texts.iter().map(String::as_str).collect::<Vec<_>>())))
}

async fn insert_revision(tx: &mut SqliteConnection, project: &str, revision: &Revision) -> Result<(), Error> {
    let reverts = match revision.origin {
        Origin::Revert { of } => Some(of as i64),
        _ => None,
    };
    sqlx::query(
        "INSERT INTO revisions (project, number, at, author, title, reason, origin, reverts, edits)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(project)
    .bind(revision.number as i64)
    .bind(values::micros(revision.at))
    .bind(&revision.author)
    .bind(&revision.title)
    .bind(&revision.reason)
    .bind(values::json(&revision.origin)?)
    .bind(reverts)
    .bind(values::json(&revision.edits)?)
    .execute(tx)
    .await?;
    Ok(())
}

async fn insert_touched(
    tx: &mut SqliteConnection,
    project: &str,
    revision: u64,
    id: &ResourceId,
) -> Result<(), Error> {
    sqlx::query("INSERT INTO touched (project, environment, kind, key, revision) VALUES (?, ?, ?, ?, ?)")
        .bind(project)
        .bind(values::environment(&id.scope))
        .bind(id.kind.word())
        .bind(&*id.key)
        .bind(revision as i64)
        .execute(tx)
        .await?;
    Ok(())
}

async fn set_resource(
    tx: &mut SqliteConnection,
    project: &str,
    revision: u64,
    id: &ResourceId,
    edit: &AppliedEdit,
) -> Result<(), Error> {
    let Some(resource) = &edit.after else {
        sqlx::query("DELETE FROM resources WHERE project = ? AND environment = ? AND kind = ? AND key = ?")
            .bind(project)
            .bind(values::environment(&id.scope))
            .bind(id.kind.word())
            .bind(&*id.key)
            .execute(tx)
            .await?;
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO resources (project, environment, kind, key, revision, body) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (project, environment, kind, key) DO UPDATE SET revision = excluded.revision, body = excluded.body",
    )
    .bind(project)
    .bind(values::environment(&id.scope))
    .bind(id.kind.word())
    .bind(&*id.key)
    .bind(revision as i64)
    .bind(values::json(resource)?)
    .execute(tx)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Revision, Error> {
    Ok(Revision {
        number: values::number(row, "number")?,
        at: values::time(row, "at")?,
        author: row.try_get("author")?,
        title: row.try_get("title")?,
        reason: row.try_get("reason")?,
        origin: values::from_json(row, "origin")?,
        edits: values::from_json(row, "edits")?,
    })
}

fn filtered(select: &'static str, project: &str, query: &Query) -> Result<QueryBuilder<Sqlite>, Error> {
    let mut sql = QueryBuilder::new(select);
    sql.push(" FROM revisions r WHERE project = ").push_bind(project.to_owned());
    if query.environment.is_some() || query.kind.is_some() || query.key.is_some() {
        sql.push(
            " AND EXISTS (SELECT 1 FROM touched t WHERE t.project = r.project AND t.revision = r.number",
        );
        if let Some(environment) = &query.environment {
            sql.push(" AND t.environment IN ('', ").push_bind(environment.clone()).push(")");
        }
        if let Some(kind) = query.kind {
            sql.push(" AND t.kind = ").push_bind(kind.word());
        }
        if let Some(key) = &query.key {
            sql.push(" AND t.key = ").push_bind(key.clone());
        }
        sql.push(")");
    }
    if let Some(author) = &query.author {
        sql.push(" AND author = ").push_bind(author.clone());
    }
    for word in &query.words {
        let like = format!("%{}%", values::escaped(word));
        sql.push(" AND (title LIKE ").push_bind(like.clone()).push(" ESCAPE '\\' OR reason LIKE ");
        sql.push_bind(like.clone()).push(" ESCAPE '\\' OR EXISTS (SELECT 1 FROM touched w");
        sql.push(" WHERE w.project = r.project AND w.revision = r.number AND w.key LIKE ");
        sql.push_bind(like).push(" ESCAPE '\\'))");
    }
    Ok(sql)
}
