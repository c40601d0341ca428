//! Every way round an approval that somebody might try.

use serde_json::{Value, json};
use switchyard_control::{Apply, Error, Judgement, MemberChange, Mode, Outcome, Proposal, RestoreScope};
use switchyard_model::access::Role;
use switchyard_model::{ChangeState, Verdict};

use super::{House, all, missing};
use crate::world::{SHOP, edits, flag, manifests, on, serve, weights};

fn segment(included: &[&str]) -> Value {
    let resource = json!({ "kind": "segment", "key": "vip", "included": included });
    let target = json!({ "environment": "production", "kind": "segment", "key": "vip" });
    json!([{ "target": target, "op": { "type": "put", "resource": resource } }])
}

/// The flag gets another value for what production serves: an edit of the project.
fn variation() -> Value {
    let variation = json!({ "id": "new", "value": false });
    json!([{ "target": { "kind": "flag", "key": "banner" }, "op": { "type": "setVariation", "variation": variation } }])
}

fn together(parts: &[Value]) -> Value {
    parts.iter().flat_map(|part| part.as_array().unwrap().clone()).collect()
}

impl House {
    /// Nothing that production acts on has changed, whatever was tried.
    async fn holds(&self, what: &str, head: u64) {
        assert_eq!(self.world.state().revision, head, "{what}: something was applied");
    }

    /// A change that says so waits in review.
    async fn proposed(&self, what: &str, outcome: Result<Outcome, Error>) -> u64 {
        let Ok(Outcome::Proposed(change)) = outcome else { panic!("{what}: {outcome:?}") };
        assert_eq!(change.state, ChangeState::InReview, "{what}");
        assert!(!missing(self.apply(&self.mia, change.number).await).is_empty());
        change.number
    }
}

/// Whatever alters what production compiles needs its approval: in whichever scope and by whichever door.
#[tokio::test]
async fn every_door_leads_to_the_gate() {
    let house = House::new().await;
    let control = &house.world.control;
    for edits_of in [on("banner", "production", true), segment(&["ann"]), variation(), weights(0, 100_000)] {
        let draft = Proposal { edits: edits(edits_of.clone()), ..Proposal::default() };
        let draft = control.create_change(&house.mia, SHOP, draft).await.unwrap().number;
        let says = missing(house.apply(&house.mia, draft).await);
        assert!(says.starts_with("production needs 1 approval"), "{edits_of}: {says}");
        let sent = house.world.submit(&house.mia, edits_of).await.number;
        assert_eq!(missing(house.apply(&house.tom, sent).await), says);
    }
    house.holds("changes", 1).await;

    let file = || {
        let mut banner = flag("banner");
        banner["variations"][0]["value"] = json!(false);
        manifests(json!([banner]))
    };
    let applied = control.apply_manifests(&house.mia, SHOP, file(), "New words", Mode::Write).await;
    let number = house.proposed("files", applied).await;
    let again = control.apply_manifests(&house.mia, SHOP, file(), "New words", Mode::Write).await;
    assert_eq!(house.proposed("files again", again).await, number, "the same change, not one more");
    house.holds("files", 1).await;
    // Approved, it is applied by the same files.
    house.world.judge(&house.tom, number, Verdict::Approve).await.unwrap();
    let applied = control.apply_manifests(&house.mia, SHOP, file(), "New words", Mode::Write).await;
    assert!(matches!(applied, Ok(Outcome::Applied(_))), "{applied:?}");
    assert_eq!(house.change(number).await.state, ChangeState::Applied);

    let revert = control.revert(&house.mia, SHOP, 2, "no", Mode::Write).await;
    let revert = house.proposed("revert", revert).await;
    for scope in [RestoreScope::Project, RestoreScope::Environment("production".into())] {
        let restored = control.restore(&house.mia, SHOP, 1, scope.clone(), "no", Mode::Write).await;
        match scope {
            RestoreScope::Project => drop(house.proposed("restore", restored).await),
            // The flag is the project's: nothing of the environment itself is another one.
            RestoreScope::Environment(_) => assert!(matches!(restored, Err(Error::Unchanged { .. }))),
        }
    }
    house.holds("revert and restore", 2).await;
    // A revert that was approved is one in the history too.
    house.world.judge(&house.tom, revert, Verdict::Approve).await.unwrap();
    house.apply(&house.mia, revert).await.unwrap();
    assert_eq!(control.revision(&house.mia, SHOP, 2).await.unwrap().reverted_by, Some(3));
    house.world.is_sound().await;
}

