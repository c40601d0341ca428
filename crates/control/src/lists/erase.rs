//! Somebody is erased: their key from every list that the history keeps, and all that was sampled of them.
//!
//! What is in force is configuration, and changes by changes only. So nobody is erased who is in force: they are taken out
//! first, which SDKs, data planes and the Redis follow as they follow every change, and which goes the way that changes go
//! there. Erasing alters nothing that anybody is served. Lists keep their names, by which revisions name them; how many
//! keys were erased from one is told where it is shown. See docs/decisions/0021-erasure.md.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use switchyard_model::access::Action;
use switchyard_model::ids::Key;
use switchyard_model::{Kind, Problem};
use switchyard_snapshot::forget_key;
use switchyard_store::{ErasedList, Store};
use switchyard_telemetry::Place;

use super::content::{self, Content};
use super::{READING, list_of, stored};
use crate::project::{Certainty, Handle};
use crate::{Control, Error, Principal, Result};

/// What became of somebody's key.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Erased {
    /// So many lists had it, and have it no more.
    pub lists: usize,
    /// So many samples were of them.
    pub samples: usize,
    /// What names the key by hand at the head: only a change takes it out.
    pub by_hand: Vec<ByHand>,
    /// So many revisions say it in their own words. The history stays as it is.
    pub revisions: u64,
}

/// A resource that names a key by hand.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ByHand {
    /// The project.
    pub project: Key,
    /// The environment; absent for what is the project's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Key>,
    /// What it is.
    pub kind: Kind,
    /// Its key.
    pub key: Key,
}

impl Control {
    /// Takes somebody's key out of every list of every project, and forgets what was sampled of them. With `dry_run` only
    /// says what that would be. The audit log tells who did it and of how many lists, not whom it was about.
    ///
    /// # Errors
    /// [`Error::Invalid`] with where the key is in force, or may be in Redis; nothing was erased then.
    /// [`Error::Denied`]; [`Error::Unseen`] for who does not see all projects; [`Error::Unavailable`].
    pub async fn erase_key(&self, principal: &Principal, key: &str, dry_run: bool) -> Result<Erased> {
        self.authorize(principal, Action::Administer, None)?;
        self.authorize_all(principal)?;
        if !content::is_key(key) {
            let problem = Problem::new("key", "can't be in a list");
            return Err(Error::Invalid(vec![problem.hint("say one whole key, as it stands in the lists")]));
        }
        let (control, who, key) = (self.clone(), principal.id.clone(), key.to_owned());
        // To its end, even when the caller goes away.
        tokio::spawn(async move { control.erase(&who, &key, dry_run).await }).await?
    }

    async fn erase(&self, who: &str, key: &str, dry_run: bool) -> Result<Erased> {
        let _writing = self.inner.lists.writing.lock().await;
        let handles = self.handles();
        self.nowhere_in_force(&handles, key).await?;
        let mut erased = vec![];
        for handle in &handles {
            let (store, project, key) = (self.inner.store.clone(), handle.key.clone(), key.to_owned());
            let names = store.lists(&project).await?;
            let planned = move || planned(&*store, &project, &names, &key);
            erased.extend(tokio::task::spawn_blocking(planned).await??);
        }
        let lists = erased.iter().filter(|list| list.content.is_some()).count();
        let mut samples = 0;
        if !dry_run {
            // No revision is written from here on: what is not in force does not come into force.
            let mut turns = vec![];
            for handle in &handles {
                turns.push(handle.writer.clone().lock_owned().await);
            }
            if turns.iter().any(|certainty| **certainty == Certainty::Doubtful) {
                return Err(Error::Unavailable);
            }
            self.nowhere_in_force(&handles, key).await?;
            let _reading = READING.write().await;
            let entry = self.noted(who, "key.erase", "lists", json!({ "lists": lists }));
            self.inner.store.erase_from_lists(&erased, &entry).await?;
            erased.iter().for_each(|list| switchyard_flags::BigList::forget(&list.hash));
            self.inner.lists.forget();
            for (project, environment) in places(&handles) {
                let place = Place { project: &project, environment: &environment };
                samples += self.inner.samples.of(place).map_or(0, |sampled| forget_key(&sampled, key));
            }
        }
        let mut revisions = 0;
        for handle in &handles {
            revisions += self.inner.store.revisions_saying(&handle.key, key).await?;
        }
        Ok(Erased { lists, samples, by_hand: by_hand(&handles, key), revisions })
    }

