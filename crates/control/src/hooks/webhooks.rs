//! Making webhooks and changing them.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use switchyard_model::access::Action;
use switchyard_model::{Kind, Problem};
use switchyard_store::{AuditEntry, Filter, Webhook, WebhookKind};
use uuid::Uuid;

use super::events::EVENTS;
use super::url::{masked, wrong};
use super::views::{NewWebhook, WebhookView};
use crate::access::members::check_name;
use crate::policies::sight::Sight;
use crate::{Control, Error, HookSettings, Principal, Result};

/// The most webhooks of a project: each has a sender of its own.
const MOST: usize = 50;

/// A webhook to make.
#[derive(Debug, Clone)]
pub struct WebhookDraft {
    /// What people call it.
    pub name: String,
    /// What it is sent.
    pub kind: WebhookKind,
    /// Where to.
    pub url: String,
    /// Whether it is the principal's own: then its messages carry links that answer in their name.
    pub to_me: bool,
    /// What it tells.
    pub filter: Filter,
}

/// What to change of a webhook; absent fields stay.
#[derive(Debug, Clone, Default)]
pub struct WebhookChange {
    /// What people call it.
    pub name: Option<String>,
    /// Where it is sent to.
    pub url: Option<String>,
    /// What it tells.
    pub filter: Option<Filter>,
    /// False sends nothing; what happens meanwhile is not told later.
    pub active: Option<bool>,
}

impl Control {
    /// Says what the server gives its webhooks and triggers: once, before they are used.
    pub fn set_up_hooks(&self, settings: HookSettings) {
        self.inner.hooks.set(settings);
    }

    /// What the server gives its webhooks and triggers.
    pub fn hook_settings(&self) -> &HookSettings {
        self.inner.hooks.get()
    }

    /// Comes back when something may have happened that webhooks are to be told.
    pub async fn happened(&self) {
        self.inner.happened.notified().await;
    }

