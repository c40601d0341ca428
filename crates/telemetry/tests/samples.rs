//! Samples are bounded, fair, and forget.

use std::collections::HashSet;

use switchyard_telemetry::{Bounds, Place, Sample, Sampled, Samples};

/// A tag as a good hash gives it (SplitMix64).
fn tag(n: u64) -> u64 {
    let z = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn sample(items: usize) -> Sample<u64> {
    Sample::new(Bounds { items, bytes: 1 << 30, seconds: 3_600 })
}

fn kept(sample: &Sample<u64>, now: i64) -> Vec<u64> {
    sample.collect(now).items.iter().map(|n| **n).collect()
}

#[test]
fn few_are_all_kept_and_each_once_with_its_newest_content() {
    let sample = sample(1_000);
    for round in 0..3 {
        for n in 0..500 {
            sample.put(tag(n), round, round as i64, || (n * 10 + round, 8));
        }
    }
    let found: HashSet<u64> = kept(&sample, 10).into_iter().collect();
    assert_eq!(found, (0..500).map(|n| n * 10 + 2).collect());
    let collected = sample.collect(10);
    assert_eq!((collected.part, collected.span), (1.0, Some((2, 2))));
    let mut made = false;
    sample.put(tag(7), 2, 3, || {
        made = true;
        (0, 8)
    });
    assert!(!made, "nothing is made of what is known");
}

#[test]
fn many_are_kept_in_bounds_and_fairly_however_often_and_when_they_come() {
    let sample = sample(4_000);
    // Ten seconds of 10,000 each; those of the first half come a hundred times as often.
    for second in 0..10 {
        for n in 0..10_000 {
            let n = second * 10_000 + n;
            for again in 0..if n < 50_000 { 3 } else { 1 } {
                sample.put(tag(n), again, second as i64, || (n, 8));
            }
        }
    }
    let collected = sample.collect(10);
    let found: Vec<u64> = collected.items.iter().map(|n| **n).collect();
    assert!((1_000..=4_000).contains(&found.len()), "{}", found.len());
    let estimate = found.len() as f64 / collected.part;
    assert!((90_000.0..110_000.0).contains(&estimate), "{estimate}");
    for second in 0..10 {
        let of = found.iter().filter(|n| *n / 10_000 == second).count() as f64;
        let expected = found.len() as f64 / 10.0;
        assert!((of - expected).abs() < 5.0 * expected.sqrt(), "second {second}: {of} of {expected}");
    }
}

#[test]
fn bytes_are_bounded_and_what_is_huge_is_left_out() {
    let sample = Sample::new(Bounds { items: 1_000_000, bytes: 160_000, seconds: 60 });
    for n in 0..10_000 {
        sample.put(tag(n), 0, 0, || (n, 100));
    }
    assert!((400..=1_600).contains(&kept(&sample, 1).len()), "{}", kept(&sample, 1).len());
    let before = kept(&sample, 1);
    sample.put(3, 0, 0, || (u64::MAX, 1 << 20));
    assert_eq!(kept(&sample, 1), before);
}

#[test]
fn what_is_old_goes_and_room_is_used_again_without_favour_to_the_new() {
    let sample = sample(1_600);
    for n in 0..20_000 {
        sample.put(tag(n), 0, 0, || (n, 8));
    }
    let low = sample.collect(1).part;
    assert!(low < 0.2);
    assert_eq!(kept(&sample, 3_601), [0; 0]);
    sample.tidy(3_601);
    // The threshold is raised, but for an hour what it lets in more of is not told.
    for n in 0..600 {
        sample.put(tag(100_000 + n), 0, 3_602, || (n, 8));
    }
    assert_eq!(sample.collect(3_603).part, low);
    let later = sample.collect(3_601 + 3_600);
    assert!(later.part > low, "{} {low}", later.part);
}

#[test]
fn somebody_is_forgotten_and_may_come_back() {
    let samples: Samples<&'static str, &'static str> = Samples::default();
    let place = Place { project: "shop", environment: "production" };
    let sampled = samples.of(place).unwrap();
    let who = |sampled: &Sampled<_, _>, key: &str| sampled.tag(|hasher| hasher.write(key.as_bytes()));
    for key in ["ann", "bob"] {
        sampled.contexts.put(who(&sampled, key), 1, 5, || (key, 8));
    }
    assert_eq!(sampled.contexts.forget(|key| *key == "ann"), 1);
    assert_eq!(
        samples.of(place).unwrap().contexts.collect(6).items.iter().map(|k| **k).collect::<Vec<_>>(),
        ["bob"]
    );
    sampled.contexts.put(who(&sampled, "ann"), 1, 6, || ("ann", 8));
    assert_eq!(sampled.contexts.collect(7).items.len(), 2);
    let elsewhere = Place { environment: "staging", ..place };
    assert_eq!(samples.of(elsewhere).unwrap().contexts.collect(7).items.len(), 0);
}
