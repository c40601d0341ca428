//! Any history: a revert or a restore gives the state it promises, or refuses and changes nothing; and whatever was
//! done, the states that it went through can be had again, and lead to the one there is.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use switchyard_control::{Environment, Error, Mode, RestoreScope};
use switchyard_model::merge::difference;
use switchyard_model::{Resource, ResourceId, Revision, State};
use switchyard_store::{History, Query};

use crate::world::{SHOP, World, applied, delete, flag, on, serve, targeting, weights};

#[derive(Debug, Clone)]
enum Step {
    /// Of a change: one edit or several, also of one resource.
    Edits(Vec<Value>),
    Revert(prop::sample::Index),
    Restore(prop::sample::Index, bool),
    /// One more environment, which later edits may be in.
    Environment,
}

const ADDED: &str = "preview";

fn edit() -> impl Strategy<Value = Value> {
    let key = || prop::sample::select(vec!["banner", "search", "fresh"]);
    let environment = || prop::sample::select(vec!["production", "production", "staging", ADDED]);
    let put = |target: Value, resource: Value| json!({ "target": target, "op": { "type": "put", "resource": resource } });
    let put_flag = move |key: &str, name: u8| {
        let mut resource = flag(key);
        resource["name"] = json!(format!("Name {name}"));
        put(json!({ "kind": "flag", "key": key }), resource)
    };
    let rule = |key: &str, environment: &str, id: u8| {
        let clauses = json!([{ "attribute": "plan", "op": "in", "values": [format!("p{id}")] }]);
        let rule = json!({ "id": format!("r{id}"), "clauses": clauses, "variation": 0 });
        json!({ "target": { "environment": environment, "kind": "targeting", "key": key },
            "op": { "type": "addRule", "rule": rule, "index": 0 } })
    };
    let guardrail = move |key: &str, message: u8, on: bool| {
        let resource = json!({ "kind": "guardrail", "key": key, "rule": "true", "message": format!("No {message}."),
            "enabled": on, "effect": if message.is_multiple_of(2) { "block" } else { "warn" } });
        put(json!({ "kind": "guardrail", "key": key }), resource)
    };
    let segment = move |environment: &str, keys: &[&str]| {
        let resource = json!({ "kind": "segment", "key": "beta", "included": keys });
        put(json!({ "environment": environment, "kind": "segment", "key": "beta" }), resource)
    };
    let in_beta = |key: &str, environment: &str| {
        let clauses = json!([{ "attribute": "", "op": "segmentMatch", "values": ["beta"] }]);
        json!({ "target": { "environment": environment, "kind": "targeting", "key": key },
            "op": { "type": "addRule", "rule": { "id": "beta", "clauses": clauses, "variation": 1 } } })
    };
    let one = |edits: Value| edits[0].clone();
    let guarded = || prop::sample::select(vec!["steps", "hours"]);
    let keys = prop::sample::subsequence(vec!["ann", "bob", "cid"], 0..=3);
    prop_oneof![
        3 => (key(), environment(), any::<bool>()).prop_map(move |(k, e, v)| one(on(k, e, v))),
        3 => (key(), environment(), 0..3_i64).prop_map(move |(k, e, v)| one(serve(k, e, v))),
        3 => (key(), environment(), 0..4_u8).prop_map(move |(k, e, id)| rule(k, e, id)),
        2 => (key(), 0..5_u8).prop_map(move |(k, n)| put_flag(k, n)),
        1 => (key(), environment()).prop_map(move |(k, e)| put(
            json!({ "environment": e, "kind": "targeting", "key": k }), targeting(k))),
        1 => key().prop_map(move |k| one(delete(json!({ "kind": "flag", "key": k })))),
        1 => (key(), environment()).prop_map(move |(k, e)| one(delete(
            json!({ "environment": e, "kind": "targeting", "key": k })))),
        2 => (0..=10_u32).prop_map(move |tenth| one(weights(tenth * 10_000, 100_000 - tenth * 10_000))),
        2 => (guarded(), 0..4_u8, any::<bool>()).prop_map(move |(k, n, on)| guardrail(k, n, on)),
        1 => guarded().prop_map(move |k| one(delete(json!({ "kind": "guardrail", "key": k })))),
        2 => (environment(), keys).prop_map(move |(e, keys)| segment(e, &keys)),
        1 => environment().prop_map(move |e| one(delete(json!({ "environment": e, "kind": "segment", "key": "beta" })))),
        1 => (key(), environment()).prop_map(move |(k, e)| in_beta(k, e)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => prop::collection::vec(edit(), 1..4).prop_map(Step::Edits),
        5 => any::<prop::sample::Index>().prop_map(Step::Revert),
        2 => (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(at, all)| Step::Restore(at, all)),
        1 => Just(Step::Environment),
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
            Step::Edits(edits) => world.apply(&world.ann, json!(edits)).await.map(drop),
            Step::Revert(at) => revert(&world, &states, at.index(states.len() - 1) as u64 + 1).await,
            Step::Restore(at, all) => restore(&world, &states, at.index(states.len()), *all).await,
            Step::Environment => {
                add_environment(&world).await;
                continue;
            }
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
        // Environments are administrative: they are those of today.
        let mut now = state.clone();
        now.environments = world.state().environments;
        assert_eq!(stored, now);
    }
    world.is_sound().await;
}

async fn add_environment(world: &World) {
    if world.state().environments.iter().any(|key| &**key == ADDED) {
        return;
    }
    let added = Environment {
        key: ADDED.into(),
        name: "Preview".into(),
        production: false,
        required_approvals: 0,
        approvals_from: vec![],
        owners_approve: false,
        freezes: vec![],
    };
    world.control.add_environment(&world.ann, SHOP, added).await.unwrap();
}

/// Reverting the newest revision always works, and gives the state before it. Of an older one it takes back what that
/// one did, all of it, and nothing else.
async fn revert(world: &World, states: &[State], number: u64) -> Result<(), Error> {
    let before = world.state();
    let outcome = world.revert(number).await;
    if number == before.revision {
        assert_eq!(content(&world.state()), content(&states[number as usize - 1]), "{outcome:?}");
    }
    if outcome.is_ok() {
        let reverted = world.store.revision(SHOP, number).await.unwrap().unwrap();
        takes_back(
            &reverted,
            [&states[number as usize - 1], &states[number as usize]],
            &before,
            &world.state(),
        );
    }
    outcome.map(drop)
}

/// The fields of a resource in which two states differ; the whole of it where one has none.
fn differs(id: &ResourceId, one: &State, other: &State) -> BTreeSet<String> {
    let of = |state: &State| state.get(id).map(|found| found.resource.clone());
    let (one, other) = (of(one), of(other));
    let fields = difference(one.as_deref() as Option<&Resource>, other.as_deref());
    fields.into_iter().map(|field| field.path).collect()
}

fn takes_back(reverted: &Revision, [was, made]: [&State; 2], before: &State, now: &State) {
    let touched: BTreeSet<_> = reverted.edits.iter().map(|edit| &edit.target).collect();
    for id in &touched {
        let did = differs(id, was, made);
        let left = differs(id, was, now);
        let still: Vec<_> = did.intersection(&left).collect();
        assert!(still.is_empty(), "{id}: {still:?} of r{} is still there", reverted.number);
        let whole = did.contains("");
        let took: Vec<_> =
            differs(id, before, now).into_iter().filter(|path| !whole && !did.contains(path)).collect();
        // With the last element of a list the list goes, and it comes with the first.
        let took: Vec<_> =
            took.into_iter().filter(|path| !did.iter().any(|own| own.starts_with(&**path))).collect();
        assert!(took.is_empty(), "{id}: {took:?} was not of r{}", reverted.number);
    }
    let all = before.iter().chain(now.iter()).map(|(id, _)| id.clone()).collect::<BTreeSet<_>>();
    for id in all.iter().filter(|id| !touched.contains(id)) {
        assert!(differs(id, before, now).is_empty(), "{id} was not of r{}", reverted.number);
    }
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
        let elsewhere = |r: &&String| r.starts_with("staging") || r.starts_with(ADDED);
        let others = |all: &[String]| all.iter().filter(elsewhere).cloned().collect::<Vec<_>>();
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
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn keep_their_promises(steps in prop::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(steps));
    }
}

