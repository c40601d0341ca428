//! What a line says, in words.

use serde_json::Value;
use switchyard_store::AuditEntry;

/// As "added member Ann". `name` gives what people call an id.
pub(super) fn sentence(entry: &AuditEntry, name: impl Fn(&str) -> String) -> String {
    let AuditEntry { who, what, target, detail, .. } = entry;
    let named = name(target);
    let thing = target.rsplit_once('/').map_or(target.as_str(), |(_, thing)| thing);
    let text = |field: &str| detail[field].as_str().unwrap_or_default();
    match what.as_str() {
        "revision.apply" => format!("applied {thing}: {}", text("title")),
        "change.create" => format!("proposed {thing}"),
        "change.edit" => format!("edited {thing}"),
        "change.order" => format!("changed what {thing} comes after"),
        "change.resolve" => format!("settled the conflicts of {thing}"),
        "change.submit" => format!("sent {thing} for review"),
        "change.withdraw" => format!("withdrew {thing} from review"),
        "change.discard" => format!("gave up {thing}"),
        "change.approve" => format!("approved {thing}"),
        "change.reject" => format!("rejected {thing}"),
        "change.comment" => format!("commented on {thing}"),
        "change.breakGlass" => format!("broke glass for {thing}: {}", text("reason")),
        "schedule.set" => format!("scheduled {thing}{}", changed(detail)),
        "schedule.cancel" => format!("cancelled the schedule of {thing}"),
        "schedule.stop" => format!("stopped the schedule of {thing}: {}", text("notice")),
        "schedule.wake" => format!("looked at the schedule of {thing} again, as freezes were changed"),
        "schedule.wait" => format!("let the schedule of {thing} wait until {}", text("waitsUntil")),
        "member.add" => format!("added member {named} as {}", text("role")),
        "member.change" => member(&named, detail),
        "member.link" => format!("made a sign-in link for {named}"),
        "member.erase" => format!("erased the personal data of {target}"),
        "member.teams" => format!("set the teams of {named}{}", changed(detail)),
        "team.put" => format!("set team {}{}", text("name"), moved(detail, &name)),
        "team.remove" => format!("removed team {target}"),
        "session.begin" => format!("signed in{}", way(text("way"))),
        "session.end" if *target == *who && detail["all"] != true => "signed out".to_owned(),
        "session.end" if *target == *who => "ended their other sessions".to_owned(),
        "session.end" if detail["all"] == true => format!("ended all sessions of {named}"),
        "session.end" => format!("ended a session of {named}"),
        "session.refuse" if target == "nobody" => {
            format!("failed to sign in as nobody known {}", times(detail))
        }
        "session.refuse" if target == "others" => {
            format!("failed to sign in {} more, from many places", times(detail))
        }
        "session.refuse" => format!("failed to sign in as {named} {}", times(detail)),
        "password.set" => "set their password".to_owned(),
        "password.remove" => format!("took the password of {named} away"),
        "member.identify" => {
            format!("took {named} for whom {} knows by their e-mail address", text("issuer"))
        }
        "token.rotate" => format!("gave token {named} another secret"),
        "token.handOver" => {
            format!("handed token {named} to {}", name(detail["after"]["team"].as_str().unwrap_or_default()))
        }
        "token.create" => format!("made token {named} as {}", text("role")),
        "token.revoke" => format!("ended token {named}"),
        "key.create" => {
            let kind = match text("kind") {
                "clientSide" => "client-side",
                "sdk" => "SDK",
                other => other,
            };
            format!("made a new {kind} key for {}", text("environment"))
        }
        "environment.secure" if detail["on"] == true => format!("turned secure mode on for {thing}"),
        "environment.secure" => format!("turned secure mode off for {thing}"),
        "key.use" => format!("was used {} for {target}", times(detail)),
        "policy.put" => format!("wrote the policy {}", text("name")),
        "policy.remove" => format!("removed the policy {}", text("name")),
        "project.create" => format!("made project {target}"),
        "environment.add" => format!("added environment {thing}"),
        "environment.change" => format!("changed environment {thing}{}", changed(detail)),
        "change.reviewByLink" => format!("answered {thing} by a link"),
        "webhook.create" => format!("made webhook {}", text("name")),
        "webhook.change" => format!("changed webhook {}", text("name")),
        "webhook.rotate" => format!("made webhook {} another secret", text("name")),
        "webhook.remove" => format!("removed webhook {}", text("name")),
        "webhook.stop" => format!("turned webhook {} off: {}", text("name"), text("stopped")),
        "webhook.test" => format!("tried {thing}"),
        "webhook.resend" => format!("had a message sent again to {thing}"),
        "list.make" => format!("made a list of {} keys", detail["list"]["included"]),
        "list.remove" => format!("removed {} lists that nothing named", detail["lists"]),
        "key.erase" => format!("erased somebody's key from {} lists", detail["lists"]),
        "upstream.set" => {
            format!("made {thing} follow {}", detail["after"]["uri"].as_str().unwrap_or_default())
        }
        "upstream.remove" => format!("made {thing} follow nothing any more"),
        "trigger.create" => format!("made trigger {}", text("name")),
        "trigger.change" => format!("changed trigger {}", text("name")),
        "trigger.rotate" => format!("made trigger {} another address", text("name")),
        "trigger.remove" => format!("removed trigger {}", text("name")),
        "code.put" => {
            format!("told where {} names flags: {} places", text("repository"), detail["references"])
        }
        "code.remove" => format!("removed the code references of {}", text("repository")),
        "refused" => format!("was refused {}: {target}", times(detail)),
        other => format!("{other} {named}"),
    }
}

/// As "closed the account of Ann", "made Ann developer" where that is all.
fn member(named: &str, detail: &Value) -> String {
    match (detail["role"].as_str(), detail["active"].as_bool()) {
        (None, Some(false)) => format!("closed the account of {named}"),
        (None, Some(true)) => format!("opened the account of {named} again"),
        (Some(role), None) => format!("made {named} {role}"),
        _ => format!("changed member {named}{}", changed(detail)),
    }
}

fn way(word: &str) -> &'static str {
    match word {
        "link" => " with a link",
        "password" => " with their password",
        "openId" => " at the provider",
        "token" => " with an API token",
        _ => "",
    }
}

fn times(detail: &Value) -> String {
    match detail["count"].as_u64() {
        None | Some(1) => "once".to_owned(),
        Some(n) => format!("{n} times"),
    }
}

/// Who came and who went, as ": Ann joined; Bob left".
fn moved(detail: &Value, name: impl Fn(&str) -> String) -> String {
    let said: Vec<String> = ["joined", "left"]
        .into_iter()
        .filter_map(|what| {
            let ids = detail[what].as_array().into_iter().flatten().filter_map(Value::as_str);
            let names: Vec<String> = ids.map(&name).collect();
            (!names.is_empty()).then(|| format!("{} {what}", names.join(", ")))
        })
        .collect();
    if said.is_empty() { String::new() } else { format!(": {}", said.join("; ")) }
}

/// The fields that were set or became others, as ": role admin, active false".
fn changed(detail: &Value) -> String {
    let (before, after) = (&detail["before"], detail.get("after").unwrap_or(detail));
    let set = |(field, value): (&String, &Value)| match value {
        Value::Null => None,
        same if before.get(field) == Some(same) => None,
        Value::String(text) => Some(format!("{field} {text}")),
        other => Some(format!("{field} {other}")),
    };
    let fields: Vec<_> = after.as_object().into_iter().flatten().filter_map(set).collect();
    if fields.is_empty() { String::new() } else { format!(": {}", fields.join(", ")) }
}
