//! Members, tokens, keys and sessions.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use switchyard_model::ids::Key;

use super::{SqliteStore, audit, policies, projects, signin, teams, values};
use crate::{
    Act, Administration, AuditEntry, EnvironmentKey, Error, Hash, Holder, Identity, Member, Policy, Project,
    Session, Sessions, SignInLink, Team, Token,
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
            Act::ChangeMember(member) => {
                signin::unshut(&mut tx, member).await?;
                if !change_member(&mut tx, member).await? {
                    return Err(Error::NotFound("member"));
                }
            }
            Act::AddToken(token) => add_token(&mut tx, token).await?,
            Act::RemoveToken(id) => remove_token(&mut tx, id, entry.at).await?,
            Act::RotateToken(id, hash, hint, until) => rotate_token(&mut tx, id, hash, hint, *until).await?,
            Act::AddKey(key, others_end) => add_key(&mut tx, key, *others_end).await?,
            Act::SetSecureMode(project, environment, on) => {
                set_secure_mode(&mut tx, project, environment, *on).await?;
            }
            Act::AddSignInLink(link) => add_link(&mut tx, link).await?,
            Act::SetPassword(member, hash, keep) => {
                signin::set_password(&mut tx, member, hash, keep, entry.at).await?;
            }
            Act::RemovePassword(member) => signin::remove_password(&mut tx, member).await?,
            Act::Identify(member, identity) => {
                if !change_member(&mut tx, member).await? {
                    add_member(&mut tx, member).await?;
                }
                signin::identify(&mut tx, identity).await?;
            }
            Act::PutPolicy(policy) => policies::put(&mut tx, policy).await?,
            Act::RemovePolicy(project, key, version) => {
                policies::remove(&mut tx, project, key, *version).await?;
            }
            Act::EraseMember(id) => erase_member(&mut tx, id).await?,
            Act::HandToken(id, team) => hand_token(&mut tx, id, team).await?,
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

    async fn secure_modes(&self) -> Result<Vec<(Key, Key)>, Error> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT project, environment FROM secure_modes ORDER BY project, environment")
                .fetch_all(&self.readers)
                .await?;
        Ok(rows.into_iter().map(|(project, environment)| (project.into(), environment.into())).collect())
    }

    async fn password(&self, member: &str) -> Result<Option<String>, Error> {
        self.password_of(member).await
    }

    async fn with_password(&self) -> Result<Vec<String>, Error> {
        self.all_with_password().await
    }

    async fn identities(&self) -> Result<Vec<Identity>, Error> {
        self.all_identities().await
    }

    async fn policies(&self) -> Result<Vec<Policy>, Error> {
        self.all_policies().await
    }

    async fn insert_session(&self, session: &Session, entry: &AuditEntry) -> Result<(), Error> {
        self.begin_session(session, entry).await
    }

    async fn session(&self, hash: &Hash) -> Result<Option<Session>, Error> {
        self.one_session(hash).await
    }

    async fn sessions(&self, holder: Option<&Holder>, now: Timestamp) -> Result<Vec<Session>, Error> {
        self.live_sessions(holder, now).await
    }

    async fn session_used(
        &self,
        hash: &Hash,
        at: Timestamp,
        expires_at: Timestamp,
        address: Option<&str>,
    ) -> Result<(), Error> {
        self.move_session(hash, at, expires_at, address).await
    }

    async fn end_sessions(&self, which: &Sessions, entry: &AuditEntry) -> Result<u64, Error> {
        self.end_these(which, entry).await
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
            "DELETE FROM sessions WHERE min(expires_at, ends_at) <= ?",
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
    signin::end_all(tx, id).await?;
    signin::forget(tx, id).await?;
    teams::leave_all(tx, id).await?;
    audit::erase(tx, id).await
}

/// What an erased member is called from then on.
const ERASED: &str = "erased member";

/// What a member signs in with must be theirs alone. What is shared from before this was asked may stay.
async fn own_email(tx: &mut SqliteConnection, member: &Member) -> Result<(), Error> {
    let taken = sqlx::query(
        "SELECT 1 FROM members WHERE lower(email) = lower(?1) AND id <> ?2
         AND NOT EXISTS (SELECT 1 FROM members WHERE id = ?2 AND lower(email) = lower(?1))",
    )
    .bind(&member.email)
    .bind(&member.id)
    .fetch_optional(tx)
    .await?;
    if taken.is_some() { Err(Error::Exists) } else { Ok(()) }
}

