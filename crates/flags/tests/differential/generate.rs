//! Flags, segments and contexts from small alphabets, so that they meet; spiced with what is odd or wrong.

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
};
use serde_json::{Map, Value, json};

/// A set of flags and segments in LaunchDarkly's form, and contexts to ask about.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) flags: Vec<Value>,
    pub(crate) segments: Vec<Value>,
    pub(crate) contexts: Vec<Value>,
}

pub(crate) fn case() -> impl Strategy<Value = Case> {
    (vec(flag_body(), 1..5), vec(segment_body(), 0..4), vec(context(), 1..4)).prop_map(
        |(flags, segments, contexts)| {
            let named = |prefix: &str, bodies: Vec<Map<String, Value>>| {
                let with_key = |(at, mut body): (usize, Map<String, Value>)| {
                    body.insert("key".to_owned(), json!(format!("{prefix}{at}")));
                    Value::Object(body)
                };
                bodies.into_iter().enumerate().map(with_key).collect()
            };
            Case { flags: named("f", flags), segments: named("s", segments), contexts }
        },
    )
}

const KINDS: [&str; 3] = ["user", "org", "device"];
const KEYS: [&str; 5] = ["a", "b", "c", "d", "e"];
const STRINGS: [&str; 12] = ["", "a", "b", "ab", "abc", "pro", "free", "a.c", "ABC", "org", "user", "ünï"];
const PATTERNS: [&str; 7] = ["^a", "b+$", "(", "", "a.c", r"\d", "(?i)abc"];
const ATTRIBUTES: [&str; 12] =
    ["email", "plan", "n", "tags", "address", "a/b", "~x", "version", "when", "beta", "/odd", "firstName"];
const REFERENCES: [&str; 25] = [
    "email",
    "plan",
    "n",
    "tags",
    "/address/city",
    "/address/geo/lat",
    "/a~1b",
    "/~0x",
    "version",
    "when",
    "beta",
    "key",
    "name",
    "anonymous",
    "/key",
    "/email",
    "/kind/x",
    "kind",
    "missing",
    "/odd",
    "",
    "/",
    "//a",
    "/a/",
    "/~2",
];

fn key() -> impl Strategy<Value = String> {
    select(&KEYS[..]).prop_map(str::to_owned)
}

fn keys() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![6 => vec(key(), 0..3), 1 => vec(key(), 0..40)]
}

fn kind() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("user"), 2 => select(&KINDS[..])]
}

/// Mostly fine, now and then one that is no kind.
fn kind_field() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![3 => Just(None), 6 => kind().prop_map(Some), 1 => select(vec!["", "kind", "multi", "a b", "ö"]).prop_map(Some)]
}

fn reference() -> impl Strategy<Value = &'static str> {
    prop_oneof![9 => select(&REFERENCES[..20]), 1 => select(&REFERENCES[..])]
}

pub(crate) fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3..4i64).prop_map(|n| json!(n)),
        select(vec![
            0.5,
            -0.0,
            1.0,
            1.5,
            37.25,
            1e15,
            9_007_199_254_740_991.0,
            9_007_199_254_740_993.0,
            1e300
        ])
        .prop_map(|n| json!(n)),
        select(vec![
            u64::MAX as i128,
            i64::MIN as i128,
            1_767_225_600_000,
            1_767_225_600_001,
            8_210_266_876_799_999,
            8_210_266_876_800_000,
            -8_334_601_228_800_000,
            -8_334_601_228_800_001,
        ])
        .prop_map(|n| i64::try_from(n).map_or(json!(n as u64), |n| json!(n))),
        any::<f64>().prop_filter("JSON knows no others", |n| n.is_finite()).prop_map(|n| json!(n)),
    ]
}

pub(crate) fn version() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..3u8, 0..3u8, 0..3u8).prop_map(|(a, b, c)| format!("{a}.{b}.{c}")),
        (0..3u8, 0..3u8).prop_map(|(a, b)| format!("{a}.{b}")),
        (0..3u8).prop_map(|a| a.to_string()),
        (
            0..2u8,
            select(vec![
                "rc", "rc.1", "rc.2", "rc.10", "1", "10", "2", "rc.01", "a-b", "", "rc..1", "01", "00a"
            ])
        )
            .prop_map(|(a, pre)| format!("{a}.0.0-{pre}")),
        (
            0..2u8,
            select(vec!["", ".0", ".0.0"]),
            select(vec!["-rc", "+b", "-rc+b.01", "+", "-+b", ".1", "x", "+b+c"])
        )
            .prop_map(|(a, zeros, rest)| format!("{a}{zeros}{rest}")),
        select(vec![
            "01.0.0",
            "v1.0.0",
            "1.",
            ".1",
            "1..1",
            "18446744073709551616.0.0",
            "18446744073709551615.0.0",
            "١.0.0"
        ])
        .prop_map(str::to_owned),
        "[0-9.a+-]{0,8}",
    ]
}

