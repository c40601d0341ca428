//! What is asked for is what was recorded.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use switchyard_telemetry::{
    AskedRecord, ContextHash, Decided, EvaluationRecord, Kept, LONGEST, OTHER, Place, RequestRecord, Tally,
    Telemetry, WholeFlag, WholeFlags, WholeRecord,
};

const SHOP: Place<'static> = Place { project: "shop", environment: "production" };
const START: i64 = 1_800_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).expect("in range")
}

fn request(arm: &str, status: u16, ms: u64, second: i64) -> RequestRecord<'_> {
    let latency = Duration::from_millis(ms);
    RequestRecord { place: SHOP, route: Some(("checkout", arm)), status, latency, at: at(second) }
}

fn evaluation<'a>(
    variation: usize,
    rule: Option<&'static str>,
    contexts: &'a [ContextHash],
    second: i64,
) -> EvaluationRecord<'a> {
    let reason = if rule.is_some() { "RULE_MATCH" } else { "FALLTHROUGH" };
    let variation = Some(variation);
    EvaluationRecord {
        place: SHOP,
        flag: "checkout-v2",
        variation,
        reason,
        rule,
        contexts,
        version: 7,
        by: "web",
        count: 1,
        at: at(second),
    }
}

#[test]
fn requests_come_back_by_environment_and_by_arm() {
    let telemetry = Telemetry::new();
    for second in 0..60 {
        telemetry.request(request("v1", 200, 10, second));
        telemetry.request(request("v1", 200, 10, second));
        telemetry.request(request("v2", if second % 2 == 0 { 502 } else { 201 }, 40, second));
        telemetry.request(RequestRecord { route: None, ..request("", 404, 1, second) });
    }
    let traffic = telemetry.traffic(SHOP, 900, at(60));
    assert_eq!((traffic.step, traffic.requests.len(), traffic.from), (10, 90, at(60 - 890)));
    assert_eq!(traffic.requests[82..], [0, 40, 40, 40, 40, 40, 40, 0]);
    assert_eq!(traffic.errors.iter().sum::<u64>(), 30);
    assert_eq!((traffic.now.requests_per_second, traffic.now.error_percent), (4.0, 12.5));
    assert_eq!((traffic.p95_ms[0], traffic.p95_ms[84].is_some()), (None, true));

    let series = telemetry.route(SHOP, "checkout", 60, at(59));
    let arms: Vec<_> = series.arms.iter().map(|a| (&*a.arm, a.requests.iter().sum::<u64>())).collect();
    assert_eq!((series.step, arms), (1, vec![("v1", 120), ("v2", 60)]));

    let totals = telemetry.route_totals(SHOP, "checkout", 60, at(59));
    assert_eq!((totals.requests, totals.requests_per_second), (180, 3.0));
    let v2 = &totals.arms[1];
    assert_eq!((v2.requests, v2.error_percent), (60, 50.0));
    assert!((v2.share_percent - 33.333).abs() < 0.01);
    assert!((30.0..=50.0).contains(&v2.p50_ms.unwrap()));
    let elsewhere = Place { project: "other", ..SHOP };
    assert_eq!(telemetry.route_totals(elsewhere, "checkout", 60, at(59)).requests, 0);
}

#[test]
fn evaluations_come_back_by_variation_rule_and_context() {
    let telemetry = Telemetry::new();
    for n in 0..1_000 {
        let key = format!("user-{}", n % 200);
        let beta = n % 4 == 0;
        let context = [ContextHash::of(&key)];
        telemetry.evaluation(evaluation(usize::from(beta), beta.then_some("beta"), &context, n / 10));
    }
    let many = EvaluationRecord { variation: None, contexts: &[], count: 5, ..evaluation(0, None, &[], 99) };
    telemetry.evaluation(many);

    let served = telemetry.served(SHOP, "checkout-v2", 900, at(99));
    assert_eq!((served.evaluations, served.last_evaluated_at), (1_005, Some(at(99))));
    let by: Vec<_> = served.variations.iter().map(|v| (v.variation, v.evaluations, v.contexts)).collect();
    assert_eq!(by, [(None, 5, 0), (Some(0), 750, 150), (Some(1), 250, 50)]);
    let by: Vec<_> = served.rules.iter().map(|r| (r.rule.as_deref(), &*r.reason, r.evaluations)).collect();
    assert_eq!(by, [(None, "FALLTHROUGH", 755), (Some("beta"), "RULE_MATCH", 250)]);

    let series = telemetry.flag(SHOP, "checkout-v2", 120, at(99));
    let sums: Vec<_> = series.variations.iter().map(|v| v.evaluations.iter().sum::<u64>()).collect();
    assert_eq!(sums, [5, 750, 250]);
    assert_eq!(telemetry.last_evaluated(SHOP, "checkout-v2"), Some(at(99)));
    assert_eq!(telemetry.last_evaluated(SHOP, "unknown"), None);
    // A day and more later there is nothing left but when it was last.
    let later = telemetry.served(SHOP, "checkout-v2", 900, at(200_000));
    assert_eq!((later.evaluations, later.last_evaluated_at), (0, Some(at(99))));
}

