//! Who answers for what: everything new gets an owner, and what lost its own is handed over.

use std::collections::BTreeMap;

use serde::Serialize;
use switchyard_model::{Edit, Kind, Op, Problem, ResourceId, State};
use switchyard_policy::Deed;

use crate::access::Known;
use crate::{ChangeView, Control, Error, Principal, Proposal, Result};

/// Somebody who owns something, or nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// A member's id, a team's key, or any other name; absent for what nobody owns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What people call them.
    pub name: String,
    /// Why they can't answer for anything; absent for who can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How many resources are theirs.
    pub count: usize,
    /// Which; only of those who can't answer for them.
    pub resources: Vec<Owned>,
}

/// A resource that somebody owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owned {
    /// Which.
    pub target: ResourceId,
    /// What people call it.
    pub title: String,
}

/// What is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Estate {
    /// All that has nobody who can answer for it.
    Orphans,
    /// All that is this owner's.
    Of(String),
    /// These.
    These(Vec<ResourceId>),
}

impl Control {
    /// Who owns how much of a project, and what has nobody who can answer for it: those first.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn owners(&self, principal: &Principal, project: &str) -> Result<Vec<Owner>> {
        let handle = self.seen(principal, project)?;
        let state = self.sight(principal, &handle).of_state(handle.state());
        let mut owners: Vec<Owner> = self.inner.directory.with(|known| {
            let view = |(owner, resources): (Option<String>, Vec<Owned>)| {
                let (name, why) = known.answers(owner.as_deref());
                let count = resources.len();
                let resources = if why.is_some() { resources } else { vec![] };
                Owner { owner, name, why, count, resources }
            };
            owned(&state).into_iter().map(view).collect()
        });
        owners.sort_by(|a, b| (a.why.is_none(), &a.name).cmp(&(b.why.is_none(), &b.name)));
        Ok(owners)
    }

    /// Drafts the one change that gives what somebody owned to somebody else. It goes the way of all changes.
    ///
    /// # Errors
    /// [`Error::Invalid`] where `to` can't answer for anything, or what is not there is to be handed over;
    /// [`Error::Unchanged`] where there is nothing to hand over; [`Error::NotFound`], [`Error::Denied`].
    pub async fn hand_over(
        &self,
        principal: &Principal,
        project: &str,
        estate: Estate,
        to: &str,
        reason: String,
    ) -> Result<ChangeView> {
        let handle = self.seen(principal, project)?;
        let state = self.sight(principal, &handle).of_state(handle.state());
        let (from, targets) = self.inherited(&state, estate);
        let set = |target: &ResourceId| Edit { target: target.clone(), op: Op::owner(to) };
        let asked = self.asked_now(&handle, &targets.iter().map(set).collect::<Vec<_>>());
        self.authorize_each(principal, project, Deed::Propose, &asked)?;
        let (name, why) = self.inner.directory.with(|known| known.answers(Some(to)));
        let mut problems = vec![];
        if let Some(why) = why {
            let problem = Problem::new("to", format!("can't own anything: {why}")).value(to);
            problems.push(problem.hint("a member's id, or a team's key"));
        }
        for (at, id) in targets.iter().enumerate() {
            let path = format!("targets[{at}]");
            if state.get(id).is_none() {
                problems.push(Problem::new(path, "is not there").value(id.to_string()));
            } else if id.kind == Kind::Targeting {
                let problem = Problem::new(path, "has no owner of its own").value(id.to_string());
                problems.push(problem.hint("its flag has"));
            }
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let edits: Vec<Edit> = targets.iter().filter(|id| state.owner(id) != Some(to)).map(set).collect();
        if edits.is_empty() {
            return Err(Error::Unchanged { head: state.revision });
        }
        let title = match from {
            Some(from) => format!("Hand over what {from} owned to {name}"),
            None => format!("Hand over to {name}"),
        };
        let proposal = Proposal { title, reason, edits, ..Proposal::default() };
        self.create_change(principal, project, proposal).await
    }

    /// Whose it was, in words, and what.
    fn inherited(&self, state: &State, estate: Estate) -> (Option<String>, Vec<ResourceId>) {
        let targets = |resources: Vec<Owned>| resources.into_iter().map(|owned| owned.target);
        match estate {
            Estate::These(these) => (None, these),
            Estate::Of(owner) => {
                let all = owned(state).remove(&Some(owner.clone())).unwrap_or_default();
                (Some(self.name_of(&owner)), targets(all).collect())
            }
            Estate::Orphans => {
                let orphans = self.inner.directory.with(|known| {
                    let lost = |(owner, _): &(Option<String>, _)| known.answers(owner.as_deref()).1.is_some();
                    owned(state).into_iter().filter(lost).flat_map(|(_, all)| targets(all)).collect()
                });
                (Some("nobody".to_owned()), orphans)
            }
        }
    }

    /// The edits, with an owner for everything that they make and that says none: its author's team where they
    /// are in one, else its author. What is there keeps the owner it has where a `put` says none.
    pub(crate) fn owned(&self, state: &State, author: &str, mut edits: Vec<Edit>) -> Vec<Edit> {
        let mut said: BTreeMap<ResourceId, Option<String>> = BTreeMap::new();
        for edit in &mut edits {
            let Op::Put { resource } = &mut edit.op else { continue };
            let Some(owner) = resource.owner_mut() else { continue };
            if owner.is_none() {
                *owner = match (said.get(&edit.target), state.get(&edit.target)) {
                    (Some(before), _) => before.clone(),
                    (None, Some(there)) => there.resource.owner().map(str::to_owned),
                    (None, None) => self.first_owner(author),
                };
            }
            said.insert(edit.target.clone(), owner.clone());
        }
        edits
    }

    /// Who owns what somebody makes; nobody where no member did.
    fn first_owner(&self, author: &str) -> Option<String> {
        let person = self.person(author);
        self.inner.directory.with(|known| {
            known.members.get(&person)?;
            match known.teams_of(&person) {
                [only] => Some(only.to_string()),
                _ => Some(person.clone()),
            }
        })
    }
}

impl Known {
    /// What people call an owner, and why they can't answer for anything: `None` for who can.
    fn answers(&self, owner: Option<&str>) -> (String, Option<String>) {
        let Some(owner) = owner else {
            return ("Nobody".to_owned(), Some("nobody owns it".to_owned()));
        };
        if let Some(member) = self.members.get(owner) {
            let why = (!member.active).then(|| format!("{} is not let in any more", member.name));
            return (member.name.clone(), why);
        }
        if let Some(team) = self.teams.get(owner) {
            let here = |id| self.members.get(id).is_some_and(|member| member.active);
            let why = (!team.members.iter().any(here)).then(|| format!("nobody is in {}", team.name));
            return (team.name.clone(), why);
        }
        (owner.to_owned(), Some(format!("no member and no team is called {owner:?}")))
    }
}

/// What is owned, by owner. A targeting's owner is its flag's.
fn owned(state: &State) -> BTreeMap<Option<String>, Vec<Owned>> {
    let mut all: BTreeMap<Option<String>, Vec<Owned>> = BTreeMap::new();
    for (id, found) in state.iter().filter(|(id, _)| id.kind != Kind::Targeting) {
        let owned = Owned { target: id.clone(), title: found.resource.title().to_owned() };
        all.entry(found.resource.owner().map(str::to_owned)).or_default().push(owned);
    }
    all
}
