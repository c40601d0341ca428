//! Owners: everything new gets one, and what lost its own is handed over.

use serde_json::{Value, json};
use switchyard_control::{
    Apply, Error, Estate, MemberChange, Mode, Outcome, Owner, Principal, Proposal, TeamDraft,
};
use switchyard_model::access::Role;
use switchyard_model::{ChangeState, Kind, ResourceId, Verdict};

use crate::world::{SHOP, World, edits, flag, manifests, on};

fn put(key: &str, owner: Option<&str>) -> Value {
    let mut resource = flag(key);
    if let Some(owner) = owner {
        resource["owner"] = json!(owner);
    }
    json!([{ "target": { "kind": "flag", "key": key }, "op": { "type": "put", "resource": resource } }])
}

fn id(key: &str) -> ResourceId {
    ResourceId::project(Kind::Flag, key)
}

impl World {
    fn owner(&self, key: &str) -> Option<String> {
        self.state().owner(&id(key)).map(str::to_owned)
    }

    async fn leaves(&self, who: &Principal) {
        let change = MemberChange { active: Some(false), ..MemberChange::default() };
        self.control.change_member(&self.ann, &who.id, change).await.unwrap();
    }

    async fn team(&self, key: &str, members: &[&Principal]) {
        let members = members.iter().map(|who| who.id.clone()).collect();
        let draft = TeamDraft { name: format!("Team {key}"), members, expected_version: None };
        self.control.put_team(&self.ann, key, draft).await.unwrap();
    }

    fn lost(&self) -> Vec<Owner> {
        let owners = self.control.owners(&self.ann, SHOP).unwrap();
        owners.into_iter().filter(|owner| owner.why.is_some()).collect()
    }
}

/// Its author's, or their team's where they are in one; what says an owner keeps that one.
#[tokio::test]
async fn what_is_made_is_its_authors() {
    let world = World::shop().await;
    let (mia, tom) = (world.member("Mia", Role::Developer).await, world.member("Tom", Role::Admin).await);
    world.apply(&mia, put("one", None)).await.unwrap();
    assert_eq!(world.owner("one"), Some(mia.id.clone()));
    world.apply(&mia, put("said", Some("Marketing"))).await.unwrap();
    assert_eq!(world.owner("said").as_deref(), Some("Marketing"));

    // A file that says none takes nobody's away, and is the same file again.
    let file = || manifests(json!([flag("one"), flag("two")]));
    let applied = world.control.apply_manifests(&tom, SHOP, file(), "Files", Mode::Write).await.unwrap();
    assert!(matches!(applied, Outcome::Applied(_)), "{applied:?}");
    assert_eq!((world.owner("one"), world.owner("two")), (Some(mia.id.clone()), Some(tom.id.clone())));
    let again = world.control.apply_manifests(&mia, SHOP, file(), "Files", Mode::Write).await.unwrap();
    assert!(matches!(again, Outcome::Checked(_)), "{again:?}");

    // In one team it is the team's; who is in two owns it themselves.
    world.team("web", &[&mia]).await;
    world.apply(&mia, put("three", None)).await.unwrap();
    assert_eq!(world.owner("three").as_deref(), Some("web"));
    world.team("data", &[&mia]).await;
    world.apply(&mia, put("four", None)).await.unwrap();
    assert_eq!(world.owner("four"), Some(mia.id.clone()));

    // It is the author's whoever edits the change, and whoever applies it.
    let change = world.submit(&mia, put("five", None)).await;
    let proposal = Proposal { edits: edits(put("six", None)), ..Proposal::default() };
    world.control.update_change(&tom, SHOP, change.number, change.version, proposal).await.unwrap();
    world.control.apply_change(&tom, SHOP, change.number, Apply::default()).await.unwrap();
    assert_eq!(world.owner("six"), Some(mia.id.clone()));
    // What says so in words says a name, not an id.
    let own = json!([{ "target": id("six"), "op": { "type": "setDetails", "owner": tom.id } }]);
    let revision = world.apply(&mia, own).await.unwrap();
    assert!(revision.edits[0].sentence.to_string().ends_with("is now owned by Tom"), "{revision:?}");
    assert!(revision.title.ends_with("is now owned by Tom"), "{}", revision.title);
    world.is_sound().await;
}

