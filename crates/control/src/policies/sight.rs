//! What somebody does not see: environments that the policies hide from them, with all that is in them.
//!
//! A [`Sight`] is made once for who reads, and everything that is answered passes through it ([`super::shown`]). What is
//! about a resource is judged by that resource; words that the product made, and kept, by whether they name what is
//! hidden. What people wrote about something hidden goes with it.

use std::sync::Arc;

use switchyard_model::access::Action;
use switchyard_model::ids::Key;
use switchyard_model::{Change, Origin, ResourceId};
use switchyard_policy::{Deed, On};
use switchyard_store as store;

use crate::access::{members, tokens};
use crate::project::Handle;
use crate::{Control, Error, How, Principal, Result};

/// In the place of words about what somebody may not see.
pub(crate) const HIDDEN: &str = "Something in an environment that you may not see";

/// The end of "there is no …", where somebody would do what touches something that they may not see.
const NO_WAY: &str = "way for you to do this: some of it is in an environment that you may not see";

/// What of a project somebody sees.
#[derive(Clone)]
pub(crate) struct Sight {
    hidden: Vec<Hidden>,
    /// Who looks, as a person: what they wrote themselves they may read.
    reader: String,
}

#[derive(Clone, PartialEq)]
struct Hidden {
    key: Key,
    /// Its key and its name as words are looked for.
    names: Vec<String>,
}

impl Control {
    pub(crate) fn sight(&self, principal: &Principal, handle: &Handle) -> Sight {
        let own = self.inner.directory.with(|known| known.policies.contains_key(&handle.key));
        let hidden = match own {
            true => {
                let all = handle.environments().into_iter();
                all.filter(|e| !self.sees(principal, handle, &e.key, e.production))
                    .map(|e| Hidden { names: vec![e.key.to_lowercase(), e.name.to_lowercase()], key: e.key })
                    .collect()
            }
            // The presets hide nothing.
            false => vec![],
        };
        Sight { hidden, reader: self.person(&principal.id) }
    }

    /// What of a project somebody sees who may be let in no more, by id; `None` where that is nothing. Of whom nobody
    /// knows anything any more is seen what a viewer sees who is in no team.
    pub(crate) fn sight_of(&self, id: &str, handle: &Handle) -> Option<Sight> {
        let found = self.inner.directory.with(|known| {
            let member = known.members.get(id).map(members::whoever);
            member.or_else(|| known.tokens.get(id).map(|token| tokens::principal(token, How::Token)))
        });
        let inside = Principal::switchyard();
        let nobody = || Principal {
            id: id.to_owned(),
            role: switchyard_model::access::Role::Viewer,
            how: How::Token,
            ..inside.clone()
        };
        let who = if *id == inside.id { inside.clone() } else { found.unwrap_or_else(nobody) };
        self.sees_project(&who, &handle.key).then(|| self.sight(&who, handle))
    }

    pub(crate) fn sees_project(&self, principal: &Principal, project: &str) -> bool {
        let here = principal.project.as_ref().is_none_or(|only| **only == *project);
        here && self.may_do(principal, Some(project), Deed::View, On::Project(project))
    }

    /// Refuses who does not see all that the server has: for what tells of all of it at once.
    ///
    /// # Errors
    /// [`Error::Unseen`].
    pub fn authorize_all(&self, principal: &Principal) -> Result<()> {
        let whole = |handle: &Arc<Handle>| {
            self.sees_project(principal, &handle.key) && self.sight(principal, handle).is_whole()
        };
        match self.handles().iter().all(whole) {
            true => Ok(()),
            false => {
                let why =
                    "this tells of all projects and environments, and there are some that you may not see";
                Err(Error::Unseen(why.to_owned()))
            }
        }
    }

