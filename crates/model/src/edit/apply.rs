//! What each operation does to a resource.

use serde_json::Value;

use super::{Edit, Op};
use crate::ids::{Key, ResourceId};
use crate::{Flag, Problem, Resource, Route, Targeting, allocation};

mod flag;
mod route;
mod targeting;

/// One operation on one resource; what does not fit is collected.
struct Applying<'a> {
    target: &'a ResourceId,
    problems: Vec<Problem>,
}

/// Does `edit` to `before`. The paths of problems begin at the operation: `rule`, `weights.b`.
pub(super) fn apply(edit: &Edit, before: Option<&Resource>) -> Result<Option<Resource>, Vec<Problem>> {
    let mut applying = Applying { target: &edit.target, problems: vec![] };
    let after = match (&edit.op, before) {
        (Op::Put { resource }, _) => Some(applying.put(before, resource)),
        (_, None) => {
            let missing = format!("{} is not there", edit.target);
            applying.problem(Problem::new("", missing).hint("make it first, with `put`, or check the key"));
            None
        }
        (Op::Delete, Some(_)) => None,
        (op, Some(before)) => {
            let mut resource = before.clone();
            applying.operate(op, &mut resource);
            Some(resource)
        }
    };
    if applying.problems.is_empty() { Ok(after) } else { Err(applying.problems) }
}

impl Applying<'_> {
    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem.of(self.target));
    }

    fn put(&mut self, before: Option<&Resource>, resource: &Resource) -> Resource {
        let (key, kind) = (resource.key(), resource.kind());
        if kind != self.target.kind {
            let reason = format!("must be {:?}, as the target says", self.target.kind.word());
            self.problem(Problem::new("resource.kind", reason).value(kind.word()));
        }
        if *key != self.target.key {
            let reason = format!("must be {:?}, as the target says", &*self.target.key);
            self.problem(Problem::new("resource.key", reason).value(&**key));
        }
        let mut after = resource.clone();
        if let Some(details) = Details::of(&mut after) {
            tidy(details.tags);
        }
        match (before, &mut after) {
            (Some(Resource::Flag(before)), Resource::Flag(after)) => self.keep_positions(before, after),
            (Some(Resource::Route(before)), Resource::Route(after)) => {
                allocation::normalise(Some(&before.split), &mut after.split);
            }
            (_, Resource::Route(after)) => allocation::normalise(None, &mut after.split),
            _ => {}
        }
        after
    }

    fn operate(&mut self, op: &Op, resource: &mut Resource) {
        match (op, resource) {
            (Op::SetDetails { name, description, owner, tags }, resource) => {
                let Some(mut details) = Details::of(resource) else {
                    let flag = ResourceId::project(crate::Kind::Flag, &self.target.key);
                    let reason = "is not for a targeting, which has no name, description, owner or tags";
                    return self.problem(Problem::new("type", reason).hint(format!("set them on {flag}")));
                };
                details.set(name.as_ref(), description.as_ref(), owner.as_ref(), tags.as_ref());
            }

            (Op::SetManagedBy { writer }, resource) => resource.set_managed_by(*writer),

            (Op::SetLifecycle { flag_type, expires, archived }, Resource::Flag(flag)) => {
                flag.purpose = flag_type.unwrap_or(flag.purpose);
                flag.archived = archived.unwrap_or(flag.archived);
                if let Some(expires) = expires {
                    self.set_expires(flag, expires);
                }
            }
            (Op::AddVariation { variation }, Resource::Flag(flag)) => self.add_variation(flag, variation),
            (Op::SetVariation { variation }, Resource::Flag(flag)) => self.set_variation(flag, variation),
            (Op::RemoveVariation { id }, Resource::Flag(flag)) => self.remove_variation(flag, id),

            (Op::SetOn { on }, Resource::Targeting(targeting)) => targeting.on = *on,
            (Op::SetServe { rule, serve }, Resource::Targeting(targeting)) => {
                self.set_serve(targeting, rule.as_deref(), serve);
            }
            (Op::AddRule { rule, index }, Resource::Targeting(targeting)) => {
                self.add_rule(targeting, rule, *index);
            }
            (Op::SetClauses { rule, clauses }, Resource::Targeting(targeting)) => {
                if let Some(at) = self.rule(targeting, rule) {
                    targeting.rules[at].clauses = clauses.clone();
                }
            }
            (Op::RemoveRule { rule }, Resource::Targeting(targeting)) => {
                if let Some(at) = self.rule(targeting, rule) {
                    targeting.rules.remove(at);
                }
            }
            (Op::MoveRule { rule, index }, Resource::Targeting(targeting)) => {
                if let Some(at) = self.rule(targeting, rule) {
                    let rule = targeting.rules.remove(at);
                    targeting.rules.insert((*index).min(targeting.rules.len()), rule);
                }
            }
            (Op::SetTargets { context_kind, variation, values }, Resource::Targeting(targeting)) => {
                targeting::set_targets(targeting, context_kind.as_deref(), *variation, values);
            }
            (Op::SetPrerequisites { prerequisites }, Resource::Targeting(targeting)) => {
                targeting.prerequisites = prerequisites.clone();
            }
            (Op::SetOffVariation { variation }, Resource::Targeting(targeting)) => {
                targeting.off_variation = *variation;
            }

            (Op::SetWeights { weights }, Resource::Route(route)) => self.set_weights(route, weights),
            (Op::SetSplit { split }, Resource::Route(route)) => {
                let mut next = split.clone();
                allocation::normalise(Some(&route.split), &mut next);
                route.split = next;
            }
            (Op::SetMatch { matches }, Resource::Route(route)) => route.matches = matches.clone(),
            (Op::SetArm { arm, action, fallback }, Resource::Route(route)) => {
                self.set_arm(route, arm, action, fallback.as_ref());
            }

            (op, resource) => {
                let reason = format!("is not for a {}", resource.kind());
                self.problem(Problem::new("type", reason).value(word(op)));
            }
        }
    }

    /// Says that `wanted` is none of `known`.
    fn not_there(&mut self, path: &str, what: &str, wanted: &str, known: &[&str]) {
        let hint = match known {
            [] => format!("the {} has no {what}s", self.target.kind),
            known => format!("the {} has {}", self.target.kind, known.join(", ")),
        };
        self.problem(Problem::new(path, format!("names {what} {wanted}, which is not there")).hint(hint));
    }
}

