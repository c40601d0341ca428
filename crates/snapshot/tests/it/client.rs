//! What client-side SDKs are told.

use serde_json::{Value, json};
use switchyard_flags::Context;
use switchyard_model::{Kind, ResourceId};
use switchyard_snapshot::{Audience, Snapshot, affected_flags};

use crate::support::{World, flag, targeting, world};

fn user(key: &str) -> Context {
    Context::builder("user", key).build().unwrap()
}

fn seen(key: &str, mobile: bool, browser: bool) -> Value {
    let mut flag = flag(key);
    flag["clientSideAvailability"] = json!({"usingMobileKey": mobile, "usingEnvironmentId": browser});
    flag
}

fn keys(snapshot: &Snapshot, audience: Audience) -> Vec<&str> {
    snapshot.flags_for(audience).map(|flag| &**flag.key()).collect()
}

fn told(snapshot: &Snapshot, audience: Audience, key: &str, context: &Context, reasons: bool) -> Value {
    let flag = snapshot.flag_for(audience, key).unwrap();
    let mut json = vec![];
    flag.told(context, reasons).write(9, &mut json);
    serde_json::from_slice(&json).unwrap()
}

#[test]
fn each_side_sees_the_flags_that_are_for_it() {
    let snapshot =
        world(json!([seen("all", true, true), seen("app", true, false), seen("own", false, false)]))
            .snapshot();
    assert_eq!(keys(&snapshot, Audience::Servers), ["all", "app", "own"]);
    assert_eq!(keys(&snapshot, Audience::Mobile), ["all", "app"]);
    assert_eq!(keys(&snapshot, Audience::Browsers), ["all"]);
    assert!(snapshot.flag_for(Audience::Browsers, "app").is_none());
}

/// However many there are, and though sets number their flags anew when most of them are gone.
#[test]
fn all_flags_are_told_as_each_is() {
    const MANY: usize = 2_400;
    let key = |n: usize| format!("f{n:04}");
    let names = |at: &dyn Fn(usize) -> bool| (0..MANY).filter(|n| at(*n)).map(key).collect::<Vec<_>>();
    let check = |snapshot: &Snapshot, wanted: Vec<String>| {
        assert_eq!(keys(snapshot, Audience::Servers), wanted);
        for audience in [Audience::Mobile, Audience::Browsers] {
            let visible: Vec<_> = snapshot.flags_for(audience).collect();
            let one_by_one = wanted.iter().filter(|key| snapshot.flag_for(audience, key).is_some());
            assert_eq!(
                visible.iter().map(|flag| &**flag.key()).collect::<Vec<_>>(),
                one_by_one.collect::<Vec<_>>()
            );
            for flag in visible {
                let of_key = snapshot.flags().evaluate(flag.key(), &user("ann"));
                assert_eq!(flag.flag().evaluate(&user("ann")), of_key, "{}", flag.key());
            }
        }
    };
    let flags: Vec<Value> = (0..MANY).map(|n| seen(&key(n), n % 3 != 0, n % 50 == 0)).collect();
    let mut world = world(json!(flags));
    let whole = world.snapshot();
    check(&whole, names(&|_| true));
    world.put(json!([targeting(&key(7), json!({"on": false})), targeting(&key(2_399), json!({}))]));
    let changed = world.after(&whole);
    check(&changed, names(&|_| true));
    for n in (0..MANY).filter(|n| n % 30 != 0) {
        world.delete(ResourceId::project(Kind::Flag, &key(n)));
    }
    let left = world.after(&changed);
    for _ in 0..2 {
        check(&left, names(&|n| n % 30 == 0));
        check(&whole, names(&|_| true));
    }
}

#[test]
fn an_answer_says_what_events_need_and_names_no_flag_that_is_hidden() {
    let mut world =
        world(json!([seen("asking", true, true), seen("asked", true, false), seen("deep", true, true)]));
    let asks =
        |key: &str| json!({"fallthrough": {"variation": 1}, "prerequisites": [{"key": key, "variation": 1}]});
    world.put(json!([
        targeting("asking", asks("asked")),
        targeting("asked", asks("deep")),
        targeting("deep", json!({"fallthrough": {"variation": 1}})),
    ]));
    let snapshot = world.snapshot();
    let ann = user("ann");
    let app = told(&snapshot, Audience::Mobile, "asking", &ann, false);
    assert_eq!(
        app,
        json!({"value": true, "variation": 1, "version": 9, "flagVersion": 2, "trackEvents": false,
            "prerequisites": ["asked"]})
    );
    let page = told(&snapshot, Audience::Browsers, "asking", &ann, true);
    assert_eq!(page["reason"], json!({"kind": "FALLTHROUGH"}));
    assert_eq!(page.get("prerequisites"), None);
}

#[test]
fn an_experiment_is_told_with_its_reason_though_nobody_asked() {
    let mut world = world(seen("f", true, true));
    world.put(targeting(
        "f",
        json!({"trackEventsFallthrough": true, "rules": [{"id": "r", "variation": 1, "clauses": [
            {"contextKind": "user", "attribute": "key", "op": "in", "values": ["ann"]}]}]}),
    ));
    let snapshot = world.snapshot();
    let bob = told(&snapshot, Audience::Browsers, "f", &user("bob"), false);
    assert_eq!((&bob["trackEvents"], &bob["trackReason"]), (&json!(true), &json!(true)));
    assert_eq!(bob["reason"], json!({"kind": "FALLTHROUGH"}));
    let ann = told(&snapshot, Audience::Browsers, "f", &user("ann"), false);
    assert_eq!((&ann["trackEvents"], ann.get("reason")), (&json!(false), None));
}

#[test]
fn what_a_segment_moves_is_affected_though_its_flags_are_the_same() {
    let mut world: World = world(json!([seen("f", true, true), seen("g", true, true)]));
    world.put(json!([
        {"kind": "segment", "key": "s", "included": ["ann"]},
        targeting("f", json!({"rules": [{"id": "r", "variation": 1, "clauses": [
            {"attribute": "", "op": "segmentMatch", "values": ["s"]}]}]})),
    ]));
    let before = world.snapshot();
    world.put(json!({"kind": "segment", "key": "s", "included": []}));
    let after = world.after(&before);
    assert_eq!(affected_flags(&before, &after).iter().map(|key| &**key).collect::<Vec<_>>(), ["f"]);
    assert!(affected_flags(&after, &after).is_empty());
    let (ann, page) = (user("ann"), Audience::Browsers);
    let answer = |snapshot: &Snapshot| told(snapshot, page, "f", &ann, false)["value"].clone();
    assert_eq!((answer(&before), answer(&after)), (json!(true), json!(false)));
}
