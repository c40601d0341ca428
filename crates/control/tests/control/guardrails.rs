//! What guardrails say of changes, and that nothing gets past them.

use proptest::prelude::*;
use serde_json::{Value, json};
use switchyard_control::{Check, Error, Mode, Outcome, Proposal, RestoreScope, Set, Verdict, pack};
use switchyard_model::access::Role;
use switchyard_model::{Guardrail, Manifest, Resource, Scope};

use crate::world::{
    SHOP, World, applied, delete, edits, flag, manifests, on, person, serve, targeting, weights,
};

fn guardrail(key: &str, rule: &str, effect: &str) -> Value {
    json!({ "kind": "guardrail", "key": key, "rule": rule, "message": "Do not.", "effect": effect })
}

fn put(guardrail: Value) -> Value {
    json!([{
        "target": { "kind": "guardrail", "key": guardrail["key"] },
        "op": { "type": "put", "resource": guardrail },
    }])
}

impl World {
    async fn guarded(all: &[Value]) -> World {
        let world = World::shop().await;
        world.put_up(all).await;
        world
    }

    async fn put_up(&self, all: &[Value]) {
        let all = manifests(Value::Array(all.to_vec()));
        self.control.apply_manifests(&self.ann, SHOP, all, "Guardrails", Mode::Write).await.unwrap();
    }

    async fn check(&self, reason: &str, of: Value) -> Check {
        let proposal = Proposal {
            title: String::new(),
            reason: reason.into(),
            edits: edits(of),
            links: None,
            after: None,
        };
        self.control.check(&self.bob, SHOP, proposal).await.unwrap()
    }

    /// What the one guardrail answers: passed, or not, or why it has no answer.
    async fn says(&self, reason: &str, of: Value) -> Result<bool, String> {
        let check = self.check(reason, of).await;
        assert!(check.ok, "{:?}", check.problems);
        let [verdict] = check.guardrails.as_slice() else { panic!("{:?}", check.guardrails) };
        verdict.error.clone().map_or(Ok(verdict.passed), Err)
    }
}

fn blocked(result: Result<impl std::fmt::Debug, Error>) -> Vec<Verdict> {
    match result {
        Err(Error::Guardrails(verdicts)) => verdicts.into_iter().filter(Verdict::blocks).collect(),
        other => panic!("was not blocked: {other:?}"),
    }
}

fn new_flag(owner: &str) -> Value {
    let mut new = flag("new");
    if !owner.is_empty() {
        new["owner"] = owner.into();
    }
    json!([
        { "target": { "kind": "flag", "key": "new" }, "op": { "type": "put", "resource": new } },
        { "target": { "kind": "targeting", "key": "new", "environment": "production" },
          "op": { "type": "put", "resource": targeting("new") } },
    ])
}

fn rollout(environment: &str, new: u32) -> Value {
    let part = |variation, weight| json!({ "variation": variation, "weight": weight });
    let serve = json!({ "rollout": { "variations": [part(0, new), part(1, 100_000 - new)] } });
    json!([
        { "target": { "environment": environment, "kind": "targeting", "key": "banner" },
          "op": { "type": "setOn", "on": true } },
        { "target": { "environment": environment, "kind": "targeting", "key": "banner" },
          "op": { "type": "setServe", "serve": serve } },
    ])
}

fn both(a: Value, b: Value) -> Value {
    Value::Array(a.as_array().unwrap().iter().chain(b.as_array().unwrap()).cloned().collect())
}

