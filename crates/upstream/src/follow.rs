//! One upstream, followed for as long as its environment does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use switchyard_control::{Control, Error, Event, Principal, Said, Spoken, Upstream, UpstreamState};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, timeout};

use crate::Parts;
use crate::message::Message;
use crate::stream::{Failure, NOT_ANSWERED, Stream};

/// What comes within so long of what came before is one revision with it.
const QUIET: Duration = Duration::from_millis(40);

/// But nothing waits longer than this.
const GATHERED: Duration = Duration::from_millis(250);

/// How long to wait before what could not be taken is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// It answered, and did not begin.
const NOT_SAID: &str = "it did not say in time what there is";

/// Opens the stream, follows it, and opens it anew. Ends where the environment does not follow this any more.
pub(crate) async fn follow(parts: Parts, upstream: Upstream) {
    let mut tries = 0;
    loop {
        let begun = Instant::now();
        let failure = match once(&parts, &upstream).await {
            Ok(failure) => failure,
            Err(Error::NotFound(_)) => return,
            Err(error) => Failure::new(error.to_string()),
        };
        tries = if begun.elapsed() >= parts.pace.held { 1 } else { tries + 1 };
        let (project, environment) = (&*upstream.project, &*upstream.environment);
        tracing::warn!(project, environment, why = failure.why, "what is followed can't be heard");
        let wait = parts.pace.wait(tries, failure.refused, failure.after);
        match parts.control.upstream_stands(&upstream, UpstreamState::Lost, Some(failure.why)).await {
            Err(Error::NotFound(_)) => return,
            Err(error) => tracing::warn!(project, environment, %error, "that could not be written down"),
            Ok(()) => {}
        }
        tokio::time::sleep(wait).await;
    }
}

/// One stream, to its end. Answers why it ended.
async fn once(parts: &Parts, upstream: &Upstream) -> Result<Failure, Error> {
    let control = &parts.control;
    let Some(key) = control.upstream_key(upstream) else {
        let why = "its SDK key can't be read with this server's key any more: set it again";
        return Ok(Failure { refused: true, ..Failure::new(why) });
    };
    // From before the first word: what is altered here meanwhile must not be missed.
    let listening = control.events(&Principal::switchyard(), &upstream.project)?;
    match Stream::open(&upstream.settings.uri, key, parts.private, &parts.pace) {
        Ok(stream) => {
            let listener = Listener { control, upstream, stream, heard: Heard::default() };
            listener.listen(listening.events, parts.pace.patience).await
        }
        Err(error) => Ok(Failure::new(error.to_string())),
    }
}

/// What was heard on a stream.
#[derive(Default)]
struct Heard {
    /// It was answered at all.
    opened: bool,
    /// All that it says; nothing before its first `put`.
    said: Option<Arc<Said>>,
    /// What of it is not taken yet.
    spoken: Option<Spoken>,
}

struct Listener<'a> {
    control: &'a Control,
    upstream: &'a Upstream,
    stream: Stream,
    heard: Heard,
}

impl Listener<'_> {
    async fn listen(
        mut self,
        mut events: broadcast::Receiver<Event>,
        patience: Duration,
    ) -> Result<Failure, Error> {
        let begins = tokio::time::sleep(patience);
        tokio::pin!(begins);
        let mut left_out = false;
        loop {
            let waits = self.heard.spoken.is_some();
            tokio::select! {
                message = self.stream.next() => match message {
                    Ok(message) => self.hear(message),
                    Err(failure) => return Ok(failure),
                },
                () = &mut begins, if self.heard.said.is_none() => {
                    let late = if self.heard.opened { NOT_SAID } else { NOT_ANSWERED };
                    return Ok(Failure::new(late));
                }
                // What stood in the way may be gone.
                () = revised(&mut events), if left_out && !waits => {
                    self.heard.spoken = Some(Spoken::Of(BTreeSet::new()));
                }
                () = tokio::time::sleep(AGAIN), if waits => {}
            }
            if self.heard.spoken.is_none() {
                continue;
            }
            // What was said whole before the end counts.
            let ended = self.gather().await.err();
            let (Some(said), Some(spoken)) = (&self.heard.said, self.heard.spoken.clone()) else { continue };
            match self.control.upstream_says(self.upstream, said.clone(), spoken).await {
                Ok((revision, left)) => {
                    if let Some(revision) = revision {
                        tracing::info!(environment = &*self.upstream.environment, revision, "followed");
                    }
                    (self.heard.spoken, left_out) = (None, left);
                }
                Err(error @ Error::NotFound(_)) => return Err(error),
                Err(error) => {
                    let (state, why) = (UpstreamState::Following, Some(error.to_string()));
                    self.control.upstream_stands(self.upstream, state, why).await?;
                }
            }
            if let Some(failure) = ended {
                return Ok(failure);
            }
        }
    }

    /// What comes close together was done together.
    async fn gather(&mut self) -> Result<(), Failure> {
        let begun = Instant::now();
        while begun.elapsed() < GATHERED {
            match timeout(QUIET, self.stream.next()).await {
                Ok(message) => self.hear(message?),
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn hear(&mut self, message: Message) {
        self.control.upstream_lives(self.upstream);
        match message {
            Message::Opened => self.heard.opened = true,
            Message::Alive => {}
            Message::Put(said) => {
                (self.heard.said, self.heard.spoken) = (Some(Arc::new(said)), Some(Spoken::All));
            }
            Message::Patch(name, version, item) => {
                // Before everything there is nothing that it could be a part of.
                let Some(said) = &mut self.heard.said else { return };
                if Arc::make_mut(said).take(name.clone(), version, item) {
                    match self.heard.spoken.get_or_insert_with(|| Spoken::Of(BTreeSet::new())) {
                        Spoken::All => {}
                        Spoken::Of(names) => drop(names.insert(name)),
                    }
                }
            }
        }
    }
}

/// Comes back when there is a new revision.
async fn revised(events: &mut broadcast::Receiver<Event>) {
    loop {
        match events.recv().await {
            Ok(Event::Revision { .. }) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}
