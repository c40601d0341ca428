//! Teams: who is in them, what they own, and the approvals that an environment asks of them.

use std::collections::BTreeSet;

use serde_json::json;
use switchyard_control::{
    Apply, EnvironmentChange, Error, MemberChange, Principal, Source, TeamApprovals, TeamDraft, Timing,
};
use switchyard_model::access::Role;
use switchyard_model::{ChangeState, Verdict};

use crate::world::{SHOP, World, on, weights};

async fn team(world: &World, key: &str, members: &[&Principal]) {
    let members = members.iter().map(|who| who.id.clone()).collect();
    let draft = TeamDraft { name: format!("Team {key}"), members, expected_version: None };
    world.control.put_team(&world.ann, key, draft).await.unwrap();
}

fn problems(refused: Error) -> Vec<String> {
    match refused {
        Error::Invalid(problems) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_team_is_put_joined_and_taken_away() {
    let world = World::shop().await;
    let control = &world.control;
    let (mia, tom) = (world.member("Mia", Role::Developer).await, world.member("Tom", Role::Product).await);
    team(&world, "web", &[&tom, &mia]).await;
    team(&world, "data", &[]).await;
    let teams = control.teams(&mia).unwrap();
    assert_eq!(teams.iter().map(|team| &*team.name).collect::<Vec<_>>(), ["Team data", "Team web"]);
    assert_eq!(teams[1].members.iter().map(|who| &*who.name).collect::<Vec<_>>(), ["Mia", "Tom"]);
    assert_eq!(control.whoami(&mia).teams, ["web".into()]);

    control.set_teams(&world.ann, &mia.id, BTreeSet::from(["data".into()])).await.unwrap();
    assert_eq!(control.whoami(&mia).teams, ["data".into()]);
    let none = BTreeSet::from(["data".into(), "none".into()]);
    let refused = control.set_teams(&world.ann, &mia.id, none).await.unwrap_err();
    assert_eq!(problems(refused), ["teams: is no team (found \"none\")"]);

    let draft = TeamDraft {
        name: "x".repeat(201),
        members: BTreeSet::from(["ghost".into()]),
        expected_version: None,
    };
    let refused = control.put_team(&world.ann, "member-1", draft.clone()).await.unwrap_err();
    assert_eq!(problems(refused).len(), 3, "the key, the name and the member, all at once");
    let refused = control.put_team(&mia, "mine", draft).await.unwrap_err();
    assert!(matches!(refused, Error::Denied(_)), "{refused:?}");
    control.remove_team(&world.ann, "data").await.unwrap();
    assert!(control.whoami(&mia).teams.is_empty());
    assert!(matches!(control.remove_team(&world.ann, "data").await, Err(Error::NotFound(_))));
}

/// What a team owns any of its members agrees to, who may edit such things and still is in it.
#[tokio::test]
async fn any_member_of_the_team_that_owns_it_may_agree() {
    let world = World::shop().await;
    world.ask_owners().await;
    let developer = async |name| world.member(name, Role::Developer).await;
    let (mia, tom, zoe) = (developer("Mia").await, developer("Tom").await, developer("Zoe").await);
    let eve = world.member("Eve", Role::Viewer).await;
    team(&world, "web", &[&tom, &zoe, &eve]).await;
    let own = json!([{ "target": { "kind": "flag", "key": "banner" }, "op": { "type": "setDetails", "owner": "web" } }]);
    world.apply(&tom, own).await.unwrap();

    let number = world.submit(&mia, on("banner", "staging", true)).await.number;
    let refused = world.control.apply_change(&mia, SHOP, number, Apply::default()).await.unwrap_err();
    let Error::NeedsApproval(missing) = refused else { panic!("{refused:?}") };
    assert_eq!(missing.approvals[0].reason, "Team web owns staging/targeting/banner");
    assert_eq!(missing.approvals[0].from, ["Tom", "Zoe"], "not Eve, who may only look");
    let change = world.judge(&zoe, number, Verdict::Approve).await.unwrap();
    assert_eq!(change.state, ChangeState::Approved);
    // Who leaves the team takes their approval with them.
    team(&world, "web", &[&tom]).await;
    let refused = world.control.apply_change(&mia, SHOP, number, Apply::default()).await;
    assert!(matches!(refused, Err(Error::NeedsApproval(_))), "{refused:?}");
    // Its own members need nobody, and a team of nobody asks for nothing.
    world.apply(&tom, on("banner", "production", true)).await.unwrap();
    team(&world, "web", &[]).await;
    world.control.apply_change(&mia, SHOP, number, Apply::default()).await.unwrap();
}

/// "2 approvals, of which 1 from payments": one approval may count for both, and no other one will do.
#[tokio::test]
async fn an_environment_asks_a_team_for_some_of_its_approvals() {
    let world = World::shop().await;
    let developer = async |name| world.member(name, Role::Developer).await;
    let (mia, tom, zoe) = (developer("Mia").await, developer("Tom").await, developer("Zoe").await);
    let pia = developer("Pia").await;
    let ask = async |approvals, from: &[(&str, u32)]| {
        let from = from.iter().map(|(team, n)| TeamApprovals { team: (*team).into(), approvals: *n });
        let change = EnvironmentChange {
            required_approvals: Some(approvals),
            approvals_from: Some(from.collect()),
            ..EnvironmentChange::default()
        };
        world.control.change_environment(&world.ann, SHOP, "production", change).await
    };
    let refused = ask(0, &[("payments", 1)]).await.unwrap_err();
    assert_eq!(problems(refused).len(), 2, "no such team, and more than are required");
    team(&world, "payments", &[&mia, &pia]).await;
    for (approvals, from) in [(2, [("payments", 3)]), (2, [("payments", 0)])] {
        assert_eq!(problems(ask(approvals, &from).await.unwrap_err()).len(), 1);
    }
    assert_eq!(problems(ask(2, &[("payments", 1), ("payments", 1)]).await.unwrap_err()).len(), 1, "twice");
    ask(2, &[("payments", 1)]).await.unwrap();
    let refused = world.control.remove_team(&world.ann, "payments").await.unwrap_err();
    assert!(problems(refused)[0].contains("is asked for approval by shop/production"));

    let number = world.submit(&mia, weights(50_000, 50_000)).await.number;
    for who in [&tom, &zoe] {
        world.judge(who, number, Verdict::Approve).await.unwrap();
    }
    let change = world.control.change(&mia, SHOP, number).await.unwrap();
    let [all, from] = &change.review.requirements[..] else { panic!("{:?}", change.review) };
    assert_eq!((all.have, all.approvals, from.have, from.approvals), (2, 2, 0, 1));
    assert!(matches!(&from.source, Source::Team { team, .. } if &**team == "payments"));
    assert_eq!(from.reason, "production needs 1 approval from Team payments");
    let refused = world.control.apply_change(&mia, SHOP, number, Apply::default()).await.unwrap_err();
    let Error::NeedsApproval(missing) = refused else { panic!("{refused:?}") };
    assert_eq!(missing.approvals[0].from, ["Pia"], "not Mia, who wrote it");
    let change = world.judge(&pia, number, Verdict::Approve).await.unwrap();
    assert_eq!(change.state, ChangeState::Approved);
    world.control.apply_change(&mia, SHOP, number, Apply::default()).await.unwrap();

    // Staging is not altered for it, and who is locked out is not asked.
    world.apply(&mia, on("banner", "staging", true)).await.unwrap();
    let number = world.submit(&mia, weights(60_000, 40_000)).await.number;
    world.member("Ada", Role::Admin).await;
    let leaves = MemberChange { active: Some(false), ..MemberChange::default() };
    world.control.change_member(&world.ann, &pia.id, leaves).await.unwrap();
    let refused = world.control.apply_change(&mia, SHOP, number, Apply::default()).await.unwrap_err();
    let Error::NeedsApproval(missing) = refused else { panic!("{refused:?}") };
    assert!(missing.approvals[1].help.starts_with("nobody else in Team payments can give it"), "{missing:?}");
}

/// Who is in a team is for admins to say; whatever they say, an open change needs no less for it, at once or at a
/// time.
#[tokio::test]
async fn who_comes_and_goes_lets_no_change_through() {
    let world = World::shop().await;
    let (mia, pia) = (world.member("Mia", Role::Developer).await, world.member("Pia", Role::Developer).await);
    team(&world, "payments", &[&pia]).await;
    let asked = EnvironmentChange {
        required_approvals: Some(1),
        approvals_from: Some(vec![TeamApprovals { team: "payments".into(), approvals: 1 }]),
        ..EnvironmentChange::default()
    };
    world.control.change_environment(&world.ann, SHOP, "production", asked).await.unwrap();
    let number = world.submit(&mia, weights(50_000, 50_000)).await.number;
    world.judge(&pia, number, Verdict::Approve).await.unwrap();
    let at = Timing { apply_at: Some("2027-01-15T10:00".into()), zone: "UTC".into(), ..Timing::default() };
    world.control.schedule_change(&mia, SHOP, number, at, false).await.unwrap();

    for members in [&[][..], &[&mia]] {
        team(&world, "payments", members).await;
        let refused = world.control.apply_change(&mia, SHOP, number, Apply::default()).await;
        assert!(matches!(refused, Err(Error::NeedsApproval(_))), "{members:?}: {refused:?}");
        let own = world.judge(&mia, number, Verdict::Approve).await.unwrap_err();
        assert!(matches!(own, Error::OwnChange(_)), "{own:?}");
    }
    team(&world, "payments", &[&mia]).await;
    world.pass(2 * 3600);
    world.control.run_due().await.unwrap();
    assert_eq!(world.state().revision, 1, "at its time it has not what it needs");
    team(&world, "payments", &[&pia]).await;
    world.control.apply_change(&mia, SHOP, number, Apply::default()).await.unwrap();
}
