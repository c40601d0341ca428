//! Reading policies, and what is wrong with them: where, why, and what to do.

use cedar_policy::{Policy, PolicySet, ValidationMode};
use miette::Diagnostic;
use switchyard_model::ids::Key;

use crate::rules::Own;
use crate::schema::validator;

/// The most bytes of one policy's text.
pub(crate) const TEXT_MAX: usize = 10_000;

/// The deepest that brackets may be in one another: reading takes stack for each.
const DEPTH_MAX: usize = 50;

/// What to do about a condition on what only resources have.
const OF_RESOURCES: &str = "say that it is about resources: `resource is Resource`";

/// Something that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Whose policy, by key.
    pub policy: Key,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// How many characters it takes, at least 1.
    pub length: usize,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Who and what there is for a policy to name.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The project.
    pub project: &'a str,
    /// Its environments.
    pub environments: &'a [Key],
    /// All teams.
    pub teams: &'a [Key],
    /// All members, by id.
    pub members: &'a [String],
    /// All tokens, by id.
    pub tokens: &'a [String],
}

/// Reads a text of policies, in their order, and holds them against the schema.
pub(crate) fn read(key: &str, text: &str) -> Result<Vec<Policy>, Vec<Mistake>> {
    let at = |offset: usize, length: usize, reason: String, hint: Option<String>| {
        mistake(key, text, offset, length, reason, hint)
    };
    if text.len() > TEXT_MAX {
        let reason = format!("has {} bytes", text.len());
        return Err(vec![at(0, 1, reason, Some(format!("at most {TEXT_MAX}: make several policies of it")))]);
    }
    if let Some(offset) = too_deep(text) {
        let reason = format!("more than {DEPTH_MAX} brackets are in one another");
        return Err(vec![at(offset, 1, reason, None)]);
    }
    let set: PolicySet = text.parse().map_err(|errors: cedar_policy::ParseErrors| {
        errors.iter().map(|error| diagnosed(key, text, error)).collect::<Vec<_>>()
    })?;
    let mut mistakes = vec![];
    for _ in set.templates() {
        let offset = text.find("?principal").or_else(|| text.find("?resource")).unwrap_or_default();
        let hint = "name who and what it is about".to_owned();
        mistakes.push(at(offset, 1, "is a template with an open place".into(), Some(hint)));
    }
    let mut policies: Vec<Policy> = set.policies().cloned().collect();
    // Cedar names them policy0, policy1, … in their order.
    policies.sort_by_key(|policy| {
        let id: &str = policy.id().as_ref();
        id.strip_prefix("policy").and_then(|at| at.parse::<usize>().ok())
    });
    if policies.is_empty() && mistakes.is_empty() {
        let hint = "begin with `permit (principal, action, resource)` or `forbid …`".to_owned();
        mistakes.push(at(0, 1, "says nothing".into(), Some(hint)));
    }
    let result = validator().validate(&set, ValidationMode::Strict);
    mistakes.extend(result.validation_errors().map(|error| diagnosed(key, text, error)));
    // Only what can never apply: that the look of two characters is alike is nothing to stop for.
    use cedar_policy::ValidationWarning::{ImpossiblePolicy, InvalidActionApplication};
    let warnings = || result.validation_warnings();
    let misapplied = warnings().filter(|warning| matches!(warning, InvalidActionApplication(_)));
    let impossible = warnings().filter(|warning| matches!(warning, ImpossiblePolicy(_)));
    // What is wrong with it says more than that it therefore never applies.
    if mistakes.is_empty() {
        mistakes.extend(misapplied.map(|warning| diagnosed(key, text, warning)));
    }
    if mistakes.is_empty() {
        mistakes.extend(impossible.map(|warning| diagnosed(key, text, warning)));
    }
    // What projects lack servers lack too: it is one mistake.
    let same = |a: &Mistake, b: &Mistake| (a.line, a.column) == (b.line, b.column) && a.hint == b.hint;
    mistakes.dedup_by(|a, b| same(a, b) && a.hint.as_deref() == Some(OF_RESOURCES));
    if mistakes.is_empty() { Ok(policies) } else { Err(mistakes) }
}

/// Names in a policy that nobody and nothing here has.
pub(crate) fn strangers(own: &Own, policies: &[Policy], known: &Known<'_>) -> Vec<Mistake> {
    let keys = |keys: &[Key]| keys.iter().map(|key| key.to_string()).collect::<Vec<_>>();
    let mut mistakes: Vec<Mistake> = vec![];
    for uid in policies.iter().flat_map(Policy::entity_literals) {
        let (of, id) = (uid.type_name().basename(), uid.id().unescaped());
        let (there, shown) = match of {
            "Project" => (vec![known.project.to_owned()], true),
            "Environment" => (keys(known.environments), true),
            "Team" => (keys(known.teams), true),
            "Member" => (known.members.to_vec(), false),
            "Token" => (known.tokens.to_vec(), false),
            _ => continue,
        };
        if there.iter().any(|key| key == id) {
            continue;
        }
        let hint = match (&there[..], shown) {
            (_, false) => {
                "its id is in the list of members and tokens; a team or a role needs none".to_owned()
            }
            ([], true) => format!("there is no {} yet", of.to_lowercase()),
            (there, true) => format!("there is {}", there.join(", ")),
        };
        let literal = uid.to_string();
        let offset = own.text.find(&literal).unwrap_or_default();
        let length = if offset == 0 { 1 } else { literal.chars().count() };
        let reason = format!("there is no {} {id:?}", of.to_lowercase());
        let found = mistake(&own.key, &own.text, offset, length, reason, Some(hint));
        if !mistakes.contains(&found) {
            mistakes.push(found);
        }
    }
    // Cedar names them in no certain order.
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    mistakes
}

fn diagnosed(key: &str, text: &str, found: &dyn Diagnostic) -> Mistake {
    let label = found.labels().and_then(|mut labels| labels.next());
    let (offset, length) = label.as_ref().map_or((0, 1), |label| (label.offset(), label.len()));
    // Cedar begins with the name that it gave the policy, which nobody here knows.
    let said = found.to_string();
    let reason = match said.strip_prefix("for policy `policy").and_then(|rest| rest.split_once("`, ")) {
        Some((_, rest)) => rest.to_owned(),
        None => said,
    };
    let told = label.and_then(|label| label.label().map(str::to_owned));
    let hint = found.help().map(|help| help.to_string()).or(told.filter(|told| !reason.contains(told)));
    // A condition on what only resources have is asked of projects too, unless the policy says otherwise.
    let hint =
        match reason.contains("`Project`") || reason.contains("`Environment`") || reason.contains("`Server`")
        {
            true => Some(OF_RESOURCES.to_owned()),
            false => hint,
        };
    mistake(key, text, offset, length, reason, hint)
}

fn mistake(
    key: &str,
    text: &str,
    offset: usize,
    length: usize,
    reason: String,
    hint: Option<String>,
) -> Mistake {
    let offset = text.floor_char_boundary(offset);
    let end = text.floor_char_boundary(offset.saturating_add(length)).max(offset);
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let taken = text[offset..end].lines().next().unwrap_or_default().chars().count();
    Mistake { policy: key.into(), line, column, length: taken.max(1), reason, hint }
}

/// Where brackets are too deep in one another. Those in texts and comments are counted too: nobody needs so many.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut signs = 0usize;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        signs = match byte {
            b'!' | b'-' => signs + 1,
            b' ' | b'\n' | b'\t' | b'\r' => signs,
            _ => 0,
        };
        if depth > DEPTH_MAX || signs > DEPTH_MAX {
            return Some(offset);
        }
    }
    None
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.reason)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}