/// Who leaves leaves orphans; they are handed over as one change.
#[tokio::test]
async fn what_somebody_leaves_is_handed_over_at_once() {
    let world = World::shop().await;
    let (mia, tom) = (world.member("Mia", Role::Developer).await, world.member("Tom", Role::Developer).await);
    world.member("Ada", Role::Admin).await;
    world.team("web", &[&tom]).await;
    // The shop was there before anybody.
    let first = world.lost();
    let [nobody] = &first[..] else { panic!("{first:?}") };
    assert_eq!((nobody.owner.as_deref(), nobody.count), (None, nobody.resources.len()));
    assert!(nobody.resources.iter().all(|owned| owned.target.kind != Kind::Targeting));
    for key in ["one", "two"] {
        world.apply(&mia, put(key, None)).await.unwrap();
    }
    assert_eq!(world.lost().len(), 1, "Mia is here");
    world.leaves(&mia).await;
    let lost = world.lost();
    assert_eq!(lost[0].why.as_deref(), Some("Mia is not let in any more"));
    assert_eq!(lost[0].resources.iter().map(|owned| &*owned.title).collect::<Vec<_>>(), ["one", "two"]);

    let hand =
        async |estate, to: &str| world.control.hand_over(&tom, SHOP, estate, to, "Mia left".to_owned()).await;
    for to in [&*mia.id, "Marketing", ""] {
        let refused = hand(Estate::Orphans, to).await.unwrap_err();
        assert!(matches!(&refused, Error::Invalid(problems) if problems[0].path == "to"), "{refused:?}");
    }
    let strange =
        Estate::These(vec![id("none"), ResourceId::environment("staging", Kind::Targeting, "banner")]);
    let refused = hand(strange, "web").await.unwrap_err();
    assert!(matches!(&refused, Error::Invalid(problems) if problems.len() == 2), "{refused:?}");
    let change = hand(Estate::Of(mia.id.clone()), "web").await.unwrap();
    assert_eq!((change.state, change.edits.len()), (ChangeState::Draft, 2));
    assert_eq!(change.title, "Hand over what Mia owned to Team web");
    let before = world.state().revision;
    world.control.apply_change(&tom, SHOP, change.number, Apply::default()).await.unwrap();
    assert_eq!(world.state().revision, before + 1, "one revision");
    assert_eq!((world.owner("one").as_deref(), world.owner("two").as_deref()), (Some("web"), Some("web")));
    assert!(matches!(hand(Estate::Of(mia.id.clone()), "web").await, Err(Error::Unchanged { .. })));
    // A team of nobody answers for nothing.
    world.team("web", &[]).await;
    assert_eq!(
        world.lost().iter().map(|owner| owner.owner.as_deref()).collect::<Vec<_>>(),
        [None, Some("web")]
    );
    let pia = world.member("Pia", Role::Product).await;
    let denied = world.control.hand_over(&pia, SHOP, Estate::Orphans, &tom.id, String::new()).await;
    assert!(matches!(denied, Err(Error::Denied(_))), "nobody hands over what they may not edit: {denied:?}");
    let change = hand(Estate::Orphans, &tom.id).await.unwrap();
    assert_eq!(change.edits.len(), nobody.count + 2);
    world.control.apply_change(&tom, SHOP, change.number, Apply::default()).await.unwrap();
    assert_eq!(world.lost(), []);
    world.is_sound().await;
}

/// To become owner is the new one's to agree to, to lose it the old one's, in a hand-over as by hand: nobody
/// makes something theirs first, or in the same change, to edit it without whom it belongs to.
#[tokio::test]
async fn a_hand_over_goes_the_way_of_all_changes() {
    let world = World::shop().await;
    let (mia, tom) = (world.member("Mia", Role::Developer).await, world.member("Tom", Role::Developer).await);
    world.member("Ada", Role::Admin).await;
    world.apply(&mia, put("one", None)).await.unwrap();
    world.ask_owners().await;
    let estate = Estate::Of(mia.id.clone());
    let taken = world.control.hand_over(&tom, SHOP, estate, &tom.id, "mine now".to_owned()).await.unwrap();
    let refused = world.control.apply_change(&tom, SHOP, taken.number, Apply::default()).await.unwrap_err();
    let Error::NeedsApproval(missing) = refused else { panic!("{refused:?}") };
    assert_eq!(missing.approvals[0].reason, "Mia owns flag/one");
    let mut both = json!([{ "target": id("one"), "op": { "type": "setDetails", "owner": tom.id } }]);
    both.as_array_mut().unwrap().extend(on("one", "production", true).as_array().unwrap().clone());
    let refused = world.apply(&tom, both).await.unwrap_err();
    assert!(matches!(refused, Error::NeedsApproval(_)), "{refused:?}");
    let sent = world.submit(&tom, on("one", "production", true)).await;
    let source = serde_json::to_value(&sent.review.requirements).unwrap();
    assert_eq!(source[0]["source"]["owner"], json!(mia.id), "nor is the flag edited without her");
    world.judge(&mia, sent.number, Verdict::Approve).await.unwrap();
    world.control.apply_change(&tom, SHOP, sent.number, Apply::default()).await.unwrap();
    assert_eq!(world.owner("one"), Some(mia.id.clone()));
}
