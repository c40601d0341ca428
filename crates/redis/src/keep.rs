//! One environment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use switchyard_control::{Control, Error, Principal, StoreState};
use switchyard_flags::BigList;
use switchyard_model::ids::Key;
use switchyard_snapshot::Snapshot;

use crate::step::{self, Failed, Place, There};
use crate::{Redis, words};

/// How often Redis is told that it is in step. SDKs take a store for stale after two minutes.
const ALIVE: Duration = Duration::from_secs(30);

/// How long to wait before Redis is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// Which segment has which list: by the name under which SDKs ask, the segment's key and generation.
type Wanted = BTreeMap<String, (Key, Arc<BigList>)>;

/// An environment that is kept in step.
struct Kept {
    control: Control,
    redis: Redis,
    project: Key,
    environment: Key,
    /// What Redis had when it was last in step. Held while it is not, to say by how much.
    had: Wanted,
}

/// Keeps an environment's big segments in step.
pub(crate) async fn keep(control: Control, redis: Redis, project: Key, environment: Key) {
    let Some(mut snapshots) = control.snapshot(&project, &environment) else { return };
    let place = Place::new(&project, &environment);
    let mut kept = Kept { control, redis, project, environment, had: Wanted::new() };
    loop {
        let snapshot = snapshots.current();
        let waits = match kept.once(&place, &snapshot).await {
            Ok(()) => ALIVE,
            Err(failed) => {
                kept.failed(&failed, &snapshot).await;
                AGAIN
            }
        };
        tokio::select! {
            alive = snapshots.changed() => if !alive { return },
            () = tokio::time::sleep(waits) => {}
        }
    }
}

impl Kept {
    /// Brings Redis in step with a snapshot.
    async fn once(&mut self, place: &Place, snapshot: &Arc<Snapshot>) -> Result<(), Failed> {
        let wanted = wanted(snapshot);
        let (asking, at) = (self.redis.client.clone(), place.clone());
        let there = blocking(move || step::there(&asking, &at)).await?;
        let stale = there.iter().filter(|(segment, lists)| {
            !matches!((wanted.get(*segment), lists.as_slice()), (Some((hash, _)), [one]) if **hash == **one)
        });
        // What was written of before, to be taken away where it is not any more.
        let mut before = BTreeMap::new();
        for (segment, lists) in stale {
            for hash in lists {
                match self.control.list(&Principal::switchyard(), &self.project, hash).await {
                    Ok(list) => drop(before.insert((segment.clone(), hash.clone()), list)),
                    // Then nobody can say what it held; a segment of that name would have another generation.
                    Err(Error::NotFound(_)) => {}
                    Err(error) => return Err(Failed::Control(error)),
                }
            }
        }
        let is_there = |(name, (hash, _)): (&String, &(Key, Arc<BigList>))| matches!(there.get(name).map(Vec::as_slice), Some([one]) if **one == **hash);
        if before.is_empty() && wanted.iter().all(is_there) {
            // Nothing to be written: it stays what it was until its sign of life is there.
        } else {
            let had = before.iter().map(|((name, _), list)| (name, list));
            let behind = behind(&wanted, &had.collect()).await?;
            self.saw(StoreState::Writing, Some(&there), Some(behind));
        }
        let (client, place, bringing) = (self.redis.client.clone(), place.clone(), wanted.clone());
        blocking(move || step::bring(&client, &place, &there, &before, &bringing)).await?;
        let lists = wanted.iter().map(|(name, (hash, _))| (name.clone(), vec![hash.to_string()])).collect();
        self.saw(StoreState::InStep, Some(&lists), Some(BTreeMap::new()));
        self.had = wanted;
        Ok(())
    }

    /// Says why Redis is not in step, and by how much.
    async fn failed(&self, failed: &Failed, snapshot: &Snapshot) {
        let told = words::of(failed, &self.redis.address);
        let had = self.had.iter().map(|(name, (_, list))| (name, list)).collect();
        let behind = behind(&wanted(snapshot), &had).await.ok();
        let (project, environment) = (&*self.project, &*self.environment);
        tracing::warn!(project, environment, why = told.why, hint = told.hint, "Redis is told later");
        self.saw(StoreState::Failing, None, behind);
        self.control.saw_store(&self.project, &self.environment, |seen, now| {
            seen.failed = Some(told);
            seen.failing_since.get_or_insert(now);
            seen.failures += 1;
        });
    }

    fn saw(
        &self,
        state: StoreState,
        there: Option<&There>,
        behind: Option<BTreeMap<String, (usize, usize)>>,
    ) {
        self.control.saw_store(&self.project, &self.environment, |seen, now| {
            seen.state = state;
            if let Some(there) = there {
                seen.lists.clone_from(there);
            }
            if let Some(behind) = behind {
                seen.behind = behind;
            }
            if state == StoreState::InStep {
                (seen.in_step_at, seen.failing_since, seen.failed) = (Some(now), None, None);
            }
        });
    }
}

/// How many keys are to be added to what Redis has of each segment, and how many to be removed.
async fn behind(
    wanted: &Wanted,
    had: &BTreeMap<&String, &Arc<BigList>>,
) -> Result<BTreeMap<String, (usize, usize)>, Failed> {
    let pairs: Vec<_> = wanted
        .iter()
        .map(|(name, (_, list))| (name.clone(), list.clone(), had.get(name).map(|list| Arc::clone(list))))
        .collect();
    let differing = move || {
        let differs = |now: &BigList, was: Option<&BigList>| match was {
            Some(was) => now.differs(was),
            None => (now.included().len() + now.excluded().len(), 0),
        };
        let all = pairs.into_iter().map(|(name, now, was)| (name, differs(&now, was.as_deref())));
        Ok(all.filter(|(_, behind)| *behind != (0, 0)).collect())
    };
    blocking(differing).await
}

/// Which segment has which list.
fn wanted(snapshot: &Snapshot) -> Wanted {
    let segments = snapshot.flags().segments().filter_map(|spec| {
        let (hash, generation) = (spec.list.clone()?, spec.generation?);
        let list = BigList::find(&hash)?;
        Some((format!("{}.g{generation}", spec.key), (hash, list)))
    });
    segments.collect()
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failed> + Send + 'static,
) -> Result<T, Failed> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Failed::Broken))
}
