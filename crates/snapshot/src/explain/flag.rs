//! How a flag came to its answer.

use std::cell::OnceCell;

use serde::Serialize;
use serde_json::Value;
use switchyard_flags::{Context, ReasonKind, Recorder, Step, ValueRef};
use switchyard_model::flag_spec::{Clause, Op};
use switchyard_model::{Kind, ResourceId, State};

use crate::sentences::{Sentence, clause_sentence, thousands};
use crate::wire::FlagItem;
use crate::{FlagDecision, Snapshot};

/// A flag and how it came to its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedFlag {
    /// Its key.
    pub key: String,
    /// The variation served; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variation: Option<String>,
    /// The answer's value; `null` where there is none.
    pub value: Value,
    /// LaunchDarkly's evaluation reason.
    pub reason: Value,
    /// What was asked, in order; the last one that matched decided.
    pub steps: Vec<FlagStep>,
    /// Where a rollout put the context, 0 to 99,999.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<u32>,
}

/// One question of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlagStep {
    /// The question, and what stood against it.
    pub sentence: Sentence,
    /// Whether it decided, or, of a prerequisite, whether it was met.
    pub matched: bool,
}

/// Keeps the steps of the flag that was asked for, not those of its prerequisites and segments.
pub(super) struct Kept<'s> {
    snapshot: &'s Snapshot,
    /// The environment's segments, for their titles.
    names: State,
    steps: Vec<FlagStep>,
    flag: Option<&'s FlagItem>,
    /// How many flags and segments are open.
    flags: u32,
    segments: u32,
    /// The open rule's conditions, and what stood against the last.
    clauses: Vec<Sentence>,
    against: Option<Sentence>,
    bucket: Option<(u32, Sentence)>,
}

/// Says of many contexts what decides about a flag for them.
pub(crate) struct Reasons<'s> {
    snapshot: &'s Snapshot,
    /// Made when first needed.
    names: OnceCell<State>,
}

impl<'s> Reasons<'s> {
    pub(crate) fn of(snapshot: &'s Snapshot) -> Self {
        Reasons { snapshot, names: OnceCell::new() }
    }

    /// The step of the evaluation that decides, in words.
    pub(crate) fn why(&self, flag: &str, context: &Context) -> String {
        let Some(item) = self.snapshot.wire().flag(flag) else { return "The flag is not there".to_owned() };
        let told = self.explained(item, context);
        told.steps.last().map(|step| step.sentence.to_string()).unwrap_or_default()
    }

    fn explained(&self, item: &FlagItem, context: &Context) -> ExplainedFlag {
        let names = self.names.get_or_init(|| segments(self.snapshot)).clone();
        let mut kept = Kept::with_names(self.snapshot, names);
        let key = &item.wire.key;
        let detail = self.snapshot.flags().evaluate_with(key, context, &mut kept);
        let served = detail.variation_index.and_then(|index| item.flag().variations.get(index));
        let variation = served.map(|variation| &variation.id);
        kept.explained(&FlagDecision { key, variation, detail })
    }
}

/// What a context gets of a flag.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServedTo {
    /// The flag's key.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// The variation served; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variation: Option<String>,
    /// Its value; `null` where there is none.
    pub value: Value,
    /// What decided.
    pub why: Sentence,
}

/// What a context gets of every flag, by key, and why.
pub fn served_to(snapshot: &Snapshot, context: &Context) -> Vec<ServedTo> {
    let reasons = Reasons::of(snapshot);
    let flags = snapshot.wire().flags.iter();
    flags
        .map(|item| {
            let mut told = reasons.explained(item, context);
            let why = told.steps.pop().map(|step| step.sentence).unwrap_or_default();
            let name = item.flag().title().to_owned();
            ServedTo { key: told.key, name, variation: told.variation, value: told.value, why }
        })
        .collect()
}

fn segments(snapshot: &Snapshot) -> State {
    let mut names = State::empty([snapshot.environment.clone()]);
    for segment in snapshot.wire().segments.iter() {
        let id = ResourceId::environment(&snapshot.environment, Kind::Segment, &segment.wire.key);
        names.set(id, Some(segment.source.clone()), 0);
    }
    names
}

impl<'s> Kept<'s> {
    pub(super) fn new(snapshot: &'s Snapshot) -> Self {
        Kept::with_names(snapshot, segments(snapshot))
    }

    fn with_names(snapshot: &'s Snapshot, names: State) -> Self {
        Kept {
            snapshot,
            names,
            steps: vec![],
            flag: None,
            flags: 0,
            segments: 0,
            clauses: vec![],
            against: None,
            bucket: None,
        }
    }

    /// The flag's answer with what was kept on the way to it.
    pub(super) fn explained(mut self, flag: &FlagDecision<'_>) -> ExplainedFlag {
        let last = match flag.detail.reason.kind {
            ReasonKind::Off => Some(Sentence::new().text("The flag is ").strong("off")),
            ReasonKind::Fallthrough { .. } => Some(Sentence::new().strong("Everyone else")),
            ReasonKind::Error(error) => {
                Some(Sentence::new().text("There is no answer: ").code(error.as_str()))
            }
            _ => None,
        };
        self.steps.extend(last.map(|sentence| FlagStep { sentence, matched: true }));
        if let (Some((_, said)), Some(step)) = (&self.bucket, self.steps.last_mut()) {
            step.sentence = std::mem::take(&mut step.sentence).text(": ").then(said.clone());
        }
        ExplainedFlag {
            key: flag.key.to_string(),
            variation: flag.variation.map(ToString::to_string),
            value: flag.detail.value.cloned().unwrap_or_default(),
            reason: serde_json::to_value(flag.detail.reason).unwrap_or_default(),
            steps: self.steps,
            bucket: self.bucket.map(|(bucket, _)| bucket),
        }
    }

