//! The policies that ship with the product answer what the roles promise.

use switchyard_model::Kind;
use switchyard_model::access::{Action, Role};
use switchyard_policy::{Ask, Aspects, Deed, On, Place, Rules, Source, Subject, Via};

use crate::{member, subject};

/// What a role may by its own table.
fn promised(role: Role, deed: Deed, kind: Kind) -> bool {
    let edits = role.may(match kind {
        Kind::Flag | Kind::Targeting | Kind::Segment => Action::EditFlags,
        Kind::Service | Kind::Listener | Kind::Route => Action::EditTraffic,
        Kind::Guardrail => Action::Administer,
    });
    match deed {
        Deed::View => role.may(Action::View),
        Deed::Propose | Deed::Apply => edits,
        Deed::Approve => role.may(Action::Approve) && edits,
        Deed::Comment => role.may(Action::Approve),
        Deed::Revert => role.may(Action::Revert),
        Deed::BreakGlass => role.may(Action::BreakGlass),
        Deed::ManageKeys => role.may(Action::ManageKeys),
        Deed::Administer => role.may(Action::Administer),
    }
}

#[test]
fn every_role_may_what_it_promises_and_no_more() {
    let rules = Rules::presets();
    let place = Place { key: "production".into(), production: true };
    let teams = ["payments".into()];
    for role in Role::ALL {
        for kind in Kind::ALL {
            let subject = subject("production", kind, "checkout");
            for deed in Deed::ALL {
                let places = match deed.is_of_resource() {
                    true => vec![On::Resource("shop", &subject, Aspects::NONE)],
                    false => vec![On::Server, On::Project("shop"), On::Environment("shop", &place)],
                };
                for on in places {
                    let ask = Ask { who: member(role, &teams), deed, on };
                    let expected = promised(role, deed, kind);
                    let decision = rules.decide(&ask);
                    assert_eq!(decision.allowed, expected, "{role:?} {deed:?} {on:?}");
                    assert_eq!(rules.allows(&ask), expected, "by the table: {role:?} {deed:?} {on:?}");
                    assert_eq!(decision.by.is_empty(), !expected, "{role:?} {deed:?} {on:?}");
                }
            }
        }
    }
}

#[test]
fn what_allows_it_is_named() {
    let subject: Subject = subject("production", Kind::Targeting, "new-checkout");
    let ask = crate::ask(member(Role::Product, &[]), Deed::Apply, &subject, Aspects::NONE);
    let decision = Rules::presets().decide(&ask);
    let by: Vec<_> = decision.by.iter().map(|s| (&s.source, &*s.words, s.via.clone())).collect();
    let words = "Product decides who gets what: flags, their targeting, and segments.";
    assert_eq!(by, [(&Source::Preset("product".into()), words, Some(Via::Role(Role::Product)))]);
}

#[test]
fn each_preset_is_shown_with_its_own_text() {
    let shown = Rules::preset_statements();
    assert_eq!(shown.len(), 8);
    for (statement, text) in shown {
        let Source::Preset(name) = &statement.source else { panic!("{statement:?}") };
        assert!(text.starts_with(&format!("@id({name:?})")), "{text}");
        assert!(text.contains(&*statement.words) && text.ends_with(';'), "{text}");
    }
}
