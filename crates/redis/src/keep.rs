//! One environment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use redis::Client;
use switchyard_control::{Control, Error, Principal};
use switchyard_flags::BigList;
use switchyard_model::ids::Key;
use switchyard_snapshot::Snapshot;

use crate::step::{self, Failed, Place};

/// How often Redis is told that it is in step. SDKs take a store for stale after two minutes.
const ALIVE: Duration = Duration::from_secs(30);

/// How long to wait before Redis is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// Keeps an environment's big segments in step.
pub(crate) async fn keep(control: Control, client: Client, project: Key, environment: Key) {
    let Some(mut snapshots) = control.snapshot(&project, &environment) else { return };
    let place = Place::new(&project, &environment);
    loop {
        let snapshot = snapshots.current();
        let waits = match once(&control, &client, &project, &place, &snapshot).await {
            Ok(()) => ALIVE,
            Err(error) => {
                tracing::warn!(project = &*project, environment = &*environment, %error, "Redis is told later");
                AGAIN
            }
        };
        tokio::select! {
            alive = snapshots.changed() => if !alive { return },
            () = tokio::time::sleep(waits) => {}
        }
    }
}

/// Brings Redis in step with a snapshot.
async fn once(
    control: &Control,
    client: &Client,
    project: &str,
    place: &Place,
    snapshot: &Arc<Snapshot>,
) -> Result<(), Failed> {
    let wanted = wanted(snapshot);
    let (asking, at) = (client.clone(), place.clone());
    let there = blocking(move || step::there(&asking, &at)).await?;
    let stale = there.iter().filter(|(segment, lists)| {
        !matches!((wanted.get(*segment), lists.as_slice()), (Some((hash, _)), [one]) if **hash == **one)
    });
    // What was written of before, to be taken away where it is not any more.
    let mut before = BTreeMap::new();
    for (segment, lists) in stale {
        for hash in lists {
            match control.list(&Principal::switchyard(), project, hash).await {
                Ok(list) => drop(before.insert((segment.clone(), hash.clone()), list)),
                // Then nobody can say what it held; a segment of that name would have another generation.
                Err(Error::NotFound(_)) => {}
                Err(error) => return Err(Failed::Control(error)),
            }
        }
    }
    let (client, place) = (client.clone(), place.clone());
    blocking(move || step::bring(&client, &place, &there, &before, &wanted)).await
}

/// Which segment has which list: by the name under which SDKs ask, the segment's key and generation.
fn wanted(snapshot: &Snapshot) -> BTreeMap<String, (Key, Arc<BigList>)> {
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
