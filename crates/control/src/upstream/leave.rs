//! Not following any more.

use serde::Serialize;
use serde_json::json;
use switchyard_model::ids::Key;
use switchyard_model::{Edit, Kind, Op, Origin, ResourceId, State, Writer};

use super::is_followed;
use super::take::there;
use crate::apply::Words;
use crate::plan::{Ground, Planner};
use crate::{Apply, Control, Error, Principal, Proposal, Result, Submission};

/// What became of what was followed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpstreamLeft {
    /// The revision by which people here write it; absent where nothing had come from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// The change that takes it away, where that was wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<u64>,
    /// All of it in a sentence.
    pub words: String,
}

impl Control {
    /// Stops following. What came from there stays as it is and is people's to edit; with `remove` a change takes it
    /// away afterwards, which goes the way of all changes.
    ///
    /// The power may go in between: then it is not followed, and doing the same again does the rest.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it follows nothing and nothing is left of it; [`Error::Denied`] for who does not
    /// administer the environment; [`Error::Unavailable`].
    pub async fn leave_upstream(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
        remove: bool,
    ) -> Result<UpstreamLeft> {
        let environment = self.administered(principal, project, environment)?;
        let handle = self.handle(project)?;
        let before = self.inner.store.upstream(project, &environment).await?;
        let names = there(&handle.state(), &environment);
        if before.is_none() && names.is_empty() {
            return Err(Error::NotFound(format!("upstream of {environment}")));
        }
        let uri = before.as_ref().map(|before| before.settings.uri.clone()).unwrap_or_default();
        if before.is_some() {
            let detail = json!({ "before": { "uri": uri }, "remove": remove });
            let target = format!("{project}/{environment}");
            let entry = self.noted(&principal.id, "upstream.remove", &target, detail);
            self.inner.store.put_upstream(project, &environment, None, &entry).await?;
            handle.lines.set(&environment, None);
            self.inner.upstreams_changed.notify_one();
        }
        let origin = Origin::LaunchDarkly { environment: environment.clone(), uri };
        let (who, key) = (principal.clone(), environment.clone());
        let (revision, theirs) = self
            .writing(handle, move |control, mut turn| async move {
                let theirs = followed(&turn.handle.state(), &key);
                let taken_over = theirs.clone();
                let hand = move |on: &Ground| {
                    let mut planner = Planner::new(&on.state);
                    for target in taken_over {
                        planner.edit(&Edit { target, op: Op::SetManagedBy { writer: Writer::Page } });
                    }
                    planner.finish(on).without_idle()
                };
                let plan = control.plan(turn.handle.ground(), hand).await?;
                if plan.edits.is_empty() {
                    return Ok((None, theirs));
                }
                // Nobody is served otherwise, so that nobody is asked.
                let title =
                    format!("{key} does not follow LaunchDarkly any more: what came from it is edited here");
                let words = Words::new(title, "", origin);
                Ok((Some(control.seal(&mut turn, &who, plan, words, None).await?.number), theirs))
            })
            .await?;
        let mut left = UpstreamLeft { revision, change: None, words: String::new() };
        left.words = match remove && !theirs.is_empty() {
            true => self.take_away(principal, project, &environment, &theirs, &mut left).await,
            false => format!(
                "{environment} follows nothing any more; what came from there stays, and is edited here."
            ),
        };
        Ok(left)
    }

    /// Takes away what was followed, by a change; answers what became of that.
    async fn take_away(
        &self,
        principal: &Principal,
        project: &str,
        environment: &Key,
        theirs: &[ResourceId],
        left: &mut UpstreamLeft,
    ) -> String {
        let begin =
            format!("{environment} follows nothing any more, and what came from there is edited here");
        let deletes = theirs.iter().map(|target| Edit { target: target.clone(), op: Op::Delete }).collect();
        let title = format!("Take away what {environment} followed");
        let reason = "It came from an upstream that is not followed any more.".to_owned();
        let proposal = Proposal { title, reason, edits: deletes, ..Proposal::default() };
        let made = match self.create_change(principal, project, proposal).await {
            Ok(made) => made,
            Err(error) => return format!("{begin}; it could not be taken away: {error}."),
        };
        let number = made.number;
        left.change = Some(number);
        match self.apply_change(principal, project, number, Apply::default()).await {
            Ok(applied) => format!(
                "{environment} follows nothing any more; what came from there is gone with r{}.",
                applied.number
            ),
            Err(Error::NeedsApproval(_)) => {
                match self.submit_change(principal, project, number, Submission::default()).await {
                    Ok(_) => format!("{begin}; C-{number}, which takes it away, waits for approval."),
                    Err(error) => format!(
                        "{begin}; C-{number}, which takes it away, could not be sent for review: {error}."
                    ),
                }
            }
            Err(error) => format!("{begin}; C-{number}, which takes it away, is kept as a draft: {error}."),
        }
    }
}

/// What LaunchDarkly manages in an environment, and of the project only for it; in an order in which all of it can be
/// deleted.
fn followed(state: &State, environment: &Key) -> Vec<ResourceId> {
    let names = there(state, environment);
    let elsewhere = |key: &Key| {
        let others = state.environments.iter().filter(|other| *other != environment);
        others
            .clone()
            .any(|other| state.targeting(other, key).is_some_and(|(t, _)| is_followed(t.managed_by)))
    };
    let mut all = vec![];
    for (kind, key) in names {
        if kind == Kind::Segment {
            all.push(ResourceId::environment(environment, Kind::Segment, &key));
            continue;
        }
        all.push(ResourceId::environment(environment, Kind::Targeting, &key));
        if state.flag(&key).is_some_and(|(flag, _)| is_followed(flag.managed_by)) && !elsewhere(&key) {
            all.push(ResourceId::project(Kind::Flag, &key));
        }
    }
    // Targetings name flags and segments.
    all.sort_by_key(|id| match id.kind {
        Kind::Targeting => 0,
        Kind::Flag => 1,
        _ => 2,
    });
    all
}
