//! Keeps a Redis in step with the big segments of every environment, in the form in which LaunchDarkly's server-side SDKs
//! look members up: they are not told the keys, and ask a store of their own.
//!
//! - Each environment is kept in step by itself ([`keep`]): when its snapshot becomes another, and for a sign of life
//!   every half minute, by which an SDK tells a store that is stale.
//! - What is written is only what differs from what is there ([`step`]). Which lists are there stands in Redis
//!   itself, so that whatever is interrupted goes on from what really arrived.
//! - How it stands is said to whoever looks at a segment ([`switchyard_control::StoreSeen`]), with who must do what
//!   ([`words`]).
//!
//! It knows nothing of who names a segment, and reads nothing that decides anything.

mod keep;
mod place;
mod step;
mod words;

use std::collections::HashSet;
use std::time::Duration;

use switchyard_control::{Control, Principal};
use switchyard_model::ids::Key;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How often it is looked which environments there are.
const FLOOR: Duration = Duration::from_secs(30);

pub use place::Redis;

/// Keeps every environment's big segments in step with a Redis, until it is told to stop.
pub async fn run(control: Control, redis: Redis, mut stopping: watch::Receiver<bool>) {
    control.has_store(redis.address.clone());
    let (mut kept, mut tasks) = (HashSet::<(Key, Key)>::new(), JoinSet::new());
    loop {
        for project in control.projects(&Principal::switchyard()).unwrap_or_default() {
            for environment in project.environments {
                let (control, redis) = (control.clone(), redis.clone());
                if kept.insert((project.key.clone(), environment.key.clone())) {
                    tasks.spawn(keep::keep(control, redis, project.key.clone(), environment.key));
                }
            }
        }
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = tokio::time::sleep(FLOOR) => {}
        }
    }
}
