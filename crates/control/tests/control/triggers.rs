//! Triggers: what they may, and that nothing is let past by one.

use serde_json::{Value, json};
use switchyard_control::{
    AuditQuery, Call, Error, HookSettings, MemberChange, Principal, Signed, SigningSecret, TriggerChange,
    TriggerDraft, TriggerSource, Triggered,
};
use switchyard_model::access::Role;
use switchyard_model::{ChangeState, Origin, Verdict};

use crate::world::{SHOP, World, edits, on, weights};

struct House {
    world: World,
    /// Who makes the triggers.
    zoe: Principal,
    id: String,
    secret: String,
    signing: Option<SigningSecret>,
}

fn draft(does: Value) -> TriggerDraft {
    TriggerDraft {
        name: "Errors".into(),
        source: TriggerSource::Any,
        require_signature: false,
        revert_on_resolved: false,
        title: String::new(),
        reason: "errors on checkout".into(),
        edits: edits(does),
    }
}

fn alertmanager(does: Value) -> TriggerDraft {
    TriggerDraft { source: TriggerSource::Alertmanager, revert_on_resolved: true, ..draft(does) }
}

const FIRING: &[u8] = br#"{"status":"firing","commonLabels":{"alertname":"HighErrors","severity":"page"}}"#;
const RESOLVED: &[u8] = br#"{"status":"resolved"}"#;

impl House {
    async fn new(draft: TriggerDraft) -> House {
        let world = World::shop().await;
        let settings = HookSettings { key: [7; 32], private: false, public_url: String::new() };
        world.control.set_up_hooks(settings.clone());
        let zoe = world.member("Zoe", Role::Operator).await;
        let made = world.control.create_trigger(&zoe, SHOP, draft).await.unwrap();
        let signing = made.signing_secret.as_ref().map(|shown| {
            let secret = settings.signing_secret(&made.trigger.id, 1);
            assert_eq!(secret.to_text(), *shown);
            secret
        });
        House { world, zoe, id: made.trigger.id, secret: made.secret, signing }
    }

    fn call(&self) -> Call<'_> {
        Call { id: &self.id, secret: &self.secret, key: None, signed: None, body: b"", dry_run: false }
    }

    async fn fire(&self) -> Result<Triggered, Error> {
        self.world.control.fire(self.call()).await
    }

    async fn told(&self, body: &[u8]) -> (String, Option<u64>) {
        let fired = self.world.control.fire(Call { body, ..self.call() }).await.unwrap();
        (fired.outcome, fired.revision.or(fired.change))
    }

    fn head(&self) -> u64 {
        self.world.state().revision
    }

    async fn newest(&self) -> (Option<String>, String) {
        let page = self.world.control.firings(&self.zoe, SHOP, &self.id, None, 1).await.unwrap();
        (page.items[0].outcome.clone(), page.items[0].detail.clone())
    }
}

fn outcome(fired: Result<Triggered, Error>) -> String {
    fired.unwrap().outcome
}

#[tokio::test]
async fn it_applies_what_was_prepared_and_says_where_it_came_from() {
    let house = House::new(draft(on("banner", "production", true))).await;
    let tried = house.world.control.fire(Call { dry_run: true, ..house.call() }).await.unwrap();
    assert_eq!((&*tried.outcome, tried.check.unwrap().environments.len(), house.head()), ("checked", 1, 1));
    let body = format!("{{\"note\": \"{}\"}}\u{7}", "x".repeat(1_000));
    let fired = house.world.control.fire(Call { body: body.as_bytes(), ..house.call() }).await.unwrap();
    assert_eq!((&*fired.outcome, fired.revision), ("applied", Some(2)));
    let revision = house.world.control.revision(&house.zoe, SHOP, 2).await.unwrap();
    assert_eq!((&revision.author, &*revision.reason), (&house.zoe.id, "errors on checkout"));
    let Origin::Trigger { trigger, name, payload } = revision.origin else { panic!("{:?}", revision.origin) };
    assert_eq!((&trigger, &*name), (&house.id, "Errors"));
    assert!(payload.starts_with("{\"note\"") && payload.chars().count() == 300, "{payload}");

    assert_eq!(outcome(house.fire().await), "unchanged", "it is so already");
    assert_eq!(house.head(), 2);
    house.world.apply(&house.zoe, on("banner", "production", false)).await.unwrap();
    assert_eq!(outcome(house.fire().await), "applied", "and then it was not");
    house.world.is_sound().await;
}

