//! What became of messages, and sending them once more.

use jiff::Timestamp;
use serde_json::{Value, json};
use switchyard_store::{DeliveryState, HookDelivery, Page};
use uuid::Uuid;

use super::events::TEST;
use super::outbox::Message;
use super::views::DeliveryView;
use super::webhooks::target;
use crate::policies::sight::{HIDDEN, Sight};
use crate::{Control, Principal, Result};

impl Control {
    /// A webhook's messages, newest first; only those before this one where it is given.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`], [`crate::Error::Denied`].
    pub async fn webhook_deliveries(
        &self,
        principal: &Principal,
        project: &str,
        id: &str,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Page<DeliveryView>> {
        let handle = self.seen(principal, project)?;
        self.own_webhook(principal, project, id).await?;
        let sight = self.sight(principal, &handle);
        let page = self.inner.store.hook_deliveries(id, before, limit).await?;
        let mut items = vec![];
        for delivery in page.items {
            items.push(self.shown_delivery(&sight, project, delivery).await?);
        }
        Ok(Page { items, total: page.total })
    }

    /// A message as somebody may read it who may see less than who is sent it: as a whole, or that there is one.
    pub(super) async fn shown_delivery(
        &self,
        sight: &Sight,
        project: &str,
        delivery: HookDelivery,
    ) -> Result<DeliveryView> {
        let mut view = view(delivery);
        if sight.is_whole() {
            return Ok(view);
        }
        let told = &view.body["data"];
        let mut keys = told["environments"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let mut hides = keys.any(|key| !sight.environment(key)) || sight.is_named(&view.body.to_string());
        if let Some(number) = told["change"].as_u64() {
            hides |= self.numbered_hides(sight, project, number).await?;
        }
        if let Some(number) = told["revision"].as_u64() {
            hides |= self.revision_hides(sight, project, number).await?;
        }
        if hides {
            view.body = Value::Null;
            view.answer = view.answer.map(|_| HIDDEN.to_owned());
        }
        Ok(view)
    }

    /// Sends a message once more, under the id it has.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`], [`crate::Error::Denied`].
    pub async fn resend_delivery(
        &self,
        principal: &Principal,
        project: &str,
        id: &str,
        delivery: &str,
    ) -> Result<()> {
        self.seen(principal, project)?;
        self.own_webhook(principal, project, id).await?;
        let entry = self.noted(
            &principal.id,
            "webhook.resend",
            &target(project, id),
            json!({ "delivery": delivery }),
        );
        self.inner.store.resend(id, delivery, self.now(), &entry).await?;
        self.inner.happened.notify_one();
        Ok(())
    }

    /// Sends a message that says nothing but that it arrives.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`], [`crate::Error::Denied`].
    pub async fn test_webhook(&self, principal: &Principal, project: &str, id: &str) -> Result<DeliveryView> {
        let handle = self.seen(principal, project)?;
        let hook = self.own_webhook(principal, project, id).await?;
        let newest = self.inner.store.hook_deliveries(id, None, 1).await?.items.pop();
        let message = Message {
            title: "A test".into(),
            summary: format!("{} tries whether {} is reached", principal.name, hook.name),
            who: Some(self.as_person(&principal.id)),
            ..Message::new(&handle)
        };
        let sequence = newest.map_or(0, |newest| newest.sequence);
        let delivery = delivery(&hook.id, sequence, TEST, self.now(), &message);
        let entry = self.noted(
            &principal.id,
            "webhook.test",
            &target(project, id),
            json!({ "delivery": delivery.id }),
        );
        self.inner.store.insert_delivery(&delivery, &entry).await?;
        self.inner.happened.notify_one();
        Ok(view(delivery))
    }
}

/// A delivery that was never tried.
pub(crate) fn delivery(
    hook: &str,
    sequence: u64,
    event: &str,
    at: Timestamp,
    message: &Message,
) -> HookDelivery {
    let body = json!({ "type": event, "timestamp": at, "data": message.data(sequence) });
    HookDelivery {
        id: format!("msg_{}", Uuid::now_v7().simple()),
        hook: hook.to_owned(),
        sequence,
        event: event.to_owned(),
        body: body.to_string(),
        state: DeliveryState::Waiting,
        created_at: at,
        since: at,
        attempts: 0,
        next_at: at,
        last: None,
    }
}

fn view(delivery: HookDelivery) -> DeliveryView {
    let waits = delivery.state == DeliveryState::Waiting;
    let (last_at, status, milliseconds, error, answer) = match delivery.last {
        Some(last) => (Some(last.at), last.status, Some(last.ms), last.error, last.answer),
        None => (None, None, None, None, None),
    };
    DeliveryView {
        id: delivery.id,
        event: delivery.event,
        state: delivery.state,
        created_at: delivery.created_at,
        attempts: delivery.attempts,
        next_at: waits.then_some(delivery.next_at),
        last_at,
        status,
        milliseconds,
        error,
        answer,
        body: serde_json::from_str(&delivery.body).unwrap_or(Value::Null),
    }
}
