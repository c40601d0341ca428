//! Changes that go in order: tried on top of each other, applied one after the other, stopped together.

use serde_json::{Value, json};
use switchyard_control::{Apply, ChangeView, Error, NoticeKind, Principal, Proposal, Submission, Timing};
use switchyard_model::access::Role;
use switchyard_model::{ChangeState, ScheduleState, Verdict};

use crate::world::{SHOP, World, edits, flag, on, serve, weights};

async fn propose(world: &World, who: &Principal, edits_of: Value, after: &[u64]) -> ChangeView {
    let after = Some(after.to_vec());
    let proposal = Proposal { edits: edits(edits_of), after, ..Proposal::default() };
    world.control.create_change(who, SHOP, proposal).await.unwrap()
}

async fn apply(world: &World, number: u64) -> Result<u64, Error> {
    let applied = world.control.apply_change(&world.bob, SHOP, number, Apply::default()).await;
    applied.map(|revision| revision.number)
}

async fn read(world: &World, number: u64) -> ChangeView {
    world.control.change(&world.bob, SHOP, number).await.unwrap()
}

fn put_flag(key: &str) -> Value {
    json!([{ "target": { "kind": "flag", "key": key }, "op": { "type": "put", "resource": flag(key) } }])
}

fn said(change: &ChangeView) -> Vec<String> {
    change.check.edits.iter().map(|edit| edit.sentence.to_string()).collect()
}

#[tokio::test]
async fn the_second_is_tried_on_the_first_and_applied_after_it() {
    let world = World::shop().await;
    let first = propose(&world, &world.bob, weights(50_000, 50_000), &[]).await;
    let second = propose(&world, &world.bob, weights(0, 100_000), &[first.number]).await;
    assert!(second.check.ok, "{:?}", second.check.problems);
    assert_eq!((second.base, second.check.head), (1, 1));
    assert_eq!(said(&second), ["route checkout: v2 goes from 50 % to 100 %"], "on top of the first");
    assert_eq!(second.after[0].number, 1);
    assert_eq!(read(&world, 1).await.followers[0].number, 2);

    let early = apply(&world, 2).await.unwrap_err();
    assert_eq!(early.to_string(), "C-2 can't be applied yet: it comes after C-1, which is a draft");
    assert_eq!(world.state().revision, 1);
    let may = second.review.may.apply;
    assert_eq!((may.allowed, may.why.as_deref()), (false, Some("it comes after C-1, which is a draft")));

    apply(&world, 1).await.unwrap();
    let then = read(&world, 2).await;
    assert_eq!(then.difference, second.difference, "what was promised is what it does");
    assert_eq!((then.after[0].state, then.after[0].revision), (ChangeState::Applied, Some(2)));
    assert!(then.review.may.apply.allowed, "{:?}", then.review.may.apply);
    assert_eq!(apply(&world, 2).await.unwrap(), 3);
    world.is_sound().await;
}

/// An edit of what another open change makes fits only in its order; and it is previewed there.
#[tokio::test]
async fn the_second_may_build_on_what_the_first_makes() {
    let world = World::shop().await;
    let first = propose(&world, &world.bob, put_flag("fresh"), &[]).await.number;
    let alone = propose(&world, &world.bob, on("fresh", "production", true), &[]).await;
    assert!(!alone.check.ok);
    let second = propose(&world, &world.bob, on("fresh", "production", true), &[first]).await;
    assert!(second.check.ok, "{:?}", second.check.problems);
    let third = propose(&world, &world.bob, serve("fresh", "production", 1), &[second.number]).await;
    assert!(third.check.ok, "through the second, the first is there too: {:?}", third.check.problems);
    world.control.change_impact(&world.bob, SHOP, third.number, 0).await.unwrap();
    let edits_of = edits(serve("fresh", "production", 1));
    let control = &world.control;
    let told = control.impact(&world.bob, SHOP, "production", edits_of.clone(), &[second.number], 0).await;
    assert_eq!(told.unwrap().head, 1);
    let refused = control.impact(&world.bob, SHOP, "production", edits_of, &[], 0).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");

    apply(&world, first).await.unwrap();
    let early = apply(&world, third.number).await.unwrap_err();
    assert!(matches!(early, Error::OutOfOrder { number: 4, .. }), "{early:?}");
    apply(&world, second.number).await.unwrap();
    apply(&world, third.number).await.unwrap();
    let (targeting, _) = world.state().targeting("production", "fresh").map(|(t, r)| (t.clone(), r)).unwrap();
    assert_eq!((targeting.on, targeting.fallthrough.variation), (true, Some(1)));
    world.is_sound().await;
}

