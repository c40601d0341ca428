//! Projects and environments.

use sqlx::{Row, SqliteConnection};

use super::{SqliteStore, values};
use crate::{Environment, Error, Project};

pub(super) async fn create(tx: &mut SqliteConnection, project: &Project) -> Result<(), Error> {
    sqlx::query("INSERT INTO projects (key, name, created_at) VALUES (?, ?, ?)")
        .bind(&*project.key)
        .bind(&project.name)
        .bind(values::micros(project.created_at))
        .execute(&mut *tx)
        .await?;
    for environment in &project.environments {
        add_environment(tx, &project.key, environment).await?;
    }
    Ok(())
}

pub(super) async fn add_environment(
    tx: &mut SqliteConnection,
    project: &str,
    environment: &Environment,
) -> Result<(), Error> {
    exists(tx, project).await?;
    sqlx::query(
        "INSERT INTO environments
             (project, key, name, production, required_approvals, approvals_from, owners_approve, freezes, position)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT count(*) FROM environments WHERE project = ?1))",
    )
    .bind(project)
    .bind(&*environment.key)
    .bind(&environment.name)
    .bind(environment.production)
    .bind(environment.required_approvals)
    .bind(values::json(&environment.approvals_from)?)
    .bind(environment.owners_approve)
    .bind(values::json(&environment.freezes)?)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn change_environment(
    tx: &mut SqliteConnection,
    project: &str,
    environment: &Environment,
) -> Result<(), Error> {
    let done = sqlx::query(
        "UPDATE environments SET name = ?, production = ?, required_approvals = ?, approvals_from = ?,
             owners_approve = ?, freezes = ?
         WHERE project = ? AND key = ?",
    )
    .bind(&environment.name)
    .bind(environment.production)
    .bind(environment.required_approvals)
    .bind(values::json(&environment.approvals_from)?)
    .bind(environment.owners_approve)
    .bind(values::json(&environment.freezes)?)
    .bind(project)
    .bind(&*environment.key)
    .execute(tx)
    .await?;
    if done.rows_affected() == 0 { Err(Error::NotFound("environment")) } else { Ok(()) }
}

pub(super) async fn exists(tx: &mut SqliteConnection, project: &str) -> Result<(), Error> {
    let found = sqlx::query("SELECT 1 FROM projects WHERE key = ?").bind(project).fetch_optional(tx).await?;
    found.map(|_| ()).ok_or(Error::NotFound("project"))
}

impl SqliteStore {
    pub(super) async fn all_projects(&self) -> Result<Vec<Project>, Error> {
        let mut tx = self.readers.begin().await?;
        let mut projects = Vec::new();
        for row in sqlx::query("SELECT * FROM projects ORDER BY key").fetch_all(&mut *tx).await? {
            let key: &str = row.try_get("key")?;
            projects.push(Project {
                key: key.into(),
                name: row.try_get("name")?,
                created_at: values::time(&row, "created_at")?,
                environments: environments(&mut tx, key).await?,
            });
        }
        Ok(projects)
    }
}

pub(super) async fn environments(
    tx: &mut SqliteConnection,
    project: &str,
) -> Result<Vec<Environment>, Error> {
    let rows = sqlx::query("SELECT * FROM environments WHERE project = ? ORDER BY position")
        .bind(project)
        .fetch_all(tx)
        .await?;
    rows.iter()
        .map(|row| {
            let key: &str = row.try_get("key")?;
            Ok(Environment {
                key: key.into(),
                name: row.try_get("name")?,
                production: row.try_get("production")?,
                required_approvals: row.try_get("required_approvals")?,
                approvals_from: values::from_json(row, "approvals_from")?,
                owners_approve: row.try_get("owners_approve")?,
                freezes: values::from_json(row, "freezes")?,
            })
        })
        .collect()
}
