//! The door to all projects.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use jiff::Timestamp;
use switchyard_contract::{Deliveries, Subscriber};
use switchyard_model::State;
use switchyard_model::access::Action;
use switchyard_model::ids::Key;
use switchyard_snapshot::{Samples, Snapshot};
use switchyard_store::Store;
use tokio::sync::Notify;

use crate::access::Directory;
use crate::access::attempts::Attempts;
use crate::access::passwords::hashing::Hasher;
use crate::access::settings::SignInSettings;
use crate::audit::Tally;
use crate::big_segments::Stores;
use crate::hooks::Settled;
use crate::impact;
use crate::lists::{self, Lists, Shelf};
use crate::plan::{Ground, Plan};
use crate::project::Handle;
use crate::triggers::Rates;
use crate::usage::Keeping;
use crate::{Error, Listening, Nodes, Principal, Project, Result};

/// What time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The machine's clock.
pub fn system_clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// Everything people and clients may do with projects. Clones are the same door.
///
/// Every function for people takes the [`Principal`] first and refuses what their role does not allow.
#[derive(Clone)]
pub struct Control {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) directory: Directory,
    /// Held while members, tokens, keys and projects change.
    pub(crate) administering: tokio::sync::Mutex<()>,
    pub(crate) projects: RwLock<BTreeMap<Key, Arc<Handle>>>,
    pub(crate) clock: Clock,
    pub(crate) samples: Samples,
    /// Who was refused what, and which keys were used, until it is written into the audit log.
    pub(crate) refusals: Tally,
    pub(crate) key_uses: Tally,
    /// Sign-ins that failed, by whom they were for; until they are written into the audit log.
    pub(crate) sign_ins: Tally,
    pub(crate) sign_in: OnceLock<SignInSettings>,
    pub(crate) attempts: Attempts,
    pub(crate) hasher: Hasher,
    /// Held while it is decided whom a provider vouches for.
    pub(crate) vouching: tokio::sync::Mutex<()>,
    /// Told when something is scheduled that may be due before all else.
    pub(crate) scheduled: tokio::sync::Notify,
    /// Turns to preview.
    pub(crate) previewing: Arc<tokio::sync::Semaphore>,
    pub(crate) hooks: Settled,
    /// Woken when something may have happened that webhooks are told.
    pub(crate) happened: Arc<Notify>,
    pub(crate) rates: Rates,
    /// Woken when some project's repository may be another.
    pub(crate) git_changed: Notify,
    pub(crate) lists: Lists,
    /// How the store stands in which SDKs look up big segments.
    pub(crate) stores: Stores,
    /// Woken when some environment may follow something else.
    pub(crate) upstreams_changed: Notify,
    pub(crate) usage: Keeping,
}

impl Control {
    /// Reads every project's state, compiles every environment and publishes its first snapshot.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the store can't be read; [`Error::Invalid`] when what it holds does not
    /// compile.
    pub async fn open(store: Arc<dyn Store>, clock: Clock) -> Result<Control> {
        store.forget_ended(clock()).await?;
        let mut projects = BTreeMap::new();
        let happened = Arc::new(Notify::new());
        for project in store.projects().await? {
            let state = store.state(&project.key).await?;
            let _lists = lists::ready(&*store, &project.key, lists::named(&state)).await?;
            let shelf = Shelf::new(store.clone(), project.key.clone());
            projects.insert(
                project.key.clone(),
                Arc::new(Handle::open(&project, state, clock.clone(), happened.clone(), shelf)?),
            );
        }
        let directory = Directory::load(&*store).await?;
        let (administering, projects) = (tokio::sync::Mutex::new(()), RwLock::new(projects));
        let previewing = Arc::new(tokio::sync::Semaphore::new(impact::AT_ONCE));
        let samples = Samples::default();
        let (refusals, key_uses) = (Tally::default(), Tally::default());
        let inner = Inner {
            store,
            directory,
            administering,
            projects,
            clock,
            samples,
            refusals,
            key_uses,
            sign_ins: Tally::default(),
            sign_in: OnceLock::new(),
            attempts: Attempts::default(),
            hasher: Hasher::default(),
            vouching: tokio::sync::Mutex::new(()),
            scheduled: tokio::sync::Notify::new(),
            previewing,
            hooks: Settled::default(),
            happened,
            rates: Rates::default(),
            git_changed: Notify::new(),
            lists: Lists::default(),
            stores: Stores::default(),
            upstreams_changed: Notify::new(),
            usage: Keeping::default(),
        };
        Ok(Control { inner: Arc::new(inner) })
    }

