//! Passwords, sessions, and whom a provider vouches for.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use switchyard_control::{
    AuditQuery, Control, Error, Member, MemberChange, NewMember, Principal, ProviderRules, SignInSettings,
    SignedIn, TeamDraft, TurnedAway, Visitor, Vouched, Way,
};
use switchyard_model::access::Role;

use crate::world::World;

const GOOD: &str = "correct horse battery";
const BETTER: &str = "a stapler by the window";

fn visitor(address: &str) -> Visitor {
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned();
    Visitor { address: Some(address.parse::<IpAddr>().unwrap()), agent: Some(agent) }
}

async fn member(world: &World, name: &str, role: Role) -> Member {
    let email = Some(format!("{name}@shop.example"));
    world.control.add_member(&world.ann, NewMember { name: name.into(), email, role }).await.unwrap()
}

async fn by_link(world: &World, id: &str) -> SignedIn {
    let link = world.control.sign_in_link(&world.ann, id).await.unwrap();
    world.control.sign_in(&link, &visitor("192.0.2.1")).await.unwrap()
}

/// The fields of what is wrong.
fn fields<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    match result {
        Err(Error::Invalid(problems)) => problems.into_iter().map(|problem| problem.path).collect(),
        other => panic!("{other:?}"),
    }
}

async fn told(world: &World, what: &str) -> Vec<(String, Option<serde_json::Value>)> {
    let query = AuditQuery { what: Some(what.into()), ..AuditQuery::default() };
    let lines = world.control.audit(&world.ann, &query).await.unwrap().items;
    lines.into_iter().map(|line| (line.sentence, line.personal)).collect()
}

#[tokio::test]
async fn a_password_is_set_with_a_link_and_signs_in() {
    let world = World::empty().await;
    let control = &world.control;
    let tom = member(&world, "tom", Role::Product).await;
    let (first, other) = (by_link(&world, &tom.id).await, by_link(&world, &tom.id).await);
    let set = async |session: &SignedIn, current: Option<&str>, new: &str| {
        control.set_password(Some(&session.secret), current, new, None).await
    };
    for bad in ["short", "passwordpassword", "tom@shop.example"] {
        assert_eq!(fields(set(&first, None, bad).await), ["new"], "{bad}");
    }
    set(&first, None, GOOD).await.unwrap();
    control.authenticate_session(&first.secret, None).await.unwrap();
    let ended = control.authenticate_session(&other.secret, None).await;
    assert_eq!(ended.unwrap_err(), Error::SignedOut, "what was open elsewhere ended");
    assert_eq!(control.members(&world.ann).unwrap()[0].ways, [Way::Password]);

    let enter = async |email: &str, password: &str| {
        control.sign_in_with_password(email, password, &visitor("192.0.2.7")).await
    };
    let session = enter(" Tom@Shop.Example ", GOOD).await.unwrap();
    assert_eq!((&*session.principal.name, session.principal.role), ("tom", Role::Product));
    for (email, password) in [("tom@shop.example", BETTER), ("nobody@shop.example", GOOD), ("", "")] {
        assert_eq!(enter(email, password).await.unwrap_err(), Error::SignedOut, "{email}");
    }
    control.note_counts(false).await;
    let refused = told(&world, "session.refuse").await;
    let sentences: Vec<_> = refused.iter().map(|(sentence, _)| &**sentence).collect();
    assert_eq!(sentences, ["failed to sign in as nobody known 2 times", "failed to sign in as tom once"]);
    assert!(refused.iter().all(|(_, data)| data.as_ref().unwrap()["address"] == "192.0.2.7"), "{refused:?}");
    assert_eq!(told(&world, "session.begin").await[0].0, "signed in with their password");

    // What was a fresh link's right is one no longer: the password before is asked.
    assert_eq!(fields(set(&session, None, BETTER).await), ["current"]);
    assert_eq!(fields(set(&session, Some("wrong horse battery"), BETTER).await), ["current"]);
    set(&session, Some(GOOD), BETTER).await.unwrap();
    assert_eq!(enter("tom@shop.example", GOOD).await.unwrap_err(), Error::SignedOut);
    enter("tom@shop.example", BETTER).await.unwrap();
    let ended = control.authenticate_session(&first.secret, None).await;
    assert_eq!(ended.unwrap_err(), Error::SignedOut);

    control.remove_password(&world.ann, &tom.id).await.unwrap();
    assert_eq!(enter("tom@shop.example", BETTER).await.unwrap_err(), Error::SignedOut);
    assert_eq!(control.authenticate_session(&session.secret, None).await.unwrap_err(), Error::SignedOut);
    let stale = by_link(&world, &tom.id).await;
    world.pass(15 * 60);
    assert_eq!(fields(set(&stale, None, BETTER).await), [""], "a link is fresh for a quarter of an hour");
}

