//! Who is moved when weights change.

use proptest::prelude::*;
use switchyard_model::allocation::{Slices, reallocate};
use switchyard_model::ids::Key;
use switchyard_model::route::WHOLE;

type Arms = Vec<(Key, Slices)>;

fn arms(text: &str) -> Vec<(Key, u32)> {
    text.split_whitespace()
        .map(|arm| {
            let (name, weight) = arm.split_once('=').expect("name=weight");
            (name.into(), weight.parse::<u32>().expect("a number") * 1_000)
        })
        .collect()
}

fn shown(arms: &Arms) -> String {
    let arm = |(key, slices): &(Key, Slices)| {
        let slices: Vec<_> = slices.iter().map(|(f, t)| format!("{}-{}", f / 1_000, t / 1_000)).collect();
        format!("{key}:{}", slices.join(","))
    };
    arms.iter().map(arm).collect::<Vec<_>>().join(" ")
}

#[test]
fn slices_after_each_step_in_percent() {
    let check = |steps: &[(&str, &str)]| {
        let mut held: Arms = vec![];
        for (weights, expected) in steps {
            held = reallocate(&held, &arms(weights));
            assert_eq!(shown(&held), *expected, "{steps:?}");
        }
    };
    check(&[("a=10 b=90", "a:0-10 b:10-100"), ("a=25 b=75", "a:0-25 b:25-100"), ("a=0 b=100", "a: b:0-100")]);
    check(&[("a=100 b=0", "a:0-100 b:"), ("a=95 b=5", "a:0-95 b:95-100"), ("a=50 b=50", "a:0-50 b:50-100")]);
    // A newcomer between two goes where both give.
    check(&[("a=50 b=50", "a:0-50 b:50-100"), ("a=45 b=45 c=10", "a:0-45 b:55-100 c:45-55")]);
    // One that goes away is taken over, and the others keep theirs.
    check(&[("a=20 b=30 c=50", "a:0-20 b:20-50 c:50-100"), ("a=20 c=80", "a:0-20 c:20-100")]);
    // No neighbour gives: a slice of its own rather than a third arm that moves.
    check(&[
        ("a=50 b=25 c=25", "a:0-50 b:50-75 c:75-100"),
        ("a=25 b=25 c=50", "a:0-25 b:50-75 c:25-50,75-100"),
    ]);
    // The order of the arms means nothing to who has what.
    check(&[("a=50 b=50", "a:0-50 b:50-100"), ("b=50 a=50", "b:50-100 a:0-50")]);
    check(&[("a=50 b=51", "a: b:")]);
    check(&[("a=100", "a:0-100"), ("b=100", "b:0-100")]);
}

#[test]
fn what_was_given_twice_or_beyond_the_end_is_given_anew() {
    let broken: Arms = vec![("a".into(), vec![(0, 60_000)]), ("b".into(), vec![(40_000, 200_000), (7, 3)])];
    assert_eq!(shown(&reallocate(&broken, &arms("a=60 b=40"))), "a:0-60 b:60-100");
    let gap: Arms = vec![("a".into(), vec![(0, 10_000)]), ("b".into(), vec![(50_000, 100_000)])];
    assert_eq!(shown(&reallocate(&gap, &arms("a=50 b=50"))), "a:0-50 b:50-100");
}

/// Weights of up to six of eight arms that add up to the whole, in any order.
fn weights() -> impl Strategy<Value = Vec<(Key, u32)>> {
    let names = proptest::sample::subsequence((0..8).collect::<Vec<_>>(), 1..=6).prop_shuffle();
    (names, proptest::collection::vec(prop_oneof![0..=WHOLE, Just(0)], 5)).prop_map(|(names, mut cuts)| {
        cuts.truncate(names.len() - 1);
        cuts.sort_unstable();
        cuts.push(WHOLE);
        let mut from = 0;
        let weight = |to: u32| {
            let weight = to - from;
            from = to;
            weight
        };
        let weights: Vec<_> = cuts.into_iter().map(weight).collect();
        names.into_iter().map(|n| Key::from(format!("arm{n}"))).zip(weights).collect()
    })
}

fn overlap(a: &Slices, b: &Slices) -> u32 {
    let both = |(f, t): &(u32, u32), (g, u): &(u32, u32)| (*t.min(u)).saturating_sub(*f.max(g));
    a.iter().flat_map(|x| b.iter().map(move |y| both(x, y))).sum()
}

fn slices_of<'a>(arms: &'a Arms, key: &Key) -> Option<&'a Slices> {
    arms.iter().find(|(k, _)| k == key).map(|(_, s)| s)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn over_any_history(history in proptest::collection::vec(weights(), 1..12)) {
        let mut before: Arms = vec![];
        for weights in history {
            let after = reallocate(&before, &weights);
            prop_assert_eq!(&after, &reallocate(&before, &weights), "the same again");

            let mut all: Vec<(u32, u32)> = after.iter().flat_map(|(_, s)| s.clone()).collect();
            all.sort_unstable();
            prop_assert_eq!(all.first().map(|s| s.0), Some(0));
            prop_assert_eq!(all.last().map(|s| s.1), Some(WHOLE));
            prop_assert!(all.windows(2).all(|w| w[0].1 == w[1].0), "apart and without gaps: {:?}", all);

            let (mut moved, mut must) = (WHOLE, 0);
            for ((key, weight), (named, slices)) in weights.iter().zip(&after) {
                prop_assert_eq!(key, named);
                prop_assert_eq!(slices.iter().map(|(f, t)| t - f).sum::<u32>(), *weight);
                prop_assert!(slices.windows(2).all(|w| w[0].1 < w[1].0), "joined: {:?}", slices);
                prop_assert!(slices.iter().all(|(f, t)| f < t));
                if let Some(had) = slices_of(&before, key) {
                    let (size, kept) = (had.iter().map(|(f, t)| t - f).sum::<u32>(), overlap(had, slices));
                    if *weight >= size {
                        prop_assert_eq!(kept, size, "{} grew or stayed and lost somebody", key);
                    }
                    moved -= kept;
                    must += weight.saturating_sub(size);
                } else {
                    must += weight;
                }
            }
            prop_assert_eq!(moved, must, "moved no more than must be");
            if before.len() == 2 && after.len() == 2 && before.iter().all(|(k, _)| slices_of(&after, k).is_some()) {
                let most = before.iter().map(|(_, s)| s.len()).max().unwrap_or(0).max(1);
                prop_assert!(after.iter().all(|(_, s)| s.len() <= most), "no more slices than before");
            }
            before = after;
        }
    }
}
