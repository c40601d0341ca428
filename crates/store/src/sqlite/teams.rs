//! Teams.

use std::collections::BTreeSet;

use sqlx::{Row, SqliteConnection};
use switchyard_model::ids::Key;

use super::{SqliteStore, values};
use crate::{Error, Team};

/// Makes a team be this: a new one at version 1, else the one that is at the version before.
pub(super) async fn put_team(tx: &mut SqliteConnection, team: &Team) -> Result<(), Error> {
    let before = sqlx::query("SELECT version FROM teams WHERE key = ?").bind(&*team.key);
    let before = match before.fetch_optional(&mut *tx).await? {
        Some(row) => values::number(&row, "version")?,
        None => 0,
    };
    if team.version != before + 1 {
        return Err(Error::Stale { version: before });
    }
    sqlx::query(
        "INSERT INTO teams (key, name, version, created_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET name = excluded.name, version = excluded.version",
    )
    .bind(&*team.key)
    .bind(&team.name)
    .bind(team.version as i64)
    .bind(values::micros(team.created_at))
    .execute(&mut *tx)
    .await?;
    sqlx::query("DELETE FROM team_members WHERE team = ?").bind(&*team.key).execute(&mut *tx).await?;
    for member in &team.members {
        join(tx, &team.key, member).await?;
    }
    Ok(())
}

/// Tokens that were ended are nobody's then.
pub(super) async fn remove_team(tx: &mut SqliteConnection, key: &str) -> Result<(), Error> {
    sqlx::query("UPDATE tokens SET team = NULL WHERE team = ? AND removed_at IS NOT NULL")
        .bind(key)
        .execute(&mut *tx)
        .await?;
    sqlx::query("DELETE FROM team_members WHERE team = ?").bind(key).execute(&mut *tx).await?;
    let done = sqlx::query("DELETE FROM teams WHERE key = ?").bind(key).execute(tx).await?;
    if done.rows_affected() == 0 { Err(Error::NotFound("team")) } else { Ok(()) }
}

/// Makes these be all of a member's teams.
pub(super) async fn set_teams(
    tx: &mut SqliteConnection,
    member: &str,
    teams: &BTreeSet<Key>,
) -> Result<(), Error> {
    let rows = sqlx::query("SELECT team FROM team_members WHERE member = ?").bind(member);
    let mut before = BTreeSet::new();
    for row in rows.fetch_all(&mut *tx).await? {
        let key: &str = row.try_get("team")?;
        before.insert(Key::from(key));
    }
    for team in before.difference(teams) {
        leave(tx, team, member).await?;
    }
    for team in teams.difference(&before) {
        join(tx, team, member).await?;
        grown(tx, team).await?;
    }
    Ok(())
}

pub(super) async fn leave_all(tx: &mut SqliteConnection, member: &str) -> Result<(), Error> {
    set_teams(tx, member, &BTreeSet::new()).await
}

async fn leave(tx: &mut SqliteConnection, team: &str, member: &str) -> Result<(), Error> {
    sqlx::query("DELETE FROM team_members WHERE team = ? AND member = ?")
        .bind(team)
        .bind(member)
        .execute(&mut *tx)
        .await?;
    grown(tx, team).await
}

/// The team is another one now.
async fn grown(tx: &mut SqliteConnection, team: &str) -> Result<(), Error> {
    sqlx::query("UPDATE teams SET version = version + 1 WHERE key = ?").bind(team).execute(tx).await?;
    Ok(())
}

async fn join(tx: &mut SqliteConnection, team: &str, member: &str) -> Result<(), Error> {
    let known = [("SELECT 1 FROM teams WHERE key = ?", team), ("SELECT 1 FROM members WHERE id = ?", member)];
    for ((query, id), what) in known.into_iter().zip(["team", "member"]) {
        let found = sqlx::query(query).bind(id).fetch_optional(&mut *tx).await?;
        found.ok_or(Error::NotFound(what))?;
    }
    sqlx::query("INSERT INTO team_members (team, member) VALUES (?, ?)")
        .bind(team)
        .bind(member)
        .execute(tx)
        .await?;
    Ok(())
}

impl SqliteStore {
    pub(super) async fn all_teams(&self) -> Result<Vec<Team>, Error> {
        let mut tx = self.readers.begin().await?;
        let mut teams: Vec<Team> = vec![];
        for row in sqlx::query("SELECT * FROM teams ORDER BY key").fetch_all(&mut *tx).await? {
            let key: &str = row.try_get("key")?;
            let (name, created_at) = (row.try_get("name")?, values::time(&row, "created_at")?);
            let version = values::number(&row, "version")?;
            teams.push(Team { key: key.into(), name, members: BTreeSet::new(), version, created_at });
        }
        for row in sqlx::query("SELECT * FROM team_members").fetch_all(&mut *tx).await? {
            let key: &str = row.try_get("team")?;
            if let Some(team) = teams.iter_mut().find(|team| &*team.key == key) {
                team.members.insert(row.try_get("member")?);
            }
        }
        Ok(teams)
    }
}
