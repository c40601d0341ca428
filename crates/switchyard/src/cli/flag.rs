//! `flag list|get|on|off|set|describe|archive|unarchive|delete`.

use serde_json::{Value, json};

use super::client::{Client, Failure, encoded};
use super::output::{answer, sentence, table};
use super::{FlagCommand, FlagDescribeArgs, FlagListArgs, FlagSetArgs, KeyArgs, SwitchArgs, changes};

pub(crate) fn run(command: &FlagCommand) -> Result<(), Failure> {
    match command {
        FlagCommand::List(args) => list(args),
        FlagCommand::Get(args) => get(args),
        FlagCommand::On(args) => switch(args, true),
        FlagCommand::Off(args) => switch(args, false),
        FlagCommand::Set(args) => set(args),
        FlagCommand::Describe(args) => describe(args),
        FlagCommand::Archive(args) => archive(args, true),
        FlagCommand::Unarchive(args) => archive(args, false),
        FlagCommand::Delete(args) => delete(args),
    }
}

fn list(args: &FlagListArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let filters = [("q", &args.words), ("type", &args.kind), ("tag", &args.tag), ("owner", &args.owner)];
    let filters: String = filters
        .into_iter()
        .filter_map(|(name, value)| Some(format!("&{name}={}", encoded(value.as_deref()?))))
        .collect();
    let archived = if args.archived { "&archived=true" } else { "" };
    let stale = if args.stale { "&stale=true" } else { "" };
    let page = client.get(&client.in_environment(&format!("/flags?limit=500{filters}{archived}{stale}"))?)?;
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
                let said = if args.stale { &flag["stale"] } else { &here["sentence"] };
                vec![key.to_owned(), on.to_owned(), sentence(said)]
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

fn describe(args: &FlagDescribeArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let op = |kind: &str, mut op: Value| {
        let fields = op.as_object_mut()?;
        fields.retain(|_, value| !value.is_null());
        if fields.is_empty() {
            return None;
        }
        fields.insert("type".into(), json!(kind));
        Some(json!({ "target": { "kind": "flag", "key": args.key }, "op": op }))
    };
    let details =
        json!({ "name": args.name, "description": args.description, "owner": args.owner, "tags": args.tags });
    let lifecycle = json!({ "flagType": args.kind, "expires": args.expires });
    let edits: Vec<Value> =
        [op("setDetails", details), op("setLifecycle", lifecycle)].into_iter().flatten().collect();
    if edits.is_empty() {
        return Err(Failure::refused(
            "nothing to say: give --type, --expires, --owner, --tags, --name or --description",
        ));
    }
    let done = client.apply(&args.reason, json!(edits), None)?;
    answer(args.remote.output, &done, changes::done);
    Ok(())
}

fn archive(args: &SwitchArgs, archived: bool) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let op = json!({ "type": "setLifecycle", "archived": archived });
    let edits = json!([{ "target": { "kind": "flag", "key": args.key }, "op": op }]);
    let done = client.apply(&args.reason, edits, args.glass.break_glass.as_deref())?;
    answer(args.remote.output, &done, changes::done);
    Ok(())
}

/// The flag and what it does in each environment, in one change.
fn delete(args: &SwitchArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let path = format!("/resources?kind=targeting&key={}&limit=500", encoded(&args.key));
    let targetings = client.get(&client.in_project(&path))?;
    let mut edits: Vec<Value> = targetings["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|t| json!({ "environment": t["environment"], "kind": "targeting", "key": args.key }))
        .map(|target| json!({ "target": target, "op": { "type": "delete" } }))
        .collect();
    edits.push(json!({ "target": { "kind": "flag", "key": args.key }, "op": { "type": "delete" } }));
    let done = client.apply(&args.reason, json!(edits), args.glass.break_glass.as_deref())?;
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
