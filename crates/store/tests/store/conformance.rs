//! What every store must do. Each case gets a store of its own.

use std::collections::BTreeSet;

use serde_json::json;
use switchyard_model::{
    BrokenGlass, Change, ChangeState, Comment, IfFrozen, Kind, Origin, Review, Schedule, ScheduleState,
    State, Verdict,
};
use switchyard_store::{
    Act, Applied, Attempt, AuditEntry, AuditQuery, Begun, Broken, ChangeQuery, DeliveryState, EnvironmentKey,
    Error, Fired, Firing, Holder, Identity, KeyKind, Member, Personal, Policy, Query, ReviewLink,
    SESSIONS_MAX, Session, Sessions, SignInLink, Store, Team, TeamApprovals, Token, Told, UsageAsked,
    UsageCount, UsageOutcome, Way, verify,
};

use crate::sample::{at, delivery, draft, entry, id, member, next, project, segment, shop, trigger, webhook};

/// A revision, the state it makes and the head move together; a stale head is refused and changes nothing.
pub(crate) async fn appends_against_the_expected_head(store: &dyn Store) {
    let empty = shop(store).await;
    let first = next(&empty, "one", vec![(id("production", "beta"), Some(segment("beta", &["ann"])))]);
    store.append("shop", &first, None).await.unwrap();
    let state = store.state("shop").await.unwrap();
    assert_eq!(state, empty.after(&first));
    assert_eq!(store.revision("shop", 1).await.unwrap(), Some(first.clone()));

    for wrong in [1, 3] {
        let mut late = next(&state, "late", vec![(id("staging", "x"), Some(segment("x", &[])))]);
        late.number = wrong;
        let refused = store.append("shop", &late, None).await;
        assert!(matches!(refused, Err(Error::HeadMoved { head: 1 })), "{refused:?}");
    }
    assert_eq!(store.state("shop").await.unwrap(), state);
    assert!(matches!(store.append("none", &first, None).await, Err(Error::NotFound("project"))));
}

/// Edits of one resource in one revision follow each other; deletions are deletions.
pub(crate) async fn keeps_the_last_of_several_edits(store: &dyn Store) {
    let empty = shop(store).await;
    let beta = || id("production", "beta");
    let first = next(
        &empty,
        "two steps",
        vec![(beta(), Some(segment("beta", &["ann"]))), (beta(), Some(segment("beta", &["bob"])))],
    );
    store.append("shop", &first, None).await.unwrap();
    let state = store.state("shop").await.unwrap();
    assert_eq!(state.segment("production", "beta").unwrap().included, ["bob"]);
    let second = next(&state, "gone", vec![(beta(), None)]);
    store.append("shop", &second, None).await.unwrap();
    assert!(store.state("shop").await.unwrap().is_empty());
}

/// The state at each revision is what replaying until there makes, versions too.
pub(crate) async fn knows_every_state_there_was(store: &dyn Store) {
    let mut states: Vec<State> = vec![shop(store).await];
    for n in 0..12_u64 {
        let state = states.last().unwrap();
        let key = ["a", "b", "c"][n as usize % 3];
        let after = (n % 5 != 4).then(|| segment(key, &[&n.to_string()]));
        let also = (id("staging", "all"), Some(segment("all", &[&n.to_string()])));
        let revision = next(state, &format!("step {n}"), vec![(id("production", key), after), also]);
        store.append("shop", &revision, None).await.unwrap();
        states.push(state.after(&revision));
    }
    for state in &states {
        assert_eq!(store.state_at("shop", state.revision).await.unwrap(), *state);
    }
    assert!(matches!(store.state_at("shop", 13).await, Err(Error::NotFound("revision"))));
}

/// History's filters, its order and its totals.
pub(crate) async fn finds_revisions(store: &dyn Store) {
    let mut state = shop(store).await;
    let mut write = async |title: &str, environment: &str, key: &str, origin: Option<Origin>| {
        let mut revision = next(&state, title, vec![(id(environment, key), Some(segment(key, &[title])))]);
        revision.origin = origin.unwrap_or(Origin::Files);
        store.append("shop", &revision, None).await.unwrap();
        state = state.after(&revision);
    };
    write("Open the 100% beta", "production", "beta", None).await;
    write("Try it first", "staging", "beta", None).await;
    write("Insiders", "production", "insiders", None).await;
    write("Take it back", "production", "beta", Some(Origin::Revert { of: 1 })).await;

    let all = Query::default;
    let cases: Vec<(Query, Vec<u64>, u64)> = vec![
        (all(), vec![4, 3, 2, 1], 4),
        (Query { limit: 2, ..all() }, vec![4, 3], 4),
        (Query { before: Some(3), limit: 1, ..all() }, vec![2], 4),
        (Query { environment: Some("production".into()), ..all() }, vec![4, 3, 1], 3),
        (Query { key: Some("beta".into()), ..all() }, vec![4, 2, 1], 3),
        (Query { kind: Some(Kind::Route), ..all() }, vec![], 0),
        (Query { author: Some("member-0".into()), ..all() }, vec![3, 1], 2),
        (Query { words: vec!["insider".into()], ..all() }, vec![3], 1),
        (Query { words: vec!["IT".into(), "back".into()], ..all() }, vec![4], 1),
        (Query { words: vec!["100%".into()], ..all() }, vec![1], 1),
        (Query { words: vec!["'; DROP TABLE revisions --".into()], ..all() }, vec![], 0),
    ];
    for (query, expected, total) in cases {
        let page = store.revisions("shop", &query).await.unwrap();
        let numbers: Vec<_> = page.items.iter().map(|r| r.number).collect();
        assert_eq!((numbers, page.total), (expected, total), "{query:?}");
    }
    let touching = store.touching("shop", &id("production", "beta"), 0).await.unwrap();
    assert_eq!(touching.iter().map(|r| r.number).collect::<Vec<_>>(), [4, 1]);
    assert_eq!(store.reverted_by("shop", 1).await.unwrap(), Some(4));
    assert_eq!(store.reverted_by("shop", 2).await.unwrap(), None);
}

