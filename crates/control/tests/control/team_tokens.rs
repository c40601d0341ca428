//! Tokens that are a team's, and who is told where a team is mentioned.

use std::collections::BTreeSet;

use switchyard_control::{AuditQuery, Error, MemberChange, Principal, TeamDraft};
use switchyard_model::access::Role;
use switchyard_model::ids::Key;

use crate::world::{SHOP, World, on, weights};

async fn team(world: &World, key: &str, members: &[&Principal]) {
    let members: BTreeSet<String> = members.iter().map(|who| who.id.clone()).collect();
    let draft = TeamDraft { name: format!("Team {key}"), members, expected_version: None };
    world.control.put_team(&world.ann, key, draft).await.unwrap();
}

fn problem(refused: Error) -> String {
    match refused {
        Error::Invalid(problems) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

fn away() -> MemberChange {
    MemberChange { active: Some(false), ..Default::default() }
}

#[tokio::test]
async fn a_teams_token_goes_on_when_its_maker_leaves() {
    let world = World::shop().await;
    let control = &world.control;
    let (mia, tom) = (world.member("Mia", Role::Developer).await, world.member("Tom", Role::Product).await);
    let eva = world.member("Eva", Role::Admin).await;
    world.member("Ada", Role::Admin).await;
    team(&world, "web", &[&mia, &tom]).await;
    let web = || Some(Key::from("web"));
    let made = control.create_token(&eva, "ci", Role::Developer, None, None, web()).await.unwrap();
    assert_eq!(made.token.team, web());
    let own = control.create_token(&eva, "own", Role::Developer, None, None, None).await.unwrap();
    let (ci, own_id) = (control.authenticate_token(&made.secret).await.unwrap(), own.token.id.clone());
    let own = control.authenticate_token(&own.secret).await.unwrap();
    control.change_member(&world.ann, &eva.id, away()).await.unwrap();
    world.apply(&ci, weights(60_000, 40_000)).await.unwrap();
    let denied = world.apply(&own, weights(50_000, 50_000)).await.unwrap_err().to_string();
    assert!(denied.contains("acts for Eva, who is let in no more"), "{denied}");

    // Handed over it acts again, in its own name as before.
    let handed = control.hand_over_token(&world.ann, &own_id, "web".into()).await.unwrap();
    assert_eq!((handed.team, &*handed.created_by), (web(), &*eva.id));
    assert_eq!(world.apply(&own, weights(50_000, 50_000)).await.unwrap().author, own_id);
    let log = control.audit(&world.ann, &AuditQuery { limit: 20, ..AuditQuery::default() }).await.unwrap();
    assert!(log.items.iter().any(|line| line.sentence == "handed token own to Team web"));

    // It is worth what the team is worth: the best of those who are in it, and let in.
    control.change_member(&world.ann, &mia.id, away()).await.unwrap();
    let denied = world.apply(&ci, weights(60_000, 40_000)).await.unwrap_err().to_string();
    assert!(denied.contains("the token acts for Team web, and it takes the role developer"), "{denied}");
    world.apply(&ci, on("banner", "production", true)).await.unwrap();
    team(&world, "web", &[]).await;
    let denied = control.projects(&ci).unwrap_err().to_string();
    assert!(denied.contains("acts for Team web, who is let in no more"), "{denied}");
}

#[tokio::test]
async fn a_token_is_no_more_than_its_team_and_keeps_it_there() {
    let world = World::shop().await;
    let control = &world.control;
    let tom = world.member("Tom", Role::Product).await;
    team(&world, "web", &[&tom]).await;
    team(&world, "none", &[]).await;
    let create = async |role, team: &str| {
        control.create_token(&world.ann, "ci", role, None, None, Some(team.into())).await
    };
    for (role, team, said) in [
        (
            Role::Developer,
            "web",
            "role: is more than anybody in the team has (found \"developer\"); at most product",
        ),
        (Role::Viewer, "none", "team: is nobody's, who could answer for it"),
        (Role::Viewer, "ghosts", "team: is no team"),
    ] {
        let refused = problem(create(role, team).await.map(drop).unwrap_err());
        assert!(refused.starts_with(said), "{refused}");
    }
    let made = create(Role::Product, "web").await.unwrap();
    let root = control.create_token(&world.ann, "root", Role::Admin, None, None, None).await.unwrap();
    let refused = control.hand_over_token(&world.ann, &root.token.id, "web".into()).await.unwrap_err();
    assert!(problem(refused).starts_with("role: is more"), "nobody gives a team an admin's token");
    let refused = control.hand_over_token(&tom, &made.token.id, "web".into()).await.unwrap_err();
    assert!(matches!(refused, Error::Denied(_)), "{refused:?}");
    let refused = control.remove_team(&world.ann, "web").await.unwrap_err();
    assert_eq!(problem(refused), "has tokens: ci; hand them to another team, or end them");
    control.revoke_token(&world.ann, &made.token.id).await.unwrap();
    control.remove_team(&world.ann, "web").await.unwrap();
}

#[tokio::test]
async fn a_team_is_not_overwritten_by_who_saw_another() {
    let world = World::shop().await;
    let control = &world.control;
    let (mia, tom) = (world.member("Mia", Role::Developer).await, world.member("Tom", Role::Product).await);
    let put = async |members: &[&Principal], expected_version| {
        let members = members.iter().map(|who| who.id.clone()).collect();
        let draft = TeamDraft { name: "Web".into(), members, expected_version };
        control.put_team(&world.ann, "web", draft).await
    };
    assert_eq!(put(&[&mia], Some(1)).await.unwrap_err(), Error::StaleVersion { version: 0 });
    assert_eq!(put(&[&mia], Some(0)).await.unwrap().version, 1);
    assert_eq!(put(&[&mia, &tom], Some(1)).await.unwrap().version, 2);
    assert_eq!(put(&[&mia], Some(1)).await.unwrap_err(), Error::StaleVersion { version: 2 });
    // Nor by who saw it before somebody was taken out by another way.
    control.set_teams(&world.ann, &tom.id, BTreeSet::new()).await.unwrap();
    assert_eq!(put(&[&mia, &tom], Some(2)).await.unwrap_err(), Error::StaleVersion { version: 3 });
    assert_eq!(put(&[], None).await.unwrap().version, 4);
    let (one, other) = ([&mia], [&tom]);
    let both = tokio::join!(put(&one, Some(4)), put(&other, Some(4)));
    assert_eq!([both.0.is_ok(), both.1.is_ok()].iter().filter(|ok| **ok).count(), 1, "{both:?}");
}

#[tokio::test]
async fn who_calls_a_team_calls_each_of_it_once() {
    let world = World::shop().await;
    let control = &world.control;
    let member = async |name| world.member(name, Role::Developer).await;
    let (mia, tom, eva) = (member("Mia").await, member("Tom").await, member("Eva").await);
    team(&world, "web", &[&mia, &tom]).await;
    team(&world, "ops", &[&mia]).await;
    let change = world.submit(&eva, on("banner", "production", true)).await.number;
    let say = async |who: &Principal, text: String| {
        control.comment(who, SHOP, change, &text, None).await.unwrap();
    };
    let told = async |who: &Principal| {
        let notices = control.notices(who, SHOP).await.unwrap();
        notices.into_iter().map(|notice| notice.text).collect::<Vec<_>>()
    };
    say(&eva, format!("@web, @ops and @{}: is this fine?", mia.id)).await;
    let words = "@Team web, @Team ops and @Mia: is this fine?".to_owned();
    assert_eq!(told(&mia).await, std::slice::from_ref(&words), "once, however often she is meant");
    assert_eq!(told(&tom).await, std::slice::from_ref(&words));
    assert_eq!((told(&eva).await, told(&world.bob).await), (vec![], vec![]));
    say(&eva, "Nobody?".to_owned()).await;
    assert_eq!(told(&tom).await, std::slice::from_ref(&words));
    // One answers for the team; she was also asked herself, and in another.
    say(&tom, "I think so.".to_owned()).await;
    assert_eq!((told(&tom).await, told(&mia).await), (vec![], vec![words]));
    say(&mia, "Fine.".to_owned()).await;
    assert_eq!(told(&mia).await, Vec::<String>::new());
    // Who is in the team and calls it is not told of it.
    say(&mia, "@web once more".to_owned()).await;
    assert_eq!((told(&mia).await.len(), told(&tom).await.len()), (0, 1));
}