    /// Refuses what is in a list at some head, or where a Redis may still have it.
    async fn nowhere_in_force(&self, handles: &[Arc<Handle>], key: &str) -> Result<()> {
        let mut problems = vec![];
        for handle in handles {
            let state = handle.state();
            for (id, found) in state.iter() {
                let Some(hash) = list_of(&found.resource) else { continue };
                let list = super::compiled(&*self.inner.store, &handle.key, hash).await?;
                let Some(is_in) = list.membership(key) else { continue };
                let environment = id.scope.environment().map_or("", |key| key);
                let side = if is_in { "included" } else { "excluded" };
                let hint = format!(
                    "take it out first: `switchyard segment upload {} - -p {} -e {environment} --side {side} --mode remove`",
                    id.key, handle.key
                );
                problems.push(
                    Problem::new("key", format!("is {side} by a list that is in force")).of(id).hint(hint),
                );
            }
        }
        for handle in handles {
            let state = handle.state();
            for environment in
                state.environments.iter().filter(|key| self.inner.stores.is_behind(&handle.key, key, &state))
            {
                let why = format!("may still be in Redis: {}/{environment} is not in step", handle.key);
                let hint = "erase it again once it is; the segment's page says what it waits for";
                problems.push(Problem::new("key", why).hint(hint));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
    }
}

fn places(handles: &[Arc<Handle>]) -> Vec<(Key, Key)> {
    let of = |handle: &Arc<Handle>| {
        let project = handle.key.clone();
        handle.environments().into_iter().map(move |environment| (project.clone(), environment.key))
    };
    handles.iter().flat_map(of).collect()
}

/// What is to be written of a project's lists, of which those come first that others are on top of: each that says anything
/// of the key is written without it, which leaves all others as they are; and each that has it has another content. On a
/// thread that may wait.
fn planned(
    store: &dyn Store,
    project: &Key,
    names: &[(String, Option<String>)],
    key: &str,
) -> Result<Vec<ErasedList>> {
    let read = |hash: &str| tokio::runtime::Handle::current().block_on(stored(store, project, hash));
    let broken = |error: std::io::Error, hash: &str| {
        tracing::error!(project = &**project, hash, %error, "a list is not what it was");
        Error::Unavailable
    };
    let mut rewritten = HashMap::new();
    for (hash, base) in names {
        let body = content::without(&read(hash)?.body, base.is_none(), key);
        if let Some(body) = body.map_err(|error| broken(error, hash))? {
            rewritten.insert(hash, body);
        }
    }
    if rewritten.is_empty() {
        return Ok(vec![]);
    }
    let mut above = BTreeMap::<Option<&str>, Vec<&String>>::new();
    for (hash, base) in names {
        above.entry(base.as_deref()).or_default().push(hash);
    }
    let (mut found, mut waiting) = (vec![], vec![]);
    let roots = above.remove(&None).unwrap_or_default();
    waiting.extend(roots.into_iter().map(|hash| (hash, None::<Content>)));
    while let Some((hash, below)) = waiting.pop() {
        let body = read(hash)?.body;
        let content = match below {
            None => Content::from_whole(&body),
            Some(below) => below.after(&body),
        };
        let content = content.ok_or_else(|| broken(std::io::ErrorKind::InvalidData.into(), hash))?;
        // The last one has it, and as it is: a long row of lists is in memory once.
        let mut others = above.remove(&Some(hash.as_str())).unwrap_or_default();
        let last = others.pop();
        waiting.extend(others.into_iter().map(|other| (other, Some(content.clone()))));
        let altered = content.hash_without(key);
        waiting.extend(last.map(|last| (last, Some(content))));
        let body = rewritten.remove(hash);
        if body.is_some() || altered.is_some() {
            found.push(ErasedList {
                project: project.to_string(),
                hash: hash.clone(),
                body,
                content: altered,
            });
        }
    }
    Ok(found)
}

/// The resources at the heads that say the key somewhere.
fn by_hand(handles: &[Arc<Handle>], key: &str) -> Vec<ByHand> {
    let mut found = vec![];
    for handle in handles {
        for (id, resource) in handle.state().iter() {
            if serde_json::to_value(&*resource.resource).is_ok_and(|value| says(&value, key)) {
                let environment = id.scope.environment().cloned();
                let (project, kind, key) = (handle.key.clone(), id.kind, id.key.clone());
                found.push(ByHand { project, environment, kind, key });
            }
        }
    }
    found
}

fn says(value: &Value, key: &str) -> bool {
    match value {
        Value::String(text) => text == key,
        Value::Array(items) => items.iter().any(|item| says(item, key)),
        Value::Object(fields) => fields.values().any(|field| says(field, key)),
        _ => false,
    }
}
