//! The log for admins who may not see all that it tells of.

use serde_json::Value;
use switchyard_model::ids::Key;
use switchyard_store::{AuditQuery, Page};

use super::AuditView;
use crate::policies::sight::{HIDDEN, Sight};
use crate::{Control, Principal, Result};

/// How many lines are read at a time where all are looked through.
const PART: u32 = 500;

impl Control {
    /// The projects of which somebody does not see all, and what they see of them: `None` where that is nothing.
    pub(super) fn unseen(&self, principal: &Principal) -> Vec<(Key, Option<Sight>)> {
        let all = self.handles().into_iter().map(|handle| {
            let seen = self.sees_project(principal, &handle.key);
            (handle.key.clone(), seen.then(|| self.sight(principal, &handle)))
        });
        all.filter(|(_, sight)| sight.as_ref().is_none_or(|sight| !sight.is_whole())).collect()
    }

    /// Lines that are looked for, without those that tell of something that is not seen: nobody finds out by what is
    /// found what is in them.
    pub(super) async fn found(
        &self,
        unseen: &[(Key, Option<Sight>)],
        query: &AuditQuery,
    ) -> Result<Page<AuditView>> {
        let mut part = AuditQuery { before: None, limit: PART, ..query.clone() };
        let (mut items, mut total) = (vec![], 0);
        loop {
            let rows = self.inner.store.audit(&part).await?.items;
            part.before = rows.last().map(|last| last.seq);
            let more = rows.len() == PART as usize;
            for row in rows {
                let line = self.audit_view(row);
                if self.line_hides(unseen, &line).await? {
                    continue;
                }
                total += 1;
                if query.before.is_none_or(|before| line.seq < before) && items.len() < query.limit as usize {
                    items.push(line);
                }
            }
            if !more {
                return Ok(Page { items, total });
            }
        }
    }

    /// True where a line tells of something that is not seen.
    pub(super) async fn line_hides(&self, unseen: &[(Key, Option<Sight>)], line: &AuditView) -> Result<bool> {
        for (project, sight) in unseen {
            let AuditView { target, sentence, detail, .. } = line;
            let rest = target.strip_prefix(&**project).and_then(|rest| rest.strip_prefix('/'));
            let Some(sight) = sight else {
                // Of refusals the target is what was asked for: a path of the API.
                let asked = target.split([' ', '/', '?']).any(|part| *part == **project);
                if asked || detail["project"] == **project || is_before(detail, project) {
                    return Ok(true);
                }
                continue;
            };
            if sight.is_named(target) || sight.is_named(sentence) || sight.is_named(&detail.to_string()) {
                return Ok(true);
            }
            let number = |letter: &str| rest?.strip_prefix(letter)?.parse::<u64>().ok();
            if let Some(change) = number("C-")
                && self.numbered_hides(sight, project, change).await?
            {
                return Ok(true);
            }
            if let Some(revision) = number("r")
                && self.revision_hides(sight, project, revision).await?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// True for a line about a project's settings, which names it in what was before or after.
fn is_before(detail: &Value, project: &str) -> bool {
    ["before", "after"].iter().any(|side| detail[side]["project"] == *project)
}

impl AuditView {
    /// That there is a line, and whose.
    pub(super) fn hidden(self) -> AuditView {
        let personal = self.personal.map(|_| Value::Null);
        AuditView {
            target: String::new(),
            sentence: HIDDEN.to_owned(),
            detail: Value::Null,
            personal,
            ..self
        }
    }
}
