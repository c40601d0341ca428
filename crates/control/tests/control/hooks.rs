//! Webhooks: who may make them, what they are told, and links that answer.

use std::time::Duration;

use serde_json::{Value, json};
use switchyard_control::{
    Apply, AuditQuery, Error, Filter, HookSettings, KeyKind, MemberChange, PolicyDraft, Principal, Timing,
    WebhookChange, WebhookDraft, WebhookKind,
};
use switchyard_model::access::Role;
use switchyard_model::{ChangeState, Verdict};
use switchyard_store::{HookDelivery, Hooks};

use crate::world::{SHOP, World, on, serve, weights};

fn draft(kind: WebhookKind, url: &str) -> WebhookDraft {
    WebhookDraft { name: "A hook".into(), kind, url: url.into(), to_me: false, filter: Filter::default() }
}

fn standard() -> WebhookDraft {
    draft(WebhookKind::Standard, "https://hooks.example/in")
}

fn personal() -> WebhookDraft {
    WebhookDraft { to_me: true, ..draft(WebhookKind::Slack, "https://hooks.slack.com/services/T/B/secret") }
}

fn only(events: &[&str]) -> Filter {
    Filter { events: events.iter().map(|e| (*e).to_owned()).collect(), ..Filter::default() }
}

fn problems(refused: Result<impl std::fmt::Debug, Error>) -> String {
    match refused {
        Err(Error::Invalid(problems)) => {
            problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        }
        other => panic!("was not refused: {other:?}"),
    }
}

impl World {
    async fn hooked(private: bool) -> World {
        let world = World::shop().await;
        let public_url = "https://switchyard.example".to_owned();
        world.control.set_up_hooks(HookSettings { key: [7; 32], private, public_url });
        world
    }

    async fn hook(&self, who: &Principal, draft: WebhookDraft) -> String {
        self.control.create_webhook(who, SHOP, draft).await.unwrap().webhook.id
    }

    /// Makes deliveries of all that is in the outbox, as the notifier does; those of one webhook.
    async fn tell(&self, hook: &str) -> Vec<HookDelivery> {
        for happening in self.store.happenings(1_000).await.unwrap() {
            let told = self.control.told(&happening, &self.store.webhooks().await.unwrap()).await.unwrap();
            self.store.dispatch(happening.sequence, &told).await.unwrap();
        }
        assert_eq!(self.store.happenings(1).await.unwrap(), []);
        let mut all = self.store.hook_deliveries(hook, None, 1_000).await.unwrap().items;
        all.reverse();
        all
    }

    /// The link in the newest message to a webhook.
    async fn link(&self, hook: &str) -> String {
        let told = self.tell(hook).await;
        let link = self.control.delivery_link(told.last().unwrap()).await.unwrap().unwrap();
        link.strip_prefix("https://switchyard.example/hooks/review/").unwrap().to_owned()
    }
}

fn data(delivery: &HookDelivery) -> Value {
    let body: Value = serde_json::from_str(&delivery.body).unwrap();
    assert_eq!(body["type"], *delivery.event);
    body["data"].clone()
}

