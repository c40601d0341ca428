//! Who a change would affect: its snapshots tried on what was seen.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use switchyard_model::Edit;
use switchyard_model::access::Action;
use switchyard_model::ids::Key;
use switchyard_snapshot::impact::{Limits, Seen, preview};
use switchyard_snapshot::{Sampled, Samples, Snapshot, forget_context};
use switchyard_telemetry::{Collected, Place};

use crate::plan::{Ground, Plan, Planner};
use crate::project::Handle;
use crate::rebase::Planned;
use crate::{Control, Error, Principal, Result};

mod view;

pub use view::{ImpactSummary, ImpactView, SampleView};

/// So many previews run at once; others wait for their turn.
pub(crate) const AT_ONCE: usize = 2;

/// The longest that a preview waits for its turn.
const TURN: Duration = Duration::from_secs(5);

/// The most evaluations of one preview: some seconds' worth.
const EVALUATIONS: usize = 10_000_000;

impl Control {
    /// Where what is seen is sampled: who asked, and for what. Data planes and faces feed it.
    pub fn samples(&self) -> &Samples {
        &self.inner.samples
    }

    /// Whom edits on the head, or on what these changes make of it, would affect in an environment, with at most
    /// so many examples a flag. Ends early where nobody waits for the answer any more.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what is wrong with the edits; [`Error::NotFound`], [`Error::Denied`];
    /// [`Error::Unavailable`] where too many others are at it.
    pub async fn impact(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
        edits: Vec<Edit>,
        after: &[u64],
        examples: usize,
    ) -> Result<ImpactView> {
        let handle = self.seen_in(principal, project, environment)?;
        let known = handle.environments().into_iter().map(|e| e.key).find(|key| **key == *environment);
        let environment = known.ok_or_else(|| Error::NotFound(format!("environment {environment:?}")))?;
        self.check_order(project, None, after).await?;
        let before = self.before(project, after).await?;
        let (ground, stops) = self.on_top_of(&handle, &before).await?;
        if !stops.is_empty() {
            return Err(Error::Invalid(stops));
        }
        let plan = move |on: &Ground| Planner::all(&on.state, &edits).finish(on);
        let all = self.previewed(&handle, ground, plan, examples, Some(environment)).await;
        let all = self.sight(principal, &handle).of_result(all)?;
        all.into_values().next().ok_or(Error::Unavailable)
    }

    /// Whom a change would affect, in each environment that it alters.
    ///
    /// # Errors
    /// As [`Control::impact`].
    pub async fn change_impact(
        &self,
        principal: &Principal,
        project: &str,
        number: u64,
        examples: usize,
    ) -> Result<BTreeMap<Key, ImpactView>> {
        let handle = self.seen(principal, project)?;
        let change = self.stored_change(project, number).await?;
        let Planned { ground, plan, .. } = self.planned(&handle, &change).await?;
        let all = self.previewed(&handle, ground, move |_: &Ground| plan, examples, None).await;
        let sight = self.sight(principal, &handle);
        let mut all = sight.of_result(all)?;
        all.retain(|environment, _| sight.environment(environment));
        Ok(all)
    }

    /// In short, for each environment that a plan alters.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where too many others are at it.
    pub async fn impact_summary(
        &self,
        project: &str,
        altered: Vec<(Key, Arc<Snapshot>, Arc<Snapshot>)>,
    ) -> Result<BTreeMap<Key, ImpactSummary>> {
        let project = Key::from(project);
        let work = move |control: &Control, stop: &dyn Fn() -> bool| {
            let each = altered.iter().map(|(environment, before, after)| {
                let view = control.judged(&project, environment, [before, after], 0, stop)?;
                Some((environment.clone(), view.summary()))
            });
            each.collect()
        };
        self.aside(work).await
    }

    /// Forgets a context: of what was sampled, all that is about it. How many samples that were.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn forget_context(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
        (kind, key): (&str, &str),
    ) -> Result<usize> {
        self.authorize(principal, Action::Administer, Some(project))?;
        self.seen_in(principal, project, environment)?;
        let sampled = self.inner.samples.of(Place { project, environment });
        let forgotten = sampled.map_or(0, |sampled| forget_context(&sampled, kind, key));
        // Not who: that is what is to be forgotten.
        tracing::info!(project, environment, kind, forgotten, by = %principal.id, "a context was forgotten");
        Ok(forgotten)
    }

    /// Tries a plan on a ground; for one environment, or for those that it alters.
    async fn previewed(
        &self,
        handle: &Handle,
        ground: Ground,
        plan: impl FnOnce(&Ground) -> Plan + Send + 'static,
        examples: usize,
        only: Option<Key>,
    ) -> Result<BTreeMap<Key, ImpactView>> {
        let head = handle.state().revision;
        let work = move |control: &Control, stop: &dyn Fn() -> bool| {
            let plan = plan(&ground);
            if !plan.problems.is_empty() {
                return Some(Err(Error::Invalid(plan.problems)));
            }
            let each = ground.snapshots.iter().filter_map(|(environment, before)| {
                let after = plan.altered_in(environment);
                let wanted = only.as_ref().map_or(after.is_some(), |only| only == environment);
                wanted.then(|| (environment, before, after.unwrap_or(before)))
            });
            let each = each.map(|(environment, before, after)| {
                let view = control.judged(&ground.project, environment, [before, after], examples, stop)?;
                Some((environment.clone(), ImpactView { head, ..view }))
            });
            each.collect::<Option<_>>().map(Ok)
        };
        self.aside(work).await?
    }

    /// Does work on a thread that may take its time, a few at once; it is told when nobody waits any more.
    async fn aside<T, W>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&Control, &dyn Fn() -> bool) -> Option<T> + Send + 'static,
    {
        let turn = tokio::time::timeout(TURN, self.inner.previewing.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(Error::Unavailable) };
        let gone = Arc::new(AtomicBool::new(false));
        let waiting = Waiting(gone.clone());
        let control = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&control, &|| gone.load(Ordering::Relaxed))
        });
        let done = done.await?;
        drop(waiting);
        done.ok_or(Error::Unavailable)
    }

    fn judged(
        &self,
        project: &str,
        environment: &str,
        [before, after]: [&Snapshot; 2],
        examples: usize,
        stop: &dyn Fn() -> bool,
    ) -> Option<ImpactView> {
        let now = (self.inner.clock)().as_second();
        let sampled = self.inner.samples.of(Place { project, environment }).unwrap_or_default();
        let Sampled { contexts, requests, .. } = &*sampled;
        let (contexts, requests) = (contexts.collect(now), requests.collect(now));
        let seen = Seen {
            contexts: &contexts.items,
            requests: &requests.items,
            requests_per_second: per_second(&requests, now),
        };
        let limits = Limits { examples, evaluations: EVALUATIONS, stop };
        let impact = preview(before, after, seen, &limits)?;
        let sample = SampleView::new(&contexts, &requests, &impact);
        Some(ImpactView { head: before.revision, sample, impact })
    }
}

/// Says that nobody waits any more when it is dropped.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Plan {
    pub(crate) fn altered_in(&self, environment: &Key) -> Option<&Arc<Snapshot>> {
        self.altered.iter().find(|(key, _)| key == environment).map(|(_, snapshot)| snapshot)
    }
}

/// Over the time that they came in.
fn per_second<T>(requests: &Collected<T>, now: i64) -> f64 {
    let since = requests.span.map_or(0, |(from, _)| now - from);
    view::seen(requests) as f64 / since.max(1) as f64
}
