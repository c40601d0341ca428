//! The crate as control uses it.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod aspects;
mod docs;
mod mistakes;
mod own;
mod presets;
mod speed;

use switchyard_model::access::Role;
use switchyard_model::ids::Key;
use switchyard_model::{Kind, ResourceId};
use switchyard_policy::{Ask, Aspects, Deed, On, Own, Owner, Rules, Sort, Subject, Who};

/// A member of this role and these teams.
fn member<'a>(role: Role, teams: &'a [Key]) -> Who<'a> {
    Who { sort: Sort::Member, id: "member-1", name: "Grace", email: Some("grace@example.org"), role, teams }
}

/// A resource in an environment, or in the project for kinds that live there.
fn subject(environment: &str, kind: Kind, key: &str) -> Subject {
    let id = match kind.is_project_scoped() {
        true => ResourceId::project(kind, key),
        false => ResourceId::environment(environment, kind, key),
    };
    let acts_in: Vec<Key> = match kind.is_project_scoped() {
        true => vec!["staging".into(), "production".into()],
        false => vec![environment.into()],
    };
    let production = acts_in.iter().any(|key| &**key == "production");
    Subject { id, tags: vec![], owner: None::<Owner>, acts_in, production }
}

fn ask<'a>(who: Who<'a>, deed: Deed, subject: &'a Subject, aspects: Aspects) -> Ask<'a> {
    Ask { who, deed, on: On::Resource("shop", subject, aspects) }
}

fn rules(text: &str) -> Rules {
    Rules::compile(&[Own { key: "mine".into(), text: text.into() }])
        .unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"))
}
