//! Members, tokens, keys and sessions.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use switchyard_model::ids::Key;

use super::{SqliteStore, audit, projects, teams, values};
use crate::{
    Act, Administration, AuditEntry, EnvironmentKey, Error, Hash, Holder, Member, Project, Session,
    SignInLink, Team, Token,
};

#[async_trait]
impl Administration for SqliteStore {
    async fn administer(&self, act: &Act, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        match act {
            Act::CreateProject(project) => projects::create(&mut tx, project).await?,
            Act::AddEnvironment(project, environment) => {
                projects::add_environment(&mut tx, project, environment).await?;
            }
            Act::ChangeEnvironment(project, environment) => {
                projects::change_environment(&mut tx, project, environment).await?;
            }
            Act::AddMember(member) => add_member(&mut tx, member).await?,
            Act::ChangeMember(member) => change_member(&mut tx, member).await?,
            Act::AddToken(token) => add_token(&mut tx, token).await?,
            Act::RemoveToken(id) => remove_token(&mut tx, id, entry.at).await?,
            Act::AddKey(key, others_end) => add_key(&mut tx, key, *others_end).await?,
            Act::AddSignInLink(link) => add_link(&mut tx, link).await?,
            Act::EraseMember(id) => erase_member(&mut tx, id).await?,
            Act::PutTeam(team) => teams::put_team(&mut tx, team).await?,
            Act::RemoveTeam(key) => teams::remove_team(&mut tx, key).await?,
            Act::SetTeams(member, all) => teams::set_teams(&mut tx, member, all).await?,
        }
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        if matches!(act, Act::EraseMember(_)) {
            self.forget_pages().await;
        }
        Ok(())
    }

    async fn projects(&self) -> Result<Vec<Project>, Error> {
        self.all_projects().await
    }

    async fn members(&self) -> Result<Vec<Member>, Error> {
        let rows = sqlx::query("SELECT * FROM members ORDER BY name, id").fetch_all(&self.readers).await?;
        rows.iter().map(read_member).collect()
    }

    async fn teams(&self) -> Result<Vec<Team>, Error> {
        self.all_teams().await
    }

    async fn tokens(&self) -> Result<Vec<Token>, Error> {
        let rows =
            sqlx::query("SELECT * FROM tokens ORDER BY created_at, id").fetch_all(&self.readers).await?;
        rows.iter().map(read_token).collect()
    }

    async fn token_used(&self, id: &str, at: Timestamp) -> Result<(), Error> {
        sqlx::query("UPDATE tokens SET last_used_at = ? WHERE id = ?")
            .bind(values::micros(at))
            .bind(id)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn keys(&self) -> Result<Vec<EnvironmentKey>, Error> {
        let rows = sqlx::query("SELECT * FROM environment_keys ORDER BY created_at, id")
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_key).collect()
    }

