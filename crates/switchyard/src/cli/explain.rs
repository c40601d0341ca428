//! `explain`, `sign-in-link`.

use serde_json::{Value, json};

use super::client::{Client, Failure, encoded};
use super::output::{answer, sentence};
use super::{ExplainArgs, SignInLinkArgs};

pub(crate) fn explain(args: &ExplainArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let headers: serde_json::Map<_, _> = args.headers.iter().map(|(n, v)| (n.clone(), json!(v))).collect();
    let told = client.post(
        &client.in_environment("/explain")?,
        &json!({ "method": args.method, "url": args.asked, "headers": headers }),
    )?;
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
        None => client.get("/session")?["member"]["id"].as_str().unwrap_or_default().to_owned(),
    };
    let link = client.post(&format!("/members/{}/sign-in-link", encoded(&member)), &json!({}))?;
    answer(args.remote.output, &link, |link: &Value| link["url"].as_str().unwrap_or_default().to_owned());
    Ok(())
}
