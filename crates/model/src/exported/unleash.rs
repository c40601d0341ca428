//! Unleash's features, as its server SDKs get them from `/api/client/features`, as our own resources.
//!
//! What maps exactly is mapped; whatever would be something else is left out, with the reason. Two things are
//! never exact: Unleash cuts percentages by another hash (murmur3 of group and value), so that the same share
//! is other people, and its constraints turn an attribute into text or a number before they compare, where ours
//! take it as it comes. The first is only done when asked for; the second is what the application's move to
//! another SDK settles.
//!
//! Source: `unleash-client` for Node 6.12 (Apache-2.0), its `client`, `strategy` and `variant`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

mod constraints;
mod features;
mod variants;

use constraints::Conditions;
use features::{Dependency, Feature, Features, Strategy};
use variants::Variants;

/// How to take what has no exact counterpart.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Percentages are taken too: the same share of people, but others.
    pub percentages: bool,
}

/// What became of the features.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// Flags, targetings and segments, without `environment`.
    pub manifests: Vec<Value>,
    /// What is not among them, and why.
    pub left_out: Vec<Note>,
    /// What is among them and worth knowing.
    pub remarks: Vec<Note>,
}

/// Something about one feature.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// The feature's name.
    pub flag: String,
    /// All there is to say of it.
    pub reasons: Vec<String>,
}

/// Whether a share of 100 % or one in between.
enum Share {
    All,
    /// In thousandths of a percent, by this attribute.
    Part(u32, String),
}

/// One strategy as a rule.
struct Rule {
    clauses: Vec<Value>,
    share: Share,
    variants: Variants,
}

/// A feature as a flag, while it is being made.
struct Flag<'a> {
    feature: &'a Feature,
    manifests: Vec<Value>,
    remarks: Vec<String>,
}

/// The manifests that say the same as `{"version":2,"features":[…],"segments":[…]}`.
///
/// # Errors
/// What does not fit Unleash's form.
pub fn manifests(exported: Value, options: Options) -> Result<Imported, String> {
    if exported.get("featureStrategies").is_some() {
        return Err("is an export for another Unleash, which leaves out what its segments hold; \
                    take what `/api/client/features` answers to a client token instead"
            .into());
    }
    let read: Features =
        serde_json::from_value(exported).map_err(|e| format!("does not fit Unleash's features: {e}"))?;
    let (mut flags, mut out) = (BTreeMap::new(), BTreeMap::new());
    for feature in &read.features {
        match flag(feature, &read, options) {
            Ok(flag) => drop(flags.insert(&*feature.name, flag)),
            Err(reasons) => drop(out.insert(&*feature.name, reasons)),
        }
    }
    // Who depends on what is left out can't be exact either.
    loop {
        let missing = |d: &Dependency| (!flags.contains_key(&*d.feature)).then(|| d.feature.clone());
        let orphan = flags.iter().find_map(|(name, flag)| {
            let parent = flag.feature.dependencies.iter().find_map(missing)?;
            Some((*name, parent))
        });
        let Some((name, parent)) = orphan else { break };
        flags.remove(name);
        out.insert(name, vec![format!("depends on {parent}, which is left out")]);
    }
    let mut imported = Imported::default();
    for (name, flag) in flags {
        imported.manifests.extend(flag.manifests);
        if !flag.remarks.is_empty() {
            imported.remarks.push(Note { flag: name.to_owned(), reasons: flag.remarks });
        }
    }
    // A segment that several flags use is made once.
    let mut seen = std::collections::BTreeSet::new();
    imported.manifests.retain(|m| seen.insert((m["kind"].to_string(), m["key"].to_string())));
    imported.manifests.sort_by_key(order);
    imported.left_out =
        out.into_iter().map(|(flag, reasons)| Note { flag: flag.to_owned(), reasons }).collect();
    Ok(imported)
}

/// Segments before what asks for them.
fn order(manifest: &Value) -> u8 {
    match manifest["kind"].as_str() {
        Some("segment") => 0,
        Some("flag") => 1,
        _ => 2,
    }
}

