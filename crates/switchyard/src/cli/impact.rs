//! `impact`: who would be affected.

use std::path::PathBuf;

use serde_json::{Value, json};
use switchyard_snapshot::sentences::thousands;

use super::client::{Client, Failure};
use super::output::{answer, table};
use super::{ImpactArgs, files};

pub(crate) fn impact(args: &ImpactArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let body = json!({ "examples": args.examples });
    let told = match args.change {
        Some(number) => {
            let mut told = client.post(&client.in_project(&format!("/changes/{number}/impact")), &body)?;
            if let (Some(only), Some(all)) = (client.said_environment(), told["environments"].as_object_mut())
            {
                all.retain(|environment, _| environment == only);
            }
            told
        }
        None => of_files(&client, &args.files, args.examples)?,
    };
    answer(args.remote.output, &told, |told| {
        let all = told["environments"].as_object().into_iter().flatten();
        let said: Vec<String> = all.map(|(environment, impact)| words(environment, impact)).collect();
        match said.is_empty() {
            true => "nobody: nothing that decides anything would change\n".to_owned(),
            false => said.join("\n"),
        }
    });
    Ok(())
}

/// What applying the files would do in the environment: each resource in place of the one that is there.
fn of_files(client: &Client, paths: &[PathBuf], examples: u8) -> Result<Value, Failure> {
    let environment = client.environment()?.to_owned();
    let mut edits = vec![];
    for mut manifest in files::read_all(paths)? {
        let Some(fields) = manifest.as_object_mut() else { continue };
        let (kind, key) = (fields.get("kind").cloned(), fields.get("key").cloned());
        let mut target = json!({ "kind": kind, "key": key });
        if fields.get("kind").is_some_and(|kind| kind != "flag") {
            let place = fields.remove("environment").unwrap_or_else(|| json!(environment));
            target["environment"] = place;
        }
        edits.push(json!({ "target": target, "op": { "type": "put", "resource": manifest } }));
    }
    let body = json!({ "edits": edits, "examples": examples });
    let told = client.post(&client.in_environment("/impact")?, &body)?;
    let mut environments = serde_json::Map::new();
    environments.insert(environment, told);
    Ok(json!({ "environments": environments }))
}

fn words(environment: &str, impact: &Value) -> String {
    let mut out = format!("{environment}: {}\n", summary(impact));
    for flag in list(&impact["flags"]) {
        out.push_str(&format!(
            "  flag {}: {} of {} contexts move\n",
            text(&flag["flag"]),
            n(&flag["moved"]),
            n(&flag["asked"])
        ));
        let rows = list(&flag["moves"]).map(|moved| {
            let end = |end: &Value| end["label"].as_str().unwrap_or("no answer").to_owned();
            vec![
                format!("    {}", n(&moved["contexts"])),
                format!("{} → {}", end(&moved["from"]), end(&moved["to"])),
            ]
        });
        out.push_str(&table(&rows.collect::<Vec<_>>()));
        let by: Vec<_> = list(&flag["by"])
            .map(|group| {
                let value = group["value"].as_str().map_or_else(|| group["value"].to_string(), str::to_owned);
                format!("{} {} ({})", text(&group["attribute"]), value, n(&group["contexts"]))
            })
            .collect();
        if !by.is_empty() {
            out.push_str(&format!("    of them: {}\n", by.join(", ")));
        }
        for example in list(&flag["examples"]) {
            out.push_str(&format!(
                "    {} {}: {}\n      now: {}\n",
                text(&example["contextKind"]),
                text(&example["key"]),
                text(&example["why"]),
                text(&example["whyBefore"])
            ));
        }
    }
    for route in list(&impact["routes"]) {
        out.push_str(&format!(
            "  route {}: {} of {} requests move\n",
            text(&route["route"]),
            n(&route["moved"]),
            n(&route["requests"])
        ));
        for moved in list(&route["moves"]) {
            let end = |end: &Value| end.as_str().unwrap_or("elsewhere").to_owned();
            out.push_str(&format!(
                "    {}  {} → {}\n",
                n(&moved["requests"]),
                end(&moved["from"]),
                end(&moved["to"])
            ));
        }
    }
    for service in list(&impact["services"]) {
        let of = |field: &str| service[field].as_f64().unwrap_or_default();
        out.push_str(&format!(
            "  service {} {}: {:.1} % → {:.1} % of all requests ({:.1} → {:.1} a second)\n",
            text(&service["service"]),
            text(&service["subset"]),
            of("beforePercent"),
            of("afterPercent"),
            of("beforeRps"),
            of("afterRps")
        ));
    }
    for dependent in list(&impact["dependents"]) {
        let target = &dependent["target"];
        out.push_str(&format!(
            "  {} {} {}\n",
            text(&target["kind"]),
            text(&target["key"]),
            text(&dependent["why"])
        ));
    }
    out
}

/// What the judgement rests on.
fn summary(impact: &Value) -> String {
    let sample = &impact["sample"];
    let mut said =
        format!("{} contexts and {} requests were seen", n(&sample["contexts"]), n(&sample["requests"]));
    if let (Some(from), Some(to)) = (sample["from"].as_str(), sample["to"].as_str()) {
        said.push_str(&format!(" from {from} to {to}"));
    }
    if sample["enough"] == false {
        said.push_str("\n  not enough to judge by");
    }
    if let Some(note) = sample["note"].as_str() {
        said.push_str(&format!("\n  {note}"));
    }
    for missing in list(&sample["missing"]) {
        said.push_str(&format!(
            "\n    {} {}: {}",
            text(&missing["contextKind"]),
            text(&missing["attribute"]),
            text(&missing["because"])
        ));
    }
    said
}

fn list(json: &Value) -> impl Iterator<Item = &Value> {
    json.as_array().into_iter().flatten()
}

fn text(json: &Value) -> &str {
    json.as_str().unwrap_or_default()
}

fn n(json: &Value) -> String {
    thousands(json.as_u64().unwrap_or_default())
}
