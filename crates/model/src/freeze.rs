//! Times in which an environment is left alone.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::{Problem, clock};

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
                let [from, until] = [&weekly.from, &weekly.until].map(|text| minute_of_week(text));
                if from.is_some() && from == until {
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
                    let read = clock::read(text);
                    if read.is_none() {
                        let problem = Problem::new(format!("{path}.once.{field}"), "is no date and time");
                        problems.push(problem.value(&**text).hint("as 2026-12-20T00:00"));
                    }
                    read
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

    /// When the freeze that holds at `at` ends; `None` where none does. Clocks that are put forward or back change
    /// how long a freeze lasts, not what clocks show at its ends; see [`clock::instant`] for times that they skip
    /// or show twice.
    pub fn ends(&self, at: Timestamp) -> Option<Timestamp> {
        let zone = TimeZone::get(&self.zone).ok()?;
        let today = at.to_zoned(zone.clone()).date();
        let spans = self
            .spans(today)
            .into_iter()
            .filter_map(|(from, until)| Some((clock::instant(&zone, from)?, clock::instant(&zone, until)?)));
        // Instants are compared and not what clocks show: an hour that they show twice is there once.
        spans.filter(|(from, until)| *from <= at && at < *until).map(|(_, until)| until).max()
    }

    /// From when until when it holds, as clocks show it: the times that a moment of this day may be in.
    fn spans(&self, today: Date) -> Vec<(DateTime, DateTime)> {
        if let Some(once) = &self.once {
            return clock::read(&once.from).zip(clock::read(&once.until)).into_iter().collect();
        }
        let of_week = |weekly: &Weekly| Some((minute_of_week(&weekly.from)?, minute_of_week(&weekly.until)?));
        let Some((from, until)) = self.weekly.as_ref().and_then(of_week) else { return vec![] };
        let length = (until - from).rem_euclid(WEEK);
        let monday = i64::from(today.weekday().to_monday_zero_offset());
        let span = |week: i64| {
            let monday = today.checked_add((week * 7 - monday).days()).ok()?.to_datetime(Time::midnight());
            let begin = monday.checked_add(i64::from(from).minutes()).ok()?;
            Some((begin, begin.checked_add(i64::from(length).minutes()).ok()?))
        };
        [-1, 0, 1].into_iter().filter_map(span).collect()
    }
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
        assert_eq!(sydney.ends(at("2026-10-03T16:10:00Z")), Some(at("2026-10-03T16:30:00Z")));
        assert_eq!(sydney.ends(at("2026-10-03T16:30:00Z")), None);
        let within = weekly("UTC", "wed 09:00", "wed 17:00");
        assert_eq!(within.ends(at("2026-11-25T12:00:00Z")), Some(at("2026-11-25T17:00:00Z")));
        assert_eq!(within.ends(at("2026-11-26T12:00:00Z")), None);
    }

    #[test]
    fn an_hour_that_clocks_show_twice_is_frozen_once() {
        // On 25 October 2026, 02:00 to 03:00 comes twice in Amsterdam: at 00:00 and at 01:00 UTC.
        let once = Some(Once { from: "2026-10-24T00:00".into(), until: "2026-10-25T02:30".into() });
        let single = Freeze { weekly: None, once, ..weekly("Europe/Amsterdam", "", "") };
        for freeze in [single, weekly("Europe/Amsterdam", "sat 00:00", "sun 02:30")] {
            assert_eq!(freeze.ends(at("2026-10-25T00:29:59Z")), Some(at("2026-10-25T00:30:00Z")));
            for after in ["2026-10-25T00:30:00Z", "2026-10-25T01:10:00Z", "2026-10-25T01:40:00Z"] {
                assert_eq!(freeze.ends(at(after)), None, "{after}");
            }
        }
        // Whatever holds ends later than it is looked at: who waits for it comes on.
        let all = ["mon 00:00", "sun 02:00", "sun 02:30", "sun 03:00", "sat 23:59"];
        for (from, until) in all.iter().flat_map(|from| all.iter().map(move |until| (from, until))) {
            for zone in ["Europe/Amsterdam", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca"] {
                let freeze = weekly(zone, from, until);
                for minutes in (0..400 * 24 * 60).step_by(173) {
                    let now = at("2026-01-01T00:00:00Z") + minutes.minutes();
                    assert!(freeze.ends(now).is_none_or(|end| end > now), "{zone} {from} {until} {now}");
                }
            }
        }
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
        let same = weekly("UTC", "fri 16:00", "Fri 16:00:00").problems("f");
        assert_eq!(same.iter().map(|p| &*p.path).collect::<Vec<_>>(), ["f.weekly.until"]);
        let neither = Freeze { weekly: None, zone: "UTC".into(), reason: "r".into(), once: None };
        assert_eq!(neither.problems("f").len(), 1);
        let backwards = Some(Once { from: "2026-12-20T00:00".into(), until: "2026-12-19T00:00".into() });
        assert_eq!(Freeze { once: backwards, ..neither }.problems("f")[0].path, "f.once.until");
    }
}