/// A change is applied with its revision or not at all, at most once, and only at the version that was seen.
pub(crate) async fn applies_changes_with_their_revision(store: &dyn Store) {
    let state = shop(store).await;
    let mut change = draft("Beta");
    change.number = store.insert_change("shop", &change).await.unwrap();
    assert_eq!(change.number, 1);
    assert_eq!(store.insert_change("shop", &change).await.unwrap(), 2);
    assert_eq!(store.change("shop", 1).await.unwrap(), Some(change.clone()));

    change.version = 2;
    change.title = "Beta for all".into();
    store.update_change("shop", &change, 1, "ann", "change.edit").await.unwrap();
    assert!(matches!(
        store.update_change("shop", &change, 1, "ann", "change.edit").await,
        Err(Error::Stale { version: 2 })
    ));

    let applied = |version| Applied { number: 1, version, broke_glass: None };
    let revision = next(&state, "Beta", vec![(id("production", "beta"), Some(segment("beta", &[])))]);
    assert!(matches!(
        store.append("shop", &revision, Some(&applied(1))).await,
        Err(Error::Stale { version: 2 })
    ));
    assert_eq!(store.head("shop").await.unwrap(), 0, "nothing of a refused write stays");
    store.append("shop", &revision, Some(&applied(2))).await.unwrap();
    let change = store.change("shop", 1).await.unwrap().unwrap();
    assert_eq!((change.state, change.revision, change.version), (ChangeState::Applied, Some(1), 3));
    assert!(matches!(
        store.update_change("shop", &change, 3, "ann", "change.edit").await,
        Err(Error::Stale { version: 3 })
    ));
    let again = next(&state.after(&revision), "Again", vec![]);
    assert!(matches!(
        store.append("shop", &again, Some(&applied(3))).await,
        Err(Error::Stale { version: 3 })
    ));

    let drafts = ChangeQuery { state: Some(ChangeState::Draft), ..ChangeQuery::default() };
    let page = store.changes("shop", &drafts).await.unwrap();
    assert_eq!((page.items.len(), page.total, page.items[0].number), (1, 1, 2));
    assert!(matches!(
        store.update_change("shop", &Change { number: 9, ..change }, 1, "ann", "change.edit").await,
        Err(Error::NotFound("change"))
    ));
}

/// What people say of a change is kept in order, and only ever added to; whatever is open takes updates.
pub(crate) async fn keeps_what_is_said_of_a_change(store: &dyn Store) {
    let state = shop(store).await;
    let mut change = draft("Beta");
    change.number = store.insert_change("shop", &change).await.unwrap();
    change = Change {
        state: ChangeState::InReview,
        version: 2,
        editors: vec!["member-1".into(), "member-2".into()],
        edited: 2,
        links: vec!["https://tracker.example/T-1".into()],
        reviewers: vec!["member-3".into()],
        after: vec![4, 7],
        origin: Some(Origin::Revert { of: 7 }),
        ..change
    };
    store.update_change("shop", &change, 1, "ann", "change.edit").await.unwrap();
    change = Change { version: 3, ..change };
    store.update_change("shop", &change, 2, "ann", "change.edit").await.unwrap();
    assert_eq!(store.change("shop", 1).await.unwrap(), Some(change));

    let review = |who: &str, verdict, difference: Option<&str>| Review {
        who: who.into(),
        verdict,
        at: at(2),
        note: "hm".into(),
        version: 3,
        difference: difference.map(str::to_owned),
    };
    let given = [
        review("member-2", Verdict::Reject, None),
        review("member-2", Verdict::Approve, Some("aa")),
        review("member-2", Verdict::Approve, Some("aa")),
    ];
    for review in &given {
        store.insert_review("shop", 1, review).await.unwrap();
    }
    assert_eq!(store.reviews("shop", 1).await.unwrap(), given);
    assert!(matches!(store.insert_review("shop", 2, &given[0]).await, Err(Error::NotFound("change"))));

    let comment = |text: &str, edit| Comment { id: 0, who: "ann".into(), at: at(3), text: text.into(), edit };
    let mut said = [comment("why?", None), comment("this one", Some(4))];
    for (at, comment) in said.iter_mut().enumerate() {
        comment.id = store.insert_comment("shop", 1, comment).await.unwrap();
        assert_eq!(comment.id, at as u64 + 1);
    }
    assert_eq!(store.comments("shop", 1).await.unwrap(), said);
    assert_eq!(store.count_comments("shop", 1).await.unwrap(), 2);
    assert!(matches!(store.insert_comment("shop", 2, &said[0]).await, Err(Error::NotFound("change"))));

    // Broken glass is kept with the revision and its line of the audit log, or not at all.
    let glass = BrokenGlass { who: "ann".into(), reason: "it burns".into(), at: at(4) };
    let applied = |version| Applied {
        number: 1,
        version,
        broke_glass: Some((glass.clone(), entry("change.breakGlass"))),
    };
    let revision = next(&state, "Beta", vec![(id("production", "beta"), Some(segment("beta", &[])))]);
    let audited = told(store).await.len();
    assert!(store.append("shop", &revision, Some(&applied(1))).await.is_err());
    assert_eq!(told(store).await.len(), audited);
    store.append("shop", &revision, Some(&applied(3))).await.unwrap();
    assert_eq!(store.change("shop", 1).await.unwrap().unwrap().broke_glass, Some(glass));
    assert_eq!(told(store).await[..2], ["revision.apply", "change.breakGlass"]);
}

/// Changes in order are found from both ends.
pub(crate) async fn finds_what_comes_after(store: &dyn Store) {
    shop(store).await;
    for after in [vec![], vec![1], vec![1, 2], vec![2, 11]] {
        store.insert_change("shop", &Change { after, ..draft("x") }).await.unwrap();
    }
    let after = async |number| {
        let query = ChangeQuery { after: Some(number), ..ChangeQuery::default() };
        let found = store.changes("shop", &query).await.unwrap();
        assert_eq!(found.total, found.items.len() as u64);
        found.items.iter().map(|change| change.number).collect::<Vec<_>>()
    };
    assert_eq!(after(1).await, [3, 2]);
    assert_eq!(after(2).await, [4, 3]);
    assert_eq!(after(4).await, [0; 0]);
    assert_eq!(store.change("shop", 4).await.unwrap().unwrap().after, [2, 11]);
}

/// Who is mentioned is asked for until they answer, or until it is over.
pub(crate) async fn knows_who_has_not_answered(store: &dyn Store) {
    shop(store).await;
    for title in ["talked", "judged", "over"] {
        store.insert_change("shop", &draft(title)).await.unwrap();
    }
    let say = async |change, who: &str, second, text: &str| {
        let comment = Comment { id: 0, who: who.into(), at: at(second), text: text.into(), edit: None };
        store.insert_comment("shop", change, &comment).await.unwrap();
    };
    let only = |who: &[&str]| who.iter().map(|id| (*id).to_owned()).collect();
    let open = async |who: &str| {
        let found = store.unanswered("shop", who, who, &only(&[who]), 10).await.unwrap();
        found.into_iter().map(|(change, comment)| (change, comment.id)).collect::<Vec<_>>()
    };
    say(1, "ann", 1, "@bob and @cid, look").await;
    say(2, "ann", 2, "@bob?").await;
    say(3, "ann", 3, "@bob!").await;
    say(1, "bob", 4, "@bob knows that").await;
    assert_eq!(open("bob").await, [(3, 1), (2, 1)], "an answer is one, and to oneself none is owed");
    assert_eq!(open("cid").await, [(1, 1)]);
    assert_eq!(open("ann").await, []);
    say(1, "ann", 5, "@bob once more").await;
    assert_eq!(open("bob").await, [(1, 3), (3, 1), (2, 1)]);
    assert_eq!(store.unanswered("shop", "bob", "bob", &only(&["bob"]), 1).await.unwrap().len(), 1);

    let review = Review {
        who: "bob".into(),
        verdict: Verdict::Reject,
        at: at(6),
        note: String::new(),
        version: 1,
        difference: None,
    };
    store.insert_review("shop", 2, &review).await.unwrap();
    assert_eq!(open("bob").await, [(1, 3), (3, 1)]);
    let over =
        Change { number: 3, state: ChangeState::Rejected, version: 2, updated_at: at(7), ..draft("over") };
    store.update_change("shop", &over, 1, "ann", "change.discard").await.unwrap();
    assert_eq!(open("bob").await, [(1, 3)]);
    say(3, "cid", 8, "a pity, @bob").await;
    assert_eq!(open("bob").await, [(3, 2), (1, 3)], "said afterwards, it is still to be read");
}

