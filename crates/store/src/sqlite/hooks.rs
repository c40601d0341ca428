//! Webhooks, the outbox, review links.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use switchyard_model::ids::Key;

use super::{SqliteStore, audit, values};
use crate::{
    AuditEntry, Begun, Error, Fired, Firing, Happening, HookDelivery, Hooks, Page, ReviewLink, Told, Trigger,
    Webhook,
};

mod deliveries;
mod triggers;

#[async_trait]
impl Hooks for SqliteStore {
    async fn webhooks(&self) -> Result<Vec<Webhook>, Error> {
        let rows =
            sqlx::query("SELECT * FROM webhooks ORDER BY created_at, id").fetch_all(&self.readers).await?;
        rows.iter().map(read_webhook).collect()
    }

    async fn webhook(&self, id: &str) -> Result<Option<Webhook>, Error> {
        let row =
            sqlx::query("SELECT * FROM webhooks WHERE id = ?").bind(id).fetch_optional(&self.readers).await?;
        row.as_ref().map(read_webhook).transpose()
    }

    async fn put_webhook(&self, hook: &Webhook, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO webhooks (id, project, name, kind, url, member, filter, active, stopped, secret_version,
                 previous_until, created_by, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url, filter = excluded.filter,
                 active = excluded.active, stopped = excluded.stopped, secret_version = excluded.secret_version,
                 previous_until = excluded.previous_until",
        )
        .bind(&hook.id)
        .bind(&*hook.project)
        .bind(&hook.name)
        .bind(values::word(&hook.kind)?)
        .bind(&hook.url)
        .bind(&hook.member)
        .bind(values::json(&hook.filter)?)
        .bind(hook.active)
        .bind(&hook.stopped)
        .bind(hook.secret_version)
        .bind(hook.previous_until.map(values::micros))
        .bind(&hook.created_by)
        .bind(values::micros(hook.created_at))
        .execute(&mut *tx)
        .await?;
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn remove_webhook(&self, id: &str, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM webhooks WHERE id = ?").bind(id).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound("webhook"));
        }
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn tell(&self, project: &str, event: &str, detail: &str, at: Timestamp) -> Result<(), Error> {
        let told = Happening {
            sequence: 0,
            project: project.into(),
            event: event.to_owned(),
            number: None,
            part: None,
            detail: Some(detail.to_owned()),
            at,
        };
        happened(&mut *self.writer.acquire().await?, &told).await
    }

    async fn happenings(&self, limit: u32) -> Result<Vec<Happening>, Error> {
        let rows = sqlx::query("SELECT * FROM happenings ORDER BY sequence LIMIT ?")
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_happening).collect()
    }

    async fn dispatch(&self, sequence: u64, told: &Told) -> Result<(), Error> {
        let mut tx = self.write().await?;
        for delivery in &told.deliveries {
            deliveries::insert(&mut tx, delivery).await?;
        }
        for link in &told.links {
            sqlx::query(
                "INSERT INTO review_links (id, project, change, member, difference, expires_at)
                 VALUES (?, ?, ?, ?, ?, ?)",
            )
            .bind(&link.id)
            .bind(&*link.project)
            .bind(link.change as i64)
            .bind(&link.member)
            .bind(&link.difference)
            .bind(values::micros(link.expires_at))
            .execute(&mut *tx)
            .await?;
        }
        for (project, change, review) in &told.voided {
            sqlx::query("INSERT OR IGNORE INTO voided_approvals (project, change, review) VALUES (?, ?, ?)")
                .bind(&**project)
                .bind(*change as i64)
                .bind(*review as i64)
                .execute(&mut *tx)
                .await?;
        }
        sqlx::query("DELETE FROM happenings WHERE sequence <= ?")
            .bind(sequence as i64)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    async fn told_void(&self, project: &str) -> Result<Vec<(u64, u64)>, Error> {
        let rows = sqlx::query("SELECT change, review FROM voided_approvals WHERE project = ?")
            .bind(project)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| Ok((values::number(row, "change")?, values::number(row, "review")?))).collect()
    }

