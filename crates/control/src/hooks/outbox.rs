//! What happened, in the words of the page.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use switchyard_model::access::Action;
use switchyard_model::ids::Key;
use switchyard_model::{Change, ChangeState, Kind, ResourceId, Verdict};
use switchyard_snapshot::sentences::thousands;
use switchyard_store::{
    ChangeQuery, Filter, Happening, HookDelivery, ReviewLink, Told, Webhook, WebhookKind,
};

use super::events::{
    APPLIED, BLOCKED, EDITED, GLASS, KEY_MADE, REVERTED, SCHEDULED, STOPPED, SUBMITTED, VOIDED,
};
use super::log::delivery;
use crate::policies::sight::{HIDDEN, Sight};
use crate::project::Handle;
use crate::{Check, Control, EditView, Error, ImpactView, Person, Principal, Result};

/// How long a personal link can be used: a week, in hours.
const LINK_HOURS: i64 = 7 * 24;

/// So many sentences are told of a change; the page has all.
const SENTENCES: usize = 100;

/// So many changes in review are looked at when a revision may have voided their approvals.
const LOOKED_AT: u32 = 200;

/// What a webhook is told, before it has a form on the wire.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Message {
    /// The project.
    pub project: String,
    /// What people call it.
    pub project_name: String,
    /// The environments that it is about.
    pub environments: Vec<Key>,
    /// The kinds of resource that it touches.
    pub kinds: Vec<Kind>,
    /// Who did it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<Person>,
    /// The title of the change or revision.
    pub title: String,
    /// What happened, in one sentence without its end.
    pub summary: String,
    /// What it does, in sentences.
    pub sentences: Vec<String>,
    /// Why, as its author says.
    pub reason: String,
    /// What somebody said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who would be affected, in sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub affected: Vec<String>,
    /// The members who are asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviewers: Vec<Person>,
    /// The change's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<u64>,
    /// The hash of what it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
    /// The revision's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Where to read more on the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Message {
    pub(super) fn new(handle: &Handle) -> Self {
        Message { project: handle.key.to_string(), project_name: handle.name.clone(), ..Message::default() }
    }

    /// As it is sent, with its place in the order of things.
    pub(super) fn data(&self, sequence: u64) -> Value {
        let mut data = json!(self);
        data["sequence"] = sequence.into();
        data
    }

    /// True where a filter lets it through.
    fn passes(&self, event: &str, filter: &Filter) -> bool {
        let one = |all: bool, any: bool| all || any;
        one(filter.events.is_empty(), filter.events.iter().any(|name| name == event))
            && one(
                filter.environments.is_empty(),
                self.environments.iter().any(|e| filter.environments.contains(e)),
            )
            && one(filter.kinds.is_empty(), self.kinds.iter().any(|kind| filter.kinds.contains(kind)))
    }

    fn edits(mut self, edits: &[EditView]) -> Self {
        self.sentences = edits.iter().take(SENTENCES).map(|edit| edit.sentence.to_string()).collect();
        if edits.len() > SENTENCES {
            self.sentences.push(format!("and {} more", thousands((edits.len() - SENTENCES) as u64)));
        }
        self.kinds = Kind::ALL.into_iter().filter(|k| edits.iter().any(|e| e.target.kind == *k)).collect();
        self
    }
}

/// That a guardrail blocked, as it waits to be told.
#[derive(Debug, Serialize, Deserialize)]
struct Blocked {
    #[serde(flatten)]
    message: Message,
    /// What each of its sentences is about, in their order; all that was to be edited.
    #[serde(default)]
    touched: Vec<ResourceId>,
}

