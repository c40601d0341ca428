//! Follows LaunchDarkly, or what speaks its protocol, for the environments that do.
//!
//! - Each has a stream (`/all` of FDv1) that is read on a thread of its own ([`stream`]), frame by frame ([`frames`]),
//!   into what was said ([`message`]).
//! - What comes close together is one revision, and one `put` is one ([`follow`]). Which of it can be so here is
//!   `control`'s to say.
//! - A stream that breaks, ends, is silent or says what can't be read is opened anew, later each time ([`pace`]). What
//!   was said last stays.
//!
//! It keeps nothing: the upstream says everything again at each beginning.

mod follow;
mod frames;
mod message;
mod pace;
mod stream;

use std::collections::HashMap;
use std::time::Duration;

use switchyard_control::{Control, Upstream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use pace::Pace;

/// How often it is looked who follows what, when nobody says that this is another.
const FLOOR: Duration = Duration::from_secs(60);

/// What it works with.
#[derive(Clone)]
pub struct Parts {
    /// Where what is said goes.
    pub control: Control,
    /// Whether this machine and its networks may be called.
    pub private: bool,
    /// How it is tried again.
    pub pace: Pace,
}

/// Follows for every environment that does, until it is told to stop.
pub async fn run(parts: Parts, mut stopping: watch::Receiver<bool>) {
    let mut followed = Followed::new();
    loop {
        match parts.control.upstreams().await {
            Ok(wanted) => see_to(&parts, &mut followed, wanted),
            Err(error) => tracing::warn!(%error, "upstreams are looked at later"),
        }
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = parts.control.upstreams_changed() => {}
            () = tokio::time::sleep(FLOOR) => {}
        }
    }
}

/// By the id of their settings, which is another one each time they are set.
type Followed = HashMap<String, Task>;

/// An upstream that is listened to. It ends with this.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn see_to(parts: &Parts, followed: &mut Followed, wanted: Vec<Upstream>) {
    followed.retain(|id, task| {
        !task.0.is_finished() && wanted.iter().any(|upstream| upstream.settings.id == *id)
    });
    for upstream in wanted {
        followed
            .entry(upstream.settings.id.clone())
            .or_insert_with(|| Task(tokio::spawn(follow::follow(parts.clone(), upstream))));
    }
}
