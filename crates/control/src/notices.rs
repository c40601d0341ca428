//! What somebody should know of: that they are mentioned, and that something they wrote was stopped.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use switchyard_model::{Change, ChangeState, Comment};
use switchyard_store::ChangeQuery;

use crate::policies::sight::Sight;
use crate::project::Handle;
use crate::{Control, Principal, Result};

/// The most that are told of at a time.
const MOST: u32 = 50;

/// How a notice came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NoticeKind {
    /// Somebody mentioned them.
    Mention,
    /// What their change comes after was given up.
    Stopped,
}

/// Something that a person should know of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// How it came about.
    pub kind: NoticeKind,
    /// The change.
    pub change: u64,
    /// Its title.
    pub title: String,
    /// The name of who brought it about; absent where nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who_name: Option<String>,
    /// Since when.
    pub at: Timestamp,
    /// The edit that it is about, by its position in the check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit: Option<u32>,
    /// What was said, with names for those who are mentioned, or what happened.
    pub text: String,
}

impl Control {
    /// What the principal should know of: where they are mentioned and have not answered, and which open changes
    /// of theirs were stopped. Newest first.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`], [`crate::Error::Denied`].
    pub async fn notices(&self, principal: &Principal, project: &str) -> Result<Vec<Notice>> {
        let handle = self.seen(principal, project)?;
        let (sight, person) = (self.sight(principal, &handle), self.person(&principal.id));
        let mut notices = self.mentioned(&handle, principal, &person).await?;
        notices.extend(self.stopped(project, &person, &sight).await?);
        notices.sort_by_key(|notice| std::cmp::Reverse((notice.at, notice.change)));
        notices.truncate(MOST as usize);
        Ok(notices)
    }

    async fn mentioned(&self, handle: &Handle, principal: &Principal, person: &str) -> Result<Vec<Notice>> {
        let project = &*handle.key;
        let sight = self.sight(principal, handle);
        let (mut notices, mut known) = (vec![], BTreeMap::new());
        for (number, comment) in self.unanswered(project, person).await? {
            let (change, title, seen) = match known.entry(number) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let change = self.stored_change(project, number).await?;
                    let title = self.shown_title(&sight, project, &change).await?;
                    let seen = self.positions(handle, principal, &change).await?;
                    new.insert((change, title, seen))
                }
            };
            let title = title.clone();
            let comment = self.shown_comment(handle, principal, change, seen.as_deref(), comment).await?;
            let named = self.mentions(&comment.text).iter().fold(comment.text, |text, who| {
                text.replace(&format!("@{}", who.id), &format!("@{}", who.name))
            });
            notices.push(Notice {
                kind: NoticeKind::Mention,
                change: number,
                title,
                who_name: Some(self.name_of(&comment.who)),
                at: comment.at,
                edit: comment.edit,
                text: named,
            });
        }
        Ok(notices)
    }

    /// What mentions somebody, or a team of theirs, and was not answered: by them, or by anybody in the team. Each once,
    /// whatever it mentions; oldest first.
    async fn unanswered(&self, project: &str, person: &str) -> Result<Vec<(u64, Comment)>> {
        let mut asked = vec![(person.to_owned(), BTreeSet::from([person.to_owned()]))];
        self.inner.directory.with(|known| {
            let teams = known.teams_of(person).iter().filter_map(|key| known.teams.get(key));
            asked.extend(teams.map(|team| (team.key.to_string(), team.members.clone())));
        });
        let mut found = BTreeMap::new();
        for (word, by) in &asked {
            for (change, comment) in self.inner.store.unanswered(project, person, word, by, MOST).await? {
                if self.mentions(&comment.text).iter().any(|mentioned| mentioned.id == *word) {
                    found.insert((change, comment.id), comment);
                }
            }
        }
        Ok(found.into_iter().map(|((change, _), comment)| (change, comment)).collect())
    }

    /// A person's open changes that come after one that was given up.
    async fn stopped(&self, project: &str, person: &str, sight: &Sight) -> Result<Vec<Notice>> {
        let mut notices = vec![];
        for state in [ChangeState::Draft, ChangeState::InReview] {
            let query = ChangeQuery {
                state: Some(state),
                author: Some(person.to_owned()),
                limit: MOST,
                ..ChangeQuery::default()
            };
            for change in self.inner.store.changes(project, &query).await?.items {
                if let Some(first) = self.given_up(project, &change).await? {
                    notices.push(Notice {
                        kind: NoticeKind::Stopped,
                        change: change.number,
                        title: self.shown_title(sight, project, &change).await?,
                        who_name: None,
                        at: first.updated_at,
                        edit: None,
                        text: format!("C-{}, which it comes after, was given up.", first.number),
                    });
                }
            }
        }
        Ok(notices)
    }

    async fn given_up(&self, project: &str, change: &Change) -> Result<Option<Change>> {
        for number in &change.after {
            let first = self.stored_change(project, *number).await?;
            if first.state == ChangeState::Rejected {
                return Ok(Some(first));
            }
        }
        Ok(None)
    }
}
