//! Making triggers and changing them.

use serde_json::json;
use switchyard_model::access::Action;
use switchyard_model::{Origin, Problem};
use switchyard_policy::Deed;
use switchyard_store::{Firing, Page, Trigger, TriggerSource};
use uuid::Uuid;

use super::views::{FiringView, NewTrigger, TriggerChange, TriggerDraft, TriggerView};
use crate::access::members::check_name;
use crate::access::secrets;
use crate::apply::Words;
use crate::hooks::webhooks::target;
use crate::plan::Planner;
use crate::policies::sight::Sight;
use crate::project::Handle;
use crate::{Control, Error, Principal, Result};

/// The most triggers of a project.
const MOST: usize = 200;

/// The most bytes of a title or a reason.
const WORDS_MAX: usize = 10_000;

impl Control {
    /// A project's triggers, oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn triggers(&self, principal: &Principal, project: &str) -> Result<Vec<TriggerView>> {
        let handle = self.seen(principal, project)?;
        let mut views = vec![];
        for trigger in self.inner.store.triggers(project).await? {
            views.extend(self.shown_trigger(&handle, principal, trigger).await?);
        }
        Ok(views)
    }

    /// Makes a trigger: who may manage keys, of edits that they may make themselves.
    ///
    /// # Errors
    /// [`Error::Invalid`], also where its edits do not fit now; [`Error::NotFound`], [`Error::Denied`].
    pub async fn create_trigger(
        &self,
        principal: &Principal,
        project: &str,
        draft: TriggerDraft,
    ) -> Result<NewTrigger> {
        let handle = self.seen(principal, project)?;
        self.authorize(principal, Action::ManageKeys, Some(project))?;
        let ground = handle.ground();
        let prepared = self.owned(&ground.state, &principal.id, draft.edits);
        let asked = self.asked_now(&handle, &prepared);
        self.authorize_each(principal, project, Deed::Apply, &asked)?;
        check_name(&draft.name)?;
        let mut problems = vec![];
        if prepared.is_empty() {
            problems.push(Problem::new("edits", "are none").hint("a trigger applies at least one edit"));
        }
        for (field, text) in [("title", &draft.title), ("reason", &draft.reason)] {
            if text.len() > WORDS_MAX {
                problems.push(Problem::new(field, "is too long").hint(format!("at most {WORDS_MAX} bytes")));
            }
        }
        if draft.revert_on_resolved && draft.source != TriggerSource::Alertmanager {
            let problem = Problem::new("revertOnResolved", "needs to be told when it is over");
            problems.push(problem.hint("only Alertmanager's calls say so"));
        }
        if self.inner.store.triggers(project).await?.len() >= MOST {
            problems.push(Problem::new("", format!("a project has at most {MOST} triggers")));
        }
        let edits = prepared.clone();
        let plan = self.plan(ground, move |on| Planner::all(&on.state, &edits).finish(on)).await?;
        problems.extend(self.sight(principal, &handle).of_problems(plan.problems));
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let secret = secrets::secret("");
        let trigger = Trigger {
            id: format!("trigger-{}", Uuid::now_v7()),
            project: project.into(),
            name: draft.name,
            source: draft.source,
            hash: secrets::hash(&secret),
            hint: secrets::hint(&secret),
            secret_version: 1,
            require_signature: draft.require_signature,
            revert_on_resolved: draft.revert_on_resolved,
            active: true,
            title: draft.title,
            reason: draft.reason,
            edits: prepared,
            maker: principal.id.clone(),
            created_at: self.now(),
        };
        self.keep_trigger(principal, &trigger, "trigger.create").await?;
        self.new_trigger(&handle, principal, trigger, secret).await
    }

    /// Renames a trigger, or turns it on or off.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn change_trigger(
        &self,
        principal: &Principal,
        project: &str,
        id: &str,
        change: TriggerChange,
    ) -> Result<TriggerView> {
        let handle = self.seen(principal, project)?;
        let mut trigger = self.managed_trigger(principal, project, id).await?;
        if let Some(name) = change.name {
            check_name(&name)?;
            trigger.name = name;
        }
        trigger.active = change.active.unwrap_or(trigger.active);
        self.keep_trigger(principal, &trigger, "trigger.change").await?;
        self.seen_trigger(&handle, principal, trigger).await
    }

    /// Gives a trigger other secrets; the ones before open nothing from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn rotate_trigger(&self, principal: &Principal, project: &str, id: &str) -> Result<NewTrigger> {
        let handle = self.seen(principal, project)?;
        let mut trigger = self.managed_trigger(principal, project, id).await?;
        let secret = secrets::secret("");
        (trigger.hash, trigger.hint) = (secrets::hash(&secret), secrets::hint(&secret));
        trigger.secret_version += 1;
        self.keep_trigger(principal, &trigger, "trigger.rotate").await?;
        self.new_trigger(&handle, principal, trigger, secret).await
    }

    /// Removes a trigger. What it did stays in the history.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn remove_trigger(&self, principal: &Principal, project: &str, id: &str) -> Result<()> {
        self.seen(principal, project)?;
        let trigger = self.managed_trigger(principal, project, id).await?;
        let entry = self.noted(
            &principal.id,
            "trigger.remove",
            &target(project, id),
            json!({ "name": trigger.name }),
        );
        Ok(self.inner.store.remove_trigger(id, &entry).await?)
    }

    /// When a trigger was set off, newest first, and what came of it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn firings(
        &self,
        principal: &Principal,
        project: &str,
        id: &str,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<FiringView>> {
        let handle = self.seen(principal, project)?;
        let sight = self.sight(principal, &handle);
        let trigger = self.there(&sight, project, id).await?;
        let part = !sight.shown(trigger.edits.iter().map(|edit| &edit.target));
        let page = self.inner.store.firings(id, before, limit).await?;
        let items = page.items.into_iter().map(|firing| sight.of_firing(view(firing), part));
        Ok(Page { items: items.collect(), total: page.total })
    }

    /// The trigger, where something of what it does may be seen.
    async fn there(&self, sight: &Sight, project: &str, id: &str) -> Result<Trigger> {
        let seen = |trigger: &Trigger| {
            let edits = &trigger.edits;
            &*trigger.project == project
                && (edits.is_empty() || edits.iter().any(|edit| sight.resource(&edit.target)))
        };
        let found = self.inner.store.trigger(id).await?.filter(seen);
        found.ok_or_else(|| Error::NotFound(format!("trigger {id:?}")))
    }

    async fn managed_trigger(&self, principal: &Principal, project: &str, id: &str) -> Result<Trigger> {
        self.authorize(principal, Action::ManageKeys, Some(project))?;
        let handle = self.handle(project)?;
        self.there(&self.sight(principal, &handle), project, id).await
    }

    async fn keep_trigger(&self, principal: &Principal, trigger: &Trigger, what: &str) -> Result<()> {
        let detail = json!({
            "name": trigger.name, "source": trigger.source, "active": trigger.active,
            "hint": trigger.hint, "requireSignature": trigger.require_signature,
            "revertOnResolved": trigger.revert_on_resolved, "edits": trigger.edits.iter().map(|edit| &edit.target).collect::<Vec<_>>(), "maker": trigger.maker,
        });
        let entry = self.noted(&principal.id, what, &target(&trigger.project, &trigger.id), detail);
        Ok(self.inner.store.put_trigger(trigger, &entry).await?)
    }

    async fn new_trigger(
        &self,
        handle: &Handle,
        principal: &Principal,
        trigger: Trigger,
        secret: String,
    ) -> Result<NewTrigger> {
        let signing = trigger
            .require_signature
            .then(|| self.hook_settings().signing_secret(&trigger.id, trigger.secret_version).to_text());
        let trigger = self.seen_trigger(handle, principal, trigger).await?;
        Ok(NewTrigger { trigger, secret, signing_secret: signing })
    }

    async fn seen_trigger(
        &self,
        handle: &Handle,
        principal: &Principal,
        trigger: Trigger,
    ) -> Result<TriggerView> {
        let id = trigger.id.clone();
        let shown = self.shown_trigger(handle, principal, trigger).await?;
        shown.ok_or_else(|| Error::NotFound(format!("trigger {id:?}")))
    }

    /// What of a trigger somebody sees; `None` where that is nothing.
    async fn shown_trigger(
        &self,
        handle: &Handle,
        principal: &Principal,
        trigger: Trigger,
    ) -> Result<Option<TriggerView>> {
        let sight = self.sight(principal, handle);
        match sight.is_whole() {
            true => Ok(Some(self.trigger_view(handle, trigger).await?)),
            false => Ok(sight.of_trigger(self.trigger_view(handle, trigger).await?)),
        }
    }

    async fn trigger_view(&self, handle: &Handle, trigger: Trigger) -> Result<TriggerView> {
        let maker = self.as_they_are(&trigger.maker, &handle.key);
        let powerless = match &maker {
            None => Some(format!("{} is no longer let in", self.name_of(&trigger.maker))),
            Some(maker) => {
                let asked = self.asked_now(handle, &trigger.edits);
                let allowed = self.authorize_each(maker, &handle.key, Deed::Apply, &asked);
                allowed.err().map(|why| why.to_string())
            }
        };
        let edits = trigger.edits.clone();
        let plan = self.plan(handle.ground(), move |on| Planner::all(&on.state, &edits).finish(on)).await?;
        let words = Words::new(&*trigger.title, &*trigger.reason, origin(&trigger, String::new()));
        let asked = maker.unwrap_or_else(Principal::switchyard);
        let check = self.tried(handle, &asked, &plan, &words).await?;
        let newest = self.inner.store.firings(&trigger.id, None, 1).await?.items.pop();
        Ok(TriggerView {
            title: words.title(&plan),
            check,
            maker: self.as_person(&trigger.maker),
            powerless,
            newest: newest.map(view),
            id: trigger.id,
            name: trigger.name,
            source: trigger.source,
            hint: trigger.hint,
            require_signature: trigger.require_signature,
            revert_on_resolved: trigger.revert_on_resolved,
            active: trigger.active,
            reason: trigger.reason,
            edits: trigger.edits,
            created_at: trigger.created_at,
        })
    }
}

pub(super) fn origin(trigger: &Trigger, payload: String) -> Origin {
    Origin::Trigger { trigger: trigger.id.clone(), name: trigger.name.clone(), payload }
}

fn view(firing: Firing) -> FiringView {
    let Firing { number, at, excerpt, fired, .. } = firing;
    let (outcome, detail, revision, change) = match fired {
        Some(fired) => (Some(fired.outcome), fired.detail, fired.revision, fired.change),
        None => (None, String::new(), None, None),
    };
    FiringView { number, at, outcome, detail, excerpt, revision, change }
}
