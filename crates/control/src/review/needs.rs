//! What a change needs before it applies.

use std::collections::{BTreeMap, BTreeSet};

use switchyard_model::ids::Key;
use switchyard_model::{AppliedEdit, ResourceId};

use super::views::Source;
use crate::plan::Plan;
use crate::policies::asked::Asked;
use crate::project::Handle;
use crate::{Control, Environment};

/// Approvals that something asks for.
pub(super) struct Need {
    pub(super) source: Source,
    pub(super) reason: String,
    pub(super) approvals: u32,
    /// The persons whose approval counts; every reviewer's where absent.
    pub(super) from: Option<BTreeSet<String>>,
}

impl Control {
    /// What a plan needs. `writer` is who wrote it last: their own consent to it is in that. Where it is `unknown` who
    /// wrote it, it may be one of those who approve it: it takes one more, so that as many others have looked.
    pub(super) fn needs(
        &self,
        handle: &Handle,
        plan: &Plan,
        asked: &[Asked],
        writer: &str,
        unknown: bool,
    ) -> Vec<Need> {
        let mut needs = vec![];
        for environment in handle.environments() {
            let altered = plan.altered.iter().any(|(key, _)| *key == environment.key);
            let (more, why) = match unknown {
                true => (1, ", one more as it is not known who wrote it"),
                false => (0, ""),
            };
            if altered && environment.required_approvals > 0 {
                let approvals = environment.required_approvals + more;
                needs.push(Need {
                    reason: format!("{} needs {}{why}", environment.name, count(approvals)),
                    source: Source::Environment { environment: environment.key.clone() },
                    approvals,
                    from: None,
                });
            }
            for from in environment.approvals_from.iter().filter(|_| altered) {
                needs.push(Need {
                    reason: format!(
                        "{} needs {} from {}{why}",
                        environment.name,
                        count(from.approvals + more),
                        self.name_of(&from.team)
                    ),
                    source: Source::Team { environment: environment.key.clone(), team: from.team.clone() },
                    approvals: from.approvals + more,
                    from: Some(self.responsible(&from.team, &handle.key, asked)),
                });
            }
        }
        for (owner, targets) in owners(plan, &handle.environments()) {
            let from = self.responsible(&owner, &handle.key, asked);
            let Some(target) = targets.first().filter(|_| !from.is_empty() && !from.contains(writer)) else {
                continue;
            };
            let more = match targets.len() {
                1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            needs.push(Need {
                reason: format!("{} owns {target}{more}", self.name_of(&owner)),
                source: Source::Owner { target: target.clone(), owner },
                approvals: 1,
                from: Some(from),
            });
        }
        needs
    }
}

/// Who owns what the plan alters where owners are asked, before it or after: to take an owner away is theirs to
/// agree to, and to become one too. What belongs to the project is altered in each of its environments.
fn owners(plan: &Plan, environments: &[Environment]) -> BTreeMap<String, BTreeSet<ResourceId>> {
    let asked = |edit: &&AppliedEdit| {
        let here = |key: &Key| edit.target.scope.environment().is_none_or(|only| only == key);
        environments.iter().any(|each| each.owners_approve && here(&each.key))
    };
    let mut owners: BTreeMap<String, BTreeSet<ResourceId>> = BTreeMap::new();
    for edit in plan.edits.iter().filter(|edit| edit.before != edit.after).filter(asked) {
        for owner in [plan.before.owner(&edit.target), plan.after.owner(&edit.target)].into_iter().flatten() {
            owners.entry(owner.to_owned()).or_default().insert(edit.target.clone());
        }
    }
    owners
}

pub(crate) fn count(approvals: u32) -> String {
    match approvals {
        1 => "1 approval".into(),
        n => format!("{n} approvals"),
    }
}
