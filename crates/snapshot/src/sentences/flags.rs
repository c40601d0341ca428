//! Flags and their targeting in words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use switchyard_model::flag_spec::{Rollout, RolloutKind, Rule, Target, VariationOrRollout};
use switchyard_model::{Flag, State, Targeting};

use super::conditions::{clause_sentence, clauses_sentence, shown, those};
use super::details::described;
use super::{Sentence, count, listed, percent, reordered};

/// The most rules that a flag's one sentence spells out.
const RULES_SHOWN: usize = 3;

/// A rule in words; `rule` is `None` for everyone else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleSentence {
    /// The rule's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Who it is for.
    pub conditions: Sentence,
    /// What they get.
    pub serves: Sentence,
}

/// What a flag does in an environment, in one sentence: "Those in Beta testers get new; of everyone else
/// 10 % get new."
pub fn flag_sentence(flag: &Flag, targeting: &Targeting, environment: &str, names: &State) -> Sentence {
    capitalised(does(flag, targeting, environment, names)).text(".")
}

/// The same without its end, to go on from.
fn does(flag: &Flag, targeting: &Targeting, environment: &str, names: &State) -> Sentence {
    if flag.archived {
        return Sentence::new().strong("Archived").text(": applications get their own defaults");
    }
    if !targeting.on {
        let off = Sentence::new().strong("Off").text(": everyone gets ");
        return match targeting.off_variation {
            Some(index) => off.code(variation(flag, index)),
            None => off.text("the application's own default"),
        };
    }
    let mut parts = vec![];
    if !targeting.prerequisites.is_empty() {
        parts.push(needs(targeting, names));
    }
    parts.extend(targets_in_order(targeting).filter(|t| !t.values.is_empty()).map(|target| {
        let kind = target.context_kind.as_deref().unwrap_or("user");
        Sentence::new()
            .strong(count(target.values.len(), &format!("named {kind}"), &format!("named {kind}s")))
            .text(if target.values.len() == 1 { " gets " } else { " get " })
            .code(variation(flag, target.variation))
    }));
    let hidden = targeting.rules.len().saturating_sub(RULES_SHOWN);
    let shown = if hidden > 1 { RULES_SHOWN } else { targeting.rules.len() };
    parts.extend(
        targeting.rules[..shown].iter().map(|rule| {
            those(&rule.clauses, environment, names).text(" get ").then(serves(flag, &serve(rule)))
        }),
    );
    if hidden > 1 {
        parts.push(Sentence::new().text(format!("then {hidden} more rules")));
    }
    let alone = parts.is_empty();
    parts.push(everyone_else(flag, &targeting.fallthrough, alone));
    Sentence::joined(parts, "; ", "; ")
}

/// The rules in words, in order; everyone else comes last.
pub fn rule_sentences(
    flag: &Flag,
    targeting: &Targeting,
    environment: &str,
    names: &State,
) -> Vec<RuleSentence> {
    let rules = targeting.rules.iter().map(|rule| RuleSentence {
        rule: Some(rule.id.clone()),
        conditions: clauses_sentence(&rule.clauses, environment, names),
        serves: serves(flag, &serve(rule)),
    });
    let everyone_else = RuleSentence {
        rule: None,
        conditions: Sentence::new().text("everyone else"),
        serves: serves(flag, &targeting.fallthrough),
    };
    rules.chain([everyone_else]).collect()
}

/// What a new flag is.
pub(super) fn created(flag: &Flag) -> Sentence {
    Sentence::new().text("is new, with ").then(listed(
        flag.variations.iter().map(|v| v.id.to_string()),
        "variation",
        "variations",
    ))
}

/// What changed in a flag's variations and visibility.
pub(super) fn flag_changes(before: &Flag, after: &Flag) -> Vec<Sentence> {
    let mut said = vec![];
    for now in &after.variations {
        match before.variations.iter().find(|v| v.id == now.id) {
            None => said.push(
                Sentence::new().text("has a new variation ").to(&*now.id).text(" = ").code(shown(&now.value)),
            ),
            Some(was) => {
                let which = || Sentence::new().text("variation ").code(&*now.id);
                if was.value != now.value {
                    let becomes = which().text(" becomes ").to(shown(&now.value));
                    said.push(becomes.text("; it was ").from(shown(&was.value)));
                }
                if was.description != now.description {
                    said.push(described(which(), Some(&now.description)));
                }
            }
        }
    }
    for was in before.variations.iter().filter(|v| after.variation_index(&v.id).is_none()) {
        said.push(Sentence::new().text("loses its variation ").from(&*was.id));
    }
    if reordered(before.variations.iter().map(|v| &v.id), after.variations.iter().map(|v| &v.id)) {
        said.push(Sentence::new().text("has its variations in another order"));
    }
    let (was, now) = (&before.client_side_availability, &after.client_side_availability);
    for (word, was, now) in [
        ("browsers", was.using_environment_id, now.using_environment_id),
        ("mobile apps", was.using_mobile_key, now.using_mobile_key),
    ] {
        if was != now {
            let verb = if now { "may now be seen by " } else { "may no longer be seen by " };
            said.push(Sentence::new().text(verb).to(word));
        }
    }
    said
}