fn flag<'a>(feature: &'a Feature, all: &Features, options: Options) -> Result<Flag<'a>, Vec<String>> {
    let mut reasons: Vec<String> = crate::ids::check_key(&feature.name).into_iter().collect();
    let mut conditions = Conditions::new(&feature.name, &all.segments);
    let mut rules = vec![];
    for strategy in &feature.strategies {
        match rule(strategy, &mut conditions, options) {
            Ok(Some(rule)) => rules.push(rule),
            Ok(None) => {}
            Err(why) => {
                reasons.extend(why.into_iter().map(|why| format!("strategy {}: {why}", strategy.name)))
            }
        }
    }
    // Without a strategy everybody has it; a strategy that nobody meets is another thing.
    let everybody = feature.strategies.is_empty();
    let all_variants = match Variants::read(&feature.variants, options) {
        Ok(variants) => variants,
        Err(why) => {
            reasons.push(why);
            Variants::default()
        }
    };
    let mut remarks = vec![];
    let values = variants::values(
        rules.iter().map(|rule| &rule.variants).chain([&all_variants]),
        !everybody && rules.iter().any(|rule| rule.variants.is_empty()) && all_variants.is_empty(),
    );
    let values = values.unwrap_or_else(|why| {
        reasons.push(why);
        variants::Values::boolean()
    });
    let alike = rules.iter().all(|rule| rule.variants.is_empty());
    reasons.extend(ordered(&mut rules, alike).err());
    let prerequisites = prerequisites(feature, all, &mut reasons);
    if !reasons.is_empty() {
        return Err(reasons);
    }
    remarks.extend(values.remark());
    if rules.iter().any(|rule| matches!(rule.share, Share::Part(..)))
        || values.is_split(&rules, &all_variants)
    {
        remarks.push("the same shares as in Unleash, but other people".into());
    }
    let serve = |rule: &Rule| {
        let variants = if rule.variants.is_empty() { &all_variants } else { &rule.variants };
        values.serve(variants, &rule.share)
    };
    let made = rules.iter().enumerate().map(|(at, rule)| {
        let mut made = serve(rule);
        made["id"] = json!(format!("strategy-{}", at + 1));
        made["clauses"] = json!(rule.clauses);
        made
    });
    let targeting = json!({
        "kind": "targeting", "key": feature.name, "on": feature.enabled,
        "offVariation": values.off(),
        "rules": made.collect::<Vec<_>>(),
        "fallthrough": match everybody {
            true => values.serve(&all_variants, &Share::All),
            false => json!({ "variation": values.off() }),
        },
        "prerequisites": prerequisites,
        "trackEvents": feature.impression_data,
    });
    let mut flag = json!({
        "kind": "flag", "key": feature.name, "type": feature.purpose(), "variations": values.variations(),
    });
    if !feature.description.is_empty() {
        flag["description"] = json!(feature.description);
    }
    if feature.stale {
        flag["tags"] = json!(["stale"]);
    }
    let mut manifests = conditions.segments;
    manifests.extend([flag, targeting]);
    Ok(Flag { feature, manifests, remarks })
}

/// A strategy as a rule; `None` where nobody meets it.
fn rule(
    strategy: &Strategy,
    conditions: &mut Conditions<'_>,
    options: Options,
) -> Result<Option<Rule>, Vec<String>> {
    let mut reasons = vec![];
    let mut clauses = conditions.of(strategy).unwrap_or_else(|why| {
        reasons.extend(why);
        vec![]
    });
    let text = |name: &str| strategy.parameters.get(name).and_then(Value::as_str).unwrap_or_default();
    let share = match &*strategy.name {
        "default" => Some(Share::All),
        "userWithId" => {
            let ids: Vec<_> = text("userIds").split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
            clauses.push(constraints::clause("key", "in", ids));
            Some(Share::All)
        }
        "remoteAddress" => {
            let addresses: Vec<_> =
                text("IPs").split(',').map(str::trim).filter(|ip| !ip.is_empty()).collect();
            if addresses.iter().any(|address| address.contains('/')) {
                reasons.push("asks for a range of addresses".into());
            }
            clauses.push(constraints::clause("remoteAddress", "in", addresses));
            Some(Share::All)
        }
        "flexibleRollout" => match strategy.stickiness() {
            "default" | "userId" => share(strategy, "rollout", "key", options, &mut reasons),
            "random" => share(strategy, "rollout", "", options, &mut reasons),
            other => share(strategy, "rollout", other, options, &mut reasons),
        },
        "gradualRolloutUserId" => share(strategy, "percentage", "key", options, &mut reasons),
        "gradualRolloutSessionId" => share(strategy, "percentage", "sessionId", options, &mut reasons),
        "gradualRolloutRandom" => share(strategy, "percentage", "", options, &mut reasons),
        "applicationHostname" => {
            reasons.push("asks for the host that evaluates, which no context has".into());
            None
        }
        _ => {
            reasons.push("is no strategy of Unleash's own: what it does is in the application".into());
            None
        }
    };
    let variants = Variants::read(&strategy.variants, options).unwrap_or_else(|why| {
        reasons.push(why);
        Variants::default()
    });
    if !reasons.is_empty() {
        return Err(reasons);
    }
    if let Some(present) = asked_for(strategy) {
        // Who has no such value is never in, however large the share.
        clauses.push(constraints::clause(present, "matches", vec!["."]));
    }
    Ok(share.map(|share| Rule { clauses, share, variants }))
}

