//! Which flags should go, and why, in words.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use switchyard_model::Flag;
use switchyard_snapshot::sentences::Sentence;
use switchyard_store::EverServed;

/// A flag that did nothing new for so many seconds is stale: 30 days.
pub(super) const QUIET: i64 = 30 * 86_400;

/// What is known of a flag's life.
pub(super) struct Known<'a> {
    /// What was ever served of it, in all environments.
    pub(super) ever: &'a [EverServed],
    /// Since when what is served is counted in this project.
    pub(super) counting_since: Option<i64>,
    /// True where no revision touched it for as long.
    pub(super) untouched: bool,
    /// How many places in code name it; `None` where nobody looked.
    pub(super) references: Option<u64>,
}

/// Why a flag should go. What is expired should, whatever it does; a release or an experiment also when nobody asks
/// for it, or everyone gets the same, for 30 days. What is archived went already.
pub(super) fn stale(flag: &Flag, known: &Known<'_>, now: Timestamp) -> Option<Sentence> {
    if flag.archived {
        return None;
    }
    let mut reasons = vec![];
    let today = now.to_zoned(TimeZone::UTC).date();
    if let Some(day) = flag.expires.filter(|day| *day < today) {
        reasons.push(Sentence::new().text("expired on ").strong(day.to_string()));
    }
    if flag.purpose.is_temporary() {
        reasons.extend(quiet(flag, known, now.as_second()));
    }
    if reasons.is_empty() {
        return None;
    }
    reasons.extend(known.references.map(|count| match count {
        0 => Sentence::new().text("no code refers to it"),
        1 => Sentence::new().text("1 code reference"),
        count => Sentence::new().text(format!("{count} code references")),
    }));
    Some(Sentence::joined(reasons, "; ", "; "))
}

fn quiet(flag: &Flag, known: &Known<'_>, now: i64) -> Option<Sentence> {
    let Some(last) = known.ever.iter().map(|served| served.last).max() else {
        let counted = known.counting_since.is_some_and(|since| now - since >= QUIET);
        return (counted && known.untouched)
            .then(|| Sentence::new().text("nobody ever asked for it, and nobody changed it for 30 days"));
    };
    if now - last >= QUIET {
        return Some(Sentence::new().text("nobody asked for it for ").strong(days(now - last)));
    }
    let newest = known.ever.iter().max_by_key(|served| served.last)?.variation;
    let (same, others): (Vec<_>, Vec<_>) = known.ever.iter().partition(|served| served.variation == newest);
    let begun = same.iter().map(|served| served.first).min()?;
    let since = others.iter().map(|served| served.last).max().map_or(begun, |last| last.max(begun));
    let name = match newest {
        None => "the application's fallback".to_owned(),
        Some(index) => flag.variations.get(index as usize)?.id.to_string(),
    };
    (now - since >= QUIET)
        .then(|| Sentence::new().text("served only ").code(name).text(" for ").strong(days(now - since)))
}

fn days(seconds: i64) -> String {
    format!("{} days", seconds / 86_400)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use switchyard_model::Resource;

    use super::*;

    const NOW: i64 = 1_800_000_000; // 2027-01-15
    const DAY: i64 = 86_400;

    fn flag(fields: Value) -> Flag {
        let mut json = json!({"kind": "flag", "key": "f", "variations": [{"id": "on", "value": true}, {"id": "off", "value": false}]});
        json.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        match Resource::from_json(json).unwrap() {
            Resource::Flag(flag) => flag,
            other => panic!("{other:?}"),
        }
    }

    /// What was served of a variation, from so many days ago until so many.
    fn served(environment: &str, variation: Option<u32>, first: i64, last: i64) -> EverServed {
        let (first, last) = (NOW - first * DAY, NOW - last * DAY);
        EverServed { environment: environment.into(), flag: "f".into(), variation, first, last, count: 1 }
    }

    fn said(fields: Value, ever: &[EverServed], references: Option<u64>) -> String {
        let known = Known { ever, counting_since: Some(NOW - 90 * DAY), untouched: true, references };
        let now = Timestamp::from_second(NOW).unwrap();
        stale(&flag(fields), &known, now).map_or_else(String::new, |sentence| sentence.to_string())
    }

    #[test]
    fn a_flag_that_decides_nothing_any_more_is_stale() {
        let (on, off) = (Some(0), Some(1));
        let production = |variation, first, last| served("production", variation, first, last);
        for (fields, ever, references, words) in [
            (
                json!({}),
                vec![production(on, 45, 0)],
                Some(4),
                "served only on for 45 days; 4 code references",
            ),
            (
                json!({}),
                vec![production(on, 90, 0), production(off, 90, 33)],
                Some(0),
                "served only on for 33 days; no code refers to it",
            ),
            (
                json!({}),
                vec![production(None, 31, 0)],
                Some(1),
                "served only the application's fallback for 31 days; 1 code reference",
            ),
            (json!({}), vec![production(on, 90, 0), production(off, 90, 29)], None, ""),
            (json!({}), vec![production(on, 20, 0)], None, ""),
            (json!({}), vec![production(on, 90, 0), served("staging", off, 90, 1)], None, ""),
            (json!({}), vec![production(on, 90, 40)], None, "nobody asked for it for 40 days"),
            (
                json!({}),
                vec![],
                Some(0),
                "nobody ever asked for it, and nobody changed it for 30 days; no code refers to it",
            ),
            (json!({"type": "experiment"}), vec![production(on, 45, 0)], None, "served only on for 45 days"),
            (json!({"type": "operational"}), vec![production(on, 45, 0)], Some(4), ""),
            (json!({"type": "permission"}), vec![], None, ""),
            (
                json!({"type": "operational", "expires": "2027-01-14"}),
                vec![],
                Some(2),
                "expired on 2027-01-14; 2 code references",
            ),
            (json!({"expires": "2027-01-15"}), vec![production(on, 20, 0)], None, ""),
            (
                json!({"expires": "2026-12-01"}),
                vec![production(on, 40, 0)],
                None,
                "expired on 2026-12-01; served only on for 40 days",
            ),
            (json!({"archived": true, "expires": "2026-12-01"}), vec![production(on, 45, 0)], None, ""),
        ] {
            assert_eq!(said(fields.clone(), &ever, references), words, "{fields} {ever:?}");
        }
    }

    #[test]
    fn nothing_is_said_of_a_time_that_nobody_counted() {
        let now = Timestamp::from_second(NOW).unwrap();
        for (counting_since, untouched) in [(None, true), (Some(NOW - 29 * DAY), true), (Some(0), false)] {
            let known = Known { ever: &[], counting_since, untouched, references: None };
            assert_eq!(stale(&flag(json!({})), &known, now), None);
        }
    }
}