#[tokio::test]
async fn what_a_rule_sees_of_a_change() {
    let yes = |rule: &'static str, of: Value| (rule, "why", of, Ok(true));
    let no = |rule: &'static str, of: Value| (rule, "why", of, Ok(false));
    let small = "steps.all(s, s.points <= 25)";
    let cases = [
        // Steps.
        yes(small, weights(80_000, 20_000)),
        no(small, weights(50_000, 50_000)),
        yes(
            "steps.exists(s, s.arm == 'v2' && s.from == 10.0 && s.to == 50.0 && s.points == 40.0)",
            weights(50_000, 50_000),
        ),
        yes(
            "steps[0].resource == 'production/route/checkout' && steps[0].production",
            weights(50_000, 50_000),
        ),
        yes(small, rollout("production", 25_000)),
        no(small, rollout("production", 25_001)),
        no("steps.all(s, s.points <= 25 || !s.off)", weights(50_000, 50_000)).inverted(),
        no(small, on("banner", "production", true)),
        yes("steps.all(s, s.points <= 25 || !s.production)", rollout("staging", 90_000)),
        yes("size(steps) == 0", new_flag("me")),
        yes("size(steps) == 0", delete(json!({ "kind": "flag", "key": "search" }))),
        // The change.
        yes("change.production && change.environments == ['production']", weights(80_000, 20_000)),
        yes("!change.production && change.environments == ['staging']", rollout("staging", 1_000)),
        yes(
            "change.reason == 'why' && change.title == '' && change.origin == 'change'",
            on("search", "production", true),
        ),
        yes(
            "change.author.id == 'bob' && change.author.role == 'developer'",
            on("search", "production", true),
        ),
        yes(
            "change.edits.all(e, e.op == 'setOn' && !e.before.on && e.after.on)",
            on("search", "production", true),
        ),
        yes(
            "change.edits[0].kind == 'route' && change.edits[0].after.split.arms[1].weight == 20000",
            weights(80_000, 20_000),
        ),
        yes("change.edits.exists(e, e.kind == 'targeting' && e.before == null)", new_flag("")),
        yes("change.at == now && now.startsWith('2027-')", on("search", "production", true)),
        // Resources.
        yes("resources.all(r, r.owner == 'me' && r.created && !r.deleted && r.production)", new_flag("me")),
        no("resources.all(r, r.owner != '')", new_flag("")),
        yes("size(resources) == 1 && size(change.edits) == 2", rollout("production", 5_000)),
        yes(
            "resources.exists(r, r.kind == 'flag' && r.deleted && r.on == [])",
            delete(json!({ "kind": "flag", "key": "search" })),
        ),
    ];
    let world = World::shop().await;
    for (rule, reason, of, expected) in cases {
        world.put_up(&[guardrail("one", rule, "warn")]).await;
        assert_eq!(world.says(reason, of.clone()).await, expected, "{rule} of {of}");
    }
}

/// Reads better in the table than a rule with a negation around it.
trait Inverted {
    fn inverted(self) -> Self;
}

impl Inverted for (&'static str, &'static str, Value, Result<bool, String>) {
    fn inverted(self) -> Self {
        (self.0, self.1, self.2, self.3.map(|holds| !holds))
    }
}

#[tokio::test]
async fn what_can_not_be_answered_is_not_passed_and_says_why() {
    let world = World::guarded(&[guardrail("affected", "impact.staging.moved < 10", "block")]).await;
    let error = world.says("", on("banner", "production", true)).await.unwrap_err();
    assert!(error.contains("staging"), "{error}");
    world.put_up(&[guardrail("affected", "change.edits[0].after.nonsense == 1", "block")]).await;
    let error = world.says("", on("banner", "production", true)).await.unwrap_err();
    assert!(error.contains("`nonsense`, which is not there"), "{error}");
    assert_eq!(blocked(world.apply(&world.ann, on("banner", "production", true)).await).len(), 1);
}

#[tokio::test]
async fn a_rule_that_can_not_be_read_is_refused_with_all_that_is_wrong() {
    let world = World::shop().await;
    let mut wrong = guardrail("wrong", "chnage.reason != '' && wekday(now, 'UTC') != 'friday'", "block");
    wrong["message"] = "".into();
    wrong["environments"] = json!(["prodution"]);
    let check = world.check("", put(wrong)).await;
    let told: Vec<_> = check.problems.iter().map(|p| (&*p.path, &*p.reason)).collect();
    assert_eq!(
        told,
        [
            ("message", "is empty"),
            ("environments[0]", "is not there"),
            ("rule", "asks for `chnage`, which is not there"),
            ("rule", "calls `wekday`, which is not there"),
        ]
    );
    assert!(check.problems.iter().all(|p| p.resource.as_ref().unwrap().to_string() == "guardrail/wrong"));
    let refused = world.apply(&world.ann, put(guardrail("wrong", "(", "warn"))).await;
    assert!(matches!(refused, Err(Error::Invalid(problems)) if problems[0].path == "rule"));
}

