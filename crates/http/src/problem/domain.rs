//! `control`'s errors as problems: the one map.

use http::StatusCode;

use super::{Conflict, Permission, Problems, control};

impl From<control::Error> for Problems {
    fn from(error: control::Error) -> Self {
        use control::Error;
        match error {
            Error::SignedOut => Problems::unauthorized(),
            Error::TurnedAway(why) => Problems::turned_away(why),
            Error::Denied(denied) => {
                let why = sentence(&denied.why());
                let mut it = Problems::forbidden(
                    &why,
                    Permission {
                        action: denied.action,
                        least_role: denied.least_role,
                        granted_by: denied.granted_by,
                        target: denied.target,
                        policy: denied.policy,
                    },
                );
                it.who = Some(denied.id);
                it
            }
            Error::NotFound(what) => Problems::not_found(format!("There is no {what}.")),
            Error::Exists(what) => Problems::conflict(format!("{what} is there already."), vec![]),
            Error::Invalid(problems) => Problems::invalid(problems),
            Error::Conflicts { conflicts, problems } => {
                let mut it = Problems::conflict(
                    "Later revisions stand in the way; nothing was changed.",
                    conflicts.into_iter().map(Into::into).collect(),
                );
                it.problems = problems;
                it
            }
            Error::Guardrails(verdicts) => Problems::guardrails(verdicts),
            Error::HeadMoved { head } => Problems::stale(
                StatusCode::CONFLICT,
                format!("The head is revision {head} by now. Look at what changed and try again."),
            ),
            Error::StaleVersion { version } => Problems::stale(
                StatusCode::PRECONDITION_FAILED,
                format!("It is at version {version} by now, or not open any more. Read it again."),
            ),
            Error::NeedsApproval(missing) => Problems::needs_approval(missing),
            Error::OtherDifference { difference } => Problems::stale(
                StatusCode::CONFLICT,
                match difference {
                    Some(_) => {
                        "The change does something else by now than what you looked at. Read it again."
                    }
                    None => "The change does not fit at the moment; its check says why.",
                },
            ),
            Error::OwnChange(why) => Problems::own_change(sentence(&why)),
            Error::WrongState { .. } | Error::OutOfOrder { .. } => {
                Problems::conflict(sentence(&error.to_string()), vec![])
            }
            Error::Powerless(why) => Problems::powerless(sentence(&why)),
            Error::Unseen(why) => Problems::unseen(sentence(&why)),
            Error::LinkOver(why) => Problems::conflict(why, vec![]),
            Error::TooOften { seconds } => Problems::too_many(seconds),
            Error::Unchanged { head } => Problems::conflict(
                format!("Nothing would change: all is so already at revision {head}."),
                vec![],
            ),
            Error::Unavailable => Problems::unavailable(),
        }
    }
}

/// A clause as a sentence.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

impl From<control::Conflict> for Conflict {
    fn from(conflict: control::Conflict) -> Self {
        Conflict {
            resource: conflict.resource,
            path: conflict.path,
            base: conflict.base,
            now: conflict.now,
            wanted: conflict.wanted,
            now_sentence: conflict.now_sentence,
            wanted_sentence: conflict.wanted_sentence,
            later_revision: conflict.later_revision,
            later_author: conflict.later_author,
        }
    }
}