#[tokio::test]
async fn who_repeats_a_call_does_not_repeat_its_effect() {
    let house = House::new(draft(on("banner", "production", true))).await;
    let call = || house.world.control.fire(Call { key: Some("alert-1"), ..house.call() });
    assert_eq!(call().await.unwrap().revision, Some(2));
    house.world.revert(2).await.unwrap();
    let again = call().await.unwrap();
    assert_eq!((again.revision, again.repeated, house.head()), (Some(2), true, 3), "it is the same call");
    assert_eq!(house.fire().await.unwrap().revision, Some(4), "and this is another one");

    let mut calls = tokio::task::JoinSet::new();
    house.world.revert(4).await.unwrap();
    for _ in 0..10 {
        let (control, id, secret) = (house.world.control.clone(), house.id.clone(), house.secret.clone());
        calls.spawn(async move {
            let key = Some("alert-2");
            control
                .fire(Call { id: &id, secret: &secret, key, signed: None, body: b"", dry_run: false })
                .await
        });
    }
    assert!(calls.join_all().await.iter().all(Result::is_ok));
    assert_eq!(house.head(), 6, "once");
}

/// No way round approvals: what needs one waits for it, once, and its maker does not give it.
#[tokio::test]
async fn it_waits_where_approvals_are_missing() {
    let house = House::new(draft(weights(0, 100_000))).await;
    house.world.require("production", 1).await;
    let fired = house.fire().await.unwrap();
    assert_eq!((&*fired.outcome, fired.change, house.head()), ("proposed", Some(1), 1));
    let other = house.world.control.fire(Call { body: b"another body", ..house.call() }).await.unwrap();
    assert_eq!((&*other.outcome, other.change), ("proposed", Some(1)), "it waits already");
    let own = house.world.judge(&house.zoe, 1, Verdict::Approve).await;
    assert!(matches!(own, Err(Error::OwnChange(_))), "{own:?}");
    let tom = house.world.member("Tom", Role::Developer).await;
    house.world.judge(&tom, 1, Verdict::Approve).await.unwrap();
    assert_eq!(house.fire().await.unwrap().revision, Some(2), "what was approved applies");
}

#[tokio::test]
async fn it_may_what_its_maker_may_now() {
    let house = House::new(draft(weights(0, 100_000))).await;
    house.world.member("Ada", Role::Admin).await;
    let control = &house.world.control;
    let change = |role, active| MemberChange { role, active, ..MemberChange::default() };
    control.change_member(&house.world.ann, &house.zoe.id, change(Some(Role::Product), None)).await.unwrap();
    assert!(matches!(house.fire().await, Err(Error::Denied(_))));
    assert_eq!(house.newest().await.0.as_deref(), Some("refused"));
    let shown = control.triggers(&house.world.ann, SHOP).await.unwrap().pop().unwrap();
    assert!(shown.powerless.unwrap().contains("it takes the role developer; Ada can give it"));
    control.change_member(&house.world.ann, &house.zoe.id, change(None, Some(false))).await.unwrap();
    let refused = house.fire().await;
    assert!(matches!(refused, Err(Error::Powerless(_))), "{refused:?}");
    assert_eq!(house.head(), 1);
    control
        .change_member(&house.world.ann, &house.zoe.id, change(Some(Role::Operator), Some(true)))
        .await
        .unwrap();
    assert_eq!(outcome(house.fire().await), "applied");

    // And nobody prepares what they may not do.
    let (mia, ops) = (house.world.member("Mia", Role::Developer).await, &house.zoe);
    let refused = control.create_trigger(&mia, SHOP, draft(on("banner", "production", true))).await;
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
    let rule = json!({ "kind": "guardrail", "key": "g", "rule": "true", "message": "m" });
    let rule =
        json!([{ "target": { "kind": "guardrail", "key": "g" }, "op": { "type": "put", "resource": rule } }]);
    assert!(matches!(control.create_trigger(ops, SHOP, draft(rule)).await, Err(Error::Denied(_))));
}

#[tokio::test]
async fn a_guardrail_holds_it_too() {
    let house = House::new(draft(weights(0, 100_000))).await;
    let rule =
        json!({ "kind": "guardrail", "key": "g", "rule": "false", "message": "No.", "effect": "block" });
    let rule =
        json!([{ "target": { "kind": "guardrail", "key": "g" }, "op": { "type": "put", "resource": rule } }]);
    house.world.apply(&house.world.ann, rule).await.unwrap();
    assert!(matches!(house.fire().await, Err(Error::Guardrails(_))));
    assert_eq!(house.head(), 2);
    assert_eq!(house.newest().await.0.as_deref(), Some("refused"));
}

#[tokio::test]
async fn what_no_longer_fits_is_refused_whole() {
    let both = [on("banner", "production", true), weights(0, 100_000)];
    let both = both.iter().flat_map(|part| part.as_array().unwrap().clone()).collect();
    let house = House::new(draft(both)).await;
    let gone = json!([{
        "target": { "environment": "production", "kind": "route", "key": "checkout" }, "op": { "type": "delete" },
    }]);
    house.world.apply(&house.zoe, gone).await.unwrap();
    let refused = house.fire().await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    assert_eq!(house.head(), 2);
    let control = &house.world.control;
    let refused = control.create_trigger(&house.zoe, SHOP, draft(weights(1, 99_999))).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    assert!(matches!(
        control.create_trigger(&house.zoe, SHOP, draft(json!([]))).await,
        Err(Error::Invalid(_))
    ));
}