    async fn insert_session(&self, session: &Session, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        let (member, token) = match &session.holder {
            Holder::Member(id) => (Some(id), None),
            Holder::Token(id) => (None, Some(id)),
        };
        sqlx::query(
            "INSERT INTO sessions (hash, member, token, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(&session.hash[..])
        .bind(member)
        .bind(token)
        .bind(values::micros(session.created_at))
        .bind(values::micros(session.expires_at))
        .execute(&mut *tx)
        .await?;
        audit::note(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn session(&self, hash: &Hash) -> Result<Option<Session>, Error> {
        let row = sqlx::query("SELECT * FROM sessions WHERE hash = ?")
            .bind(&hash[..])
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| {
            let member: Option<String> = row.try_get("member")?;
            Ok(Session {
                hash: values::hash(&row, "hash")?,
                holder: match member {
                    Some(id) => Holder::Member(id),
                    None => Holder::Token(row.try_get("token")?),
                },
                created_at: values::time(&row, "created_at")?,
                expires_at: values::time(&row, "expires_at")?,
            })
        })
        .transpose()
    }

    async fn extend_session(&self, hash: &Hash, expires_at: Timestamp) -> Result<(), Error> {
        sqlx::query("UPDATE sessions SET expires_at = ? WHERE hash = ?")
            .bind(values::micros(expires_at))
            .bind(&hash[..])
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn end_session(&self, hash: &Hash, entry: &AuditEntry) -> Result<(), Error> {
        let mut tx = self.write().await?;
        let ended =
            sqlx::query("DELETE FROM sessions WHERE hash = ?").bind(&hash[..]).execute(&mut *tx).await?;
        if ended.rows_affected() > 0 {
            audit::note(&mut tx, entry).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn use_sign_in_link(&self, hash: &Hash, now: Timestamp) -> Result<Option<String>, Error> {
        let row = sqlx::query(
            "UPDATE sign_in_links SET used_at = ?1 WHERE hash = ?2 AND used_at IS NULL AND expires_at > ?1
             RETURNING member",
        )
        .bind(values::micros(now))
        .bind(&hash[..])
        .fetch_optional(&self.writer)
        .await?;
        Ok(row.map(|row| row.try_get("member")).transpose()?)
    }

    async fn forget_ended(&self, now: Timestamp) -> Result<(), Error> {
        let mut tx = self.write().await?;
        for forget in [
            "DELETE FROM sessions WHERE expires_at <= ?",
            "DELETE FROM sign_in_links WHERE expires_at <= ?",
            "DELETE FROM environment_keys WHERE expires_at <= ?",
        ] {
            sqlx::query(forget).bind(values::micros(now)).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

async fn erase_member(tx: &mut SqliteConnection, id: &str) -> Result<(), Error> {
    let done = sqlx::query("UPDATE members SET name = ?, email = NULL, active = 0 WHERE id = ?")
        .bind(ERASED)
        .bind(id)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound("member"));
    }
    end_all(tx, id).await?;
    teams::leave_all(tx, id).await?;
    audit::erase(tx, id).await
}

/// What an erased member is called from then on.
const ERASED: &str = "erased member";

/// Ends a member's sessions and links.
async fn end_all(tx: &mut SqliteConnection, member: &str) -> Result<(), Error> {
    for end in ["DELETE FROM sessions WHERE member = ?", "DELETE FROM sign_in_links WHERE member = ?"] {
        sqlx::query(end).bind(member).execute(&mut *tx).await?;
    }
    Ok(())
}

async fn add_member(tx: &mut SqliteConnection, member: &Member) -> Result<(), Error> {
    sqlx::query("INSERT INTO members (id, name, email, role, active, created_at) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(&member.id)
        .bind(&member.name)
        .bind(&member.email)
        .bind(values::word(&member.role)?)
        .bind(member.active)
        .bind(values::micros(member.created_at))
        .execute(tx)
        .await?;
    Ok(())
}

async fn change_member(tx: &mut SqliteConnection, member: &Member) -> Result<(), Error> {
    let done = sqlx::query("UPDATE members SET name = ?, email = ?, role = ?, active = ? WHERE id = ?")
        .bind(&member.name)
        .bind(&member.email)
        .bind(values::word(&member.role)?)
        .bind(member.active)
        .bind(&member.id)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound("member"));
    }
    if member.active { Ok(()) } else { end_all(tx, &member.id).await }
}

async fn add_token(tx: &mut SqliteConnection, token: &Token) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO tokens (id, name, role, project, hash, hint, created_by, created_at, expires_at, last_used_at, removed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&token.id)
    .bind(&token.name)
    .bind(values::word(&token.role)?)
    .bind(token.project.as_deref())
    .bind(&token.hash[..])
    .bind(&token.hint)
    .bind(&token.created_by)
    .bind(values::micros(token.created_at))
    .bind(token.expires_at.map(values::micros))
    .bind(token.last_used_at.map(values::micros))
    .bind(token.removed_at.map(values::micros))
    .execute(tx)
    .await?;
    Ok(())
}

async fn remove_token(tx: &mut SqliteConnection, id: &str, at: Timestamp) -> Result<(), Error> {
    let done = sqlx::query("UPDATE tokens SET removed_at = ? WHERE id = ? AND removed_at IS NULL")
        .bind(values::micros(at))
        .bind(id)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound("token"));
    }
    sqlx::query("DELETE FROM sessions WHERE token = ?").bind(id).execute(tx).await?;
    Ok(())
}

async fn add_key(
    tx: &mut SqliteConnection,
    key: &EnvironmentKey,
    others_end: Option<Timestamp>,
) -> Result<(), Error> {
    if let Some(end) = others_end {
        sqlx::query(
            "UPDATE environment_keys SET expires_at = min(coalesce(expires_at, ?1), ?1)
             WHERE project = ?2 AND environment = ?3 AND kind = ?4",
        )
        .bind(values::micros(end))
        .bind(&*key.project)
        .bind(&*key.environment)
        .bind(values::word(&key.kind)?)
        .execute(&mut *tx)
        .await?;
    }
    sqlx::query(
        "INSERT INTO environment_keys (id, project, environment, kind, hash, hint, value, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&key.id)
    .bind(&*key.project)
    .bind(&*key.environment)
    .bind(values::word(&key.kind)?)
    .bind(&key.hash[..])
    .bind(&key.hint)
    .bind(&key.value)
    .bind(values::micros(key.created_at))
    .bind(key.expires_at.map(values::micros))
    .execute(tx)
    .await?;
    Ok(())
}

async fn add_link(tx: &mut SqliteConnection, link: &SignInLink) -> Result<(), Error> {
    sqlx::query("INSERT INTO sign_in_links (hash, member, expires_at) VALUES (?, ?, ?)")
        .bind(&link.hash[..])
        .bind(&link.member)
        .bind(values::micros(link.expires_at))
        .execute(tx)
        .await?;
    Ok(())
}

fn read_member(row: &SqliteRow) -> Result<Member, Error> {
    Ok(Member {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        email: row.try_get("email")?,
        role: values::from_word(row, "role")?,
        active: row.try_get("active")?,
        created_at: values::time(row, "created_at")?,
    })
}

fn read_token(row: &SqliteRow) -> Result<Token, Error> {
    let project: Option<String> = row.try_get("project")?;
    Ok(Token {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        role: values::from_word(row, "role")?,
        project: project.map(Key::from),
        hash: values::hash(row, "hash")?,
        hint: row.try_get("hint")?,
        created_by: row.try_get("created_by")?,
        created_at: values::time(row, "created_at")?,
        expires_at: values::optional_time(row, "expires_at")?,
        last_used_at: values::optional_time(row, "last_used_at")?,
        removed_at: values::optional_time(row, "removed_at")?,
    })
}

fn read_key(row: &SqliteRow) -> Result<EnvironmentKey, Error> {
    let project: String = row.try_get("project")?;
    let environment: String = row.try_get("environment")?;
    Ok(EnvironmentKey {
        id: row.try_get("id")?,
        project: project.into(),
        environment: environment.into(),
        kind: values::from_word(row, "kind")?,
        hash: values::hash(row, "hash")?,
        hint: row.try_get("hint")?,
        value: row.try_get("value")?,
        created_at: values::time(row, "created_at")?,
        expires_at: values::optional_time(row, "expires_at")?,
    })
}
