//! Instants and calendar days as ECMAScript's Date has them.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

/// The instant of a time value, whose fraction ECMAScript cuts off; None outside the calendar.
pub fn instant(ms: f64) -> Option<Timestamp> {
    Timestamp::from_millisecond(ms.trunc() as i64).ok()
}

/// The day of an instant in a zone; None outside the calendar.
pub fn local_day(ms: f64, zone: &TimeZone) -> Option<Date> {
    Some(zone.to_datetime(instant(ms)?).date())
}

/// The last local days, today first: as ECMAScript's Date has it, the day of each local midnight, which is a later
/// instant where the zone skips it.
pub fn local_days(today: Date, days: u32, zone: &TimeZone) -> Vec<Date> {
    (0..i64::from(days))
        .filter_map(|ago| {
            let midnight = today
                .checked_sub(jiff::Span::new().try_days(ago).ok()?)
                .ok()?;
            let zoned = zone.to_ambiguous_zoned_datetime(midnight.to_datetime(Time::midnight()));
            Some(zoned.compatible().ok()?.date())
        })
        .collect()
}

/// As Date.prototype.toISOString prints it; the calendar ends with the year 9999.
pub fn iso(at: Timestamp) -> String {
    let at = TimeZone::UTC.to_datetime(at);
    let (date, time) = (at.date(), at.time());
    format!(
        "{date}T{:02}:{:02}:{:02}.{:03}Z",
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}
