//! What is sent to webhooks, and what came of it.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::super::{SqliteStore, values};
use crate::{Attempt, Error, HookDelivery, Page};

impl SqliteStore {
    pub(super) async fn first_waiting(&self, hook: &str) -> Result<Option<HookDelivery>, Error> {
        let row = sqlx::query(
            "SELECT * FROM webhook_deliveries WHERE hook = ? AND state = 'waiting'
             ORDER BY next_at, sequence, id LIMIT 1",
        )
        .bind(hook)
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(read).transpose()
    }

    pub(super) async fn keep_try(&self, delivery: &HookDelivery) -> Result<(), Error> {
        let last = delivery.last.as_ref();
        // Sent again meanwhile, it waits anew: what this try came to is no longer what it stands at.
        sqlx::query(
            "UPDATE webhook_deliveries SET state = ?, attempts = ?, next_at = ?, last_at = ?, status = ?, ms = ?,
                 error = ?, answer = ?
             WHERE id = ? AND since = ?",
        )
        .bind(values::word(&delivery.state)?)
        .bind(delivery.attempts)
        .bind(values::micros(delivery.next_at))
        .bind(last.map(|last| values::micros(last.at)))
        .bind(last.and_then(|last| last.status))
        .bind(last.map(|last| last.ms as i64))
        .bind(last.and_then(|last| last.error.as_deref()))
        .bind(last.and_then(|last| last.answer.as_deref()))
        .bind(&delivery.id)
        .bind(values::micros(delivery.since))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    pub(super) async fn newest_deliveries(
        &self,
        hook: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Page<HookDelivery>, Error> {
        let mut tx = self.readers.begin().await?;
        let total: i64 = sqlx::query_scalar("SELECT count(*) FROM webhook_deliveries WHERE hook = ?")
            .bind(hook)
            .fetch_one(&mut *tx)
            .await?;
        let rows = sqlx::query(
            "SELECT * FROM webhook_deliveries WHERE hook = ?1 AND (?2 IS NULL OR (sequence, id) <
                 (SELECT sequence, id FROM webhook_deliveries WHERE id = ?2))
             ORDER BY sequence DESC, id DESC LIMIT ?3",
        )
        .bind(hook)
        .bind(before)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?;
        Ok(Page { items: rows.iter().map(read).collect::<Result<_, _>>()?, total: total as u64 })
    }
}

pub(super) async fn insert(tx: &mut SqliteConnection, delivery: &HookDelivery) -> Result<(), Error> {
    // The webhook may be gone by now.
    sqlx::query(
        "INSERT INTO webhook_deliveries (id, hook, sequence, event, body, state, created_at, since, attempts, next_at)
         SELECT ?1, id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM webhooks WHERE id = ?2",
    )
    .bind(&delivery.id)
    .bind(&delivery.hook)
    .bind(delivery.sequence as i64)
    .bind(&delivery.event)
    .bind(&delivery.body)
    .bind(values::word(&delivery.state)?)
    .bind(values::micros(delivery.created_at))
    .bind(values::micros(delivery.since))
    .bind(delivery.attempts)
    .bind(values::micros(delivery.next_at))
    .execute(tx)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<HookDelivery, Error> {
    let (status, ms): (Option<u16>, Option<i64>) = (row.try_get("status")?, row.try_get("ms")?);
    let (error, answer) = (row.try_get("error")?, row.try_get("answer")?);
    let last = values::optional_time(row, "last_at")?;
    Ok(HookDelivery {
        id: row.try_get("id")?,
        hook: row.try_get("hook")?,
        sequence: values::number(row, "sequence")?,
        event: row.try_get("event")?,
        body: row.try_get("body")?,
        state: values::from_word(row, "state")?,
        created_at: values::time(row, "created_at")?,
        since: values::time(row, "since")?,
        attempts: row.try_get("attempts")?,
        next_at: values::time(row, "next_at")?,
        last: last.map(|at| Attempt { at, status, ms: ms.unwrap_or(0) as u64, error, answer }),
    })
}
