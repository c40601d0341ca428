//! Changes that apply at a time: once, for who made them, or not at all and with a reason.

use std::sync::Arc;

use serde_json::json;
use switchyard_control::{
    AuditQuery, Control, EnvironmentChange, Error, MemberChange, Proposal, ScheduleView, Timing,
};
use switchyard_model::access::Role;
use switchyard_model::freeze::Weekly;
use switchyard_model::{ChangeState, Freeze, IfFrozen, Origin, ScheduleState, Verdict};

use crate::world::{SHOP, World, on, serve};

// The world's clock stands at Friday, 15 January 2027, 08:00 UTC.
const HOUR: i64 = 3600;

fn at(apply: &str, revert: Option<&str>) -> Timing {
    Timing {
        apply_at: Some(apply.into()),
        revert_at: revert.map(str::to_owned),
        zone: "UTC".into(),
        ..Timing::default()
    }
}

async fn now(world: &World, number: u64) -> ScheduleView {
    let all = world.control.schedules(&world.ann, SHOP, false).await.unwrap();
    all.into_iter().find(|view| view.schedule.change == number).unwrap()
}

/// A change in review that turns the banner on, scheduled.
async fn scheduled(world: &World, timing: Timing) -> u64 {
    let number = world.submit(&world.bob, on("banner", "production", true)).await.number;
    world.control.schedule_change(&world.bob, SHOP, number, timing, false).await.unwrap();
    number
}

async fn world() -> World {
    let mut world = World::shop().await;
    // Who schedules must still be there at the time.
    world.bob = world.member("Bob", Role::Developer).await;
    world
}

#[tokio::test]
async fn it_applies_and_is_taken_back_at_its_times_and_once() {
    let world = world().await;
    let control = &world.control;
    let number = scheduled(&world, at("2027-01-15T10:00", Some("2027-01-15T12:00"))).await;
    let view = control.change(&world.ann, SHOP, number).await.unwrap();
    assert_eq!(view.state, ChangeState::Scheduled);
    assert_eq!(
        view.schedule.unwrap().sentence,
        "applies Fri 15 Jan 2027, 10:00 (UTC), and is taken back Fri 15 Jan 2027, 12:00 (UTC)",
    );
    let again = control.schedule_change(&world.bob, SHOP, number, at("2027-01-15T11:00", None), false).await;
    assert!(matches!(again, Err(Error::Exists(_))), "{again:?}");

    world.pass(2 * HOUR - 1);
    let left = control.run_due().await.unwrap();
    assert_eq!((world.state().revision, left.as_secs()), (1, 1));
    world.pass(1);
    // Two at a time do it once.
    let (one, other) = tokio::join!(control.run_due(), control.run_due());
    one.and(other).unwrap();
    assert_eq!(world.state().revision, 2);
    let revision = control.revision(&world.ann, SHOP, 2).await.unwrap();
    assert_eq!(revision.author, world.bob.id);
    assert_eq!(now(&world, number).await.sentence, "r2 is taken back Fri 15 Jan 2027, 12:00 (UTC)");

    world.pass(2 * HOUR);
    control.run_due().await.unwrap();
    control.run_due().await.unwrap();
    assert_eq!(world.state().revision, 3);
    let done = now(&world, number).await;
    assert_eq!((done.schedule.state, &*done.sentence), (ScheduleState::Done, "r2 was taken back by r3"));
    world.is_sound().await;
}

