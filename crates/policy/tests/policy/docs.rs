//! Every policy that docs/access.md shows does what is written there.

use switchyard_model::Kind;
use switchyard_model::access::Role;
use switchyard_model::ids::Key;
use switchyard_policy::{Ask, Aspect, Aspects, Deed, Known, On, Own, Owner, Place, Rules, Sort, Who};

use crate::{ask, member, subject};

/// The blocks of the page, by the name in their first line.
fn shown() -> Vec<(String, String)> {
    let page = include_str!("../../../../docs/access.md");
    let blocks = page.split("```cedar\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks
        .map(|text| {
            let name = text.lines().next().unwrap().trim_start_matches("// ").trim_end_matches(".cedar");
            (name.to_owned(), text)
        })
        .collect()
}

#[test]
fn each_is_right_and_says_what_people_read() {
    let environments: Vec<Key> = vec!["staging".into(), "production".into(), "laboratory".into()];
    let teams: Vec<Key> = vec!["payments".into(), "lab".into()];
    let known =
        Known { project: "shop", environments: &environments, teams: &teams, members: &[], tokens: &[] };
    let mut all = vec![];
    for (key, text) in shown() {
        assert!(text.contains("@says("), "{key}");
        let own = Own { key: key.as_str().into(), text };
        let mistakes = Rules::check(&own, &known);
        assert!(mistakes.is_empty(), "{key}: {mistakes:?}");
        all.push(own);
    }
    Rules::compile(&all).unwrap();
}

#[test]
fn each_does_what_is_written() {
    let mut names: Vec<String> = vec![];
    for (name, text) in shown() {
        let rules = crate::rules(&text);
        let payments: [Key; 1] = ["payments".into()];
        let lab: [Key; 1] = ["lab".into()];
        let token = |role| Who { sort: Sort::Token, ..member(role, &[]) };
        let may = |who, deed, subject: &_, aspects: &[Aspect]| {
            rules.allows(&ask(who, deed, subject, aspects.iter().copied().collect::<Aspects>()))
        };
        let targeting = |place| subject(place, Kind::Targeting, "checkout-v2");
        let route = |place| subject(place, Kind::Route, "checkout");
        let (product, developer) = (member(Role::Product, &[]), member(Role::Developer, &[]));
        match name.as_str() {
            "product-percentages" => {
                assert!(may(
                    product,
                    Deed::Apply,
                    &targeting("production"),
                    &[Aspect::Percentage, Aspect::On]
                ));
                assert!(!may(
                    product,
                    Deed::Apply,
                    &targeting("production"),
                    &[Aspect::Percentage, Aspect::Rules]
                ));
                assert!(!may(product, Deed::Propose, &subject("", Kind::Flag, "f"), &[Aspect::Created]));
                assert!(may(product, Deed::Apply, &targeting("staging"), &[Aspect::Rules]));
                assert!(may(developer, Deed::Apply, &targeting("production"), &[Aspect::Rules]));
            }
            "payments-routes" => {
                let of = |teams| member(Role::Viewer, teams);
                let mut one = route("production");
                assert!(!may(of(&payments), Deed::Apply, &one, &[Aspect::Weights]));
                one.tags = vec!["checkout".into()];
                assert!(may(of(&payments), Deed::Apply, &one, &[Aspect::Weights]));
                assert!(!may(of(&payments), Deed::Apply, &one, &[Aspect::Weights, Aspect::Match]));
                assert!(!may(of(&lab), Deed::Apply, &one, &[Aspect::Weights]));
                one.owner = Some(Owner::Team("payments".into()));
                assert!(may(of(&payments), Deed::Approve, &one, &[Aspect::Match]));
            }
            "propose-only" => {
                assert!(may(developer, Deed::Propose, &route("production"), &[Aspect::Match]));
                assert!(!may(developer, Deed::Apply, &route("production"), &[Aspect::Match]));
                assert!(may(developer, Deed::Apply, &route("staging"), &[Aspect::Match]));
            }
            "pipeline" => {
                assert!(may(token(Role::Developer), Deed::Apply, &route("staging"), &[Aspect::Weights]));
                assert!(!may(token(Role::Developer), Deed::Apply, &route("production"), &[Aspect::Weights]));
                assert!(!may(token(Role::Admin), Deed::Apply, &targeting("staging"), &[Aspect::On]));
                assert!(may(developer, Deed::Apply, &route("production"), &[Aspect::Weights]));
            }
            "glass" => {
                assert!(may(developer, Deed::BreakGlass, &targeting("production"), &[Aspect::On]));
                assert!(!may(developer, Deed::BreakGlass, &targeting("production"), &[Aspect::Percentage]));
                assert!(!may(product, Deed::BreakGlass, &targeting("production"), &[Aspect::On]));
            }
            "laboratory" => {
                let place = |key: &str| Place { key: key.into(), production: false };
                let sees = |who, key| {
                    rules.allows(&Ask { who, deed: Deed::View, on: On::Environment("shop", &place(key)) })
                };
                assert!(!sees(developer, "laboratory") && sees(developer, "staging"));
                assert!(
                    sees(member(Role::Viewer, &lab), "laboratory")
                        && sees(member(Role::Admin, &[]), "laboratory")
                );
            }
            other => panic!("{other} is shown, and nothing says what it does"),
        }
        names.push(name);
    }
    assert_eq!(names.len(), 6);
}

#[test]
fn each_aspect_is_in_the_table() {
    let page = include_str!("../../../../docs/access.md");
    for aspect in Aspect::ALL {
        assert!(page.contains(&format!("`{}`", aspect.word())), "{aspect:?}");
    }
}
