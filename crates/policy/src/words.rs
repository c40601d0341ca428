//! What a policy says, in words.

use cedar_policy::{ActionConstraint, Effect, EntityUid, Policy, PrincipalConstraint, ResourceConstraint};

use crate::Deed;

/// What its author says that it says (`@says("…")`), or else its scope in words and its conditions as they are written.
pub(crate) fn of(policy: &Policy) -> String {
    if let Some(says) = policy.annotation("says").map(str::trim).filter(|says| !says.is_empty()) {
        return says.to_owned();
    }
    let may = match policy.effect() {
        Effect::Permit => "may",
        Effect::Forbid => "may not",
    };
    let who = match policy.principal_constraint() {
        PrincipalConstraint::Any => "Everybody".to_owned(),
        PrincipalConstraint::In(uid) | PrincipalConstraint::IsIn(_, uid) => somebody(&uid),
        PrincipalConstraint::Eq(uid) => somebody(&uid),
        PrincipalConstraint::Is(of) if of.basename() == "Token" => "Every token".to_owned(),
        PrincipalConstraint::Is(_) => "Every member".to_owned(),
    };
    let what = match policy.action_constraint() {
        ActionConstraint::Any => "do anything".to_owned(),
        ActionConstraint::In(uids) => either(&uids.iter().map(deed).collect::<Vec<_>>()),
        ActionConstraint::Eq(uid) => deed(&uid),
    };
    let place = match policy.resource_constraint() {
        ResourceConstraint::Any | ResourceConstraint::Is(_) => String::new(),
        ResourceConstraint::In(uid) | ResourceConstraint::IsIn(_, uid) => format!(" in {}", named(&uid)),
        ResourceConstraint::Eq(uid) => format!(" {}", named(&uid)),
    };
    match conditions(&policy.to_cedar().unwrap_or_default()) {
        Some(conditions) => format!("{who} {may} {what}{place} {conditions}"),
        None => format!("{who} {may} {what}{place}."),
    }
}

fn somebody(uid: &EntityUid) -> String {
    let id = uid.id().unescaped();
    match uid.type_name().basename() {
        "Role" => format!("The role {id}"),
        "Team" => format!("Team {id}"),
        of => format!("{of} {id}"),
    }
}

fn named(uid: &EntityUid) -> String {
    let id = uid.id().unescaped();
    match uid.type_name().basename() {
        "Environment" => id.to_owned(),
        "Resource" => id.to_owned(),
        of => format!("{} {id}", of.to_lowercase()),
    }
}

fn deed(uid: &EntityUid) -> String {
    let id = uid.id().unescaped();
    let known = Deed::ALL.into_iter().find(|deed| deed.word() == id);
    known.map_or_else(|| id.to_owned(), |deed| deed.phrase().to_owned())
}

fn either(words: &[String]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    }
}

/// What stands behind a policy's head, on one line and without comments.
fn conditions(text: &str) -> Option<String> {
    let (mut depth, mut annotation, mut head_ended) = (0, false, false);
    let mut rest = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                let mut quoted = String::from(c);
                while let Some(c) = chars.next() {
                    quoted.push(c);
                    match c {
                        '\\' => quoted.extend(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
                if head_ended {
                    rest.push_str(&quoted);
                }
                continue;
            }
            '/' if chars.peek() == Some(&'/') => {
                chars.by_ref().find(|c| *c == '\n');
                if head_ended && !rest.ends_with(' ') {
                    rest.push(' ');
                }
                continue;
            }
            '@' if depth == 0 => annotation = true,
            '(' if !head_ended => depth += 1,
            ')' if !head_ended => {
                depth -= 1;
                // The first brackets that are not an annotation's are the head.
                head_ended = depth == 0 && !std::mem::take(&mut annotation);
                continue;
            }
            _ => {}
        }
        if head_ended && !(c.is_whitespace() && rest.ends_with(' ')) {
            rest.push(if c.is_whitespace() { ' ' } else { c });
        }
    }
    let rest = rest.trim().trim_end_matches(';').trim_end();
    (!rest.is_empty()).then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_said_in_words() {
        for (text, words) in [
            (r#"permit (principal, action, resource);"#, "Everybody may do anything."),
            (
                r#"forbid (principal in Team::"payments", action in [Action::"apply", Action::"breakGlass"],
                    resource in Environment::"production");"#,
                "Team payments may not apply edits or break glass in production.",
            ),
            (
                "@id(\"a (b\") // no (\npermit (principal is Token, action == Action::\"apply\", resource) // so
                 when { resource.key == \"a //  (b\" && // why\n context.aspects.isEmpty() };",
                "Every token may apply edits when { resource.key == \"a //  (b\" && context.aspects.isEmpty() }",
            ),
            (r#"@says("Nobody.") forbid (principal, action, resource);"#, "Nobody."),
            (
                r#"permit (principal == Member::"m-1", action == Action::"revert", resource) unless { false };"#,
                "Member m-1 may revert unless { false }",
            ),
        ] {
            let policy: Policy = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(of(&policy), words, "{text}");
        }
    }
}