/// An approval is for what was looked at.
#[tokio::test]
async fn an_approval_is_void_for_anything_else() {
    let house = House::new().await;
    let number = house.approved(on("banner", "production", true)).await;
    let seen = house.change(number).await.difference;
    for other in [
        serve("banner", "production", 1),
        together(&[on("banner", "production", true), segment(&["eve"])]),
        together(&[on("banner", "production", true), variation()]),
        together(&[on("banner", "production", true), on("search", "staging", true)]),
        json!([on("banner", "production", true)[0], weights(1, 99_999)[0]]),
    ] {
        let change = house.rewrite(&house.mia, number, other.clone()).await.unwrap();
        assert_eq!(change.state, ChangeState::InReview, "{other}");
        assert!(!change.review.reviews[0].valid);
        missing(house.apply(&house.mia, number).await);
        // Nor does one more approval of what it was help.
        let (verdict, note, difference) = (Verdict::Approve, String::new(), seen.clone());
        let late = Judgement { verdict, note, difference };
        let refused = house.world.control.review_change(&house.zoe, SHOP, number, late).await.unwrap_err();
        assert!(matches!(refused, Error::OtherDifference { .. }), "{refused:?}");
    }
    house.holds("edits", 1).await;
    // What does the same is the same, however it is written.
    let twice = together(&[on("banner", "production", false), on("banner", "production", true)]);
    assert_eq!(house.rewrite(&house.mia, number, twice).await.unwrap().state, ChangeState::Approved);

    // The head moves: elsewhere nothing is void, below it the outcome is another.
    house.world.apply(&house.mia, on("search", "staging", true)).await.unwrap();
    assert_eq!(house.change(number).await.state, ChangeState::Approved);
    let below = house.approved(serve("banner", "production", 1)).await;
    house.apply(&house.mia, below).await.unwrap();
    let change = house.change(number).await;
    assert_eq!(
        (change.state, change.check.ok),
        (ChangeState::InReview, true),
        "it fits, and does something else"
    );
    missing(house.apply(&house.mia, number).await);
    house.world.judge(&house.tom, number, Verdict::Approve).await.unwrap();
    house.apply(&house.mia, number).await.unwrap();
    let state = house.world.state();
    let (targeting, _) = state.targeting("production", "banner").unwrap();
    assert_eq!((targeting.on, targeting.fallthrough.variation), (true, Some(1)), "both, merged");
}

/// Nobody approves what they wrote, under whichever name.
#[tokio::test]
async fn nobody_approves_their_own() {
    let house = House::new().await;
    let world = &house.world;
    let number = world.submit(&house.mia, on("banner", "production", true)).await.number;
    let refused = world.judge(&house.mia, number, Verdict::Approve).await.unwrap_err();
    assert!(matches!(refused, Error::OwnChange(_)), "{refused:?}");

    // An admin who edits somebody's change has a hand in it: an approval from before is void, too.
    let ada = house.world.member("Ada", Role::Admin).await;
    house.world.judge(&ada, number, Verdict::Approve).await.unwrap();
    let change = house.rewrite(&ada, number, serve("banner", "production", 1)).await.unwrap();
    assert_eq!(change.review.reviews[0].void_because.as_deref(), Some("Ada wrote part of the change"));
    house.rewrite(&house.mia, number, on("banner", "production", true)).await.unwrap();
    missing(house.apply(&house.mia, number).await);
    let refused = house.world.judge(&ada, number, Verdict::Approve).await.unwrap_err();
    assert!(matches!(refused, Error::OwnChange(_)), "{refused:?}");

    // A token is its maker's hand.
    let control = &house.world.control;
    let token = control.create_token(&ada, "CI", Role::Admin, None, None, None).await.unwrap();
    let ci = control.authenticate_token(&token.secret).await.unwrap();
    let refused = house.world.judge(&ci, number, Verdict::Approve).await.unwrap_err();
    assert!(matches!(refused, Error::OwnChange(_)), "{refused:?}");
    let token = control.create_token(&ci, "CI of CI", Role::Admin, None, None, None).await.unwrap();
    let other = control.authenticate_token(&token.secret).await.unwrap();
    let refused = house.world.judge(&other, number, Verdict::Approve).await.unwrap_err();
    assert!(matches!(refused, Error::OwnChange(_)), "{refused:?}");
    let by_ci = house.world.submit(&ci, on("search", "production", true)).await.number;
    let refused = house.world.judge(&ada, by_ci, Verdict::Approve).await.unwrap_err();
    assert!(matches!(refused, Error::OwnChange(_)), "{refused:?}");
    house.holds("own approvals", 1).await;
}

/// An approval lasts as long as who gave it may give it.
#[tokio::test]
async fn who_may_no_longer_approve_does_not() {
    let house = House::new().await;
    let control = &house.world.control;
    control.ensure_admin("Grace").await.unwrap();
    let number = house.approved(on("banner", "production", true)).await;
    for change in [
        MemberChange { role: Some(Role::Viewer), ..MemberChange::default() },
        MemberChange { role: Some(Role::Developer), active: Some(false), ..MemberChange::default() },
    ] {
        let says = "production needs 1 approval; Grace or Zoe can give it";
        control.change_member(&house.world.ann, &house.tom.id, change).await.unwrap();
        assert_eq!(missing(house.apply(&house.mia, number).await), says);
    }
    house.holds("a verdict of who left", 1).await;
}

/// However many try at a time, an approved change becomes one revision.
#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_apply_once() {
    let house = House::new().await;
    let number = house.approved(on("banner", "production", true)).await;
    let tries = (0..8).map(|at| {
        let who = if at % 2 == 0 { house.mia.clone() } else { house.zoe.clone() };
        let control = house.world.control.clone();
        tokio::spawn(async move { control.apply_change(&who, SHOP, number, Apply::default()).await })
    });
    let mut done = 0;
    for task in tries.collect::<Vec<_>>() {
        match task.await.unwrap() {
            Ok(_) => done += 1,
            Err(error) => assert!(matches!(error, Error::StaleVersion { .. }), "{error:?}"),
        }
    }
    assert_eq!((done, house.world.state().revision), (1, 2));
    assert_eq!(house.world.control.changes(&house.mia, SHOP, all()).await.unwrap().total, 1);
}
