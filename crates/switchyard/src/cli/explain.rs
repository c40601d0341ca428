//! `explain`, `sign-in-link`.

use serde_json::{Value, json};

use super::client::{Client, Failure, encoded};
use super::output::{answer, sentence};
use super::{ExplainArgs, SignInLinkArgs};

pub(crate) fn explain(args: &ExplainArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let headers: serde_json::Map<_, _> = args.headers.iter().map(|(n, v)| (n.clone(), json!(v))).collect();
    let host_named = headers.keys().any(|name| name.eq_ignore_ascii_case("host"));
    let url = match args.asked.starts_with('/') && !host_named {
        // As `curl` would ask a gateway here; without any host, no route that names one could match.
        true => format!("http://localhost{}", args.asked),
        false => args.asked.clone(),
    };
    let mut body = json!({ "method": args.method, "url": url, "headers": headers });
    if let Some(revision) = args.at {
        body["at"] = json!(revision);
    }
    let told = client.post(&client.in_environment("/explain")?, &body)?;
    answer(args.remote.output, &told, |told| {
        let mut out = format!("{}\n", sentence(&told["sentence"]));
        for (i, step) in told["steps"].as_array().into_iter().flatten().enumerate() {
            out.push_str(&format!("  {}. {}\n", i + 1, sentence(&step["title"])));
            if let Some(detail) = step["detail"].as_str().filter(|d| !d.is_empty()) {
                out.push_str(&format!("     {detail}\n"));
            }
        }
        out
    });
    Ok(())
}

pub(crate) fn sign_in_link(args: &SignInLinkArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let member = match &args.member {
        Some(id) => id.clone(),
        None => oneself(&client)?,
    };
    let link = client.post(&format!("/members/{}/sign-in-link", encoded(&member)), &json!({}))?;
    answer(args.remote.output, &link, |link: &Value| link["url"].as_str().unwrap_or_default().to_owned());
    Ok(())
}

/// The member whose token this is; a token that is nobody's own stands for the first admin.
fn oneself(client: &Client) -> Result<String, Failure> {
    let own = client.get("/session")?["member"]["id"].clone();
    let members = client.get("/members")?;
    let mut active = members.as_array().into_iter().flatten().filter(|m| m["active"] == true);
    let found = active.clone().find(|m| m["id"] == own).or_else(|| active.find(|m| m["role"] == "admin"));
    let id = found.and_then(|m| m["id"].as_str());
    id.map(str::to_owned).ok_or_else(|| Failure::refused("no admin is active; name somebody with --member"))
}
