//! Links with which a member gives a verdict from where they were told of a change.

use serde_json::json;
use subtle::ConstantTimeEq;
use switchyard_model::{ChangeState, Verdict};
use switchyard_store::ReviewLink;

use crate::access::members;
use crate::{ChangeView, Control, Error, Judgement, Principal, Result};

/// A review link that is ours, and what can be done with it.
#[derive(Debug, Clone)]
pub struct LinkView {
    /// The member's name.
    pub member: String,
    /// The project.
    pub project: String,
    /// Where the page shows the change.
    pub page: String,
    /// The change, as the member sees it.
    pub change: ChangeView,
    /// Why nothing can be done with it any more, in a sentence.
    pub over: Option<String>,
}

impl Control {
    /// What a link leads to. Looking uses nothing up: programs follow links too.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what is no link of ours, or one of somebody who is let in no more.
    pub async fn review_link(&self, text: &str) -> Result<LinkView> {
        let (link, principal) = self.known_link(text).await?;
        let handle = self.handle(&link.project)?;
        let change = self.change(&principal, &link.project, link.change).await?;
        let over = self.over(&link, &change);
        let page = self.page(&handle, &change.check.environments, &format!("changes/{}", change.number));
        Ok(LinkView { member: principal.name, project: link.project.to_string(), page, change, over })
    }

    /// Gives the verdict that a link is for, as its member and once, on the way that all reviews go. A link is
    /// not used up by what was refused.
    ///
    /// # Errors
    /// As [`Control::review_change`]; [`Error::NotFound`] as [`Control::review_link`]; [`Error::LinkOver`] where
    /// it was used, has ended, or the change is another one by now.
    pub async fn review_by_link(&self, text: &str, verdict: Verdict, note: String) -> Result<LinkView> {
        let (link, principal) = self.known_link(text).await?;
        let change = self.change(&principal, &link.project, link.change).await?;
        if let Some(why) = self.over(&link, &change) {
            return Err(Error::LinkOver(why));
        }
        let target = format!("{}/C-{}", link.project, link.change);
        let detail = json!({ "link": link.id, "verdict": verdict, "difference": link.difference });
        let entry = self.noted(&principal.id, "change.reviewByLink", &target, detail);
        if !self.inner.store.use_review_link(&link.id, self.now(), &entry).await? {
            return Err(Error::LinkOver(USED.into()));
        }
        let judgement = Judgement { verdict, note, difference: Some(link.difference.clone()) };
        let given = self.review_change(&principal, &link.project, link.change, judgement).await;
        if let Err(error) = given {
            self.inner.store.release_review_link(&link.id).await?;
            return Err(error);
        }
        let mut view = self.review_link(text).await?;
        view.over = None;
        Ok(view)
    }

    async fn known_link(&self, text: &str) -> Result<(ReviewLink, Principal)> {
        let nothing = || Error::NotFound("link".into());
        let (id, proof) = text.split_once('.').ok_or_else(nothing)?;
        let expected = self.hook_settings().link_proof(id);
        if !bool::from(expected.as_bytes().ct_eq(proof.as_bytes())) {
            return Err(nothing());
        }
        let link = self.inner.store.review_link(id).await?.ok_or_else(nothing)?;
        let member = self.inner.directory.with(|known| known.members.get(&link.member).cloned());
        let principal = member.as_ref().and_then(members::principal).ok_or_else(nothing)?;
        Ok((link, principal))
    }

    /// Why nothing comes of a link any more.
    fn over(&self, link: &ReviewLink, change: &ChangeView) -> Option<String> {
        let in_review = matches!(change.state, ChangeState::InReview | ChangeState::Approved);
        if link.used_at.is_some() {
            Some(USED.into())
        } else if link.expires_at <= self.now() {
            Some("This link has ended: each is good for a week.".into())
        } else if !in_review {
            Some(format!("C-{} is no longer in review.", change.number))
        } else if change.difference.as_ref() != Some(&link.difference) {
            Some(format!(
                "C-{} does something else by now than when you were asked. Look at it on its page.",
                change.number
            ))
        } else {
            None
        }
    }
}

const USED: &str = "This link was used already: each is good for one answer.";