/// An environment's settings change with their line of the audit log.
pub(crate) async fn changes_environments(store: &dyn Store) {
    shop(store).await;
    let mut environment = project("shop").environments.remove(0);
    (environment.name, environment.required_approvals) = ("Live".into(), 2);
    environment.approvals_from = vec![TeamApprovals { team: "payments".into(), approvals: 1 }];
    environment.owners_approve = true;
    let act = Act::ChangeEnvironment("shop".into(), environment.clone());
    store.administer(&act, &entry("environment.change")).await.unwrap();
    assert_eq!(store.projects().await.unwrap()[0].environments[0], environment);
    environment.key = "none".into();
    let act = Act::ChangeEnvironment("shop".into(), environment);
    let refused = store.administer(&act, &entry("environment.change")).await;
    assert!(matches!(refused, Err(Error::NotFound("environment"))), "{refused:?}");
}

/// Acts and their audit entries go together; what is refused leaves neither.
pub(crate) async fn audits_every_act(store: &dyn Store) {
    shop(store).await;
    let again = Act::CreateProject(project("shop"));
    assert!(matches!(store.administer(&again, &entry("project.create")).await, Err(Error::Exists)));
    store.administer(&Act::AddMember(member("ann")), &entry("member.add")).await.unwrap();
    let nobody = Act::ChangeMember(member("nobody"));
    assert!(matches!(
        store.administer(&nobody, &entry("member.change")).await,
        Err(Error::NotFound("member"))
    ));
    let audit = store.audit(&AuditQuery::default()).await.unwrap();
    let entries: Vec<_> = audit.items.into_iter().map(|row| row.entry).collect();
    let created = AuditEntry { target: "shop".into(), ..entry("project.create") };
    assert_eq!(entries, [entry("member.add"), created]);
    assert_eq!(store.members().await.unwrap(), [member("ann")]);
    assert_eq!(store.projects().await.unwrap(), [project("shop")]);
}

/// One of a team answers for all, but nobody answers themselves.
pub(crate) async fn knows_which_team_has_not_answered(store: &dyn Store) {
    shop(store).await;
    store.insert_change("shop", &draft("talked")).await.unwrap();
    let say = async |who: &str, second, text: &str| {
        let comment = Comment { id: 0, who: who.into(), at: at(second), text: text.into(), edit: None };
        store.insert_comment("shop", 1, &comment).await.unwrap();
    };
    let team: BTreeSet<String> = ["ann", "bob", "cid"].map(str::to_owned).into();
    let open = async |who: &str| {
        let found = store.unanswered("shop", who, "web", &team, 10).await.unwrap();
        found.into_iter().map(|(_, comment)| comment.id).collect::<Vec<_>>()
    };
    say("ann", 1, "@web, who knows this?").await;
    assert_eq!((open("ann").await, open("bob").await, open("cid").await), (vec![], vec![1], vec![1]));
    say("ann", 2, "Anybody?").await;
    say("dan", 3, "Not me").await;
    assert_eq!(open("bob").await, [1], "neither who asks nor who is not asked answers");
    say("cid", 4, "Me").await;
    assert_eq!((open("ann").await, open("bob").await), (vec![], vec![]));
}

/// A team is whole or not at all, and who is erased is in none.
pub(crate) async fn keeps_teams(store: &dyn Store) {
    let team = |version: u64, name: &str, members: &[&str]| Team {
        key: "payments".into(),
        name: name.into(),
        members: members.iter().map(|id| (*id).to_owned()).collect(),
        version,
        created_at: at(3),
    };
    for id in ["ann", "bob"] {
        store.administer(&Act::AddMember(member(id)), &entry("member.add")).await.unwrap();
    }
    let put = async |team| store.administer(&Act::PutTeam(team), &entry("team.put")).await;
    assert!(matches!(put(team(2, "Payments", &[])).await, Err(Error::Stale { version: 0 })));
    put(team(1, "Payments", &["ann", "bob"])).await.unwrap();
    let refused = put(team(2, "Ghosts", &["ann", "ghost"])).await;
    assert!(matches!(refused, Err(Error::NotFound("member"))), "{refused:?}");
    for old in [1, 3] {
        assert!(matches!(put(team(old, "Old", &[])).await, Err(Error::Stale { version: 1 })), "{old}");
    }
    assert_eq!(store.teams().await.unwrap(), [team(1, "Payments", &["ann", "bob"])]);

    let set = async |teams: &[&str]| {
        let teams = teams.iter().map(|key| (*key).into()).collect();
        store.administer(&Act::SetTeams("ann".into(), teams), &entry("member.teams")).await
    };
    assert!(matches!(set(&["payments", "none"]).await, Err(Error::NotFound("team"))));
    set(&[]).await.unwrap();
    assert_eq!(store.teams().await.unwrap(), [team(2, "Payments", &["bob"])]);
    set(&["payments"]).await.unwrap();
    set(&["payments"]).await.unwrap();
    assert_eq!(
        store.teams().await.unwrap(),
        [team(3, "Payments", &["ann", "bob"])],
        "the same is nothing new"
    );
    store.administer(&Act::EraseMember("bob".into()), &entry("member.erase")).await.unwrap();
    assert_eq!(store.teams().await.unwrap(), [team(4, "Payments", &["ann"])]);
    put(team(5, "Money", &[])).await.unwrap();
    assert_eq!(store.teams().await.unwrap(), [team(5, "Money", &[])]);
    let remove = Act::RemoveTeam("payments".into());
    store.administer(&remove, &entry("team.remove")).await.unwrap();
    assert!(matches!(store.administer(&remove, &entry("team.remove")).await, Err(Error::NotFound("team"))));
}