#[tokio::test]
async fn everything_is_told_in_order_and_in_the_words_of_the_page() {
    let world = World::hooked(false).await;
    let mia = world.member("Mia", Role::Developer).await;
    let tom = world.member("Tom", Role::Operator).await;
    world.apply(&world.ann, on("banner", "production", true)).await.unwrap();
    let hook = world.hook(&world.ann, standard()).await;
    world.require("production", 1).await;

    let number = world.submit(&mia, serve("banner", "production", 1)).await.number;
    world.control.comment(&tom, SHOP, number, "Sure?", None).await.unwrap();
    world.judge(&tom, number, Verdict::Reject).await.unwrap();
    world.judge(&tom, number, Verdict::Approve).await.unwrap();
    world.control.apply_change(&mia, SHOP, number, Apply::default()).await.unwrap();
    let second = world.submit(&mia, weights(50_000, 50_000)).await.number;
    let glass = Apply { break_glass: Some("It burns".into()), ..Apply::default() };
    world.control.apply_change(&tom, SHOP, second, glass).await.unwrap();
    let third = world.submit(&mia, weights(40_000, 60_000)).await.number;
    world.control.withdraw_change(&mia, SHOP, third).await.unwrap();
    world.control.discard_change(&mia, SHOP, third).await.unwrap();
    world.control.rotate_key(&tom, SHOP, "production", KeyKind::Sdk, Duration::ZERO).await.unwrap();

    let told = world.tell(&hook).await;
    let events: Vec<_> = told.iter().map(|delivery| &*delivery.event).collect();
    assert_eq!(
        events,
        [
            "change.submitted",
            "change.commented",
            "change.rejected",
            "change.approved",
            "revision.applied",
            "change.submitted",
            "revision.applied",
            "change.glassBroken",
            "change.submitted",
            "change.withdrawn",
            "change.discarded",
            "key.made",
        ]
    );
    assert!(told.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
    let submitted = data(&told[0]);
    assert_eq!(submitted["who"]["name"], "Mia");
    assert!(
        submitted["summary"].as_str().unwrap().starts_with("Mia asks for a review of C-2: "),
        "{submitted}"
    );
    assert_eq!(submitted["environments"], json!(["production"]));
    assert_eq!(submitted["kinds"], json!(["targeting"]));
    assert_eq!(submitted["link"], "https://switchyard.example/p/shop/production/changes/2");
    assert_eq!(submitted["reason"], "why not");
    assert_eq!(submitted["sentences"].as_array().unwrap().len(), 1);
    assert_eq!(data(&told[1])["note"], "Sure?");
    assert_eq!(data(&told[4])["revision"], 3);
    assert_eq!(data(&told[7])["note"], "It burns");
    // Nothing that opens a door is in any of it.
    assert!(told.iter().all(|delivery| !delivery.body.contains("sdk-")));
    assert_eq!(world.tell(&hook).await.len(), told.len(), "each once");
}

#[tokio::test]
async fn nobody_is_told_what_they_did_not_ask_for() {
    let world = World::hooked(false).await;
    world.apply(&world.ann, on("banner", "production", true)).await.unwrap();
    assert_eq!(world.store.happenings(1).await.unwrap(), [], "nobody listens yet");
    let all = world.hook(&world.ann, standard()).await;
    let staging = Filter { environments: vec!["staging".into()], ..Filter::default() };
    let staging = world.hook(&world.ann, WebhookDraft { filter: staging, ..standard() }).await;
    let routes = Filter { kinds: vec![switchyard_model::Kind::Route], ..Filter::default() };
    let routes = world.hook(&world.ann, WebhookDraft { filter: routes, ..standard() }).await;
    let keys = world.hook(&world.ann, WebhookDraft { filter: only(&["key.made"]), ..standard() }).await;
    let off = world.hook(&world.ann, standard()).await;
    let turn_off = WebhookChange { active: Some(false), ..WebhookChange::default() };
    world.control.change_webhook(&world.ann, SHOP, &off, turn_off).await.unwrap();

    world.apply(&world.ann, on("banner", "staging", true)).await.unwrap();
    world.apply(&world.bob, weights(50_000, 50_000)).await.unwrap();
    world.control.rotate_key(&world.ann, SHOP, "staging", KeyKind::Sdk, Duration::ZERO).await.unwrap();
    for (hook, count) in [(&all, 3), (&staging, 2), (&routes, 1), (&keys, 1), (&off, 0)] {
        assert_eq!(world.tell(hook).await.len(), count);
    }
    world.control.remove_webhook(&world.ann, SHOP, &all).await.unwrap();
    assert_eq!(world.tell(&all).await, []);
}

#[tokio::test]
async fn an_approval_that_ends_is_told_once() {
    let world = World::hooked(false).await;
    let (mia, tom) = (world.member("Mia", Role::Developer).await, world.member("Tom", Role::Developer).await);
    world.require("production", 1).await;
    let hook = world.hook(&world.ann, WebhookDraft { filter: only(&["change.voided"]), ..standard() }).await;
    let number = world.submit(&mia, weights(50_000, 50_000)).await.number;
    world.judge(&tom, number, Verdict::Approve).await.unwrap();
    world.require("production", 0).await;
    world.apply(&mia, on("banner", "production", true)).await.unwrap();
    assert_eq!(world.tell(&hook).await, [], "it still does the same");
    let details = json!([{
        "target": { "environment": "production", "kind": "route", "key": "checkout" },
        "op": { "type": "setDetails", "description": "Pays" },
    }]);
    world.apply(&mia, details).await.unwrap();
    world.apply(&mia, on("banner", "production", false)).await.unwrap();
    let told = world.tell(&hook).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let summary = data(&told[0])["summary"].as_str().unwrap().to_owned();
    assert_eq!(summary, "Tom's approval of C-1 no longer counts: it does something else by now");
}

#[tokio::test]
async fn a_schedule_is_told_when_it_is_made_and_when_it_stops() {
    let world = World::hooked(false).await;
    let mia = world.member("Mia", Role::Developer).await;
    let events = ["change.scheduled", "change.unscheduled", "change.scheduleStopped"];
    let hook = world.hook(&world.ann, WebhookDraft { filter: only(&events), ..standard() }).await;
    let number = world.submit(&mia, weights(50_000, 50_000)).await.number;
    let timing = || Timing {
        apply_at: Some("2027-02-01T09:00".into()),
        zone: "Europe/Amsterdam".into(),
        ..Timing::default()
    };
    world.control.schedule_change(&mia, SHOP, number, timing(), false).await.unwrap();
    world.control.cancel_schedule(&mia, SHOP, number).await.unwrap();
    world.control.schedule_change(&mia, SHOP, number, timing(), false).await.unwrap();
    world.pass(60 * 24 * 3600);
    world.control.run_due().await.unwrap();
    let told = world.tell(&hook).await;
    let said: Vec<_> = told.iter().map(|told| (&*told.event, data(told)["summary"].clone())).collect();
    let title = data(&told[0])["title"].as_str().unwrap().to_owned();
    assert_eq!(
        said,
        [
            (events[0], json!(format!("Mia scheduled C-1: {title}"))),
            (events[1], json!(format!("Mia cancelled the schedule of C-1: {title}"))),
            (events[0], json!(format!("Mia scheduled C-1: {title}"))),
            (events[2], json!(format!("C-1 is not done: its schedule stopped: {title}"))),
        ]
    );
    let note = data(&told[3])["note"].as_str().unwrap().to_owned();
    assert!(note.starts_with("stopped: nothing ran at "), "{note}");
}

#[tokio::test]
async fn what_a_guardrail_blocked_is_told() {
    let world = World::hooked(false).await;
    let rule = json!({
        "kind": "guardrail", "key": "calm", "rule": "false", "message": "Not today.", "effect": "block",
    });
    let put = json!([{
        "target": { "kind": "guardrail", "key": "calm" }, "op": { "type": "put", "resource": rule },
    }]);
    world.apply(&world.ann, put).await.unwrap();
    let filter = only(&["guardrail.blocked"]);
    let hook = world.hook(&world.ann, WebhookDraft { filter, ..standard() }).await;
    world.apply(&world.bob, weights(50_000, 50_000)).await.unwrap_err();
    let told = world.tell(&hook).await;
    let data = data(&told[0]);
    assert!(data["note"].as_str().unwrap().contains("Not today."), "{data}");
    assert_eq!((&data["who"]["id"], &data["environments"]), (&json!("bob"), &json!(["production"])));
}

#[tokio::test]
async fn who_makes_webhooks_and_where_they_lead() {
    let world = World::hooked(false).await;
    let (mia, tom) = (world.member("Mia", Role::Developer).await, world.member("Tom", Role::Admin).await);
    let control = &world.control;
    assert!(matches!(control.create_webhook(&mia, SHOP, standard()).await, Err(Error::Denied(_))));
    for (url, why) in [
        ("ftp://hooks.example", "no address of the web"),
        ("hooks.example", "is no URL"),
        ("https://user:pass@hooks.example", "not sent"),
        ("http://169.254.169.254/latest", "link-local"),
        ("http://127.0.0.1:9/", "is this machine"),
        ("http://[::ffff:10.0.0.1]/", "private network"),
        ("http://2130706433/", "is this machine"),
        ("http://0x7f.1/", "is this machine"),
    ] {
        let refused = control.create_webhook(&tom, SHOP, draft(WebhookKind::Standard, url)).await;
        let said = problems(refused);
        assert!(said.contains(why), "{url}: {said}");
    }
    let wrong = Filter { environments: vec!["mars".into()], ..only(&["change.sumbitted"]) };
    let said =
        problems(control.create_webhook(&tom, SHOP, WebhookDraft { filter: wrong, ..standard() }).await);
    assert!(said.contains("filter.events[0]") && said.contains("filter.environments[0]"), "{said}");

    let made = control.create_webhook(&tom, SHOP, standard()).await.unwrap();
    let secret = made.secret.unwrap();
    assert!(secret.starts_with("whsec_"), "{secret}");
    let hour = Duration::from_secs(3600);
    let rotated = control.rotate_webhook(&tom, SHOP, &made.webhook.id, hour).await.unwrap();
    assert_ne!(rotated.secret.unwrap(), secret);
    assert!(rotated.webhook.previous_secret_until.is_some());

    // A person's own: only for a member who is signed in, only Slack's, and only they send it elsewhere.
    let said = problems(control.create_webhook(&world.ann, SHOP, personal()).await);
    assert!(said.contains("no person"), "{said}");
    let said = problems(control.create_webhook(&mia, SHOP, WebhookDraft { to_me: true, ..standard() }).await);
    assert!(said.contains("slack"), "{said}");
    let own = world.hook(&mia, personal()).await;
    assert_eq!(control.webhooks(&mia, SHOP).await.unwrap().len(), 1, "her own, and no other");
    let shown = control.webhooks(&tom, SHOP).await.unwrap().pop().unwrap();
    assert_eq!(shown.url, "https://hooks.slack.com/…", "the rest is a secret");
    let elsewhere = || WebhookChange { url: Some("https://tom.example".into()), ..WebhookChange::default() };
    let said = problems(control.change_webhook(&tom, SHOP, &own, elsewhere()).await);
    assert!(said.contains("somebody else's own"), "{said}");
    control.change_webhook(&mia, SHOP, &own, elsewhere()).await.unwrap();
    control.remove_webhook(&tom, SHOP, &own).await.unwrap();

    // What was done is on record, and nothing secret is.
    let audit = control.audit(&tom, &AuditQuery { limit: 100, ..AuditQuery::default() }).await.unwrap().items;
    let done: Vec<_> = audit.iter().filter(|e| e.what.starts_with("webhook.")).map(|e| &*e.what).collect();
    assert_eq!(
        done,
        ["webhook.remove", "webhook.change", "webhook.create", "webhook.rotate", "webhook.create"]
    );
    let all = format!("{audit:?}");
    assert!(!all.contains("services/T/B") && !all.contains("whsec_"), "{all}");
}

#[tokio::test]
async fn a_link_answers_once_for_its_member_and_what_they_were_shown() {
    let world = World::hooked(false).await;
    let (mia, tom) = (world.member("Mia", Role::Developer).await, world.member("Tom", Role::Developer).await);
    world.require("production", 1).await;
    let control = &world.control;
    let (of_mia, of_tom) = (world.hook(&mia, personal()).await, world.hook(&tom, personal()).await);
    let number = world.submit(&mia, weights(50_000, 50_000)).await.number;
    let link = world.link(&of_tom).await;
    let own = world.tell(&of_mia).await;
    assert_eq!(control.delivery_link(own.last().unwrap()).await.unwrap(), None, "nobody reviews their own");

    // Looking does nothing, however often: chat programs look too.
    for _ in 0..3 {
        assert_eq!(control.review_link(&link).await.unwrap().over, None);
    }
    assert!(control.change(&mia, SHOP, number).await.unwrap().review.reviews.is_empty());
    let (id, proof) = link.split_once('.').unwrap();
    let forged = proof.chars().rev().collect::<String>();
    for wrong in [format!("{id}.{forged}"), id.to_owned(), format!("{id}."), format!("msg_none.{proof}")] {
        assert!(matches!(control.review_link(&wrong).await, Err(Error::NotFound(_))), "{wrong}");
        let answered = control.review_by_link(&wrong, Verdict::Approve, String::new()).await;
        assert!(matches!(answered, Err(Error::NotFound(_))), "{wrong}");
    }

    // A note that is too long uses nothing up.
    let long = control.review_by_link(&link, Verdict::Approve, "x".repeat(20_000)).await;
    assert!(matches!(long, Err(Error::Invalid(_))), "{long:?}");
    let given = control.review_by_link(&link, Verdict::Approve, "fine".into()).await.unwrap();
    assert_eq!(given.change.state, ChangeState::Approved);
    let review = &given.change.review.reviews[0];
    assert_eq!((&review.who, &*review.note), (&tom.id, "fine"));
    let again = control.review_by_link(&link, Verdict::Reject, String::new()).await;
    assert!(matches!(again, Err(Error::LinkOver(_))), "{again:?}");
    let link = AuditQuery { what: Some("change.reviewByLink".into()), ..AuditQuery::default() };
    assert_eq!(control.audit(&world.ann, &link).await.unwrap().total, 2, "the one that was too long too");
}

/// Whatever else a link is, it is no way round a review.
#[tokio::test]
async fn a_link_gives_nobody_more_than_they_have() {
    let world = World::hooked(false).await;
    world.member("Ada", Role::Admin).await;
    let (mia, tom) = (world.member("Mia", Role::Developer).await, world.member("Tom", Role::Developer).await);
    world.require("production", 1).await;
    let control = &world.control;
    let hook = world.hook(&tom, personal()).await;
    let over = async |link: &str| {
        let answered = control.review_by_link(link, Verdict::Approve, String::new()).await;
        match answered {
            Err(Error::LinkOver(why)) => why,
            other => panic!("{other:?}"),
        }
    };

    // The change became another one.
    let number = world.submit(&mia, weights(50_000, 50_000)).await.number;
    let link = world.link(&hook).await;
    let version = control.change(&mia, SHOP, number).await.unwrap().version;
    let edits = crate::world::edits(weights(0, 100_000));
    let proposal = switchyard_control::Proposal { edits, ..Default::default() };
    control.update_change(&mia, SHOP, number, version, proposal).await.unwrap();
    assert!(over(&link).await.contains("does something else"));
    // It is a draft again, or given up.
    let number = world.submit(&mia, weights(30_000, 70_000)).await.number;
    let link = world.link(&hook).await;
    control.withdraw_change(&mia, SHOP, number).await.unwrap();
    assert!(over(&link).await.contains("no longer in review"));
    // A week is over.
    world.submit(&mia, weights(20_000, 80_000)).await;
    let link = world.link(&hook).await;
    world.pass(7 * 24 * 3600);
    assert!(over(&link).await.contains("has ended"));
    // Tom may no longer review such things, and then is let in no more.
    let number = world.submit(&mia, weights(10_000, 90_000)).await.number;
    let link = world.link(&hook).await;
    let change = |role, active| MemberChange { role, active, ..MemberChange::default() };
    control.change_member(&world.ann, &tom.id, change(Some(Role::Product), None)).await.unwrap();
    let refused = control.review_by_link(&link, Verdict::Approve, String::new()).await;
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
    control.change_member(&world.ann, &tom.id, change(None, Some(false))).await.unwrap();
    let gone = control.review_by_link(&link, Verdict::Approve, String::new()).await;
    assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
    assert!(control.change(&mia, SHOP, number).await.unwrap().review.reviews.is_empty());
}

/// Who left is told nothing more, whoever forgot their webhook.
#[tokio::test]
async fn a_persons_own_webhook_ends_with_them() {
    let world = World::hooked(false).await;
    world.member("Ada", Role::Admin).await;
    let tom = world.member("Tom", Role::Developer).await;
    let hook = world.hook(&tom, personal()).await;
    world.apply(&world.ann, on("banner", "production", true)).await.unwrap();
    assert_eq!(world.tell(&hook).await.len(), 1);
    let out = MemberChange { active: Some(false), ..MemberChange::default() };
    world.control.change_member(&world.ann, &tom.id, out).await.unwrap();
    world.apply(&world.ann, on("banner", "production", false)).await.unwrap();
    assert_eq!(world.tell(&hook).await.len(), 1);
    assert!(!world.control.is_read(&world.store.webhook(&hook).await.unwrap().unwrap()));
}

#[tokio::test]
async fn of_many_answers_at_once_one_counts() {
    let world = World::hooked(false).await;
    let (mia, tom) = (world.member("Mia", Role::Developer).await, world.member("Tom", Role::Developer).await);
    let hook = world.hook(&tom, personal()).await;
    let number = world.submit(&mia, weights(50_000, 50_000)).await.number;
    let link = world.link(&hook).await;
    let mut answers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (control, link) = (world.control.clone(), link.clone());
        answers.spawn(async move { control.review_by_link(&link, Verdict::Reject, String::new()).await });
    }
    let answers = answers.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert_eq!(world.control.change(&mia, SHOP, number).await.unwrap().review.reviews.len(), 1);
}

