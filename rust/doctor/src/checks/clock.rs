//! Checks of the clock and the time zone.

use std::fs;
use std::time::UNIX_EPOCH;

use baton_state::fold::DAY_MS;
use jiff::tz::TimeZone;

use super::ground::Ground;
use super::seen::{Seen, counted, ok, warn};

/// Clocks of machines that share a folder differ by less.
const SLACK_MS: i64 = 5 * 60_000;

/// Whether the clock is not behind what was written already. What is more than a day ahead of it is BTN-D14's.
pub fn right(ground: &Ground) -> Result<Seen, Seen> {
    if ground.is_clock_fixed {
        return Ok(warn(
            "BATON_NOW fixes the clock: all that is recorded meanwhile is of one instant",
            "unset BATON_NOW, which is there for tests",
        ));
    }
    let newest = newest_record(ground)?
        .into_iter()
        .chain(newest_file(ground))
        .max();
    let behind = newest.map_or(0, |newest| newest.saturating_sub(ground.now));
    Ok(if behind > SLACK_MS {
        warn(
            format!(
                "the clock is {} behind what was written already",
                counted(behind.unsigned_abs() / 60_000, "minute")
            ),
            "set the clock of this machine",
        )
    } else {
        ok("the clock is not behind what was written")
    })
}

/// Time of the newest record that is not from the future, in milliseconds since 1970.
fn newest_record(ground: &Ground) -> Result<Option<i64>, Seen> {
    let winners = ground.fold()?.winners().into_iter();
    Ok(winners.map(|(_, winner)| winner.observed_at).max())
}

/// When a segment file was last written, by the clock of the disk.
fn newest_file(ground: &Ground) -> Option<i64> {
    let entries = fs::read_dir(ground.home.segments()).ok()?.flatten();
    let written = entries.filter_map(|entry| entry.metadata().ok()?.modified().ok());
    let ms = written
        .filter_map(|at| i64::try_from(at.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok());
    ms.filter(|ms| *ms <= ground.now.saturating_add(DAY_MS))
        .max()
}

/// Whether the days of usage are those of the user.
pub fn zone(_ground: &Ground) -> Result<Seen, Seen> {
    Ok(match TimeZone::try_system() {
        Ok(zone) => ok(match zone.iana_name() {
            Some(name) => format!("the time zone is {name}"),
            None => "the time zone is known".to_owned(),
        }),
        Err(_) => warn(
            "the time zone of the system cannot be found out: days of usage are those of UTC",
            "set TZ to a name such as Europe/Berlin",
        ),
    })
}
