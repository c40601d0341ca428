//! Passwords, identities and sessions in SQLite.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::{SqliteStore, audit, values};
use crate::{AuditEntry, Error, Hash, Holder, Identity, Member, SESSIONS_MAX, Session, Sessions};

impl SqliteStore {
    pub(super) async fn password_of(&self, member: &str) -> Result<Option<String>, Error> {
        let hash = sqlx::query_scalar("SELECT hash FROM passwords WHERE member = ?").bind(member);
        Ok(hash.fetch_optional(&self.readers).await?)
    }

    pub(super) async fn all_with_password(&self) -> Result<Vec<String>, Error> {
        Ok(sqlx::query_scalar("SELECT member FROM passwords").fetch_all(&self.readers).await?)
    }

    pub(super) async fn all_identities(&self) -> Result<Vec<Identity>, Error> {
        let rows = sqlx::query("SELECT * FROM identities ORDER BY member, issuer, subject")
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_identity).collect()
    }

    pub(super) async fn begin_session(&self, session: &Session, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        let (column, id) = holder(&session.holder);
        let mut insert =
            QueryBuilder::<Sqlite>::new("INSERT INTO sessions (id, hash, way, created_at, used_at, ");
        insert.push("expires_at, ends_at, address, agent, ").push(column).push(") VALUES (");
        let mut values = insert.separated(", ");
        values.push_bind(&session.id).push_bind(&session.hash[..]).push_bind(values::word(&session.way)?);
        for time in [session.created_at, session.used_at, session.expires_at, session.ends_at] {
            values.push_bind(values::micros(time));
        }
        values.push_bind(&session.address).push_bind(&session.agent).push_bind(id).push_unseparated(")");
        insert.build().execute(&mut *tx).await?;

        let mut tidy = QueryBuilder::<Sqlite>::new("DELETE FROM sessions WHERE ");
        tidy.push(column).push(" = ").push_bind(id).push(" AND id NOT IN (SELECT id FROM sessions WHERE ");
        tidy.push(column).push(" = ").push_bind(id);
        tidy.push(" ORDER BY created_at DESC, rowid DESC LIMIT ").push_bind(SESSIONS_MAX).push(")");
        tidy.build().execute(&mut *tx).await?;
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn one_session(&self, hash: &Hash) -> Result<Option<Session>, Error> {
        let found = sqlx::query("SELECT * FROM sessions WHERE hash = ?").bind(&hash[..]);
        found.fetch_optional(&self.readers).await?.as_ref().map(read_session).transpose()
    }

    pub(super) async fn live_sessions(
        &self,
        of: Option<&Holder>,
        now: Timestamp,
    ) -> Result<Vec<Session>, Error> {
        let mut list =
            QueryBuilder::<Sqlite>::new("SELECT * FROM sessions WHERE min(expires_at, ends_at) > ");
        list.push_bind(values::micros(now));
        if let Some(of) = of {
            let (column, id) = holder(of);
            list.push(" AND ").push(column).push(" = ").push_bind(id);
        }
        list.push(" ORDER BY used_at DESC, id");
        list.build().fetch_all(&self.readers).await?.iter().map(read_session).collect()
    }

    pub(super) async fn move_session(
        &self,
        hash: &Hash,
        at: Timestamp,
        expires_at: Timestamp,
        address: Option<&str>,
    ) -> Result<(), Error> {
        sqlx::query(
            "UPDATE sessions SET used_at = ?, expires_at = ?, address = coalesce(?, address) WHERE hash = ?",
        )
        .bind(values::micros(at))
        .bind(values::micros(expires_at))
        .bind(address)
        .bind(&hash[..])
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    pub(super) async fn end_these(&self, which: &Sessions, entry: &AuditEntry) -> Result<u64, Error> {
        let mut tx = self.write().await?;
        let mut end = QueryBuilder::<Sqlite>::new("DELETE FROM sessions WHERE ");
        match which {
            Sessions::One(id) => {
                end.push("id = ").push_bind(id);
            }
            Sessions::Of(of) => {
                let (column, id) = holder(of);
                end.push(column).push(" = ").push_bind(id);
            }
            Sessions::Others(of, keep) => {
                let (column, id) = holder(of);
                end.push(column).push(" = ").push_bind(id).push(" AND hash <> ").push_bind(&keep[..]);
            }
        }
        let ended = end.build().execute(&mut *tx).await?.rows_affected();
        if ended > 0 {
            audit::note(&mut tx, entry).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }
}

pub(super) async fn set_password(
    tx: &mut SqliteConnection,
    member: &str,
    hash: &str,
    keep: &Hash,
    at: Timestamp,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO passwords (member, hash, changed_at) VALUES (?, ?, ?)
         ON CONFLICT (member) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at",
    )
    .bind(member)
    .bind(hash)
    .bind(values::micros(at))
    .execute(&mut *tx)
    .await?;
    sqlx::query("DELETE FROM sessions WHERE member = ? AND hash <> ?")
        .bind(member)
        .bind(&keep[..])
        .execute(&mut *tx)
        .await?;
    end_links(tx, member).await
}

pub(super) async fn remove_password(tx: &mut SqliteConnection, member: &str) -> Result<(), Error> {
    let done = sqlx::query("DELETE FROM passwords WHERE member = ?").bind(member).execute(&mut *tx).await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound("password"));
    }
    end_all(tx, member).await
}