async fn add_member(tx: &mut SqliteConnection, member: &Member) -> Result<(), Error> {
    own_email(tx, member).await?;
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

/// False where there is no such member.
async fn change_member(tx: &mut SqliteConnection, member: &Member) -> Result<bool, Error> {
    own_email(tx, member).await?;
    let done = sqlx::query("UPDATE members SET name = ?, email = ?, role = ?, active = ? WHERE id = ?")
        .bind(&member.name)
        .bind(&member.email)
        .bind(values::word(&member.role)?)
        .bind(member.active)
        .bind(&member.id)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    if !member.active {
        signin::end_all(tx, &member.id).await?;
    }
    Ok(true)
}

async fn add_token(tx: &mut SqliteConnection, token: &Token) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO tokens (id, name, role, project, hash, hint, created_by, team, created_at, expires_at, last_used_at, removed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&token.id)
    .bind(&token.name)
    .bind(values::word(&token.role)?)
    .bind(token.project.as_deref())
    .bind(&token.hash[..])
    .bind(&token.hint)
    .bind(&token.created_by)
    .bind(token.team.as_deref())
    .bind(values::micros(token.created_at))
    .bind(token.expires_at.map(values::micros))
    .bind(token.last_used_at.map(values::micros))
    .bind(token.removed_at.map(values::micros))
    .execute(tx)
    .await?;
    Ok(())
}

async fn hand_token(tx: &mut SqliteConnection, id: &str, team: &str) -> Result<(), Error> {
    let done = sqlx::query("UPDATE tokens SET team = ? WHERE id = ? AND removed_at IS NULL")
        .bind(team)
        .bind(id)
        .execute(tx)
        .await?;
    if done.rows_affected() == 0 { Err(Error::NotFound("token")) } else { Ok(()) }
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

async fn rotate_token(
    tx: &mut SqliteConnection,
    id: &str,
    hash: &Hash,
    hint: &str,
    until: Timestamp,
) -> Result<(), Error> {
    let done = sqlx::query(
        "UPDATE tokens SET previous_hash = hash, previous_until = ?, hash = ?, hint = ?
         WHERE id = ? AND removed_at IS NULL",
    )
    .bind(values::micros(until))
    .bind(&hash[..])
    .bind(hint)
    .bind(id)
    .execute(tx)
    .await?;
    if done.rows_affected() == 0 { Err(Error::NotFound("token")) } else { Ok(()) }
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
        "INSERT INTO environment_keys (id, project, environment, kind, hash, hint, value, created_at, expires_at,
                                       signer)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
    .bind(key.signer.as_ref().map(|signer| &signer[..]))
    .execute(tx)
    .await?;
    Ok(())
}

async fn set_secure_mode(
    tx: &mut SqliteConnection,
    project: &str,
    environment: &str,
    on: bool,
) -> Result<(), Error> {
    let sql = if on {
        "INSERT OR IGNORE INTO secure_modes (project, environment) VALUES (?, ?)"
    } else {
        "DELETE FROM secure_modes WHERE project = ? AND environment = ?"
    };
    sqlx::query(sql).bind(project).bind(environment).execute(tx).await?;
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
    let (project, team): (Option<String>, Option<String>) = (row.try_get("project")?, row.try_get("team")?);
    Ok(Token {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        role: values::from_word(row, "role")?,
        project: project.map(Key::from),
        hash: values::hash(row, "hash")?,
        hint: row.try_get("hint")?,
        created_by: row.try_get("created_by")?,
        team: team.map(Key::from),
        created_at: values::time(row, "created_at")?,
        expires_at: values::optional_time(row, "expires_at")?,
        last_used_at: values::optional_time(row, "last_used_at")?,
        removed_at: values::optional_time(row, "removed_at")?,
        previous: match values::optional_time(row, "previous_until")? {
            Some(until) => Some((values::hash(row, "previous_hash")?, until)),
            None => None,
        },
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
        signer: values::signer(row, "signer")?,
        created_at: values::time(row, "created_at")?,
        expires_at: values::optional_time(row, "expires_at")?,
    })
}