#[tokio::test]
async fn a_block_refuses_and_a_warning_is_told() {
    let world = World::guarded(&[
        guardrail("steps", "steps.all(s, s.points <= 25)", "block"),
        guardrail("why", "change.reason != ''", "warn"),
    ])
    .await;
    let head = world.state().revision;
    let verdicts = blocked(world.apply(&world.bob, weights(50_000, 50_000)).await);
    assert_eq!((&*verdicts[0].key, verdicts[0].set, &*verdicts[0].message), ("steps", Set::Both, "Do not."));
    assert_eq!(world.state().revision, head);

    let revision = world.apply(&world.bob, weights(80_000, 20_000)).await.unwrap();
    let told: Vec<_> = revision.guardrails.iter().map(|v| (&*v.key, v.passed)).collect();
    assert_eq!(told, [("steps", true), ("why", false)]);
    // It is told again later, from the history.
    let again = world.control.revision(&world.ann, SHOP, revision.number).await.unwrap();
    let told: Vec<_> = again.guardrails.iter().map(|v| (&*v.key, v.passed)).collect();
    assert_eq!(told, [("steps", true), ("why", false)]);
    let change = world.control.change(&world.ann, SHOP, 2).await.unwrap();
    assert_eq!(change.check.guardrails.len(), 2);
    world.is_sound().await;
}

