//! Proposed changes.

use std::collections::BTreeSet;

use async_trait::async_trait;
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use switchyard_model::{Change, ChangeState, Comment, Review, Revision};

use super::{SqliteStore, audit, projects, values};
use crate::{Applied, AuditEntry, ChangeQuery, Changes, Error, Page};

mod talk;

#[async_trait]
impl Changes for SqliteStore {
    async fn insert_change(&self, project: &str, change: &Change) -> Result<u64, Error> {
        let mut tx = self.write().await?;
        let number = insert(&mut tx, project, change).await?;
        tx.commit().await?;
        Ok(number)
    }

    async fn update_change(
        &self,
        project: &str,
        change: &Change,
        expected_version: u64,
        who: &str,
        what: &str,
    ) -> Result<(), Error> {
        let mut tx = self.write().await?;
        update(&mut tx, project, change, expected_version, who, what).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn change(&self, project: &str, number: u64) -> Result<Option<Change>, Error> {
        let row = sqlx::query("SELECT * FROM changes WHERE project = ? AND number = ?")
            .bind(project)
            .bind(number as i64)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(read).transpose()
    }

    async fn changes(&self, project: &str, query: &ChangeQuery) -> Result<Page<Change>, Error> {
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

    async fn insert_review(&self, project: &str, change: u64, review: &Review) -> Result<(), Error> {
        self.add_review(project, change, review).await
    }

    async fn reviews(&self, project: &str, change: u64) -> Result<Vec<Review>, Error> {
        self.all_reviews(project, change).await
    }

    async fn insert_comment(&self, project: &str, change: u64, comment: &Comment) -> Result<u64, Error> {
        self.add_comment(project, change, comment).await
    }

    async fn comments(&self, project: &str, change: u64) -> Result<Vec<Comment>, Error> {
        self.all_comments(project, change).await
    }

    async fn unanswered(
        &self,
        project: &str,
        member: &str,
        word: &str,
        by: &BTreeSet<String>,
        limit: u32,
    ) -> Result<Vec<(u64, Comment)>, Error> {
        self.all_unanswered(project, member, word, by, limit).await
    }

    async fn count_comments(&self, project: &str, change: u64) -> Result<u64, Error> {
        let row = sqlx::query("SELECT count(*) AS n FROM comments WHERE project = ? AND change = ?")
            .bind(project)
            .bind(change as i64)
            .fetch_one(&self.readers)
            .await?;
        values::number(&row, "n")
    }
}

/// Keeps a new change and answers its number.
pub(super) async fn insert(tx: &mut SqliteConnection, project: &str, change: &Change) -> Result<u64, Error> {
    projects::exists(tx, project).await?;
    let row = sqlx::query(
        "INSERT INTO changes (project, number, title, reason, author, state, version, edits, editors, edited, links,
             reviewers, origin, base, revision, created_at, updated_at, comes_after)
         VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM changes WHERE project = ?1), ?2, ?3, ?4, ?5, ?6, ?7,
             ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
         RETURNING number",
    )
    .bind(project)
    .bind(&change.title)
    .bind(&change.reason)
    .bind(&change.author)
    .bind(values::word(&change.state)?)
    .bind(change.version as i64)
    .bind(values::json(&change.edits)?)
    .bind(values::json(&change.editors)?)
    .bind(change.edited as i64)
    .bind(values::json(&change.links)?)
    .bind(values::json(&change.reviewers)?)
    .bind(values::optional_json(change.origin.as_ref())?)
    .bind(change.base as i64)
    .bind(change.revision.map(|n| n as i64))
    .bind(values::micros(change.created_at))
    .bind(values::micros(change.updated_at))
    .bind(values::json(&change.after)?)
    .fetch_one(&mut *tx)
    .await?;
    let number = values::number(&row, "number")?;
    let made = Change { number, ..change.clone() };
    note(tx, project, &made, &change.author, "change.create").await?;
    Ok(number)
}

/// Keeps an open change anew.
pub(super) async fn update(
    tx: &mut SqliteConnection,
    project: &str,
    change: &Change,
    expected_version: u64,
    who: &str,
    what: &str,
) -> Result<(), Error> {
    open(tx, project, change.number, expected_version).await?;
    sqlx::query(
        "UPDATE changes SET title = ?, reason = ?, state = ?, version = ?, edits = ?, editors = ?, edited = ?,
             links = ?, reviewers = ?, origin = ?, base = ?, updated_at = ?, comes_after = ?
         WHERE project = ? AND number = ?",
    )
    .bind(&change.title)
    .bind(&change.reason)
    .bind(values::word(&change.state)?)
    .bind(change.version as i64)
    .bind(values::json(&change.edits)?)
    .bind(values::json(&change.editors)?)
    .bind(change.edited as i64)
    .bind(values::json(&change.links)?)
    .bind(values::json(&change.reviewers)?)
    .bind(values::optional_json(change.origin.as_ref())?)
    .bind(change.base as i64)
    .bind(values::micros(change.updated_at))
    .bind(values::json(&change.after)?)
    .bind(project)
    .bind(change.number as i64)
    .execute(&mut *tx)
    .await?;
    note(tx, project, change, who, what).await?;
    Ok(())
}