/// What changed in a flag's targeting.
pub(super) fn targeting_changes(
    before: Option<&Targeting>,
    after: &Targeting,
    environment: &str,
    names: &State,
) -> Vec<Sentence> {
    let nothing;
    let flag = match names.flag(&after.key) {
        Some((flag, _)) => flag,
        None => {
            nothing = Flag {
                key: after.key.clone(),
                name: String::new(),
                description: String::new(),
                owner: None,
                tags: vec![],
                managed_by: Default::default(),
                purpose: Default::default(),
                expires: None,
                archived: false,
                variations: vec![],
                client_side_availability: Default::default(),
            };
            &nothing
        }
    };
    let Some(before) = before else {
        let told = does(flag, after, environment, names);
        return vec![Sentence::new().text("is aimed for the first time: ").then(told)];
    };
    let mut said = vec![];
    if before.on != after.on {
        said.push(Sentence::new().text("turned ").to(if after.on { "on" } else { "off" }));
    }
    if before.prerequisites != after.prerequisites {
        said.push(if after.prerequisites.is_empty() {
            Sentence::new().text("no longer needs another flag")
        } else {
            Sentence::new().text("now ").then(needs(after, names))
        });
    }
    target_changes(flag, before, after, &mut said);
    rule_changes(flag, before, after, environment, names, &mut said);
    if before.fallthrough != after.fallthrough {
        said.push(Sentence::new().strong("everyone else").text(": ").then(serve_change(
            flag,
            &before.fallthrough,
            &after.fallthrough,
        )));
    }
    if before.off_variation != after.off_variation {
        let named = |index: Option<i64>| index.map_or("the fallback".to_owned(), |i| variation(flag, i));
        said.push(
            Sentence::new()
                .text("when off, everyone gets ")
                .to(named(after.off_variation))
                .text("; it was ")
                .from(named(before.off_variation)),
        );
    }
    let bookkeeping = |t: &Targeting| {
        (
            t.track_events,
            t.track_events_fallthrough,
            t.debug_events_until_date,
            t.sampling_ratio,
            t.exclude_from_summaries,
            t.migration,
        )
    };
    if bookkeeping(before) != bookkeeping(after) {
        said.push(Sentence::new().text("its event settings change"));
    }
    if before.salt != after.salt {
        said.push(Sentence::new().text("its salt changes, so that percentages pick other people"));
    }
    said
}

fn target_changes(flag: &Flag, before: &Targeting, after: &Targeting, said: &mut Vec<Sentence>) {
    let keyed = |targeting: &Targeting| {
        let mut all: BTreeMap<(String, i64), Vec<String>> = BTreeMap::new();
        for target in targets_in_order(targeting) {
            let kind = target.context_kind.clone().unwrap_or_else(|| "user".into());
            all.entry((kind, target.variation)).or_default().extend(target.values.iter().cloned());
        }
        all
    };
    let (was, now) = (keyed(before), keyed(after));
    let empty = vec![];
    for place in was.keys().chain(now.keys().filter(|k| !was.contains_key(*k))) {
        let (old, new) = (was.get(place).unwrap_or(&empty), now.get(place).unwrap_or(&empty));
        let added = new.iter().filter(|k| !old.contains(k)).collect::<Vec<_>>();
        let removed = old.iter().filter(|k| !new.contains(k)).collect::<Vec<_>>();
        for (keys, verb) in [(added, "now always get"), (removed, "no longer always get")] {
            let who = match keys.as_slice() {
                [] => continue,
                [one] => format!("{} {one}", place.0),
                many => count(many.len(), &place.0, &format!("{}s", place.0)),
            };
            let verb = if keys.len() == 1 { format!("{verb}s") } else { verb.to_owned() };
            said.push(Sentence::new().strong(who).text(format!(" {verb} ")).code(variation(flag, place.1)));
        }
    }
}

