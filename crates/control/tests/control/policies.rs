//! A project's own policies: what they allow and forbid, whichever way somebody comes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use switchyard_control::{
    Apply, AuditQuery, Call, Control, Error, HookSettings, Mode, Outcome, PolicyDraft, Principal, Proposal,
    RestoreScope, TriggerDraft, TriggerSource, WhyOn,
};
use switchyard_model::access::Role;
use switchyard_model::{Kind, ResourceId, Verdict};
use switchyard_policy::{Aspect, Aspects, Deed, Via};

use crate::world::{SHOP, World, delete, edits, flag, manifests, on, serve, targeting, weights};

/// Product may change percentages in production, and turn things on and off there, and nothing else.
const PERCENTAGES: &str = r#"
    forbid (principal in Role::"product", action in [Action::"propose", Action::"apply"], resource)
    when { resource.production }
    unless { [Aspect::"percentage", Aspect::"on"].containsAll(context.aspects) };"#;

struct House {
    world: World,
    grace: Principal,
    pam: Principal,
}

impl House {
    async fn new() -> House {
        let world = World::shop().await;
        let grace = world.member("Grace", Role::Admin).await;
        let pam = world.member("Pam", Role::Product).await;
        House { world, grace, pam }
    }

    async fn with(text: &str) -> House {
        let house = House::new().await;
        house.put("mine", text).await.unwrap();
        house
    }

    async fn put(&self, key: &str, text: &str) -> Result<u64, Error> {
        let draft = PolicyDraft { name: format!("Policy {key}"), text: text.into(), expected_version: None };
        self.world.control.put_policy(&self.grace, SHOP, key, draft).await.map(|view| view.version)
    }

    fn control(&self) -> &Control {
        &self.world.control
    }

    fn head(&self) -> u64 {
        self.world.state().revision
    }
}

/// The policy that refused it, or the role that it takes.
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.unwrap_err() {
        Error::Denied(denied) => match denied.policy {
            Some(policy) => policy.key.to_string(),
            None => denied.least_role.word().to_owned(),
        },
        other => panic!("{other:?}"),
    }
}

fn rule(environment: &str) -> Value {
    json!([{
        "target": { "environment": environment, "kind": "targeting", "key": "banner" },
        "op": { "type": "addRule", "rule": { "id": "r", "clauses": [], "variation": 0 } },
    }])
}

/// The targeting of production with a rule brought along.
fn smuggled() -> Value {
    let mut with = targeting("banner");
    with["fallthrough"] = json!({ "variation": 1 });
    with["rules"] = json!([{ "id": "r", "clauses": [], "variation": 0 }]);
    with
}

