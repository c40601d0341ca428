//! A project's own policies.

use switchyard_model::Kind;
use switchyard_model::access::Role;
use switchyard_model::ids::Key;
use switchyard_policy::{Ask, Aspect, Aspects, Deed, Effect, On, Own, Owner, Place, Rules, Source, Via};

use crate::{ask, member, rules, subject};

fn only(aspects: &[Aspect]) -> Aspects {
    aspects.iter().copied().collect()
}

#[test]
fn a_percentage_but_not_its_rules() {
    let rules = rules(
        r#"forbid (principal in Role::"product", action in [Action::"propose", Action::"apply"], resource)
           when { resource.production }
           unless { [Aspect::"percentage", Aspect::"on"].containsAll(context.aspects) };"#,
    );
    let (production, staging) =
        (subject("production", Kind::Targeting, "f"), subject("staging", Kind::Targeting, "f"));
    let flag = subject("", Kind::Flag, "f");
    for (subject, aspects, allowed) in [
        (&production, &[Aspect::Percentage][..], true),
        (&production, &[Aspect::On, Aspect::Percentage], true),
        (&production, &[], true),
        (&production, &[Aspect::Rules], false),
        (&production, &[Aspect::Percentage, Aspect::Rules], false),
        (&production, &[Aspect::Created], false),
        (&staging, &[Aspect::Rules], true),
        // A flag's variations act in production too.
        (&flag, &[Aspect::Variations], false),
    ] {
        for deed in [Deed::Propose, Deed::Apply] {
            let asked = ask(member(Role::Product, &[]), deed, subject, only(aspects));
            assert_eq!(rules.allows(&asked), allowed, "{subject:?} {aspects:?}");
        }
        let asked = ask(member(Role::Developer, &[]), Deed::Apply, subject, only(aspects));
        assert!(rules.allows(&asked), "only the role product is held to it");
    }
    let asked = ask(member(Role::Product, &[]), Deed::Apply, &production, only(&[Aspect::Rules]));
    let decision = rules.decide(&asked);
    assert_eq!(decision.by.len(), 1);
    assert_eq!(decision.by[0].source, Source::Own("mine".into()));
    assert_eq!(decision.by[0].effect, Effect::Forbid);
    assert_eq!(decision.by[0].via, Some(Via::Role(Role::Product)));
}

#[test]
fn a_team_may_more_than_its_role() {
    let rules = rules(
        r#"@says("Payments runs checkout by itself.")
           permit (principal in Team::"payments", action in [Action::"propose", Action::"apply"], resource)
           when { resource.tags.contains("checkout") || (resource has ownerTeam && principal in resource.ownerTeam) };"#,
    );
    let mut route = subject("production", Kind::Route, "checkout");
    let teams: [Key; 2] = ["growth".into(), "payments".into()];
    let may = |route: &_, teams: &[Key]| {
        let asked = ask(member(Role::Viewer, teams), Deed::Apply, route, only(&[Aspect::Weights]));
        let decision = rules.decide(&asked);
        assert_eq!(decision.allowed, rules.allows(&asked));
        decision.by.first().map(|statement| (statement.words.clone(), statement.via.clone()))
    };
    assert_eq!(may(&route, &teams), None);
    route.tags = vec!["checkout".into()];
    let by = ("Payments runs checkout by itself.".to_owned(), Some(Via::Team("payments".into())));
    assert_eq!(may(&route, &teams), Some(by.clone()));
    assert_eq!(may(&route, &teams[..1]), None);
    (route.tags, route.owner) = (vec![], Some(Owner::Team("payments".into())));
    assert_eq!(may(&route, &teams), Some(by));
    route.owner = Some(Owner::Team("growth".into()));
    assert!(may(&route, &teams).is_some(), "who is in both teams");
    route.owner = Some(Owner::Name("payments".into()));
    assert_eq!(may(&route, &teams), None);
}

#[test]
fn environments_can_be_hidden() {
    let rules = rules(
        r#"forbid (principal, action == Action::"view", resource in Environment::"secret")
           unless { principal in Team::"lab" };"#,
    );
    let place = |key: &str| Place { key: key.into(), production: false };
    let (secret, staging) = (place("secret"), place("staging"));
    let sees =
        |teams: &[Key], on| rules.allows(&Ask { who: member(Role::Admin, teams), deed: Deed::View, on });
    assert!(sees(&[], On::Project("shop")) && sees(&[], On::Environment("shop", &staging)));
    assert!(!sees(&[], On::Environment("shop", &secret)));
    assert!(sees(&["lab".into()], On::Environment("shop", &secret)));
}

#[test]
fn what_somebody_might_be_allowed_is_known_beforehand() {
    let rules = rules(
        r#"permit (principal in Team::"payments", action in [Action::"apply", Action::"propose"], resource)
           when { resource.key == "x" };
           permit (principal is Token, action == Action::"revert", resource);
           forbid (principal, action == Action::"comment", resource);"#,
    );
    let payments: [Key; 1] = ["payments".into()];
    let (one, none) = (member(Role::Viewer, &payments), member(Role::Viewer, &[]));
    assert!(rules.might(&one, Deed::Apply) && rules.might(&one, Deed::Propose));
    assert!(!rules.might(&none, Deed::Apply) && !rules.might(&one, Deed::Revert));
    assert!(!rules.might(&one, Deed::Comment), "what is forbidden is no more than the role");
    let token = switchyard_policy::Who { sort: switchyard_policy::Sort::Token, ..none };
    assert!(rules.might(&token, Deed::Revert));
    assert!(!Rules::presets().might(&one, Deed::View));
}