pub(crate) fn date() -> impl Strategy<Value = String> {
    let offset = select(vec![
        "Z",
        "z",
        "+00:00",
        "-00:00",
        "+01:00",
        "-23:59",
        "+24:00",
        "+01:60",
        "+0100",
        "",
        "\u{2212}02:00",
        "Zx",
        "+1:00",
    ]);
    let fraction = select(vec!["", ".1", ".10", ".999999999", ".9999999999", ".", ".x", ".000000001"]);
    let separator = select(vec!["T", "T", "T", "t", " ", "_"]);
    let date = prop_oneof![
        (2025..2027u16, 11..13u8, 29..32u8).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}")),
        (select(vec![0u16, 1, 1600, 1900, 1969, 1970, 1972, 2000, 2024, 2026, 9999]), 0..14u8, 0..33u8)
            .prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}")),
        select(vec!["2024-02-29", "2026-02-29", "26-01-01", "2026-1-01", "2026/01/01"])
            .prop_map(str::to_owned),
    ];
    let time = prop_oneof![
        Just("00:00:00".to_owned()),
        (0..25u8, 0..61u8, 57..62u8).prop_map(|(h, m, s)| format!("{h:02}:{m:02}:{s:02}")),
    ];
    (date, separator, time, fraction, offset).prop_map(|(d, t, s, f, o)| format!("{d}{t}{s}{f}{o}"))
}

pub(crate) fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => select(&STRINGS[..]).prop_map(|s| json!(s)),
        3 => number(),
        2 => any::<bool>().prop_map(|b| json!(b)),
        1 => Just(Value::Null),
        2 => version().prop_map(Value::from),
        2 => date().prop_map(Value::from),
    ]
}

pub(crate) fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        12 => scalar(),
        3 => vec(scalar(), 0..3).prop_map(Value::Array),
        1 => vec((select(vec!["city", "geo", "x"]), scalar()), 0..3).prop_map(|members| members.into_iter().collect()),
        1 => vec(vec(scalar(), 0..2), 0..2).prop_map(|lists| json!(lists)),
    ]
}

pub(crate) const OPERATORS: [&str; 16] = [
    "in",
    "startsWith",
    "endsWith",
    "matches",
    "contains",
    "lessThan",
    "lessThanOrEqual",
    "greaterThan",
    "greaterThanOrEqual",
    "before",
    "after",
    "semVerEqual",
    "semVerLessThan",
    "semVerGreaterThan",
    "segmentMatch",
    "unheardOf",
];

/// Values that suit the operator, and the attribute that is likely to.
pub(crate) fn operands(op: &'static str) -> (BoxedStrategy<Value>, BoxedStrategy<&'static str>) {
    let string = select(&STRINGS[..]).prop_map(Value::from);
    let attribute =
        |names: &'static [&'static str]| prop_oneof![4 => select(names), 1 => reference()].boxed();
    match op {
        "matches" => {
            let pattern = prop_oneof![3 => select(&PATTERNS[..]).prop_map(Value::from), 1 => string];
            (pattern.boxed(), attribute(&["email", "plan", "tags", "key"]))
        }
        "in" => (value().boxed(), reference().boxed()),
        "startsWith" | "endsWith" | "contains" => {
            (string.boxed(), attribute(&["email", "plan", "tags", "/address/city", "key", "kind", "name"]))
        }
        "before" | "after" => {
            (prop_oneof![date().prop_map(Value::from), number()].boxed(), attribute(&["when", "n"]))
        }
        "semVerEqual" | "semVerLessThan" | "semVerGreaterThan" => {
            (version().prop_map(Value::from).boxed(), attribute(&["version"]))
        }
        "segmentMatch" => {
            (select(vec!["s0", "s1", "s2", "s3"]).prop_map(Value::from).boxed(), reference().boxed())
        }
        "unheardOf" => (value().boxed(), reference().boxed()),
        _ => (number().boxed(), attribute(&["n", "tags", "/address/geo/lat"])),
    }
}