#[tokio::test]
async fn percentages_but_no_rules_whichever_way_one_comes() {
    let house = House::with(PERCENTAGES).await;
    let (world, pam, control) = (&house.world, &house.pam, house.control());
    world.apply(pam, serve("banner", "production", 1)).await.unwrap();
    world.apply(pam, on("banner", "production", true)).await.unwrap();
    world.apply(pam, rule("staging")).await.unwrap();
    world.apply(&world.bob, weights(50_000, 50_000)).await.unwrap();
    let head = house.head();

    // As an edit, as a put of the same, hidden beside a percentage, and by taking the whole away and putting it anew.
    let put = json!([{
        "target": { "environment": "production", "kind": "targeting", "key": "banner" },
        "op": { "type": "put", "resource": smuggled() },
    }]);
    let id = json!({ "environment": "production", "kind": "targeting", "key": "banner" });
    let beside = [
        serve("banner", "production", 0).as_array().unwrap().clone(),
        rule("production").as_array().unwrap().clone(),
    ]
    .concat();
    let anew = [delete(id.clone()).as_array().unwrap().clone(), put.as_array().unwrap().clone()].concat();
    for edits in [rule("production"), put, json!(beside), delete(id), json!(anew)] {
        assert_eq!(refused(world.apply(pam, edits.clone()).await), "mine", "{edits}");
    }
    // By what acts in production from the project: a variation's value, a new flag.
    let variation = json!([{
        "target": { "kind": "flag", "key": "banner" },
        "op": { "type": "setVariation", "variation": { "id": "new", "value": false } },
    }]);
    assert_eq!(refused(world.apply(pam, variation).await), "mine");

    // By files.
    for mode in [Mode::Write, Mode::BreakGlass("now".into())] {
        let files = manifests(json!([smuggled()]));
        assert_eq!(refused(control.apply_manifests(pam, SHOP, files, "", mode).await), "mine");
    }
    // By an older draft: of a time before the policy, and of somebody else.
    control.remove_policy(&house.grace, SHOP, "mine").await.unwrap();
    let proposal = Proposal { edits: edits(rule("production")), ..Proposal::default() };
    let draft = control.create_change(pam, SHOP, proposal.clone()).await.unwrap().number;
    let theirs = world.submit(&world.bob, rule("production")).await.number;
    world.apply(&world.bob, rule("production")).await.unwrap();
    let with_rule = house.head();
    world.revert(with_rule).await.unwrap();
    house.put("mine", PERCENTAGES).await.unwrap();
    for number in [draft, theirs] {
        let view = control.change(pam, SHOP, number).await.unwrap();
        let why = view.review.may.apply.why.unwrap();
        assert!(why.contains("Policy mine") && why.contains("Grace can change it"), "{why}");
        assert_eq!(refused(control.apply_change(pam, SHOP, number, Apply::default()).await), "mine");
    }
    assert_eq!(refused(control.update_change(pam, SHOP, draft, 1, proposal).await), "mine");
    // By a revert that brings the rule back, and by a restore.
    let back = with_rule + 1;
    assert_eq!(refused(control.revert(pam, SHOP, back, "", Mode::Write).await), "mine");
    let restored = control.restore(pam, SHOP, with_rule, RestoreScope::Project, "", Mode::Write).await;
    assert_eq!(refused(restored), "mine");
    // What they may, they may that way too.
    world.apply(pam, serve("banner", "production", 0)).await.unwrap();
    control.revert(pam, SHOP, house.head(), "", Mode::Write).await.unwrap();
    assert_eq!(house.head(), head + 4);
    world.is_sound().await;
}

#[tokio::test]
async fn schedules_and_triggers_lose_it_with_their_maker() {
    let house = House::new().await;
    let (world, control) = (&house.world, house.control());
    let zoe = world.member("Zoe", Role::Operator).await;
    control.set_up_hooks(HookSettings { key: [7; 32], private: false, public_url: String::new() });
    let draft = TriggerDraft {
        name: "Errors".into(),
        source: TriggerSource::Any,
        require_signature: false,
        revert_on_resolved: false,
        title: String::new(),
        reason: String::new(),
        edits: edits(rule("production")),
    };
    let made = control.create_trigger(&zoe, SHOP, draft.clone()).await.unwrap();
    let number = world.submit(&zoe, weights(1_000, 99_000)).await.number;
    let timing = switchyard_control::Timing {
        apply_at: Some("2027-01-15T10:00".into()),
        zone: "UTC".into(),
        ..Default::default()
    };
    control.schedule_change(&zoe, SHOP, number, timing.clone(), false).await.unwrap();

    let only = |role: &str| {
        format!(
            r#"forbid (principal in Role::"{role}", action == Action::"apply", resource in Environment::"production")
               unless {{ [Aspect::"percentage"].containsAll(context.aspects) }};"#
        )
    };
    house.put("operators", &only("operator")).await.unwrap();
    let call = Call {
        id: &made.trigger.id,
        secret: &made.secret,
        key: None,
        signed: None,
        body: b"",
        dry_run: false,
    };
    assert_eq!(refused(control.fire(Call { dry_run: true, ..call }).await), "operators");
    let fired = control.fire(call).await.unwrap();
    // Its maker may still propose it: somebody who may apply it does.
    let waits = fired.change.unwrap_or_else(|| panic!("{fired:?}"));
    assert_eq!((&*fired.outcome, house.head()), ("proposed", 1), "{fired:?}");
    let shown = control.triggers(&zoe, SHOP).await.unwrap();
    assert!(shown[0].powerless.as_ref().unwrap().contains("Policy operators"), "{:?}", shown[0].powerless);
    control.apply_change(&house.grace, SHOP, waits, Apply::default()).await.unwrap();
    let draft = TriggerDraft { edits: edits(weights(3_000, 97_000)), ..draft };
    assert_eq!(refused(control.create_trigger(&zoe, SHOP, draft).await), "operators");

    world.pass(2 * 3600);
    control.run_due().await.unwrap();
    assert_eq!(house.head(), 2, "the schedule did not apply");
    let stopped = control.schedules(&house.grace, SHOP, false).await.unwrap();
    assert!(stopped[0].sentence.contains("Policy operators"), "{}", stopped[0].sentence);
    let other = world.submit(&zoe, weights(2_000, 98_000)).await.number;
    assert_eq!(refused(control.schedule_change(&zoe, SHOP, other, timing, false).await), "operators");
}