    /// All projects that the principal may see, by key.
    ///
    /// # Errors
    /// [`Error::Denied`].
    pub fn projects(&self, principal: &Principal) -> Result<Vec<Project>> {
        self.authorize(principal, Action::View, None)?;
        let all = self.inner.projects.read().unwrap_or_else(PoisonError::into_inner);
        let seen = all.values().filter(|handle| self.sees_project(principal, &handle.key));
        Ok(seen.map(|handle| self.sight(principal, handle).of_project(handle.view())).collect())
    }

    /// One project.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn project(&self, principal: &Principal, project: &str) -> Result<Project> {
        let handle = self.seen(principal, project)?;
        Ok(self.sight(principal, &handle).of_project(handle.view()))
    }

    /// A project's state at its head.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn state(&self, principal: &Principal, project: &str) -> Result<State> {
        let handle = self.seen(principal, project)?;
        Ok(self.sight(principal, &handle).of_state(handle.state()))
    }

    /// A project's state as it was at a revision.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn state_at(&self, principal: &Principal, project: &str, revision: u64) -> Result<State> {
        let handle = self.seen(principal, project)?;
        let state = self.state_of(&handle, revision).await?;
        Ok(self.sight(principal, &handle).of_state(state))
    }

    /// An environment's snapshot, to be read and watched by what acts on it.
    pub fn snapshot(&self, project: &str, environment: &str) -> Option<Subscriber<Snapshot>> {
        self.handle(project).ok()?.subscribe(environment)
    }

    /// An environment's snapshot as it was at a revision, compiled for who asks.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`]; [`Error::Invalid`] for a state that does not compile any more.
    pub async fn snapshot_at(
        &self,
        principal: &Principal,
        project: &str,
        environment: &str,
        revision: u64,
    ) -> Result<Arc<Snapshot>> {
        let handle = self.seen_in(principal, project, environment)?;
        let known = handle.environments().into_iter().find(|e| &*e.key == environment);
        let key = known.ok_or_else(|| Error::NotFound(format!("environment {environment:?}")))?.key;
        let state = self.state_of(&handle, revision).await?;
        let project = handle.key.clone();
        let _lists = self.ready(&project, lists::named(&state)).await?;
        let compile = move || Snapshot::compile(&project, &key, &state);
        tokio::task::spawn_blocking(compile).await?.map(Arc::new).map_err(Error::Invalid)
    }

    /// What happens in a project from now on, its head, and how long nothing had happened.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn events(&self, principal: &Principal, project: &str) -> Result<Listening> {
        let handle = self.seen(principal, project)?;
        Ok(handle.events.listen(|| handle.state().revision))
    }

    /// Where a project's nodes report to.
    pub fn deliveries(&self, project: &str) -> Option<Arc<dyn Deliveries>> {
        Some(self.handle(project).ok()?.registry.clone())
    }

    /// Who acts on an environment's snapshot.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub fn nodes(&self, principal: &Principal, project: &str, environment: &str) -> Result<Nodes> {
        let handle = self.seen_in(principal, project, environment)?;
        let found = handle.environments().into_iter().find(|e| &*e.key == environment);
        let environment = found.ok_or_else(|| Error::NotFound(format!("environment {environment:?}")))?;
        Ok(handle.registry.nodes(&environment.key))
    }

    /// The time, as it is kept.
    pub(crate) fn now(&self) -> Timestamp {
        let now = (self.inner.clock)();
        // The store keeps microseconds; what is answered before and after a restart is the same.
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    pub(crate) fn handle(&self, project: &str) -> Result<Arc<Handle>> {
        let all = self.inner.projects.read().unwrap_or_else(PoisonError::into_inner);
        all.get(project).cloned().ok_or_else(|| Error::NotFound(format!("project {project:?}")))
    }

    /// All projects, by key.
    pub(crate) fn handles(&self) -> Vec<Arc<Handle>> {
        self.inner.projects.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The project, where the principal may see it.
    pub(crate) fn seen(&self, principal: &Principal, project: &str) -> Result<Arc<Handle>> {
        self.authorize(principal, Action::View, Some(project))?;
        self.handle(project)
    }

    pub(crate) async fn state_of(&self, handle: &Handle, revision: u64) -> Result<State> {
        let head = handle.state();
        match revision {
            r if r == head.revision => Ok(head),
            r if r > head.revision => Err(Error::NotFound(format!("revision {revision}"))),
            r => Ok(self.inner.store.state_at(&handle.key, r).await?),
        }
    }

    /// Plans aside, on a thread that may take its time.
    pub(crate) async fn plan<F>(&self, ground: Ground, plan: F) -> Result<Plan>
    where
        F: FnOnce(&Ground) -> Plan + Send + 'static,
    {
        let mut plan = tokio::task::spawn_blocking(move || plan(&ground)).await?;
        plan.people = self.people();
        Ok(plan)
    }
}
