//! The check of what was left in the state directory by programs that were ended.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use baton_state::proto::segment::v1::{FindingType, SegmentStanding};
use baton_state::segment::folder::{Folder, Segment};

use super::ground::Ground;
use super::seen::{FIX, Seen, counted, ok, warn};
use crate::names::{is_begun_check, is_lease, is_temporary};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A lease of this age is taken over (`ts/src/home/lease.ts`).
pub const STALE_LEASE: Duration = Duration::from_secs(600);
/// Who writes a compacted segment may only sleep (SEG-054).
const UNFINISHED: Duration = Duration::from_secs(48 * 3600);

/// Temporary files.
const TEMPORARY: &str = "temporary file";
/// Leases that nobody holds any more.
pub const OLD_LOCKS: &str = "old lock";
/// Checks that clients have begun.
const BEGUN: &str = "unfinished check";
/// Compacted segments that were never sealed.
pub const UNFINISHED_MERGES: &str = "unfinished merge";

/// How leftovers are called, their folder, which names they have there, and from which age on nobody waits for them.
type Kind = (&'static str, &'static str, fn(&Path) -> bool, Duration);

/// All kinds that are known by their names. Locks of the proxy are none: the system gives them back when their process
/// ends.
const KINDS: [Kind; 5] = [
    (TEMPORARY, "", is_temporary, HOUR),
    (TEMPORARY, "bin", is_temporary, HOUR),
    (TEMPORARY, "claims", is_temporary, HOUR),
    (OLD_LOCKS, "locks", is_lease, STALE_LEASE),
    (BEGUN, "pending", is_begun_check, DAY),
];

/// A file that a program left behind when it was ended.
pub struct Leftover {
    /// What one of them is, in words.
    pub what: &'static str,
    /// Its path below the state directory.
    pub below: PathBuf,
}

/// Whether nothing was left behind.
pub fn none(ground: &Ground) -> Result<Seen, Seen> {
    let found = leftovers(ground);
    let told = found.chunk_by(|a, b| a.what == b.what).map(|alike| {
        let what = alike.first().map_or("", |first| first.what);
        counted(alike.len() as u64, what)
    });
    let told: Vec<String> = told.collect();
    Ok(if told.is_empty() {
        ok("nothing was left behind")
    } else {
        warn(format!("left behind: {}", told.join(", ")), FIX)
    })
}

/// What was left behind, alike beside alike. Its age is judged by the clock of the machine, never by BATON_NOW. Behind a
/// link, and in a folder that cannot be read, nothing is looked for.
pub fn leftovers(ground: &Ground) -> Vec<Leftover> {
    let (dir, now) = (ground.home.dir(), SystemTime::now());
    let mut found = Vec::new();
    for (what, folder, is_named, age) in KINDS {
        let is_folder =
            fs::symlink_metadata(dir.join(folder)).is_ok_and(|metadata| metadata.is_dir());
        let entries = fs::read_dir(dir.join(folder)).into_iter().flatten();
        let below = entries
            .flatten()
            .map(|entry| Path::new(folder).join(entry.file_name()));
        let mut old: Vec<PathBuf> = below
            .filter(|below| is_folder && is_named(below) && is_older(&dir.join(below), age, now))
            .collect();
        old.sort();
        found.extend(old.into_iter().map(|below| Leftover { what, below }));
    }
    let none = Folder::default();
    for segment in unfinished(ground.segments().unwrap_or(&none)) {
        let below = Path::new("segments").join(&segment.file);
        if is_older(&dir.join(&below), UNFINISHED, now) {
            found.push(Leftover {
                what: UNFINISHED_MERGES,
                below,
            });
        }
    }
    found
}

/// Compacted segments without a seal, while all that they would replace is there: nothing of them counts (SEG-031). One
/// that is damaged may have been sealed, and be the only one that holds its records.
fn unfinished(folder: &Folder) -> impl Iterator<Item = &Segment> {
    let is_there = |id| {
        folder
            .segments
            .iter()
            .any(|other| other.counts() && other.cursor.segment == id)
    };
    folder.segments.iter().filter(move |segment| {
        let mut findings = segment.findings.iter();
        let header = segment.readable_header();
        segment.standing.standing == SegmentStanding::Ignored
            && !segment.cursor.is_ended
            && findings.all(|finding| finding.r#type() == FindingType::OpenTail)
            && header.is_some_and(|header| {
                let mut replaces = header.replaces.iter();
                !header.replaces.is_empty() && replaces.all(|other| is_there(other.segment))
            })
    })
}

/// Whether it is a file, not a link to one, that nobody wrote to for this long.
fn is_older(path: &Path, age: Duration, now: SystemTime) -> bool {
    let metadata = fs::symlink_metadata(path).ok();
    let written =
        metadata.and_then(|metadata| metadata.modified().ok().filter(|_| metadata.is_file()));
    written.and_then(|at| now.duration_since(at).ok()) > Some(age)
}