#[tokio::test]
async fn it_stops_with_the_reason_where_it_no_longer_fits() {
    let times = || at("2027-01-15T10:00", None);
    // Approvals that went void, by an edit after they were given.
    let world = world().await;
    let control = &world.control;
    let tom = world.member("Tom", Role::Developer).await;
    world.require("production", 1).await;
    let number = scheduled(&world, times()).await;
    world.judge(&tom, number, Verdict::Approve).await.unwrap();
    let version = control.change(&world.ann, SHOP, number).await.unwrap().version;
    let edits = crate::world::edits(serve("banner", "production", 1));
    let proposal = Proposal { title: "other".into(), reason: "r".into(), edits, links: None, after: None };
    control.update_change(&world.bob, SHOP, number, version, proposal).await.unwrap();
    // Somebody was faster with the same field.
    let late = world.submit(&world.bob, on("search", "staging", true)).await.number;
    control.schedule_change(&world.bob, SHOP, late, times(), false).await.unwrap();
    world.apply(&world.ann, on("search", "staging", true)).await.unwrap();
    world.pass(2 * HOUR);
    control.run_due().await.unwrap();
    assert_eq!(world.state().revision, 2);
    let view = now(&world, number).await;
    assert_eq!(view.schedule.state, ScheduleState::Stopped);
    assert!(view.sentence.contains("production needs 1 approval"), "{}", view.sentence);
    let comments = control.comments(&world.ann, SHOP, number).await.unwrap();
    assert!(comments[0].text.starts_with("The schedule stopped: "), "{comments:?}");
    let view = now(&world, late).await;
    assert!(view.sentence.contains("nothing would change"), "{}", view.sentence);

    // Who made it was locked out, or may no longer.
    for change in [
        MemberChange { active: Some(false), ..MemberChange::default() },
        MemberChange { role: Some(Role::Viewer), ..MemberChange::default() },
    ] {
        let world = self::world().await;
        world.member("Zoe", Role::Admin).await;
        let number = scheduled(&world, times()).await;
        world.control.change_member(&world.ann, &world.bob.id, change).await.unwrap();
        world.pass(2 * HOUR);
        world.control.run_due().await.unwrap();
        assert_eq!(
            (world.state().revision, now(&world, number).await.schedule.state),
            (1, ScheduleState::Stopped)
        );
    }

    // Nothing ran at its time: an hour is let pass, more is not.
    for (late, state) in [(HOUR, ScheduleState::Done), (HOUR + 1, ScheduleState::Stopped)] {
        let world = self::world().await;
        let number = scheduled(&world, times()).await;
        world.pass(2 * HOUR + late);
        let store = world.store.clone();
        let clock = Arc::new(move || jiff::Timestamp::from_second(1_800_000_000 + 2 * HOUR + late).unwrap());
        Control::open(store, clock).await.unwrap().run_due().await.unwrap();
        assert_eq!(now(&world, number).await.schedule.state, state, "{late} s late");
    }

    // It was applied by hand, given up, cancelled.
    let world = self::world().await;
    let control = &world.control;
    let by_hand = scheduled(&world, times()).await;
    control.apply_change(&world.bob, SHOP, by_hand, Default::default()).await.unwrap();
    let cancelled = world.submit(&world.bob, on("search", "production", true)).await.number;
    control.schedule_change(&world.bob, SHOP, cancelled, times(), false).await.unwrap();
    let eve = world.member("Eve", Role::Operator).await;
    let refused = control.cancel_schedule(&eve, SHOP, cancelled).await.unwrap_err();
    assert!(matches!(refused, Error::Denied(_)), "{refused:?}");
    control.cancel_schedule(&world.bob, SHOP, cancelled).await.unwrap();
    assert_eq!(control.change(&world.ann, SHOP, cancelled).await.unwrap().state, ChangeState::Approved);
    world.pass(2 * HOUR);
    control.run_due().await.unwrap();
    assert_eq!(world.state().revision, 2);
    assert_eq!(now(&world, by_hand).await.sentence, "stopped: somebody applied it before, as r2");
    assert_eq!(now(&world, cancelled).await.schedule.state, ScheduleState::Cancelled);
}