#[test]
fn a_prohibition_that_fails_holds() {
    // Numbers that are too large are only found when it is asked.
    let rules = rules(
        r#"forbid (principal, action == Action::"apply", resource)
           when { 9223372036854775807 + 1 > 0 && resource.key == "a" };"#,
    );
    let subject = subject("staging", Kind::Flag, "b");
    assert!(!rules.allows(&ask(member(Role::Admin, &[]), Deed::Apply, &subject, Aspects::NONE)));
}

#[test]
fn several_statements_keep_their_numbers() {
    let text = r#"permit (principal in Role::"viewer", action == Action::"comment", resource);
                  permit (principal in Role::"viewer", action == Action::"revert", resource);"#;
    let own = |key: &str| Own { key: key.into(), text: text.into() };
    let rules = Rules::compile(&[own("a"), own("b")]).unwrap();
    let numbers = |key: &str| -> Vec<_> {
        let found = rules.statements(&Source::Own(key.into()));
        found.iter().map(|statement| (statement.number, statement.words.clone())).collect()
    };
    let words = [
        (1, "The role viewer may take part in reviews.".to_owned()),
        (2, "The role viewer may revert.".to_owned()),
    ];
    assert_eq!(numbers("a"), words);
    assert_eq!(numbers("b"), words);
    let asked = Ask { who: member(Role::Viewer, &[]), deed: Deed::Revert, on: On::Project("shop") };
    let by: Vec<_> = rules.decide(&asked).by.iter().map(|s| (s.source.clone(), s.number)).collect();
    assert_eq!(by, [(Source::Own("a".into()), 2), (Source::Own("b".into()), 2)]);
}

/// Only what could have a say in it is asked: with any two policies of these, to each question of these, what that
/// says is what all of them say.
#[test]
fn what_is_not_asked_would_have_made_no_difference() {
    let who = [
        "principal",
        "principal in Role::\"product\"",
        "principal in Role::\"admin\"",
        "principal in Team::\"payments\"",
        "principal == Member::\"member-1\"",
        "principal == Member::\"member-2\"",
        "principal is Token",
        "principal is Member in Team::\"payments\"",
    ];
    let what = ["action", "action == Action::\"view\"", "action in [Action::\"apply\", Action::\"approve\"]"];
    let with = [
        "resource",
        "resource in Project::\"shop\"",
        "resource == Project::\"shop\"",
        "resource in Project::\"other\"",
        "resource is Project",
        "resource is Environment in Project::\"shop\"",
        "resource in Environment::\"secret\"",
        "resource == Environment::\"secret\"",
        "resource is Resource",
        "resource == Resource::\"secret/targeting/f\"",
    ];
    let mut texts: Vec<Own> = vec![];
    for (at, with) in with.iter().enumerate() {
        for (also, who) in who.iter().enumerate() {
            let (what, effect) = (what[(at + also) % what.len()], ["permit", "forbid"][(at + also / 3) % 2]);
            // One that could never apply to anything is no policy.
            let own = Own {
                key: format!("p{}", texts.len()).into(),
                text: format!("{effect} ({who}, {what}, {with});"),
            };
            texts.extend(Rules::compile(std::slice::from_ref(&own)).is_ok().then_some(own));
        }
    }
    assert!(texts.len() > 50, "only {}", texts.len());

    let place = |key: &str| Place { key: key.into(), production: false };
    let (secret, staging) = (place("secret"), place("staging"));
    let here = subject("secret", Kind::Targeting, "f");
    let (there, flag) = (subject("staging", Kind::Targeting, "f"), subject("", Kind::Flag, "f"));
    let teams: [Key; 1] = ["payments".into()];
    let token = switchyard_policy::Who { sort: switchyard_policy::Sort::Token, ..member(Role::Admin, &[]) };
    let other = switchyard_policy::Who { id: "member-2", ..member(Role::Viewer, &[]) };
    let people = [member(Role::Product, &teams), member(Role::Admin, &[]), token, other];
    let things = [
        On::Server,
        On::Project("shop"),
        On::Environment("shop", &secret),
        On::Environment("shop", &staging),
    ];
    let resources = [&here, &there, &flag].map(|subject| On::Resource("shop", subject, Aspects::NONE));
    let questions: Vec<Ask<'_>> = people
        .iter()
        .flat_map(|who| {
            let of = |deed: Deed, on: On<'_>| matches!(on, On::Resource(..)) == deed.is_of_resource();
            let asks = Deed::ALL.into_iter().flat_map(move |deed| {
                let on = things.into_iter().chain(resources).filter(move |on| of(deed, *on));
                on.map(move |on| Ask { who: *who, deed, on })
            });
            asks.collect::<Vec<_>>()
        })
        .collect();
    let mut differ = 0;
    for (at, first) in texts.iter().enumerate() {
        let second = &texts[(at * 7 + 3) % texts.len()];
        let two = if first == second { vec![first.clone()] } else { vec![first.clone(), second.clone()] };
        let rules = Rules::compile(&two).unwrap();
        for asked in &questions {
            let whole = rules.decide(asked).allowed;
            assert_eq!(rules.allows(asked), whole, "{two:?} {asked:?}");
            differ += usize::from(whole != Rules::presets().allows(asked));
        }
    }
    assert!(differ > 500, "only {differ} of these decisions are the policies' own");
}