#[tokio::test]
async fn only_its_own_secret_and_signature_open_it() {
    let house =
        House::new(TriggerDraft { require_signature: true, ..draft(on("banner", "production", true)) }).await;
    let control = &house.world.control;
    let secret = house.signing.as_ref().unwrap();
    let signature = secret.sign("msg_1", 1_800_000_000, b"hello");
    let signed = Some(Signed { id: "msg_1", timestamp: "1800000000", signatures: &signature });
    let whole = Call { signed, body: b"hello", ..house.call() };
    for (what, call) in [
        ("no signature", Call { signed: None, ..whole }),
        ("another body", Call { body: b"hello!", ..whole }),
        ("another secret", Call { secret: "nobody's", ..whole }),
        ("another trigger", Call { id: "trigger-none", ..whole }),
    ] {
        assert!(matches!(control.fire(call).await, Err(Error::SignedOut)), "{what}");
    }
    assert_eq!(outcome(control.fire(whole).await), "applied");
    house.world.revert(2).await.unwrap();
    assert!(control.fire(whole).await.unwrap().repeated, "a call that was recorded and replayed");
    house.world.pass(301);
    assert!(matches!(control.fire(whole).await, Err(Error::SignedOut)), "too late");

    let rotated = control.rotate_trigger(&house.zoe, SHOP, &house.id).await.unwrap();
    assert_ne!(rotated.secret, house.secret);
    assert!(matches!(control.fire(whole).await, Err(Error::SignedOut)));
    assert_eq!(house.head(), 3);
}

#[tokio::test]
async fn one_that_is_off_or_set_off_too_often_does_nothing() {
    let house = House::new(draft(on("banner", "production", true))).await;
    let control = &house.world.control;
    let active = |active| TriggerChange { active: Some(active), ..TriggerChange::default() };
    control.change_trigger(&house.zoe, SHOP, &house.id, active(false)).await.unwrap();
    assert!(matches!(house.fire().await, Err(Error::SignedOut)));
    control.change_trigger(&house.zoe, SHOP, &house.id, active(true)).await.unwrap();
    for _ in 0..30 {
        house.fire().await.unwrap();
    }
    assert!(matches!(house.fire().await, Err(Error::TooOften { seconds: 60 })));
    house.world.pass(60);
    assert_eq!(outcome(house.fire().await), "unchanged");
    control.remove_trigger(&house.zoe, SHOP, &house.id).await.unwrap();
    assert!(matches!(house.fire().await, Err(Error::SignedOut)));
    let ours = AuditQuery { what: Some("trigger.".into()), ..AuditQuery::default() };
    let audit = control.audit(&house.world.ann, &ours).await.unwrap().items;
    assert_eq!(audit.len(), 4, "{audit:?}");
    assert!(!format!("{audit:?}").contains(&house.secret));
}

#[tokio::test]
async fn an_alert_applies_and_its_end_reverts() {
    let house = House::new(alertmanager(on("banner", "production", true))).await;
    assert_eq!(house.told(RESOLVED).await, ("unchanged".into(), None), "it never fired");
    assert_eq!(house.told(FIRING).await, ("applied".into(), Some(2)));
    assert_eq!(house.told(FIRING).await, ("unchanged".into(), None));
    house.world.apply(&house.zoe, weights(50_000, 50_000)).await.unwrap();
    assert_eq!(house.told(RESOLVED).await, ("reverted".into(), Some(4)));
    assert_eq!(house.told(RESOLVED).await, ("unchanged".into(), None));
    let revision = house.world.control.revision(&house.zoe, SHOP, 2).await.unwrap();
    let Origin::Trigger { payload, .. } = revision.origin else { panic!("{:?}", revision.origin) };
    assert_eq!(payload, "firing alertname=HighErrors severity=page");
    for wrong in [&b"no json"[..], b"{}", br#"{"status":"maybe"}"#] {
        let refused = house.world.control.fire(Call { body: wrong, ..house.call() }).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    assert_eq!(house.head(), 4);
}

#[tokio::test]
async fn the_end_of_an_alert_gives_up_what_still_waits() {
    let house = House::new(alertmanager(weights(0, 100_000))).await;
    house.world.require("production", 1).await;
    assert_eq!(house.told(FIRING).await, ("proposed".into(), Some(1)));
    assert_eq!(house.told(RESOLVED).await, ("withdrawn".into(), Some(1)));
    let change = house.world.control.change(&house.zoe, SHOP, 1).await.unwrap();
    assert_eq!((change.state, house.head()), (ChangeState::Rejected, 1));
}
