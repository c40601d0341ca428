//! Who is who in a review.

use std::collections::BTreeSet;

use switchyard_model::access::{Action, Role};
use switchyard_model::{Change, Kind};

use crate::apply::editing;
use crate::{Control, Principal};

impl Control {
    /// The person behind an id: a token acts for the member who made it, so that nobody is two.
    pub(crate) fn person(&self, id: &str) -> String {
        self.inner.directory.with(|known| {
            let mut id = id;
            // A token may have been made with a token; the first of them was made by somebody.
            while let Some(token) = known.tokens.get(id) {
                let maker = &*token.created_by;
                if !known.members.contains_key(maker) && !known.tokens.contains_key(maker) {
                    break;
                }
                id = maker;
            }
            id.to_owned()
        })
    }

    /// Everybody who wrote a change, as persons; who asks, where there is no change yet.
    pub(super) fn hands(&self, change: Option<&Change>, principal: &Principal) -> BTreeSet<String> {
        match change {
            Some(change) => change.editors.iter().chain([&change.author]).map(|id| self.person(id)).collect(),
            None => BTreeSet::from([self.person(&principal.id)]),
        }
    }

    /// True where somebody, as they are now, may give a verdict on edits of these kinds.
    pub(super) fn may_review(&self, id: &str, project: &str, kinds: &BTreeSet<Kind>) -> bool {
        self.role_of(id, project).is_some_and(|role| reviews(role, kinds))
    }

    /// The role that somebody has in a project now; `None` for who is let in no more, or never was.
    fn role_of(&self, id: &str, project: &str) -> Option<Role> {
        self.inner.directory.with(|known| match (known.members.get(id), known.tokens.get(id)) {
            (Some(member), _) => member.active.then_some(member.role),
            (None, Some(token)) => {
                let opens = token.project.as_ref().is_none_or(|only| **only == *project);
                (opens && self.is_live(token)).then_some(token.role)
            }
            (None, None) => None,
        })
    }

    /// Whose approval is an owner's, as persons: a member's own, or that of any member of a team, where they
    /// may give it. Nobody's for any other name, which then asks for nothing.
    pub(super) fn responsible(&self, owner: &str, project: &str, kinds: &BTreeSet<Kind>) -> BTreeSet<String> {
        let asked = self.inner.directory.with(|known| match known.teams.get(owner) {
            Some(team) => team.members.clone(),
            None => known.members.get_key_value(owner).map(|(id, _)| id.clone()).into_iter().collect(),
        });
        asked.into_iter().filter(|person| self.may_review(person, project, kinds)).collect()
    }

    /// The names of the members who could give a verdict, without these persons.
    pub(super) fn reviewers(&self, kinds: &BTreeSet<Kind>, without: &BTreeSet<String>) -> Vec<String> {
        self.names(|id, role| reviews(role, kinds) && !without.contains(id))
    }

    /// The names of the active members of whom this is true, in order.
    pub(super) fn names(&self, wanted: impl Fn(&str, Role) -> bool) -> Vec<String> {
        let mut names: Vec<String> = self.inner.directory.with(|known| {
            let active = known.members.values().filter(|m| m.active && wanted(&m.id, m.role));
            active.map(|m| m.name.clone()).collect()
        });
        names.sort();
        names
    }
}

fn reviews(role: Role, kinds: &BTreeSet<Kind>) -> bool {
    role.may(Action::Approve) && kinds.iter().all(|kind| role.may(editing(*kind)))
}