/// The attribute that must be there for a share of all who have it.
fn asked_for(strategy: &Strategy) -> Option<&str> {
    match &*strategy.name {
        "gradualRolloutSessionId" => Some("sessionId"),
        "flexibleRollout" => {
            Some(strategy.stickiness()).filter(|by| !matches!(*by, "default" | "userId" | "random"))
        }
        _ => None,
    }
}

/// A strategy's percentage; `None` where it is nobody. `by` is empty for a throw of the dice.
fn share(
    strategy: &Strategy,
    name: &str,
    by: &str,
    options: Options,
    reasons: &mut Vec<String>,
) -> Option<Share> {
    let percent = match strategy.parameters.get(name) {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let Some(percent) = percent.filter(|percent| (0.0..=100.0).contains(percent)) else {
        reasons.push(format!("its {name} is no percentage"));
        return None;
    };
    if percent == 0.0 {
        return None;
    }
    if percent == 100.0 {
        return Some(Share::All);
    }
    if by.is_empty() {
        reasons.push(format!("{percent} % of evaluations by chance, which no flag here does"));
    } else if !options.percentages {
        reasons.push(format!("{percent} % of people, whom Unleash picks by another hash"));
    }
    Some(Share::Part((percent * 1_000.0).round() as u32, by.to_owned()))
}

/// A rule that gives only a part of those it meets ends the search for the rest, so it must be the last; the
/// others may change places where they all give the same.
fn ordered(rules: &mut [Rule], alike: bool) -> Result<(), String> {
    let partial = |rule: &Rule| matches!(rule.share, Share::Part(..));
    if rules.iter().filter(|rule| partial(rule)).count() > 1 {
        return Err("has several percentages, of which each is tried after the other".into());
    }
    if alike {
        rules.sort_by_key(partial);
    }
    match rules.iter().position(partial) {
        Some(at) if at + 1 < rules.len() => {
            Err("has a percentage before other strategies, with variants of their own".into())
        }
        _ => Ok(()),
    }
}

fn prerequisites(feature: &Feature, all: &Features, reasons: &mut Vec<String>) -> Vec<Value> {
    let mut made = vec![];
    for dependency in &feature.dependencies {
        let name = &dependency.feature;
        let Some(parent) = all.features.iter().find(|f| f.name == *name) else {
            reasons.push(format!("depends on {name}, which is not there"));
            continue;
        };
        let plain = parent.variants.is_empty() && parent.strategies.iter().all(|s| s.variants.is_empty());
        let variation = match (&dependency.variants[..], plain) {
            _ if !dependency.enabled => Err(format!("depends on {name} being off")),
            _ if !parent.dependencies.is_empty() => {
                Err(format!("depends on {name}, which depends on others"))
            }
            ([], true) => Ok(variants::TRUE),
            ([], false) => Err(format!("depends on {name} giving any variant")),
            ([only], false) => parent
                .variant_names()
                .position(|known| known == only)
                .map(|at| at as i64)
                .ok_or_else(|| format!("depends on the variant {only} of {name}, which it has not")),
            (_, true) => Err(format!("depends on variants of {name}, which has none")),
            (_, false) => Err(format!("depends on one of several variants of {name}")),
        };
        match variation {
            Ok(variation) => made.push(json!({ "key": name, "variation": variation })),
            Err(why) => reasons.push(why),
        }
    }
    made
}

#[cfg(test)]
mod tests;
