//! The engine beside LaunchDarkly's own evaluator, crate `launchdarkly-server-sdk-evaluation`: the same value, the
//! same variation, the same reason, the same prerequisites, for generated flags, segments and contexts.
//!
//! `SWITCHYARD_SOAK_CASES=N` runs N cases instead of the usual number. The differences that are meant are in
//! `docs/decisions/0002-flag-semantics.md`.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod coverage;
mod generate;
mod oracle;

use std::{cell::RefCell, collections::HashSet, sync::Arc};

use coverage::{Coverage, Watch};
use generate::Case;
use launchdarkly_server_sdk_evaluation as ld;
use oracle::{Oracle, Outcome, doubles};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use switchyard_flags::{Context, FlagSet, Reference, ValueRef, offline};
use switchyard_model::{flag_spec::FlagSpec, segment_spec::SegmentSpec};

/// Runs as many cases as a soak asks for, or else the usual number.
fn runner(usual: u32) -> TestRunner {
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration but its environment")]
    let soak = std::env::var("SWITCHYARD_SOAK_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = soak.unwrap_or(usual);
    TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() })
}

fn compile(flags: &[Value], segments: &[Value]) -> FlagSet {
    let flags: Vec<Arc<FlagSpec>> =
        flags.iter().map(|f| Arc::new(serde_json::from_value(f.clone()).unwrap())).collect();
    let segments: Vec<Arc<SegmentSpec>> =
        segments.iter().map(|s| Arc::new(serde_json::from_value(s.clone()).unwrap())).collect();
    FlagSet::compile(flags, segments)
}

/// What makes `before` be `after`: by key what is there now, or that it is gone.
fn steps<'a, T: serde::de::DeserializeOwned>(
    before: &'a [Value],
    after: &'a [Value],
) -> Vec<(&'a str, Option<Arc<T>>)> {
    fn key(json: &Value) -> &str {
        json["key"].as_str().unwrap()
    }
    let gone = before.iter().filter(|was| !after.iter().any(|now| key(now) == key(was)));
    let read = |json: &Value| Some(Arc::new(serde_json::from_value(json.clone()).unwrap()));
    gone.map(|was| (key(was), None)).chain(after.iter().map(|now| (key(now), read(now)))).collect()
}