    fn push(&mut self, sentence: Sentence, matched: bool) {
        self.steps.push(FlagStep { sentence, matched });
    }

    fn variation(&self, flag: &str, index: i64) -> String {
        let id = usize::try_from(index).ok().and_then(|index| self.snapshot.variation_id(flag, index));
        id.map_or_else(|| format!("variation {index}"), str::to_owned)
    }

    fn prerequisite(&mut self, key: &str, wanted: i64, answered: Option<usize>, met: bool) {
        let said = Sentence::new().text("Flag ").code(key);
        let wanted = self.variation(key, wanted);
        let on = self.snapshot.wire().flag(key).is_some_and(|item| item.spec.on);
        let said = match answered.and_then(|index| i64::try_from(index).ok()) {
            None => said.text(" gives nothing; it must give ").strong(wanted),
            Some(_) if met => said.text(" gives ").strong(wanted).text(", as it must"),
            Some(_) if !on => said.text(" is off; it must be on and give ").strong(wanted),
            Some(index) => {
                said.text(" gives ").strong(self.variation(key, index)).text("; it must give ").strong(wanted)
            }
        };
        self.push(said, met);
    }

    fn clause(&mut self, clause: &Clause, value: Option<ValueRef<'_>>, matched: bool) {
        self.clauses.push(clause_sentence(clause, &self.snapshot.environment, &self.names));
        if matched || clause.op == Op::SegmentMatch {
            return;
        }
        let attribute = Sentence::new().text(format!("{} is ", clause.attribute));
        self.against = Some(match value.and_then(|value| serde_json::to_value(value).ok()) {
            Some(Value::String(text)) => attribute.strong(text),
            Some(other) => attribute.strong(other.to_string()),
            None => attribute.text("missing"),
        });
    }

    fn rule(&mut self, index: usize, matched: bool) {
        let rule = self.flag.and_then(|flag| flag.spec.rules.get(index));
        let title = rule.and_then(|rule| rule.description.clone()).filter(|title| !title.is_empty());
        let title = title.unwrap_or_else(|| format!("Rule {}", index + 1));
        let clauses = Sentence::joined(std::mem::take(&mut self.clauses), " and ", " and ");
        let mut said = Sentence::new().strong(title);
        if !clauses.is_empty() {
            said = said.text(": ").then(clauses);
        }
        if let Some(against) = self.against.take() {
            said = said.text("; ").then(against);
        }
        self.push(said, matched);
    }
}

impl Recorder for Kept<'_> {
    fn step(&mut self, step: Step<'_>) {
        let own = self.flags == 1 && self.segments == 0;
        match step {
            Step::Flag(spec) => {
                if self.flags == 0 {
                    self.flag = self.snapshot.wire().flag(&spec.key).map(|item| &**item);
                }
                self.flags += 1;
            }
            Step::FlagDone { .. } => self.flags -= 1,
            Step::Segment(_) => self.segments += 1,
            Step::SegmentDone { .. } => self.segments -= 1,
            _ if !own => {}
            Step::Prerequisite { prerequisite, answered, met } => {
                self.prerequisite(&prerequisite.key, prerequisite.variation, answered, met);
            }
            Step::Targets { variation } => {
                let found = variation.is_some();
                let found_words = if found { " has this key" } else { " does not have this key" };
                self.push(
                    Sentence::new().text("The list of ").strong("single keys").text(found_words),
                    found,
                );
            }
            Step::Rule { .. } => {
                self.clauses.clear();
                self.against = None;
            }
            Step::Clause { clause, value, matched, .. } => self.clause(clause, value, matched),
            Step::RuleDone { index, matched } => self.rule(index, matched),
            Step::Bucketed { kind, value, bucket, arms } => {
                let part = bucket.part();
                let mut from = 0;
                let mut upto = 100_000;
                for arm in arms {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a fraction of 100,000 fits"
                    )]
                    let end = (arm.upto * 100_000.0).round().clamp(0.0, 100_000.0) as u32;
                    if bucket.fraction() < arm.upto {
                        upto = end;
                        break;
                    }
                    from = end;
                }
                let said = range(part, from, upto);
                let said = match value {
                    Some(_) => said,
                    // All of these are together in one place, which no percentage divides.
                    None => Sentence::new()
                        .text("nothing of ")
                        .strong(kind)
                        .text(" to place them by: ")
                        .then(said),
                };
                self.bucket = Some((part, said));
            }
        }
    }
}

/// "bucket 7,204 is under 10,000 of 100,000".
pub(super) fn range(bucket: u32, from: u32, upto: u32) -> Sentence {
    let n = |n: u32| thousands(u64::from(n));
    let said = Sentence::new().text("bucket ").strong(n(bucket));
    match (from, upto) {
        (0, upto) => said.text(format!(" is under {} of 100,000", n(upto))),
        (from, 100_000) => said.text(format!(" is not under {} of 100,000", n(from))),
        (from, upto) => said.text(format!(" is between {} and {} of 100,000", n(from), n(upto))),
    }
}