    /// A project's webhooks, oldest first: all of them for who administers it, else one's own.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn webhooks(&self, principal: &Principal, project: &str) -> Result<Vec<WebhookView>> {
        let handle = self.seen(principal, project)?;
        let sight = self.sight(principal, &handle);
        let all = self.authorize(principal, Action::Administer, Some(project)).is_ok();
        let mut views = vec![];
        for hook in self.inner.store.webhooks().await? {
            let own = all || hook.member.as_deref() == Some(&principal.id);
            if &*hook.project == project && own && is_shown(&sight, &hook) {
                views.push(self.webhook_view(&sight, hook).await?);
            }
        }
        Ok(views)
    }

    /// Makes a webhook: for a project who administers it, for oneself who may review.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn create_webhook(
        &self,
        principal: &Principal,
        project: &str,
        draft: WebhookDraft,
    ) -> Result<NewWebhook> {
        let handle = self.seen(principal, project)?;
        let member = draft.to_me.then(|| principal.id.clone());
        self.authorize_webhook(principal, project, member.as_deref())?;
        check_name(&draft.name)?;
        let mut problems = vec![];
        if let Some(id) = &member {
            // A token is shared more easily than a session, and its maker may be more than it is.
            let is_member = self.inner.directory.with(|known| known.members.contains_key(id));
            if !is_member {
                let problem = Problem::new("toMe", "is for members who are signed in");
                problems.push(problem.hint("make it on the page: an API token is no person"));
            }
            if draft.kind != WebhookKind::Slack {
                let hint = "personal webhooks are of the kind slack: only people follow links";
                problems.push(Problem::new("toMe", "takes a message that a person reads").hint(hint));
            }
        }
        problems.extend(wrong(&draft.url, self.hook_settings().private));
        let sight = self.sight(principal, &handle);
        problems.extend(check_filter(&draft.filter, &sight.of_state(handle.state()).environments));
        let there = self.inner.store.webhooks().await?;
        if there.iter().filter(|hook| &*hook.project == project).count() >= MOST {
            problems.push(Problem::new("", format!("a project has at most {MOST} webhooks")));
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let hook = Webhook {
            id: format!("hook-{}", Uuid::now_v7()),
            project: project.into(),
            name: draft.name,
            kind: draft.kind,
            url: draft.url,
            member,
            filter: draft.filter,
            active: true,
            stopped: None,
            secret_version: 1,
            previous_until: None,
            created_by: principal.id.clone(),
            created_at: self.now(),
        };
        self.keep_webhook(&principal.id, &hook, "webhook.create").await?;
        let secret = self.shown_secret(&hook);
        Ok(NewWebhook { webhook: self.webhook_view(&sight, hook).await?, secret })
    }

    /// Changes a webhook. A person's own is sent elsewhere only by them.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`], [`Error::Denied`].
    pub async fn change_webhook(
        &self,
        principal: &Principal,
        project: &str,
        id: &str,
        change: WebhookChange,
    ) -> Result<WebhookView> {
        let handle = self.seen(principal, project)?;
        let mut hook = self.own_webhook(principal, project, id).await?;
        let mut problems = vec![];
        if let Some(name) = change.name {
            check_name(&name)?;
            hook.name = name;
        }
        if let Some(url) = change.url {
            problems.extend(wrong(&url, self.hook_settings().private));
            if hook.member.as_ref().is_some_and(|member| *member != principal.id) {
                let hint = "its links act in their name, so only they say where it is sent";
                problems.push(Problem::new("url", "is somebody else's own").hint(hint));
            }
            hook.url = url;
        }
        let sight = self.sight(principal, &handle);
        if let Some(mut filter) = change.filter {
            problems.extend(check_filter(&filter, &sight.of_state(handle.state()).environments));
            // Those that they don't see stay, but where it is to tell of all.
            if !filter.environments.is_empty() {
                let unseen = hook.filter.environments.into_iter().filter(|key| !sight.environment(key));
                filter.environments.extend(unseen);
            }
            hook.filter = filter;
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        if let Some(active) = change.active {
            (hook.active, hook.stopped) = (active, None);
        }
        self.keep_webhook(&principal.id, &hook, "webhook.change").await?;
        self.webhook_view(&sight, hook).await
    }

    /// Gives a webhook another secret. The one before signs too until `overlap` is over.
    ///
    /// # Errors
    /// [`Error::Invalid`] for Slack's, which is not signed; [`Error::NotFound`], [`Error::Denied`].
    pub async fn rotate_webhook(
        &self,
        principal: &Principal,
        project: &str,
        id: &str,
        overlap: Duration,
    ) -> Result<NewWebhook> {
        let handle = self.seen(principal, project)?;
        let mut hook = self.own_webhook(principal, project, id).await?;
        if hook.kind == WebhookKind::Slack {
            let problem = Problem::new("", "Slack's messages are not signed");
            return Err(Error::Invalid(vec![problem.hint("make another URL in Slack and set it here")]));
        }
        let overlap = SignedDuration::try_from(overlap).unwrap_or(SignedDuration::MAX);
        hook.secret_version += 1;
        hook.previous_until = Some(self.now().saturating_add(overlap).unwrap_or(jiff::Timestamp::MAX));
        self.keep_webhook(&principal.id, &hook, "webhook.rotate").await?;
        let secret = self.shown_secret(&hook);
        let sight = self.sight(principal, &handle);
        Ok(NewWebhook { webhook: self.webhook_view(&sight, hook).await?, secret })
    }

    /// Removes a webhook and what it was sent.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`].
    pub async fn remove_webhook(&self, principal: &Principal, project: &str, id: &str) -> Result<()> {
        self.seen(principal, project)?;
        let hook = self.own_webhook(principal, project, id).await?;
        let entry =
            self.noted(&principal.id, "webhook.remove", &target(project, id), json!({ "name": hook.name }));
        self.inner.store.remove_webhook(id, &entry).await?;
        self.inner.happened.notify_one();
        Ok(())
    }

    /// Turns a webhook off because its receiver is gone for good.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn stop_webhook(&self, mut hook: Webhook, why: &str) -> Result<()> {
        (hook.active, hook.stopped) = (false, Some(why.to_owned()));
        self.keep_webhook(&Principal::switchyard().id, &hook, "webhook.stop").await
    }

    /// The webhook, for who may change it.
    pub(super) async fn own_webhook(
        &self,
        principal: &Principal,
        project: &str,
        id: &str,
    ) -> Result<Webhook> {
        let found = self.inner.store.webhook(id).await?.filter(|hook| &*hook.project == project);
        let own = found.as_ref().and_then(|hook| hook.member.as_deref()).filter(|m| **m == *principal.id);
        // Who may not is not told which there are.
        self.authorize_webhook(principal, project, own)?;
        let handle = self.handle(project)?;
        let found = found.filter(|hook| is_shown(&self.sight(principal, &handle), hook));
        found.ok_or_else(|| Error::NotFound(format!("webhook {id:?}")))
    }

    fn authorize_webhook(&self, principal: &Principal, project: &str, member: Option<&str>) -> Result<()> {
        let action = if member.is_some() { Action::Approve } else { Action::Administer };
        self.authorize(principal, action, Some(project))
    }

    async fn keep_webhook(&self, who: &str, hook: &Webhook, what: &str) -> Result<()> {
        // Never the URL: Slack's is a secret, and others may hold one.
        let detail = json!({
            "name": hook.name, "kind": hook.kind, "host": masked(&hook.url),
            "member": hook.member, "filter": hook.filter, "active": hook.active, "stopped": hook.stopped,
            "secretVersion": hook.secret_version,
        });
        self.inner
            .store
            .put_webhook(hook, &self.noted(who, what, &target(&hook.project, &hook.id), detail))
            .await?;
        self.inner.happened.notify_one();
        Ok(())
    }

    pub(crate) fn noted(&self, who: &str, what: &str, target: &str, detail: serde_json::Value) -> AuditEntry {
        let (who, what, target) = (who.to_owned(), what.to_owned(), target.to_owned());
        AuditEntry { at: self.now(), who, what, target, detail, personal: None }
    }

    fn shown_secret(&self, hook: &Webhook) -> Option<String> {
        let signs = hook.kind == WebhookKind::Standard;
        signs.then(|| self.hook_settings().signing_secret(&hook.id, hook.secret_version).to_text())
    }

    async fn webhook_view(&self, sight: &Sight, mut hook: Webhook) -> Result<WebhookView> {
        let newest = match self.inner.store.hook_deliveries(&hook.id, None, 1).await?.items.pop() {
            Some(newest) => Some(self.shown_delivery(sight, &hook.project, newest).await?),
            None => None,
        };
        hook.filter.environments.retain(|key| sight.environment(key));
        let now = self.now();
        Ok(WebhookView {
            name: hook.name,
            url: if hook.kind == WebhookKind::Slack { masked(&hook.url) } else { hook.url },
            kind: hook.kind,
            member: hook.member.as_deref().map(|id| self.as_person(id)),
            filter: hook.filter,
            active: hook.active,
            stopped: hook.stopped,
            previous_secret_until: hook.previous_until.filter(|until| *until > now),
            created_by: self.as_person(&hook.created_by),
            created_at: hook.created_at,
            newest,
            id: hook.id,
        })
    }
}