/// A policy is changed by who saw its newest version, and by nobody else; nothing is half done.
pub(crate) async fn keeps_policies(store: &dyn Store) {
    shop(store).await;
    let policy = |key: &str, text: &str, version: u64| Policy {
        project: "shop".into(),
        key: key.into(),
        name: "Percentages".into(),
        text: text.into(),
        version,
        updated_at: at(version as i64),
        updated_by: "ann".into(),
    };
    let put = async |policy: Policy| store.administer(&Act::PutPolicy(policy), &entry("policy.put")).await;
    put(policy("b", "one", 1)).await.unwrap();
    put(policy("a", "two", 1)).await.unwrap();
    assert!(matches!(put(policy("a", "again", 1)).await, Err(Error::Exists)));
    put(policy("a", "three", 2)).await.unwrap();
    assert!(matches!(put(policy("a", "late", 2)).await, Err(Error::Stale { version: 2 })));
    assert!(matches!(put(policy("none", "x", 2)).await, Err(Error::NotFound("policy"))));
    assert_eq!(store.policies().await.unwrap(), [policy("a", "three", 2), policy("b", "one", 1)]);

    let remove = async |key: &str, version| {
        store
            .administer(&Act::RemovePolicy("shop".into(), key.into(), version), &entry("policy.remove"))
            .await
    };
    assert!(matches!(remove("a", 1).await, Err(Error::Stale { version: 2 })));
    assert!(matches!(remove("none", 1).await, Err(Error::NotFound("policy"))));
    remove("a", 2).await.unwrap();
    assert_eq!(store.policies().await.unwrap(), [policy("b", "one", 1)]);
    let lines = told(store).await.into_iter().filter(|what| what.starts_with("policy.")).count();
    assert_eq!(lines, 4, "what was refused left no line");
}

/// Keys overlap as long as was said and no longer; a link signs in once.
pub(crate) async fn ends_what_must_end(store: &dyn Store) {
    shop(store).await;
    let key = |n: u8| EnvironmentKey {
        id: format!("key-{n}"),
        project: "shop".into(),
        environment: "production".into(),
        kind: KeyKind::Sdk,
        hash: [n; 32],
        hint: "abcd".into(),
        value: None,
        signer: (n == 3).then_some([5; 64]),
        created_at: at(n.into()),
        expires_at: None,
    };
    let add = async |n, end| store.administer(&Act::AddKey(key(n), end), &entry("key.create")).await;
    add(1, None).await.unwrap();
    add(2, Some(at(50))).await.unwrap();
    add(3, Some(at(90))).await.unwrap();
    assert!(matches!(add(3, None).await, Err(Error::Exists)));
    let ends: Vec<_> = store.keys().await.unwrap().into_iter().map(|k| k.expires_at).collect();
    assert_eq!(ends, [Some(at(50)), Some(at(90)), None], "a later rotation gives nobody more time");
    let signers: Vec<_> = store.keys().await.unwrap().into_iter().map(|k| k.signer).collect();
    assert_eq!(signers, [None, None, Some([5; 64])]);
    let secure = async |on| {
        let act = Act::SetSecureMode("shop".into(), "production".into(), on);
        store.administer(&act, &entry("environment.secure")).await.unwrap();
        store.secure_modes().await.unwrap()
    };
    assert_eq!(secure(true).await, [("shop".into(), "production".into())]);
    assert_eq!(secure(true).await.len(), 1, "what is on stays on");
    assert_eq!(secure(false).await, []);

    store.administer(&Act::AddMember(member("ann")), &entry("member.add")).await.unwrap();
    let link = SignInLink { hash: [7; 32], member: "ann".into(), expires_at: at(60) };
    store.administer(&Act::AddSignInLink(link), &entry("member.link")).await.unwrap();
    assert_eq!(store.use_sign_in_link(&[7; 32], at(60)).await.unwrap(), None, "over");
    assert_eq!(store.use_sign_in_link(&[7; 32], at(59)).await.unwrap(), Some("ann".into()));
    assert_eq!(store.use_sign_in_link(&[7; 32], at(59)).await.unwrap(), None, "used");

    let token = Token {
        id: "token-1".into(),
        name: "CI".into(),
        role: switchyard_model::access::Role::Operator,
        project: Some("shop".into()),
        hash: [9; 32],
        hint: "9999".into(),
        created_by: "ann".into(),
        team: None,
        created_at: at(1),
        expires_at: Some(at(1000)),
        last_used_at: None,
        removed_at: None,
        previous: None,
    };
    store.administer(&Act::AddToken(token.clone()), &entry("token.create")).await.unwrap();
    store.token_used("token-1", at(5)).await.unwrap();
    let used = Token { last_used_at: Some(at(5)), ..token };
    assert_eq!(store.tokens().await.unwrap(), std::slice::from_ref(&used));
    let rotate = Act::RotateToken("token-1".into(), [10; 32], "0000".into(), at(70));
    store.administer(&rotate, &entry("token.rotate")).await.unwrap();
    let previous = Some(([9; 32], at(70)));
    let rotated = Token { hash: [10; 32], hint: "0000".into(), previous, ..used };
    assert_eq!(store.tokens().await.unwrap(), std::slice::from_ref(&rotated));
    let members = BTreeSet::from(["ann".to_owned()]);
    let team = Team { key: "web".into(), name: "Web".into(), members, version: 1, created_at: at(3) };
    store.administer(&Act::PutTeam(team), &entry("team.put")).await.unwrap();
    let hand = |id: &str| Act::HandToken(id.into(), "web".into());
    store.administer(&hand("token-1"), &entry("token.handOver")).await.unwrap();
    let handed = Token { team: Some("web".into()), ..rotated };
    assert_eq!(store.tokens().await.unwrap(), [handed]);
    let none = store.administer(&hand("token-2"), &entry("token.handOver")).await;
    assert!(matches!(none, Err(Error::NotFound("token"))), "{none:?}");

    let session = |n: u8, holder| Session {
        id: format!("session-{n}"),
        hash: [n; 32],
        holder,
        way: Way::Link,
        created_at: at(1),
        used_at: at(1),
        expires_at: at(100),
        ends_at: at(300),
        address: Some("192.0.2.1".into()),
        agent: None,
    };
    let (ann, ci) = (Holder::Member("ann".into()), Holder::Token("token-1".into()));
    let (of_ann, of_token) = (session(20, ann.clone()), session(21, ci));
    store.insert_session(&of_ann, &entry("session.begin")).await.unwrap();
    store.insert_session(&of_token, &entry("session.begin")).await.unwrap();
    assert_eq!(store.session(&[21; 32]).await.unwrap(), Some(of_token));
    store.session_used(&[20; 32], at(50), at(200), None).await.unwrap();
    let used = Session { used_at: at(50), expires_at: at(200), ..of_ann };
    assert_eq!(store.sessions(Some(&ann), at(199)).await.unwrap(), [used]);
    assert_eq!(store.sessions(None, at(50)).await.unwrap().len(), 2);
    assert_eq!(store.sessions(None, at(200)).await.unwrap(), [], "not used for too long");
    for n in 0..=SESSIONS_MAX as u8 {
        store.insert_session(&session(100 + n, ann.clone()), &entry("session.begin")).await.unwrap();
    }
    assert_eq!(store.sessions(Some(&ann), at(1)).await.unwrap().len(), SESSIONS_MAX as usize);
    assert_eq!(store.session(&[20; 32]).await.unwrap(), None, "the oldest made room");
    let end = async |which| store.end_sessions(&which, &entry("session.end")).await.unwrap();
    assert_eq!(end(Sessions::One("session-101".into())).await, 1);
    assert_eq!(end(Sessions::Others(ann.clone(), [102; 32])).await, u64::from(SESSIONS_MAX) - 2);
    let lines = told(store).await.len();
    assert_eq!(end(Sessions::One("session-101".into())).await, 0);
    assert_eq!(told(store).await.len(), lines, "nothing was done, so nothing is told");

    store.administer(&Act::RemoveToken("token-1".into()), &entry("token.revoke")).await.unwrap();
    assert_eq!(store.session(&[21; 32]).await.unwrap(), None, "a token's sessions end with it");
    let mut ann = member("ann");
    ann.active = false;
    store.administer(&Act::ChangeMember(ann), &entry("member.change")).await.unwrap();
    assert_eq!(store.sessions(None, at(1)).await.unwrap(), [], "so do those of who is locked out");

    store.forget_ended(at(60)).await.unwrap();
    assert_eq!(store.keys().await.unwrap().len(), 2);
}

