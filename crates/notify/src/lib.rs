//! Sends what happens to webhooks and to Slack.
//!
//! What is to be told is in the store's outbox since the moment at which it became true. [`start`] makes deliveries
//! of it ([`outbox`]), in one transaction with its leaving the outbox, and gives each webhook a sender of its own
//! ([`sender`]), so that a slow receiver holds up nobody else. A delivery is tried until it is taken or given up
//! ([`pace`]); where the process ends in between, it is tried again: at least once, under an id by which receivers
//! know what they have seen.
//!
//! It knows nothing of what a change is, of who may do what, or of how anything came to be in the outbox.

mod outbox;
mod pace;
mod post;
mod sender;
mod slack;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use switchyard_control::{Clock, Control};
use switchyard_store::Hooks;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

pub use pace::Pace;

use outbox::Stuck;
use post::Post;
use sender::Sender;

/// How often the outbox is looked at when nobody says that something happened.
const FLOOR: Duration = Duration::from_secs(5);

/// How often what is long over is forgotten, and what that is.
const TIDY: Duration = Duration::from_secs(3600);
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a notifier works with.
#[derive(Clone)]
pub struct Parts {
    /// What makes messages of what happened.
    pub control: Control,
    /// The outbox, and where deliveries are kept.
    pub store: Arc<dyn Hooks>,
    /// What time it is.
    pub clock: Clock,
    /// How often a delivery is tried.
    pub pace: Pace,
}

/// Tells what happens until it is told to stop. What is under way then is tried again at the next start.
pub async fn run(parts: Parts, mut stopping: watch::Receiver<bool>) {
    let post = Arc::new(Post::new(parts.control.hook_settings().private));
    let (awake, tasks, stuck) = (HashMap::new(), JoinSet::new(), Stuck::default());
    let mut senders = Senders { parts: parts.clone(), post, awake, tasks, stuck };
    let mut tidied = None;
    loop {
        if let Err(error) = senders.look().await {
            tracing::warn!(%error, "webhooks are told later");
        }
        let now = (parts.clock)();
        if tidied.is_none_or(|at| now.duration_since(at).unsigned_abs() >= TIDY) {
            tidied = Some(now);
            if let Err(error) = parts.store.forget_deliveries(now - KEPT).await {
                tracing::warn!(%error, "old deliveries are forgotten later");
            }
        }
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = parts.control.happened() => {}
            () = tokio::time::sleep(FLOOR) => {}
        }
    }
}

/// One sender for each webhook. They end with this.
struct Senders {
    parts: Parts,
    post: Arc<Post>,
    awake: HashMap<String, Arc<Notify>>,
    tasks: JoinSet<String>,
    stuck: Stuck,
}

impl Senders {
    /// Empties the outbox, and sees to it that each active webhook's sender looks again.
    async fn look(&mut self) -> Result<(), outbox::Error> {
        while let Some(ended) = self.tasks.try_join_next() {
            match ended {
                Ok(hook) => drop(self.awake.remove(&hook)),
                // Which one that was is not known; the others look again and find nothing new.
                Err(error) => {
                    tracing::error!(%error, "a sender broke");
                    self.tasks.abort_all();
                    self.awake.clear();
                }
            }
        }
        outbox::empty(&self.parts, &mut self.stuck).await?;
        for hook in self.parts.store.webhooks().await?.into_iter().filter(|hook| hook.active) {
            let awake = self.awake.entry(hook.id.clone()).or_insert_with(|| {
                let awake = Arc::new(Notify::new());
                let (parts, post) = (self.parts.clone(), self.post.clone());
                let sender = Sender { hook: hook.id.clone(), parts, post, awake: awake.clone() };
                self.tasks.spawn(sender.run());
                awake
            });
            awake.notify_one();
        }
        Ok(())
    }
}
