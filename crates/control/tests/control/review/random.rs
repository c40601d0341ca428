//! Whatever people do, in any order: what production acts on changes only with somebody else's approval of
//! exactly that.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use switchyard_control::{ChangeQuery, ChangeView, Mode, Outcome, Principal, Proposal, RestoreScope};
use switchyard_model::Verdict;
use switchyard_model::access::Role;

use super::House;
use crate::world::{SHOP, edits, flag, manifests, on, serve, weights};

#[derive(Debug, Clone)]
enum Step {
    Propose(Value),
    Rewrite(usize, Value),
    Submit(usize),
    Withdraw(usize),
    Judge(usize, Verdict),
    Apply(usize),
    File(bool),
    Revert(usize),
    Restore(usize),
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let key = || prop::sample::select(vec!["banner", "search"]);
    let environment = || prop::sample::select(vec!["production", "staging"]);
    let edits = || {
        prop_oneof![
            (key(), environment(), any::<bool>()).prop_map(|(k, e, v)| on(k, e, v)),
            (key(), environment(), 0..2_i64).prop_map(|(k, e, v)| serve(k, e, v)),
            (0..=3_u32).prop_map(|n| weights(n * 10_000, 100_000 - n * 10_000)),
            (key(), any::<u8>()).prop_map(|(k, n)| {
                let op = json!({ "type": "setVariation", "variation": { "id": "new", "value": n % 2 == 0 } });
                json!([{ "target": { "kind": "flag", "key": k }, "op": op }])
            }),
        ]
    };
    // Few changes and revisions, so that people meet on them.
    let some = || 0..4_usize;
    let step = prop_oneof![
        3 => edits().prop_map(Step::Propose),
        2 => (some(), edits()).prop_map(|(n, e)| Step::Rewrite(n, e)),
        4 => some().prop_map(Step::Submit),
        1 => some().prop_map(Step::Withdraw),
        5 => some().prop_map(|n| Step::Judge(n, Verdict::Approve)),
        1 => some().prop_map(|n| Step::Judge(n, Verdict::Reject)),
        5 => some().prop_map(Step::Apply),
        1 => any::<bool>().prop_map(Step::File),
        1 => some().prop_map(Step::Revert),
        1 => some().prop_map(Step::Restore),
    ];
    (0..4_usize, step)
}

/// What the test itself knows of each change: who wrote it, and each person's newest verdict.
#[derive(Default)]
struct Known {
    hands: BTreeSet<String>,
    verdicts: BTreeMap<String, (Verdict, Option<String>)>,
}

async fn play(steps: Vec<(usize, Step)>) {
    let house = House::new().await;
    let ada = house.world.member("Ada", Role::Admin).await;
    let people = [house.mia.clone(), house.tom.clone(), house.zoe.clone(), ada];
    let mut known: BTreeMap<u64, Known> = BTreeMap::new();
    for (who, step) in steps {
        let who = &people[who];
        let before = house.world.control.snapshot(SHOP, "production").unwrap().current();
        let head = house.world.state().revision;
        act(&house, who, &step, &mut known).await;
        let state = house.world.state();
        assert!(state.revision <= head + 1);
        let after = house.world.control.snapshot(SHOP, "production").unwrap().current();
        if after.alters(&before) {
            let change = became(&house, state.revision).await;
            let known = known.get(&change.number).expect("somebody proposed it");
            let approves = |(person, (verdict, of)): (&String, &(Verdict, Option<String>))| {
                *verdict == Verdict::Approve && *of == change.difference && !known.hands.contains(person)
            };
            assert!(known.verdicts.iter().any(approves), "{step:?} by {}: {change:?}", who.name);
            let against = |(verdict, of): &(Verdict, Option<String>)| {
                *verdict == Verdict::Reject && *of == change.difference
            };
            assert!(!known.verdicts.values().any(against), "{step:?} by {}: {change:?}", who.name);
        }
    }
    house.world.is_sound().await;
}

/// Tries a step; that it is refused is as good.
async fn act(house: &House, who: &Principal, step: &Step, known: &mut BTreeMap<u64, Known>) {
    let control = &house.world.control;
    let newest = known.keys().next_back().copied().unwrap_or_default();
    let number = |back: usize| newest.saturating_sub(back as u64).max(1);
    let outcome = match step {
        Step::Propose(edits_of) => {
            let proposal = Proposal { edits: edits(edits_of.clone()), ..Proposal::default() };
            let change = control.create_change(who, SHOP, proposal).await.unwrap().number;
            known.entry(change).or_default().hands.insert(who.id.clone());
            return;
        }
        Step::Rewrite(back, edits_of) if newest > 0 => {
            if house.rewrite(who, number(*back), edits_of.clone()).await.is_ok() {
                known.entry(number(*back)).or_default().hands.insert(who.id.clone());
            }
            return;
        }
        Step::Submit(back) => {
            let submission =
                switchyard_control::Submission { reason: Some("why not".into()), ..Default::default() };
            drop(control.submit_change(who, SHOP, number(*back), submission).await);
            return;
        }
        Step::Withdraw(back) => return drop(control.withdraw_change(who, SHOP, number(*back)).await),
        Step::Judge(back, verdict) => {
            if let Ok(change) = house.world.judge(who, number(*back), *verdict).await {
                let verdicts = &mut known.entry(change.number).or_default().verdicts;
                verdicts.insert(who.id.clone(), (*verdict, change.difference));
            }
            return;
        }
        Step::Apply(back) => return drop(house.apply(who, number(*back)).await),
        Step::File(value) => {
            let mut banner = flag("banner");
            banner["variations"][0]["value"] = json!(value);
            control.apply_manifests(who, SHOP, manifests(json!([banner])), "", Mode::Write).await
        }
        Step::Revert(back) => {
            let revision = house.world.state().revision.saturating_sub(*back as u64).max(2);
            control.revert(who, SHOP, revision, "", Mode::Write).await
        }
        Step::Restore(back) => {
            let revision = house.world.state().revision.saturating_sub(*back as u64).max(1);
            control.restore(who, SHOP, revision, RestoreScope::Project, "", Mode::Write).await
        }
        Step::Rewrite(..) => return,
    };
    if let Ok(Outcome::Proposed(change)) = outcome {
        known.entry(change.number).or_default().hands.insert(who.id.clone());
    }
}

/// The change that became a revision.
async fn became(house: &House, revision: u64) -> ChangeView {
    let query = ChangeQuery { limit: 500, ..ChangeQuery::default() };
    let all = house.world.control.changes(&house.mia, SHOP, query).await.unwrap().items;
    all.into_iter()
        .find(|change| change.revision == Some(revision))
        .expect("every revision here has a change")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn production_changes_only_as_approved(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(steps));
    }
}