#[tokio::test]
async fn who_may_propose_and_not_apply_has_it_wait() {
    let house = House::with(
        r#"@says("Developers release nothing to production by themselves.")
           forbid (principal in Role::"developer", action == Action::"apply", resource)
           when { resource.production };"#,
    )
    .await;
    let (world, control) = (&house.world, house.control());
    let dev = world.member("Dev", Role::Developer).await;
    let change = world.submit(&dev, weights(50_000, 50_000)).await;
    let why = control.change(&dev, SHOP, change.number).await.unwrap().review.may.apply.why.unwrap();
    assert_eq!(
        why,
        "the policy \u{201c}Policy mine\u{201d} forbids production/route/checkout (weights): Developers release \
         nothing to production by themselves; Grace can change it"
    );
    assert_eq!(refused(control.apply_change(&dev, SHOP, change.number, Apply::default()).await), "mine");
    // Files and reverts wait in review, and are found again.
    let files = || {
        let mut route = json!(world.state().route("production", "checkout").unwrap());
        route["kind"] = json!("route");
        route["description"] = json!("The way to pay.");
        manifests(json!([route]))
    };
    let mut numbers = vec![];
    for _ in 0..2 {
        match control.apply_manifests(&dev, SHOP, files(), "", Mode::Write).await.unwrap() {
            Outcome::Proposed(view) => numbers.push(view.number),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(numbers[0], numbers[1]);
    let broken = control.apply_manifests(&dev, SHOP, files(), "", Mode::BreakGlass("now".into())).await;
    assert_eq!(refused(broken), "mine");
    control.apply_change(&house.grace, SHOP, numbers[0], Apply::default()).await.unwrap();
    world.apply(&dev, on("banner", "staging", true)).await.unwrap();
}

#[tokio::test]
async fn tags_are_asked_for_as_they_were_and_as_they_become() {
    let house = House::with(
        r#"permit (principal in Role::"viewer", action in [Action::"propose", Action::"apply"], resource)
           when { resource.tags.contains("growth") };"#,
    )
    .await;
    let (world, control) = (&house.world, house.control());
    let vic = world.member("Vic", Role::Viewer).await;
    let tags = |tags: Value| json!([{ "target": { "kind": "flag", "key": "banner" }, "op": { "type": "setDetails", "tags": tags } }]);
    assert_eq!(refused(world.apply(&vic, tags(json!(["growth"]))).await), "product");
    assert_eq!(refused(world.apply(&vic, on("banner", "production", true)).await), "product");
    // Not even for a moment, within one change.
    let all = [tags(json!(["growth"])), on("banner", "production", true), tags(json!([]))];
    let all: Vec<Value> = all.iter().flat_map(|edits| edits.as_array().unwrap().clone()).collect();
    assert_eq!(refused(world.apply(&vic, json!(all)).await), "product");
    let mut tagged = flag("new");
    tagged["tags"] = json!(["growth"]);
    let put =
        json!([{ "target": { "kind": "flag", "key": "new" }, "op": { "type": "put", "resource": tagged } }]);
    world.apply(&vic, put).await.unwrap();
    world.apply(&vic, on("new", "production", true)).await.unwrap();
    assert_eq!(refused(world.apply(&vic, tags(json!([]))).await), "product");
    world.apply(&house.grace, tags(json!(["growth"]))).await.unwrap();
    world.apply(&vic, on("banner", "production", true)).await.unwrap();
    assert_eq!(refused(world.apply(&vic, tags(json!([]))).await), "product", "nor away from what is tagged");
    let shown = control.why(&vic, SHOP, &vic.id, Deed::Apply, &about("banner")).unwrap();
    assert!(shown.allowed && shown.sentence.contains("allows it: The role viewer may"), "{}", shown.sentence);
}

fn about(flag: &str) -> WhyOn {
    let resource = ResourceId::environment("production", Kind::Targeting, flag);
    WhyOn { resource: Some(resource), ..WhyOn::default() }
}

#[tokio::test]
async fn an_approval_takes_the_permission_for_what_it_approves() {
    let house = House::with(
        r#"forbid (principal, action == Action::"approve", resource in Environment::"production")
           unless { principal in Role::"admin" || ![Aspect::"weights"].containsAny(context.aspects) };"#,
    )
    .await;
    let (world, control) = (&house.world, house.control());
    let dan = world.member("Dan", Role::Developer).await;
    world.require("production", 1).await;
    let change = world.submit(&world.bob, weights(50_000, 50_000)).await.number;
    assert_eq!(refused(world.judge(&dan, change, Verdict::Approve).await), "mine");
    let missing =
        control.apply_change(&world.bob, SHOP, change, Apply::default()).await.unwrap_err().to_string();
    assert!(missing.contains("Grace can give it") && !missing.contains("Dan"), "{missing}");
    // One that was given before the policy counts no more.
    control.remove_policy(&house.grace, SHOP, "mine").await.unwrap();
    world.judge(&dan, change, Verdict::Approve).await.unwrap();
    house
        .put("mine", r#"forbid (principal in Role::"developer", action == Action::"approve", resource);"#)
        .await
        .unwrap();
    let view = control.change(&dan, SHOP, change).await.unwrap();
    assert_eq!(view.review.reviews[0].void_because.as_deref(), Some("Dan may not review this any more"));
    assert!(control.apply_change(&world.bob, SHOP, change, Apply::default()).await.is_err());
}

#[tokio::test]
async fn glass_is_broken_only_by_who_may_break_it_there() {
    let house = House::with(
        r#"permit (principal in Role::"developer", action == Action::"breakGlass", resource in Environment::"production")
           when { [Aspect::"on"].containsAll(context.aspects) };
           forbid (principal in Role::"operator", action == Action::"breakGlass", resource is Resource)
           when { resource.kind == Kind::"route" };"#,
    )
    .await;
    let (world, control) = (&house.world, house.control());
    world.require("production", 1).await;
    let dev = world.member("Dev", Role::Developer).await;
    let ops = world.member("Ops", Role::Operator).await;
    let glass = || Apply { break_glass: Some("it burns".into()), ..Apply::default() };
    for (who, edits, refusal) in [
        (&dev, on("banner", "production", true), None),
        (&dev, serve("banner", "production", 1), Some("operator")),
        (&ops, serve("banner", "production", 1), None),
        (&ops, weights(50_000, 50_000), Some("mine")),
    ] {
        let number = world.submit(who, edits.clone()).await.number;
        let names = match control.apply_change(who, SHOP, number, Apply::default()).await.unwrap_err() {
            Error::NeedsApproval(missing) => missing.break_glass,
            other => panic!("{other:?}"),
        };
        assert_eq!(names.contains(&who.name), refusal.is_none(), "{names:?}");
        let done = control.apply_change(who, SHOP, number, glass()).await;
        match refusal {
            None => drop(done.unwrap()),
            Some(refusal) => assert_eq!(refused(done), refusal, "{edits}"),
        }
    }
}

#[tokio::test]
async fn a_token_never_may_more_than_who_made_it() {
    let house = House::new().await;
    let (world, control) = (&house.world, house.control());
    let made = control.create_token(&house.grace, "ci", Role::Operator, None, None, None).await.unwrap();
    let admin = control.create_token(&house.grace, "root", Role::Admin, None, None, None).await.unwrap();
    let root = control.authenticate_token(&admin.secret).await.unwrap();
    let second = control.create_token(&root, "second", Role::Developer, None, None, None).await.unwrap();
    let ci = control.authenticate_token(&made.secret).await.unwrap();
    let second = control.authenticate_token(&second.secret).await.unwrap();
    world.apply(&ci, weights(50_000, 50_000)).await.unwrap();
    world.apply(&second, weights(60_000, 40_000)).await.unwrap();

    let other = world.member("Otto", Role::Admin).await;
    let become_one = |role| switchyard_control::MemberChange { role: Some(role), ..Default::default() };
    control.change_member(&other, &house.grace.id, become_one(Role::Product)).await.unwrap();
    for token in [&ci, &second] {
        let denied = world.apply(token, weights(50_000, 50_000)).await.unwrap_err().to_string();
        assert!(denied.contains("the token acts for Grace, and it takes the role developer"), "{denied}");
        world.apply(token, on("banner", "production", token.id == ci.id)).await.unwrap();
    }
    let away = switchyard_control::MemberChange { active: Some(false), ..Default::default() };
    control.change_member(&other, &house.grace.id, away).await.unwrap();
    let denied = control.projects(&ci).unwrap_err().to_string();
    assert!(denied.contains("acts for Grace, who is let in no more; Otto can make another"), "{denied}");
}

#[tokio::test]
async fn a_policy_is_refused_with_all_that_is_wrong() {
    let house = House::new().await;
    let (world, control) = (&house.world, house.control());
    let draft = |text: &str| PolicyDraft { name: String::new(), text: text.into(), expected_version: None };
    let bad = draft(
        "permit (principal, action == Action::\"aply\", resource);\n\nforbid (principal in Grup::\"x\", action, resource);",
    );
    let problems = match control.put_policy(&house.grace, SHOP, "-", bad).await.unwrap_err() {
        Error::Invalid(problems) => problems,
        other => panic!("{other:?}"),
    };
    let said: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.path, p.reason)).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[0].starts_with("key: ") && said[1].starts_with("name: "), "{said:?}");
    assert!(
        said[2].starts_with("text: line 1, column 30: ") && said[3].starts_with("text: line 3, column 22: "),
        "{said:?}"
    );

    // Nobody but who administers writes them, and all who see the project read them.
    let fine = || PolicyDraft { name: "Fine".into(), text: PERCENTAGES.into(), expected_version: None };
    for who in [&house.pam, &world.bob] {
        assert_eq!(refused(control.put_policy(who, SHOP, "fine", fine()).await), "admin");
        assert_eq!(refused(control.remove_policy(who, SHOP, "fine").await), "admin");
        assert_eq!(control.policies(who, SHOP).unwrap().presets.len(), 8);
    }
    let checked =
        control.check_policy(&house.pam, SHOP, "fine", "permit (principal, action, resource)").unwrap();
    assert_eq!((checked.mistakes.len(), checked.mistakes[0].line), (1, 1));
    let checked = control.check_policy(&house.pam, SHOP, "fine", PERCENTAGES).unwrap();
    assert!(checked.mistakes.is_empty() && checked.statements.len() == 1, "{checked:?}");

    // Versions: nothing is overwritten that nobody saw.
    let at = |version| PolicyDraft { expected_version: Some(version), ..fine() };
    let stale = control.put_policy(&house.grace, SHOP, "fine", at(1)).await.unwrap_err();
    assert_eq!(stale, Error::StaleVersion { version: 0 });
    assert_eq!(control.put_policy(&house.grace, SHOP, "fine", at(0)).await.unwrap().version, 1);
    assert_eq!(control.put_policy(&house.grace, SHOP, "fine", at(1)).await.unwrap().version, 2);
    let stale = control.put_policy(&house.grace, SHOP, "fine", at(1)).await.unwrap_err();
    assert_eq!(stale, Error::StaleVersion { version: 2 });
    control.remove_policy(&house.grace, SHOP, "fine").await.unwrap();
    assert!(matches!(control.remove_policy(&house.grace, SHOP, "fine").await, Err(Error::NotFound(_))));
    let log = control.audit(&house.grace, &AuditQuery { limit: 3, ..AuditQuery::default() }).await.unwrap();
    let lines: Vec<_> = log.items.iter().map(|line| line.sentence.as_str()).collect();
    assert_eq!(lines, ["removed the policy Fine", "wrote the policy Fine", "wrote the policy Fine"]);
}