#[test]
fn a_set_that_is_changed_answers_as_one_made_anew() {
    let cases = (generate::case(), generate::case(), generate::case());
    let checked = runner(500).run(&cases, |(first, second, third)| {
        let mut set = compile(&first.flags, &first.segments);
        let mut before = &first;
        for next in [&second, &third, &first] {
            let flags = steps::<FlagSpec>(&before.flags, &next.flags);
            // One at a time, as single changes come, and the segments all at once.
            for flag in flags {
                set = set.with([flag], []);
            }
            set = set.with([], steps::<SegmentSpec>(&before.segments, &next.segments));
            let anew = compile(&next.flags, &next.segments);
            prop_assert_eq!(set.attributes().fingerprint(), anew.attributes().fingerprint());
            prop_assert_eq!(set.flags().count(), anew.flags().count());
            prop_assert_eq!(set.segments().count(), anew.segments().count());
            for context in &next.contexts {
                let context = Context::from_json(context).unwrap();
                for flag in before.flags.iter().chain(&next.flags) {
                    let key = flag["key"].as_str().unwrap();
                    prop_assert_eq!(set.evaluate(key, &context), anew.evaluate(key, &context));
                }
            }
            before = next;
        }
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
}

#[test]
fn answers_what_launchdarkly_answers() {
    let coverage = RefCell::new(Coverage::default());
    let leaks = RefCell::new((0, 0));
    let checked = runner(10_000).run(&generate::case(), |case| {
        let Case { flags, segments, contexts } = case;
        let (set, oracle) = (compile(&flags, &segments), Oracle::new(&flags, &segments));
        for context in &contexts {
            let mut coverage = coverage.borrow_mut();
            coverage.mark(match context.get("kind").and_then(Value::as_str) {
                None => "context legacy",
                Some("multi") => "context multi",
                Some(_) => "context single",
            });
            let parsed = Context::from_json(context).unwrap();
            for flag in &flags {
                let key = flag["key"].as_str().unwrap();
                let unwatched = set.evaluate(key, &parsed);
                let detail = set.evaluate_with(key, &parsed, &mut Watch::new(&mut coverage));
                prop_assert_eq!(&detail, &unwatched, "being watched changes the answer");
                let mut reason = serde_json::to_value(detail.reason).unwrap();
                reason.as_object_mut().unwrap().remove("bigSegmentsStatus");
                let ours = Outcome {
                    value: detail.value.map(doubles),
                    variation: detail.variation_index,
                    reason,
                    prerequisites: std::mem::take(&mut coverage.prerequisites),
                };
                let theirs = oracle.evaluate(key, context);
                leaks.borrow_mut().0 += 1;
                if ours != theirs && leaves_a_flag_in_the_chain(&theirs, &ours, key, &flags) {
                    leaks.borrow_mut().1 += 1;
                    continue;
                }
                prop_assert_eq!(ours, theirs, "flag {} for {}", key, context);
            }
        }
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
    let (evaluations, leaks) = *leaks.borrow();
    assert!(leaks * 200 < evaluations, "{leaks} of {evaluations} were let pass");
    assert_eq!(coverage.borrow().missing(), Vec::<String>::new(), "branches that no case reached");
}

/// The crate keeps a flag whose prerequisite failed in the chain it finds cycles by, so that a second way to the
/// same flag looks like a cycle. The SDKs for Go, Node and Python don't. Only such an answer may differ: malformed
/// there after some of the prerequisites, more of the same prerequisites here, and a flag reached twice without a
/// cycle.
fn leaves_a_flag_in_the_chain(theirs: &Outcome, ours: &Outcome, key: &str, flags: &[Value]) -> bool {
    fn visit<'a>(
        key: &'a str,
        flags: &'a [Value],
        path: &mut Vec<&'a str>,
        seen: &mut HashSet<&'a str>,
    ) -> bool {
        if path.contains(&key) {
            return false;
        }
        let twice = !seen.insert(key);
        path.push(key);
        let flag = flags.iter().find(|flag| flag["key"] == key);
        let prerequisites = flag.and_then(|flag| flag["prerequisites"].as_array()).into_iter().flatten();
        let below =
            prerequisites.filter(|p| visit(p["key"].as_str().unwrap(), flags, path, seen)).count() > 0;
        path.pop();
        twice || below
    }
    let malformed = json!({"kind": "ERROR", "errorKind": "MALFORMED_FLAG"});
    theirs.reason == malformed
        && ours.prerequisites.len() > theirs.prerequisites.len()
        && ours.prerequisites.starts_with(&theirs.prerequisites)
        && visit(key, flags, &mut Vec::new(), &mut HashSet::new())
}

#[test]
fn every_operator_agrees_on_every_pair_of_values() {
    let op = proptest::sample::select(&generate::OPERATORS[..]);
    let cases = op.prop_flat_map(|op| {
        let (fitting, _) = generate::operands(op);
        let either = prop_oneof![4 => fitting.clone(), 1 => generate::value()];
        (Just(op), either, prop_oneof![4 => fitting, 1 => generate::value()])
    });
    let checked = runner(20_000).run(&cases, |(op, attribute, value)| {
        let flag = json!({
            "key": "f", "version": 1, "on": true, "salt": "", "targets": [], "prerequisites": [], "variations": [0, 1],
            "rules": [{"id": "", "trackEvents": false, "variation": 1,
                "clauses": [{"contextKind": "user", "attribute": "x", "op": op, "values": [value]}]}],
            "fallthrough": {"variation": 0},
        });
        let context = json!({"kind": "user", "key": "k", "x": attribute});
        let theirs = Oracle::new(std::slice::from_ref(&flag), &[]).evaluate("f", &context).variation;
        let set = compile(&[flag], &[]);
        let ours = set.evaluate("f", &Context::from_json(&context).unwrap()).variation_index;
        prop_assert_eq!(ours, theirs, "{} {} {}", attribute, op, value);
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
}

#[test]
fn contexts_are_read_alike() {
    let cases = (generate::context(), generate::wounds());
    let reached = RefCell::new([0; 2]);
    let checked = runner(5_000).run(&cases, |(context, wounds)| {
        let context = generate::damage(context, &wounds);
        // serde also reads structures from lists; nobody writes contexts or their `_meta` like that.
        if !context.is_object() || has_listed_parts(&context) {
            return Ok(());
        }
        let ours = Context::from_json(&context);
        let theirs: Result<ld::Context, _> = serde_json::from_value(context.clone());
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => {
                prop_assert_eq!(ours.canonical_key(), theirs.canonical_key());
                let again = Context::from_json(&serde_json::to_value(ours).unwrap());
                if !ours.canonical_key().is_empty() {
                    prop_assert_eq!(
                        serde_json::to_value(again.unwrap()).unwrap(),
                        serde_json::to_value(ours).unwrap()
                    );
                }
            }
            (Err(_), Err(_)) => {}
            _ => prop_assert!(false, "{}: {:?} here, {:?} there", context, ours, theirs),
        }
        reached.borrow_mut()[usize::from(ours.is_ok())] += 1;
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
    assert!(reached.borrow().iter().all(|count| *count > 100), "{reached:?} invalid and valid contexts");
}

fn has_listed_parts(context: &Value) -> bool {
    let parts = context.as_object().into_iter().flat_map(|parts| parts.values());
    parts.chain([context]).any(|part| part.is_array() || part.get("_meta").is_some_and(Value::is_array))
}

/// What is read by reference, in its own words.
#[test]
fn references_find_what_they_name() {
    let context = Context::from_json(&json!({
        "kind": "user", "key": "k", "name": "n", "a/b": 1, "~x": 2, "address": {"city": "Ulm", "geo": {"lat": 48.4}},
    }))
    .unwrap();
    let cases = [
        ("key", Some(ValueRef::String("k"))),
        ("/name", Some(ValueRef::String("n"))),
        ("kind", Some(ValueRef::String("user"))),
        ("anonymous", Some(ValueRef::Bool(false))),
        ("a/b", Some(ValueRef::Number(1.0))),
        ("/a~1b", Some(ValueRef::Number(1.0))),
        ("/~0x", Some(ValueRef::Number(2.0))),
        ("/address/city", Some(ValueRef::String("Ulm"))),
        ("/address/geo/lat", Some(ValueRef::Number(48.4))),
        ("/address/city/x", None),
        ("/name/x", None),
        ("address/city", None),
    ];
    for (reference, want) in cases {
        assert_eq!(context.get("user", &Reference::parse(reference).unwrap()), want, "{reference}");
    }
    for wrong in ["", "/", "//a", "/a/", "/~2", "/a~"] {
        assert!(Reference::parse(wrong).is_err(), "{wrong}");
    }
}

/// Whatever comes in, something comes out: the same that `fuzz/` looks for with more time.
#[test]
fn nothing_panics_on_arbitrary_input() {
    let cases = (generate::case(), generate::wounds(), generate::wounds(), generate::any_json());
    let checked = runner(4_000).run(&cases, |(case, wounds, more, odd)| {
        let by_key = |specs: Vec<Value>| -> Value {
            specs.into_iter().map(|spec| (spec["key"].as_str().unwrap().to_owned(), spec)).collect()
        };
        let file = json!({"flags": by_key(case.flags), "segments": by_key(case.segments)});
        let file = generate::damage(file, &wounds);
        if let Ok(set) = offline::read_flags(file.to_string().as_bytes()) {
            for context in
                case.contexts.into_iter().map(|context| generate::damage(context, &more)).chain([odd.clone()])
            {
                for key in ["f0", "f1", "f2", "none"] {
                    let line = json!({"flag": key, "context": context}).to_string();
                    let answer: Value = serde_json::from_str(&offline::answer_line(&set, &line)).unwrap();
                    prop_assert!(
                        answer.get("reason").is_some() || answer.get("error").is_some(),
                        "{}",
                        answer
                    );
                }
            }
            offline::answer_line(&set, &odd.to_string());
        }
        let _ = offline::read_flags(odd.to_string().as_bytes());
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
}
