//! The pages behind review links: small, without scripts, and read on a phone.

use std::fmt::Write;

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use switchyard_control::LinkView;
use switchyard_model::Verdict;

/// Nothing is loaded and nothing runs; the form goes back to where it came from.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("page.css");

/// The most characters of a note, as reviews take them.
const NOTE_MAX: usize = 2_000;

/// A page's title and what is on it.
pub(super) struct Shown {
    title: String,
    body: String,
}

pub(super) fn page(status: StatusCode, shown: Shown) -> Response {
    let Shown { title, body } = shown;
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{} · Switchyard</title><style>{STYLE}</style></head>\
         <body><main><p class=\"brand\">Switchyard</p>{body}</main></body></html>",
        escaped(&title)
    );
    let mut response = (status, Html(html)).into_response();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The address is the key: it must not travel on.
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Asks for a verdict; `first` is offered first. `wrong` is what was wrong with the last answer.
pub(super) fn asked(view: &LinkView, first: Verdict, wrong: Option<&str>) -> Shown {
    let mut body = told(view);
    if let Some(wrong) = wrong {
        let _ = write!(body, "<p class=\"wrong\" role=\"alert\">{}</p>", escaped(wrong));
    }
    let button = |verdict: Verdict| {
        let (value, label) = match verdict {
            Verdict::Approve => ("approve", "Approve"),
            Verdict::Reject => ("reject", "Reject"),
        };
        let class = if verdict == first { "first" } else { "second" };
        format!("<button class=\"{class} {value}\" name=\"verdict\" value=\"{value}\">{label}</button>")
    };
    let other = if first == Verdict::Approve { Verdict::Reject } else { Verdict::Approve };
    let _ = write!(
        body,
        "<form method=\"post\"><label for=\"note\">A note <span>(optional)</span></label>\
         <textarea id=\"note\" name=\"note\" rows=\"3\" maxlength=\"{NOTE_MAX}\"></textarea>\
         <div class=\"buttons\">{}{}</div></form>\
         <p class=\"small\">You answer as <b>{}</b>. This link is good for one answer. {}</p>",
        button(first),
        button(other),
        escaped(&view.member),
        open(view),
    );
    Shown { title: format!("C-{}: {}", view.change.number, view.change.title), body }
}

/// Says that a verdict was given.
pub(super) fn answered(view: &LinkView, verdict: Verdict) -> Shown {
    let done = match verdict {
        Verdict::Approve => "approved",
        Verdict::Reject => "rejected",
    };
    let number = view.change.number;
    let missing = view.change.review.requirements.iter().filter(|need| need.have < need.approvals);
    let missing: Vec<_> = missing.map(|need| escaped(&need.reason)).collect();
    let next = match (verdict, missing.is_empty()) {
        (Verdict::Reject, _) => "It can't be applied unless its author changes what it does.".to_owned(),
        (_, true) => "It has every approval that it needs, and can be applied.".to_owned(),
        (_, false) => format!("It still waits: {}.", missing.join("; ")),
    };
    let body = format!(
        "<h1>You {done} C-{number}</h1><p>{}</p><p>{next}</p><p class=\"small\">{}</p>",
        escaped(&view.change.title),
        open(view)
    );
    Shown { title: format!("You {done} C-{number}"), body }
}

/// Says that nothing comes of it, and where to go on.
pub(super) fn nothing(why: &str, view: Option<&LinkView>) -> Shown {
    let on = view.map(|view| format!("<p class=\"small\">{}</p>", open(view))).unwrap_or_default();
    Shown {
        title: "Nothing was done".into(),
        body: format!("<h1>Nothing was done</h1><p>{}</p>{on}", escaped(why)),
    }
}

/// The change: what it does, why, and where.
fn told(view: &LinkView) -> String {
    let change = &view.change;
    let mut body = format!(
        "<p class=\"over\">{} asks you to review C-{}</p><h1>{}</h1>",
        escaped(&change.author_name),
        change.number,
        escaped(&change.title)
    );
    if !change.reason.is_empty() {
        let _ = write!(body, "<p class=\"why\">{}</p>", escaped(&change.reason));
    }
    body.push_str("<ul>");
    for edit in &change.check.edits {
        let _ = write!(body, "<li>{}</li>", escaped(&edit.sentence.to_string()));
    }
    body.push_str("</ul>");
    if !change.check.environments.is_empty() {
        let environments: Vec<_> = change.check.environments.iter().map(|key| escaped(key)).collect();
        let _ = write!(body, "<p>It alters <b>{}</b>.</p>", environments.join("</b> and <b>"));
    }
    for verdict in change.check.guardrails.iter().filter(|verdict| !verdict.passed) {
        let _ = write!(body, "<p class=\"wrong\">{}</p>", escaped(&verdict.to_string()));
    }
    body
}

fn open(view: &LinkView) -> String {
    format!("<a href=\"{}\">Open C-{} in Switchyard</a>", escaped(&view.page), view.change.number)
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}
