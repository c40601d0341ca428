//! The conversation on a change.

use switchyard_model::access::Action;
use switchyard_model::{Comment, Problem};

use super::views::{CommentView, Person};
use crate::changes::told;
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
        let edits = check.edits.len().max(change.edits.len());
        if let Some(edit) = edit.filter(|edit| *edit as usize >= edits) {
            let problem = Problem::new("edit", "is no edit of the change").value(edit);
            problems.push(problem.hint(format!("it has {edits}, counted from 0")));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let (who, text) = (principal.id.clone(), text.to_owned());
        let mut comment = Comment { id: 0, who, at: self.now(), text, edit };
        comment.id = self.inner.store.insert_comment(project, number, &comment).await?;
        handle.tell(told(&change));
        Ok(self.comment_view(comment))
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
        self.seen(principal, project)?;
        self.stored_change(project, number).await?;
        let comments = self.inner.store.comments(project, number).await?;
        Ok(comments.into_iter().map(|comment| self.comment_view(comment)).collect())
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
