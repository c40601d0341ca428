//! Teams: people who answer for things together.

use std::collections::BTreeSet;

use serde_json::json;
use switchyard_model::Problem;
use switchyard_model::access::Action;
use switchyard_model::ids::{Key, check_key};
use switchyard_store::{self as store, Act};

use super::Known;
use super::members::{check_name, view as member_view};
use crate::{Control, Error, Member, Person, Principal, Result, Team};

/// What a team is to be.
#[derive(Debug, Clone)]
pub struct TeamDraft {
    /// What people call it; its key where empty.
    pub name: String,
    /// All its members' ids.
    pub members: BTreeSet<String>,
    /// Only if it is at this version; 0 where there must be none yet. Whatever there is where absent.
    pub expected_version: Option<u64>,
}

/// Ids of members and tokens begin so, and an owner is a member's id or a team's key.
const TAKEN: [&str; 2] = ["member-", "token-"];

impl Control {
    /// All teams, by name.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub fn teams(&self, principal: &Principal) -> Result<Vec<Team>> {
        self.authorize(principal, Action::View, None)?;
        let mut teams: Vec<Team> =
            self.inner.directory.with(|known| known.teams.values().map(|team| view(known, team)).collect());
        teams.sort_by(|a, b| (&a.name, &a.key).cmp(&(&b.name, &b.key)));
        Ok(teams)
    }

    /// Makes a team be this, whether it was there or not.
    ///
    /// # Errors
    /// [`Error::Invalid`], also for members who are not there; [`Error::StaleVersion`], also where somebody else was
    /// faster at this very moment; [`Error::Denied`].
    pub async fn put_team(&self, principal: &Principal, key: &str, draft: TeamDraft) -> Result<Team> {
        self.authorize(principal, Action::Administer, None)?;
        let name = if draft.name.trim().is_empty() { key.to_owned() } else { draft.name };
        let mut problems: Vec<Problem> = check_team_key(key).into_iter().collect();
        if let Err(Error::Invalid(wrong)) = check_name(&name) {
            problems.extend(wrong);
        }
        let unknown = |id: &&String| self.member_there(id).is_err();
        problems.extend(draft.members.iter().filter(unknown).map(|id| {
            Problem::new("members", "is no member")
                .value(id.as_str())
                .hint("`switchyard member list` names them")
        }));
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let before = self.inner.directory.with(|known| known.teams.get(key).cloned());
        let version = before.as_ref().map_or(0, |team| team.version);
        if draft.expected_version.is_some_and(|expected| expected != version) {
            return Err(Error::StaleVersion { version });
        }
        let created_at = before.as_ref().map_or_else(|| self.now(), |team| team.created_at);
        let version = version + 1;
        let team = store::Team { key: key.into(), name, members: draft.members, version, created_at };
        let had = before.map(|team| team.members).unwrap_or_default();
        let detail = json!({
            "name": team.name,
            "joined": team.members.difference(&had).collect::<Vec<_>>(),
            "left": had.difference(&team.members).collect::<Vec<_>>(),
        });
        self.administer(principal, Act::PutTeam(team.clone()), "team.put", key, detail).await?;
        Ok(self.inner.directory.with(|known| view(known, &team)))
    }

    /// Takes a team away. What it owns is nobody's then.
    ///
    /// # Errors
    /// [`Error::Invalid`] while an environment asks for its approval, or a token is its own; [`Error::NotFound`], [`Error::Denied`].
    pub async fn remove_team(&self, principal: &Principal, key: &str) -> Result<()> {
        self.authorize(principal, Action::Administer, None)?;
        let mut problems = vec![];
        for handle in self.handles() {
            for environment in handle.environments() {
                if environment.approvals_from.iter().any(|from| &*from.team == key) {
                    let reason = format!("is asked for approval by {}/{}", handle.key, environment.key);
                    problems.push(Problem::new("", reason).hint("take it out of that environment first"));
                }
            }
        }
        let tokens: Vec<String> = self.inner.directory.with(|known| {
            let own =
                |token: &&store::Token| token.removed_at.is_none() && token.team.as_deref() == Some(key);
            known.tokens.values().filter(own).map(|token| token.name.clone()).collect()
        });
        if !tokens.is_empty() {
            let problem = Problem::new("", format!("has tokens: {}", tokens.join(", ")));
            problems.push(problem.hint("hand them to another team, or end them"));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        self.administer(principal, Act::RemoveTeam(key.into()), "team.remove", key, json!({})).await
    }

    /// Makes these be all of a member's teams.
    ///
    /// # Errors
    /// [`Error::Invalid`] for teams that are not there; [`Error::NotFound`], [`Error::Denied`].
    pub async fn set_teams(
        &self,
        principal: &Principal,
        member: &str,
        teams: BTreeSet<Key>,
    ) -> Result<Member> {
        self.authorize(principal, Action::Administer, None)?;
        self.member_there(member)?;
        let unknown: Vec<Key> = self
            .inner
            .directory
            .with(|known| teams.iter().filter(|key| !known.teams.contains_key(*key)).cloned().collect());
        let problem = |key: Key| Problem::new("teams", "is no team").value(&*key);
        if !unknown.is_empty() {
            return Err(Error::Invalid(unknown.into_iter().map(problem).collect()));
        }
        let detail = json!({ "teams": teams });
        let act = Act::SetTeams(member.to_owned(), teams);
        self.administer(principal, act, "member.teams", member, detail).await?;
        let after = self.stored_member(member)?;
        Ok(self.inner.directory.with(|known| member_view(known, &after)))
    }
}

fn view(known: &Known, team: &store::Team) -> Team {
    let name = |id: &String| known.members.get(id).map_or_else(|| id.clone(), |member| member.name.clone());
    let mut members: Vec<Person> =
        team.members.iter().map(|id| Person { id: id.clone(), name: name(id) }).collect();
    members.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Team { key: team.key.clone(), name: team.name.clone(), version: team.version, members }
}

fn check_team_key(key: &str) -> Option<Problem> {
    let wrong = check_key(key).or_else(|| {
        TAKEN.iter().find(|t| key.starts_with(**t)).map(|t| format!("must not begin with {t:?}"))
    });
    wrong.map(|reason| Problem::new("key", reason).value(key))
}
