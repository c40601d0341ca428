//! The lists of big segments: uploaded once, named by what is in them, and kept for every revision that names them.
//!
//! A segment names its list by a hash, so that the state and the history hold that name alone. The content is kept whole
//! or as what differs from another list, and is in memory for as long as a snapshot is compiled from it.
//!
//! - What nobody ever named is removed after a while ([`tidy`]).
//! - Somebody can be erased from all lists that the history keeps ([`erase`]). Those keep their names.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::json;
use switchyard_flags::BigList;
use switchyard_model::access::Action;
use switchyard_model::ids::Key;
use switchyard_model::segment::KeyList;
use switchyard_model::{Problem, Resource, ResourceId, State};
use switchyard_store::{Store, StoredList};

use crate::{Control, Error, Principal, Result};

pub(crate) mod content;
pub(crate) mod erase;
pub(crate) mod tidy;

use content::Content;

/// The most keys of a list, both sides together.
pub const KEYS_MAX: usize = 1_000_000;

/// A list is kept as differences of differences at most this deep, so that reading one stays short.
const DEPTH: u32 = 16;

/// So many lists that were just made wait to be named by a change.
const RECENT: usize = 4;

/// Which keys are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListSide {
    /// Those that are in.
    Included,
    /// Those that are out.
    Excluded,
}

/// What the keys that are said are to those there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListMode {
    /// All there are.
    Replace,
    /// More of them.
    Add,
    /// No more there.
    Remove,
}

/// Keys, and what becomes of them.
#[derive(Debug, Clone)]
pub struct NewList {
    /// The list that is altered, by its hash; an empty one where absent.
    pub onto: Option<String>,
    /// Which side.
    pub side: ListSide,
    /// How.
    pub mode: ListMode,
    /// One key a line.
    pub text: String,
}

/// A list that was made, and what it is to the one that it came from.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListMade {
    /// To be named by a segment.
    pub list: KeyList,
    /// So many keys are in or out that were not.
    pub added: usize,
    /// So many are not any more.
    pub removed: usize,
}

/// Held while a list is made of what is kept of it: nobody is erased meanwhile. For the whole process, as is what is
/// found by it.
static READING: tokio::sync::RwLock<()> = tokio::sync::RwLock::const_new(());

/// The lists of all projects while the server runs.
#[derive(Default)]
pub(crate) struct Lists {
    /// Those that somebody will name soon.
    recent: Mutex<VecDeque<Arc<BigList>>>,
    /// Held while lists are written or removed.
    writing: tokio::sync::Mutex<()>,
    /// So many were removed, as nothing named them.
    removed: AtomicU64,
}

impl Lists {
    fn hold(&self, list: Arc<BigList>) {
        let mut all = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        all.truncate(RECENT - 1);
        all.push_front(list);
    }