#[tokio::test]
async fn who_guesses_is_slowed_down_and_a_link_still_signs_in() {
    let world = World::empty().await;
    let tom = member(&world, "tom", Role::Viewer).await;
    let session = by_link(&world, &tom.id).await;
    world.control.set_password(Some(&session.secret), None, GOOD, None).await.unwrap();
    let guess = async |password: &str, n: u8| {
        let from = visitor(&format!("192.0.2.{n}"));
        world.control.sign_in_with_password("tom@shop.example", password, &from).await
    };
    for n in 0..10 {
        assert_eq!(guess("wrong horse battery", n).await.unwrap_err(), Error::SignedOut);
    }
    let right = guess(GOOD, 99).await.unwrap_err();
    assert!(matches!(right, Error::TooOften { .. }), "even the right one tells nothing: {right:?}");
    by_link(&world, &tom.id).await;
    world.pass(15 * 60);
    guess(GOOD, 99).await.unwrap();
}

#[tokio::test]
async fn an_address_is_one_members_and_can_be_one() {
    let world = World::empty().await;
    member(&world, "tom", Role::Viewer).await;
    for (email, ok) in
        [("TOM@shop.example", false), ("tom", false), ("a b@c", false), ("ann@shop.example", true)]
    {
        let new = NewMember { name: "x".into(), email: Some(email.into()), role: Role::Viewer };
        let added = world.control.add_member(&world.ann, new).await;
        assert_eq!(added.is_ok(), ok, "{email}");
        if !ok {
            assert_eq!(fields(added), ["email"]);
        }
    }
}

#[tokio::test]
async fn sessions_are_seen_and_ended_by_their_owner_and_by_admins() {
    let world = World::empty().await;
    let control = &world.control;
    let (tom, eve) = (member(&world, "tom", Role::Viewer).await, member(&world, "eve", Role::Viewer).await);
    let (here, there) = (by_link(&world, &tom.id).await, by_link(&world, &tom.id).await);
    let eves = by_link(&world, &eve.id).await;
    world.pass(600);
    let elsewhere = Some("198.51.100.4".parse().unwrap());
    let principal = control.authenticate_session(&here.secret, elsewhere).await.unwrap();
    let account = control.account(&principal, Some(&here.secret)).await.unwrap();
    let seen: Vec<_> = account.sessions.iter().map(|s| (s.current, s.address.as_deref(), s.way)).collect();
    assert_eq!(seen, [(true, Some("198.51.100.4"), Way::Link), (false, Some("192.0.2.1"), Way::Link),]);
    assert_eq!(account.sessions[0].browser.as_deref(), Some("Firefox on Linux"));
    assert_eq!(
        account.sessions[0].used_at - account.sessions[0].created_at,
        jiff::Span::new().seconds(600).fieldwise()
    );

    let of_eve = control.account(&eves.principal, None).await.unwrap().sessions[0].id.clone();
    let not_theirs = control.end_session(&principal, &of_eve).await;
    assert!(matches!(not_theirs, Err(Error::NotFound(_))), "{not_theirs:?}");
    assert!(matches!(control.sessions(&principal, None).await, Err(Error::Denied(_))));
    assert_eq!(control.end_other_sessions(&principal, Some(&here.secret)).await.unwrap(), 1);
    assert!(control.authenticate_session(&there.secret, None).await.is_err());
    assert_eq!(control.sessions(&world.ann, None).await.unwrap().len(), 2);
    control.end_session(&world.ann, &of_eve).await.unwrap();
    assert!(control.authenticate_session(&eves.secret, None).await.is_err());
    assert_eq!(control.end_member_sessions(&world.ann, &tom.id).await.unwrap(), 1);
    assert!(control.authenticate_session(&here.secret, None).await.is_err());
    let lines: Vec<_> = told(&world, "session.end").await.into_iter().map(|line| line.0).collect();
    assert_eq!(lines, ["ended all sessions of tom", "ended a session of eve", "ended their other sessions"]);
}

