//! `route list|get|set`.

use serde_json::json;

use super::client::{Client, Failure, encoded};
use super::output::{answer, sentence, table};
use super::{KeyArgs, ListArgs, RouteCommand, RouteSetArgs, changes};

pub(crate) fn run(command: &RouteCommand) -> Result<(), Failure> {
    match command {
        RouteCommand::List(args) => list(args),
        RouteCommand::Get(args) => get(args),
        RouteCommand::Set(args) => set(args),
    }
}

fn list(args: &ListArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let words = args.words.as_deref().map(|w| format!("&q={}", encoded(w))).unwrap_or_default();
    let page = client.get(&client.in_environment(&format!("/routes?limit=500{words}"))?)?;
    answer(args.remote.output, &page, |page| {
        let rows: Vec<_> = page["items"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|route| {
                vec![
                    route["key"].as_str().unwrap_or_default().to_owned(),
                    format!("{:.1}/s", route["requestsPerSecond"].as_f64().unwrap_or_default()),
                    sentence(&route["sentence"]),
                ]
            })
            .collect();
        if rows.is_empty() { "no route".to_owned() } else { table(&rows) }
    });
    Ok(())
}

fn get(args: &KeyArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let route = client.get(&client.in_environment(&format!("/routes/{}", encoded(&args.key)))?)?;
    answer(args.remote.output, &route, |route| {
        let mut out = format!("{}: {}\n", args.key, sentence(&route["sentence"]));
        let rows: Vec<_> = route["arms"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|arm| {
                let text = |field: &str| arm[field].as_str().unwrap_or_default().to_owned();
                let number = |field: &str| arm[field].as_f64().unwrap_or_default();
                vec![
                    format!("  {}", text("arm")),
                    format!("→ {}", text("leadsTo")),
                    format!("{:.1} % of requests", number("sharePercent")),
                    format!("{:.2} % errors", number("errorPercent")),
                ]
            })
            .collect();
        out.push_str(&table(&rows));
        out
    });
    Ok(())
}

fn set(args: &RouteSetArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let target = json!({ "environment": client.environment()?, "kind": "route", "key": args.key });
    let weights: serde_json::Map<_, _> =
        args.weights.iter().map(|(arm, weight)| (arm.clone(), json!(weight))).collect();
    let done = client.apply(
        &args.reason,
        json!([{ "target": target, "op": { "type": "setWeights", "weights": weights } }]),
        None,
    )?;
    answer(args.remote.output, &done, changes::done);
    Ok(())
}