#[tokio::test]
async fn nobody_is_locked_out_for_good() {
    let house = House::new().await;
    let control = house.control();
    let locks = |text: &str| {
        let text = text.to_owned();
        async move { PolicyDraft { name: "Lock".into(), text, expected_version: None } }
    };
    for text in [
        "forbid (principal, action, resource);",
        r#"forbid (principal, action == Action::"administer", resource);"#,
        r#"forbid (principal, action == Action::"view", resource is Project);"#,
        r#"forbid (principal in Role::"admin", action == Action::"administer", resource) unless { false };"#,
    ] {
        let refused = control.put_policy(&house.grace, SHOP, "lock", locks(text).await).await.unwrap_err();
        assert!(
            refused.to_string().contains("would leave nobody who can administer the project"),
            "{refused}"
        );
        assert!(control.check_policy(&house.grace, SHOP, "lock", text).unwrap().locks_out.is_some());
    }
    // One may be left who then leaves, or changes their name: an admin can still mend it.
    let heir = r#"forbid (principal, action == Action::"administer", resource) unless { principal.name == "Pam" };
                  permit (principal in Role::"product", action == Action::"administer", resource);"#;
    house.put("heir", heir).await.unwrap();
    assert_eq!(refused(control.try_guardrail(&house.grace, SHOP, guardrail(), 1).await), "heir");
    control.remove_policy(&house.grace, SHOP, "heir").await.unwrap();
    control.try_guardrail(&house.grace, SHOP, guardrail(), 1).await.unwrap();
}

