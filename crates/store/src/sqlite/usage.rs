//! Usage in SQLite.

use async_trait::async_trait;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{SqliteStore, values};
use crate::Error;
use crate::usage::{EverServed, Usage, UsageAsked, UsageCount, UsageOutcome};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// How long minutes, hours and days are kept, in seconds.
const MINUTES_KEPT: i64 = 3 * HOUR;
const HOURS_KEPT: i64 = 8 * DAY;
const DAYS_KEPT: i64 = 400 * DAY;

/// Names that no flag has, for an environment; askers of a flag.
const UNKNOWN_KEPT: i64 = 1_000;
const ASKERS_KEPT: i64 = 20;

#[async_trait]
impl Usage for SqliteStore {
    async fn add_usage(
        &self,
        counted: &[UsageCount],
        asked: &[UsageAsked],
        outcomes: &[UsageOutcome],
    ) -> Result<(), Error> {
        let mut tx = self.write().await?;
        for count in counted {
            let series: i64 = sqlx::query_scalar(
                "INSERT INTO usage_series
                    (project, environment, flag, variation, reason, rule, version, first, last, total)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (project, environment, flag, variation, reason, rule, version) DO UPDATE SET
                    first = min(first, excluded.first), last = max(last, excluded.last),
                    total = total + excluded.total
                 RETURNING id",
            )
            .bind(&count.project)
            .bind(&count.environment)
            .bind(&count.flag)
            .bind(index(count.variation))
            .bind(&count.reason)
            .bind(count.rule.as_deref().unwrap_or_default())
            .bind(count.version as i64)
            .bind(count.start)
            .bind(count.last)
            .bind(count.count as i64)
            .fetch_one(&mut *tx)
            .await?;
            sqlx::query(
                "INSERT INTO usage_counts (series, step, start, count) VALUES (?, ?, ?, ?)
                 ON CONFLICT (series, step, start) DO UPDATE SET count = count + excluded.count",
            )
            .bind(series)
            .bind(count.step)
            .bind(count.start)
            .bind(count.count as i64)
            .execute(&mut *tx)
            .await?;
        }
        for asked in asked {
            sqlx::query(
                "INSERT INTO usage_asked (project, environment, flag, asker, known, first, last, count)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (project, environment, known, flag, asker) DO UPDATE SET
                    first = min(first, excluded.first), last = max(last, excluded.last),
                    count = count + excluded.count",
            )
            .bind(&asked.project)
            .bind(&asked.environment)
            .bind(&asked.flag)
            .bind(&asked.by)
            .bind(asked.known)
            .bind(asked.first)
            .bind(asked.last)
            .bind(asked.count as i64)
            .execute(&mut *tx)
            .await?;
        }
        for outcome in outcomes {
            let (flag, variation) = match &outcome.served {
                Some((flag, variation)) => (flag.as_str(), Some(*variation)),
                None => ("", None),
            };
            sqlx::query(
                "INSERT INTO usage_outcomes (project, environment, flag, event, variation, day, count, total)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (project, environment, flag, event, variation, day) DO UPDATE SET
                    count = count + excluded.count, total = total + excluded.total",
            )
            .bind(&outcome.project)
            .bind(&outcome.environment)
            .bind(flag)
            .bind(&outcome.event)
            .bind(index(variation))
            .bind(outcome.day)
            .bind(outcome.count as i64)
            .bind(outcome.total)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn roll_up_usage(&self, now: i64) -> Result<(), Error> {
        let mut tx = self.write().await?;
        for (from, to, kept) in [(MINUTE, HOUR, MINUTES_KEPT), (HOUR, DAY, HOURS_KEPT)] {
            // Whole buckets of the coarser kind, so that each count is in one bucket.
            let until = align(now - kept, to);
            sqlx::query(
                "INSERT INTO usage_counts (series, step, start, count)
                 SELECT series, ?1, start - start % ?1, sum(count) FROM usage_counts
                 WHERE step = ?2 AND start < ?3 GROUP BY series, start - start % ?1
                 ON CONFLICT (series, step, start) DO UPDATE SET count = count + excluded.count",
            )
            .bind(to)
            .bind(from)
            .bind(until)
            .execute(&mut *tx)
            .await?;
            sqlx::query("DELETE FROM usage_counts WHERE step = ? AND start < ?")
                .bind(from)
                .bind(until)
                .execute(&mut *tx)
                .await?;
        }
        let oldest = align(now - DAYS_KEPT, DAY);
        for sql in [
            "DELETE FROM usage_counts WHERE step = 86400 AND start < ?",
            "DELETE FROM usage_series WHERE last < ?",
            "DELETE FROM usage_asked WHERE last < ?",
            "DELETE FROM usage_outcomes WHERE day < ?",
        ] {
            sqlx::query(sql).bind(oldest).execute(&mut *tx).await?;
        }
        for (sql, most) in [
            (
                "DELETE FROM usage_asked WHERE known AND (project, environment, flag, asker) IN (
                    SELECT project, environment, flag, asker FROM (
                        SELECT *, row_number() OVER (
                            PARTITION BY project, environment, flag ORDER BY last DESC, asker) AS place
                        FROM usage_asked WHERE known)
                    WHERE place > ?)",
                ASKERS_KEPT,
            ),
            (
                "DELETE FROM usage_asked WHERE NOT known AND (project, environment, flag, asker) IN (
                    SELECT project, environment, flag, asker FROM (
                        SELECT *, row_number() OVER (
                            PARTITION BY project, environment ORDER BY last DESC, flag, asker) AS place
                        FROM usage_asked WHERE NOT known)
                    WHERE place > ?)",
                UNKNOWN_KEPT,
            ),
        ] {
            sqlx::query(sql).bind(most).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn usage_since(&self, from: i64) -> Result<Vec<UsageCount>, Error> {
        let rows = sqlx::query(
            "SELECT s.*, c.step, c.start, c.count FROM usage_counts c JOIN usage_series s ON s.id = c.series
             WHERE c.start >= ? ORDER BY c.start",
        )
        .bind(from)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(count).collect()
    }

    async fn usage_of_flag(
        &self,
        project: &str,
        environment: &str,
        flag: &str,
        from: i64,
        step: i64,
    ) -> Result<Vec<(i64, Option<u32>, u64)>, Error> {
        let rows = sqlx::query(
            "SELECT c.start - c.start % ?1 AS bucket, s.variation, sum(c.count) AS count
             FROM usage_series s JOIN usage_counts c ON c.series = s.id
             WHERE s.project = ?2 AND s.environment = ?3 AND s.flag = ?4 AND c.start >= ?5
             GROUP BY bucket, s.variation ORDER BY bucket, s.variation",
        )
        .bind(step)
        .bind(project)
        .bind(environment)
        .bind(flag)
        .bind(from)
        .fetch_all(&self.readers)
        .await?;
        let read =
            |row: &SqliteRow| Ok((row.try_get("bucket")?, variation(row)?, values::number(row, "count")?));
        rows.iter().map(read).collect()
    }

    async fn ever_served(&self, project: &str) -> Result<Vec<EverServed>, Error> {
        let rows = sqlx::query(
            "SELECT environment, flag, variation, min(first) AS first, max(last) AS last, sum(total) AS count
             FROM usage_series WHERE project = ? GROUP BY environment, flag, variation
             ORDER BY flag, environment, variation",
        )
        .bind(project)
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &SqliteRow| {
            Ok(EverServed {
                environment: row.try_get("environment")?,
                flag: row.try_get("flag")?,
                variation: variation(row)?,
                first: row.try_get("first")?,
                last: row.try_get("last")?,
                count: values::number(row, "count")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn askers(&self, project: &str, environment: &str, flag: &str) -> Result<Vec<UsageAsked>, Error> {
        let rows = sqlx::query(
            "SELECT * FROM usage_asked WHERE project = ? AND environment = ? AND known AND flag = ?
             ORDER BY last DESC, asker",
        )
        .bind(project)
        .bind(environment)
        .bind(flag)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(asked).collect()
    }

    async fn asked_in_vain(&self, project: &str, environment: &str) -> Result<Vec<UsageAsked>, Error> {
        let rows = sqlx::query(
            "SELECT * FROM usage_asked WHERE project = ? AND environment = ? AND NOT known
             ORDER BY last DESC, flag, asker",
        )
        .bind(project)
        .bind(environment)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(asked).collect()
    }

    async fn outcomes(
        &self,
        project: &str,
        environment: &str,
        flag: &str,
        from: i64,
    ) -> Result<Vec<UsageOutcome>, Error> {
        let rows = sqlx::query(
            "SELECT * FROM usage_outcomes WHERE project = ? AND environment = ? AND flag = ? AND day >= ?
             ORDER BY event, variation, day",
        )
        .bind(project)
        .bind(environment)
        .bind(flag)
        .bind(from)
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &SqliteRow| {
            Ok(UsageOutcome {
                project: row.try_get("project")?,
                environment: row.try_get("environment")?,
                event: row.try_get("event")?,
                served: variation(row)?.map(|variation| (flag.to_owned(), variation)),
                day: row.try_get("day")?,
                count: values::number(row, "count")?,
                total: row.try_get("total")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

fn align(second: i64, step: i64) -> i64 {
    second - second.rem_euclid(step)
}

/// A variation as it stands in its column.
fn index(variation: Option<u32>) -> i64 {
    variation.map_or(-1, i64::from)
}

fn variation(row: &SqliteRow) -> Result<Option<u32>, Error> {
    let index: i64 = row.try_get("variation")?;
    Ok(u32::try_from(index).ok())
}

fn count(row: &SqliteRow) -> Result<UsageCount, Error> {
    let rule: String = row.try_get("rule")?;
    Ok(UsageCount {
        project: row.try_get("project")?,
        environment: row.try_get("environment")?,
        flag: row.try_get("flag")?,
        variation: variation(row)?,
        reason: row.try_get("reason")?,
        rule: Some(rule).filter(|rule| !rule.is_empty()),
        version: values::number(row, "version")?,
        start: row.try_get("start")?,
        step: row.try_get("step")?,
        count: values::number(row, "count")?,
        last: row.try_get("last")?,
    })
}

fn asked(row: &SqliteRow) -> Result<UsageAsked, Error> {
    Ok(UsageAsked {
        project: row.try_get("project")?,
        environment: row.try_get("environment")?,
        flag: row.try_get("flag")?,
        by: row.try_get("asker")?,
        known: row.try_get("known")?,
        first: row.try_get("first")?,
        last: row.try_get("last")?,
        count: values::number(row, "count")?,
    })
}
