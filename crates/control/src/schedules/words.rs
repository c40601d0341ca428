//! Schedules in words.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use switchyard_model::{Schedule, ScheduleState};

/// "Tue 1 Dec 2026, 09:00 (Amsterdam)".
pub(crate) fn moment(at: Timestamp, zone: &str) -> String {
    let found = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let place = zone.rsplit('/').next().unwrap_or(zone).replace('_', " ");
    format!("{} ({place})", at.to_zoned(found).strftime("%a %-d %b %Y, %H:%M"))
}

/// What a schedule does and when, or came to.
pub(crate) fn sentence(schedule: &Schedule) -> String {
    let at = |time: Option<Timestamp>| time.map(|at| moment(at, &schedule.zone)).unwrap_or_default();
    let reverts = match (schedule.revert_after, schedule.revert_at) {
        (Some(seconds), _) => format!(", and is taken back {} later", length(seconds)),
        (None, Some(_)) => format!(", and is taken back {}", at(schedule.revert_at)),
        (None, None) => String::new(),
    };
    let waits = match schedule.waits_until {
        Some(_) => format!("; waits for a freeze to end {}", at(schedule.waits_until)),
        None => String::new(),
    };
    let number = |revision: Option<u64>| revision.map(|r| format!("r{r}")).unwrap_or_default();
    match schedule.state {
        ScheduleState::ToApply => format!("applies {}{reverts}{waits}", at(schedule.apply_at)),
        ScheduleState::ToRevert => {
            format!("{} is taken back {}{waits}", number(schedule.revision), at(schedule.revert_at))
        }
        ScheduleState::Done => match schedule.reverted {
            Some(_) => {
                format!("{} was taken back by {}", number(schedule.revision), number(schedule.reverted))
            }
            None => format!("applied as {}", number(schedule.revision)),
        },
        ScheduleState::Stopped => {
            format!("stopped: {}", schedule.notice.as_deref().unwrap_or("no reason is known"))
        }
        ScheduleState::Cancelled => "its schedule was cancelled".to_owned(),
    }
}

/// What clocks do to its times.
pub(super) fn clocks(schedule: &Schedule) -> Vec<String> {
    if !schedule.state.is_waiting() {
        return vec![];
    }
    let times = [schedule.apply_at, schedule.ends_at()].into_iter().flatten();
    let twice = times.filter_map(|at| {
        let zone = TimeZone::get(&schedule.zone).ok()?;
        let local = at.to_zoned(zone.clone()).datetime();
        let AmbiguousOffset::Fold { .. } = zone.to_ambiguous_timestamp(local).offset() else { return None };
        let shown = local.strftime("%-d %b %H:%M");
        Some(format!(
            "clocks in {} show {shown} twice: they are put back; it is the first time",
            schedule.zone
        ))
    });
    twice.collect()
}

/// Where clocks never show a time because they are put forward: when it is then.
pub(super) fn gap(zone: &TimeZone, name: &str, local: DateTime, at: Timestamp) -> Option<String> {
    let AmbiguousOffset::Gap { .. } = zone.to_ambiguous_timestamp(local).offset() else { return None };
    let (asked, then) =
        (local.strftime("%-d %b %H:%M"), at.to_zoned(zone.clone()).strftime("%H:%M").to_string());
    Some(format!("clocks in {name} never show {asked}: they are put forward; it is {then} then"))
}

/// "2 h".
pub(super) fn length(seconds: u32) -> String {
    match seconds {
        s if s >= 3600 && s % 3600 == 0 => format!("{} h", s / 3600),
        s if s >= 60 && s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}