fn clause() -> impl Strategy<Value = Value> {
    select(&OPERATORS[..]).prop_flat_map(|op| {
        let (fitting, attribute) = operands(op);
        let values =
            prop_oneof![6 => vec(fitting.clone(), 1..4), 1 => vec(fitting, 9..20), 1 => vec(value(), 0..3)];
        (attribute, values, kind_field(), prop_oneof![3 => Just(None), 1 => any::<bool>().prop_map(Some)])
            .prop_map(move |(attribute, values, kind, negate)| {
                fields(
                    json!({"attribute": attribute, "op": op, "values": values}),
                    [("contextKind", kind.map(Value::from)), ("negate", negate.map(Value::from))],
                )
            })
    })
}

/// Adds the members that are there.
fn fields<const N: usize>(mut object: Value, members: [(&str, Option<Value>); N]) -> Value {
    for (name, value) in members {
        if let Some(value) = value {
            object[name] = value;
        }
    }
    object
}

fn clauses() -> impl Strategy<Value = Vec<Value>> {
    prop_oneof![1 => Just(0..1usize), 5 => Just(1..2), 2 => Just(2..4)]
        .prop_flat_map(|size| vec(clause(), size))
}

fn variation() -> impl Strategy<Value = i64> {
    prop_oneof![30 => 0..3i64, 1 => select(vec![-1, 3, 99])]
}

fn weighted() -> impl Strategy<Value = Value> {
    let weight = prop_oneof![select(vec![0, 1, 10_000, 37_500, 33_333, 50_000, 100_000]), 0..100_000i64];
    (variation(), weight, option::of(any::<bool>())).prop_map(|(variation, weight, untracked)| {
        fields(json!({"variation": variation, "weight": weight}), [("untracked", untracked.map(Value::from))])
    })
}

fn rollout() -> impl Strategy<Value = Value> {
    let rollout_kind = prop_oneof![
        6 => Just(None),
        3 => Just(Some("experiment")),
        2 => Just(Some("rollout")),
        1 => select(vec!["", "unheardOf"]).prop_map(Some),
    ];
    let by = prop_oneof![3 => Just(None), 2 => select(vec!["email", "n", "key"]).prop_map(Some), 1 => reference().prop_map(Some)];
    (
        rollout_kind,
        kind_field(),
        by,
        prop_oneof![9 => vec(weighted(), 1..4), 1 => Just(vec![])],
        option::of(-5..100i64),
    )
        .prop_map(|(rollout_kind, kind, by, variations, seed)| {
            fields(
                json!({ "variations": variations }),
                [
                    ("kind", rollout_kind.map(Value::from)),
                    ("contextKind", kind.map(Value::from)),
                    ("bucketBy", by.map(Value::from)),
                    ("seed", seed.map(Value::from)),
                ],
            )
        })
}

/// A variation, a rollout, rarely both or neither.
fn serve() -> impl Strategy<Value = Value> {
    prop_oneof![
        10 => variation().prop_map(|variation| json!({ "variation": variation })),
        9 => rollout().prop_map(|rollout| json!({ "rollout": rollout })),
        1 => (variation(), rollout()).prop_map(|(variation, rollout)| json!({"variation": variation, "rollout": rollout})),
        1 => Just(json!({})),
    ]
}

fn rule() -> impl Strategy<Value = Value> {
    (select(vec!["", "r1", "r2"]), clauses(), serve(), any::<bool>()).prop_map(
        |(id, clauses, serve, track)| {
            let mut rule = serve;
            rule["id"] = json!(id);
            rule["clauses"] = json!(clauses);
            rule["trackEvents"] = json!(track);
            rule
        },
    )
}

/// One of many that each want a few values of the same attributes: what the evaluator looks up instead of trying.
fn wanting_rule() -> impl Strategy<Value = Value> {
    let values =
        prop_oneof![9 => vec(select(&STRINGS[..]).prop_map(Value::from), 1..3), 1 => vec(value(), 0..12)];
    let attribute =
        prop_oneof![12 => select(&ATTRIBUTES[..4]), 3 => select(&ATTRIBUTES[..]), 1 => reference()];
    let negate = prop_oneof![9 => Just(None), 1 => any::<bool>().prop_map(Some)];
    let wants = (attribute, values, kind_field(), negate).prop_map(|(attribute, values, kind, negate)| {
        fields(
            json!({"attribute": attribute, "op": "in", "values": values}),
            [("contextKind", kind.map(Value::from)), ("negate", negate.map(Value::from))],
        )
    });
    (rule(), wants, prop::bool::weighted(0.9)).prop_map(|(mut rule, wants, first)| {
        let clauses = rule["clauses"].as_array_mut().expect("clauses");
        if first {
            *clauses = vec![wants];
        } else {
            clauses.push(wants);
        }
        rule
    })
}

