//! The configuration as files and back.

use proptest::prelude::*;
use serde_json::{Value, json};
use switchyard_control::{Error, Mode, Outcome};
use switchyard_files::{Source, Sources, path, yaml};
use switchyard_model::{Manifest, Problem};

use crate::world::{SHOP, World, manifests, targeting};

/// Texts that files have trouble with.
fn text() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "yes",
        "no",
        "null",
        "~",
        "1",
        "1.0",
        "0x1f",
        "1e3",
        ".inf",
        "- a",
        "a: b",
        "#",
        "'",
        "\"",
        "\\",
        "{",
        "[",
        "&a",
        "*a",
        "!t",
        "%",
        "@",
        "`",
        "|",
        ">",
        "?",
        "=",
        "<<",
        "2026-01-01",
        "é",
        "\u{1f600}",
        "\u{feff}x",
        " lead",
        "trail ",
        "012",
        "+1",
        "0o7",
        "true",
        "---",
        "...",
        "a #b",
        "\u{85}",
        "\u{2028}",
    ]);
    prop_oneof![nasty.prop_map(str::to_owned), "[ -~]{0,30}", "\\PC{0,20}"]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no others", |n| n.is_finite()).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..4).prop_map(|all| json!(all)),
        ]
    })
}

/// What one flag, its targeting and a segment are like.
type Drawn = (String, String, String, Vec<Value>, Vec<String>, u32);

fn drawn() -> impl Strategy<Value = Drawn> {
    let lines = || prop::collection::vec(text(), 0..3).prop_map(|lines| lines.join("\n"));
    (
        "[a-zA-Z0-9][a-zA-Z0-9._-]{0,20}",
        text(),
        lines(),
        prop::collection::vec(value(), 1..4),
        prop::collection::vec(text(), 0..4),
        0..=100_000_u32,
    )
}

fn resources((key, name, description, values, keys, weight): Drawn) -> Value {
    let variation = |(at, value): (usize, &Value)| json!({ "id": format!("v{at}"), "value": value });
    let variations: Vec<_> = values.iter().enumerate().map(variation).collect();
    let mut aimed = targeting(&key);
    let rollout =
        json!([{ "variation": 0, "weight": weight }, { "variation": 0, "weight": 100_000 - weight }]);
    (aimed["offVariation"], aimed["fallthrough"]) =
        (json!(0), json!({ "rollout": { "variations": rollout } }));
    let clauses = json!([{ "attribute": "plan", "op": "in", "values": [keys, name] }]);
    aimed["rules"] = json!([{ "id": "r1", "clauses": clauses, "variation": 0 }]);
    json!([
        { "kind": "flag", "key": key, "name": name, "description": description, "variations": variations },
        aimed,
        { "kind": "segment", "key": key, "included": keys, "description": description },
    ])
}

fn written(exported: &[Manifest]) -> Vec<Source> {
    let source = |manifest: &Manifest| Source { name: path(&manifest.id()), text: yaml(manifest) };
    exported.iter().map(source).collect()
}

fn read(files: Vec<Source>) -> Vec<Manifest> {
    let told =
        |wrong: Vec<_>| wrong.into_iter().map(|one| Problem::from(one).to_string()).collect::<Vec<_>>();
    Sources::read(files).map_err(told).unwrap().manifests().map_err(told).unwrap()
}

async fn round(all: Vec<Drawn>) {
    let (world, other) = (World::shop().await, World::empty().await);
    for one in all {
        let put =
            world.control.apply_manifests(&world.ann, SHOP, manifests(resources(one)), "", Mode::Write).await;
        // Some of them are no configuration: then nothing of them is.
        assert!(matches!(put, Ok(_) | Err(Error::Invalid(_))), "{put:?}");
    }
    let exported = world.control.export(&world.ann, SHOP, None).unwrap();
    let files = written(&exported);
    let back = read(files.clone());
    assert_eq!(back, exported);
    let again = world.control.apply_manifests(&world.ann, SHOP, back.clone(), "", Mode::Write).await.unwrap();
    assert!(matches!(&again, Outcome::Checked(check) if check.edits.is_empty()), "{again:?}");

    other.control.apply_manifests(&other.ann, SHOP, back, "", Mode::Write).await.unwrap();
    let texts = |files: Vec<Source>| files.into_iter().map(|file| (file.name, file.text)).collect::<Vec<_>>();
    assert_eq!(texts(written(&other.control.export(&other.ann, SHOP, None).unwrap())), texts(files));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Export, apply, export: byte for byte the same, and nothing changes.
    #[test]
    fn round_trip(all in prop::collection::vec(drawn(), 1..5)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(round(all));
    }
}
