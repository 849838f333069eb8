//! Spans and instants as a brief prints them (BRF-020 … BRF-022). Instants are milliseconds since 1970.

use crate::fold::DAY_MS;

const MINUTE_MS: i64 = 60_000;
/// Last instant of the year 2999.
const LAST_INSTANT: i64 = 32_503_679_999_999;

/// A span of seconds in whole minutes, hours or days, rounded down: "12m", "3h", "2d". Negative ones are "0m".
#[must_use]
pub fn span(seconds: i64) -> String {
    let minutes = seconds.div_euclid(60).max(0);
    let hours = minutes / 60;
    if minutes < 60 {
        format!("{minutes}m")
    } else if hours < 24 {
        format!("{hours}h")
    } else {
        format!("{}d", hours / 24)
    }
}

/// How long ago an instant was: "12m ago".
#[must_use]
pub fn ago(at: i64, now: i64) -> String {
    format!("{} ago", span(now.saturating_sub(at).div_euclid(1000)))
}

/// Whole minutes until an instant, rounded up: "22m".
#[must_use]
pub fn minutes_until(at: i64, now: i64) -> String {
    let left = at.saturating_sub(now);
    format!(
        "{}m",
        left.saturating_add(MINUTE_MS - 1).div_euclid(MINUTE_MS)
    )
}

/// Date and time in UTC: "2026-11-23 17:13Z"; "?" outside the years 1970 to 2999.
#[must_use]
pub fn instant(at: i64) -> String {
    match jiff::Timestamp::from_millisecond(at) {
        Ok(timestamp) if (0..=LAST_INSTANT).contains(&at) => {
            timestamp.strftime("%Y-%m-%d %H:%MZ").to_string()
        }
        _ => "?".to_owned(),
    }
}

/// An instant as "18:40Z", with its date where it is 24 hours or more away from now.
#[must_use]
pub fn clock(at: i64, now: i64) -> String {
    let text = instant(at);
    match text.split_once(' ') {
        Some((_, time)) if at.abs_diff(now) < DAY_MS.unsigned_abs() => time.to_owned(),
        _ => text,
    }
}