/// Every way of writing a revision goes through the one gate.
#[tokio::test]
async fn no_way_leads_around() {
    let world = World::shop().await;
    let second = world.apply(&world.ann, weights(50_000, 50_000)).await.unwrap().number;
    let mut never = guardrail("never", "!change.production", "block");
    never["reverts"] = true.into();
    world.put_up(&[never]).await;
    let (control, ann) = (&world.control, &world.ann);
    let head = world.state().revision;

    blocked(world.apply(ann, on("banner", "production", true)).await);
    blocked(control.revert(ann, SHOP, second, "", Mode::Write).await);
    blocked(
        control.restore(ann, SHOP, 1, RestoreScope::Environment("production".into()), "", Mode::Write).await,
    );
    let mut aimed = targeting("search");
    aimed["on"] = true.into();
    let aimed = manifests(json!([aimed]));
    blocked(control.apply_manifests(ann, SHOP, aimed.clone(), "files", Mode::Write).await);
    assert_eq!(world.state().revision, head);

    // Trying says it too, and refuses nothing.
    let said = |outcome: Result<Outcome, Error>| match outcome.unwrap() {
        Outcome::Checked(check) => check.guardrails.iter().map(Verdict::blocks).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(said(control.revert(ann, SHOP, second, "", Mode::DryRun).await), [true]);
    assert_eq!(said(control.restore(ann, SHOP, 1, RestoreScope::Project, "", Mode::DryRun).await), [true]);
    assert_eq!(said(control.apply_manifests(ann, SHOP, aimed, "files", Mode::DryRun).await), [true]);
    world.is_sound().await;
}

/// "Not on Friday" must not stand between a person and the way back.
#[tokio::test]
async fn taking_back_is_only_warned() {
    let world = World::shop().await;
    let shifted = world.apply(&world.ann, weights(50_000, 50_000)).await.unwrap().number;
    world.apply(&world.ann, on("banner", "production", true)).await.unwrap();
    world.put_up(&[guardrail("never", "!change.production", "block")]).await;

    let off = world.apply(&world.bob, on("banner", "production", false)).await.unwrap();
    assert!(off.guardrails.iter().all(|v| !v.passed && !v.blocks()), "{:?}", off.guardrails);
    let reverted = world.revert(shifted).await.unwrap();
    assert!(reverted.guardrails.iter().all(|v| !v.passed && !v.blocks()));
    let all = RestoreScope::Environment("production".into());
    let restored = world.control.restore(&world.ann, SHOP, shifted, all, "", Mode::Write).await;
    assert!(!applied(restored).unwrap().guardrails[0].passed);

    // Off and something else is not just taking back.
    let more = both(on("banner", "production", false), serve("search", "production", 1));
    world.apply(&world.ann, on("banner", "staging", true)).await.unwrap();
    blocked(world.apply(&world.bob, more).await);
}

#[tokio::test]
async fn loosening_and_profiting_in_one_change_is_blocked() {
    let strict = guardrail("steps", "steps.all(s, s.points <= 25)", "block");
    let world = World::guarded(std::slice::from_ref(&strict)).await;
    let far = || weights(50_000, 50_000);
    let mut off = strict.clone();
    off["enabled"] = false.into();
    let mut elsewhere = strict.clone();
    elsewhere["environments"] = json!(["staging"]);
    let loosened = [
        put(guardrail("steps", "true", "block")),
        put(guardrail("steps", "steps.all(s, s.points <= 25)", "warn")),
        put(off),
        put(elsewhere),
        delete(json!({ "kind": "guardrail", "key": "steps" })),
    ];
    for loosen in loosened {
        let verdicts = blocked(world.apply(&world.ann, both(loosen.clone(), far())).await);
        assert!(verdicts.iter().all(|v| v.set == Set::Now), "{loosen}: {verdicts:?}");
        blocked(world.apply(&world.ann, both(far(), loosen)).await);
    }
    // A stricter one counts at once.
    let stricter = put(guardrail("steps", "steps.all(s, s.points <= 5)", "block"));
    let verdicts = blocked(world.apply(&world.ann, both(stricter, weights(80_000, 20_000))).await);
    assert_eq!(verdicts.iter().map(|v| v.set).collect::<Vec<_>>(), [Set::After]);
    // By itself it can be loosened, by those who may; not even one that nothing satisfies keeps itself.
    world.put_up(&[guardrail("never", "1 / 0 == 1", "block")]).await;
    blocked(world.apply(&world.ann, weights(89_000, 11_000)).await);
    world.apply(&world.ann, delete(json!({ "kind": "guardrail", "key": "never" }))).await.unwrap();
    let loosen = put(guardrail("steps", "true", "block"));
    assert!(matches!(world.apply(&world.bob, loosen.clone()).await, Err(Error::Denied(_))));
    world.apply(&world.ann, loosen).await.unwrap();
    world.apply(&world.ann, far()).await.unwrap();
}

#[tokio::test]
async fn a_guardrail_looks_at_its_environments_only() {
    let mut of_production = guardrail("steps", "steps.all(s, s.points <= 25)", "block");
    of_production["environments"] = json!(["production"]);
    let world = World::guarded(&[of_production]).await;
    assert_eq!(world.check("", rollout("staging", 90_000)).await.guardrails, []);
    let across = both(rollout("staging", 90_000), weights(80_000, 20_000));
    assert!(world.check("", across).await.guardrails[0].passed, "staging's step is not its business");
    assert!(!world.check("", rollout("production", 90_000)).await.guardrails[0].passed);
}

#[tokio::test]
async fn one_is_tried_on_the_past_before_it_is_switched_on() {
    let world = World::shop().await;
    world.apply(&world.bob, weights(50_000, 50_000)).await.unwrap();
    world.apply(&world.bob, weights(60_000, 40_000)).await.unwrap();
    world.revert(2).await.unwrap_err();
    world.revert(3).await.unwrap();
    let steps = |rule: &str, effect: &str| -> Guardrail {
        let json = guardrail("steps", rule, effect);
        let Resource::Guardrail(guardrail) = Resource::from_json(json).unwrap() else { unreachable!() };
        guardrail
    };
    let try_it = |guardrail, revisions| world.control.try_guardrail(&world.ann, SHOP, guardrail, revisions);
    let tried = try_it(steps("steps.all(s, s.points <= 9)", "block"), 100).await.unwrap();
    let told: Vec<_> = tried.results.iter().map(|r| (r.revision, r.passed, r.stopped)).collect();
    assert_eq!(told, [(4, false, false), (3, false, true), (2, false, true)], "a revert is only warned");
    assert_eq!((tried.tried, tried.stopped), (3, 2));
    let tried = try_it(steps("steps.all(s, s.points <= 9)", "block"), 1).await.unwrap();
    assert_eq!(tried.results.len(), 1);
    let tried = try_it(steps("impact.production.moved == 0", "block"), 100).await.unwrap();
    assert!(tried.results.iter().all(|r| r.error.is_some()));
    let wrong = try_it(steps("stesp == []", "warn"), 100).await;
    assert!(matches!(wrong, Err(Error::Invalid(problems)) if problems[0].path == "rule"));
    let bob = person("bob", Role::Operator);
    let refused = world.control.try_guardrail(&bob, SHOP, steps("true", "warn"), 9).await;
    assert!(matches!(refused, Err(Error::Denied(_))));
    assert_eq!(world.state().guardrails().count(), 0, "nothing is kept");
}

/// The pack: what each of it says of a change that it is about, and that the first days go on undisturbed.
#[tokio::test]
async fn the_pack_says_what_it_is_for() {
    let world = World::shop().await;
    let all = pack()
        .into_iter()
        .map(|guardrail| Manifest { scope: Scope::Project, resource: Resource::Guardrail(guardrail) });
    world.control.apply_manifests(&world.ann, SHOP, all.collect(), "Pack", Mode::Write).await.unwrap();
    let failed = async |reason: &str, of: Value| -> Vec<String> {
        let check = world.check(reason, of).await;
        let failed = check.guardrails.iter().filter(|v| !v.passed);
        failed.map(|v| v.key.to_string()).collect()
    };
    assert_eq!(failed("why", weights(50_000, 50_000)).await, ["production-owner", "production-steps"]);
    assert_eq!(failed("", new_flag("me")).await, ["production-reason"]);
    assert_eq!(failed("why", new_flag("")).await, ["production-owner"]);
    assert_eq!(failed("", rollout("staging", 90_000)).await, [""; 0]);
    world.apply(&world.ann, on("banner", "production", true)).await.unwrap();
    let gone = || delete(json!({ "kind": "flag", "key": "banner" }));
    assert!(failed("why", gone()).await.contains(&"no-flag-deleted-while-on".to_owned()));
    blocked(world.apply(&world.ann, gone()).await);
    // 1,800,000,000 is a Friday in January 2027, 08:00 UTC: nine in Amsterdam.
    world.pass(8 * 3600);
    assert!(failed("why", new_flag("me")).await.contains(&"not-on-friday-evening".to_owned()));
    world.pass(24 * 3600);
    assert_eq!(failed("why", new_flag("me")).await, [""; 0]);
}

/// A rule sees the same as the preview: who of those seen gets something else.
#[tokio::test]
async fn a_rule_can_ask_who_is_affected() {
    let world = World::guarded(&[guardrail("few", "impact.production.moved < 10", "block")]).await;
    world.apply(&world.bob, on("search", "production", true)).await.unwrap();
    world.saw(12);
    assert_eq!(blocked(world.apply(&world.bob, on("banner", "production", true)).await).len(), 1);
    let staging = guardrail("few", "!('production' in impact) || impact.production.moved < 10", "block");
    world.put_up(&[staging]).await;
    world.apply(&world.bob, on("banner", "staging", true)).await.unwrap();
}

/// Every rule in the documentation has an answer.
#[tokio::test]
async fn the_documented_rules_work() {
    let docs = include_str!("../../../../docs/guardrails.md");
    let rules: Vec<_> =
        docs.split("```cel\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(rules.len() >= 7);
    let world = World::shop().await;
    for rule in rules {
        world.put_up(&[guardrail("one", rule, "warn")]).await;
        for of in [weights(50_000, 50_000), new_flag(""), on("banner", "production", true)] {
            assert!(world.says("why", of).await.is_ok(), "{rule}");
        }
    }
}

#[tokio::test]
async fn guardrails_survive_files() {
    let mut one = guardrail("one", "change.reason != ''", "block");
    one["environments"] = json!(["production"]);
    one["owner"] = "Platform".into();
    let world = World::guarded(&[one]).await;
    let exported = world.control.export(&world.ann, SHOP, None).unwrap();
    let json: Vec<_> = exported.iter().map(Manifest::to_json).collect();
    let again = manifests(Value::Array(json));
    assert_eq!(again, exported);
    let outcome = world.control.apply_manifests(&world.ann, SHOP, again, "", Mode::Write).await.unwrap();
    assert!(matches!(outcome, Outcome::Checked(_)), "nothing to do");
}

fn any_edits() -> impl Strategy<Value = Value> {
    let one = prop_oneof![
        (0..=100_000_u32).prop_map(|v2| weights(100_000 - v2, v2)),
        (0..=100_000_u32, any::<bool>())
            .prop_map(|(new, staging)| rollout(if staging { "staging" } else { "production" }, new)),
        any::<bool>().prop_map(|is| on("search", "production", is)),
        (0..2_i64).prop_map(|variation| serve("search", "production", variation)),
        Just(new_flag("me")),
    ];
    proptest::collection::vec(one, 1..4)
        .prop_map(|all| all.into_iter().reduce(both).unwrap_or_else(|| json!([])))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// With and without guardrails a change that is applied does the same; one that is not does nothing.
    #[test]
    fn guardrails_say_whether_and_never_what(of in any_edits()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let plain = World::shop().await;
            plain.put_up(&[guardrail("steps", "true", "warn")]).await;
            let guarded = World::guarded(&[guardrail("steps", "steps.all(s, s.points <= 40)", "block")]).await;
            let before = guarded.state();
            let free = plain.apply(&plain.ann, of.clone()).await;
            match (free, guarded.apply(&guarded.ann, of).await) {
                (Ok(free), Ok(held)) => {
                    assert_eq!(free.edits, held.edits);
                    assert!(held.guardrails.iter().all(|v| v.passed));
                }
                (Ok(_), held) => {
                    blocked(held);
                    assert_eq!(guarded.state(), before);
                }
                (Err(free), held) => assert_eq!(held.unwrap_err(), free),
            }
        });
    }
}
