//! Checks of those who write: which segments are open, and how many there are.

use std::fs;
use std::time::{Duration, SystemTime};

use baton_state::segment::folder::Segment;

use super::ground::Ground;
use super::seen::{Seen, counted, moot, ok, warn};

/// A segment that nothing was appended to for this long was left by its recorder; one that lives rolls long before.
const LEFT_BEHIND: Duration = Duration::from_secs(48 * 3600);
/// A quarter of the files from which on a merge is due: it takes closed segments alone.
const MOST_LEFT_BEHIND: u64 = 64;
/// Twice the number of files from which on every command merges (`ts/src/merge/due.ts`).
const MOST_FILES: u64 = 512;
/// From here on a reader without an index takes seconds.
const MOST_BYTES: u64 = 1 << 30;

/// How old the open segments are: by the files and the clock of the machine, never by BATON_NOW.
pub fn closed(ground: &Ground) -> Result<Seen, Seen> {
    let folder = ground.home.segments();
    let is_open = |segment: &&Segment| segment.counts() && !segment.cursor.is_ended;
    let (mut writing, mut left) = (0, 0);
    for segment in ground.folder()?.segments.iter().filter(is_open) {
        let metadata = fs::metadata(folder.join(&segment.file));
        let written = metadata.and_then(|metadata| metadata.modified());
        let age = written
            .ok()
            .and_then(|at| SystemTime::now().duration_since(at).ok());
        match age {
            Some(age) if age > LEFT_BEHIND => left += 1,
            _ => writing += 1,
        }
    }
    Ok(match left {
        0 if writing == 0 => ok("every segment is closed"),
        0 => ok(format!("{} open to recorders", counted(writing, "segment"))),
        _ if left <= MOST_LEFT_BEHIND => ok(format!(
            "{} open to recorders, {left} left open over 48 hours ago",
            counted(writing, "segment")
        )),
        _ => warn(
            format!(
                "{} left open over 48 hours ago, as by recorders that are killed",
                counted(left, "segment")
            ),
            "let clients end instead of killing them; nothing is lost, and baton gc takes these files",
        ),
    })
}

/// How many files there are, and how much they hold.
pub fn size(ground: &Ground) -> Result<Seen, Seen> {
    let entries = match fs::read_dir(ground.home.segments()) {
        Err(_) => return Err(moot("there is no folder of segments to look at")),
        Ok(entries) => entries,
    };
    let (mut files, mut bytes) = (0, 0);
    for metadata in entries.flatten().filter_map(|entry| entry.metadata().ok()) {
        files += 1;
        bytes += metadata.len();
    }
    let told = format!("{} of {} KiB", counted(files, "file"), bytes.div_ceil(1024));
    Ok(if files > MOST_FILES {
        warn(
            format!("{told}: merges are behind"),
            "baton status merges small segments; run it a few times",
        )
    } else if bytes > MOST_BYTES {
        warn(
            format!("{told}: whoever has no index reads for seconds"),
            "opencode-proxy-doctor rebuild makes the index",
        )
    } else {
        ok(told)
    })
}