/// What others do in between is merged or named as ever, before the first is applied and after.
#[tokio::test]
async fn later_revisions_are_not_overwritten() {
    let world = World::shop().await;
    propose(&world, &world.bob, on("banner", "production", true), &[]).await;
    propose(&world, &world.bob, serve("banner", "production", 1), &[1]).await;
    propose(&world, &world.bob, on("banner", "production", false), &[1]).await;
    // Somebody else, on the field of C-2.
    let rollout = json!({ "rollout": { "variations": [{ "variation": 0, "weight": 100_000 }] } });
    let mut other = serve("banner", "production", 0);
    other[0]["op"]["serve"] = rollout;
    world.apply(&world.ann, other).await.unwrap();
    assert!(read(&world, 1).await.check.ok, "another field");
    for when in ["before", "after"] {
        let second = read(&world, 2).await;
        assert_eq!(second.difference, None, "{when}");
        let conflict = &second.check.conflicts[0];
        assert_eq!((conflict.path.as_str(), conflict.later_revision), ("fallthrough", Some(2)), "{when}");
        assert!(
            read(&world, 3).await.check.ok,
            "{when}: it is the first's field, and meant to be put over it"
        );
        if when == "before" {
            apply(&world, 1).await.unwrap();
        }
    }
    assert!(matches!(apply(&world, 2).await, Err(Error::Conflicts { .. })));
    apply(&world, 3).await.unwrap();
    // And on the field of C-3 it would be named, too.
    assert!(!world.state().targeting("production", "banner").unwrap().0.on);
    world.is_sound().await;
}

/// Reverted in between, the first is no longer what the second was written on.
#[tokio::test]
async fn a_first_that_was_reverted_is_a_conflict() {
    let world = World::shop().await;
    propose(&world, &world.bob, weights(50_000, 50_000), &[]).await;
    propose(&world, &world.bob, weights(0, 100_000), &[1]).await;
    apply(&world, 1).await.unwrap();
    world.revert(2).await.unwrap();
    let second = read(&world, 2).await;
    assert_eq!(second.check.conflicts[0].later_revision, Some(3), "{:?}", second.check);
    assert!(matches!(apply(&world, 2).await, Err(Error::Conflicts { .. })));
}

#[tokio::test]
async fn given_up_the_first_stops_the_second_until_it_is_taken_out() {
    let world = World::shop().await;
    let (mia, tom) = (world.member("Mia", Role::Developer).await, world.member("Tom", Role::Developer).await);
    let control = &world.control;
    propose(&world, &tom, weights(50_000, 50_000), &[]).await;
    propose(&world, &mia, weights(0, 100_000), &[1]).await;
    control.discard_change(&tom, SHOP, 1).await.unwrap();

    let second = read(&world, 2).await;
    let problem = &second.check.problems[0];
    assert_eq!(
        problem.to_string(),
        "after: C-1, which this comes after, was given up; take it out of the order to go on without it, or give this up too"
    );
    assert_eq!(second.difference, None);
    let comments = control.comments(&mia, SHOP, 2).await.unwrap();
    assert!(
        comments[0].text.starts_with("C-1, which this comes after, was given up by Tom."),
        "{comments:?}"
    );
    let notices = control.notices(&mia, SHOP).await.unwrap();
    assert_eq!((notices.len(), notices[0].kind, notices[0].change), (1, NoticeKind::Stopped, 2));
    assert_eq!(control.notices(&tom, SHOP).await.unwrap(), []);
    let refused = control.apply_change(&mia, SHOP, 2, Apply::default()).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");

    let stranger = control.order_change(&tom, SHOP, 2, 1, vec![]).await;
    assert!(matches!(stranger, Err(Error::Denied(_))), "{stranger:?}");
    let stale = control.order_change(&mia, SHOP, 2, 7, vec![]).await;
    assert_eq!(stale.unwrap_err(), Error::StaleVersion { version: 1 });
    let second = control.order_change(&mia, SHOP, 2, 1, vec![]).await.unwrap();
    assert_eq!(said(&second), ["route checkout: v2 goes from 10 % to 100 %"], "on what is there");
    assert_eq!(control.notices(&mia, SHOP).await.unwrap(), []);
    control.apply_change(&mia, SHOP, 2, Apply::default()).await.unwrap();
    world.is_sound().await;
}

