//! How long a decision takes: `cargo test --release --workspace --test policy speed -- --ignored --nocapture`.

use std::time::Instant;

use switchyard_model::Kind;
use switchyard_model::access::Role;
use switchyard_policy::{Aspect, Aspects, Deed, Own, Rules};

use crate::{ask, member, subject};

#[test]
#[ignore = "prints times"]
fn a_decision() {
    let one = r#"forbid (principal in Role::"product", action in [Action::"propose", Action::"apply"], resource)
                 when { resource.production }
                 unless { [Aspect::"percentage"].containsAll(context.aspects) };"#;
    let own = |n: usize| -> Rules {
        let own = (0..n).map(|at| Own { key: format!("p{at}").into(), text: one.into() });
        Rules::compile(&own.collect::<Vec<_>>()).unwrap()
    };
    let subject = subject("production", Kind::Targeting, "checkout-v2");
    let teams = ["payments".into(), "growth".into()];
    let aspects = Aspects::NONE.with(Aspect::Percentage);
    let asked = ask(member(Role::Product, &teams), Deed::Apply, &subject, aspects);
    let time = |name: &str, rules: &Rules, rounds: u32| {
        let began = Instant::now();
        for _ in 0..rounds {
            assert!(rules.allows(std::hint::black_box(&asked)));
        }
        println!("{name}: {:?} a decision", began.elapsed() / rounds);
    };
    time("presets alone", Rules::presets(), 10_000_000);
    time("one own policy", &own(1), 100_000);
    time("100 own policies for one role", &own(100), 10_000);
    let teams: Vec<Own> = (0..100)
        .map(|at| Own {
            key: format!("p{at}").into(),
            text: one.replace("Role::\"product\"", &format!("Team::\"team-{at}\"")),
        })
        .collect();
    let mut mixed = teams.clone();
    mixed.push(Own { key: "one".into(), text: one.into() });
    time("100 own policies for 100 teams", &Rules::compile(&teams).unwrap(), 1_000_000);
    time("and one for the role", &Rules::compile(&mixed).unwrap(), 100_000);
    let began = Instant::now();
    own(100);
    println!("100 own policies made ready: {:?}", began.elapsed());
}
