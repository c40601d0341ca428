//! What a password must be, after NIST SP 800-63B-4: long, and not one that everybody tries first. Nothing about
//! capitals, digits or signs, and it never has to be another one.

use switchyard_model::Problem;

/// The fewest characters: what the standard asks of a password that is all there is.
pub const PASSWORD_MIN: usize = 15;

/// The most, so that nobody keeps the machine busy with one.
pub const PASSWORD_MAX: usize = 256;

/// Passwords of that length that are tried first, and words that are repeated to reach it.
const COMMON: &str = include_str!("common.txt");

/// Rows that fingers walk along.
const ROWS: [&str; 6] = [
    "01234567890123456789012345678901234567890",
    "09876543210987654321098765432109876543210",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnmqwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnmqwertzuiopasdfghjklyxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/1qaz2wsx",
];

/// All that stands against a password. `personal` is what others know of its owner.
pub(super) fn against<'a>(password: &str, personal: impl Iterator<Item = &'a str>) -> Vec<Problem> {
    let length = password.chars().count();
    let problem = |reason: &str, hint: String| vec![Problem::new("new", reason).hint(hint)];
    if length < PASSWORD_MIN {
        return problem(
            "is too short",
            format!("at least {PASSWORD_MIN} characters, as a few words that only you put together"),
        );
    }
    if length > PASSWORD_MAX {
        return problem("is too long", format!("at most {PASSWORD_MAX} characters"));
    }
    let folded: String = password.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    if is_common(&folded, personal) {
        return problem(
            "is one of those that are tried first",
            "a few words that only you put together".into(),
        );
    }
    vec![]
}

fn is_common<'a>(folded: &str, personal: impl Iterator<Item = &'a str>) -> bool {
    let common = || COMMON.lines().filter(|line| !line.is_empty());
    let personal: Vec<String> = personal
        .flat_map(|text| [text.to_lowercase(), text.split('@').next().unwrap_or_default().to_lowercase()])
        .map(|text| text.chars().filter(|c| !c.is_whitespace()).collect())
        .collect();
    let known = |unit: &str| {
        unit.chars().count() <= 4
            || common().any(|line| line == unit)
            || personal.iter().any(|own| own == unit)
    };
    let trimmed = folded.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    ROWS.iter().any(|row| row.contains(folded))
        || [folded, trimmed]
            .into_iter()
            .any(|text| known(repeated(text)) || personal.iter().any(|own| own == text))
}

/// What a text is a repetition of; itself where it is none. `abcabcab` is of `abc`.
fn repeated(text: &str) -> &str {
    let ends = text.char_indices().map(|(at, _)| at).skip(1);
    ends.map(|end| &text[..end])
        .find(|unit| {
            text.len() >= 2 * unit.len() && unit.bytes().cycle().zip(text.bytes()).all(|(a, b)| a == b)
        })
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str) -> Option<String> {
        let personal = ["Ann Example", "ann.example@shop.example"];
        against(password, personal.into_iter()).first().map(|problem| problem.reason.clone())
    }

    #[test]
    fn length_counts_and_what_is_tried_first_does_not() {
        for good in [
            "correct horse battery",
            "ßßß drei kleine Igel",
            "1qaz2wsx but then no more",
            "             x y z w v u t",
        ] {
            assert_eq!(refused(good), None, "{good:?}");
        }
        assert_eq!(refused("Tr0ub4dor&3"), Some("is too short".into()));
        assert_eq!(
            refused("ありがとうございます、あなた"),
            Some("is too short".into()),
            "characters, not bytes"
        );
        assert_eq!(refused(&"long ".repeat(52)), Some("is too long".into()));
        for common in [
            "passwordpassword",
            "PasswordPassword1!",
            "Password Password Password",
            "123456789012345",
            "098765432109876",
            "qwertyuiopasdfghjkl",
            "aaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "switchyardswitchyard",
            "ann.example@shop.example",
            "AnnExampleAnnExample2026",
            "correcthorsebatterystaple",
            "iloveyouiloveyou",
        ] {
            assert_eq!(refused(common), Some("is one of those that are tried first".into()), "{common:?}");
        }
    }
}
