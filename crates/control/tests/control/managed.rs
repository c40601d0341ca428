//! Resources that have a writer elsewhere.

use serde_json::{Value, json};
use switchyard_control::{Apply, Error, Mode, Outcome, Proposal, Verdict};
use switchyard_model::guardrail::Effect;

use crate::world::{SHOP, World, applied, delete, edits, flag, manifests, on, serve, targeting, weights};

fn target(key: &str) -> Value {
    json!({ "environment": "production", "kind": "targeting", "key": key })
}

fn written_by(target: Value, writer: &str) -> Value {
    json!([{ "target": target, "op": { "type": "setManagedBy", "writer": writer } }])
}

fn both(first: Value, second: Value) -> Value {
    json!([first[0], second[0]])
}

/// A shop whose banner is aimed from Git in production, and off.
async fn world() -> World {
    let world = World::shop().await;
    world.apply(&world.bob, written_by(target("banner"), "git")).await.unwrap();
    world
}

fn refused(result: Result<impl std::fmt::Debug, Error>) -> String {
    match result {
        Err(Error::Guardrails(verdicts)) => {
            let [verdict] = verdicts.as_slice() else { panic!("{verdicts:?}") };
            assert!(verdict.blocks());
            format!("{}: {}", verdict.name, verdict.message)
        }
        other => panic!("was not refused: {other:?}"),
    }
}

#[tokio::test]
async fn is_altered_by_its_writer_alone_whichever_way_others_try() {
    let world = world().await;
    let said = "Managed by Git: production/targeting/banner is managed by Git: change it there, or take it over \
                from Git first";
    let mut quiet = targeting("banner");
    quiet["trackEvents"] = json!(true);
    let put = json!([{ "target": target("banner"), "op": { "type": "put", "resource": quiet } }]);
    for edits in [
        serve("banner", "production", 1),
        on("banner", "production", true),
        delete(target("banner")),
        // Whoever leaves out who writes it does not take it over by that.
        put,
        both(written_by(target("banner"), "git"), serve("banner", "production", 1)),
        both(written_by(target("search"), "launchdarkly"), serve("banner", "production", 1)),
    ] {
        assert_eq!(refused(world.apply(&world.ann, edits.clone()).await), said, "{edits}");
    }
    // Taken over for a moment it comes out as what it was: altered, and by nobody who may.
    let [there, alter, back] = [
        written_by(target("banner"), "page"),
        serve("banner", "production", 1),
        written_by(target("banner"), "git"),
    ];
    let moment = json!([there[0], alter[0], back[0]]);
    assert_eq!(refused(world.apply(&world.ann, moment).await), said);

    let files = manifests(json!([quiet]));
    let control = &world.control;
    assert_eq!(refused(control.apply_manifests(&world.ann, SHOP, files, "", Mode::Write).await), said);
    assert_eq!(world.state().revision, 2);

    // The deleted flag would take its targeting with it.
    let gone = delete(json!({ "kind": "flag", "key": "banner" }));
    assert_eq!(refused(world.apply(&world.ann, gone).await), said);
    // What it does not manage is edited as ever.
    world.apply(&world.bob, serve("banner", "staging", 1)).await.unwrap();
    world.apply(&world.bob, both(serve("search", "production", 1), weights(50_000, 50_000))).await.unwrap();
    world.is_sound().await;
}