#[test]
fn names_beyond_the_bound_are_counted_as_other() {
    let telemetry = Telemetry::new();
    for n in 0..1_500 {
        let route = format!("route-{n}");
        telemetry.request(RequestRecord { route: Some((&route, "a")), ..request("", 200, 1, 0) });
    }
    assert_eq!(telemetry.route_totals(SHOP, OTHER, 10, at(0)).requests, 500);
    assert_eq!(telemetry.route_totals(SHOP, "route-999", 10, at(0)).requests, 1);
    for n in 0..1_000 {
        let rule = format!("rule-{n}");
        telemetry.evaluation(EvaluationRecord { rule: Some(&rule), ..evaluation(n % 2, None, &[], 0) });
    }
    let served = telemetry.served(SHOP, "checkout-v2", 10, at(0));
    assert_eq!(served.variations.iter().map(|v| v.evaluations).collect::<Vec<_>>(), [500, 500]);
    assert_eq!((served.rules.len(), served.rules[0].evaluations), (301, 700));
    for n in 0..300 {
        let project = format!("project-{n}");
        telemetry
            .request(RequestRecord { place: Place { project: &project, ..SHOP }, ..request("a", 200, 1, 0) });
    }
    let text = telemetry.prometheus(vec![]);
    let folded =
        text.lines().find(|line| line.starts_with("switchyard_telemetry_folded_total")).unwrap_or_default();
    assert_eq!(folded, "switchyard_telemetry_folded_total{} 1301");
}

#[test]
fn threads_add_up() {
    let telemetry = Telemetry::new();
    std::thread::scope(|scope| {
        for thread in 0..20 {
            let telemetry = telemetry.clone();
            scope.spawn(move || {
                for n in 0..1_000 {
                    telemetry.request(request("v1", 200, 5, n % 50));
                    let context = ContextHash::of(&((thread * 1_000 + n) % 250).to_string());
                    telemetry.evaluation(evaluation(0, None, &[context], 0));
                }
            });
        }
    });
    assert_eq!(telemetry.route_totals(SHOP, "checkout", 100, at(50)).requests, 20_000);
    let served = telemetry.served(SHOP, "checkout-v2", 100, at(50));
    assert_eq!((served.evaluations, served.variations[0].contexts), (20_000, 250));
}