/// A password ends what it was set against; an identity is one member's; an e-mail address is too.
pub(crate) async fn keeps_how_people_come_in(store: &dyn Store) {
    let with = |id: &str, email: &str| Member { email: Some(email.into()), ..member(id) };
    let act = async |act| store.administer(&act, &entry("act")).await;
    act(Act::AddMember(with("ann", "ann@shop.example"))).await.unwrap();
    assert!(matches!(act(Act::AddMember(with("bob", "Ann@shop.example"))).await, Err(Error::Exists)));
    act(Act::AddMember(with("bob", "bob@shop.example"))).await.unwrap();
    let taken = act(Act::ChangeMember(with("bob", "ann@shop.example"))).await;
    assert!(matches!(taken, Err(Error::Exists)), "{taken:?}");

    let session = |n: u8| Session {
        id: format!("session-{n}"),
        hash: [n; 32],
        holder: Holder::Member("ann".into()),
        way: Way::Password,
        created_at: at(1),
        used_at: at(1),
        expires_at: at(100),
        ends_at: at(100),
        address: None,
        agent: Some("Firefox".into()),
    };
    store.insert_session(&session(1), &entry("session.begin")).await.unwrap();
    store.insert_session(&session(2), &entry("session.begin")).await.unwrap();
    let link = SignInLink { hash: [7; 32], member: "ann".into(), expires_at: at(60) };
    act(Act::AddSignInLink(link)).await.unwrap();
    act(Act::SetPassword("ann".into(), "$argon2id$first".into(), [2; 32])).await.unwrap();
    act(Act::SetPassword("ann".into(), "$argon2id$second".into(), [2; 32])).await.unwrap();
    assert_eq!(store.password("ann").await.unwrap().as_deref(), Some("$argon2id$second"));
    assert_eq!(store.with_password().await.unwrap(), ["ann"]);
    assert_eq!(store.sessions(None, at(1)).await.unwrap(), [session(2)], "only the one that set it goes on");
    assert_eq!(store.use_sign_in_link(&[7; 32], at(1)).await.unwrap(), None, "nor do links");
    act(Act::RemovePassword("ann".into())).await.unwrap();
    assert_eq!(store.password("ann").await.unwrap(), None);
    assert_eq!(store.sessions(None, at(1)).await.unwrap(), []);
    assert!(matches!(act(Act::RemovePassword("ann".into())).await, Err(Error::NotFound("password"))));

    let identity = |member: &str, shut| Identity {
        issuer: "https://id.example".into(),
        subject: "42".into(),
        member: member.into(),
        shut,
        created_at: at(1),
    };
    act(Act::Identify(with("cem", "cem@shop.example"), identity("cem", false))).await.unwrap();
    let gone = Member { active: false, ..with("cem", "cem@shop.example") };
    act(Act::Identify(gone.clone(), identity("cem", true))).await.unwrap();
    assert_eq!(store.identities().await.unwrap(), [identity("cem", true)]);
    assert!(store.members().await.unwrap().contains(&gone));
    act(Act::ChangeMember(with("cem", "cem@shop.example"))).await.unwrap();
    assert_eq!(store.identities().await.unwrap(), [identity("cem", false)], "an admin let them in again");
    let other = act(Act::Identify(with("dan", "dan@shop.example"), identity("dan", false))).await;
    assert!(matches!(other, Err(Error::Exists)), "{other:?}");
    assert!(!store.members().await.unwrap().iter().any(|m| m.id == "dan"), "and no member is left behind");
    act(Act::EraseMember("cem".into())).await.unwrap();
    assert_eq!(store.identities().await.unwrap(), []);
}

/// What the log says was done, newest first.
async fn told(store: &dyn Store) -> Vec<String> {
    let page = store.audit(&AuditQuery::default()).await.unwrap();
    page.items.into_iter().map(|row| row.entry.what).collect()
}

/// Every write leaves a line, lines are found, and the whole holds together with the history.
pub(crate) async fn chains_the_audit_log(store: &dyn Store) {
    let state = shop(store).await;
    let first = next(&state, "Beta", vec![(id("production", "beta"), Some(segment("beta", &[])))]);
    store.append("shop", &first, None).await.unwrap();
    let mut change = draft("Beta");
    change.number = store.insert_change("shop", &change).await.unwrap();
    change.version = 2;
    store.update_change("shop", &change, 1, "bob", "change.submit").await.unwrap();
    store.record(&AuditEntry { target: "100%_sure".into(), ..entry("refused") }).await.unwrap();
    assert_eq!(
        told(store).await,
        ["refused", "change.submit", "change.create", "revision.apply", "project.create"],
    );

    let count = async |query: AuditQuery| store.audit(&query).await.unwrap().total;
    let all = AuditQuery::default;
    assert_eq!(count(AuditQuery { who: Some("bob".into()), ..all() }).await, 1);
    assert_eq!(count(AuditQuery { what: Some("change.".into()), ..all() }).await, 2);
    assert_eq!(count(AuditQuery { target: Some("shop".into()), ..all() }).await, 4);
    assert_eq!(count(AuditQuery { target: Some("shop/C-1".into()), ..all() }).await, 2);
    assert_eq!(count(AuditQuery { words: vec!["beta".into()], ..all() }).await, 1);
    assert_eq!(count(AuditQuery { words: vec!["0%_s".into()], ..all() }).await, 1);
    assert_eq!(count(AuditQuery { words: vec!["0__s".into()], ..all() }).await, 0);
    assert_eq!(count(AuditQuery { until: Some(at(0)), ..all() }).await, 0);
    let page = store.audit(&AuditQuery { before: Some(4), limit: 2, ..all() }).await.unwrap();
    assert_eq!((page.total, page.items.len(), page.items[0].seq), (5, 2, 3));

    let verified = verify(store, None).await.unwrap().unwrap();
    assert_eq!((verified.lines, verified.revisions, verified.unchained), (5, 1, 0));
    let second = next(&state.after(&first), "Beta", vec![(id("production", "beta"), None)]);
    store.append("shop", &second, None).await.unwrap();
    let later = verify(store, Some(&verified.head)).await.unwrap().unwrap();
    assert_eq!((later.lines, later.noted), (6, Some(5)));
    assert_eq!(verify(store, Some("beef")).await.unwrap(), Err(Broken::Head { lines: 6 }));
}