impl Blocked {
    /// The message as far as it may be seen; `None` where nothing of it may.
    fn shown(self, sight: &Sight) -> Option<Message> {
        let Blocked { mut message, touched } = self;
        message.environments.retain(|key| sight.environment(key));
        if sight.shown(touched.iter()) && !sight.is_named(&message.summary) {
            message.note = message.note.map(|note| sight.words(note));
            return Some(message);
        }
        if !touched.iter().any(|id| sight.resource(id)) {
            return None;
        }
        let who = message.who.as_ref().map(|who| who.name.as_str()).unwrap_or_default();
        message.summary = format!("A guardrail kept {who} from: {HIDDEN}");
        (message.title, message.reason) = (HIDDEN.to_owned(), String::new());
        message.note = message.note.map(|_| HIDDEN.to_owned());
        let of = message.sentences.into_iter().zip(&touched);
        message.sentences = of.filter(|(_, id)| sight.resource(id)).map(|(sentence, _)| sentence).collect();
        Some(message)
    }
}

impl Control {
    /// What becomes of something that happened: a message to each webhook that asks for it.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: it is to be tried again. What can't be told any more tells nobody.
    pub async fn told(&self, happening: &Happening, hooks: &[Webhook]) -> Result<Told> {
        let mut told = Told::default();
        let here = |hook: &&Webhook| hook.active && hook.project == happening.project && self.is_read(hook);
        let hooks: Vec<&Webhook> = hooks.iter().filter(here).collect();
        if hooks.is_empty() {
            return Ok(told);
        }
        let Ok(handle) = self.handle(&happening.project) else { return Ok(told) };
        for (sight, hooks) in self.readers(&handle, &hooks) {
            match self.message(&handle, &sight, happening).await {
                Ok(Some(message)) => self.address(&hooks, &happening.event, happening, &message, &mut told),
                Ok(None) => {}
                Err(Error::Unavailable) => return Err(Error::Unavailable),
                Err(error) => tracing::warn!(%error, ?happening, "it can't be told any more"),
            }
            if matches!(&*happening.event, APPLIED | REVERTED | EDITED)
                && hooks.iter().any(|hook| asks(hook, VOIDED))
            {
                self.voided(&handle, &sight, &hooks, happening, &mut told).await?;
            }
        }
        Ok(told)
    }

