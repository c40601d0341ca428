//! Schedules in SQLite.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;
use sqlx::{Row, SqliteConnection};
use switchyard_model::{Revision, Schedule};

use super::{SqliteStore, audit, history, hooks, values};
use crate::{Applied, AuditEntry, Error, Happening, Schedules};

#[async_trait]
impl Schedules for SqliteStore {
    async fn put_schedule(&self, project: &str, schedule: &Schedule) -> Result<Schedule, Error> {
        let mut tx = self.write().await?;
        let there = sqlx::query("SELECT 1 FROM changes WHERE project = ? AND number = ?")
            .bind(project)
            .bind(schedule.change as i64)
            .fetch_optional(&mut *tx)
            .await?;
        there.ok_or(Error::NotFound("change"))?;
        let old = sqlx::query("SELECT step, due FROM schedules WHERE project = ? AND change = ?")
            .bind(project)
            .bind(schedule.change as i64)
            .fetch_optional(&mut *tx)
            .await?;
        let mut kept = schedule.clone();
        if let Some(old) = old {
            if values::optional_time(&old, "due")?.is_some() {
                return Err(Error::Exists);
            }
            kept.step = old.try_get::<u32, _>("step")? + 1;
        }
        sqlx::query(
            "INSERT OR REPLACE INTO schedules (project, change, step, due, body) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(project)
        .bind(kept.change as i64)
        .bind(kept.step)
        .bind(kept.due().map(values::micros))
        .bind(values::json(&kept)?)
        .execute(&mut *tx)
        .await?;
        note(&mut tx, project, &kept, &kept.by, "schedule.set", kept.made_at).await?;
        tx.commit().await?;
        Ok(kept)
    }

    async fn move_schedule(
        &self,
        project: &str,
        next: &Schedule,
        who: &str,
        what: &str,
        at: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.write().await?;
        step(&mut tx, project, next).await?;
        note(&mut tx, project, next, who, what, at).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn append_step(
        &self,
        project: &str,
        revision: &Revision,
        change: Option<&Applied>,
        next: &Schedule,
    ) -> Result<(), Error> {
        let mut tx = self.write().await?;
        history::append(&mut tx, project, revision, change).await?;
        step(&mut tx, project, next).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn schedule(&self, project: &str, change: u64) -> Result<Option<Schedule>, Error> {
        let row = sqlx::query("SELECT body FROM schedules WHERE project = ? AND change = ?")
            .bind(project)
            .bind(change as i64)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| values::from_json(&row, "body")).transpose()
    }

    async fn schedules(&self, project: &str, waiting: bool) -> Result<Vec<Schedule>, Error> {
        let rows = sqlx::query(
            "SELECT body FROM schedules WHERE project = ? AND (due IS NOT NULL OR NOT ?) ORDER BY change DESC",
        )
        .bind(project)
        .bind(waiting)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| values::from_json(row, "body")).collect()
    }

    async fn due(&self, now: Timestamp) -> Result<Vec<(String, Schedule)>, Error> {
        let rows =
            sqlx::query("SELECT project, body FROM schedules WHERE due <= ? ORDER BY due, project, change")
                .bind(values::micros(now))
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(|row| Ok((row.try_get("project")?, values::from_json(row, "body")?))).collect()
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, Error> {
        let row = sqlx::query("SELECT min(due) AS due FROM schedules").fetch_one(&self.readers).await?;
        values::optional_time(&row, "due")
    }
}

/// Moves a schedule by one step, if it is where it was seen.
async fn step(tx: &mut SqliteConnection, project: &str, next: &Schedule) -> Result<(), Error> {
    let done = sqlx::query(
        "UPDATE schedules SET step = ?, due = ?, body = ? WHERE project = ? AND change = ? AND step = ?",
    )
    .bind(next.step)
    .bind(next.due().map(values::micros))
    .bind(values::json(next)?)
    .bind(project)
    .bind(next.change as i64)
    .bind(i64::from(next.step) - 1)
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(());
    }
    let now = sqlx::query("SELECT step FROM schedules WHERE project = ? AND change = ?")
        .bind(project)
        .bind(next.change as i64)
        .fetch_optional(tx)
        .await?
        .ok_or(Error::NotFound("schedule"))?;
    Err(Error::Stale { version: values::number(&now, "step")? })
}

async fn note(
    tx: &mut SqliteConnection,
    project: &str,
    schedule: &Schedule,
    who: &str,
    what: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let entry = AuditEntry {
        at,
        who: who.to_owned(),
        what: what.to_owned(),
        target: format!("{project}/C-{}", schedule.change),
        detail: json!({
            "applyAt": schedule.apply_at, "revertAt": schedule.revert_at, "notice": schedule.notice,
            "waitsUntil": schedule.waits_until,
        }),
        personal: None,
    };
    audit::note(tx, &entry).await?;
    let event = match what {
        "schedule.set" => "change.scheduled",
        "schedule.stop" => "change.scheduleStopped",
        "schedule.cancel" => "change.unscheduled",
        _ => return Ok(()),
    };
    let told = Happening {
        sequence: 0,
        project: project.into(),
        event: event.into(),
        number: Some(schedule.change),
        part: None,
        detail: Some(who.to_owned()),
        at,
    };
    hooks::happened(tx, &told).await
}