/// Personal data goes, and the chain stays whole.
pub(crate) async fn erases_personal_data(store: &dyn Store) {
    shop(store).await;
    store.administer(&Act::AddMember(member("ann")), &entry("member.add")).await.unwrap();
    let of = |member: &str| Some(Personal { member: member.into(), data: json!({ "address": "192.0.2.7" }) });
    for who in ["ann", "bob"] {
        store.record(&AuditEntry { personal: of(who), ..entry("session.begin") }).await.unwrap();
    }
    let before = verify(store, None).await.unwrap().unwrap();
    store.administer(&Act::EraseMember("ann".into()), &entry("member.erase")).await.unwrap();
    let rows = store.audit_after(0, 100).await.unwrap();
    let kept: Vec<_> = rows.iter().filter_map(|row| row.entry.personal.as_ref()).collect();
    assert_eq!(kept, [&of("bob").unwrap()]);
    assert!(rows[2].commitment.is_some() && rows[2].salt.is_none(), "that there was something stays");
    let after = verify(store, Some(&before.head)).await.unwrap().unwrap();
    assert_eq!((after.lines, after.noted), (5, Some(4)));
    let ann = &store.members().await.unwrap()[0];
    assert_eq!((&*ann.name, &ann.email, ann.active), ("erased member", &None, false));
}

/// The outbox fills itself in the transaction of what it tells of, and only where somebody listens.
pub(crate) async fn tells_what_happened(store: &dyn Store) {
    let empty = shop(store).await;
    let first = next(&empty, "one", vec![(id("production", "beta"), Some(segment("beta", &[])))]);
    store.append("shop", &first, None).await.unwrap();
    assert_eq!(store.happenings(10).await.unwrap(), []);
    let mut hook = webhook("hook-1");
    store.put_webhook(&hook, &entry("webhook.create")).await.unwrap();
    assert_eq!(store.webhook("hook-1").await.unwrap().as_ref(), Some(&hook));

    let state = empty.after(&first);
    let mut second = next(&state, "two", vec![(id("production", "beta"), None)]);
    second.origin = Origin::Revert { of: 1 };
    let mut late = second.clone();
    late.number = 7;
    store.append("shop", &late, None).await.unwrap_err();
    let number = store.insert_change("shop", &draft("Beta")).await.unwrap();
    let mut change = Change { number, version: 2, state: ChangeState::InReview, ..draft("Beta") };
    store.update_change("shop", &change, 1, "member-1", "change.submit").await.unwrap();
    store.update_change("shop", &change, 1, "member-1", "change.submit").await.unwrap_err();
    let verdict = |verdict| Review {
        who: "member-1".into(),
        verdict,
        at: at(5),
        note: String::new(),
        version: 2,
        difference: None,
    };
    store.insert_review("shop", number, &verdict(Verdict::Reject)).await.unwrap();
    store.insert_review("shop", number, &verdict(Verdict::Approve)).await.unwrap();
    let comment = Comment { id: 0, who: "member-1".into(), at: at(6), text: "hm".into(), edit: None };
    store.insert_comment("shop", number, &comment).await.unwrap();
    store.append("shop", &second, Some(&Applied { number, version: 2, broke_glass: None })).await.unwrap();
    store.tell("shop", "guardrail.blocked", "{}", at(9)).await.unwrap();
    store.tell("other", "guardrail.blocked", "{}", at(9)).await.unwrap();
    change.number = store.insert_change("shop", &Change { number: 0, ..change }).await.unwrap();

    let told = store.happenings(100).await.unwrap();
    let seen: Vec<_> = told.iter().map(|h| (&*h.event, h.number, h.part)).collect();
    assert_eq!(
        seen,
        [
            ("change.submitted", Some(1), None),
            ("change.rejected", Some(1), Some(1)),
            ("change.approved", Some(1), Some(2)),
            ("change.commented", Some(1), Some(1)),
            ("revision.reverted", Some(2), None),
            ("guardrail.blocked", None, None),
            ("change.submitted", Some(2), None),
        ]
    );
    hook.active = false;
    store.put_webhook(&hook, &entry("webhook.change")).await.unwrap();
    store.insert_comment("shop", number, &comment).await.unwrap();
    assert_eq!(store.happenings(100).await.unwrap().len(), told.len(), "nobody listens any more");
}

/// Deliveries take the place of what they tell, in one step; they are tried in order, each until it is over.
pub(crate) async fn keeps_deliveries(store: &dyn Store) {
    shop(store).await;
    store.put_webhook(&webhook("hook-1"), &entry("webhook.create")).await.unwrap();
    store.put_webhook(&webhook("hook-2"), &entry("webhook.create")).await.unwrap();
    store.tell("shop", "guardrail.blocked", "{}", at(1)).await.unwrap();
    store.tell("shop", "guardrail.blocked", "{}", at(2)).await.unwrap();
    let all = store.happenings(10).await.unwrap();
    let [first, second] = [all[0].sequence, all[1].sequence];
    let told = |name: &str, sequence| Told {
        deliveries: vec![
            delivery(name, "hook-1", sequence),
            delivery(&format!("{name}-2"), "hook-2", sequence),
        ],
        ..Told::default()
    };
    store.dispatch(first, &told("a", first)).await.unwrap();
    assert_eq!(store.happenings(10).await.unwrap(), all[1..]);
    // A second process for a moment: it is told once, and what was in the same step did not happen either.
    store.dispatch(second, &told("a", second)).await.unwrap_err();
    assert_eq!(store.happenings(10).await.unwrap(), all[1..]);
    store.dispatch(second, &told("b", second)).await.unwrap();
    assert_eq!(store.happenings(10).await.unwrap(), []);

    let mut tried = store.next_delivery("hook-1").await.unwrap().unwrap();
    assert_eq!(tried.id, "a");
    tried.attempts = 1;
    tried.next_at = at(100);
    let last =
        Attempt { at: at(11), status: Some(500), ms: 7, error: Some("no".into()), answer: Some("x".into()) };
    tried.last = Some(last);
    store.settle(&tried).await.unwrap();
    assert_eq!(store.next_delivery("hook-1").await.unwrap().unwrap().id, "b", "it holds up nobody");
    let page = store.hook_deliveries("hook-1", None, 10).await.unwrap();
    assert_eq!((page.total, &page.items[1], &*page.items[0].id), (2, &tried, "b"));
    assert_eq!(store.hook_deliveries("hook-1", Some("b"), 10).await.unwrap().items, [tried.clone()]);

    // Sent again while it is under way: what the try comes to is not what it stands at.
    store.resend("hook-1", "a", at(20), &entry("webhook.resend")).await.unwrap();
    tried.state = DeliveryState::Failed;
    store.settle(&tried).await.unwrap();
    let again = &store.hook_deliveries("hook-1", Some("b"), 1).await.unwrap().items[0];
    assert_eq!((again.state, again.attempts, again.since), (DeliveryState::Waiting, 0, at(20)));
    let missing = store.resend("hook-2", "a", at(20), &entry("webhook.resend")).await;
    assert!(matches!(missing, Err(Error::NotFound("delivery"))));

    let mut over = again.clone();
    over.state = DeliveryState::Delivered;
    over.last = Some(Attempt { at: at(30), status: Some(200), ms: 1, error: None, answer: None });
    store.settle(&over).await.unwrap();
    store.forget_deliveries(at(30)).await.unwrap();
    assert_eq!(store.hook_deliveries("hook-1", None, 10).await.unwrap().total, 2);
    store.forget_deliveries(at(31)).await.unwrap();
    assert_eq!(store.hook_deliveries("hook-1", None, 10).await.unwrap().total, 1, "what waits is kept");
    store.remove_webhook("hook-1", &entry("webhook.remove")).await.unwrap();
    assert_eq!(store.next_delivery("hook-1").await.unwrap(), None);
    assert!(matches!(store.remove_webhook("hook-1", &entry("x")).await, Err(Error::NotFound("webhook"))));
}

