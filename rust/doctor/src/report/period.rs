//! The local days that a report is about.

use baton_state::usage::calendar::local_days;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Some local days, of which today is the last.
#[derive(Debug, Clone)]
pub struct Period {
    /// The instant of the report: milliseconds since 1970.
    pub now: i64,
    /// The days, today last.
    pub days: Vec<Date>,
    zone: TimeZone,
}

impl Period {
    /// The last `days` local days of a zone, the one of `now` (milliseconds since 1970) included.
    pub fn new(now: i64, days: u32, zone: TimeZone) -> Period {
        let today = date_of(now, &zone).unwrap_or_default();
        let mut days = local_days(today, days, &zone);
        days.reverse();
        // A day that its zone skipped would stand twice.
        days.dedup();
        Period { now, days, zone }
    }

    /// Which of the days an instant (milliseconds since 1970) lies in; None outside of them.
    pub fn day_of(&self, at: i64) -> Option<usize> {
        let date = date_of(at, &self.zone)?;
        self.days.binary_search(&date).ok()
    }

    /// When the first day begins and the last one ends: milliseconds since 1970.
    pub fn bounds(&self) -> (i64, i64) {
        let midnight = |day: Option<Date>| {
            let start = self.zone.to_ambiguous_zoned_datetime(day?.into());
            Some(start.compatible().ok()?.timestamp().as_millisecond())
        };
        let first = midnight(self.days.first().copied()).unwrap_or(self.now);
        let last = self.days.last().and_then(|day| day.tomorrow().ok());
        (first, midnight(last).unwrap_or(self.now))
    }

    /// Date and time of an instant by the local clock, "2026-11-23 17:13"; "?" outside of the years 1970 to 2999.
    pub fn clock(&self, at: i64) -> String {
        match Timestamp::from_millisecond(at) {
            Ok(time) if (0..=LAST_INSTANT).contains(&at) => {
                let local = self.zone.to_datetime(time);
                local.strftime("%Y-%m-%d %H:%M").to_string()
            }
            _ => "?".to_owned(),
        }
    }

    /// How far the local clock is from UTC at the instant of the report, "UTC+05:30"; "UTC" where it is not.
    pub fn offset(&self) -> String {
        let now = Timestamp::from_millisecond(self.now).unwrap_or_default();
        let offset = self.zone.to_offset(now);
        match offset.seconds() {
            0 => "UTC".to_owned(),
            seconds => {
                let sign = if seconds < 0 { '-' } else { '+' };
                let minutes = seconds.unsigned_abs() / 60;
                format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

/// Last instant of the year 2999, as a brief has it.
const LAST_INSTANT: i64 = 32_503_679_999_999;

fn date_of(at: i64, zone: &TimeZone) -> Option<Date> {
    let time = Timestamp::from_millisecond(at).ok()?;
    Some(zone.to_datetime(time).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_local_calendar() {
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        // 2026-09-21 19:43 there.
        let period = Period::new(1_790_000_000_000, 3, zone);
        let days: Vec<String> = period.days.iter().map(Date::to_string).collect();
        assert_eq!(days, ["2026-09-19", "2026-09-20", "2026-09-21"]);
        let (from, until) = period.bounds();
        assert_eq!(period.clock(from), "2026-09-19 00:00");
        assert_eq!(period.clock(until), "2026-09-22 00:00");
        assert_eq!(period.day_of(from), Some(0));
        assert_eq!(period.day_of(from - 1), None);
        assert_eq!(period.day_of(until - 1), Some(2));
        assert_eq!(period.day_of(until), None);
        assert_eq!(period.offset(), "UTC+05:30");
        assert_eq!(Period::new(0, 1, TimeZone::UTC).offset(), "UTC");
    }

    #[test]
    fn a_day_that_begins_later_than_midnight_is_one_of_them() {
        // In Cairo the night of 2026-04-24 begins at 01:00.
        let zone = TimeZone::get("Africa/Cairo").unwrap();
        let period = Period::new(1_777_118_400_000, 3, zone);
        let days: Vec<String> = period.days.iter().map(Date::to_string).collect();
        assert_eq!(days, ["2026-04-23", "2026-04-24", "2026-04-25"]);
        assert_eq!(period.bounds().1 - period.bounds().0, 71 * 3_600_000);
    }

    #[test]
    fn an_instant_outside_of_the_calendar_is_said_not_to_be_known() {
        let period = Period::new(0, 1, TimeZone::UTC);
        for at in [-1, i64::MIN, i64::MAX, LAST_INSTANT + 1] {
            assert_eq!(period.clock(at), "?");
        }
    }
}
