//! The audit log, as people read it, and what goes into it that is no act: refusals, and the use of keys.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use switchyard_model::Problem;
use switchyard_model::access::Action;
use switchyard_store::{
    self as store, Act, AuditEntry, AuditQuery, AuditRow, Broken, Page, Personal, Verified,
};

use crate::{Control, Error, Principal, Result};

mod sight;
mod tally;
mod words;

use tally::Line;
pub(crate) use tally::Tally;

/// Who is meant where nobody was let in.
const STRANGER: &str = "stranger";

/// The most lines that are read at a time for an export.
pub const EXPORTED_AT_A_TIME: u32 = 1_000;

/// A line of the log, as people read it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditView {
    /// Its place, from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who: a principal's id.
    pub who: String,
    /// Their name today.
    pub who_name: String,
    /// What was done, as `member.add`.
    pub what: String,
    /// To what: an id.
    pub target: String,
    /// What was done to what, in words.
    pub sentence: String,
    /// More about it.
    pub detail: Value,
    /// Personal data beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<Value>,
    /// True where there was personal data that has been erased.
    pub erased: bool,
    /// Of this line and all before it; `None` for lines from before the log was chained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// What an act's line says beside who and what.
pub(crate) struct Noted {
    pub(crate) detail: Value,
    pub(crate) personal: Option<store::Personal>,
}

impl From<Value> for Noted {
    fn from(detail: Value) -> Self {
        Noted { detail, personal: None }
    }
}

impl Noted {
    /// With data about a member that can be erased.
    pub(crate) fn about(member: &str, data: Value, detail: Value) -> Self {
        Noted { detail, personal: Some(store::Personal { member: member.to_owned(), data }) }
    }
}

impl Control {
    /// Lines of the log, newest first.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub async fn audit(&self, principal: &Principal, query: &AuditQuery) -> Result<Page<AuditView>> {
        self.authorize(principal, Action::Administer, None)?;
        let unseen = self.unseen(principal);
        if !unseen.is_empty() && (query.target.is_some() || !query.words.is_empty()) {
            return self.found(&unseen, query).await;
        }
        let Page { items, total } = self.inner.store.audit(query).await?;
        let mut views = Vec::with_capacity(items.len());
        for row in items {
            let view = self.audit_view(row);
            views.push(if self.line_hides(&unseen, &view).await? { view.hidden() } else { view });
        }
        Ok(Page { items: views, total })
    }

    /// At most [`EXPORTED_AT_A_TIME`] lines after a place, oldest first, as they are verified.
    ///
    /// # Errors
    /// [`Error::Denied`]; [`Error::Unseen`] for who may not see all that they tell of.
    pub async fn audit_after(&self, principal: &Principal, seq: u64) -> Result<Vec<AuditRow>> {
        self.authorize(principal, Action::Administer, None)?;
        // Lines that are verified are whole.
        self.authorize_all(principal)?;
        Ok(self.inner.store.audit_after(seq, EXPORTED_AT_A_TIME).await?)
    }

    /// Reads the whole log and holds the history against it. `noted` is a hash that must be in it.
    ///
    /// # Errors
    /// [`Error::Denied`]; what is wrong with the log is an answer.
    pub async fn verify_audit(
        &self,
        principal: &Principal,
        noted: Option<&str>,
    ) -> Result<std::result::Result<Verified, Broken>> {
        self.authorize(principal, Action::Administer, None)?;
        Ok(store::verify(&*self.inner.store, noted).await?)
    }

    /// Takes away a member's name and e-mail and what the log has of them beside its lines. They are locked
    /// out; what they did stays, as done by an erased member.
    ///
    /// # Errors
    /// [`Error::Invalid`] for oneself, and where no active admin would be left; [`Error::NotFound`],
    /// [`Error::Denied`].
    pub async fn erase_member(&self, principal: &Principal, id: &str) -> Result<()> {
        self.authorize(principal, Action::Administer, None)?;
        self.member_there(id)?;
        if principal.id == id || !self.has_other_admin(id) {
            let problem = Problem::new("id", "is you, or the last admin");
            return Err(Error::Invalid(vec![problem.hint("another admin can do it")]));
        }
        self.administer(principal, Act::EraseMember(id.to_owned()), "member.erase", id, json!({})).await
    }

    /// Counts that somebody was refused; `who` is absent for who was not let in at all.
    pub fn refused(&self, who: Option<&str>, asked: &str) {
        self.inner.refusals.count(who.unwrap_or(STRANGER), asked, self.now());
    }

    /// Writes what was counted into the log: refusals, and the use of keys where `keys` says so. What was
    /// counted since is lost when the process is killed; no act is.
    pub async fn note_counts(&self, keys: bool) {
        let mut lines: Vec<_> =
            self.inner.refusals.take().into_iter().map(|line| ("refused", line)).collect();
        if keys {
            lines.extend(self.inner.key_uses.take().into_iter().map(|line| ("key.use", line)));
        }
        for (what, line) in lines {
            let who = line.who.clone();
            self.note_count(what, who, line, None).await;
        }
        for line in self.inner.sign_ins.take() {
            // Counted by address: personal data of whom it was for, and erased with them.
            let known = line.who.parse::<IpAddr>().is_ok();
            let data = json!({ "address": line.who });
            let personal = known.then(|| Personal { member: line.target.clone(), data });
            self.note_count("session.refuse", STRANGER.to_owned(), line, personal).await;
        }
    }

    async fn note_count(&self, what: &str, who: String, line: Line, personal: Option<Personal>) {
        let entry = AuditEntry {
            at: self.now(),
            who,
            what: what.to_owned(),
            target: line.target,
            detail: json!({ "count": line.count, "first": line.first, "last": line.last }),
            personal,
        };
        if let Err(error) = self.inner.store.record(&entry).await {
            tracing::error!(%error, "a line of the audit log was not written");
        }
    }

    fn audit_view(&self, row: AuditRow) -> AuditView {
        let AuditRow { seq, entry, commitment, hash, .. } = row;
        let sentence = words::sentence(&entry, |id| self.name_of(id));
        let AuditEntry { at, who, what, target, detail, personal } = entry;
        let erased = commitment.is_some() && personal.is_none();
        let personal = personal.map(|personal| personal.data);
        let who_name = self.name_of(&who);
        AuditView { seq, at, who, who_name, what, target, sentence, detail, personal, erased, hash }
    }
}