/// A link is used once, by whoever comes first, and not after its end.
pub(crate) async fn uses_review_links_up(store: &dyn Store) {
    shop(store).await;
    store.administer(&Act::AddMember(member("member-1")), &entry("member.add")).await.unwrap();
    let link = ReviewLink {
        id: "a".into(),
        project: "shop".into(),
        change: 1,
        member: "member-1".into(),
        difference: "d".into(),
        expires_at: at(10),
        used_at: None,
    };
    let links = vec![link.clone(), ReviewLink { id: "b".into(), ..link.clone() }];
    let voided = vec![("shop".into(), 1, 2)];
    store.dispatch(1, &Told { links, voided, ..Told::default() }).await.unwrap();
    assert_eq!(store.told_void("shop").await.unwrap(), [(1, 2)]);
    assert_eq!(store.review_link("a").await.unwrap(), Some(link));
    assert!(store.use_review_link("a", at(9), &entry("used")).await.unwrap());
    assert!(!store.use_review_link("a", at(9), &entry("used")).await.unwrap());
    store.release_review_link("a").await.unwrap();
    assert!(store.use_review_link("a", at(9), &entry("used")).await.unwrap());
    assert!(!store.use_review_link("b", at(10), &entry("used")).await.unwrap());
    assert!(!store.use_review_link("none", at(1), &entry("used")).await.unwrap());
}

/// A firing of a key is one firing; of what came of it the first counts.
pub(crate) async fn keeps_firings(store: &dyn Store) {
    shop(store).await;
    let trigger = trigger("trigger-1");
    store.put_trigger(&trigger, &entry("trigger.create")).await.unwrap();
    assert_eq!(store.trigger("trigger-1").await.unwrap().as_ref(), Some(&trigger));
    assert_eq!(store.triggers("shop").await.unwrap(), [trigger]);
    let firing = |key: Option<&str>| Firing {
        number: 0,
        trigger: "trigger-1".into(),
        at: at(1),
        key: key.map(str::to_owned),
        excerpt: "hello".into(),
        fired: None,
    };
    let fired = |outcome: &str| Fired {
        outcome: outcome.into(),
        detail: "d".into(),
        revision: Some(2),
        change: None,
    };
    let Begun::New(one) = store.begin_firing(&firing(Some("k"))).await.unwrap() else { panic!("it is new") };
    let again = store.begin_firing(&firing(Some("k"))).await.unwrap();
    assert_eq!(again, Begun::Again(Firing { number: one, ..firing(Some("k")) }));
    for (outcome, counts) in [("refused", "refused"), ("applied", "applied"), ("unchanged", "applied")] {
        store.finish_firing(one, &fired(outcome)).await.unwrap();
        let Begun::Again(there) = store.begin_firing(&firing(Some("k"))).await.unwrap() else {
            panic!("{outcome}")
        };
        assert_eq!(there.fired, Some(fired(counts)));
    }
    for _ in 0..1_001 {
        store.begin_firing(&firing(None)).await.unwrap();
    }
    let page = store.firings("trigger-1", None, 2).await.unwrap();
    assert_eq!((page.total, page.items.len()), (1_000, 2));
    let rest = store.firings("trigger-1", Some(page.items[1].number), 10_000).await.unwrap();
    assert_eq!(rest.items.len(), 998);
    store.remove_trigger("trigger-1", &entry("trigger.remove")).await.unwrap();
    assert_eq!(store.firings("trigger-1", None, 1).await.unwrap().total, 0);
}

/// A step is done once, with what it does; who comes second changes nothing.
pub(crate) async fn does_each_step_of_a_schedule_once(store: &dyn Store) {
    let state = shop(store).await;
    let mut change = draft("Beta");
    change.number = store.insert_change("shop", &change).await.unwrap();
    let schedule = Schedule {
        change: 1,
        by: "ann".into(),
        made_at: at(1),
        zone: "UTC".into(),
        apply_at: Some(at(10)),
        revert_at: Some(at(20)),
        revert_after: None,
        if_frozen: IfFrozen::Wait,
        grace: 60,
        state: ScheduleState::ToApply,
        step: 0,
        waits_until: None,
        revision: None,
        reverted: None,
        notice: None,
    };
    let none = Schedule { change: 9, ..schedule.clone() };
    assert!(matches!(store.put_schedule("shop", &none).await, Err(Error::NotFound("change"))));
    assert_eq!(store.put_schedule("shop", &schedule).await.unwrap(), schedule);
    assert!(matches!(store.put_schedule("shop", &schedule).await, Err(Error::Exists)));
    assert_eq!(store.next_due().await.unwrap(), Some(at(10)));
    assert_eq!(store.due(at(9)).await.unwrap(), []);
    assert_eq!(store.due(at(10)).await.unwrap(), [("shop".to_owned(), schedule.clone())]);

    let revision = next(&state, "Beta", vec![(id("production", "beta"), Some(segment("beta", &[])))]);
    let applied = Applied { number: 1, version: 1, broke_glass: None };
    let after = schedule.after(1, at(10));
    store.append_step("shop", &revision, Some(&applied), &after).await.unwrap();
    let again = next(&state.after(&revision), "Beta", vec![(id("production", "beta"), None)]);
    let lines = store.audit(&AuditQuery::default()).await.unwrap().total;
    assert!(matches!(
        store.append_step("shop", &again, None, &after).await,
        Err(Error::Stale { version: 1 })
    ));
    assert_eq!(store.head("shop").await.unwrap(), 1, "nothing of a step that was done stays");
    assert_eq!(store.audit(&AuditQuery::default()).await.unwrap().total, lines);
    assert_eq!(store.schedule("shop", 1).await.unwrap(), Some(after.clone()));
    assert_eq!((after.state, after.due(), after.revision), (ScheduleState::ToRevert, Some(at(20)), Some(1)));

    let stopped = after.ended(ScheduleState::Stopped, Some("no longer fits".into()));
    store.move_schedule("shop", &stopped, "switchyard", "schedule.stop", at(20)).await.unwrap();
    let late = store.move_schedule("shop", &stopped, "ann", "schedule.cancel", at(21)).await;
    assert!(matches!(late, Err(Error::Stale { version: 2 })));
    assert_eq!((store.next_due().await.unwrap(), store.due(at(99)).await.unwrap()), (None, vec![]));
    assert_eq!(store.schedules("shop", true).await.unwrap(), []);
    assert_eq!(store.schedules("shop", false).await.unwrap(), std::slice::from_ref(&stopped));

    // A change's next schedule is another one, for who still holds the first too.
    let second = store.put_schedule("shop", &schedule).await.unwrap();
    assert_eq!((second.step, &second), (3, &Schedule { step: 3, ..schedule.clone() }));
    let again = next(&store.state("shop").await.unwrap(), "Beta", vec![(id("production", "beta"), None)]);
    for stale in [schedule.after(2, at(30)), after.after(2, at(30))] {
        let late = store.append_step("shop", &again, None, &stale).await;
        assert!(matches!(late, Err(Error::Stale { version: 3 })), "{late:?}");
    }
    let counted = Schedule { revert_after: Some(7), ..second };
    store.append_step("shop", &again, None, &counted.after(2, at(30))).await.unwrap();
    let kept = store.schedule("shop", 1).await.unwrap().unwrap();
    assert_eq!((kept.step, kept.revert_at), (4, Some(at(37))), "counted from when it applied");
}

