//! Triggers, and when they were set off.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use switchyard_model::ids::Key;

use super::super::{SqliteStore, audit, values};
use crate::{AuditEntry, Begun, Error, Fired, Firing, Page, Trigger};

/// So many firings of each trigger are kept.
const KEPT: i64 = 1_000;

impl SqliteStore {
    pub(super) async fn all_triggers(&self, project: &str) -> Result<Vec<Trigger>, Error> {
        let rows = sqlx::query("SELECT * FROM triggers WHERE project = ? ORDER BY created_at, id")
            .bind(project)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_trigger).collect()
    }

    pub(super) async fn one_trigger(&self, id: &str) -> Result<Option<Trigger>, Error> {
        let row =
            sqlx::query("SELECT * FROM triggers WHERE id = ?").bind(id).fetch_optional(&self.readers).await?;
        row.as_ref().map(read_trigger).transpose()
    }

    pub(super) async fn keep_trigger(&self, trigger: &Trigger, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO triggers (id, project, name, source, hash, hint, secret_version, require_signature,
                 revert_on_resolved, active, title, reason, edits, maker, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, hash = excluded.hash, hint = excluded.hint,
                 secret_version = excluded.secret_version, active = excluded.active",
        )
        .bind(&trigger.id)
        .bind(&*trigger.project)
        .bind(&trigger.name)
        .bind(values::word(&trigger.source)?)
        .bind(&trigger.hash[..])
        .bind(&trigger.hint)
        .bind(trigger.secret_version)
        .bind(trigger.require_signature)
        .bind(trigger.revert_on_resolved)
        .bind(trigger.active)
        .bind(&trigger.title)
        .bind(&trigger.reason)
        .bind(values::json(&trigger.edits)?)
        .bind(&trigger.maker)
        .bind(values::micros(trigger.created_at))
        .execute(&mut *tx)
        .await?;
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn add_firing(&self, firing: &Firing) -> Result<Begun, Error> {
        let mut tx = self.write().await?;
        if let Some(key) = &firing.key {
            let there = sqlx::query(r#"SELECT * FROM trigger_firings WHERE "trigger" = ? AND key = ?"#)
                .bind(&firing.trigger)
                .bind(key)
                .fetch_optional(&mut *tx)
                .await?;
            if let Some(row) = there {
                return Ok(Begun::Again(read_firing(&row)?));
            }
        }
        let row = sqlx::query(
            r#"INSERT INTO trigger_firings ("trigger", at, key, excerpt, outcome, detail)
               VALUES (?, ?, ?, ?, '', '') RETURNING number"#,
        )
        .bind(&firing.trigger)
        .bind(values::micros(firing.at))
        .bind(&firing.key)
        .bind(&firing.excerpt)
        .fetch_one(&mut *tx)
        .await?;
        let number = values::number(&row, "number")?;
        sqlx::query(
            r#"DELETE FROM trigger_firings WHERE "trigger" = ?1 AND number <=
               (SELECT number FROM trigger_firings WHERE "trigger" = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)"#,
        )
        .bind(&firing.trigger)
        .bind(KEPT)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Begun::New(number))
    }

    pub(super) async fn keep_fired(&self, number: u64, fired: &Fired) -> Result<(), Error> {
        sqlx::query(
            "UPDATE trigger_firings SET outcome = ?, detail = ?, revision = ?, change = ?
             WHERE number = ? AND outcome IN ('', 'refused')",
        )
        .bind(&fired.outcome)
        .bind(&fired.detail)
        .bind(fired.revision.map(|n| n as i64))
        .bind(fired.change.map(|n| n as i64))
        .bind(number as i64)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    pub(super) async fn newest_firings(
        &self,
        trigger: &str,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<Firing>, Error> {
        let mut tx = self.readers.begin().await?;
        let total: i64 = sqlx::query_scalar(r#"SELECT count(*) FROM trigger_firings WHERE "trigger" = ?"#)
            .bind(trigger)
            .fetch_one(&mut *tx)
            .await?;
        let rows = sqlx::query(
            r#"SELECT * FROM trigger_firings WHERE "trigger" = ?1 AND (?2 IS NULL OR number < ?2)
               ORDER BY number DESC LIMIT ?3"#,
        )
        .bind(trigger)
        .bind(before.map(|n| n as i64))
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?;
        Ok(Page { items: rows.iter().map(read_firing).collect::<Result<_, _>>()?, total: total as u64 })
    }
}

fn read_trigger(row: &SqliteRow) -> Result<Trigger, Error> {
    let project: String = row.try_get("project")?;
    Ok(Trigger {
        id: row.try_get("id")?,
        project: Key::from(project),
        name: row.try_get("name")?,
        source: values::from_word(row, "source")?,
        hash: values::hash(row, "hash")?,
        hint: row.try_get("hint")?,
        secret_version: row.try_get("secret_version")?,
        require_signature: row.try_get("require_signature")?,
        revert_on_resolved: row.try_get("revert_on_resolved")?,
        active: row.try_get("active")?,
        title: row.try_get("title")?,
        reason: row.try_get("reason")?,
        edits: values::from_json(row, "edits")?,
        maker: row.try_get("maker")?,
        created_at: values::time(row, "created_at")?,
    })
}

fn read_firing(row: &SqliteRow) -> Result<Firing, Error> {
    let (revision, change): (Option<i64>, Option<i64>) = (row.try_get("revision")?, row.try_get("change")?);
    let (outcome, detail): (String, String) = (row.try_get("outcome")?, row.try_get("detail")?);
    let (revision, change) = (revision.map(|n| n as u64), change.map(|n| n as u64));
    Ok(Firing {
        number: values::number(row, "number")?,
        trigger: row.try_get("trigger")?,
        at: values::time(row, "at")?,
        key: row.try_get("key")?,
        excerpt: row.try_get("excerpt")?,
        fired: (!outcome.is_empty()).then_some(Fired { outcome, detail, revision, change }),
    })
}