    /// The project of an environment, where the principal may see both.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub(crate) fn seen_in(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
    ) -> Result<Arc<Handle>> {
        let handle = self.seen(principal, project)?;
        self.authorize_in(principal, Action::View, &handle, environment)?;
        Ok(handle)
    }

    /// True where what people wrote of a change tells of something hidden.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn change_hides(&self, sight: &Sight, project: &str, change: &Change) -> Result<bool> {
        let shown = sight.shown(change.edits.iter().map(|edit| &edit.target));
        Ok(!shown || self.origin_hides(sight, project, change.origin.as_ref()).await?)
    }

    /// A change's title, as far as it may be seen.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn shown_title(&self, sight: &Sight, project: &str, change: &Change) -> Result<String> {
        let hides = self.change_hides(sight, project, change).await?;
        Ok(if hides { HIDDEN.to_owned() } else { change.title.clone() })
    }

    /// As [`Control::change_hides`], of a change that may not be there.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn numbered_hides(&self, sight: &Sight, project: &str, number: u64) -> Result<bool> {
        match self.inner.store.change(project, number).await? {
            Some(change) if !sight.is_whole() => self.change_hides(sight, project, &change).await,
            _ => Ok(false),
        }
    }

    /// True where what people wrote of a revision tells of something hidden.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn revision_hides(&self, sight: &Sight, project: &str, number: u64) -> Result<bool> {
        let origin = Origin::Revert { of: number };
        self.origin_hides(sight, project, Some(&origin)).await
    }

    /// A revert is called as what it takes back, also where nothing hidden is left to be taken back.
    pub(crate) async fn origin_hides(
        &self,
        sight: &Sight,
        project: &str,
        origin: Option<&Origin>,
    ) -> Result<bool> {
        let mut next = origin.cloned();
        while let Some(Origin::Revert { of }) = next.take().filter(|_| !sight.is_whole()) {
            let Some(revision) = self.inner.store.revision(project, of).await? else { break };
            if !sight.shown(revision.edits.iter().map(|edit| &edit.target)) {
                return Ok(true);
            }
            next = Some(revision.origin);
        }
        Ok(false)
    }
}

impl Sight {
    /// True where nothing is hidden.
    pub(crate) fn is_whole(&self) -> bool {
        self.hidden.is_empty()
    }

    /// True where both see the same.
    pub(crate) fn is_same(&self, other: &Sight) -> bool {
        self.hidden == other.hidden
    }

    /// True for who looks.
    pub(crate) fn is_reader(&self, person: &str) -> bool {
        self.reader == person
    }

    pub(crate) fn environment(&self, key: &str) -> bool {
        !self.hidden.iter().any(|hidden| *hidden.key == *key)
    }

    pub(crate) fn resource(&self, id: &ResourceId) -> bool {
        id.scope.environment().is_none_or(|key| self.environment(key))
    }

    /// True where all of them may be seen.
    pub(crate) fn shown<'a>(&self, mut ids: impl Iterator<Item = &'a ResourceId>) -> bool {
        ids.all(|id| self.resource(id))
    }

    /// # Errors
    /// [`Error::NotFound`] where one is hidden, without saying which.
    pub(crate) fn all<'a>(&self, ids: impl Iterator<Item = &'a ResourceId>) -> Result<()> {
        if self.shown(ids) { Ok(()) } else { Err(Error::NotFound(NO_WAY.to_owned())) }
    }

    /// True where a text has the key or the name of something hidden as a word.
    pub(crate) fn is_named(&self, text: &str) -> bool {
        if self.is_whole() {
            return false;
        }
        let text = text.to_lowercase();
        let of_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        self.hidden.iter().flat_map(|hidden| &hidden.names).any(|name| {
            text.match_indices(name.as_str()).any(|(at, found)| {
                !text[..at].ends_with(of_word) && !text[at + found.len()..].starts_with(of_word)
            })
        })
    }

    /// Words that the product made, or what stands for them.
    pub(crate) fn words(&self, text: String) -> String {
        if self.is_named(&text) { HIDDEN.to_owned() } else { text }
    }

    /// True for a policy that speaks of something hidden.
    pub(crate) fn is_in(&self, policy: &store::Policy) -> bool {
        self.is_named(&policy.text) || self.is_named(&policy.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_named_by_whole_words() {
        let names = ["lab", "the laboratory"].map(str::to_owned).to_vec();
        let hidden = vec![Hidden { key: "lab".into(), names }];
        let sight = Sight { hidden, reader: String::new() };
        for named in ["lab", "lab/targeting/x", "The Laboratory is frozen", "of “Lab”", "a lab."] {
            assert!(sight.is_named(named), "{named}");
            assert_eq!(sight.words(named.to_owned()), HIDDEN);
        }
        for other in ["label", "collab", "lab-2", "a_lab", "laboratory", ""] {
            assert!(!sight.is_named(other), "{other}");
        }
    }
}