/// No way round: neither broken glass nor a schedule applies what comes too early.
#[tokio::test]
async fn approvals_are_for_the_place_in_the_order_and_nothing_goes_round_it() {
    let world = World::shop().await;
    world.require("production", 1).await;
    let (mia, tom) = (world.member("Mia", Role::Developer).await, world.member("Tom", Role::Developer).await);
    let zoe = world.member("Zoe", Role::Operator).await;
    let control = &world.control;
    propose(&world, &mia, weights(50_000, 50_000), &[]).await;
    propose(&world, &mia, weights(0, 100_000), &[1]).await;
    for number in [1, 2] {
        let submission = Submission { reason: Some("why not".into()), ..Submission::default() };
        control.submit_change(&mia, SHOP, number, submission).await.unwrap();
        world.judge(&tom, number, Verdict::Approve).await.unwrap();
    }
    let glass = Apply { break_glass: Some("now".into()), ..Apply::default() };
    let refused = control.apply_change(&zoe, SHOP, 2, glass).await;
    assert!(matches!(refused, Err(Error::OutOfOrder { .. })), "{refused:?}");
    let timing =
        Timing { apply_at: Some("2027-01-15T09:00".into()), zone: "UTC".into(), ..Timing::default() };
    let schedule = control.schedule_change(&tom, SHOP, 2, timing, false).await.unwrap();
    assert_eq!(
        schedule.notes,
        ["it comes after C-1, which is in review, and stops where that is not applied by then"]
    );
    world.pass(3_600);
    control.run_due().await.unwrap();
    let stopped = read(&world, 2).await.schedule.unwrap();
    assert_eq!(stopped.schedule.state, ScheduleState::Stopped);
    let notice = stopped.schedule.notice.unwrap();
    assert_eq!(notice, "C-2 can't be applied yet: it comes after C-1, which is in review");

    // The first becomes another one: what was approved of the second is void, though nobody edited it.
    assert_eq!(read(&world, 2).await.state, ChangeState::Approved);
    let other = Proposal { edits: edits(weights(70_000, 30_000)), ..Proposal::default() };
    let version = read(&world, 1).await.version;
    control.update_change(&mia, SHOP, 1, version, other).await.unwrap();
    let second = read(&world, 2).await;
    assert_eq!(second.state, ChangeState::InReview);
    assert_eq!(
        second.review.reviews[0].void_because.as_deref(),
        Some("the change does something else by now")
    );
    assert_eq!(world.state().revision, 1);
}

#[tokio::test]
async fn an_order_that_can_not_be_kept_is_refused_with_all_reasons() {
    let world = World::shop().await;
    let control = &world.control;
    for after in [&[][..], &[1], &[2]] {
        propose(&world, &world.bob, on("banner", "production", true), after).await;
    }
    propose(&world, &world.bob, on("banner", "production", true), &[]).await;
    control.discard_change(&world.bob, SHOP, 4).await.unwrap();
    let Err(Error::Invalid(problems)) =
        control.order_change(&world.bob, SHOP, 1, 1, vec![1, 3, 4, 9, 9]).await
    else {
        panic!("it can't be kept")
    };
    let said: Vec<_> = problems.iter().map(|p| format!("{} {}", p.path, p.reason)).collect();
    assert_eq!(
        said,
        [
            "after[0] is the change itself",
            "after[1] comes after this one itself",
            "after[2] was given up",
            "after[3] is no change of this project",
            "after[4] is named twice",
        ]
    );
    let many = control.order_change(&world.bob, SHOP, 1, 1, (0..21).collect()).await;
    assert!(matches!(many, Err(Error::Invalid(_))), "{many:?}");
    assert_eq!(read(&world, 1).await.version, 1);
}
