//! What is sent, how often, and what becomes of it.

use std::time::Duration;

use serde_json::Value;
use switchyard_control::{AuditQuery, DeliveryState, WebhookKind};
use switchyard_notify::Pace;

use crate::receiver::{Receiver, Reply};
use crate::world::{PACE, SHOP, World};

#[tokio::test]
async fn a_receiver_that_comes_back_gets_the_same_message() {
    let mut world = World::new(true).await;
    let failures =
        [Reply::Status(500), Reply::Close, Reply::With(503, "retry-after: 0\r\n", "x".repeat(5_000))];
    let mut receiver = Receiver::new(&failures).await;
    let hook = world.hook(WebhookKind::Standard, &receiver.url()).await.webhook.id;
    world.start(PACE).await;
    world.turn(true).await;
    let first = receiver.next().await;
    assert_eq!(first.header("content-type"), "application/json");
    let body: Value = serde_json::from_str(&first.body).unwrap();
    assert_eq!((&body["type"], &body["data"]["revision"]), (&"revision.applied".into(), &2.into()));
    for _ in 0..3 {
        let again = receiver.next().await;
        assert_eq!((again.header("webhook-id"), &again.body), (first.header("webhook-id"), &first.body));
    }
    let done = world.delivered(&hook).await;
    assert_eq!((done.id.as_str(), done.attempts, done.status), (first.header("webhook-id"), 4, Some(204)));
    assert_eq!(done.error, None);
}

#[tokio::test]
async fn what_came_back_is_kept_and_bounded() {
    let mut world = World::new(true).await;
    let receiver = Receiver::new(&[Reply::With(500, "", "ä".repeat(5_000))]).await;
    let hook = world.hook(WebhookKind::Standard, &receiver.url()).await.webhook.id;
    let patient = Pace { first: Duration::from_secs(600), longest: Duration::from_secs(600), ..PACE };
    world.start(patient).await;
    world.turn(true).await;
    let tried = world.newest(&hook, |newest| newest.attempts == 1).await;
    assert_eq!((tried.state, tried.status), (DeliveryState::Waiting, Some(500)));
    assert_eq!(tried.error.as_deref(), Some("it answered 500"));
    assert_eq!(tried.answer.unwrap().len(), 1024);
    assert!(tried.next_at.unwrap() > tried.last_at.unwrap());
    // Sent again by hand, it does not wait.
    world.control.resend_delivery(&world.ann, SHOP, &hook, &tried.id).await.unwrap();
    assert_eq!(world.delivered(&hook).await.id, tried.id);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let mut world = World::new(true).await;
    let mut elsewhere = Receiver::new(&[]).await;
    let location = format!("location: http://{}/\r\n", elsewhere.address);
    let reply = Reply::With(307, Box::leak(location.into_boxed_str()), String::new());
    let mut receiver = Receiver::new(&[reply]).await;
    let hook = world.hook(WebhookKind::Standard, &receiver.url()).await.webhook.id;
    world.start(PACE).await;
    world.turn(true).await;
    receiver.next().await;
    receiver.next().await;
    assert_eq!(world.delivered(&hook).await.attempts, 2);
    assert!(elsewhere.came_nothing());
}

#[tokio::test]
async fn one_that_is_gone_for_good_is_told_nothing_more() {
    let mut world = World::new(true).await;
    let receiver = Receiver::new(&[Reply::Status(410)]).await;
    let hook = world.hook(WebhookKind::Standard, &receiver.url()).await.webhook.id;
    world.start(PACE).await;
    world.turn(true).await;
    let gone = world.newest(&hook, |newest| newest.state == DeliveryState::Failed).await;
    assert_eq!((gone.status, gone.attempts), (Some(410), 1));
    let stopped = loop {
        let shown = world.control.webhooks(&world.ann, SHOP).await.unwrap().pop().unwrap();
        if !shown.active {
            break shown.stopped.unwrap();
        }
        tokio::task::yield_now().await;
    };
    assert!(stopped.contains("410"), "{stopped}");
    let query = AuditQuery { what: Some("webhook.stop".into()), ..AuditQuery::default() };
    assert_eq!(world.control.audit(&world.ann, &query).await.unwrap().items[0].who, "switchyard");
}

