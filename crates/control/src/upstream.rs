//! Environments that follow LaunchDarkly, or what speaks its protocol.
//!
//! What the upstream says becomes revisions ([`take`]), as far as it can be said exactly here and nobody else writes it
//! ([`fit`]); the rest is left out, and named. How it stands is kept while the server runs ([`Line`]) and, when it
//! changes, in the store. The SDK key is kept sealed ([`seal`]) and is never shown again.
//!
//! Who opens the stream, and how, is the business of the crate `upstream`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use switchyard_model::access::Action;
use switchyard_model::ids::{Key, Scope};
use switchyard_model::{Kind, State, Writer};
use switchyard_store::Upstream;

use crate::{Control, Error, Person, Principal, Result};

mod fit;
pub(crate) mod leave;
pub(crate) mod said;
mod seal;
pub(crate) mod settings;
pub(crate) mod take;

pub(crate) use fit::alters_what_is_said;
use said::Said;

/// The author of what an upstream says.
pub(crate) const LAUNCHDARKLY: &str = "launchdarkly";

/// How an upstream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UpstreamState {
    /// It was not heard since the server began, or since it was set.
    Connecting,
    /// What it says is so here.
    Following,
    /// It can't be heard. What it said last stays.
    Lost,
}

/// How an upstream stands, and since when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpstreamSeen {
    /// In a word.
    pub state: UpstreamState,
    /// Since when.
    pub since: Timestamp,
    /// Why it can't be heard, or why what it says can't be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it last said something or gave a sign of life, as far as that was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<Timestamp>,
    /// What it says that is not so here.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
}

/// A flag or a segment of the upstream's that is not here as it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// Flag or segment.
    pub kind: Kind,
    /// Its key.
    pub key: Key,
    /// Whether it is here as it last could be; else it is not here from there at all.
    pub stays: bool,
    /// Whether somebody else writes what has its key here.
    pub taken: bool,
    /// Why.
    pub reasons: Vec<String>,
}

/// What an environment follows, as people see it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpstreamView {
    /// The environment.
    pub environment: Key,
    /// Where its flags come from; absent where it follows nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<UpstreamSet>,
    /// How it stands; absent where it follows nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<UpstreamSeen>,
    /// The same in a sentence.
    pub words: String,
    /// How many flags LaunchDarkly manages here.
    pub flags: usize,
    /// How many segments.
    pub segments: usize,
}

/// Where an environment's flags come from. The SDK key is not shown.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpstreamSet {
    /// The stream's base URI.
    pub uri: String,
    /// How the SDK key ends.
    pub key_ends: String,
    /// Who set it.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// The upstreams of a project while the server runs, by environment.
#[derive(Default)]
pub(crate) struct Lines(Mutex<BTreeMap<Key, Line>>);

/// One upstream while the server runs.
#[derive(Clone)]
struct Line {
    /// Whose it is: the settings' id.
    id: String,
    seen: UpstreamSeen,
    /// All that it says, while it is heard.
    said: Option<Arc<Said>>,
}

impl Lines {
    fn get(&self, environment: &str) -> Option<Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(environment).cloned()
    }

    fn set(&self, environment: &Key, line: Option<Line>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match line {
            Some(line) => drop(all.insert(environment.clone(), line)),
            None => drop(all.remove(environment)),
        }
    }

    fn alive(&self, environment: &str, id: &str, at: Timestamp) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = all.get_mut(environment).filter(|line| line.id == id) {
            line.seen.heard = Some(at);
        }
    }

    /// What is said to the other environments of the project.
    fn others(&self, environment: &str) -> Vec<(Key, Arc<Said>)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let others = all.iter().filter(|(key, _)| ***key != *environment);
        others.filter_map(|(key, line)| Some((key.clone(), line.said.clone()?))).collect()
    }
}