fn guardrail() -> switchyard_model::Guardrail {
    serde_json::from_value(json!({ "key": "g", "rule": "true", "message": "m" })).unwrap()
}

#[tokio::test]
async fn why_is_answered_for_everybody() {
    let house = House::with(PERCENTAGES).await;
    let (world, control, pam) = (&house.world, house.control(), &house.pam);
    let why = |who: &str, deed, on: &WhyOn| control.why(&world.bob, SHOP, who, deed, on);
    let percentage = WhyOn { aspects: Aspects::NONE.with(Aspect::Percentage), ..about("banner") };
    let shown = why(&pam.id, Deed::Apply, &percentage).unwrap();
    assert_eq!(
        shown.sentence,
        "Pam may apply edits to production/targeting/banner (percentage): Product decides who gets what: flags, \
         their targeting, and segments (Pam has the role product)."
    );
    assert_eq!((shown.by[0].preset, &shown.by[0].via), (true, &Some(Via::Role(Role::Product))));
    let aspects: BTreeMap<&str, bool> = shown.aspects.iter().map(|a| (a.aspect.word(), a.allowed)).collect();
    let yes: Vec<_> = aspects.iter().filter(|(_, allowed)| **allowed).map(|(word, _)| *word).collect();
    assert_eq!((yes, aspects.len()), (vec!["on", "percentage"], 10));

    let rules = WhyOn { aspects: Aspects::NONE.with(Aspect::Rules), ..about("banner") };
    let shown = why(&pam.id, Deed::Apply, &rules).unwrap();
    assert!(!shown.allowed && !shown.by[0].preset, "{shown:?}");
    assert!(shown.sentence.starts_with("Pam may not apply edits to production/targeting/banner (rules): the policy \u{201c}Policy mine\u{201d} forbids"), "{}", shown.sentence);
    let route = ResourceId::environment("production", Kind::Route, "checkout");
    let route = WhyOn { resource: Some(route), ..WhyOn::default() };
    let shown = why(&pam.id, Deed::Approve, &route).unwrap();
    assert_eq!(
        shown.sentence,
        "Pam may not approve edits of production/route/checkout: it takes the role developer; Grace can give it."
    );
    let keys = WhyOn { environment: Some("staging".into()), ..WhyOn::default() };
    assert_eq!(
        why(&house.grace.id, Deed::ManageKeys, &keys).unwrap().sentence,
        "Grace may manage keys for staging: Admins may do everything (Grace has the role admin)."
    );
    for (who, deed, on, wrong) in [
        ("nobody", Deed::View, WhyOn::default(), "there is no member or token"),
        (&*pam.id, Deed::Apply, WhyOn::default(), "kind: is missing"),
        (&*pam.id, Deed::Administer, about("banner"), "kind: is too much"),
        (
            &*pam.id,
            Deed::View,
            WhyOn { environment: Some("none".into()), ..WhyOn::default() },
            "there is no environment",
        ),
    ] {
        let error = why(who, deed, &on).unwrap_err().to_string();
        assert!(error.contains(wrong), "{error}");
    }
}

