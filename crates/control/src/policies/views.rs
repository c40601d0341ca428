//! What control answers about policies, ready for the API.

use jiff::Timestamp;
use serde::Serialize;
use switchyard_model::ids::Key;
use switchyard_policy::{Aspect, Deed, Effect, Via};

use crate::Person;

/// Who may do what in a project.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoliciesView {
    /// Those that ship with the product, weakest role first.
    pub presets: Vec<PresetView>,
    /// The project's own, by key.
    pub items: Vec<PolicyView>,
    /// What policies can speak of, as Cedar's tools read it.
    pub schema: String,
}

/// A policy that ships with the product.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PresetView {
    /// Its name.
    pub key: String,
    /// What it says, for people.
    pub words: String,
    /// What it says, in Cedar.
    pub text: String,
}

/// One of a project's own policies.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyView {
    /// Its key.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// What it says, in Cedar.
    pub text: String,
    /// Grows with each change.
    pub version: u64,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who last changed it.
    pub updated_by: Person,
    /// What it says, for people.
    pub statements: Vec<StatementView>,
    /// True where it speaks of an environment that the reader may not see: they are not told what it says.
    pub hidden: bool,
    /// True where this version of the product can't read the project's policies: only admins may anything until they
    /// are mended.
    pub unreadable: bool,
}

/// A `permit` or a `forbid`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementView {
    /// Which.
    pub effect: Effect,
    /// What it says, for people.
    pub words: String,
}

/// What is to be said of a policy that somebody writes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyCheck {
    /// All that is wrong with it.
    pub mistakes: Vec<MistakeView>,
    /// What it says, for people; empty while something is wrong.
    pub statements: Vec<StatementView>,
    /// Why it can't be saved although nothing is wrong with it: nobody could administer the project any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locks_out: Option<String>,
}

/// Something that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MistakeView {
    /// The line, from 1.
    pub line: usize,
    /// The character in it, from 1.
    pub column: usize,
    /// How many characters, at least 1.
    pub length: usize,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Whether somebody may do something, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhyView {
    /// True where they may.
    pub allowed: bool,
    /// The answer as people say it.
    pub sentence: String,
    /// Who.
    pub who: Person,
    /// What.
    pub action: Deed,
    /// With what: a resource, an environment or the project.
    pub target: String,
    /// The statements that it follows from; none where nothing allows it.
    pub by: Vec<ByView>,
    /// For a resource: whether they may change each of its parts, if it were the only one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aspects: Vec<AspectView>,
}

/// A statement from which a decision follows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ByView {
    /// The policy's key.
    pub policy: String,
    /// What people call it.
    pub name: String,
    /// True for one that ships with the product.
    pub preset: bool,
    /// Whether it permits or forbids.
    pub effect: Effect,
    /// What it says, for people.
    pub words: String,
    /// By which role or team it takes them in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
}

/// Whether one part of a resource may be changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AspectView {
    /// Which.
    pub aspect: Aspect,
    /// True where it may.
    pub allowed: bool,
    /// Where it may not, why, and who can help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