#[test]
fn prometheus_reads_everything_since_the_start() {
    let telemetry = Telemetry::new();
    telemetry.request(request("v1", 200, 10, 0));
    telemetry.request(request("v1", 503, 20, 200_000));
    telemetry.evaluation(evaluation(1, Some("beta"), &[], 0));
    let text = telemetry.prometheus(vec![]);
    for line in [
        "switchyard_requests_total{project=\"shop\",environment=\"production\"} 2",
        "switchyard_arm_errors_total{project=\"shop\",environment=\"production\",route=\"checkout\",arm=\"v1\"} 1",
        "switchyard_request_duration_seconds_sum{project=\"shop\",environment=\"production\"} 0.03",
        "switchyard_request_duration_seconds_bucket{le=\"0.01\",project=\"shop\",environment=\"production\"} 1",
        "switchyard_request_duration_seconds_bucket{le=\"+Inf\",project=\"shop\",environment=\"production\"} 2",
        "switchyard_evaluations_total{project=\"shop\",environment=\"production\",flag=\"checkout-v2\",variation=\"1\",reason=\"RULE_MATCH\"} 1",
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}

proptest! {
    #[test]
    fn sums_over_buckets_are_what_was_recorded(
        records in prop::collection::vec((0i64..4_000, 0usize..3, 0u64..5_000, any::<bool>()), 1..300),
        seconds in 1u32..=LONGEST,
    ) {
        let telemetry = Telemetry::new();
        let mut ordered = records.clone();
        ordered.sort_by_key(|(second, ..)| *second);
        // As from threads whose clocks are a little apart.
        for pair in ordered.chunks_mut(2) {
            pair.reverse();
        }
        for (second, arm, ms, failed) in &ordered {
            telemetry.request(request(["a", "b", "c"][*arm], if *failed { 500 } else { 200 }, *ms, *second));
        }
        let now = at(4_000);
        let traffic = telemetry.traffic(SHOP, LONGEST, now);
        prop_assert_eq!(traffic.requests.iter().sum::<u64>(), records.len() as u64);
        prop_assert_eq!(traffic.errors.iter().sum::<u64>(), records.iter().filter(|r| r.3).count() as u64);
        let totals = telemetry.route_totals(SHOP, "checkout", LONGEST, now);
        prop_assert_eq!(totals.requests, records.len() as u64);
        for arm in totals.arms {
            let expected = records.iter().filter(|r| ["a", "b", "c"][r.1] == arm.arm).count();
            prop_assert_eq!(arm.requests, expected as u64);
        }
        // Any window holds what is surely inside, and nothing from well outside.
        let window = telemetry.traffic(SHOP, seconds, now);
        let (from, step) = (window.from.as_second() - START, i64::from(window.step));
        prop_assert!(window.requests.len() <= 120 && window.requests.len() as i64 * step <= i64::from(seconds));
        let surely = records.iter().filter(|r| r.0 >= from + 300).count() as u64;
        let perhaps = records.iter().filter(|r| r.0 >= from - 300).count() as u64;
        let found = window.requests.iter().sum::<u64>();
        prop_assert!(surely <= found && found <= perhaps, "{surely} <= {found} <= {perhaps}");
    }
}

#[test]
fn what_is_taken_is_what_was_counted_and_nothing_is_taken_twice() {
    let telemetry = Telemetry::new();
    let counted = |version, by, n| {
        telemetry.evaluation(EvaluationRecord { version, by, count: n, ..evaluation(1, Some("r"), &[], 5) });
    };
    counted(7, "web", 2);
    counted(7, "web", 3);
    counted(8, "app", 4);
    let asked = |flag, count| {
        telemetry.asked(AskedRecord { place: SHOP, flag, by: "web", count, at: at(6) });
    };
    asked("nobody-made-it", 2);
    asked("nobody-made-it", 1);
    let mut taken = telemetry.take();
    taken.tallies.sort_by_key(|tally| tally.version);
    let said: Vec<_> =
        taken.tallies.iter().map(|t| (t.variation, t.rule.as_deref(), t.version, t.count, t.last)).collect();
    assert_eq!(said, [(Some(1), Some("r"), 7, 5, at(5)), (Some(1), Some("r"), 8, 4, at(5))]);
    taken.asked.sort_by(|a, b| (&a.flag, &a.by).cmp(&(&b.flag, &b.by)));
    let said: Vec<_> = taken.asked.iter().map(|a| (&*a.flag, &*a.by, a.known, a.count)).collect();
    assert_eq!(
        said,
        [
            ("checkout-v2", "app", true, 4),
            ("checkout-v2", "web", true, 5),
            ("nobody-made-it", "web", false, 3)
        ]
    );
    let again = telemetry.take();
    assert!(again.tallies.is_empty() && again.asked.is_empty());
}

#[test]
fn what_is_not_kept_yet_is_bounded_and_the_counts_stay_whole() {
    let telemetry = Telemetry::new();
    for n in 0..5_000_u64 {
        let by = format!("app-{n}");
        telemetry.evaluation(EvaluationRecord { version: n, by: &by, ..evaluation(0, None, &[], 0) });
        let flag = format!("no-flag-{n}");
        telemetry.asked(AskedRecord { place: SHOP, flag: &flag, by: "web", count: 1, at: at(0) });
    }
    let taken = telemetry.take();
    assert!(taken.tallies.len() <= 66, "{}", taken.tallies.len());
    assert_eq!(taken.tallies.iter().map(|t| t.count).sum::<u64>(), 5_000);
    let known = taken.asked.iter().filter(|a| a.known);
    assert!(known.clone().count() <= 21 && known.map(|a| a.count).sum::<u64>() == 5_000);
    let unknown = taken.asked.iter().filter(|a| !a.known);
    assert!(unknown.clone().count() <= 1_001 && unknown.map(|a| a.count).sum::<u64>() == 5_000);
}

#[test]
fn after_a_restart_what_was_kept_is_there_again() {
    let kept = |variation, start, step, count| Kept {
        tally: Tally {
            project: "shop".into(),
            environment: "production".into(),
            flag: "checkout-v2".into(),
            variation: Some(variation),
            reason: "FALLTHROUGH".into(),
            rule: None,
            version: 7,
            count,
            last: at(start + step - 1),
        },
        start: START + start,
        step,
    };
    let telemetry = Telemetry::new();
    telemetry.restore(&[kept(0, -36_000, 3_600, 1_201), kept(1, -120, 60, 5), kept(0, -60, 60, 7)]);
    let served = telemetry.served(SHOP, "checkout-v2", LONGEST, at(0));
    let shares: Vec<_> = served.variations.iter().map(|v| (v.variation, v.evaluations)).collect();
    assert_eq!(shares, [(Some(0), 1_208), (Some(1), 5)]);
    assert_eq!(telemetry.last_evaluated(SHOP, "checkout-v2"), Some(at(-1)));
    let minutes = telemetry.served(SHOP, "checkout-v2", 180, at(0));
    assert_eq!(minutes.evaluations, 12);
    let day = telemetry.traffic(SHOP, LONGEST, at(0)).evaluations;
    assert_eq!(day.iter().sum::<u64>(), 1_213);
    assert!(day.iter().filter(|n| **n > 0).count() > 3, "an hour is spread over its time");
    assert!(telemetry.take().tallies.is_empty(), "it is kept already");
}

#[test]
fn what_people_do_is_summed_for_what_they_were_served() {
    let telemetry = Telemetry::new();
    telemetry.exposed(SHOP, "ann", "checkout-v2", 0, at(0));
    telemetry.exposed(SHOP, "ann", "checkout-v2", 1, at(1));
    telemetry.exposed(SHOP, "bob", "checkout-v2", 0, at(1));
    telemetry.exposed(Place { environment: "staging", ..SHOP }, "cid", "checkout-v2", 0, at(1));
    let bought = |who, value| telemetry.did(SHOP, who, "bought", value, at(2));
    assert!(bought("ann", 10.0) && bought("ann", 5.0) && bought("bob", 1.0) && bought("cid", 3.0));
    assert!(!telemetry.did(SHOP, "ann", &"x".repeat(300), 1.0, at(2)));
    let mut sums: Vec<_> = telemetry
        .take()
        .outcomes
        .into_iter()
        .map(|o| (o.served.map(|(flag, variation)| format!("{flag}/{variation}")), o.count, o.total))
        .collect();
    sums.sort_by(|a, b| a.0.cmp(&b.0));
    let of = |name: &str| Some(name.to_owned());
    assert_eq!(sums, [(None, 4, 19.0), (of("checkout-v2/0"), 1, 1.0), (of("checkout-v2/1"), 2, 15.0)]);
    // However many people come, what is remembered of them is bounded, and the newest are known.
    for n in 0..300_000 {
        telemetry.exposed(SHOP, &n.to_string(), "checkout-v2", 0, at(3));
    }
    assert!(
        telemetry.did(SHOP, "299999", "bought", 2.0, at(4)) && telemetry.did(SHOP, "0", "bought", 2.0, at(4))
    );
    let sums = telemetry.take().outcomes;
    let served = sums.iter().find(|o| o.served.is_some()).map(|o| o.count);
    assert_eq!(served, Some(1), "the oldest are forgotten");
}

/// Flags whose decisions say a variation, and by 256 a rule.
struct Listed(Vec<String>, u8);

struct One<'a>(&'a str);

