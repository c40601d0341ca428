//! Points in time as clauses compare them, read without allocating.

use crate::value::{ValueRef, to_integer};

/// Seconds since 1970 and nanoseconds; a leap second has more than 10⁹ of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant {
    seconds: i64,
    nanoseconds: u32,
}

/// What LaunchDarkly's evaluator can represent, in milliseconds: its calendar (crate `chrono`) ends there.
const MILLISECONDS: std::ops::RangeInclusive<i64> = -8_334_601_228_800_000..=8_210_266_876_799_999;

impl Instant {
    /// A number is Unix milliseconds, a string RFC 3339 (a space may stand for the `T`, and U+2212 for the minus).
    pub(crate) fn of(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Number(n) => {
                let milliseconds = to_integer(n).filter(|n| MILLISECONDS.contains(n))?;
                let nanoseconds = u32::try_from(milliseconds.rem_euclid(1000)).ok()? * 1_000_000;
                Some(Self { seconds: milliseconds.div_euclid(1000), nanoseconds })
            }
            ValueRef::String(text) => Self::parse(text),
            _ => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (fixed, mut rest) = text.as_bytes().split_first_chunk::<19>()?;
        let [_, _, _, _, b'-', _, _, b'-', _, _, b'T' | b't' | b' ', _, _, b':', _, _, b':', _, _] = fixed
        else {
            return None;
        };
        let two = |at: usize| digits(&fixed[at..at + 2]);
        let (year, month, day) = (two(0)? * 100 + two(2)?, two(5)?, two(8)?);
        let (hour, minute, mut second) = (two(11)?, two(14)?, two(17)?);
        let mut nanoseconds = 0;
        if second == 60 {
            (second, nanoseconds) = (59, 1_000_000_000);
        }
        let in_range = (1..=12).contains(&month) && (1..=month_length(year, month)).contains(&day);
        if !in_range || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        if let Some(fraction) = rest.strip_prefix(b".") {
            let end = fraction.iter().position(|b| !b.is_ascii_digit()).unwrap_or(fraction.len());
            let (fraction, after) = fraction.split_at(end);
            if fraction.is_empty() {
                return None;
            }
            let kept = &fraction[..fraction.len().min(9)];
            let scale = (kept.len()..9).fold(1, |scale, _| scale * 10);
            nanoseconds += u32::try_from(digits(kept)? * scale).ok()?;
            rest = after;
        }
        let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
        Some(Self { seconds: seconds - offset(rest)?, nanoseconds })
    }
}

/// `Z`, or hours and minutes ahead of UTC, less than a day; in seconds.
fn offset(text: &[u8]) -> Option<i64> {
    if matches!(text, b"Z" | b"z") {
        return Some(0);
    }
    let (sign, rest) = text.strip_prefix(b"+").map(|rest| (1, rest)).or_else(|| {
        text.strip_prefix(b"-").or(text.strip_prefix("\u{2212}".as_bytes())).map(|rest| (-1, rest))
    })?;
    let [h1, h2, b':', m1, m2] = *rest else { return None };
    let (hours, minutes) = (digits(&[h1, h2])?, digits(&[m1, m2])?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `days_from_civil`).
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}
