//! The conversation on a change.

use switchyard_model::access::Action;
use switchyard_model::{Change, Comment, Problem, ResourceId};

use super::views::{CommentView, Person};
use crate::changes::told;
use crate::policies::sight::HIDDEN;
use crate::project::Handle;
use crate::{Control, Error, Principal, Result};

/// The most bytes of a comment, a note or a reason to break glass.
pub(crate) const TEXT_MAX: usize = 10_000;

impl Control {
    /// Says something about a change, or about one of its edits by its position in the check. `@` and a member's
    /// id or a team's key mentions them.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn comment(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        text: &str,
        edit: Option<u32>,
    ) -> Result<CommentView> {
        let handle = self.seen(principal, project)?;
        self.authorize(principal, Action::Approve, Some(project))?;
        let change = self.stored_change(project, number).await?;
        let (check, _) = self.considered(&handle, principal, &change).await?;
        let mut problems = vec![];
        let hint = format!("1 to {TEXT_MAX} bytes");
        match text.trim().len() {
            0 => problems.push(Problem::new("text", "is empty").hint(hint)),
            1..=TEXT_MAX => {}
            _ => problems.push(Problem::new("text", "is too long").hint(hint)),
        }
        let seen = self.positions(&handle, principal, &change).await?;
        let edits = match &seen {
            Some(seen) => seen.len(),
            None => check.edits.len().max(change.edits.len()),
        };
        if let Some(edit) = edit.filter(|edit| *edit as usize >= edits) {
            let problem = Problem::new("edit", "is no edit of the change").value(edit);
            problems.push(problem.hint(format!("it has {edits}, counted from 0")));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let edit = match (&seen, edit) {
            (Some(seen), Some(edit)) => seen.get(edit as usize).copied(),
            (_, edit) => edit,
        };
        let (who, text) = (principal.id.clone(), text.to_owned());
        let mut comment = Comment { id: 0, who, at: self.now(), text, edit };
        comment.id = self.inner.store.insert_comment(project, number, &comment).await?;
        handle.tell(told(&change));
        Ok(self
            .comment_view(self.shown_comment(&handle, principal, &change, seen.as_deref(), comment).await?))
    }

    /// What was said about a change, oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn comments(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
    ) -> Result<Vec<CommentView>> {
        let handle = self.seen(principal, project)?;
        let change = self.stored_change(project, number).await?;
        let seen = self.positions(&handle, principal, &change).await?;
        let mut views = vec![];
        for comment in self.inner.store.comments(project, number).await? {
            let shown = self.shown_comment(&handle, principal, &change, seen.as_deref(), comment).await?;
            views.push(self.comment_view(shown));
        }
        Ok(views)
    }

    /// Where those of a change's edits that somebody sees stand among all of them; `None` for who sees all of the
    /// project.
    pub(crate) async fn positions(
        &self,
        handle: &Handle,
        principal: &Principal,
        change: &Change,
    ) -> Result<Option<Vec<u32>>> {
        let sight = self.sight(principal, handle);
        if sight.is_whole() {
            return Ok(None);
        }
        let (check, _) = self.considered(handle, &Principal::switchyard(), change).await?;
        let targets: Vec<&ResourceId> = match check.edits.len() < change.edits.len() {
            true => change.edits.iter().map(|edit| &edit.target).collect(),
            false => check.edits.iter().map(|edit| &edit.target).collect(),
        };
        let seen = (0_u32..).zip(targets).filter(|(_, id)| sight.resource(id)).map(|(at, _)| at);
        Ok(Some(seen.collect()))
    }

    /// A comment as somebody may read it: what was said of an edit they see, or of a change of which they see all; and
    /// what they said themselves.
    pub(crate) async fn shown_comment(
        &self,
        handle: &Handle,
        principal: &Principal,
        change: &Change,
        seen: Option<&[u32]>,
        mut comment: Comment,
    ) -> Result<Comment> {
        let Some(seen) = seen else { return Ok(comment) };
        let sight = self.sight(principal, handle);
        let hides = match comment.edit {
            Some(edit) => {
                let at = seen.iter().position(|seen| *seen == edit);
                comment.edit = at.and_then(|at| u32::try_from(at).ok());
                at.is_none()
            }
            None => self.change_hides(&sight, &handle.key, change).await?,
        };
        if hides && !sight.is_reader(&self.person(&comment.who)) {
            comment.text = HIDDEN.to_owned();
        }
        Ok(comment)
    }

    fn comment_view(&self, comment: Comment) -> CommentView {
        CommentView {
            id: comment.id,
            who_name: self.name_of(&comment.who),
            who: comment.who,
            at: comment.at,
            edit: comment.edit,
            mentions: self.mentions(&comment.text),
            text: comment.text,
        }
    }

    /// The members and teams whose id or key follows an `@` in a text, each once.
    pub(crate) fn mentions(&self, text: &str) -> Vec<Person> {
        const INSIDE: [char; 3] = ['-', '.', '_'];
        let mut mentioned: Vec<Person> = vec![];
        for after in text.split('@').skip(1) {
            let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || INSIDE.contains(&c)));
            let mut word = after[..end.unwrap_or(after.len())].trim_end_matches(INSIDE);
            let known = |id: &str| {
                self.inner.directory.with(|k| k.members.contains_key(id) || k.teams.contains_key(id))
            };
            // "@payments.Please look" means the team: what is inside of a key also ends sentences.
            while !known(word)
                && let Some(at) = word.rfind(['.', '_'])
            {
                word = word[..at].trim_end_matches(INSIDE);
            }
            if known(word) && mentioned.iter().all(|person| person.id != word) {
                mentioned.push(self.as_person(word));
            }
        }
        mentioned
    }
}