    fn forget(&self) {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Control {
    /// Makes a list of keys, to be named by a segment in a change. Nobody is in it by that.
    ///
    /// # Errors
    /// [`Error::Invalid`] with what is wrong, by line; [`Error::NotFound`] for another list that is not there;
    /// [`Error::Denied`].
    pub async fn make_list(&self, principal: &Principal, project: &str, new: NewList) -> Result<ListMade> {
        self.authorize(principal, Action::EditFlags, Some(project))?;
        let store = &*self.inner.store;
        let _writing = self.inner.lists.writing.lock().await;
        let (base, depth) = match &new.onto {
            Some(hash) => {
                let depth = stored(store, project, hash).await?.depth + 1;
                (Some((hash.clone(), content(store, project, hash).await?)), depth)
            }
            None => (None, 0),
        };
        let task = tokio::task::spawn_blocking(move || make(base, depth, &new));
        let (mut made, mut kept, content) = task.await?.map_err(Error::Invalid)?;
        (kept.hash, kept.content) = free_name(store, project, (kept.hash, &content)).await?;
        made.list.hash = kept.hash.as_str().into();
        let detail = json!({ "list": made.list, "added": made.added, "removed": made.removed });
        let entry = self.noted(&principal.id, "list.make", project, detail);
        store.put_list(project, &kept, &entry).await?;
        let compiling = tokio::task::spawn_blocking(move || compile(&kept.hash, &content));
        self.inner.lists.hold(compiling.await?);
        Ok(made)
    }

    /// The keys of a list.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Unavailable`].
    pub async fn list(&self, principal: &Principal, project: &str, hash: &str) -> Result<Arc<BigList>> {
        self.seen(principal, project)?;
        compiled(&*self.inner.store, project, hash).await
    }

    /// Has the lists in memory that are named so, for as long as the answer is held: to be compiled. That one is not
    /// there is said where the segment that names it is checked.
    pub(crate) async fn ready(&self, project: &str, named: BTreeSet<Key>) -> Result<Vec<Arc<BigList>>> {
        ready(&*self.inner.store, project, named).await
    }
}

/// As [`Control::ready`], of a store.
pub(crate) async fn ready(
    store: &dyn Store,
    project: &str,
    named: BTreeSet<Key>,
) -> Result<Vec<Arc<BigList>>> {
    let mut ready = vec![];
    for hash in named {
        match compiled(store, project, &hash).await {
            Ok(list) => ready.push(list),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(ready)
}

async fn compiled(store: &dyn Store, project: &str, hash: &str) -> Result<Arc<BigList>> {
    let _reading = READING.read().await;
    // One that another project has made is not this one's.
    stored(store, project, hash).await?;
    if let Some(known) = BigList::find(hash) {
        return Ok(known);
    }
    let content = content(store, project, hash).await?;
    let name = hash.to_owned();
    Ok(tokio::task::spawn_blocking(move || compile(&name, &content)).await?)
}

async fn stored(store: &dyn Store, project: &str, hash: &str) -> Result<StoredList> {
    store.list(project, hash).await?.ok_or_else(|| Error::NotFound(format!("list {hash:?}")))
}

/// What a list with this content is to be called, and the hash of the content where that is another: one of its first
/// name may be there from which somebody was erased since, and who is uploaded is in what was uploaded.
async fn free_name(
    store: &dyn Store,
    project: &str,
    (hash, content): (String, &Content),
) -> Result<(String, Option<String>)> {
    let (mut name, mut own) = (hash.clone(), None);
    for taken in 1.. {
        match store.list(project, &name).await? {
            Some(there) if there.content != own => {}
            _ => break,
        }
        (name, own) = (content.other_name(taken), Some(hash.clone()));
    }
    Ok((name, own))
}

/// What is in a list, from what it was written as and what that differs from.
async fn content(store: &dyn Store, project: &str, hash: &str) -> Result<Content> {
    let found = stored(store, project, hash).await?;
    let own = found.content.clone().unwrap_or_else(|| hash.to_owned());
    let mut way = vec![found];
    while let Some(base) = way.last().and_then(|stored| stored.base.clone()) {
        way.push(stored(store, project, &base).await?);
    }
    let read = move || {
        let whole = way.pop().and_then(|stored| Content::from_whole(&stored.body));
        way.into_iter().rev().try_fold(whole?, |content, stored| content.after(&stored.body))
    };
    let content = tokio::task::spawn_blocking(read).await?;
    content.filter(|content| content.hash() == own).ok_or_else(|| {
        tracing::error!(project, hash, "a list is not what it was");
        Error::Unavailable
    })
}

/// The lists that the segments of a state name.
pub(crate) fn named(state: &State) -> BTreeSet<Key> {
    let lists = state.iter().filter_map(|(_, found)| list_of(&found.resource));
    lists.cloned().collect()
}

/// The list that a resource names.
pub(crate) fn list_of(resource: &Resource) -> Option<&Key> {
    match resource {
        Resource::Segment(segment) => segment.list.as_ref().map(|list| &list.hash),
        _ => None,
    }
}

/// A project's lists, for who plans: on a thread that may wait.
#[derive(Clone)]
pub(crate) struct Shelf {
    store: Arc<dyn Store>,
    project: Key,
}

impl Shelf {
    pub(crate) fn new(store: Arc<dyn Store>, project: Key) -> Self {
        Shelf { store, project }
    }

    /// The lists that these resources name, to be held until they are compiled; and what is wrong with the names. A list
    /// of another project's is none of this one's.
    pub(crate) fn take<'a>(
        &self,
        resources: impl Iterator<Item = (&'a ResourceId, &'a Resource)>,
    ) -> (Vec<Arc<BigList>>, Vec<Problem>) {
        let (mut held, mut problems) = (vec![], vec![]);
        for (id, hash) in resources.filter_map(|(id, resource)| Some((id, list_of(resource)?))) {
            let wrong =
                |why: &str, hint: &str| Problem::new("list.hash", why).value(&**hash).hint(hint).of(id);
            match tokio::runtime::Handle::current().block_on(compiled(&*self.store, &self.project, hash)) {
                Ok(list) => held.push(list),
                Err(Error::NotFound(_)) => problems.push(wrong(
                    "is no list of this project",
                    "upload it first: `switchyard segment upload`",
                )),
                Err(_) => problems.push(wrong("can't be read at the moment", "try it again")),
            }
        }
        (held, problems)
    }
}

type Making = (ListMade, StoredList, Content);

fn make(
    base: Option<(String, Content)>,
    depth: u32,
    new: &NewList,
) -> std::result::Result<Making, Vec<Problem>> {
    let keys = content::read(&new.text)?;
    let (base_hash, before) = base.unzip();
    let before = before.unwrap_or_default();
    let content = before.clone().with(new.side, new.mode, keys);
    if content.len() > KEYS_MAX {
        let problem = Problem::new("", format!("would have {} keys", content.len()));
        return Err(vec![problem.hint(format!("a list has at most {KEYS_MAX}"))]);
    }
    let broken = |error: std::io::Error| vec![Problem::new("", error.to_string())];
    let hash = content.hash();
    let (added, removed) = content.differs(&before);
    // What differs much, or is far from a whole one, begins anew.
    let near = base_hash.filter(|_| depth <= DEPTH && (added + removed) * 2 < content.len());
    let body = match &near {
        Some(_) => content.since(&before).map_err(broken)?,
        None => content.whole().map_err(broken)?,
    };
    let depth = if near.is_some() { depth } else { 0 };
    let stored = StoredList { hash: hash.clone(), base: near, depth, body, content: None, erased: 0 };
    let (included, excluded) = (content.included.len() as u64, content.excluded.len() as u64);
    let list = KeyList { hash: hash.into(), included, excluded };
    Ok((ListMade { list, added, removed }, stored, content))
}

fn compile(hash: &str, content: &Content) -> Arc<BigList> {
    BigList::keep(hash, texts(&content.included), texts(&content.excluded))
}

fn texts(keys: &[String]) -> impl Iterator<Item = &str> {
    keys.iter().map(String::as_str)
}