/// False for one that tells of nothing but what is hidden.
fn is_shown(sight: &Sight, hook: &Webhook) -> bool {
    let environments = &hook.filter.environments;
    environments.is_empty() || environments.iter().any(|key| sight.environment(key))
}

/// What a line of the audit log is about.
pub(crate) fn target(project: &str, id: &str) -> String {
    format!("{project}/{id}")
}

fn check_filter(filter: &Filter, environments: &[switchyard_model::ids::Key]) -> Vec<Problem> {
    let mut problems = vec![];
    for (at, name) in filter.events.iter().enumerate() {
        if EVENTS.iter().all(|event| event.name != name) {
            let names: Vec<_> = EVENTS.iter().map(|event| event.name).collect();
            let problem = Problem::new(format!("filter.events[{at}]"), "is no event").value(name.as_str());
            problems.push(problem.hint(format!("one of {}", names.join(", "))));
        }
    }
    for (at, key) in filter.environments.iter().enumerate() {
        if !environments.contains(key) {
            let problem =
                Problem::new(format!("filter.environments[{at}]"), "is no environment").value(&**key);
            problems.push(problem.hint(format!("one of {}", environments.join(", "))));
        }
    }
    let kinds: BTreeSet<Kind> = filter.kinds.iter().copied().collect();
    if kinds.len() < filter.kinds.len() {
        problems.push(Problem::new("filter.kinds", "names one more than once"));
    }
    problems
}
