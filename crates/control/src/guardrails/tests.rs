//! Rules by themselves: what can be read, what it may cost.

use super::aside::aside;
use super::fuel::Fuel;
use super::functions;
use super::pack::pack;
use super::rule::Rule;
use super::values::{json, text};

/// What a rule answers where `steps` are so many and `change.title` is so long.
fn ask(rule: &str, steps: usize, title: &str) -> Result<bool, String> {
    let work = || {
        let rule = Rule::read(rule)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
        let mut context = functions::context();
        context.add_variable_as_val("steps", json(&serde_json::json!((0..steps).collect::<Vec<_>>())));
        context.add_variable_as_val("change", json(&serde_json::json!({ "title": title })));
        context.add_variable_as_val("now", text("2026-11-27T15:30:00Z"));
        rule.holds(&context, Fuel::for_values(steps as u64 + title.len() as u64 / 32))
    };
    aside(work).expect("nothing panics")
}

#[test]
fn a_rule_says_what_it_can_not_be() {
    let cases = [
        ("", "can't be read at line 1"),
        ("change.reason ==", "can't be read at line 1"),
        ("true\n  && (", "can't be read at line 2"),
        ("chnage.reason != ''", "asks for `chnage`, which is not there"),
        ("change.raeson != ''", "asks for `change.raeson`, which is not there"),
        ("steps.all(s, t.points < 1)", "asks for `t`, which is not there"),
        ("wekday(now, 'UTC') == 'friday'", "calls `wekday`, which is not there"),
        ("steps.all(change, change.anything)", ""),
        ("Thing{a: 1} == 2", "makes a `Thing`, which is not there"),
        ("change.?title", "can't be read"),
        ("'title'", "it answers a string, and must answer true or false"),
        ("size(steps)", "it answers a int, and must answer true or false"),
        ("change.title < 3", "no matching overload"),
        ("1 / (size(steps) - size(steps)) == 1", "it divides by zero"),
        ("steps[100] == 1", "Index out of bounds"),
        ("9223372036854775807 + size(steps) > 0", "Overflow"),
        ("hour(now, 'Europe/Atlantis') < 3", "\"Europe/Atlantis\" is no time zone"),
        ("hour(change.title, 'UTC') < 3", "is no time"),
        ("change.title.matches('(')", "is no expression that can be read"),
    ];
    for (rule, said) in cases {
        let answer = ask(rule, 5, "a title").unwrap_err();
        assert!(answer.contains(said), "{rule}: {answer}");
    }
}

#[test]
fn time_is_told_in_the_zone_that_is_named() {
    for (rule, holds) in [
        ("weekday(now, 'Europe/Amsterdam') == 'friday' && hour(now, 'Europe/Amsterdam') == 16", true),
        ("weekday(now, 'Asia/Tokyo') == 'saturday' && hour(now, 'Asia/Tokyo') == 0", true),
        ("date(now, 'Asia/Tokyo') == '2026-11-28' && minute(now, 'Asia/Tokyo') == 30", true),
        ("now.hour('UTC') == 15 && now < '2027'", true),
        ("hour('2026-07-03T14:30:00Z', 'Europe/Amsterdam') == 16", true),
        ("hour('2026-07-03T14:30:00Z', 'Europe/Amsterdam') == 15", false),
        ("change.title.matches('^PAY-[0-9]+ ')", false),
        ("'PAY-12 faster'.matches('^PAY-[0-9]+ ')", true),
    ] {
        assert_eq!(ask(rule, 1, "t"), Ok(holds), "{rule}");
    }
}

