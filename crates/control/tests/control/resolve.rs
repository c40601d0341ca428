//! What is left after merging by field: somebody chooses a side, and nothing else is lost.

use serde_json::{Value, json};
use switchyard_control::{Apply, ChangeView, Choice, Conflict, Error, NoticeKind, Principal, Proposal};
use switchyard_model::access::Role;
use switchyard_model::merge::Side;

use crate::world::{SHOP, World, delete, edits, on, serve, weights};

async fn draft(world: &World, edits_of: Value) -> u64 {
    let proposal = Proposal { edits: edits(edits_of), ..Proposal::default() };
    world.control.create_change(&world.bob, SHOP, proposal).await.unwrap().number
}

async fn read(world: &World, number: u64) -> ChangeView {
    world.control.change(&world.bob, SHOP, number).await.unwrap()
}

fn choice(of: &Conflict, keep: Side) -> Choice {
    Choice { resource: of.resource.clone(), path: of.path.clone(), keep, revision: of.later_revision }
}

async fn resolve(world: &World, change: &ChangeView, choices: Vec<Choice>) -> Result<ChangeView, Error> {
    let (number, version) = (change.number, change.version);
    world.control.resolve_change(&world.bob, SHOP, number, version, choices).await
}

fn both(first: Value, second: Value) -> Value {
    json!([first[0], second[0]])
}

/// On and serve by the change; serve by somebody else since.
async fn met(world: &World) -> ChangeView {
    let number = draft(world, both(on("banner", "production", true), serve("banner", "production", 1))).await;
    let mut other = serve("banner", "production", 0);
    other[0]["op"]["serve"] = json!({ "rollout": { "variations": [{ "variation": 0, "weight": 100_000 }] } });
    world.apply(&world.ann, both(other, on("search", "production", true))).await.unwrap();
    read(world, number).await
}

#[tokio::test]
async fn both_sides_are_shown_and_either_can_stay() {
    for keep in [Side::Ours, Side::Theirs] {
        let world = World::shop().await;
        let change = met(&world).await;
        let [conflict] = &change.check.conflicts[..] else { panic!("{:?}", change.check) };
        assert_eq!((&*conflict.path, conflict.later_author.as_deref()), ("fallthrough", Some("ann")));
        assert_eq!(conflict.wanted, Some(json!({ "variation": 1 })));
        assert!(conflict.now.as_ref().unwrap()["rollout"].is_object());
        let said = |s: &Option<switchyard_snapshot::sentences::Sentence>| s.as_ref().unwrap().to_string();
        assert_eq!(
            said(&conflict.now_sentence),
            "banner: everyone else: still gets new for 100 %, now as a percentage by user key"
        );
        assert_eq!(said(&conflict.wanted_sentence), "banner: turned on; everyone else: gets old; it was new");

        let nothing = resolve(&world, &change, vec![]).await;
        assert!(matches!(nothing, Err(Error::Conflicts { .. })), "{nothing:?}");
        let settled = resolve(&world, &change, vec![choice(conflict, keep)]).await.unwrap();
        assert!(settled.check.ok && settled.check.conflicts.is_empty(), "{:?}", settled.check);
        assert_eq!((settled.base, settled.version), (2, 2));
        world.control.apply_change(&world.bob, SHOP, change.number, Apply::default()).await.unwrap();
        let state = world.state();
        let (targeting, _) = state.targeting("production", "banner").unwrap();
        let kept = if keep == Side::Ours { None } else { Some(1) };
        assert_eq!((targeting.on, targeting.fallthrough.variation), (true, kept), "{keep:?}");
        assert!(state.targeting("production", "search").unwrap().0.on, "nothing else is lost");
        world.is_sound().await;
    }
}

/// A choice is for the two sides that were looked at.
#[tokio::test]
async fn a_choice_is_void_once_the_other_side_is_another() {
    let world = World::shop().await;
    let number = draft(&world, weights(0, 100_000)).await;
    world.apply(&world.ann, weights(50_000, 50_000)).await.unwrap();
    let seen = read(&world, number).await;
    let conflict = seen.check.conflicts[0].clone();
    world.apply(&world.ann, weights(20_000, 80_000)).await.unwrap();
    let Err(Error::Invalid(problems)) = resolve(&world, &seen, vec![choice(&conflict, Side::Theirs)]).await
    else {
        panic!("it is another one by now")
    };
    assert_eq!(problems[0].reason, "is about a conflict that became another one");
    let other = Conflict { path: "timeoutMs".into(), ..conflict };
    let Err(Error::Invalid(problems)) = resolve(&world, &seen, vec![choice(&other, Side::Ours)]).await else {
        panic!("there is none")
    };
    assert_eq!(problems[0].reason, "is about no conflict of the change");
    let now = read(&world, number).await;
    let settled = resolve(&world, &now, vec![choice(&now.check.conflicts[0], Side::Ours)]).await.unwrap();
    assert_eq!(settled.edits, [], "nothing of it is left");
}

/// To keep what is there, beside a deletion that takes it along, can't be had.
#[tokio::test]
async fn what_can_not_stay_is_not_promised_to() {
    let world = World::shop().await;
    let number = draft(&world, delete(json!({ "kind": "flag", "key": "banner" }))).await;
    world.apply(&world.ann, on("banner", "production", true)).await.unwrap();
    let change = read(&world, number).await;
    let conflict = &change.check.conflicts[0];
    assert_eq!(conflict.resource.to_string(), "production/targeting/banner");
    let refused = resolve(&world, &change, vec![choice(conflict, Side::Ours)]).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    let settled = resolve(&world, &change, vec![choice(conflict, Side::Theirs)]).await.unwrap();
    assert!(settled.check.ok);
    assert_eq!(settled.edits.len(), 1);
}

/// Mentions are asked for until they are answered.
#[tokio::test]
async fn who_is_mentioned_is_told_until_they_answer() {
    let world = World::shop().await;
    let mia = world.member("Mia", Role::Developer).await;
    let number = draft(&world, on("banner", "production", true)).await;
    let say = async |who: &Principal, text: &str, edit| {
        world.control.comment(who, SHOP, number, text, edit).await.unwrap();
    };
    say(&world.bob, &format!("@{}x is another id", mia.id), None).await;
    assert_eq!(world.control.notices(&mia, SHOP).await.unwrap(), []);
    say(&world.bob, &format!("@{} is this yours?", mia.id), Some(0)).await;
    let notices = world.control.notices(&mia, SHOP).await.unwrap();
    let [notice] = &notices[..] else { panic!("{notices:?}") };
    assert_eq!((notice.kind, notice.change, notice.edit), (NoticeKind::Mention, number, Some(0)));
    assert_eq!(notice.text, "@Mia is this yours?");
    assert_eq!(world.control.notices(&world.bob, SHOP).await.unwrap(), []);
    say(&mia, "no", None).await;
    assert_eq!(world.control.notices(&mia, SHOP).await.unwrap(), []);
}