/// A webhook is told what its maker may see, whoever else may see more.
#[tokio::test]
async fn a_webhook_is_told_what_its_maker_may_see() {
    let world = World::hooked(false).await;
    let control = &world.control;
    let bea = world.member("Bea", Role::Admin).await;
    let text = r#"forbid (principal, action == Action::"view", resource in Environment::"staging")
                  unless { principal.name != "Bea" };"#;
    let policy = PolicyDraft { name: "Lab".into(), text: text.into(), expected_version: None };
    control.put_policy(&world.ann, SHOP, "lab", policy).await.unwrap();
    let (all, part) = (world.hook(&world.ann, standard()).await, world.hook(&bea, standard()).await);
    let filter = Filter { environments: vec!["staging".into()], ..Filter::default() };
    let refused = control.create_webhook(&bea, SHOP, WebhookDraft { filter, ..standard() }).await;
    assert_eq!(
        problems(refused.map(|_| ())),
        "filter.environments[0]: is no environment (found \"staging\"); one of production"
    );

    let mut both = on("banner", "staging", true);
    both.as_array_mut().unwrap().extend(on("banner", "production", true).as_array().unwrap().clone());
    world.apply(&world.ann, on("search", "staging", true)).await.unwrap();
    let mixed = world.submit(&world.ann, both).await.number;
    control.comment(&world.bob, SHOP, mixed, "The staging one too?", None).await.unwrap();
    control.apply_change(&world.ann, SHOP, mixed, Apply::default()).await.unwrap();
    control.rotate_key(&world.ann, SHOP, "staging", KeyKind::Sdk, Duration::ZERO).await.unwrap();

    let (whole, seen) = (world.tell(&all).await, world.tell(&part).await);
    let events = |told: &[HookDelivery]| told.iter().map(|told| told.event.clone()).collect::<Vec<_>>();
    assert_eq!(
        events(&whole),
        ["revision.applied", "change.submitted", "change.commented", "revision.applied", "key.made"]
    );
    assert_eq!(events(&seen), ["change.submitted", "change.commented", "revision.applied"]);
    assert!(whole.iter().all(|told| told.body.contains("staging")), "else this would prove nothing");
    for told in &seen {
        assert!(!told.body.contains("staging"), "{}", told.body);
        let data = data(told);
        assert_eq!(data["title"], "Something in an environment that you may not see");
        assert_eq!(
            (&data["environments"], data["sentences"].as_array().unwrap().len()),
            (&json!(["production"]), 1)
        );
    }
    // Who sees less than a webhook's maker reads that there was a message.
    let read = control.webhook_deliveries(&bea, SHOP, &all, None, 10).await.unwrap();
    assert_eq!((read.total, read.items.iter().all(|told| told.body.is_null())), (5, true));
    let read = control.webhook_deliveries(&world.ann, SHOP, &all, None, 10).await.unwrap();
    assert!(read.items.iter().all(|told| !told.body.is_null()));

    // As they are now: by another policy they may see it again.
    control.remove_policy(&world.ann, SHOP, "lab").await.unwrap();
    world.apply(&world.ann, on("search", "staging", false)).await.unwrap();
    assert_eq!(world.tell(&part).await.len(), 4);
}
