//! Times as clocks show them, and when that is.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// Reads `2026-12-01T09:00`, with a space for the T where somebody wrote one. What names an offset or a zone by itself
/// is none: it would say something else than the zone that it is read for.
pub fn read(text: &str) -> Option<DateTime> {
    let (date, time) = text.trim().split_once(['T', 't', ' '])?;
    let plain = |text: &str, others: &[char]| text.chars().all(|c| c.is_ascii_digit() || others.contains(&c));
    if !plain(date, &['-']) || !plain(time, &[':', '.']) {
        return None;
    }
    Some(date.parse::<Date>().ok()?.to_datetime(time.parse::<Time>().ok()?))
}

/// When clocks in a zone show a time: where they skip it as much later as they are put forward, of two the first.
pub fn instant(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    zone.to_timestamp(local).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_clocks_show_is_read() {
        for text in ["2026-12-01T09:00", "2026-12-01 09:00", " 2026-12-01t09:00:00 "] {
            assert_eq!(read(text).unwrap().to_string(), "2026-12-01T09:00:00", "{text}");
        }
        for text in [
            "",
            "2026-12-01",
            "09:00",
            "2026-13-01T09:00",
            "2026-12-01T25:00",
            "2026-12-01T09:00Z",
            "2026-12-01T09:00+05:00",
            "2026-12-01T09:00-05:00",
            "2026-12-01T09:00[America/New_York]",
            "2026-12-01T09:00 UTC",
            "tomorrow",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn skipped_times_are_later_and_of_two_it_is_the_first() {
        for (zone, local, at) in [
            ("Europe/Amsterdam", "2026-03-29T02:30", "2026-03-29T01:30:00Z"),
            ("Europe/Amsterdam", "2026-10-25T02:30", "2026-10-25T00:30:00Z"),
            ("Australia/Sydney", "2026-10-04T02:30", "2026-10-03T16:30:00Z"),
            ("Australia/Sydney", "2026-04-05T02:30", "2026-04-04T15:30:00Z"),
            // Half an hour only, on Lord Howe.
            ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45:00Z"),
            // Zones whose rules changed: Samoa left a day out, Morocco and Türkiye changed their offset for good.
            ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00Z"),
            ("Europe/Istanbul", "2015-12-01T09:00", "2015-12-01T07:00:00Z"),
            ("Europe/Istanbul", "2026-12-01T09:00", "2026-12-01T06:00:00Z"),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            assert_eq!(instant(&zone, read(local).unwrap()), Some(at.parse().unwrap()), "{local}");
        }
    }
}
