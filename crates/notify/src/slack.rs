//! Messages as Slack's incoming webhooks take them, and what speaks like Slack.

use serde_json::{Value, json};

/// So many sentences are shown; the page shows all.
const SENTENCES: usize = 10;

/// The most characters of a section; Slack takes 3,000.
const SECTION: usize = 2_800;

/// The message for a delivery's body. `link` answers it in the name of the one it is for; where it is `own`ed by
/// nobody, it says where to answer instead.
pub(crate) fn message(body: &str, link: Option<&str>, own: bool) -> Value {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let data = &body["data"];
    let text = |field: &str| data[field].as_str().unwrap_or_default();
    let lines = |field: &str| -> Vec<String> {
        let all = data[field].as_array().into_iter().flatten();
        all.filter_map(Value::as_str).map(escaped).collect()
    };
    let summary = escaped(text("summary"));
    let mut blocks = vec![section(&format!("*{summary}*"))];
    let sentences = lines("sentences");
    if !sentences.is_empty() {
        let mut shown: Vec<_> = sentences.iter().take(SENTENCES).map(|s| format!("• {s}")).collect();
        if sentences.len() > SENTENCES {
            shown.push(format!("and {} more", sentences.len() - SENTENCES));
        }
        blocks.push(section(&shown.join("\n")));
    }
    for (field, label) in [("note", "They say"), ("reason", "Why")] {
        if !text(field).is_empty() {
            blocks.push(section(&format!("*{label}:* {}", escaped(text(field)))));
        }
    }
    let mut beside = lines("affected");
    beside.push(format!("{} · {}", escaped(text("projectName")), lines("environments").join(", ")));
    let asks = body["type"] == "change.submitted";
    if asks && !own {
        // Whoever reads a channel is nobody in particular, so that no link could act for them.
        beside.push("Approve or reject it on its page, signed in as yourself.".to_owned());
    }
    blocks.push(
        json!({ "type": "context", "elements": beside.iter().map(|line| mrkdwn(line)).collect::<Vec<_>>() }),
    );
    let mut buttons = vec![];
    if let Some(link) = link {
        buttons.push(button("Approve…", &format!("{link}?verdict=approve"), Some("primary")));
        buttons.push(button("Reject…", &format!("{link}?verdict=reject"), Some("danger")));
    }
    if !text("link").is_empty() {
        buttons.push(button("Open", text("link"), None));
    }
    if !buttons.is_empty() {
        blocks.push(json!({ "type": "actions", "elements": buttons }));
    }
    json!({ "text": summary, "blocks": blocks })
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": mrkdwn(text) })
}

fn mrkdwn(text: &str) -> Value {
    let cut = match text.char_indices().nth(SECTION) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    };
    json!({ "type": "mrkdwn", "text": cut })
}

fn button(label: &str, url: &str, style: Option<&str>) -> Value {
    let mut button = json!({ "type": "button", "text": { "type": "plain_text", "text": label }, "url": url });
    if let Some(style) = style {
        button["style"] = style.into();
    }
    button
}

/// What people wrote must not be a mention or a link of its own.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_mentioned_and_nothing_is_too_long() {
        let body = json!({
            "type": "change.submitted",
            "data": {
                "summary": "Bob asks <!channel> & more", "reason": "x".repeat(5_000), "projectName": "Shop",
                "environments": ["production"], "sentences": vec!["Turns <a> on"; 30], "link": "https://s.example/p",
            },
        });
        let personal = message(&body.to_string(), Some("https://s.example/hooks/review/m.x"), true);
        let text = personal.to_string();
        assert!(text.contains("&lt;!channel&gt; &amp; more") && !text.contains("<"), "{text}");
        assert!(text.contains("and 20 more") && text.contains("m.x?verdict=approve"));
        let sections = personal["blocks"].as_array().unwrap();
        assert!(sections.iter().all(|b| b["text"]["text"].as_str().unwrap_or("").chars().count() < 3_000));
        let channel = message(&body.to_string(), None, false).to_string();
        assert!(!channel.contains("hooks/review") && channel.contains("signed in as yourself"));
    }
}