#[tokio::test]
async fn a_freeze_holds_everybody_but_what_takes_back_and_schedules_wait_for_its_end() {
    let world = world().await;
    let control = &world.control;
    let freeze = Freeze {
        reason: "no releases at weekends".into(),
        zone: "Europe/Amsterdam".into(),
        weekly: Some(Weekly { from: "fri 16:00".into(), until: "mon 08:00".into() }),
        once: None,
    };
    let change = EnvironmentChange { freezes: Some(vec![freeze]), ..EnvironmentChange::default() };
    control.change_environment(&world.ann, SHOP, "production", change).await.unwrap();

    let timing = at("2027-01-15T16:30", None);
    let number = world.submit(&world.bob, on("banner", "production", true)).await.number;
    let dry = control.schedule_change(&world.bob, SHOP, number, timing.clone(), true).await.unwrap();
    assert_eq!(
        dry.notes,
        [
            "production is frozen until Mon 18 Jan 2027, 07:00 (UTC): no releases at weekends; it waits for that"
        ],
    );
    control.schedule_change(&world.bob, SHOP, number, timing.clone(), false).await.unwrap();
    let stops = world.submit(&world.bob, on("search", "production", true)).await.number;
    let timing = Timing { if_frozen: IfFrozen::Stop, ..timing };
    control.schedule_change(&world.bob, SHOP, stops, timing, false).await.unwrap();

    world.pass(9 * HOUR);
    control.run_due().await.unwrap();
    assert_eq!(world.state().revision, 1);
    let waits = now(&world, number).await;
    assert!(
        waits.sentence.ends_with("waits for a freeze to end Mon 18 Jan 2027, 07:00 (UTC)"),
        "{}",
        waits.sentence
    );
    let stopped = now(&world, stops).await;
    assert!(
        stopped.sentence.contains("production is frozen: no releases at weekends"),
        "{}",
        stopped.sentence
    );

    // By hand it is the same, but for another environment, a flag that is turned off, and a revert.
    let refused = world.apply(&world.bob, serve("banner", "production", 1)).await.unwrap_err();
    assert!(matches!(refused, Error::Guardrails(_)), "{refused:?}");
    world.apply(&world.bob, on("banner", "staging", true)).await.unwrap();

    world.pass(62 * HOUR + HOUR / 2);
    control.run_due().await.unwrap();
    assert_eq!(now(&world, number).await.sentence, "applied as r3");
    world.pass(5 * 24 * HOUR);
    world.apply(&world.bob, on("banner", "production", false)).await.unwrap();
    world.revert(4).await.unwrap();
    let held = AuditQuery { what: Some("schedule.".into()), ..AuditQuery::default() };
    let told: Vec<_> =
        control.audit(&world.ann, &held).await.unwrap().items.into_iter().map(|l| l.what).collect();
    assert_eq!(told, ["schedule.stop", "schedule.wait", "schedule.set", "schedule.set"]);
}