/// One hangs, one refuses, one is quick: the quick one gets all of it meanwhile, in order.
#[tokio::test]
async fn a_slow_receiver_holds_up_nobody() {
    let mut world = World::new(true).await;
    let mut slow = Receiver::new(&[Reply::Hang, Reply::Hang]).await;
    let mut quick = Receiver::new(&[]).await;
    world.hook(WebhookKind::Standard, &slow.url()).await;
    world.hook(WebhookKind::Standard, "http://127.0.0.1:1/").await;
    world.hook(WebhookKind::Standard, &quick.url()).await;
    world.start(PACE).await;
    world.turn(true).await;
    slow.next().await;
    for on in [false, true, false, true] {
        world.turn(on).await;
    }
    for revision in 2..=6 {
        let body: Value = serde_json::from_str(&quick.next().await.body).unwrap();
        assert_eq!(body["data"]["revision"], revision);
    }
    assert!(slow.came_nothing(), "one at a time for each");
    world.stop().await;
}

#[tokio::test]
async fn what_never_comes_through_is_given_up() {
    let mut world = World::new(true).await;
    let hook = world.hook(WebhookKind::Standard, "http://127.0.0.1:1/").await.webhook.id;
    world.start(Pace { end: Duration::from_millis(100), ..PACE }).await;
    world.turn(true).await;
    let failed = world.newest(&hook, |newest| newest.state == DeliveryState::Failed).await;
    assert!(failed.attempts > 1 && failed.status.is_none(), "{failed:?}");
    assert!(failed.error.is_some());
}

/// Names are looked at when they are called: what leads into the house is not called.
#[tokio::test]
async fn a_name_that_leads_into_the_house_is_not_called() {
    let mut world = World::new(false).await;
    let mut receiver = Receiver::new(&[]).await;
    let url = format!("http://localhost:{}/", receiver.address.port());
    let hook = world.hook(WebhookKind::Standard, &url).await.webhook.id;
    world.start(PACE).await;
    world.turn(true).await;
    let refused = world.newest(&hook, |newest| newest.attempts > 0).await;
    let error = refused.error.unwrap();
    assert!(error.contains("is this machine: it is not called"), "{error}");
    assert!(receiver.came_nothing());
}

/// What was under way when the server ended is sent again, under the same id.
#[tokio::test]
async fn nothing_is_forgotten_over_an_end() {
    let mut world = World::new(true).await;
    let mut receiver = Receiver::new(&[Reply::Hang]).await;
    let hook = world.hook(WebhookKind::Standard, &receiver.url()).await.webhook.id;
    world.turn(true).await;
    world.start(PACE).await;
    let first = receiver.next().await;
    world.stop().await;
    world.turn(false).await;
    world.start(PACE).await;
    let again = receiver.next().await;
    assert_eq!((again.header("webhook-id"), &again.body), (first.header("webhook-id"), &first.body));
    let second: Value = serde_json::from_str(&receiver.next().await.body).unwrap();
    assert_eq!(second["data"]["revision"], 3);
    world.delivered(&hook).await;
}

/// While a secret is replaced both sign; then only the new one does.
#[tokio::test]
async fn secrets_overlap_when_they_are_rotated() {
    let mut world = World::new(true).await;
    let mut receiver = Receiver::new(&[]).await;
    let hook = world.hook(WebhookKind::Standard, &receiver.url()).await.webhook.id;
    world.start(PACE).await;
    let settings = world.control.hook_settings().clone();
    let mut count = async |world: &World, versions: &[u32]| {
        world.control.test_webhook(&world.ann, SHOP, &hook).await.unwrap();
        let came = receiver.next().await;
        let timestamp = came.header("webhook-timestamp").parse().unwrap();
        let signatures: Vec<_> = came.header("webhook-signature").split(' ').map(str::to_owned).collect();
        let sign = |version: &u32| {
            let secret = settings.signing_secret(&hook, *version);
            secret.sign(came.header("webhook-id"), timestamp, came.body.as_bytes())
        };
        assert_eq!(signatures, versions.iter().map(sign).collect::<Vec<_>>());
    };
    count(&world, &[1]).await;
    world.control.rotate_webhook(&world.ann, SHOP, &hook, Duration::from_secs(3600)).await.unwrap();
    count(&world, &[2, 1]).await;
    world.control.rotate_webhook(&world.ann, SHOP, &hook, Duration::ZERO).await.unwrap();
    count(&world, &[3]).await;
}