#[tokio::test]
async fn a_token_gets_another_secret_while_the_old_one_goes_on() {
    let world = World::empty().await;
    let control = &world.control;
    let first = control.create_token(&world.ann, "CI", Role::Viewer, None, None, None).await.unwrap();
    let rotate = async |overlap| {
        control.rotate_token(&world.ann, &first.token.id, Duration::from_secs(overlap)).await.unwrap()
    };
    let second = rotate(60).await;
    let who = async |secret: &str| control.authenticate_token(secret).await.map(|principal| principal.id);
    assert_eq!(who(&first.secret).await, who(&second.secret).await, "it is the same token");
    world.pass(60);
    assert_eq!(who(&first.secret).await, Err(Error::SignedOut));
    let third = rotate(0).await;
    assert_eq!(who(&second.secret).await, Err(Error::SignedOut));
    // As after a restart.
    let again = Control::open(world.store.clone(), switchyard_control::system_clock()).await.unwrap();
    again.authenticate_token(&third.secret).await.unwrap();
    control.revoke_token(&world.ann, &first.token.id).await.unwrap();
    assert_eq!(who(&third.secret).await, Err(Error::SignedOut));
    let over = control.rotate_token(&world.ann, &first.token.id, Duration::ZERO).await;
    assert!(matches!(over, Err(Error::NotFound(_))));
}

fn rules() -> ProviderRules {
    ProviderRules {
        name: "Keycloak".into(),
        roles: vec![
            ("ops".into(), Role::Operator),
            ("heads".into(), Role::Admin),
            ("all".into(), Role::Viewer),
        ],
        teams: vec![("ops".into(), "operations".into()), ("all".into(), "nowhere".into())],
        otherwise: None,
        domains: vec![],
        life: Duration::from_secs(8 * 3600),
    }
}

async fn with_rules(rules: ProviderRules) -> World {
    let world = World::empty().await;
    world.control.set_up_sign_in(SignInSettings { provider: Some(rules), ..SignInSettings::default() });
    world
}

fn vouched(subject: &str, groups: &[&str]) -> Vouched {
    Vouched {
        issuer: "https://id.example".into(),
        subject: subject.into(),
        name: Some(format!("{subject} of id")),
        email: Some(format!("{subject}@shop.example")),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
    }
}