impl Control {
    /// What an environment follows, and how that stands.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn upstream(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
    ) -> Result<UpstreamView> {
        let handle = self.seen_in(principal, project, environment)?;
        let environment = known(&handle.state(), environment)?;
        let found = self.inner.store.upstream(project, &environment).await?;
        let seen = found.as_ref().map(|found| self.stands(found, handle.lines.get(&environment)));
        // After that: what was taken is so before it is told.
        let state = handle.state();
        let scope = Scope::Environment(environment.clone());
        let managed = |kind| {
            let theirs = state.of(&scope, kind).filter(|(_, found)| is_followed(found.resource.managed_by()));
            theirs.count()
        };
        let (flags, segments) = (managed(Kind::Targeting), managed(Kind::Segment));
        let settings = found.map(|Upstream { settings, .. }| UpstreamSet {
            uri: settings.uri,
            key_ends: settings.key_ends,
            by: self.as_person(&settings.by),
            at: settings.at,
        });
        let words = words(seen.as_ref(), flags, segments);
        Ok(UpstreamView { environment, settings, seen, words, flags, segments })
    }

    /// Every environment that follows something. For who listens for them.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn upstreams(&self) -> Result<Vec<Upstream>> {
        Ok(self.inner.store.upstreams().await?)
    }

    /// Comes back when some environment may follow something else.
    pub async fn upstreams_changed(&self) {
        self.inner.upstreams_changed.notified().await;
    }

    /// Notes how an upstream stands; one that was lost before is lost since then.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not followed any more; [`Error::Unavailable`].
    pub async fn upstream_stands(
        &self,
        upstream: &Upstream,
        state: UpstreamState,
        error: Option<String>,
    ) -> Result<()> {
        let handle = self.handle(&upstream.project)?;
        let before = self.line(upstream).await?;
        let mut line = before.clone();
        if line.seen.state != state {
            (line.seen.state, line.seen.since) = (state, self.now());
        }
        line.seen.error = error;
        if state == UpstreamState::Following {
            line.seen.heard = Some(self.now());
        } else {
            line.said = None;
        }
        handle.lines.set(&upstream.environment, Some(line.clone()));
        match line.seen == before.seen {
            true => Ok(()),
            false => self.write_down(upstream, &line.seen).await,
        }
    }

    /// Notes a sign of life. It is written down with what comes next.
    pub fn upstream_lives(&self, upstream: &Upstream) {
        let Ok(handle) = self.handle(&upstream.project) else { return };
        handle.lines.alive(&upstream.environment, &upstream.settings.id, self.now());
    }

    /// The line of what is followed; begun from what was written down.
    async fn line(&self, upstream: &Upstream) -> Result<Line> {
        let handle = self.handle(&upstream.project)?;
        let found = self.inner.store.upstream(&upstream.project, &upstream.environment).await?;
        let found = found.filter(|found| found.settings.id == upstream.settings.id);
        let found = found.ok_or_else(|| Error::NotFound("such upstream any more".into()))?;
        let line = handle.lines.get(&upstream.environment).filter(|line| line.id == upstream.settings.id);
        Ok(line.unwrap_or_else(|| Line {
            id: found.settings.id.clone(),
            seen: self.stands(&found, None),
            said: None,
        }))
    }

    async fn write_down(&self, upstream: &Upstream, seen: &UpstreamSeen) -> Result<()> {
        let (seen, id) = (serde_json::to_value(seen).unwrap_or_default(), &upstream.settings.id);
        Ok(self.inner.store.see_upstream(&upstream.project, &upstream.environment, id, &seen).await?)
    }

    /// How it stands: as it is known, else as it was written down by a server that does not hear it any more.
    fn stands(&self, found: &Upstream, line: Option<Line>) -> UpstreamSeen {
        if let Some(line) = line.filter(|line| line.id == found.settings.id) {
            return line.seen;
        }
        let written = found.seen.clone().and_then(|seen| serde_json::from_value::<UpstreamSeen>(seen).ok());
        let begin = UpstreamSeen {
            state: UpstreamState::Connecting,
            since: self.now(),
            error: None,
            heard: None,
            left_out: vec![],
        };
        match written {
            Some(seen) if seen.state == UpstreamState::Lost => seen,
            Some(seen) => UpstreamSeen { heard: seen.heard, left_out: seen.left_out, ..begin },
            None => begin,
        }
    }

    /// An environment that the principal administers.
    fn administered(&self, principal: &Principal, project: &str, environment: &str) -> Result<Key> {
        let handle = self.seen_in(principal, project, environment)?;
        let key = known(&handle.state(), environment)?;
        self.authorize_in(principal, Action::Administer, &handle, environment)?;
        Ok(key)
    }
}

fn known(state: &State, environment: &str) -> Result<Key> {
    let found = state.environments.iter().find(|key| ***key == *environment).cloned();
    found.ok_or_else(|| Error::NotFound(format!("environment {environment:?}")))
}

fn is_followed(writer: Writer) -> bool {
    writer == Writer::LaunchDarkly
}

fn words(seen: Option<&UpstreamSeen>, flags: usize, segments: usize) -> String {
    let what = counted(flags, segments);
    let Some(seen) = seen else {
        return match flags + segments {
            0 => "It follows nothing: what is said here is all there is.".into(),
            _ => format!("It follows nothing any more; LaunchDarkly still manages {what}."),
        };
    };
    let left = match seen.left_out.len() {
        0 => String::new(),
        1 => " One thing it says is not so here.".into(),
        n => format!(" {n} things it says are not so here."),
    };
    let why = seen.error.as_deref().unwrap_or("it has not answered yet");
    match seen.state {
        UpstreamState::Following => match &seen.error {
            None => format!("It follows {what}.{left}"),
            Some(why) => {
                format!("It is heard, and what it says can't be taken: {why}. {what} stay as they were.")
            }
        },
        UpstreamState::Connecting => format!("It is being called: {why}."),
        UpstreamState::Lost if flags + segments == 0 => {
            format!("It can't be heard: {why}. It is tried again.")
        }
        UpstreamState::Lost => {
            format!(
                "It can't be heard: {why}. {} as it last said, and it is tried again.{left}",
                stays(flags, segments)
            )
        }
    }
}

/// As "1 flag stays", "12 flags and 1 segment stay".
fn stays(flags: usize, segments: usize) -> String {
    let verb = if flags + segments == 1 { "stays" } else { "stay" };
    format!("{} {verb}", counted(flags, segments))
}

/// As "12 flags and 1 segment".
fn counted(flags: usize, segments: usize) -> String {
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    match segments {
        0 => count(flags, "flag"),
        _ => format!("{} and {}", count(flags, "flag"), count(segments, "segment")),
    }
}