fn rule_changes(
    flag: &Flag,
    before: &Targeting,
    after: &Targeting,
    environment: &str,
    names: &State,
    said: &mut Vec<Sentence>,
) {
    for (position, rule) in after.rules.iter().enumerate() {
        let Some(was) = before.rules.iter().find(|r| r.id == rule.id) else {
            said.push(
                Sentence::new()
                    .text(format!("new rule {}: ", position + 1))
                    .then(those(&rule.clauses, environment, names))
                    .text(" get ")
                    .then(serves(flag, &serve(rule))),
            );
            continue;
        };
        let who = || {
            Sentence::new()
                .text(format!("rule {} (", position + 1))
                .then(clauses_sentence(&was.clauses, environment, names))
                .text(")")
        };
        if was.clauses != rule.clauses {
            said.push(clause_change(who(), was, rule, environment, names));
        }
        if serve(was) != serve(rule) {
            said.push(who().text(": ").then(serve_change(flag, &serve(was), &serve(rule))));
        }
        if was.description != rule.description {
            said.push(described(who(), rule.description.as_deref()));
        }
        if was.track_events != rule.track_events {
            said.push(who().text(if rule.track_events {
                " now sends events"
            } else {
                " sends no more events"
            }));
        }
    }
    for (position, was) in before.rules.iter().enumerate() {
        if !after.rules.iter().any(|r| r.id == was.id) {
            said.push(
                Sentence::new()
                    .text(format!("rule {} is gone: ", position + 1))
                    .then(those(&was.clauses, environment, names))
                    .text(" got ")
                    .then(serves(flag, &serve(was))),
            );
        }
    }
    if reordered(before.rules.iter().map(|r| &r.id), after.rules.iter().map(|r| &r.id)) {
        said.push(Sentence::new().text("its rules are tried in another order"));
    }
}

fn clause_change(who: Sentence, was: &Rule, now: &Rule, environment: &str, names: &State) -> Sentence {
    let words = |clauses: Vec<_>| {
        Sentence::joined(
            clauses.into_iter().map(|c| clause_sentence(c, environment, names)),
            " and ",
            " and ",
        )
    };
    let added: Vec<_> = now.clauses.iter().filter(|c| !was.clauses.contains(c)).collect();
    let removed: Vec<_> = was.clauses.iter().filter(|c| !now.clauses.contains(c)).collect();
    match (added.is_empty(), removed.is_empty()) {
        (false, true) => who.text(" now also needs: ").then(words(added)),
        (true, false) => who.text(" no longer needs: ").then(words(removed)),
        (false, false) => {
            who.text(" now needs: ").then(words(added)).text(" instead of: ").then(words(removed))
        }
        (true, true) => who.text(" has its conditions in another order"),
    }
}

/// "`new` goes from 10 % to 25 %", or "gets `new`; it was `old`".
fn serve_change(flag: &Flag, before: &VariationOrRollout, after: &VariationOrRollout) -> Sentence {
    if let (Some(was), Some(now)) = (before.variation, after.variation) {
        return Sentence::new()
            .text("gets ")
            .to(variation(flag, now))
            .text("; it was ")
            .from(variation(flag, was));
    }
    let (was, now) = (shares(before), shares(after));
    let mut moved: Vec<(i64, i64, i64)> = was
        .keys()
        .chain(now.keys().filter(|k| !was.contains_key(*k)))
        .map(|&v| (v, was.get(&v).copied().unwrap_or(0), now.get(&v).copied().unwrap_or(0)))
        .filter(|(_, was, now)| was != now)
        .collect();
    moved.sort_unstable();
    if moved.is_empty() {
        return divided_alike(flag, before, after);
    }
    // With two variations the second says nothing new.
    if was.len().max(now.len()) <= 2 && moved.len() == 2 {
        moved.truncate(1);
    }
    let said = moved.into_iter().map(|(index, was, now)| {
        Sentence::new()
            .code(variation(flag, index))
            .text(" goes from ")
            .from(percent(was))
            .text(" to ")
            .to(percent(now))
    });
    let said = Sentence::joined(said, ", ", " and ");
    match (&before.rollout, &after.rollout) {
        (Some(a), Some(b)) if divided_by(a) != divided_by(b) => {
            said.text(", divided by ").to(divided_by(b)).text(" instead of ").from(divided_by(a))
        }
        _ => said,
    }
}

