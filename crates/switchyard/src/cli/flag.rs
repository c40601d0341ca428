//! `flag list|get|on|off|set`.

use serde_json::{Value, json};

use super::client::{Client, Failure, encoded};
use super::output::{answer, sentence, table};
use super::{FlagCommand, FlagSetArgs, KeyArgs, ListArgs, SwitchArgs, changes};

pub(crate) fn run(command: &FlagCommand) -> Result<(), Failure> {
    match command {
        FlagCommand::List(args) => list(args),
        FlagCommand::Get(args) => get(args),
        FlagCommand::On(args) => switch(args, true),
        FlagCommand::Off(args) => switch(args, false),
        FlagCommand::Set(args) => set(args),
    }
}

fn list(args: &ListArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let words = args.words.as_deref().map(|w| format!("&q={}", encoded(w))).unwrap_or_default();
    let page = client.get(&client.in_environment(&format!("/flags?limit=500{words}"))?)?;
    let environment = client.environment()?.to_owned();
    answer(args.remote.output, &page, |page| {
        let rows: Vec<_> = page["items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|flag| {
                let here = flag["environments"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .find(|e| e["environment"] == environment.as_str())
                    .unwrap_or(&Value::Null);
                let on = if here["on"] == true { "● on" } else { "○ off" };
                let key = flag["key"].as_str().unwrap_or_default();
                vec![key.to_owned(), on.to_owned(), sentence(&here["sentence"])]
            })
            .collect();
        if rows.is_empty() { "no flag".to_owned() } else { table(&rows) }
    });
    Ok(())
}

fn get(args: &KeyArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let flag = client.get(&client.in_environment(&format!("/flags/{}", encoded(&args.key)))?)?;
    answer(args.remote.output, &flag, |flag| {
        let mut out = format!("{}: {}\n", args.key, sentence(&flag["sentence"]));
        for rule in flag["ruleSentences"].as_array().into_iter().flatten() {
            let id = rule["rule"].as_str().map(|id| format!(" [{id}]")).unwrap_or_default();
            out.push_str(&format!(
                "  {}{id} → {}\n",
                sentence(&rule["conditions"]),
                sentence(&rule["serves"])
            ));
        }
        out
    });
    Ok(())
}

fn switch(args: &SwitchArgs, on: bool) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let target = json!({ "environment": client.environment()?, "kind": "targeting", "key": args.key });
    let edits = json!([{ "target": target, "op": { "type": "setOn", "on": on } }]);
    let done = client.apply(&args.reason, edits, args.glass.break_glass.as_deref())?;
    answer(args.remote.output, &done, changes::done);
    Ok(())
}

fn set(args: &FlagSetArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let flag = client.get(&client.in_environment(&format!("/flags/{}", encoded(&args.key)))?)?;
    let ids: Vec<&str> = flag["flag"]["variations"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|v| v["id"].as_str())
        .collect();
    let index = |id: &str| {
        ids.iter().position(|known| *known == id).ok_or_else(|| {
            Failure::refused(format!("{} has no variation {id:?}; it has {}", args.key, ids.join(", ")))
        })
    };
    let serve = match &args.serve {
        Some(id) => json!({ "variation": index(id)? }),
        None => {
            let parts = args
                .split
                .iter()
                .map(|(id, weight)| Ok(json!({ "variation": index(id)?, "weight": weight })))
                .collect::<Result<Vec<_>, Failure>>()?;
            let mut rollout = rollout_now(&flag["targeting"], args.rule.as_deref());
            rollout["variations"] = json!(parts);
            json!({ "rollout": rollout })
        }
    };
    let mut op = json!({ "type": "setServe", "serve": serve });
    if let Some(rule) = &args.rule {
        op["rule"] = json!(rule);
    }
    let target = json!({ "environment": client.environment()?, "kind": "targeting", "key": args.key });
    let done = client.apply(&args.reason, json!([{ "target": target, "op": op }]), None)?;
    answer(args.remote.output, &done, changes::done);
    Ok(())
}

/// What is divided by now, so that other shares do not pick other people.
fn rollout_now(targeting: &Value, rule: Option<&str>) -> Value {
    let serve = match rule {
        None => Some(&targeting["fallthrough"]),
        Some(id) => targeting["rules"].as_array().into_iter().flatten().find(|r| r["id"] == id),
    };
    let rollout = serve.map(|serve| serve["rollout"].clone()).filter(Value::is_object);
    rollout.unwrap_or_else(|| json!({ "contextKind": "user" }))
}