    /// Webhooks, by what is seen by whom they are for, or who made them: they are told no more than that.
    fn readers<'h>(&self, handle: &Handle, hooks: &[&'h Webhook]) -> Vec<(Sight, Vec<&'h Webhook>)> {
        let mut readers: Vec<(Sight, Vec<&'h Webhook>)> = vec![];
        for hook in hooks {
            let reader = hook.member.as_deref().unwrap_or(&hook.created_by);
            let Some(sight) = self.sight_of(reader, handle) else { continue };
            match readers.iter_mut().find(|(known, _)| known.is_same(&sight)) {
                Some((_, same)) => same.push(hook),
                None => readers.push((sight, vec![hook])),
            }
        }
        readers
    }

    /// Makes a delivery, and where it is somebody's own a link, for each webhook that asks for a message.
    fn address(
        &self,
        hooks: &[&Webhook],
        event: &str,
        happening: &Happening,
        message: &Message,
        told: &mut Told,
    ) {
        for hook in hooks.iter().filter(|hook| message.passes(event, &hook.filter)) {
            let made = delivery(&hook.id, happening.sequence, event, happening.at, message);
            if let (SUBMITTED, Some(change), Some(difference)) = (event, message.change, &message.difference)
                && let Some(member) = hook.member.as_ref().filter(|_| hook.kind == WebhookKind::Slack)
                && message.who.as_ref().is_none_or(|who| self.person(&who.id) != **member)
            {
                told.links.push(ReviewLink {
                    id: made.id.clone(),
                    project: happening.project.clone(),
                    change,
                    member: member.clone(),
                    difference: difference.clone(),
                    expires_at: self.now() + jiff::SignedDuration::from_hours(LINK_HOURS),
                    used_at: None,
                });
            }
            told.deliveries.push(made);
        }
    }

    /// What is told of something that happened; `None` where nothing of it may be seen.
    async fn message(
        &self,
        handle: &Handle,
        sight: &Sight,
        happening: &Happening,
    ) -> Result<Option<Message>> {
        let number = happening.number.unwrap_or_default();
        let detail = happening.detail.as_deref().unwrap_or_default();
        match &*happening.event {
            APPLIED | REVERTED => self.of_revision(handle, sight, number).await,
            KEY_MADE => self.of_key(handle, sight, detail),
            BLOCKED => {
                let blocked: Blocked =
                    serde_json::from_str(detail).map_err(|_| Error::NotFound("message".into()))?;
                Ok(blocked.shown(sight))
            }
            event => self.of_change(handle, sight, event, number, happening).await,
        }
    }

    async fn of_revision(&self, handle: &Handle, sight: &Sight, number: u64) -> Result<Option<Message>> {
        let revision = self.stored_revision(&handle.key, number).await?;
        let names = self.state_of(handle, number).await?;
        let hides = self.origin_hides(sight, &handle.key, Some(&revision.origin)).await?;
        let view = sight.of_revision(self.revision_view(&revision, &names, None), hides);
        if view.edits.is_empty() && view.hidden > 0 {
            return Ok(None);
        }
        let who = Person { id: view.author, name: view.author_name };
        let environments = view.environments;
        let message = Message {
            summary: format!("{} applied r{number}: {}", who.name, view.title),
            who: Some(who),
            title: view.title,
            reason: view.reason,
            revision: Some(number),
            link: Some(self.page(handle, &environments, &format!("history?r={number}"))),
            environments,
            ..Message::new(handle)
        };
        Ok(Some(message.edits(&view.edits)))
    }

    async fn of_change(
        &self,
        handle: &Handle,
        sight: &Sight,
        event: &str,
        number: u64,
        happening: &Happening,
    ) -> Result<Option<Message>> {
        let change = self.stored_change(&handle.key, number).await?;
        let (check, standing) = self.considered(handle, &Principal::switchyard(), &change).await?;
        let hides = self.change_hides(sight, &handle.key, &change).await?;
        let Some(mut message) = self.about(handle, sight, &change, check, hides) else { return Ok(None) };
        // Who does not see all of it gives no verdict on it.
        message.difference = standing.difference.filter(|_| !hides);
        let part = happening.part.and_then(|part| usize::try_from(part).ok()?.checked_sub(1));
        let name = |id: &str| self.as_person(id);
        let (who, does) = match event {
            SUBMITTED => {
                message.affected = self.whom(handle, sight, number).await;
                (Some(name(change.editors.last().unwrap_or(&change.author))), "asks for a review of")
            }
            EDITED => (change.editors.last().map(|id| name(id)), "edited"),
            GLASS => {
                let glass = change.broke_glass.as_ref();
                message.note = glass.map(|glass| glass.reason.clone());
                (glass.map(|glass| name(&glass.who)), "broke glass for")
            }
            "change.commented" => {
                let comments = self.inner.store.comments(&handle.key, number).await?;
                let comment = part.and_then(|at| comments.get(at));
                message.note = comment.map(|comment| comment.text.clone());
                (comment.map(|comment| name(&comment.who)), "commented on")
            }
            "change.approved" | "change.rejected" => {
                let given = part.and_then(|at| standing.given.get(at));
                message.note = given.map(|given| given.note.clone()).filter(|note| !note.is_empty());
                let approves = given.is_some_and(|given| given.verdict == Verdict::Approve);
                (given.map(|given| name(&given.who)), if approves { "approved" } else { "rejected" })
            }
            "change.withdrawn" => (None, "was withdrawn"),
            "change.discarded" => (None, "was given up"),
            _ => {
                let schedule = self.schedule_of(handle, &change).await?;
                message.note = schedule.map(|schedule| sight.of_schedule(schedule, hides).sentence);
                match event {
                    STOPPED => (None, "is not done: its schedule stopped"),
                    SCHEDULED => (happening.detail.as_deref().map(name), "scheduled"),
                    _ => (happening.detail.as_deref().map(name), "cancelled the schedule of"),
                }
            }
        };
        if hides && matches!(event, GLASS | "change.commented" | "change.approved" | "change.rejected") {
            message.note = message.note.map(|_| HIDDEN.to_owned());
        }
        message.summary = match &who {
            Some(who) => format!("{} {does} C-{number}: {}", who.name, message.title),
            None => format!("C-{number} {does}: {}", message.title),
        };
        message.who = who;
        Ok(Some(message))
    }

    /// What a change does, without what happened to it; `None` where nothing of it may be seen.
    fn about(
        &self,
        handle: &Handle,
        sight: &Sight,
        change: &Change,
        check: Check,
        hides: bool,
    ) -> Option<Message> {
        if !change.edits.is_empty() && change.edits.iter().all(|edit| !sight.resource(&edit.target)) {
            return None;
        }
        let check = sight.of_check(check);
        let (title, reason) = match hides {
            true => (HIDDEN.to_owned(), String::new()),
            false => (change.title.clone(), change.reason.clone()),
        };
        let message = Message {
            title,
            reason,
            environments: check.environments.clone(),
            reviewers: change.reviewers.iter().map(|id| self.as_person(id)).collect(),
            change: Some(change.number),
            link: Some(self.page(handle, &check.environments, &format!("changes/{}", change.number))),
            ..Message::new(handle)
        };
        Some(message.edits(&check.edits))
    }

    fn of_key(&self, handle: &Handle, sight: &Sight, id: &str) -> Result<Option<Message>> {
        let found = self.inner.directory.with(|known| known.keys.values().find(|key| key.id == id).cloned());
        let key = found.ok_or_else(|| Error::NotFound(format!("key {id:?}")))?;
        if !sight.environment(&key.environment) {
            return Ok(None);
        }
        let kind = format!("{:?}", key.kind).to_lowercase();
        let environments = vec![key.environment.clone()];
        Ok(Some(Message {
            title: format!("A new {kind} key of {}", key.environment),
            summary: format!("A {kind} key of {} was made: it ends in {}", key.environment, key.hint),
            link: Some(self.page(handle, &environments, "settings")),
            environments,
            ..Message::new(handle)
        }))
    }

    /// Tells of approvals that a revision or an edit voided, each once.
    async fn voided(
        &self,
        handle: &Handle,
        sight: &Sight,
        hooks: &[&Webhook],
        happening: &Happening,
        told: &mut Told,
    ) -> Result<()> {
        let state = Some(ChangeState::InReview);
        let query = ChangeQuery { state, limit: LOOKED_AT, ..ChangeQuery::default() };
        let known = self.inner.store.told_void(&handle.key).await?;
        for change in self.inner.store.changes(&handle.key, &query).await?.items {
            if happening.event == EDITED && happening.number != Some(change.number) {
                continue;
            }
            let (check, standing) = self.considered(handle, &Principal::switchyard(), &change).await?;
            let hides = self.change_hides(sight, &handle.key, &change).await?;
            for (at, given) in standing.given.iter().enumerate() {
                let review = at as u64 + 1;
                let void = given.verdict == Verdict::Approve && given.difference != standing.difference;
                // Of one person's only the newest counted.
                let newer = standing.given[at + 1..].iter().any(|later| later.who == given.who);
                if !void || newer || known.contains(&(change.number, review)) {
                    continue;
                }
                if !told.voided.contains(&(handle.key.clone(), change.number, review)) {
                    told.voided.push((handle.key.clone(), change.number, review));
                }
                let Some(about) = self.about(handle, sight, &change, check.clone(), hides) else { continue };
                let message = Message {
                    who: Some(Person { id: given.who.clone(), name: given.who_name.clone() }),
                    summary: format!(
                        "{}'s approval of C-{} no longer counts: it does something else by now",
                        given.who_name, change.number
                    ),
                    difference: standing.difference.clone(),
                    ..about
                };
                self.address(hooks, VOIDED, happening, &message, told);
            }
        }
        Ok(())
    }

    /// Tells that guardrails kept a plan from being written. As nothing else is written, it is told in no
    /// transaction; where that fails it is in the log.
    pub(crate) async fn tell_blocked(
        &self,
        handle: &Handle,
        principal: &Principal,
        (title, change): (String, Option<u64>),
        check: &Check,
    ) {
        let blocking = check.guardrails.iter().filter(|verdict| verdict.blocks());
        let note: Vec<_> = blocking.map(ToString::to_string).collect();
        let place = change.map_or_else(|| "history".to_owned(), |number| format!("changes/{number}"));
        let message = Message {
            who: Some(self.as_person(&principal.id)),
            summary: format!("A guardrail kept {} from: {title}", principal.name),
            title,
            note: Some(note.join(" ")),
            change,
            environments: check.environments.clone(),
            link: Some(self.page(handle, &check.environments, &place)),
            ..Message::new(handle)
        }
        .edits(&check.edits);
        let touched = check.edits.iter().map(|edit| edit.target.clone()).collect();
        let detail = json!(Blocked { message, touched }).to_string();
        if let Err(error) = self.inner.store.tell(&handle.key, BLOCKED, &detail, self.now()).await {
            tracing::warn!(%error, "that a guardrail blocked was not told");
        }
        self.inner.happened.notify_one();
    }

    /// Where a project's page shows something.
    pub(crate) fn page(&self, handle: &Handle, environments: &[Key], place: &str) -> String {
        let first = || handle.state().environments.first().cloned();
        let environment = environments.first().cloned().or_else(first).unwrap_or_default();
        let url = &self.hook_settings().public_url;
        format!("{url}/p/{}/{environment}/{place}", handle.key)
    }

    /// Whom a change would affect, in words; nothing where that can't be said now.
    async fn whom(&self, handle: &Handle, sight: &Sight, number: u64) -> Vec<String> {
        let inside = Principal::switchyard();
        let all = self.change_impact(&inside, &handle.key, number, 0).await.unwrap_or_default();
        let seen = all.iter().filter(|(environment, _)| sight.environment(environment));
        seen.map(|(environment, view)| affected(environment, view)).collect()
    }
}