#[tokio::test]
async fn an_environment_that_is_hidden_is_in_nothing_one_sees() {
    let house = House::new().await;
    let (world, control, pam) = (&house.world, house.control(), &house.pam);
    world.apply(&house.grace, on("banner", "staging", true)).await.unwrap();
    world.apply(&house.grace, on("banner", "production", true)).await.unwrap();
    let theirs = world.submit(&house.grace, on("search", "staging", true)).await.number;
    house
        .put(
            "hide",
            r#"forbid (principal, action == Action::"view", resource in Environment::"staging")
               unless { principal in Role::"admin" };"#,
        )
        .await
        .unwrap();

    let keys = |project: &switchyard_control::Project| -> Vec<String> {
        project.environments.iter().map(|environment| environment.key.to_string()).collect()
    };
    assert_eq!(keys(&control.project(pam, SHOP).unwrap()), ["production"]);
    assert_eq!(keys(&control.projects(pam).unwrap()[0]), ["production"]);
    assert_eq!(keys(&control.project(&house.grace, SHOP).unwrap()), ["production", "staging"]);
    for state in [control.state(pam, SHOP).unwrap(), control.state_at(pam, SHOP, 2).await.unwrap()] {
        assert_eq!(state.environments, ["production".into()]);
        assert!(state.iter().all(|(id, _)| id.scope.environment().is_none_or(|key| &**key == "production")));
        assert!(state.flag("banner").is_some());
    }
    let none = |error: Error| assert!(matches!(error, Error::NotFound(_)), "{error:?}");
    none(control.nodes(pam, SHOP, "staging").unwrap_err());
    none(control.compare(pam, SHOP, "production", "staging").unwrap_err());
    none(control.export(pam, SHOP, Some("staging")).unwrap_err());
    none(control.preview(pam, SHOP, "staging", &[]).await.map(drop).unwrap_err());
    none(control.snapshot_at(pam, SHOP, "staging", 2).await.map(drop).unwrap_err());
    none(control.impact(pam, SHOP, "staging", vec![], &[], 0).await.map(drop).unwrap_err());
    none(world.apply(pam, on("search", "staging", true)).await.map(drop).unwrap_err());
    none(control.apply_change(pam, SHOP, theirs, Apply::default()).await.map(drop).unwrap_err());
    none(control.revert(pam, SHOP, 2, "", Mode::Write).await.map(drop).unwrap_err());
    let exported = control.export(pam, SHOP, None).unwrap();
    assert!(
        exported.iter().all(|manifest| manifest.scope.environment().is_none_or(|key| &**key == "production"))
    );

    let history = control
        .history(pam, SHOP, switchyard_control::Query { limit: 10, ..Default::default() })
        .await
        .unwrap();
    let hidden: Vec<bool> = history.items.iter().map(|revision| revision.edits.is_empty()).collect();
    assert_eq!(hidden, [false, true, false]);
    assert_eq!(history.items[1].title, "Something in an environment that you may not see");
    for text in [
        format!("{:?}", history.items[1]),
        format!("{:?}", control.change(pam, SHOP, theirs).await.unwrap().check),
    ] {
        assert!(!text.contains("staging"), "{text}");
    }
    // Not as one of the ways to find out what is in it either.
    let check = control.revert(pam, SHOP, 2, "", Mode::DryRun).await.unwrap();
    assert!(!format!("{check:?}").contains("staging"), "{check:?}");
    let about = WhyOn { environment: Some("staging".into()), ..WhyOn::default() };
    none(control.why(pam, SHOP, &house.grace.id, Deed::View, &about).unwrap_err());
    let about = WhyOn {
        resource: Some(ResourceId::environment("staging", Kind::Targeting, "banner")),
        ..WhyOn::default()
    };
    none(control.why(pam, SHOP, &house.grace.id, Deed::Apply, &about).unwrap_err());

    // A whole project can be hidden too.
    house
        .put(
            "hide",
            r#"forbid (principal in Role::"product", action == Action::"view", resource is Project);"#,
        )
        .await
        .unwrap();
    assert_eq!(control.projects(pam).unwrap(), []);
    none(control.state(pam, SHOP).unwrap_err());
    none(control.policies(pam, SHOP).unwrap_err());
}
