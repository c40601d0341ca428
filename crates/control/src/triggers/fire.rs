//! Setting a trigger off.

use serde_json::Value;
use switchyard_model::{ChangeState, Origin, Problem};
use switchyard_policy::Deed;
use switchyard_store::{Begun, ChangeQuery, Fired, Firing, Query, Trigger, TriggerSource};

use super::make::origin;
use super::views::Triggered;
use crate::access::secrets;
use crate::apply::{Mode, Words};
use crate::hooks::signing::Signed;
use crate::plan::Planner;
use crate::{Control, Error, Outcome, Principal, Result};

/// So much of a call's body is kept, in characters.
const EXCERPT: usize = 300;

/// So many revisions back a trigger looks for its own.
const LOOK_BACK: u32 = 1_000;

/// The most characters of an idempotency key.
const KEY_MAX: usize = 200;

/// A call from outside.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The trigger.
    pub id: &'a str,
    /// The secret in its URL.
    pub secret: &'a str,
    /// Who repeats it means the same call.
    pub key: Option<&'a str>,
    /// Its signature.
    pub signed: Option<Signed<'a>>,
    /// What it says.
    pub body: &'a [u8],
    /// Only to see what it would do.
    pub dry_run: bool,
}

/// What a call asks for.
enum Asked {
    Apply,
    Revert,
    Nothing(&'static str),
}

impl Control {
    /// Sets a trigger off. What came of it is kept with the trigger, refusals too.
    ///
    /// # Errors
    /// [`Error::SignedOut`] for a trigger that is not there, is off, or a secret or signature that is not its own;
    /// [`Error::TooOften`]; [`Error::Denied`] where its maker is let in no more or may not do this any more; else as
    /// [`Control::apply_change`], but that a change for which approvals are missing waits in review.
    pub async fn fire(&self, call: Call<'_>) -> Result<Triggered> {
        let trigger = self.called(&call).await?;
        if let Some(seconds) = self.inner.rates.too_often(&trigger.id, self.now()) {
            return Err(Error::TooOften { seconds });
        }
        if call.dry_run {
            return self.rehearse(&trigger).await;
        }
        let key = call.key.or(call.signed.map(|signed| signed.id));
        if key.is_some_and(|key| key.is_empty() || key.chars().count() > KEY_MAX) {
            let problem = Problem::new("idempotency-key", "is empty or too long");
            return Err(Error::Invalid(vec![problem.hint(format!("1 to {KEY_MAX} characters"))]));
        }
        let firing = Firing {
            number: 0,
            trigger: trigger.id.clone(),
            at: self.now(),
            key: key.map(str::to_owned),
            excerpt: excerpt(trigger.source, call.body),
            fired: None,
        };
        let number = match self.inner.store.begin_firing(&firing).await? {
            Begun::New(number) => number,
            Begun::Again(Firing { fired: Some(fired), .. }) if fired.outcome != REFUSED => {
                return Ok(Triggered { repeated: true, ..triggered(fired) });
            }
            // Nothing came of it, or the server ended before it could say: it does no harm to do it again.
            Begun::Again(firing) => firing.number,
        };
        let done = self.act(&trigger, call.body, &firing.excerpt).await;
        let fired = match &done {
            Ok(fired) => fired.clone(),
            Err(error) => fired(REFUSED, error.to_string()),
        };
        self.inner.store.finish_firing(number, &fired).await?;
        done.map(triggered)
    }

    /// The trigger that a call may set off.
    async fn called(&self, call: &Call<'_>) -> Result<Trigger> {
        let found = self.inner.store.trigger(call.id).await?;
        let trigger = found.filter(|trigger| trigger.active).ok_or(Error::SignedOut)?;
        if !secrets::same(&trigger.hash, &secrets::hash(call.secret)) {
            return Err(Error::SignedOut);
        }
        if trigger.require_signature {
            let secret = self.hook_settings().signing_secret(&trigger.id, trigger.secret_version);
            let signed = call.signed.is_some_and(|signed| secret.signed(&signed, call.body, self.now()));
            if !signed {
                return Err(Error::SignedOut);
            }
        }
        Ok(trigger)
    }

    async fn rehearse(&self, trigger: &Trigger) -> Result<Triggered> {
        let maker = self.maker(trigger)?;
        let handle = self.handle(&trigger.project)?;
        let edits = trigger.edits.clone();
        let plan = self.plan(handle.ground(), move |on| Planner::all(&on.state, &edits).finish(on)).await?;
        let words = Words::new(&*trigger.title, &*trigger.reason, origin(trigger, String::new()));
        let check = self.tried(&handle, &maker, &plan, &words).await?;
        let asked = self.asked_now(&handle, &trigger.edits);
        self.authorize_each(&maker, &handle.key, Deed::Apply, &asked)?;
        let done = fired("checked", "Nothing was changed: this was only tried.");
        Ok(Triggered { check: Some(Box::new(check)), ..triggered(done) })
    }

    async fn act(&self, trigger: &Trigger, body: &[u8], excerpt: &str) -> Result<Fired> {
        let maker = self.maker(trigger)?;
        match asked(trigger, body)? {
            Asked::Apply => self.apply_trigger(trigger, &maker, excerpt).await,
            Asked::Revert => self.undo_trigger(trigger, &maker).await,
            Asked::Nothing(why) => Ok(fired("ignored", why)),
        }
    }