pub(super) async fn identify(tx: &mut SqliteConnection, identity: &Identity) -> Result<(), Error> {
    let done = sqlx::query(
        "INSERT INTO identities (issuer, subject, member, shut, created_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (issuer, subject) DO UPDATE SET shut = excluded.shut WHERE member = excluded.member",
    )
    .bind(&identity.issuer)
    .bind(&identity.subject)
    .bind(&identity.member)
    .bind(identity.shut)
    .bind(values::micros(identity.created_at))
    .execute(tx)
    .await?;
    if done.rows_affected() == 0 { Err(Error::Exists) } else { Ok(()) }
}

/// Whoever locks somebody out, or lets them in again, does it in place of the provider's groups.
pub(super) async fn unshut(tx: &mut SqliteConnection, member: &Member) -> Result<(), Error> {
    sqlx::query(
        "UPDATE identities SET shut = 0
         WHERE member = ?1 AND (SELECT active FROM members WHERE id = ?1) <> ?2",
    )
    .bind(&member.id)
    .bind(member.active)
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends a member's sessions and links.
pub(super) async fn end_all(tx: &mut SqliteConnection, member: &str) -> Result<(), Error> {
    sqlx::query("DELETE FROM sessions WHERE member = ?").bind(member).execute(&mut *tx).await?;
    end_links(tx, member).await
}

/// Forgets how a member came in.
pub(super) async fn forget(tx: &mut SqliteConnection, member: &str) -> Result<(), Error> {
    for table in ["DELETE FROM passwords WHERE member = ?", "DELETE FROM identities WHERE member = ?"] {
        sqlx::query(table).bind(member).execute(&mut *tx).await?;
    }
    Ok(())
}

async fn end_links(tx: &mut SqliteConnection, member: &str) -> Result<(), Error> {
    sqlx::query("DELETE FROM sign_in_links WHERE member = ?").bind(member).execute(tx).await?;
    Ok(())
}

/// The column that names the holder, and what is in it.
fn holder(holder: &Holder) -> (&'static str, &str) {
    match holder {
        Holder::Member(id) => ("member", id),
        Holder::Token(id) => ("token", id),
    }
}

fn read_session(row: &SqliteRow) -> Result<Session, Error> {
    let member: Option<String> = row.try_get("member")?;
    Ok(Session {
        id: row.try_get("id")?,
        hash: values::hash(row, "hash")?,
        holder: match member {
            Some(id) => Holder::Member(id),
            None => Holder::Token(row.try_get("token")?),
        },
        way: values::from_word(row, "way")?,
        created_at: values::time(row, "created_at")?,
        used_at: values::time(row, "used_at")?,
        expires_at: values::time(row, "expires_at")?,
        ends_at: values::time(row, "ends_at")?,
        address: row.try_get("address")?,
        agent: row.try_get("agent")?,
    })
}

fn read_identity(row: &SqliteRow) -> Result<Identity, Error> {
    Ok(Identity {
        issuer: row.try_get("issuer")?,
        subject: row.try_get("subject")?,
        member: row.try_get("member")?,
        shut: row.try_get("shut")?,
        created_at: values::time(row, "created_at")?,
    })
}