fn target(kind: impl Strategy<Value = Option<&'static str>>) -> impl Strategy<Value = Value> {
    (kind, keys(), variation()).prop_map(|(kind, values, variation)| {
        fields(json!({"values": values, "variation": variation}), [("contextKind", kind.map(Value::from))])
    })
}

fn context_targets() -> impl Strategy<Value = Vec<Value>> {
    let borrowed = variation()
        .prop_map(|variation| json!({"contextKind": "user", "values": [], "variation": variation}));
    vec(prop_oneof![2 => borrowed, 3 => target(option::of(kind()))], 0..3)
}

fn flag_body() -> impl Strategy<Value = Map<String, Value>> {
    let prerequisite = (select(vec!["f0", "f1", "f2", "f3", "f4"]), variation())
        .prop_map(|(key, variation)| json!({"key": key, "variation": variation}));
    let prerequisites = prop_oneof![3 => Just(vec![]), 1 => vec(prerequisite, 1..3)];
    let targets = prop_oneof![2 => Just(vec![]), 1 => vec(target(prop_oneof![4 => Just(None), 1 => kind().prop_map(Some)]), 0..3)];
    let context_targets = prop_oneof![2 => Just(vec![]), 1 => context_targets()];
    let rules = prop_oneof![1 => Just(vec![]), 7 => vec(rule(), 1..4), 1 => vec(wanting_rule(), 4..20), 1 => vec(wanting_rule(), 60..80)];
    let variations = vec(value(), 3..4);
    (
        prop::bool::weighted(0.9),
        prop_oneof![Just(String::new()), Just("salt".to_owned()), Just("long".repeat(20))],
        option::weighted(0.8, variation()),
        (prerequisites, targets, context_targets, rules),
        serve(),
        variations,
    )
        .prop_map(|(on, salt, off, (prerequisites, targets, context_targets, rules), fallthrough, variations)| {
            let flag = json!({
                "version": 1, "on": on, "salt": salt, "prerequisites": prerequisites, "targets": targets,
                "contextTargets": context_targets, "rules": rules, "fallthrough": fallthrough, "variations": variations,
            });
            object(fields(flag, [("offVariation", off.map(Value::from))]))
        })
}

fn segment_body() -> impl Strategy<Value = Map<String, Value>> {
    let by = prop_oneof![3 => Just(None), 1 => reference().prop_map(Some)];
    let weight = option::of(select(vec![-1, 0, 1, 30_000, 50_000, 100_000]));
    let rule = (clauses(), weight, by, kind_field()).prop_map(|(clauses, weight, by, kind)| {
        fields(
            json!({"id": "r", "clauses": clauses}),
            [
                ("weight", weight.map(Value::from)),
                ("bucketBy", by.map(Value::from)),
                ("rolloutContextKind", kind.map(Value::from)),
            ],
        )
    });
    let lists = || {
        vec((kind(), keys()).prop_map(|(kind, values)| json!({"contextKind": kind, "values": values})), 0..3)
    };
    let unbounded =
        prop_oneof![6 => Just(None), 1 => (option::of(kind()), option::of(0..3i64)).prop_map(Some)];
    (keys(), keys(), lists(), lists(), vec(rule, 0..3), unbounded).prop_map(
        |(included, excluded, included_contexts, excluded_contexts, rules, unbounded)| {
            let segment = json!({
                "version": 1, "salt": "salt", "included": included, "excluded": excluded,
                "includedContexts": included_contexts, "excludedContexts": excluded_contexts, "rules": rules,
            });
            let (kind, generation) = unbounded.unwrap_or_default();
            object(fields(
                segment,
                [
                    ("unbounded", unbounded.map(|_| Value::from(true))),
                    ("unboundedContextKind", kind.map(Value::from)),
                    ("generation", generation.map(Value::from)),
                ],
            ))
        },
    )
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => unreachable!("{other} was built as an object"),
    }
}

