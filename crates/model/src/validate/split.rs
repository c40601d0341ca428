//! How a route divides its requests, and what each arm leads to.

use std::collections::HashMap;

use super::key_at;
use super::paths::path_reason;
use super::reports::{Report, list, words};
use crate::ids::Key;
use crate::route::{Action, ArmRef, Split, WHOLE, WeightArm};
use crate::{Problem, State, allocation};

/// The most arms of a split.
const ARMS_MAX: usize = 100;
/// The most bytes of a fixed answer's body.
const BODY_MAX: usize = 64 * 1024;
/// The most bytes of a redirect's location and of a content type.
const VALUE_MAX: usize = 2_048;

pub(super) fn check(report: &mut Report<'_>, split: &Split) {
    let arms = split.arms();
    report.count("split.arms", arms.len(), 1, ARMS_MAX);
    let id = if matches!(split, Split::Flag { .. }) { "variation" } else { "id" };
    report.unique(id, arms.iter().map(|a| &**a.id), |at| format!("split.arms[{at}].{id}"));
    for (at, arm) in arms.iter().enumerate() {
        key_at(report, format!("split.arms[{at}].{id}"), arm.id);
        check_action(report, &format!("split.arms[{at}].action"), arm.action);
    }
    check_fallbacks(report, &arms);
    if let Split::Weight { context_kind, bucket_by, arms } = split {
        report.context_kind("split.contextKind", context_kind);
        if bucket_by.is_empty() || bucket_by.starts_with('/') {
            let problem = Problem::new("split.bucketBy", "must be the name of an attribute, such as `key`");
            report.add(problem.value(&**bucket_by));
        }
        check_weights(report, arms);
    }
}

fn check_weights(report: &mut Report<'_>, arms: &[WeightArm]) {
    let sum: u64 = arms.iter().map(|a| u64::from(a.weight)).sum();
    if sum != u64::from(WHOLE) {
        let reason = format!("must have weights that add up to {WHOLE}, not {sum}");
        report.add(Problem::new("split.arms", reason).hint("100000 is everything, 1000 is 1 %"));
    } else if let Some(reason) = allocation::slices_problem(arms) {
        let hint = "leave `slices` out; the server fills them in";
        report.add(Problem::new("split.arms", format!("have slices that don't fit: {reason}")).hint(hint));
    }
}

fn check_fallbacks(report: &mut Report<'_>, arms: &[ArmRef<'_>]) {
    let by_id: HashMap<&Key, &ArmRef<'_>> = arms.iter().map(|a| (a.id, a)).collect();
    let mut told = false;
    for (at, arm) in arms.iter().enumerate() {
        let Some(fallback) = arm.fallback else { continue };
        let problem =
            |reason: String| Problem::new(format!("split.arms[{at}].fallback"), reason).value(&**fallback);
        if fallback == arm.id {
            report.add(problem("is the arm itself".into()));
        } else if !by_id.contains_key(fallback) {
            let known = words(arms.iter().map(|a| a.id));
            report.add(problem("is no arm of this route".into()).hint(format!("it has {}", list(&known))));
        } else if !told {
            let mut way = vec![&**arm.id];
            let mut next = Some(fallback);
            while let Some(id) = next.filter(|id| way.len() <= arms.len() && *id != arm.id) {
                way.push(id);
                next = by_id.get(id).and_then(|a| a.fallback);
            }
            if next == Some(arm.id) {
                way.push(arm.id);
                told = true;
                report.add(problem(format!("leads back to the arm itself: {}", way.join(" → "))));
            }
        }
    }
}

fn check_action(report: &mut Report<'_>, path: &str, action: &Action) {
    match action {
        Action::Service { .. } => {}
        Action::Redirect { location, status } => {
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                let reason = "must be 301, 302, 303, 307 or 308";
                report.add(Problem::new(format!("{path}.status"), reason).value(*status));
            }
            if let Some(reason) = location_reason(location) {
                let hint = "write an absolute URL, as https://shop.example.com/new, or a path, as /new";
                report.add(
                    Problem::new(format!("{path}.location"), reason).value(location.as_str()).hint(hint),
                );
            }
        }
        Action::Fixed { status, body, content_type } => {
            if !(200..=599).contains(status) {
                report.add(
                    Problem::new(format!("{path}.status"), "must be between 200 and 599").value(*status),
                );
            }
            if body.len() > BODY_MAX {
                let reason = format!("has {} bytes; at most {BODY_MAX} are allowed", body.len());
                report.add(Problem::new(format!("{path}.body"), reason));
            }
            let bare = |text: &&String| !text.contains('/') || !text.bytes().all(|b| (32..127).contains(&b));
            if let Some(content_type) = content_type.as_ref().filter(|t| bare(t) || t.len() > VALUE_MAX) {
                let problem = Problem::new(format!("{path}.contentType"), "is no media type");
                report.add(problem.value(content_type.as_str()).hint("write it as application/json"));
            }
        }
    }
}

fn location_reason(location: &str) -> Option<String> {
    if location.len() > VALUE_MAX {
        return Some(format!("has {} bytes; at most {VALUE_MAX} are allowed", location.len()));
    }
    if !location.bytes().all(|b| (33..127).contains(&b)) {
        return Some("holds spaces, control characters or others that must be percent-encoded".into());
    }
    if location.starts_with("//") {
        return Some("leads to another host without saying so".into());
    }
    if location.starts_with('/') {
        let path = location.split(['?', '#']).next().unwrap_or_default();
        return path_reason(path);
    }
    let rest = location.strip_prefix("https://").or_else(|| location.strip_prefix("http://"));
    let host = rest.map(|r| r.split(['/', '?', '#']).next().unwrap_or_default());
    host.is_none_or(str::is_empty).then(|| "is neither a URL of http or https nor a path".into())
}

/// What can only be judged with the flag and the services at hand. Missing ones are told elsewhere.
pub(super) fn check_among_others(state: &State, environment: &str, report: &mut Report<'_>, split: &Split) {
    for (at, arm) in split.arms().iter().enumerate() {
        let Action::Service { service: key, subset } = arm.action else { continue };
        let Some(service) = state.service(environment, key) else { continue };
        if !service.subsets.iter().any(|s| s.id == *subset) {
            let path = format!("split.arms[{at}].action.subset");
            let known = words(service.subsets.iter().map(|s| &s.id));
            let hint = format!("it has {}", list(&known));
            let problem = Problem::new(path, format!("is no subset of service {key}")).value(&**subset);
            report.add(problem.hint(hint));
        }
    }
    let Split::Flag { flag: key, arms } = split else { return };
    let Some((flag, _)) = state.flag(key) else { return };
    for (at, arm) in arms.iter().enumerate() {
        if flag.variation_index(&arm.variation).is_none() {
            let path = format!("split.arms[{at}].variation");
            let known = words(flag.variations.iter().map(|v| &v.id));
            let problem = Problem::new(path, format!("is no variation of flag {key}")).value(&*arm.variation);
            report.add(problem.hint(format!("it has {}", list(&known))));
        }
    }
    let without = |id: &Key| !arms.iter().any(|a| a.variation == *id);
    let left = words(flag.variations.iter().map(|v| &v.id).filter(|id| without(id)));
    if !left.is_empty() {
        let reason = format!("must have an arm for each variation of flag {key}; {} missing", are(&left));
        report.add(Problem::new("split.arms", reason).hint("say what each variation leads to"));
    }
}

fn are(names: &[&str]) -> String {
    format!("{} {}", list(names), if names.len() == 1 { "is" } else { "are" })
}