/// The operation's `type`, as it stands in JSON.
fn word(op: &Op) -> Value {
    match serde_json::to_value(op) {
        Ok(Value::Object(mut fields)) => fields.remove("type").unwrap_or_default(),
        _ => Value::Null,
    }
}

/// Tags as they are kept: sorted, unique.
fn tidy(tags: &mut Vec<String>) {
    tags.sort_unstable();
    tags.dedup();
}

/// What people read about a resource.
struct Details<'a> {
    name: &'a mut String,
    description: &'a mut String,
    owner: &'a mut Option<String>,
    tags: &'a mut Vec<String>,
}

impl<'a> Details<'a> {
    fn of(resource: &'a mut Resource) -> Option<Self> {
        macro_rules! details {
            ($r:expr) => {
                Details {
                    name: &mut $r.name,
                    description: &mut $r.description,
                    owner: &mut $r.owner,
                    tags: &mut $r.tags,
                }
            };
        }
        Some(match resource {
            Resource::Flag(r) => details!(r),
            Resource::Segment(r) => details!(r),
            Resource::Service(r) => details!(r),
            Resource::Listener(r) => details!(r),
            Resource::Route(r) => details!(r),
            Resource::Guardrail(r) => details!(r),
            Resource::Targeting(_) => return None,
        })
    }

    fn set(
        &mut self,
        name: Option<&String>,
        description: Option<&String>,
        owner: Option<&String>,
        tags: Option<&Vec<String>>,
    ) {
        if let Some(name) = name {
            self.name.clone_from(name);
        }
        if let Some(description) = description {
            self.description.clone_from(description);
        }
        if let Some(owner) = owner {
            *self.owner = Some(owner.clone()).filter(|o| !o.is_empty());
        }
        if let Some(tags) = tags {
            self.tags.clone_from(tags);
            tidy(self.tags);
        }
    }
}
