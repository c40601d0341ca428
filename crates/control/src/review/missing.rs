//! What stands between a change and its being applied, and who can help.

use std::collections::BTreeSet;

use switchyard_model::Change;
use switchyard_policy::Deed;

use super::needs::count;
use super::standing::Standing;
use super::views::{Missing, MissingApproval, Source};
use crate::Control;

impl Control {
    /// What stands between a change and its being applied, and who can help.
    pub(crate) fn missing(&self, project: &str, change: Option<&Change>, standing: &Standing) -> Missing {
        let without: BTreeSet<String> = standing.hands.union(&standing.approved).cloned().collect();
        let unmet = standing.needs.iter().filter(|need| standing.have(need) < need.approvals);
        let approvals = unmet.map(|need| {
            let names = |persons: &BTreeSet<String>| -> Vec<String> {
                persons.iter().map(|person| self.name_of(person)).collect()
            };
            let have = standing.have(need);
            let (from, help) = match (&need.source, &need.from) {
                // Who wrote part of it can't approve it, but can answer for the whole.
                (Source::Owner { .. }, Some(owners)) if owners.is_subset(&standing.hands) => {
                    (vec![], format!("{} agrees by saving it", either(&names(owners))))
                }
                (Source::Team { team, .. }, Some(members)) if members.is_subset(&without) => {
                    let team = self.name_of(team);
                    (
                        vec![],
                        format!("nobody else in {team} can give it: an admin can take somebody in who may"),
                    )
                }
                (_, Some(from)) => help(have, names(&(from - &without))),
                (_, None) => help(have, self.reviewers(project, &standing.asked, &without)),
            };
            MissingApproval { reason: need.reason.clone(), approvals: need.approvals, have, from, help }
        });
        Missing {
            change: change.map(|change| change.number),
            approvals: approvals.collect(),
            rejected_by: standing.rejected.iter().map(|person| self.name_of(person)).collect(),
            break_glass: self.names(project, |who| {
                self.authorize_each(who, project, Deed::BreakGlass, &standing.asked).is_ok()
            }),
        }
    }
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts: Vec<String> = vec![];
        parts.extend(self.approvals.iter().map(|missing| format!("{}; {}", missing.reason, missing.help)));
        if !self.rejected_by.is_empty() {
            parts.push(format!(
                "{} rejected it; edit it so that it does something else, or talk them round",
                self.rejected_by.join(" and ")
            ));
        }
        f.write_str(&parts.join(". "))
    }
}

/// Who can give a missing approval, also in words.
fn help(have: u32, from: Vec<String>) -> (Vec<String>, String) {
    let words = match (&from[..], have) {
        ([], _) => "nobody else here can give it: an admin can give somebody the role to".to_owned(),
        (from, 0) => format!("{} can give it", either(from)),
        (from, have) => format!("it has {}, and {} can give another", count(have), either(from)),
    };
    (from, words)
}

/// Names as people say them; of many only the first.
fn either(names: &[String]) -> String {
    const MOST: usize = 5;
    match names {
        [first @ .., last] if !first.is_empty() && names.len() <= MOST => {
            format!("{} or {last}", first.join(", "))
        }
        names if names.len() > MOST => {
            format!("{} or {} others", names[..MOST].join(", "), names.len() - MOST)
        }
        names => names.join(""),
    }
}
