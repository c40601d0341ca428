//! `guardrail list|try|pack`.

use serde_json::{Value, json};

use super::client::{Client, Failure};
use super::files::{read_all, yaml};
use super::output::{answer, line, table};
use super::{GuardrailCommand, GuardrailTryArgs, Output, ServerArgsOnly};

pub(crate) fn run(command: &GuardrailCommand) -> Result<(), Failure> {
    match command {
        GuardrailCommand::List(args) => list(args),
        GuardrailCommand::Try(args) => args.files.iter().try_for_each(|file| try_out(args, file)),
        GuardrailCommand::Pack(args) => pack(args),
    }
}

fn list(args: &ServerArgsOnly) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let page = client.get(&client.in_project("/resources?kind=guardrail&limit=500"))?;
    answer(args.remote.output, &page, |page| {
        let rows: Vec<_> = page["items"].as_array().into_iter().flatten().map(row).collect();
        match rows.is_empty() {
            true => "no guardrail; `switchyard guardrail pack` has some to begin with".to_owned(),
            false => table(&rows),
        }
    });
    Ok(())
}

fn row(guardrail: &Value) -> Vec<String> {
    let effect = match (guardrail["enabled"].as_bool(), guardrail["effect"].as_str()) {
        (Some(false), _) => "off",
        (_, Some("block")) => "blocks",
        _ => "warns",
    };
    let rule = guardrail["rule"].as_str().unwrap_or_default();
    vec![
        guardrail["key"].as_str().unwrap_or_default().to_owned(),
        effect.to_owned(),
        rule.split_whitespace().collect::<Vec<_>>().join(" "),
    ]
}

fn try_out(args: &GuardrailTryArgs, file: &std::path::PathBuf) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    for guardrail in read_all(std::slice::from_ref(file))? {
        let body = json!({ "guardrail": guardrail, "revisions": args.revisions });
        let tried = client.post(&client.in_project("/guardrails/try"), &body)?;
        answer(args.remote.output, &tried, |tried| {
            told(guardrail["key"].as_str().unwrap_or_default(), tried)
        });
    }
    Ok(())
}

/// How many it would have stopped, and all that did not satisfy it.
fn told(key: &str, tried: &Value) -> String {
    let mut out = format!("{key}: would have stopped {} of {} changes\n", tried["stopped"], tried["tried"]);
    let results = tried["results"].as_array().into_iter().flatten();
    let rows: Vec<_> = results
        .filter(|result| result["passed"] == false)
        .map(|result| {
            let word = if result["stopped"] == true { "stopped" } else { "warned" };
            let text = |field: &str| result[field].as_str().unwrap_or_default();
            let error = result["error"].as_str().map(|error| format!(": {error}")).unwrap_or_default();
            vec![format!("  r{}", result["revision"]), word.to_owned(), format!("{}{error}", text("title"))]
        })
        .collect();
    out.push_str(&table(&rows));
    out
}

fn pack(args: &ServerArgsOnly) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let pack = client.get(&client.in_project("/guardrails/pack"))?;
    if args.remote.output == Output::Json {
        answer(Output::Json, &pack, |_| String::new());
        return Ok(());
    }
    for guardrail in pack.as_array().into_iter().flatten() {
        line(&format!("---\n{}", yaml(guardrail)?.trim_end()));
    }
    Ok(())
}
