//! What people say of a change: verdicts and comments.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use switchyard_model::{Comment, Review};

use super::super::{SqliteStore, audit, values};
use crate::{AuditEntry, Error};

impl SqliteStore {
    pub(super) async fn add_review(&self, project: &str, change: u64, review: &Review) -> Result<(), Error> {
        let mut tx = self.write().await?;
        exists(&mut tx, project, change).await?;
        sqlx::query(
            "INSERT INTO reviews (project, change, number, who, verdict, at, note, version, difference)
             VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM reviews WHERE project = ?1 AND change = ?2),
                 ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .bind(project)
        .bind(change as i64)
        .bind(&review.who)
        .bind(values::word(&review.verdict)?)
        .bind(values::micros(review.at))
        .bind(&review.note)
        .bind(review.version as i64)
        .bind(&review.difference)
        .execute(&mut *tx)
        .await?;
        let entry = AuditEntry {
            at: review.at,
            who: review.who.clone(),
            what: format!("change.{}", values::word(&review.verdict)?),
            target: format!("{project}/C-{change}"),
            detail: json!({ "version": review.version, "difference": review.difference }),
            personal: None,
        };
        audit::note(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn all_reviews(&self, project: &str, change: u64) -> Result<Vec<Review>, Error> {
        let rows = sqlx::query("SELECT * FROM reviews WHERE project = ? AND change = ? ORDER BY number")
            .bind(project)
            .bind(change as i64)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_review).collect()
    }

    pub(super) async fn add_comment(
        &self,
        project: &str,
        change: u64,
        comment: &Comment,
    ) -> Result<u64, Error> {
        let mut tx = self.write().await?;
        exists(&mut tx, project, change).await?;
        let row = sqlx::query(
            "INSERT INTO comments (project, change, number, who, at, text, edit)
             VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM comments WHERE project = ?1 AND change = ?2),
                 ?3, ?4, ?5, ?6)
             RETURNING number",
        )
        .bind(project)
        .bind(change as i64)
        .bind(&comment.who)
        .bind(values::micros(comment.at))
        .bind(&comment.text)
        .bind(comment.edit)
        .fetch_one(&mut *tx)
        .await?;
        let number = values::number(&row, "number")?;
        let entry = AuditEntry {
            at: comment.at,
            who: comment.who.clone(),
            what: "change.comment".into(),
            target: format!("{project}/C-{change}"),
            detail: json!({ "comment": number, "edit": comment.edit }),
            personal: None,
        };
        audit::note(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(number)
    }

    pub(super) async fn all_comments(&self, project: &str, change: u64) -> Result<Vec<Comment>, Error> {
        let rows = sqlx::query("SELECT * FROM comments WHERE project = ? AND change = ? ORDER BY number")
            .bind(project)
            .bind(change as i64)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_comment).collect()
    }

    pub(super) async fn all_unanswered(
        &self,
        project: &str,
        member: &str,
        word: &str,
        by: &BTreeSet<String>,
        limit: u32,
    ) -> Result<Vec<(u64, Comment)>, Error> {
        let rows = sqlx::query(
            "SELECT c.* FROM comments c JOIN changes ch ON ch.project = c.project AND ch.number = c.change
             WHERE c.project = ?1 AND c.who <> ?2
                 AND instr(c.text, '@' || ?4) > 0
                 AND (ch.state NOT IN ('applied', 'rejected') OR c.at >= ch.updated_at)
                 AND NOT EXISTS (SELECT 1 FROM comments own WHERE own.project = c.project
                     AND own.change = c.change AND own.number > c.number AND own.who <> c.who
                     AND own.who IN (SELECT value FROM json_each(?5)))
                 AND NOT EXISTS (SELECT 1 FROM reviews own WHERE own.project = c.project
                     AND own.change = c.change AND own.at >= c.at AND own.who <> c.who
                     AND own.who IN (SELECT value FROM json_each(?5)))
             ORDER BY c.at DESC, c.change DESC, c.number DESC LIMIT ?3",
        )
        .bind(project)
        .bind(member)
        .bind(limit)
        .bind(word)
        .bind(json!(by).to_string())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((values::number(row, "change")?, read_comment(row)?))).collect()
    }
}

async fn exists(tx: &mut SqliteConnection, project: &str, change: u64) -> Result<(), Error> {
    let found = sqlx::query("SELECT 1 FROM changes WHERE project = ? AND number = ?")
        .bind(project)
        .bind(change as i64)
        .fetch_optional(tx)
        .await?;
    found.map(|_| ()).ok_or(Error::NotFound("change"))
}

fn read_review(row: &SqliteRow) -> Result<Review, Error> {
    Ok(Review {
        who: row.try_get("who")?,
        verdict: values::from_word(row, "verdict")?,
        at: values::time(row, "at")?,
        note: row.try_get("note")?,
        version: values::number(row, "version")?,
        difference: row.try_get("difference")?,
    })
}

fn read_comment(row: &SqliteRow) -> Result<Comment, Error> {
    Ok(Comment {
        id: values::number(row, "number")?,
        who: row.try_get("who")?,
        at: values::time(row, "at")?,
        text: row.try_get("text")?,
        edit: row.try_get("edit")?,
    })
}