/// From zero and from wherever one begins, what was done since leads to the state there is.
#[tokio::test]
async fn the_history_replays_from_anywhere() {
    let world = World::shop().await;
    for n in 0..40_u32 {
        let edits = match n % 5 {
            0 => weights(n * 1_000, 100_000 - n * 1_000),
            1 => on("banner", "production", n % 2 == 0),
            2 => json!([
                on("search", "staging", n % 4 == 0)[0],
                serve("search", "staging", i64::from(n % 2))[0]
            ]),
            3 => {
                json!([{ "target": { "kind": "flag", "key": "fresh" }, "op": { "type": "put", "resource": flag("fresh") } }])
            }
            _ => delete(json!({ "kind": "flag", "key": "fresh" })),
        };
        match world.apply(&world.bob, edits).await {
            Ok(_) | Err(Error::Unchanged { .. }) => {}
            Err(error) => panic!("{n}: {error:?}"),
        }
    }
    let head = world.state();
    assert!(head.revision > 30);
    let all = world.store.revisions(SHOP, &Query { limit: 500, ..Query::default() }).await.unwrap().items;
    for from in 0..=head.revision {
        let mut state = world.store.state_at(SHOP, from).await.unwrap();
        for revision in all.iter().rev().filter(|revision| revision.number > from) {
            state = state.after(revision);
        }
        assert_eq!(state, head, "from r{from}");
    }
}