/// An attribute with a value that suits the operators that ask for it.
fn attribute() -> impl Strategy<Value = (String, Value)> {
    select(&ATTRIBUTES[..]).prop_flat_map(|name| {
        let value = match name {
            "n" => prop_oneof![4 => number(), 1 => value()].boxed(),
            "version" => prop_oneof![4 => version().prop_map(Value::from), 1 => value()].boxed(),
            "when" => prop_oneof![4 => date().prop_map(Value::from), 2 => number(), 1 => value()].boxed(),
            "tags" => vec(scalar(), 0..4).prop_map(Value::Array).boxed(),
            "address" => (scalar(), option::of(number()))
                .prop_map(|(city, lat)| json!({"city": city, "geo": lat.map(|lat| json!({ "lat": lat }))}))
                .boxed(),
            _ => value().boxed(),
        };
        (Just(name.to_owned()), value)
    })
}

fn single_body() -> impl Strategy<Value = Map<String, Value>> {
    let name = option::of(select(&STRINGS[..]));
    let many = (0..24u8).prop_map(|n| (format!("filler{n}"), json!(n)));
    let attributes =
        prop_oneof![9 => vec(attribute(), 0..9), 1 => vec(prop_oneof![attribute(), many], 18..40)];
    (key(), name, option::of(any::<bool>()), attributes).prop_map(|(key, name, anonymous, attributes)| {
        let mut body: Map<String, Value> = attributes.into_iter().collect();
        body.insert("key".to_owned(), Value::from(key));
        body.extend(name.map(|name| ("name".to_owned(), Value::from(name))));
        body.extend(anonymous.map(|anonymous| ("anonymous".to_owned(), Value::from(anonymous))));
        body
    })
}

/// A valid context in one of the three forms.
pub(crate) fn context() -> impl Strategy<Value = Value> {
    let single = (kind(), single_body()).prop_map(|(kind, mut body)| {
        body.insert("kind".to_owned(), Value::from(kind));
        Value::Object(body)
    });
    let multi = vec((select(&KINDS[..]), single_body()), 1..4).prop_map(|parts| {
        let mut multi: Map<String, Value> =
            parts.into_iter().map(|(kind, body)| (kind.to_owned(), Value::Object(body))).collect();
        multi.insert("kind".to_owned(), Value::from("multi"));
        Value::Object(multi)
    });
    let legacy =
        (prop_oneof![9 => key(), 1 => Just(String::new())], single_body(), option::of(select(&STRINGS[..])))
            .prop_map(|(key, mut custom, email)| {
                let (name, anonymous) = (custom.remove("name"), custom.remove("anonymous"));
                custom.remove("key");
                fields(
                    json!({"key": key, "custom": custom}),
                    [("name", name), ("anonymous", anonymous), ("email", email.map(Value::from))],
                )
            });
    prop_oneof![5 => single, 3 => multi, 2 => legacy]
}

/// Any JSON at all.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![scalar(), any::<i64>().prop_map(Value::from), ".*".prop_map(Value::from)];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let names = prop_oneof![
            select(vec![
                "key",
                "kind",
                "custom",
                "_meta",
                "anonymous",
                "name",
                "variations",
                "rules",
                "clauses",
                "values"
            ])
            .prop_map(str::to_owned),
            "[a-z/~]{0,5}",
        ];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((names, inner), 0..4).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Replaces what stands at random places by other JSON.
pub(crate) fn damage(mut json: Value, wounds: &[(Vec<Index>, Value)]) -> Value {
    for (path, replacement) in wounds {
        replace(&mut json, path, replacement);
    }
    json
}

fn replace(place: &mut Value, path: &[Index], replacement: &Value) {
    match (path.split_first(), place) {
        (Some((index, rest)), Value::Array(items)) if !items.is_empty() => {
            replace(index.get_mut(items), rest, replacement);
        }
        (Some((index, rest)), Value::Object(members)) if !members.is_empty() => {
            let at = index.index(members.len());
            replace(members.values_mut().nth(at).expect("the index is in range"), rest, replacement);
        }
        (_, place) => place.clone_from(replacement),
    }
}

/// What [`damage`] takes.
pub(crate) fn wounds() -> impl Strategy<Value = Vec<(Vec<Index>, Value)>> {
    vec((vec(any::<Index>(), 1..7), any_json()), 0..3)
}