    async fn insert_delivery(&self, delivery: &HookDelivery, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        deliveries::insert(&mut tx, delivery).await?;
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn next_delivery(&self, hook: &str) -> Result<Option<HookDelivery>, Error> {
        self.first_waiting(hook).await
    }

    async fn settle(&self, delivery: &HookDelivery) -> Result<(), Error> {
        self.keep_try(delivery).await
    }

    async fn resend(&self, hook: &str, id: &str, at: Timestamp, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "UPDATE webhook_deliveries SET state = 'waiting', attempts = 0, since = ?1, next_at = ?1
             WHERE hook = ?2 AND id = ?3",
        )
        .bind(values::micros(at))
        .bind(hook)
        .bind(id)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound("delivery"));
        }
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn hook_deliveries(
        &self,
        hook: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Page<HookDelivery>, Error> {
        self.newest_deliveries(hook, before, limit).await
    }

    async fn forget_deliveries(&self, before: Timestamp) -> Result<(), Error> {
        let mut tx = self.write().await?;
        for forget in [
            "DELETE FROM webhook_deliveries WHERE state <> 'waiting' AND last_at < ?",
            "DELETE FROM review_links WHERE expires_at < ?",
        ] {
            sqlx::query(forget).bind(values::micros(before)).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn review_link(&self, id: &str) -> Result<Option<ReviewLink>, Error> {
        let row = sqlx::query("SELECT * FROM review_links WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(read_link).transpose()
    }

    async fn use_review_link(&self, id: &str, at: Timestamp, entry: &AuditEntry) -> Result<bool, Error> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "UPDATE review_links SET used_at = ?1 WHERE id = ?2 AND used_at IS NULL AND expires_at > ?1",
        )
        .bind(values::micros(at))
        .bind(id)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn release_review_link(&self, id: &str) -> Result<(), Error> {
        sqlx::query("UPDATE review_links SET used_at = NULL WHERE id = ?")
            .bind(id)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn triggers(&self, project: &str) -> Result<Vec<Trigger>, Error> {
        self.all_triggers(project).await
    }

    async fn trigger(&self, id: &str) -> Result<Option<Trigger>, Error> {
        self.one_trigger(id).await
    }

    async fn put_trigger(&self, trigger: &Trigger, entry: &AuditEntry) -> Result<(), Error> {
        self.keep_trigger(trigger, entry).await
    }

    async fn remove_trigger(&self, id: &str, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        let done = sqlx::query("DELETE FROM triggers WHERE id = ?").bind(id).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound("trigger"));
        }
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn begin_firing(&self, firing: &Firing) -> Result<Begun, Error> {
        self.add_firing(firing).await
    }

    async fn finish_firing(&self, number: u64, fired: &Fired) -> Result<(), Error> {
        self.keep_fired(number, fired).await
    }

    async fn firings(&self, trigger: &str, before: Option<u64>, limit: u32) -> Result<Page<Firing>, Error> {
        self.newest_firings(trigger, before, limit).await
    }
}

/// Puts something into the outbox that its SQL triggers don't see, in the transaction of what it tells of; nothing
/// where nobody listens. Its sequence is not read.
pub(super) async fn happened(tx: &mut SqliteConnection, told: &Happening) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO happenings (project, event, number, part, detail, at) SELECT ?1, ?2, ?3, ?4, ?5, ?6
         WHERE EXISTS (SELECT 1 FROM webhooks WHERE project = ?1 AND active)",
    )
    .bind(&*told.project)
    .bind(&told.event)
    .bind(told.number.map(|n| n as i64))
    .bind(told.part.map(|n| n as i64))
    .bind(&told.detail)
    .bind(values::micros(told.at))
    .execute(tx)
    .await?;
    Ok(())
}

fn read_webhook(row: &SqliteRow) -> Result<Webhook, Error> {
    let project: String = row.try_get("project")?;
    Ok(Webhook {
        id: row.try_get("id")?,
        project: Key::from(project),
        name: row.try_get("name")?,
        kind: values::from_word(row, "kind")?,
        url: row.try_get("url")?,
        member: row.try_get("member")?,
        filter: values::from_json(row, "filter")?,
        active: row.try_get("active")?,
        stopped: row.try_get("stopped")?,
        secret_version: row.try_get("secret_version")?,
        previous_until: values::optional_time(row, "previous_until")?,
        created_by: row.try_get("created_by")?,
        created_at: values::time(row, "created_at")?,
    })
}

fn read_happening(row: &SqliteRow) -> Result<Happening, Error> {
    let (project, number, part): (String, Option<i64>, Option<i64>) =
        (row.try_get("project")?, row.try_get("number")?, row.try_get("part")?);
    Ok(Happening {
        sequence: values::number(row, "sequence")?,
        project: Key::from(project),
        event: row.try_get("event")?,
        number: number.map(|n| n as u64),
        part: part.map(|n| n as u64),
        detail: row.try_get("detail")?,
        at: values::time(row, "at")?,
    })
}

fn read_link(row: &SqliteRow) -> Result<ReviewLink, Error> {
    let project: String = row.try_get("project")?;
    Ok(ReviewLink {
        id: row.try_get("id")?,
        project: Key::from(project),
        change: values::number(row, "change")?,
        member: row.try_get("member")?,
        difference: row.try_get("difference")?,
        expires_at: values::time(row, "expires_at")?,
        used_at: values::optional_time(row, "used_at")?,
    })
}
