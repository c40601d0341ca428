//! Any history: a revert or a restore gives the state it promises, or refuses and changes nothing.

use proptest::prelude::*;
use serde_json::{Value, json};
use switchyard_control::{Error, Mode, RestoreScope};
use switchyard_model::State;

use crate::world::{SHOP, World, applied, delete, flag, on, serve, weights};

#[derive(Debug, Clone)]
enum Step {
    Edit(Value),
    Revert(prop::sample::Index),
    Restore(prop::sample::Index, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let key = || prop::sample::select(vec!["banner", "search", "fresh"]);
    let environment = || prop::sample::select(vec!["production", "staging"]);
    let put = |key: &str, name: u8| {
        let mut resource = flag(key);
        resource["name"] = json!(format!("Name {name}"));
        json!([{ "target": { "kind": "flag", "key": key }, "op": { "type": "put", "resource": resource } }])
    };
    let rule = |key: &str, environment: &str, id: u8| {
        let clauses = json!([{ "attribute": "plan", "op": "in", "values": [format!("p{id}")] }]);
        let rule = json!({ "id": format!("r{id}"), "clauses": clauses, "variation": 0 });
        json!([{ "target": { "environment": environment, "kind": "targeting", "key": key },
            "op": { "type": "addRule", "rule": rule, "index": 0 } }])
    };
    let edit = prop_oneof![
        3 => (key(), environment(), any::<bool>()).prop_map(|(k, e, v)| on(k, e, v)),
        3 => (key(), environment(), 0..3_i64).prop_map(|(k, e, v)| serve(k, e, v)),
        3 => (key(), environment(), 0..4_u8).prop_map(move |(k, e, id)| rule(k, e, id)),
        2 => (key(), 0..5_u8).prop_map(move |(k, n)| put(k, n)),
        1 => key().prop_map(|k| delete(json!({ "kind": "flag", "key": k }))),
        2 => (0..=10_u32).prop_map(|tenth| weights(tenth * 10_000, 100_000 - tenth * 10_000)),
    ];
    prop_oneof![
        6 => edit.prop_map(Step::Edit),
        2 => any::<prop::sample::Index>().prop_map(Step::Revert),
        1 => (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(at, all)| Step::Restore(at, all)),
    ]
}

fn content(state: &State) -> Vec<String> {
    state.iter().map(|(id, found)| format!("{id} {}", found.resource.to_json())).collect()
}

/// A refusal that is one for a reason the person can act on.
fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Invalid(_) | Error::Conflicts { .. } | Error::Unchanged { .. })
}

async fn play(steps: Vec<Step>) {
    let world = World::shop().await;
    // What was so after each revision, beginning with 0.
    let mut states = vec![world.control.state_at(&world.ann, SHOP, 0).await.unwrap(), world.state()];
    for step in steps {
        let before = world.state();
        let outcome = match &step {
            Step::Edit(edits) => world.apply(&world.bob, edits.clone()).await.map(drop),
            Step::Revert(at) => revert(&world, &states, at.index(states.len() - 1) as u64 + 1).await,
            Step::Restore(at, all) => restore(&world, &states, at.index(states.len()), *all).await,
        };
        match outcome {
            Ok(()) => {
                assert_eq!(world.state().revision, before.revision + 1);
                states.push(world.state());
            }
            Err(error) => {
                assert!(is_refusal(&error), "{step:?}: {error:?}");
                assert_eq!(world.state(), before, "what was refused changed nothing");
            }
        }
    }
    for state in &states {
        let stored = world.control.state_at(&world.ann, SHOP, state.revision).await.unwrap();
        assert_eq!(stored, *state);
    }
    world.is_sound().await;
}

/// Reverting the newest revision always works, and gives the state before it.
async fn revert(world: &World, states: &[State], number: u64) -> Result<(), Error> {
    let newest = number == world.state().revision;
    let outcome = world.revert(number).await;
    if newest {
        assert_eq!(content(&world.state()), content(&states[number as usize - 1]), "{outcome:?}");
    }
    outcome.map(drop)
}

/// Restoring a project always works; an environment too, but for what its flags no longer allow.
async fn restore(world: &World, states: &[State], number: usize, all: bool) -> Result<(), Error> {
    let scope = if all { RestoreScope::Project } else { RestoreScope::Environment("production".into()) };
    let before = content(&world.state());
    let outcome =
        applied(world.control.restore(&world.ann, SHOP, number as u64, scope, "", Mode::Write).await);
    assert!(matches!(outcome, Ok(_) | Err(Error::Unchanged { .. })), "always possible: {outcome:?}");
    let (now, then) = (content(&world.state()), content(&states[number]));
    if all {
        assert_eq!(now, then);
    } else {
        let others =
            |all: &[String]| all.iter().filter(|r| r.starts_with("staging")).cloned().collect::<Vec<_>>();
        assert_eq!(others(&now), others(&before));
        if outcome.as_ref().is_ok_and(|revision| !revision.reason.contains("Left as it is")) {
            let here = |all: &[String]| {
                all.iter().filter(|r| r.starts_with("production")).cloned().collect::<Vec<_>>()
            };
            assert_eq!(here(&now), here(&then));
        }
    }
    outcome.map(drop)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn keep_their_promises(steps in prop::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(steps));
    }
}