    async fn apply_trigger(&self, trigger: &Trigger, maker: &Principal, excerpt: &str) -> Result<Fired> {
        let handle = self.handle(&trigger.project)?;
        let words = Words::new(&*trigger.title, &*trigger.reason, origin(trigger, excerpt.to_owned()));
        let (edits, maker) = (trigger.edits.clone(), maker.clone());
        let outcome = self
            .writing(handle, move |control, mut turn| async move {
                let ground = turn.handle.ground();
                let plan = control.plan(ground, move |on| Planner::all(&on.state, &edits).finish(on)).await?;
                control.pass_or_propose(&mut turn, &maker, plan, words).await
            })
            .await;
        match outcome {
            Err(Error::Unchanged { head }) => {
                Ok(fired("unchanged", format!("All is so already at r{head}.")))
            }
            outcome => Ok(came_of(outcome?, "applied")),
        }
    }

    /// The alert is over: takes back what the trigger applied, or gives up what still waits.
    async fn undo_trigger(&self, trigger: &Trigger, maker: &Principal) -> Result<Fired> {
        let ours = |from: &Origin| matches!(from, Origin::Trigger { trigger: id, .. } if *id == trigger.id);
        let project = &*trigger.project;
        let query = ChangeQuery { state: Some(ChangeState::InReview), limit: 200, ..ChangeQuery::default() };
        let waiting = self.inner.store.changes(project, &query).await?.items;
        if let Some(change) = waiting.iter().find(|change| change.origin.as_ref().is_some_and(ours)) {
            self.discard_change(maker, project, change.number).await?;
            let detail =
                format!("The alert is over: C-{}, which waited for approval, was given up.", change.number);
            return Ok(Fired { change: Some(change.number), ..fired("withdrawn", detail) });
        }
        let query = Query { limit: LOOK_BACK, ..Query::default() };
        let all = self.inner.store.revisions(project, &query).await?.items;
        let Some(last) = all.iter().find(|revision| ours(&revision.origin)) else {
            return Ok(fired("unchanged", "It has applied nothing that could be taken back."));
        };
        if let Some(by) = self.inner.store.reverted_by(project, last.number).await? {
            return Ok(fired("unchanged", format!("r{} was reverted by r{by} already.", last.number)));
        }
        let reason = format!("{}: the alert is over.", trigger.name);
        match self.revert(maker, project, last.number, &reason, Mode::Write).await {
            Err(Error::Unchanged { .. }) => {
                Ok(fired("unchanged", format!("Nothing of r{} is left to be reverted.", last.number)))
            }
            outcome => Ok(came_of(outcome?, "reverted")),
        }
    }

    fn maker(&self, trigger: &Trigger) -> Result<Principal> {
        self.as_they_are(&trigger.maker, &trigger.project).ok_or_else(|| {
            Error::Powerless(format!(
                "{} made this trigger and is no longer let in; somebody else must make it anew",
                self.name_of(&trigger.maker)
            ))
        })
    }
}

const REFUSED: &str = "refused";

fn asked(trigger: &Trigger, body: &[u8]) -> Result<Asked> {
    if trigger.source == TriggerSource::Any {
        return Ok(Asked::Apply);
    }
    let told: Option<Value> = serde_json::from_slice(body).ok();
    match told.as_ref().and_then(|told| told["status"].as_str()) {
        Some("firing") => Ok(Asked::Apply),
        Some("resolved") if trigger.revert_on_resolved => Ok(Asked::Revert),
        Some("resolved") => Ok(Asked::Nothing("The alert is over, and this trigger reverts nothing then.")),
        other => {
            let mut problem = Problem::new("status", "is neither firing nor resolved");
            problem = other.map_or(problem.clone(), |other| problem.value(other));
            let hint = "send Alertmanager's own webhook body, or make a trigger for any caller";
            Err(Error::Invalid(vec![problem.hint(hint)]))
        }
    }
}

/// What a call was about, short and plain: an alert's labels, or how the body begins.
fn excerpt(source: TriggerSource, body: &[u8]) -> String {
    let labels = || {
        let told: Value = serde_json::from_slice(body).ok()?;
        let labels = told["commonLabels"].as_object()?;
        let words =
            labels.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()));
        Some(format!("{} {}", told["status"].as_str()?, words.collect::<Vec<_>>().join(" ")))
    };
    let text = match source {
        TriggerSource::Alertmanager => labels(),
        TriggerSource::Any => None,
    };
    let start = &body[..body.len().min(EXCERPT * 4)];
    let text = text.unwrap_or_else(|| String::from_utf8_lossy(start).into_owned());
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(EXCERPT).collect::<String>().trim().to_owned()
}

fn came_of(outcome: Outcome, done: &str) -> Fired {
    match outcome {
        Outcome::Applied(revision) => {
            let detail = format!("r{}: {}", revision.number, revision.title);
            Fired { revision: Some(revision.number), ..fired(done, detail) }
        }
        Outcome::Proposed(change) => {
            let detail = format!("C-{} waits for approval: {}", change.number, change.title);
            Fired { change: Some(change.number), ..fired("proposed", detail) }
        }
        Outcome::Checked(_) => fired("unchanged", "Nothing was changed."),
    }
}

fn fired(outcome: &str, detail: impl Into<String>) -> Fired {
    Fired { outcome: outcome.to_owned(), detail: detail.into(), revision: None, change: None }
}

fn triggered(fired: Fired) -> Triggered {
    let Fired { outcome, detail, revision, change } = fired;
    Triggered { outcome, detail, revision, change, repeated: false, check: None }
}
