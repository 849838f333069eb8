//! The check of what was written last.

use baton_state::home::known_to;

use super::ground::Ground;
use super::seen::{Seen, counted, fail, moot, ok, refused, warn};
use crate::audit::{Finding, Newest, look_at_newest};
use crate::names::shown_place;

/// What to do.
const AUDIT: &str = "opencode-proxy-doctor audit looks at all files and names each place; audit --quarantine takes records out";

/// Whether the guard would let pass what lies in the newest files.
pub fn newest(ground: &Ground) -> Result<Seen, Seen> {
    let known = known_to(&ground.home.config().unwrap_or_default());
    let newest = look_at_newest(ground.home.dir(), known.as_ref());
    let mut newest = newest.map_err(|error| refused(&error))?;
    let (findings, warnings) = (newest.found.findings_total, newest.found.warnings_total);
    if let Some(first) = newest.found.findings().first() {
        let place = place_of(first);
        return Ok(fail(
            format!(
                "{}, the first by rule {} in {place}",
                counted(findings, "finding"),
                first.rule
            ),
            AUDIT,
        ));
    }
    if let Some(first) = newest.found.warnings().first() {
        let place = shown_place(first.file.as_ref());
        return Ok(warn(
            format!(
                "{} cannot be looked at, the first: {place}: {}",
                counted(warnings, "thing"),
                first.reason
            ),
            AUDIT,
        ));
    }
    let looked_at = looked_at(&newest);
    Ok(
        match newest.found.segments.count + newest.found.others.count {
            0 => moot("there is nothing to look at"),
            _ => ok(format!("nothing private in {looked_at}")),
        },
    )
}

/// A name that Baton did not give is not told: the message may leave the machine.
fn place_of(finding: &Finding) -> String {
    let file = shown_place(finding.file.as_ref());
    match &finding.field {
        Some(field) => format!("{file}, {field}"),
        None => file,
    }
}

fn looked_at(newest: &Newest) -> String {
    let some = |looked_at: u64, all: usize, one: &str| match all as u64 {
        all if all == looked_at => counted(all, one),
        all => format!("{looked_at} of {}", counted(all, one)),
    };
    let (segments, others) = (newest.found.segments.count, newest.found.others.count);
    let last = if segments + others < (newest.segments + newest.others) as u64 {
        ", those that were written last"
    } else {
        ""
    };
    format!(
        "{} and {}{last}",
        some(segments, newest.segments, "segment"),
        some(others, newest.others, "other file")
    )
}
