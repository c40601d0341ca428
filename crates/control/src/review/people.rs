//! Who is who in a review.

use std::collections::BTreeSet;

use switchyard_model::Change;
use switchyard_model::access::Action;
use switchyard_policy::Deed;

use crate::policies::asked::Asked;
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

    /// True where somebody, as they are now, may give a verdict on these edits.
    pub(super) fn may_review(&self, id: &str, project: &str, asked: &[Asked]) -> bool {
        self.as_they_are(id, project).is_some_and(|who| self.reviews(&who, project, asked))
    }

    fn reviews(&self, who: &Principal, project: &str, asked: &[Asked]) -> bool {
        self.authorize(who, Action::Approve, Some(project)).is_ok()
            && self.authorize_each(who, project, Deed::Approve, asked).is_ok()
    }

    /// Whose approval is an owner's, as persons: a member's own, or that of any member of a team, where they
    /// may give it. Nobody's for any other name, which then asks for nothing.
    pub(super) fn responsible(&self, owner: &str, project: &str, asked: &[Asked]) -> BTreeSet<String> {
        let persons = self.inner.directory.with(|known| match known.teams.get(owner) {
            Some(team) => team.members.clone(),
            None => known.members.get_key_value(owner).map(|(id, _)| id.clone()).into_iter().collect(),
        });
        persons.into_iter().filter(|person| self.may_review(person, project, asked)).collect()
    }

    /// The names of the members who could give a verdict, without these persons.
    pub(super) fn reviewers(
        &self,
        project: &str,
        asked: &[Asked],
        without: &BTreeSet<String>,
    ) -> Vec<String> {
        self.names(project, |who| !without.contains(&who.id) && self.reviews(who, project, asked))
    }

    /// The names of the active members of whom this is true, in order.
    pub(super) fn names(&self, project: &str, wanted: impl Fn(&Principal) -> bool) -> Vec<String> {
        let all: Vec<String> = self.inner.directory.with(|known| known.members.keys().cloned().collect());
        let active = all.iter().filter_map(|id| self.as_they_are(id, project));
        let mut names: Vec<String> = active.filter(wanted).map(|who| who.name).collect();
        names.sort();
        names
    }
}