/// A change's line of the audit log.
async fn note(
    tx: &mut SqliteConnection,
    project: &str,
    change: &Change,
    who: &str,
    what: &str,
) -> Result<(), Error> {
    let entry = AuditEntry {
        at: change.updated_at,
        who: who.to_owned(),
        what: what.to_owned(),
        target: format!("{project}/C-{}", change.number),
        detail: json!({ "version": change.version, "state": change.state, "edits": change.edits.len() }),
        personal: None,
    };
    audit::note(tx, &entry).await
}

/// Makes a change applied, in the transaction of its revision.
pub(super) async fn set_applied(
    tx: &mut SqliteConnection,
    project: &str,
    change: &Applied,
    revision: &Revision,
) -> Result<(), Error> {
    open(tx, project, change.number, change.version).await?;
    let glass = change.broke_glass.as_ref().map(|(glass, _)| glass);
    sqlx::query(
        "UPDATE changes SET state = ?, version = version + 1, title = ?, reason = ?, revision = ?, broke_glass = ?,
             updated_at = ?
         WHERE project = ? AND number = ?",
    )
    .bind(values::word(&ChangeState::Applied)?)
    .bind(&revision.title)
    .bind(&revision.reason)
    .bind(revision.number as i64)
    .bind(values::optional_json(glass)?)
    .bind(values::micros(revision.at))
    .bind(project)
    .bind(change.number as i64)
    .execute(&mut *tx)
    .await?;
    if let Some((_, entry)) = &change.broke_glass {
        audit::note(tx, entry).await?;
    }
    Ok(())
}

/// Fails unless the change is open and at this version.
async fn open(tx: &mut SqliteConnection, project: &str, number: u64, version: u64) -> Result<(), Error> {
    let row = sqlx::query("SELECT state, version FROM changes WHERE project = ? AND number = ?")
        .bind(project)
        .bind(number as i64)
        .fetch_optional(tx)
        .await?
        .ok_or(Error::NotFound("change"))?;
    let now = values::number(&row, "version")?;
    let state: ChangeState = values::from_word(&row, "state")?;
    if now == version && state.is_open() { Ok(()) } else { Err(Error::Stale { version: now }) }
}

fn filtered(select: &'static str, project: &str, query: &ChangeQuery) -> Result<QueryBuilder<Sqlite>, Error> {
    let mut sql = QueryBuilder::new(select);
    sql.push(" FROM changes WHERE project = ").push_bind(project.to_owned());
    if let Some(state) = &query.state {
        sql.push(" AND state = ").push_bind(values::word(state)?);
    }
    if let Some(author) = &query.author {
        sql.push(" AND author = ").push_bind(author.clone());
    }
    if let Some(first) = query.after {
        sql.push(" AND comes_after <> '[]' AND EXISTS (SELECT 1 FROM json_each(changes.comes_after) WHERE value = ")
            .push_bind(first as i64)
            .push(")");
    }
    Ok(sql)
}

fn read(row: &SqliteRow) -> Result<Change, Error> {
    let revision: Option<i64> = row.try_get("revision")?;
    Ok(Change {
        number: values::number(row, "number")?,
        title: row.try_get("title")?,
        reason: row.try_get("reason")?,
        author: row.try_get("author")?,
        state: values::from_word(row, "state")?,
        version: values::number(row, "version")?,
        edits: values::from_json(row, "edits")?,
        editors: values::from_json(row, "editors")?,
        edited: values::number(row, "edited")?,
        links: values::from_json(row, "links")?,
        reviewers: values::from_json(row, "reviewers")?,
        after: values::from_json(row, "comes_after")?,
        origin: values::from_optional_json(row, "origin")?,
        base: values::number(row, "base")?,
        revision: revision.map(|n| n as u64),
        broke_glass: values::from_optional_json(row, "broke_glass")?,
        created_at: values::time(row, "created_at")?,
        updated_at: values::time(row, "updated_at")?,
    })
}