/// The same shares, for other people or in another form.
fn divided_alike(flag: &Flag, before: &VariationOrRollout, after: &VariationOrRollout) -> Sentence {
    match (&before.rollout, &after.rollout) {
        (None, Some(rollout)) => Sentence::new()
            .text("still ")
            .then(gets(flag, after))
            .text(", now as a percentage by ")
            .to(divided_by(rollout)),
        (Some(_), None) => {
            Sentence::new().text("still ").then(gets(flag, after)).text(", no longer as a percentage")
        }
        (Some(was), Some(now)) if divided_by(was) != divided_by(now) => Sentence::new()
            .text("is divided by ")
            .to(divided_by(now))
            .text(" instead of ")
            .from(divided_by(was))
            .text(", so that percentages pick other people"),
        (Some(was), Some(now)) if is_experiment(was) != is_experiment(now) => match is_experiment(now) {
            true => Sentence::new().text("is now an ").to("experiment"),
            false => Sentence::new().text("is no longer an ").from("experiment"),
        },
        (Some(was), Some(now)) if was.seed != now.seed || parts(was) != parts(now) => {
            Sentence::new().text("keeps its percentages, but for other people")
        }
        (Some(was), Some(now)) if was.variations != now.variations => {
            Sentence::new().text("its experiment counts other people")
        }
        _ => Sentence::new().text("says the same in another form"),
    }
}

fn is_experiment(rollout: &Rollout) -> bool {
    rollout.kind == Some(RolloutKind::Experiment)
}

/// The parts in their order: it says which people each of them is for.
fn parts(rollout: &Rollout) -> Vec<(i64, i64)> {
    rollout.variations.iter().map(|part| (part.variation, part.weight)).collect()
}

fn divided_by(rollout: &Rollout) -> String {
    let kind = rollout.context_kind.as_deref().unwrap_or("user");
    format!("{kind} {}", rollout.bucket_by.as_deref().unwrap_or("key"))
}

/// Each variation's share of 100,000.
fn shares(serve: &VariationOrRollout) -> BTreeMap<i64, i64> {
    let mut all = BTreeMap::new();
    if let Some(rollout) = &serve.rollout {
        for part in &rollout.variations {
            *all.entry(part.variation).or_default() += part.weight;
        }
        all.retain(|_, weight| *weight > 0);
    } else if let Some(index) = serve.variation {
        all.insert(index, 100_000);
    }
    all
}

fn gets(flag: &Flag, serve: &VariationOrRollout) -> Sentence {
    Sentence::new().text("gets ").then(serves(flag, serve))
}

/// "`new`", or "`new` for 10 %, `old` for 90 %".
fn serves(flag: &Flag, serve: &VariationOrRollout) -> Sentence {
    match (serve.variation, &serve.rollout) {
        (Some(index), _) => Sentence::new().code(variation(flag, index)),
        (None, Some(rollout)) => Sentence::joined(
            rollout.variations.iter().filter(|part| part.weight > 0).map(|part| {
                Sentence::new()
                    .code(variation(flag, part.variation))
                    .text(" for ")
                    .strong(percent(part.weight))
            }),
            ", ",
            ", ",
        ),
        (None, None) => Sentence::new().text("nothing"),
    }
}

fn everyone_else(flag: &Flag, serve: &VariationOrRollout, alone: bool) -> Sentence {
    let who = if alone { "everyone" } else { "everyone else" };
    match (serve.variation, &serve.rollout) {
        (None, Some(rollout)) => {
            let parts = rollout.variations.iter().filter(|part| part.weight > 0).map(|part| {
                Sentence::new()
                    .strong(percent(part.weight))
                    .text(" get ")
                    .code(variation(flag, part.variation))
            });
            Sentence::new().text(format!("of {who} ")).then(Sentence::joined(parts, ", ", " and "))
        }
        _ => Sentence::new().text(format!("{who} ")).then(gets(flag, serve)),
    }
}

fn needs(targeting: &Targeting, names: &State) -> Sentence {
    let all = targeting.prerequisites.iter().map(|p| {
        let id = match names.flag(&p.key) {
            Some((flag, _)) => variation(flag, p.variation),
            None => format!("variation {}", p.variation),
        };
        Sentence::new().code(&*p.key).text(" to be ").code(id)
    });
    Sentence::new().text("needs ").then(Sentence::joined(all, ", ", " and "))
}

fn targets_in_order(targeting: &Targeting) -> impl Iterator<Item = &Target> {
    targeting.targets.iter().chain(&targeting.context_targets)
}

fn serve(rule: &Rule) -> VariationOrRollout {
    VariationOrRollout { variation: rule.variation, rollout: rule.rollout.clone() }
}

/// The variation's id, or its position where there is none.
fn variation(flag: &Flag, index: i64) -> String {
    let found = usize::try_from(index).ok().and_then(|i| flag.variations.get(i));
    found.map_or_else(|| format!("variation {index}"), |v| v.id.to_string())
}

pub(super) fn capitalised(mut sentence: Sentence) -> Sentence {
    if let Some(first) = sentence.0.first_mut()
        && first.style == super::Style::Text
        && let Some(letter) = first.text.chars().next()
    {
        first.text = letter.to_uppercase().chain(first.text.chars().skip(1)).collect();
    }
    sentence
}
