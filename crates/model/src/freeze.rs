//! Times in which an environment is left alone.

use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::Problem;

/// Nothing that alters the environment applies then, but for what takes back and what somebody breaks glass for.
/// Exactly one of `weekly` and `once` is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Freeze {
    /// Why; people who are stopped read it.
    pub reason: String,
    /// The time zone its times are of, by its IANA name.
    pub zone: String,
    /// Each week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly: Option<Weekly>,
    /// Once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub once: Option<Once>,
}

/// From a time of the week to another, which may be in the next one: `fri 16:00` to `mon 08:00`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Weekly {
    /// As `fri 16:00`.
    pub from: String,
    /// As `mon 08:00`.
    pub until: String,
}

/// From a date and time to another, as clocks in the zone show them: `2026-12-20T00:00`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Once {
    /// Its begin.
    pub from: String,
    /// Its end.
    pub until: String,
}

const WEEK: i32 = 7 * 24 * 60;

impl Freeze {
    /// Everything that is wrong with it; `path` is where it stands.
    pub fn problems(&self, path: &str) -> Vec<Problem> {
        let mut problems = vec![];
        if self.reason.trim().is_empty() || self.reason.len() > 500 {
            let problem = Problem::new(format!("{path}.reason"), "is empty or too long");
            problems.push(problem.hint("1 to 500 bytes; people who are stopped read it"));
        }
        if TimeZone::get(&self.zone).is_err() {
            let problem = Problem::new(format!("{path}.zone"), "is no time zone").value(&*self.zone);
            problems.push(problem.hint("an IANA name, as Europe/Amsterdam"));
        }
        match (&self.weekly, &self.once) {
            (Some(weekly), None) => {
                for (field, text) in [("from", &weekly.from), ("until", &weekly.until)] {
                    if minute_of_week(text).is_none() {
                        let problem = Problem::new(format!("{path}.weekly.{field}"), "is no time of a week");
                        problems.push(problem.value(&**text).hint("as fri 16:00"));
                    }
                }
                if weekly.from == weekly.until {
                    let problem = Problem::new(format!("{path}.weekly.until"), "is its begin too");
                    problems.push(
                        problem
                            .value(&*weekly.until)
                            .hint("a freeze without end holds nothing back by a time"),
                    );
                }
            }
            (None, Some(once)) => {
                let read = [("from", &once.from), ("until", &once.until)].map(|(field, text)| {
                    let read = text.parse::<DateTime>();
                    if read.is_err() {
                        let problem = Problem::new(format!("{path}.once.{field}"), "is no date and time");
                        problems.push(problem.value(&**text).hint("as 2026-12-20T00:00"));
                    }
                    read.ok()
                });
                if let [Some(from), Some(until)] = read
                    && from >= until
                {
                    let problem = Problem::new(format!("{path}.once.until"), "is not after its begin");
                    problems.push(problem.value(&*once.until));
                }
            }
            _ => {
                let problem = Problem::new(path, "must have exactly one of `weekly` and `once`");
                problems.push(problem);
            }
        }
        problems
    }

    /// When the freeze that holds at `at` ends; `None` where none does. Clocks that are put forward or back
    /// change how long a freeze lasts, not what clocks show at its ends.
    pub fn ends(&self, at: Timestamp) -> Option<Timestamp> {
        let zone = TimeZone::get(&self.zone).ok()?;
        let now = at.to_zoned(zone.clone());
        let local = now.datetime();
        if let Some(once) = &self.once {
            let (from, until): (DateTime, DateTime) = (once.from.parse().ok()?, once.until.parse().ok()?);
            return (from <= local && local < until).then(|| instant(&zone, until)).flatten();
        }
        let weekly = self.weekly.as_ref()?;
        let (from, until) = (minute_of_week(&weekly.from)?, minute_of_week(&weekly.until)?);
        let minute = i32::from(local.weekday().to_monday_zero_offset()) * 24 * 60
            + i32::from(local.hour()) * 60
            + i32::from(local.minute());
        let since = (minute - from).rem_euclid(WEEK);
        let length = (until - from).rem_euclid(WEEK);
        if since >= length {
            return None;
        }
        // The end's day, then the end's time on that day: both as a calendar has them.
        let end =
            local.date().to_datetime(Time::midnight()).checked_add(minutes(local, length - since)).ok()?;
        instant(&zone, end)
    }
}

