//! `audit list|export|verify|erase`.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use serde_json::{Value, json};
use switchyard_store::{AuditRow, SqliteStore, Verified, Verifier};

use super::client::{Client, Failure, encoded};
use super::output::{answer, table};
use super::{AuditCommand, AuditListArgs, AuditVerifyArgs};

pub(crate) fn run(command: &AuditCommand) -> Result<(), Failure> {
    match command {
        AuditCommand::List(args) => list(args),
        AuditCommand::Export { remote, to } => {
            let client = Client::connect(remote)?;
            match to {
                None => client.download("/audit/export", &mut std::io::stdout().lock()),
                Some(path) => {
                    let failed = |e: std::io::Error| Failure::refused(format!("{}: {e}", path.display()));
                    let mut file = File::create(path).map_err(failed)?;
                    client.download("/audit/export", &mut file)?;
                    file.flush().and_then(|()| file.sync_all()).map_err(failed)
                }
            }
        }
        AuditCommand::Verify(args) => verify(args),
        AuditCommand::Erase { member, dry_run: true, remote } => {
            let client = Client::connect(remote)?;
            let members = client.get("/members")?;
            let person = members.as_array().into_iter().flatten().find(|each| each["id"] == member.as_str());
            let person = person.ok_or_else(|| Failure::refused(format!("there is no member {member}")))?;
            let lines = client.get(&format!("/audit?limit=1&about={}", encoded(member)))?["total"].clone();
            let found = json!({ "member": person, "lines": lines });
            answer(remote.output, &found, |_| {
                let email = person["email"].as_str().map(|email| format!(", {email}")).unwrap_or_default();
                format!(
                    "would erase: {}{email}, and what {lines} lines of the audit log have beside them\n\
                     see them with: switchyard audit list --about {member} --output json",
                    person["name"].as_str().unwrap_or_default(),
                )
            });
            Ok(())
        }
        AuditCommand::Erase { member, dry_run: false, remote } => {
            let client = Client::connect(remote)?;
            client.delete(&format!("/members/{}/personal-data", encoded(member)))?;
            answer(remote.output, &json!({ "erased": member }), |_| {
                format!("the personal data of {member} is erased")
            });
            Ok(())
        }
    }
}

fn list(args: &AuditListArgs) -> Result<(), Failure> {
    let client = Client::connect(&args.remote)?;
    let mut query = format!("?limit={}", args.limit);
    for (name, value) in [
        ("who", &args.who),
        ("what", &args.what),
        ("target", &args.target),
        ("about", &args.about),
        ("from", &args.from),
        ("until", &args.until),
        ("q", &args.words),
    ] {
        if let Some(value) = value {
            query.push_str(&format!("&{name}={}", encoded(value)));
        }
    }
    let page = client.get(&format!("/audit{query}"))?;
    answer(args.remote.output, &page, |page| {
        let rows: Vec<_> = page["items"].as_array().into_iter().flatten().map(row).collect();
        if rows.is_empty() { "nothing of the kind in the audit log".to_owned() } else { table(&rows) }
    });
    Ok(())
}

fn row(found: &Value) -> Vec<String> {
    let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
    let at: String = text("at").chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect();
    vec![found["seq"].to_string(), at, text("whoName"), text("sentence")]
}

fn verify(args: &AuditVerifyArgs) -> Result<(), Failure> {
    let noted = args.head.as_deref();
    let found = match (&args.file, &args.data) {
        (Some(file), _) => in_file(file, noted),
        (None, Some(data)) => in_folder(data, noted),
        (None, None) => {
            let client = Client::connect(&args.remote)?;
            let query = noted.map(|head| format!("?head={}", encoded(head))).unwrap_or_default();
            let found = client.get(&format!("/audit/verify{query}"))?;
            return match found["ok"] == true {
                true => {
                    answer(args.remote.output, &found, |found| said(&found["verified"]));
                    Ok(())
                }
                false => Err(Failure::Refused {
                    summary: broken(found["problem"].as_str().unwrap_or_default()),
                    problems: vec![],
                    body: Some(found),
                }),
            };
        }
    }?;
    let found = json!({ "ok": true, "verified": found });
    answer(args.remote.output, &found, |found| said(&found["verified"]));
    Ok(())
}

/// Line by line: an export may be larger than the memory.
fn in_file(path: &Path, noted: Option<&str>) -> Result<Verified, Failure> {
    let failed = |why: String| Failure::refused(format!("{}: {why}", path.display()));
    let input: Box<dyn BufRead> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(BufReader::new(File::open(path).map_err(|e| failed(e.to_string()))?)),
    };
    let mut verifier = Verifier::new(noted);
    for (at, text) in input.lines().enumerate() {
        let text = text.map_err(|e| failed(e.to_string()))?;
        let row: AuditRow = serde_json::from_str(&text)
            .map_err(|e| failed(format!("line {} is no line of an audit log: {e}", at + 1)))?;
        verifier.take(&row).map_err(|found| Failure::refused(broken(&found.to_string())))?;
    }
    verifier.finish().map_err(|found| Failure::refused(broken(&found.to_string())))
}

/// Beside a server that runs, too: it only reads.
fn in_folder(data: &Path, noted: Option<&str>) -> Result<Verified, Failure> {
    let file = data.join("switchyard.db");
    let failed = |e: &dyn std::fmt::Display| Failure::refused(format!("{}: {e}", file.display()));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| failed(&e))?;
    let found = runtime.block_on(async {
        let store = SqliteStore::read(&file).await?;
        switchyard_store::verify(&store, noted).await
    });
    found.map_err(|e| failed(&e))?.map_err(|found| Failure::refused(broken(&found.to_string())))
}

fn broken(why: &str) -> String {
    format!("the audit log is not what was written: {why}")
}

fn said(verified: &Value) -> String {
    let mut out = format!("the audit log is whole: {} lines", verified["lines"]);
    match verified["revisions"].as_u64() {
        None | Some(0) => {}
        Some(n) => out.push_str(&format!(", and {n} revisions as they were applied")),
    }
    if let Some(n) = verified["unchained"].as_u64().filter(|n| *n > 0) {
        out.push_str(&format!("; {n} older lines are from before it was chained"));
    }
    if let Some(seq) = verified["noted"].as_u64() {
        out.push_str(&format!("\nthe hash that was noted is that of line {seq}"));
    }
    let head = verified["head"].as_str().unwrap_or_default();
    out + &format!(
        "\nhead {head}\nNote it elsewhere: `--head` finds out later whether the end was cut off.\n"
    )
}
