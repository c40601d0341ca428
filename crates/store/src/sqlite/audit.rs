//! The audit log in SQLite.

use async_trait::async_trait;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use uuid::Uuid;

use super::{SqliteStore, history, values};
use crate::audit::{canonical, commit, link};
use crate::{Audit, AuditEntry, AuditQuery, AuditRow, Error, GENESIS, Page, Personal};

const ALL: &str = " FROM audit LEFT JOIN audit_personal ON audit_personal.entry = audit.id WHERE 1";
const SELECT: &str = "SELECT audit.*, member, salt, data";

#[async_trait]
impl Audit for SqliteStore {
    async fn record(&self, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Page<AuditRow>, Error> {
        let mut tx = self.readers.begin().await?;
        let total: i64 = filtered("SELECT count(*)", query).build_query_scalar().fetch_one(&mut *tx).await?;
        let mut list = filtered(SELECT, query);
        if let Some(before) = query.before {
            list.push(" AND id < ").push_bind(before as i64);
        }
        list.push(" ORDER BY id DESC LIMIT ").push_bind(query.limit);
        let rows = list.build().fetch_all(&mut *tx).await?;
        Ok(Page { items: rows.iter().map(read).collect::<Result<_, _>>()?, total: total as u64 })
    }

    async fn audit_after(&self, seq: u64, limit: u32) -> Result<Vec<AuditRow>, Error> {
        let mut sql = QueryBuilder::<Sqlite>::new(SELECT);
        sql.push(ALL).push(" AND id > ").push_bind(seq as i64);
        sql.push(" ORDER BY id LIMIT ").push_bind(limit);
        let rows = sql.build().fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    async fn revision_digest(&self, project: &str, number: u64) -> Result<Option<String>, Error> {
        history::digest(&mut *self.readers.acquire().await?, project, number).await
    }
}

/// Writes a line, in the transaction of what it is about.
pub(super) async fn note(tx: &mut SqliteConnection, entry: &AuditEntry) -> Result<(), Error> {
    let last =
        sqlx::query("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").fetch_optional(&mut *tx).await?;
    let (seq, previous) = match &last {
        None => (1, None),
        Some(row) => (values::number(row, "id")? + 1, row.try_get::<Option<String>, _>("hash")?),
    };
    // 122 random bits: nobody finds the data again by trying what it might have been.
    let committed = entry.personal.as_ref().map(|personal| {
        let salt = Uuid::new_v4().simple().to_string();
        let commitment = commit(&salt, personal);
        (personal, salt, commitment)
    });
    let commitment = committed.as_ref().map(|(_, _, commitment)| commitment.as_str());
    // Kept to the microsecond, so it is hashed to the microsecond.
    let hash = link(previous.as_deref().unwrap_or(GENESIS), seq, entry, commitment);
    sqlx::query(
        "INSERT INTO audit (id, at, who, what, target, detail, commitment, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(seq as i64)
    .bind(values::micros(entry.at))
    .bind(&entry.who)
    .bind(&entry.what)
    .bind(&entry.target)
    .bind(canonical(&entry.detail))
    .bind(commitment)
    .bind(&hash)
    .execute(&mut *tx)
    .await?;
    if let Some((personal, salt, _)) = &committed {
        sqlx::query("INSERT INTO audit_personal (entry, member, salt, data) VALUES (?, ?, ?, ?)")
            .bind(seq as i64)
            .bind(&personal.member)
            .bind(salt)
            .bind(canonical(&personal.data))
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Takes away what is kept of a person beside the log.
pub(super) async fn erase(tx: &mut SqliteConnection, member: &str) -> Result<(), Error> {
    sqlx::query("DELETE FROM audit_personal WHERE member = ?").bind(member).execute(tx).await?;
    Ok(())
}

fn filtered(select: &'static str, query: &AuditQuery) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new(select);
    sql.push(ALL);
    if let Some(who) = &query.who {
        sql.push(" AND who = ").push_bind(who.clone());
    }
    if let Some(what) = &query.what {
        sql.push(" AND what LIKE ").push_bind(format!("{}%", values::escaped(what))).push(" ESCAPE '\\'");
    }
    if let Some(target) = &query.target {
        sql.push(" AND (target = ").push_bind(target.clone());
        sql.push(" OR target LIKE ")
            .push_bind(format!("{}/%", values::escaped(target)))
            .push(" ESCAPE '\\')");
    }
    if let Some(about) = &query.about {
        sql.push(" AND member = ").push_bind(about.clone());
    }
    if let Some(from) = query.from {
        sql.push(" AND at >= ").push_bind(values::micros(from));
    }
    if let Some(until) = query.until {
        sql.push(" AND at < ").push_bind(values::micros(until));
    }
    for word in &query.words {
        let like = format!("%{}%", values::escaped(word));
        sql.push(" AND (target LIKE ").push_bind(like.clone()).push(" ESCAPE '\\'");
        sql.push(" OR detail LIKE ").push_bind(like).push(" ESCAPE '\\')");
    }
    sql
}

fn read(row: &SqliteRow) -> Result<AuditRow, Error> {
    let member: Option<String> = row.try_get("member")?;
    let personal =
        member.map(|member| Ok::<_, Error>(Personal { member, data: values::from_json(row, "data")? }));
    Ok(AuditRow {
        seq: values::number(row, "id")?,
        entry: AuditEntry {
            at: values::time(row, "at")?,
            who: row.try_get("who")?,
            what: row.try_get("what")?,
            target: row.try_get("target")?,
            detail: values::from_json(row, "detail")?,
            personal: personal.transpose()?,
        },
        salt: row.try_get("salt")?,
        commitment: row.try_get("commitment")?,
        hash: row.try_get("hash")?,
    })
}