impl WholeFlags for Listed {
    fn id(&self) -> (usize, u8) {
        (self.0.as_ptr() as usize, self.1)
    }

    fn each(&self, tell: &mut dyn FnMut(&dyn WholeFlag)) {
        self.0.iter().for_each(|key| tell(&One(key)));
    }
}

impl WholeFlag for One<'_> {
    fn key(&self) -> &str {
        self.0
    }

    fn version(&self) -> u64 {
        7
    }

    fn decided(&self, decision: u32) -> Decided<'_> {
        let (variation, rule) = (Some(decision as usize % 256), (decision >= 256).then_some("beta"));
        Decided { variation, reason: if rule.is_some() { "RULE_MATCH" } else { "FALLTHROUGH" }, rule }
    }
}

proptest! {
    /// Whatever comes together or not, and however much of it, is counted as if it had been told one by one.
    #[test]
    fn an_answer_about_all_flags_counts_as_one_for_each(
        rows in prop::collection::vec((0u8..2, 0i64..3, 0u64..4, prop::collection::vec(0u32..3, 5)), 0..60),
        asks in prop::collection::vec(any::<bool>(), 60),
    ) {
        let keys: Vec<String> = (0..5).map(|n| format!("flag-{n}")).collect();
        let lists = [0, 1].map(|number| Arc::new(Listed(keys.clone(), number)));
        let (whole, single) = (Telemetry::new(), Telemetry::new());
        for ((list, second, who, decisions), asks) in rows.iter().zip(asks) {
            let context = (*who > 0).then(|| ContextHash::of(&who.to_string()));
            // 0, 1 and 256: the same variation for another reason.
            let decisions: Box<[u32]> = decisions.iter().map(|n| [0, 1, 256][*n as usize]).collect();
            for (key, decision) in keys.iter().zip(&decisions) {
                let rule = (*decision >= 256).then_some("beta");
                let record = evaluation(*decision as usize % 256, rule, context.as_slice(), *second);
                single.evaluation(EvaluationRecord { flag: key, ..record });
            }
            let flags = Arc::clone(&lists[usize::from(*list)]) as Arc<dyn WholeFlags>;
            let (project, environment) = (SHOP.project.into(), SHOP.environment.into());
            whole.whole(WholeRecord { project, environment, flags, decisions, by: "web".into(), context, at: at(*second) });
            if asks {
                whole.traffic(SHOP, 60, at(9));
            }
        }
        for key in &keys {
            prop_assert_eq!(whole.served(SHOP, key, 60, at(9)), single.served(SHOP, key, 60, at(9)));
            prop_assert_eq!(whole.flag(SHOP, key, 60, at(9)), single.flag(SHOP, key, 60, at(9)));
        }
        prop_assert_eq!(whole.traffic(SHOP, 60, at(9)), single.traffic(SHOP, 60, at(9)));
        let taken = |telemetry: &Telemetry| {
            let mut taken = telemetry.take();
            taken.tallies.sort_by(|a, b| (&a.flag, a.variation, &a.rule).cmp(&(&b.flag, b.variation, &b.rule)));
            taken.asked.sort_by(|a, b| a.flag.cmp(&b.flag));
            (taken.tallies, taken.asked)
        };
        prop_assert_eq!(taken(&whole), taken(&single));
    }
}

#[test]
fn what_is_put_aside_is_bounded() {
    let telemetry = Telemetry::new();
    let flags: Arc<dyn WholeFlags> = Arc::new(Listed(vec!["flag".into()], 0));
    let row = WholeRecord {
        project: SHOP.project.into(),
        environment: SHOP.environment.into(),
        flags,
        decisions: vec![0; 1 << 20].into(),
        by: "web".into(),
        context: None,
        at: at(0),
    };
    for _ in 0..4 {
        telemetry.whole(row.clone());
    }
    assert!(telemetry.is_unsettled());
    telemetry.whole(row);
    assert!(!telemetry.is_unsettled());
    assert_eq!(telemetry.served(SHOP, "flag", 60, at(0)).evaluations, 5);
}