#[test]
fn hostile_rules_end() {
    let nested = |open: &str, middle: &str, close: &str, depth: usize| {
        format!("{}{middle}{}", open.repeat(depth), close.repeat(depth))
    };
    let long = |piece: &str, length: usize| piece.repeat(length / piece.len());
    // Each level turns its values into many.
    let doubling = |levels: usize, times: usize| {
        let list = vec!["x"; times].join(", ");
        let mut rule = "[['a']]".to_owned();
        for _ in 0..levels {
            rule = format!("{rule}.map(x, [{list}])");
        }
        format!("{rule} == []")
    };
    let strings = |levels: usize, times: usize| {
        let sum = vec!["x"; times].join(" + ");
        let maps: String = (0..levels).map(|_| format!(".map(x, {sum})")).collect();
        format!("['aaaaaaaaaaaaaaaa']{maps} == []")
    };
    let loops = |levels: usize| {
        let mut rule = "true".to_owned();
        for level in 0..levels {
            rule = format!("steps.all(x{level}, {rule})");
        }
        rule
    };
    let rules = [
        nested("(", "true", ")", 1_900),
        nested("[", "1", "]", 1_900),
        nested("{1:", "1", "}", 900),
        nested("steps.map(x, ", "x", ")", 280),
        nested("size(", "1", ")", 600),
        nested("has(", "a.b", ")", 700),
        nested("([{1:!-", "1", "}])", 350),
        nested("Thing{a:", "1", "}", 400),
        format!("{}true", "!".repeat(3_990)),
        format!("{}1 == 1", "-".repeat(3_990)),
        format!("1{} == 1", long("+1", 3_900)),
        format!("true{}", long("&&true", 3_900)),
        format!("{}true", long("true?true:", 3_900)),
        format!("change{}", long(".title", 3_900)),
        format!("steps{} == 1", long("[0]", 3_900)),
        format!("[{}1] == []", long("[],", 3_900)),
        "(".repeat(4_000),
        "?".repeat(4_000),
        "\0".repeat(4_000),
        format!("'{}", "a".repeat(3_990)),
        "a b c ) ( ] [ ? : , . ".repeat(180),
        "true".repeat(100_000),
        loops(3),
        loops(12),
        format!("{} || {}", loops(5), loops(6)),
        doubling(3, 200),
        doubling(12, 20),
        doubling(100, 2),
        strings(3, 200),
        strings(12, 20),
        strings(100, 2),
        "steps.map(x, steps.map(y, steps.map(z, [x, y, z]))) == []".to_owned(),
        "steps.filter(x, steps.exists(y, steps.exists_one(z, x + y == z))) == []".to_owned(),
        "steps.all(x, change.title.contains(change.title + 'b') == false)".to_owned(),
        "steps.all(x, change.title + change.title + change.title != '')".to_owned(),
        "steps.all(x, change.title.matches('(a*)*b') == false)".to_owned(),
        "steps.all(x, change.title.matches('(((a{100}){100}){100}){100}'))".to_owned(),
        "steps.all(x, hour(now, string(x)) == 1)".to_owned(),
        "steps.all(x, steps == steps && steps in [steps, steps] && change in [change])".to_owned(),
    ];
    let title = "a".repeat(100_000);
    for rule in &rules {
        // Some can't be read, some ask for too much work, some have an answer: none takes long, none panics.
        let answer = ask(rule, 3_000, &title);
        let beginning: String = rule.chars().take(60).collect();
        if rule.matches("steps.").count() > 2 || rule.contains(".map(x, [x") || rule.contains(".map(x, x") {
            let error = answer.expect_err(&beginning);
            assert!(error.contains("too much work") || error.contains("too deeply"), "{beginning}: {error}");
        }
    }
}

/// What a rule may do on a large change that means no harm.
#[test]
fn honest_rules_have_enough() {
    for rule in [
        "steps.all(s, s >= 0)",
        "steps.filter(s, s > 100).map(s, s * 2).exists(s, s == 400)",
        "steps.all(s, [1, 2].all(n, s + n > 0) && string(s) != '')",
        "size(steps.filter(s, s % 2 == 0)) * 2 == size(steps)",
        "change.title.startsWith('t') && steps.exists_one(s, s == 7)",
    ] {
        assert_eq!(ask(rule, 20_000, "title"), Ok(true), "{rule}");
    }
}

#[test]
fn the_pack_can_be_read_and_says_what_to_do() {
    for guardrail in pack() {
        let read = aside(|| Rule::read(&guardrail.rule).map(|_| ())).unwrap();
        assert_eq!(read, Ok(()), "{}", guardrail.key);
        assert!(!guardrail.name.is_empty() && !guardrail.description.is_empty(), "{}", guardrail.key);
        assert!(
            guardrail.message.ends_with('.') && !guardrail.message.contains("  "),
            "{}",
            guardrail.message
        );
        assert!(!guardrail.rule.contains("  "), "{}", guardrail.rule);
    }
}
