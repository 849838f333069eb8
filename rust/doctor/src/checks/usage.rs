//! Checks of the proxy's usage.jsonl: can it be read, and do the records hold the same?

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;

use baton_state::fold::DAY_MS;
use baton_state::fold::state::retention_days;
use baton_state::r#gen::tables::ERROR_USAGE_FILE;
use baton_state::record::kind::kind_named;
use baton_state::usage::line::{UsageEvent, events_of_text};
use baton_state::usage::path::usage_path;
use baton_state::usage::stored::events_of_records;

use super::ground::Ground;
use super::seen::{Seen, counted, fail, moot, ok, warn};

/// A proxy records an event before it writes its line: the newest may still lack theirs.
const UNDER_WAY_MS: f64 = 10_000.0;

/// What stands in the usage file.
pub struct UsageFile {
    /// Events in the order of the lines.
    events: Vec<UsageEvent>,
    /// Lines that count for nothing, the last one without its end left out.
    broken: usize,
}

/// Why there are no lines.
#[derive(Clone, Copy)]
pub enum NoLines {
    /// USAGE_DB_PATH switches it off.
    Off,
    /// There is no file.
    Absent,
    /// The system does not give it.
    Unreadable(ErrorKind),
}

/// Reads the file where the proxy keeps it.
pub fn read(ground: &Ground) -> Result<UsageFile, NoLines> {
    let clients = &ground.clients;
    let configured = clients.var("USAGE_DB_PATH").map(OsStr::to_string_lossy);
    let path = usage_path(configured.as_deref(), &clients.user).ok_or(NoLines::Off)?;
    let bytes = fs::read(clients.dir.join(path)).map_err(|error| match error.kind() {
        ErrorKind::NotFound => NoLines::Absent,
        kind => NoLines::Unreadable(kind),
    })?;
    let events: Vec<UsageEvent> = events_of_text(&bytes, ground.now).collect();
    let complete = bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
    let complete = bytes.get(..complete).unwrap_or_default();
    let lines = complete.split(|byte| *byte == b'\n');
    let lines = lines
        .filter(|line| !String::from_utf8_lossy(line).trim().is_empty())
        .count();
    Ok(UsageFile {
        broken: lines.saturating_sub(events.len()),
        events,
    })
}

/// Whether the file can be read, and every line of it counts.
pub fn readable(ground: &Ground) -> Result<Seen, Seen> {
    Ok(match ground.usage_file() {
        Err(NoLines::Off) => ok("the usage file is switched off"),
        Err(NoLines::Absent) => ok("the proxy has written no usage file"),
        Err(NoLines::Unreadable(kind)) => fail(
            format!(
                "{}: {kind} ({})",
                ERROR_USAGE_FILE.cause, ERROR_USAGE_FILE.id
            ),
            "make it readable, or set USAGE_DB_PATH where it lies elsewhere",
        ),
        Ok(UsageFile { events, broken: 0 }) => ok(format!(
            "{} of the usage file can be read",
            counted(events.len() as u64, "line")
        )),
        Ok(UsageFile { events, broken }) => warn(
            format!(
                "{broken} of {} of the usage file broken",
                counted((broken + events.len()) as u64, "line")
            ),
            "baton import usage names them; they count for nothing",
        ),
    })
}

/// Whether lines and recorded events are the same, as far as both are kept.
pub fn gap(ground: &Ground) -> Result<Seen, Seen> {
    let file = ground
        .usage_file()
        .map_err(|_| moot("there is no usage file to compare with"))?;
    let retention = ground.home.config().unwrap_or_default().retention;
    let kind = kind_named("usage_event");
    let days = kind.map_or(0, |kind| retention_days(kind, &retention));
    let oldest = ground.now.saturating_sub(i64::from(days) * DAY_MS);
    let recorded = ground.each_record(Vec::new, |events, record| {
        if kind.is_some_and(|kind| kind.number == record.kind) {
            events.extend(events_of_records([record.payload], oldest));
        }
    });
    let recorded = recorded?.concat();
    let lines = file.events.iter().filter(|event| event.ts >= oldest as f64);
    if recorded.is_empty() {
        return Ok(ok(format!(
            "{} read in place, none recorded",
            counted(lines.count() as u64, "line")
        )));
    }
    let since = lines.clone().map(|event| event.ts).reduce(f64::min);
    let until = ground.now as f64 - UNDER_WAY_MS;
    let mut balance = HashMap::<_, i64>::new();
    for event in lines {
        *balance.entry(identity(event)).or_default() += 1;
    }
    let mut without_line = 0;
    for event in &recorded {
        let left = balance.entry(identity(event)).or_default();
        *left -= 1;
        let is_due = since.is_some_and(|since| event.ts >= since) && event.ts < until;
        without_line += u64::from(*left < 0 && is_due);
    }
    let unrecorded: i64 = balance.values().filter(|left| **left > 0).sum();
    let unrecorded = unrecorded.unsigned_abs();
    Ok(match (unrecorded, without_line) {
        (0, 0) => ok("usage file and records hold the same"),
        (0, _) => warn(
            format!(
                "{} not in the usage file",
                counted(without_line, "recorded event")
            ),
            "nothing is lost: baton export usage gives their lines",
        ),
        (_, 0) => warn(
            format!(
                "{} of the usage file not recorded",
                counted(unrecorded, "line")
            ),
            "baton import usage adds them, and says why where it does not",
        ),
        _ => warn(
            format!(
                "{} of the usage file not recorded, {} not in it",
                counted(unrecorded, "line"),
                counted(without_line, "recorded event")
            ),
            "baton import usage adds the lines; baton export usage gives lines back",
        ),
    })
}

/// What tells an event from others, as far as a summary looks at it.
fn identity(event: &UsageEvent) -> (Vec<u8>, [u64; 6], [bool; 4]) {
    let numbers = [
        event.ts,
        event.latency_ms,
        event.total_tokens,
        event.prompt_tokens,
        event.completion_tokens,
        event.cost,
    ];
    let truths = [
        event.ok,
        event.usage_reported,
        event.usage_estimated,
        event.rate_limited,
    ];
    // Adding 0 makes -0 the 0 that it prints as.
    (
        event.model.to_vec(),
        numbers.map(|number| (number + 0.0).to_bits()),
        truths,
    )
}
