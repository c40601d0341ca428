//! Sends one webhook's deliveries, one after another.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use switchyard_store::{Attempt, DeliveryState, HookDelivery, Webhook, WebhookKind};
use tokio::sync::Notify;

use crate::post::{Answer, Post, Request};
use crate::{Parts, slack};

/// How long to wait when the store can't be read.
const AGAIN: Duration = Duration::from_secs(2);

/// A webhook's sender. First tries go out in the order in which things happened; one that has to be repeated does
/// not hold up those after it.
pub(crate) struct Sender {
    pub(crate) hook: String,
    pub(crate) parts: Parts,
    pub(crate) post: Arc<Post>,
    pub(crate) awake: Arc<Notify>,
}

/// What is to be done next.
enum Next {
    /// The webhook is off or gone, or who read it is.
    End,
    Wait(Option<Duration>),
    Send(Box<(Webhook, HookDelivery)>),
}

impl Sender {
    /// Sends while the webhook is there and on; answers with its id.
    pub(crate) async fn run(self) -> String {
        loop {
            match self.next().await {
                Ok(Next::End) => return self.hook,
                Ok(Next::Wait(None)) => self.awake.notified().await,
                Ok(Next::Wait(Some(wait))) => {
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = self.awake.notified() => {}
                    }
                }
                Ok(Next::Send(due)) => {
                    let (hook, delivery) = *due;
                    if let Err(error) = self.send(hook, delivery).await {
                        tracing::warn!(%error, hook = self.hook, "what came of a message was not kept");
                        tokio::time::sleep(AGAIN).await;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, hook = self.hook, "deliveries can't be read");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    async fn next(&self) -> Result<Next, switchyard_store::Error> {
        let store = &self.parts.store;
        let on = |hook: &Webhook| hook.active && self.parts.control.is_read(hook);
        let Some(hook) = store.webhook(&self.hook).await?.filter(on) else {
            return Ok(Next::End);
        };
        let Some(delivery) = store.next_delivery(&self.hook).await? else { return Ok(Next::Wait(None)) };
        let wait = delivery.next_at.duration_since((self.parts.clock)());
        Ok(match wait.is_positive() {
            true => Next::Wait(Some(wait.unsigned_abs())),
            false => Next::Send(Box::new((hook, delivery))),
        })
    }

    async fn send(&self, hook: Webhook, mut delivery: HookDelivery) -> Result<(), crate::outbox::Error> {
        let answer = self.post.send(self.request(&hook, &delivery).await?).await;
        let now = (self.parts.clock)();
        let gone = answer.status == Some(410);
        self.settle(&mut delivery, answer, now);
        self.parts.store.settle(&delivery).await?;
        if gone {
            let why = "its receiver answered 410: it is gone for good";
            self.parts.control.stop_webhook(hook, why).await?;
        }
        Ok(())
    }

    async fn request(
        &self,
        hook: &Webhook,
        delivery: &HookDelivery,
    ) -> Result<Request, switchyard_control::Error> {
        let mut headers = vec![("content-type", "application/json".to_owned())];
        let body = match hook.kind {
            WebhookKind::Standard => {
                headers.extend(self.signed(hook, delivery));
                delivery.body.clone()
            }
            WebhookKind::Slack => {
                let link = self.parts.control.delivery_link(delivery).await?;
                slack::message(&delivery.body, link.as_deref(), hook.member.is_some()).to_string()
            }
        };
        Ok(Request { url: hook.url.clone(), headers, body, patience: self.parts.pace.patience })
    }

    /// The headers of Standard Webhooks; while a secret is being replaced both sign.
    fn signed(&self, hook: &Webhook, delivery: &HookDelivery) -> [(&'static str, String); 3] {
        let now = (self.parts.clock)();
        let settings = self.parts.control.hook_settings();
        let sign = |version| {
            let secret = settings.signing_secret(&hook.id, version);
            secret.sign(&delivery.id, now.as_second(), delivery.body.as_bytes())
        };
        let mut signatures = sign(hook.secret_version);
        if hook.previous_until.is_some_and(|until| until > now) {
            signatures = format!("{signatures} {}", sign(hook.secret_version - 1));
        }
        [
            ("webhook-id", delivery.id.clone()),
            ("webhook-timestamp", now.as_second().to_string()),
            ("webhook-signature", signatures),
        ]
    }

    fn settle(&self, delivery: &mut HookDelivery, answer: Answer, now: Timestamp) {
        let pace = &self.parts.pace;
        delivery.attempts += 1;
        let over = now.duration_since(delivery.since).unsigned_abs() >= pace.end;
        delivery.state = match &answer.error {
            None => DeliveryState::Delivered,
            Some(_) if over || answer.status == Some(410) => DeliveryState::Failed,
            Some(_) => DeliveryState::Waiting,
        };
        let wait = pace.wait(delivery.attempts, answer.retry_after);
        delivery.next_at = now + SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
        delivery.last = Some(Attempt {
            at: now,
            status: answer.status,
            ms: answer.ms,
            error: answer.error,
            answer: answer.body,
        });
    }
}