#[tokio::test]
async fn is_taken_over_and_handed_over_by_an_edit_that_says_so() {
    let world = world().await;
    let both = both(written_by(target("banner"), "page"), serve("banner", "production", 1));
    let taken = world.apply(&world.bob, both).await.unwrap();
    assert_eq!(
        taken.edits.iter().map(|edit| edit.sentence.to_string()).collect::<Vec<_>>(),
        ["banner: is taken over from Git", "banner: everyone else: gets old; it was new"]
    );
    world.apply(&world.bob, serve("banner", "production", 0)).await.unwrap();
    let hand_over = written_by(target("banner"), "launchdarkly");
    let proposal = Proposal { edits: edits(hand_over.clone()), ..Proposal::default() };
    let check = world.control.check(&world.bob, SHOP, proposal).await.unwrap();
    assert!(check.environments.is_empty(), "who writes it makes no difference to anybody served");
    let handed = world.apply(&world.bob, hand_over).await.unwrap();
    assert_eq!(handed.edits[0].sentence.to_string(), "banner: is managed by LaunchDarkly");
    assert!(
        refused(world.apply(&world.bob, serve("banner", "production", 1)).await).contains("LaunchDarkly")
    );
}

#[tokio::test]
async fn is_taken_over_also_where_the_head_moved_since() {
    let world = world().await;
    let both = both(written_by(target("banner"), "page"), serve("banner", "production", 1));
    let change = world.submit(&world.bob, both).await;
    // Somebody breaks glass meanwhile; the change is merged with what they did.
    let mut other = targeting("banner");
    (other["managedBy"], other["trackEvents"]) = (json!("git"), json!(true));
    let glass = Mode::BreakGlass("now".into());
    let files = manifests(json!([other]));
    applied(world.control.apply_manifests(&world.ann, SHOP, files, "", glass).await).unwrap();
    world.control.apply_change(&world.bob, SHOP, change.number, Apply::default()).await.unwrap();
    let state = world.state();
    let (after, _) = state.targeting("production", "banner").unwrap();
    assert!(after.managed_by.is_page() && after.track_events && after.fallthrough.variation == Some(1));
}

#[tokio::test]
async fn what_takes_back_is_only_warned_and_glass_can_be_broken() {
    let world = world().await;
    let control = &world.control;
    let glass = Mode::BreakGlass("the branch is stuck".into());
    let mut aimed = targeting("banner");
    (aimed["managedBy"], aimed["on"]) = (json!("git"), json!(true));
    let files = manifests(json!([aimed]));
    let broken = applied(control.apply_manifests(&world.ann, SHOP, files, "", glass.clone()).await).unwrap();
    assert!(broken.guardrails.iter().any(Verdict::blocks), "it is said what it went past");
    let changes = control.changes(&world.ann, SHOP, Default::default()).await.unwrap().items;
    assert_eq!(changes[0].review.broke_glass.as_ref().unwrap().reason, "the branch is stuck");
    // Where nothing stands in the way no glass is broken.
    let plain = manifests(json!([flag("search"), flag("more")]));
    applied(control.apply_manifests(&world.ann, SHOP, plain, "", glass.clone()).await).unwrap();
    let changes = control.changes(&world.ann, SHOP, Default::default()).await.unwrap();
    assert_eq!(changes.items.iter().filter(|change| change.review.broke_glass.is_some()).count(), 1);
    aimed["trackEvents"] = json!(true);
    let denied = control.apply_manifests(&world.bob, SHOP, manifests(json!([aimed])), "", glass).await;
    assert!(matches!(denied, Err(Error::Denied(_))), "{denied:?}");

    let proposal = Proposal { edits: edits(on("banner", "production", false)), ..Proposal::default() };
    let check = control.check(&world.bob, SHOP, proposal).await.unwrap();
    let [verdict] = check.guardrails.as_slice() else { panic!("{:?}", check.guardrails) };
    assert_eq!((verdict.effect, verdict.passed), (Effect::Warn, false));
    assert_eq!(
        verdict.message,
        "production/targeting/banner is managed by Git, and will differ from it until it says the same"
    );
    world.apply(&world.bob, on("banner", "production", false)).await.unwrap();
    let back = control.revert(&world.bob, SHOP, broken.number, "", Mode::Write).await;
    assert!(matches!(back, Ok(Outcome::Applied(_)) | Err(Error::Unchanged { .. })), "{back:?}");
}