const DAY: i64 = 86_400;

/// A count of variation 1 of `f` in production, in the minute that begins at `start`.
fn counted(start: i64, count: u64) -> UsageCount {
    UsageCount {
        project: "shop".into(),
        environment: "production".into(),
        flag: "f".into(),
        variation: Some(1),
        reason: "RULE_MATCH".into(),
        rule: Some("r".into()),
        version: 3,
        start,
        step: 60,
        count,
        last: start + 59,
    }
}

fn asked(flag: &str, by: &str, known: bool, at: i64) -> UsageAsked {
    let [project, environment] = ["shop", "production"].map(str::to_owned);
    let (flag, by) = (flag.into(), by.into());
    UsageAsked { project, environment, flag, by, known, first: at, last: at, count: 1 }
}

/// Whatever the buckets become with time, the sums are what was counted; a year and more later all is gone.
pub(crate) async fn adds_up_what_flags_served(store: &dyn Store) {
    let start = 20_000 * DAY;
    let mut all = 0;
    for minute in 0..600_i64 {
        let count = counted(start + minute * 60, minute as u64 + 1);
        store.add_usage(&[count.clone(), UsageCount { variation: None, ..count }], &[], &[]).await.unwrap();
        all += minute as u64 + 1;
    }
    store.add_usage(&[counted(start, 5)], &[], &[]).await.unwrap();
    all += 5;
    let sum = async || {
        let rows = store.usage_of_flag("shop", "production", "f", start, 60).await.unwrap();
        let of = |variation| rows.iter().filter(|r| r.1 == variation).map(|r| r.2).sum::<u64>();
        (of(Some(1)), of(None), rows.len())
    };
    let end = start + 600 * 60;
    assert_eq!(sum().await, (all, all - 5, 1_200));
    // Power lost between is no matter: it is one transaction, and doing it again changes nothing.
    for _ in 0..2 {
        store.roll_up_usage(end).await.unwrap();
        assert_eq!(sum().await, (all, all - 5, 2 * (7 + 180)));
    }
    let since = store.usage_since(end - 3_600).await.unwrap();
    assert_eq!(since.len(), 2 * 60);
    assert_eq!(since[119], UsageCount { variation: since[119].variation, ..counted(end - 60, 600) });
    assert_eq!((since[0].start, since[119].start), (end - 3_600, end - 60));

    store.roll_up_usage(end + 20 * DAY).await.unwrap();
    assert_eq!(sum().await, (all, all - 5, 2));
    let days = store.usage_of_flag("shop", "production", "f", 0, 30 * DAY).await.unwrap();
    assert_eq!(days.iter().map(|d| d.2).sum::<u64>(), 2 * all - 5);
    let ever = store.ever_served("shop").await.unwrap();
    let said: Vec<_> = ever.iter().map(|e| (&*e.flag, e.variation, e.first, e.last, e.count)).collect();
    assert_eq!(said, [("f", None, start, end - 1, all - 5), ("f", Some(1), start, end - 1, all)]);
    assert!(store.ever_served("other").await.unwrap().is_empty());

    store.roll_up_usage(end + 402 * DAY).await.unwrap();
    assert_eq!((sum().await.2, store.ever_served("shop").await.unwrap().len()), (0, 0));
}

/// Who asked is known, newest first and bounded; what people did is summed by day.
pub(crate) async fn forgets_who_asked_too_long_ago(store: &dyn Store) {
    let many = |known, n: i64| (0..n).map(move |n| asked("f", &format!("app {n}"), known, 1_000 + n));
    store.add_usage(&[], &many(true, 30).collect::<Vec<_>>(), &[]).await.unwrap();
    store.add_usage(&[], &many(false, 1_100).collect::<Vec<_>>(), &[]).await.unwrap();
    store.add_usage(&[], &[asked("f", "app 7", true, 5_000)], &[]).await.unwrap();
    store.roll_up_usage(6_000).await.unwrap();
    let askers = store.askers("shop", "production", "f").await.unwrap();
    assert_eq!(askers.len(), 20);
    assert_eq!(askers[0], UsageAsked { first: 1_007, count: 2, ..asked("f", "app 7", true, 5_000) });
    assert_eq!(store.asked_in_vain("shop", "production").await.unwrap().len(), 1_000);
    assert!(store.askers("shop", "staging", "f").await.unwrap().is_empty());

    let did = |variation, day, total| UsageOutcome {
        project: "shop".into(),
        environment: "production".into(),
        event: "bought".into(),
        served: Some(("f".into(), variation)),
        day,
        count: 1,
        total,
    };
    let outcomes = [
        did(1, DAY, 2.5),
        did(1, DAY, 1.0),
        did(0, 2 * DAY, 1.0),
        UsageOutcome { served: None, ..did(0, DAY, 9.0) },
    ];
    store.add_usage(&[], &[], &outcomes).await.unwrap();
    let found = store.outcomes("shop", "production", "f", DAY).await.unwrap();
    assert_eq!(found, [did(0, 2 * DAY, 1.0), UsageOutcome { count: 2, ..did(1, DAY, 3.5) }]);
    assert_eq!(store.outcomes("shop", "production", "f", 2 * DAY).await.unwrap().len(), 1);
    assert_eq!(store.outcomes("shop", "production", "", 0).await.unwrap()[0].served, None);
}