/// From midnight of `local`'s day to so many minutes after `local`, in whole minutes.
fn minutes(local: DateTime, ahead: i32) -> Span {
    let since_midnight = i64::from(local.hour()) * 60 + i64::from(local.minute());
    (since_midnight + i64::from(ahead)).minutes()
}

/// When clocks in a zone show a time: in a gap as much later as the clocks are put forward, of two the first.
fn instant(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    zone.to_timestamp(local).ok()
}

/// `fri 16:00` as minutes since Monday, 00:00.
fn minute_of_week(text: &str) -> Option<i32> {
    let (day, time) = text.trim().split_once(' ')?;
    let day = match day.to_ascii_lowercase().as_str() {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    };
    let time: Time = time.trim().parse().ok()?;
    if time.second() != 0 || time.subsec_nanosecond() != 0 {
        return None;
    }
    Some(
        i32::from(day.to_monday_zero_offset()) * 24 * 60
            + i32::from(time.hour()) * 60
            + i32::from(time.minute()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weekly(zone: &str, from: &str, until: &str) -> Freeze {
        let weekly = Some(Weekly { from: from.into(), until: until.into() });
        Freeze { reason: "weekend".into(), zone: zone.into(), weekly, once: None }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn weekends_hold_across_the_week_and_across_the_change_of_clocks() {
        let amsterdam = weekly("Europe/Amsterdam", "fri 16:00", "mon 08:00");
        for (now, end) in [
            ("2026-11-27T14:59:59Z", None),
            ("2026-11-27T15:00:00Z", Some("2026-11-30T07:00:00Z")),
            ("2026-11-30T06:59:59Z", Some("2026-11-30T07:00:00Z")),
            ("2026-11-30T07:00:00Z", None),
            // On 29 March 2026 clocks go forward: the same clock time is an hour sooner.
            ("2026-03-27T15:00:00Z", Some("2026-03-30T06:00:00Z")),
            ("2026-10-23T14:00:00Z", Some("2026-10-26T07:00:00Z")),
        ] {
            assert_eq!(amsterdam.ends(at(now)), end.map(at), "{now}");
        }
        // The other half of the world: clocks go forward on 4 October 2026 in Sydney.
        let sydney = weekly("Australia/Sydney", "sat 00:00", "sun 02:30");
        assert_eq!(
            sydney.ends(at("2026-10-03T02:00:00Z")),
            Some(at("2026-10-03T16:30:00Z")),
            "02:30 is 03:30 then"
        );
        let within = weekly("UTC", "wed 09:00", "wed 17:00");
        assert_eq!(within.ends(at("2026-11-25T12:00:00Z")), Some(at("2026-11-25T17:00:00Z")));
        assert_eq!(within.ends(at("2026-11-26T12:00:00Z")), None);
    }

    #[test]
    fn a_single_one_holds_once() {
        let once = Some(Once { from: "2026-12-20T00:00".into(), until: "2027-01-04T08:00".into() });
        let freeze =
            Freeze { reason: "holidays".into(), zone: "Europe/Amsterdam".into(), weekly: None, once };
        assert!(freeze.problems("f").is_empty());
        assert_eq!(freeze.ends(at("2026-12-25T12:00:00Z")), Some(at("2027-01-04T07:00:00Z")));
        assert_eq!(freeze.ends(at("2027-01-04T07:00:00Z")), None);
    }

    #[test]
    fn all_mistakes_are_told() {
        let wrong = Freeze {
            reason: " ".into(),
            zone: "Mars".into(),
            weekly: Some(Weekly { from: "friday 4pm".into(), until: "mon 25:00".into() }),
            once: None,
        };
        let paths: Vec<_> = wrong.problems("freezes[0]").into_iter().map(|p| p.path).collect();
        assert_eq!(
            paths,
            ["freezes[0].reason", "freezes[0].zone", "freezes[0].weekly.from", "freezes[0].weekly.until"],
        );
        let neither = Freeze { weekly: None, zone: "UTC".into(), reason: "r".into(), once: None };
        assert_eq!(neither.problems("f").len(), 1);
        let backwards = Some(Once { from: "2026-12-20T00:00".into(), until: "2026-12-19T00:00".into() });
        assert_eq!(Freeze { once: backwards, ..neither }.problems("f")[0].path, "f.once.until");
    }
}