fn asks(hook: &Webhook, event: &str) -> bool {
    hook.filter.events.is_empty() || hook.filter.events.iter().any(|name| name == event)
}

fn affected(environment: &str, view: &ImpactView) -> String {
    let n = |n: usize| thousands(n as u64);
    let mut parts = vec![];
    if view.impact.asks.contexts {
        let (moved, of) = (n(view.impact.contexts_moved), n(view.sample.contexts));
        parts.push(format!("{moved} of {of} contexts seen would get something else"));
    }
    if view.impact.asks.requests {
        let (moved, of) = (n(view.impact.requests_moved), n(view.sample.requests));
        parts.push(format!("{moved} of {of} requests seen would go elsewhere"));
    }
    if parts.is_empty() {
        parts.push("nobody would notice".into());
    }
    let note = view.sample.note.as_deref().map(|note| format!(" {note}")).unwrap_or_default();
    format!("In {environment} {}.{note}", parts.join(", and "))
}

/// What the sender of messages needs to know.
impl Control {
    /// False for a person's own webhook once they are let in no more, or no longer review here.
    pub fn is_read(&self, hook: &Webhook) -> bool {
        let may = |who: Principal| self.authorize(&who, Action::Approve, Some(&hook.project)).is_ok();
        hook.member.as_deref().is_none_or(|id| self.as_they_are(id, &hook.project).is_some_and(may))
    }

    /// The link with which a delivery's reader answers, where it has one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn delivery_link(&self, delivery: &HookDelivery) -> Result<Option<String>> {
        let link = self.inner.store.review_link(&delivery.id).await?;
        let settings = self.hook_settings();
        Ok(link.map(|link| {
            format!("{}/hooks/review/{}.{}", settings.public_url, link.id, settings.link_proof(&link.id))
        }))
    }
}