#[tokio::test]
async fn all_mistakes_of_its_times_are_told_and_clocks_that_are_changed_too() {
    let world = world().await;
    let control = &world.control;
    let number = world.submit(&world.bob, on("banner", "production", true)).await.number;
    let ask = async |timing: Timing| control.schedule_change(&world.bob, SHOP, number, timing, true).await;
    let paths = |refused: Error| match refused {
        Error::Invalid(problems) => problems.into_iter().map(|p| p.path).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    // Where another zone is named, it would be said twice and differently.
    for text in ["2027-02-01T00:00Z", "2027-02-01T00:00-05:00", "2027-02-01T00:00[America/New_York]"] {
        assert_eq!(paths(ask(at(text, None)).await.unwrap_err()), ["applyAt"], "{text}");
    }
    // Nothing is done on the very second.
    let hasty = Timing { grace: Some(59), ..at("2027-02-01T00:00", None) };
    assert_eq!(paths(ask(hasty).await.unwrap_err()), ["graceSeconds"]);
    let wrong = Timing { grace: Some(u32::MAX), ..at("yesterday", Some("2000-01-01T00:00")) };
    assert_eq!(paths(ask(wrong).await.unwrap_err()), ["applyAt", "revertAt", "graceSeconds"]);
    let nowhere = Timing { zone: "Atlantis".into(), ..at("2027-02-01T00:00", None) };
    assert_eq!(paths(ask(nowhere).await.unwrap_err()), ["zone"]);
    let never = Timing { apply_at: None, zone: "UTC".into(), revert_after: Some(0), ..Timing::default() };
    assert_eq!(paths(ask(never).await.unwrap_err()), ["applyAt", "revertAfterSeconds"]);
    let backwards = at("2027-02-01T12:00", Some("2027-02-01T12:00"));
    assert_eq!(paths(ask(backwards).await.unwrap_err()), ["revertAt"]);
    assert_eq!(paths(ask(at("2029-01-01T00:00", None)).await.unwrap_err()), ["applyAt"]);

    let amsterdam = |apply: &str| Timing { zone: "Europe/Amsterdam".into(), ..at(apply, None) };
    let gap = ask(amsterdam("2027-03-28T02:30")).await.unwrap();
    assert_eq!(gap.schedule.apply_at.unwrap().to_string(), "2027-03-28T01:30:00Z");
    assert_eq!(
        gap.notes,
        ["clocks in Europe/Amsterdam never show 28 Mar 02:30: they are put forward; it is 03:30 then"],
    );
    let twice = ask(amsterdam("2027-10-31T02:30")).await.unwrap();
    assert_eq!(twice.schedule.apply_at.unwrap().to_string(), "2027-10-31T00:30:00Z");
    assert!(twice.notes[0].contains("twice"), "{:?}", twice.notes);
    assert_eq!(control.schedules(&world.ann, SHOP, false).await.unwrap(), [], "a dry run keeps nothing");
}

#[tokio::test]
async fn what_is_applied_already_can_be_taken_back_at_a_time() {
    let world = world().await;
    let control = &world.control;
    let edits = crate::world::edits(on("banner", "production", true));
    let draft = Proposal { title: "On".into(), reason: "a sale".into(), edits, links: None, after: None };
    let number = control.create_change(&world.bob, SHOP, draft).await.unwrap().number;
    control.apply_change(&world.bob, SHOP, number, Default::default()).await.unwrap();
    let timing = Timing { revert_after: Some(600), zone: "UTC".into(), ..Timing::default() };
    let view = control.schedule_change(&world.bob, SHOP, number, timing, false).await.unwrap();
    assert_eq!(view.sentence, "r2 is taken back Fri 15 Jan 2027, 08:10 (UTC)");
    // Off and on again in between: it is as it was then, and taken back.
    world.apply(&world.ann, on("banner", "production", false)).await.unwrap();
    world
        .apply(
            &world.ann,
            json!([{
                "target": { "environment": "production", "kind": "targeting", "key": "banner" },
                "op": { "type": "setOn", "on": true },
            }]),
        )
        .await
        .unwrap();
    world.pass(600);
    control.run_due().await.unwrap();
    assert_eq!(now(&world, number).await.sentence, "r2 was taken back by r5");

    // Somebody moved the same weights since: it says so, and changes nothing.
    let moved = world.apply(&world.ann, crate::world::weights(70_000, 30_000)).await.unwrap().number;
    let Origin::Change { number } = control.revision(&world.ann, SHOP, moved).await.unwrap().origin else {
        panic!("it came from a change")
    };
    let timing = Timing { revert_after: Some(600), zone: "UTC".into(), ..Timing::default() };
    control.schedule_change(&world.bob, SHOP, number, timing, false).await.unwrap();
    world.apply(&world.ann, crate::world::weights(50_000, 50_000)).await.unwrap();
    world.pass(600);
    control.run_due().await.unwrap();
    let view = now(&world, number).await;
    assert_eq!((view.schedule.state, world.state().revision), (ScheduleState::Stopped, 7));
    assert!(view.sentence.contains("in conflict with later revisions"), "{}", view.sentence);
    world.is_sound().await;
}

#[tokio::test]
async fn what_is_withdrawn_does_not_apply() {
    let world = world().await;
    let control = &world.control;
    let number = scheduled(&world, at("2027-01-15T10:00", None)).await;
    let view = control.withdraw_change(&world.bob, SHOP, number).await.unwrap();
    assert_eq!(
        (view.state, view.schedule.unwrap().schedule.state),
        (ChangeState::Draft, ScheduleState::Cancelled)
    );
    // Asked for again it waits again, for the new time only.
    let timing = at("2027-01-15T11:00", None);
    control.schedule_change(&world.bob, SHOP, number, timing, false).await.unwrap();
    assert_eq!(control.change(&world.bob, SHOP, number).await.unwrap().state, ChangeState::Scheduled);
    world.pass(2 * HOUR);
    control.run_due().await.unwrap();
    assert_eq!(world.state().revision, 1);
    world.pass(HOUR);
    control.run_due().await.unwrap();
    assert_eq!(now(&world, number).await.sentence, "applied as r2");
}

#[tokio::test]
async fn a_freeze_that_outlasts_a_sale_keeps_it_from_being_left_on() {
    let world = world().await;
    let control = &world.control;
    let freeze = |until: &str| {
        let weekly = Some(Weekly { from: "fri 16:00".into(), until: until.into() });
        let freeze = Freeze { reason: "weekend".into(), zone: "UTC".into(), weekly, once: None };
        EnvironmentChange { freezes: Some(vec![freeze]), ..EnvironmentChange::default() }
    };
    control.change_environment(&world.ann, SHOP, "production", freeze("mon 08:00")).await.unwrap();
    // By the end of the freeze it is over.
    let sale = scheduled(&world, at("2027-01-16T09:00", Some("2027-01-16T17:00"))).await;
    // Two hours, whenever they begin.
    let trial = world.submit(&world.bob, on("search", "production", true)).await.number;
    let timing = Timing { revert_after: Some(7_200), ..at("2027-01-16T09:00", None) };
    let view = control.schedule_change(&world.bob, SHOP, trial, timing, false).await.unwrap();
    assert_eq!(view.sentence, "applies Sat 16 Jan 2027, 09:00 (UTC), and is taken back 2 h later");
    world.pass(25 * HOUR);
    control.run_due().await.unwrap();
    assert_eq!(
        now(&world, sale).await.sentence,
        "stopped: a freeze lasts until Mon 18 Jan 2027, 08:00 (UTC), when it was to be taken back already",
    );
    assert!(
        now(&world, trial).await.sentence.ends_with("waits for a freeze to end Mon 18 Jan 2027, 08:00 (UTC)")
    );
    assert_eq!(world.state().revision, 1);

    // Somebody ends the freeze sooner: what waits for it applies, and its time counts from then.
    world.pass(HOUR);
    control.change_environment(&world.ann, SHOP, "production", freeze("sat 10:00")).await.unwrap();
    control.run_due().await.unwrap();
    assert_eq!(now(&world, trial).await.sentence, "r2 is taken back Sat 16 Jan 2027, 12:00 (UTC)");
    world.pass(2 * HOUR);
    control.run_due().await.unwrap();
    assert_eq!(now(&world, trial).await.sentence, "r2 was taken back by r3");

    // A server that was down at both times does not apply what is over.
    let late = Timing { grace: Some(24 * 3600), ..at("2027-01-19T09:00", Some("2027-01-19T10:00")) };
    let over = world.submit(&world.bob, on("banner", "staging", true)).await.number;
    control.schedule_change(&world.bob, SHOP, over, late, false).await.unwrap();
    world.pass(72 * HOUR);
    control.run_due().await.unwrap();
    assert_eq!(
        now(&world, over).await.sentence,
        "stopped: it was to be taken back by Tue 19 Jan 2027, 10:00 (UTC)",
    );
    assert_eq!(world.state().revision, 3);
    world.is_sound().await;
}