async fn enter(world: &World, vouched: &Vouched) -> Result<Principal, TurnedAway> {
    match world.control.sign_in_vouched(vouched, &visitor("192.0.2.1")).await {
        Ok(signed_in) => Ok(signed_in.principal),
        Err(Error::TurnedAway(why)) => Err(why),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn groups_make_members_change_them_and_lock_them_out() {
    let world = with_rules(rules()).await;
    let control = &world.control;
    control.ensure_admin("Grace").await.unwrap();
    assert_eq!(enter(&world, &vouched("tom", &["other"])).await, Err(TurnedAway::Groups));
    let tom = enter(&world, &vouched("tom", &["all", "ops"])).await.unwrap();
    assert_eq!((tom.role, &*tom.name), (Role::Operator, "tom of id"), "the strongest counts");
    let session = control.sign_in_vouched(&vouched("tom", &["ops"]), &Visitor::default()).await.unwrap();
    assert_eq!(session.life, Duration::from_secs(8 * 3600), "who is gone there is gone here by then");

    let now = enter(&world, &vouched("tom", &["all"])).await.unwrap();
    assert_eq!((&now.id, now.role), (&tom.id, Role::Viewer));
    assert_eq!(control.authenticate_session(&session.secret, None).await.unwrap().role, Role::Viewer);
    assert_eq!(enter(&world, &vouched("tom", &[])).await, Err(TurnedAway::Groups));
    let ended = control.authenticate_session(&session.secret, None).await;
    assert_eq!(ended.unwrap_err(), Error::SignedOut, "who lost their groups is out everywhere");
    assert_eq!(enter(&world, &vouched("tom", &["heads"])).await.unwrap().id, tom.id, "and may come back");

    let lock = MemberChange { active: Some(false), ..MemberChange::default() };
    control.change_member(&world.ann, &tom.id, lock).await.unwrap();
    assert_eq!(
        enter(&world, &vouched("tom", &["heads"])).await,
        Err(TurnedAway::Closed),
        "an admin's word stays"
    );
    control.note_counts(false).await;
    let refused = told(&world, "session.refuse").await;
    assert!(refused.iter().any(|line| line.0.contains("tom of id")), "{refused:?}");
}

#[tokio::test]
async fn groups_join_teams_and_leave_them() {
    let world = with_rules(rules()).await;
    let control = &world.control;
    control.ensure_admin("Grace").await.unwrap();
    for key in ["operations", "friends"] {
        let draft = TeamDraft { name: String::new(), members: BTreeSet::new(), expected_version: None };
        control.put_team(&world.ann, key, draft).await.unwrap();
    }
    let teams = |id: &str| {
        let all = control.members(&world.ann).unwrap();
        let teams = all.into_iter().find(|member| member.id == id).unwrap().teams;
        teams.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let tom = enter(&world, &vouched("tom", &["ops", "all"])).await.unwrap();
    assert_eq!(teams(&tom.id), ["operations"], "a team that is not there is not made");
    let both = BTreeSet::from(["operations".into(), "friends".into()]);
    control.set_teams(&world.ann, &tom.id, both).await.unwrap();
    enter(&world, &vouched("tom", &["all"])).await.unwrap();
    assert_eq!(teams(&tom.id), ["friends"], "what the groups say nothing of stays");
}

#[tokio::test]
async fn nobody_becomes_another_by_an_address() {
    let world = with_rules(rules()).await;
    member(&world, "tom", Role::Admin).await;
    assert_eq!(enter(&world, &vouched("tom", &["all"])).await, Err(TurnedAway::Email));
    let unverified = Vouched { email: None, ..vouched("tom", &["all"]) };
    assert_ne!(enter(&world, &unverified).await.unwrap().role, Role::Admin, "somebody of their own");

    let world = with_rules(ProviderRules { domains: vec!["Shop.Example".into()], ..rules() }).await;
    world.control.ensure_admin("Grace").await.unwrap();
    let tom = member(&world, "tom", Role::Viewer).await;
    assert_eq!(
        enter(&world, &vouched("tom", &["ops"])).await.unwrap().id,
        tom.id,
        "the provider is believed"
    );
    let second = Vouched { subject: "tom-2".into(), ..vouched("tom", &["ops"]) };
    assert_eq!(enter(&world, &second).await, Err(TurnedAway::Email), "one identity takes a member");
    let elsewhere = Vouched { email: Some("tom@evil.example".into()), ..vouched("eve", &["heads"]) };
    assert_eq!(enter(&world, &elsewhere).await, Err(TurnedAway::Domain));
    let unverified = Vouched { email: None, ..vouched("eve", &["heads"]) };
    assert_eq!(enter(&world, &unverified).await, Err(TurnedAway::Domain));
}

#[tokio::test]
async fn without_groups_only_who_is_invited_comes_and_roles_are_given_here() {
    let none = ProviderRules { roles: vec![], domains: vec!["shop.example".into()], ..rules() };
    let world = with_rules(none.clone()).await;
    assert_eq!(enter(&world, &vouched("tom", &["ops"])).await, Err(TurnedAway::Uninvited));
    member(&world, "tom", Role::Product).await;
    assert_eq!(enter(&world, &vouched("tom", &[])).await.unwrap().role, Role::Product);

    let world = with_rules(ProviderRules { otherwise: Some(Role::Viewer), ..none }).await;
    world.control.ensure_admin("Grace").await.unwrap();
    let tom = enter(&world, &vouched("tom", &[])).await.unwrap();
    assert_eq!(tom.role, Role::Viewer);
    let promote = MemberChange { role: Some(Role::Operator), ..MemberChange::default() };
    world.control.change_member(&world.ann, &tom.id, promote).await.unwrap();
    assert_eq!(
        enter(&world, &vouched("tom", &[])).await.unwrap().role,
        Role::Operator,
        "as an admin made it"
    );
}

#[tokio::test]
async fn the_last_admin_stays_one_whatever_the_groups_say() {
    let world = with_rules(rules()).await;
    let head = enter(&world, &vouched("ada", &["heads"])).await.unwrap();
    assert_eq!(enter(&world, &vouched("ada", &["all"])).await.unwrap().role, Role::Admin);
    assert_eq!(enter(&world, &vouched("ada", &[])).await, Err(TurnedAway::Groups));
    let still = world.control.members(&world.ann).unwrap();
    assert_eq!((&still[0].id, still[0].active), (&head.id, true));
}

#[tokio::test]
async fn who_comes_twice_at_once_is_one_member() {
    let world = with_rules(rules()).await;
    let tom = vouched("tom", &["all"]);
    let (one, two) = tokio::join!(enter(&world, &tom), enter(&world, &tom));
    assert_eq!(one.unwrap().id, two.unwrap().id);
    assert_eq!(world.control.members(&world.ann).unwrap().len(), 1);
}
