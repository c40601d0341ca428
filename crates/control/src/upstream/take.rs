//! What an upstream says as revisions.

use std::collections::BTreeSet;
use std::sync::Arc;

use switchyard_model::access::Role;
use switchyard_model::ids::{Key, Scope};
use switchyard_model::{Kind, Origin, State};
use switchyard_store::Upstream;

use super::fit::{Ask, fit};
use super::said::{Name, Said, Spoken};
use super::{LAUNCHDARKLY, UpstreamState, counted, is_followed};
use crate::apply::Words;
use crate::plan::Plan;
use crate::{Control, Error, How, Principal, Result};

/// So many edits are told one by one; of more, how many.
const TOLD: usize = 2;

impl Control {
    /// Makes what an upstream says be so, as far as it can be: one revision, or none where nothing becomes other.
    /// Nobody here is asked: it was decided there, and its own clients act on it already. What the guardrails say of
    /// it is told. Answers the revision, and whether something is left out.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not followed any more; [`Error::Unavailable`]; [`Error::Invalid`] where what
    /// comes out does not compile. Nothing has changed then, and it can be tried again.
    pub async fn upstream_says(
        &self,
        upstream: &Upstream,
        said: Arc<Said>,
        spoken: Spoken,
    ) -> Result<(Option<u64>, bool)> {
        let handle = self.handle(&upstream.project)?;
        let upstream = upstream.clone();
        self.writing(handle, move |control, mut turn| async move {
            // In its turn: whoever stops following waits for it, and finds all that was taken.
            let mut line = control.line(&upstream).await?;
            line.said = Some(said.clone());
            turn.handle.lines.set(&upstream.environment, Some(line.clone()));
            let ground = turn.handle.ground();
            let before: BTreeSet<Name> =
                line.seen.left_out.iter().map(|left| (left.kind, left.key.clone())).collect();
            let names = match spoken {
                Spoken::All => {
                    said.names().cloned().chain(there(&ground.state, &upstream.environment)).collect()
                }
                Spoken::Of(names) => names.union(&before).cloned().collect(),
            };
            let environment = upstream.environment.clone();
            let others = turn.handle.lines.others(&environment);
            let ask = Ask { environment, said, others, names };
            let (mut plan, left_out) = tokio::task::spawn_blocking(move || fit(&ground, &ask)).await?;
            plan.people = control.people();
            if !plan.problems.is_empty() {
                return Err(Error::Invalid(plan.problems));
            }
            let left = !left_out.is_empty();
            let revision = match plan.edits.is_empty() {
                true => None,
                false => {
                    let words = words(&upstream, &plan);
                    let author = author(&upstream);
                    Some(control.seal(&mut turn, &author, plan, words, None).await?.number)
                }
            };
            let was = std::mem::replace(&mut line.seen.left_out, left_out);
            let anew = line.seen.state != UpstreamState::Following || line.seen.error.is_some();
            if anew {
                (line.seen.state, line.seen.since, line.seen.error) =
                    (UpstreamState::Following, control.now(), None);
            }
            line.seen.heard = Some(control.now());
            turn.handle.lines.set(&upstream.environment, Some(line.clone()));
            if anew || was != line.seen.left_out {
                control.write_down(&upstream, &line.seen).await?;
            }
            Ok((revision, left))
        })
        .await
    }
}

/// What LaunchDarkly manages in an environment.
pub(super) fn there(state: &State, environment: &Key) -> Vec<Name> {
    let scope = Scope::Environment(environment.clone());
    let theirs = |kind: Kind, name: Kind| {
        let followed = state.of(&scope, kind).filter(|(_, found)| is_followed(found.resource.managed_by()));
        followed.map(move |(id, _)| (name, id.key.clone())).collect::<Vec<_>>()
    };
    [theirs(Kind::Targeting, Kind::Flag), theirs(Kind::Segment, Kind::Segment)].concat()
}

pub(super) fn origin(upstream: &Upstream) -> Origin {
    Origin::LaunchDarkly { environment: upstream.environment.clone(), uri: upstream.settings.uri.clone() }
}

fn author(upstream: &Upstream) -> Principal {
    Principal {
        id: LAUNCHDARKLY.into(),
        name: "LaunchDarkly".into(),
        role: Role::Developer,
        project: Some(upstream.project.clone()),
        how: How::Inside,
    }
}

fn words(upstream: &Upstream, plan: &Plan) -> Words {
    let keys = |kinds: &[Kind]| {
        let touched = plan.edits.iter().filter(|edit| kinds.contains(&edit.target.kind));
        touched.map(|edit| &edit.target.key).collect::<BTreeSet<_>>().len()
    };
    let title = match plan.edits.len() {
        0..=TOLD => String::new(),
        _ => {
            let what = counted(keys(&[Kind::Flag, Kind::Targeting]), keys(&[Kind::Segment]));
            format!("{what}, as LaunchDarkly has them")
        }
    };
    Words::new(title, "", origin(upstream))
}
