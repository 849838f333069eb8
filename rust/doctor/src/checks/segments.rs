//! Checks of the segments.

use std::collections::HashMap;
use std::fs::{self, DirEntry};
use std::io::ErrorKind;

use baton_state::r#gen::tables::{
    ERROR_SEGMENT_CORRUPT, ERROR_SEGMENT_FOREIGN, ERROR_SEGMENT_HEADER, ERROR_SEGMENT_NEWER,
    ERROR_SEGMENT_SEAL,
};
use baton_state::proto::segment::v1::{Finding, FindingType, SegmentStanding};
use baton_state::record::schema::ErrorTable;
use baton_state::segment::MAX_READ;
use baton_state::segment::folder::{Segment, read_folder};

use super::ground::Ground;
use super::seen::{Seen, counted, fail, ok, refused, warn};
use crate::names::shown_segment;

/// Damage fails, then what cannot be read; what is left out beside a better copy is worth a word.
pub fn whole(ground: &Ground) -> Result<Seen, Seen> {
    let segments = &ground.segments().map_err(refused)?.segments;
    let all = segments.len();
    let seen = damage(segments).or_else(|| unread(segments));
    if let Some(seen) = seen {
        return Ok(seen);
    }
    let idle = segments.iter().filter(|segment| {
        matches!(
            segment.standing.standing,
            SegmentStanding::Ignored | SegmentStanding::Duplicate
        )
    });
    let idle = idle.count();
    if idle > 0 {
        return Ok(warn(
            format!(
                "{idle} of {all} segments are left out: unfinished compactions or shorter copies"
            ),
            "nothing is lost; opencode-proxy-doctor verify lists them",
        ));
    }
    let counting = segments.iter().filter(|segment| segment.counts());
    let records: u64 = counting.map(|segment| segment.records).sum();
    let tail = match open_tails(segments) {
        0 => String::new(),
        bytes => format!(", {bytes} bytes are still being written"),
    };
    Ok(ok(format!(
        "{records} records in {all} segments prove{tail}"
    )))
}

/// The first damage, and how much more there is.
fn damage(segments: &[Segment]) -> Option<Seen> {
    if let Some(seen) = oversized(segments) {
        return Some(seen);
    }
    let mut damages = segments.iter().flat_map(|segment| {
        let findings = segment.findings.iter();
        findings.filter_map(move |finding| Some((problem(finding.r#type())?, segment, finding)))
    });
    let (error, segment, finding) = damages.next()?;
    let more = match damages.count() {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    let (start, end) = (
        finding.offset(),
        finding.offset().saturating_add(finding.length()),
    );
    let place = format!("{}, bytes {start}..{end}", shown_segment(&segment.file));
    Some(fail(
        format!("{}: {place}{more} ({})", error.cause, error.id),
        error.remedy,
    ))
}

/// Files that no reader reads to their end.
fn oversized(segments: &[Segment]) -> Option<Seen> {
    let is_oversized = |finding: &Finding| finding.r#type() == FindingType::Oversized;
    let mut oversized = segments
        .iter()
        .filter(|segment| segment.findings.iter().any(is_oversized));
    let first = oversized.next()?;
    let more = match oversized.count() {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    Some(fail(
        format!(
            "{}{more}, of {} bytes: no segment is that long, and all behind the first {MAX_READ} is left out",
            shown_segment(&first.file),
            first.bytes
        ),
        "opencode-proxy-doctor recover FILE -o OUT copies what proves into a sound one; then move the file elsewhere",
    ))
}

/// Files that the system did not give.
fn unread(segments: &[Segment]) -> Option<Seen> {
    let mut unread = segments.iter().filter(|segment| {
        segment.standing.standing == SegmentStanding::Unreadable && segment.findings.is_empty()
    });
    let count = unread.clone().count();
    let first = unread.next()?;
    Some(fail(
        format!(
            "{count} of {} files cannot be read, such as {}",
            segments.len(),
            shown_segment(&first.file)
        ),
        "make it readable: what it holds is left out",
    ))
}

fn problem(ty: FindingType) -> Option<&'static ErrorTable> {
    match ty {
        FindingType::CorruptRange => Some(&ERROR_SEGMENT_CORRUPT),
        FindingType::DamagedHeader => Some(&ERROR_SEGMENT_HEADER),
        FindingType::SealMismatch => Some(&ERROR_SEGMENT_SEAL),
        _ => None,
    }
}

fn open_tails(segments: &[Segment]) -> u64 {
    let findings = segments.iter().flat_map(|segment| &segment.findings);
    findings
        .filter(|finding| finding.r#type() == FindingType::OpenTail)
        .map(|finding| finding.length())
        .sum()
}

/// What else lies in the folder: other entries, and files that are none of ours.
pub fn foreign(ground: &Ground) -> Result<Seen, Seen> {
    let entries = match fs::read_dir(ground.home.segments()) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(ok("no segments yet")),
        Err(error) => {
            return Ok(fail(
                format!("segments folder: {}", error.kind()),
                "make it a folder of your own",
            ));
        }
        Ok(entries) => entries,
    };
    let is_file = |entry: &DirEntry| entry.file_type().is_ok_and(|ty| ty.is_file());
    let is_named = |entry: &DirEntry| {
        let name = entry.file_name();
        name.to_str().is_some_and(|name| name.ends_with(".seg"))
    };
    let strange = entries
        .flatten()
        .filter(|entry| !is_file(entry) || !is_named(entry));
    let strange = strange.count();
    let segments = &ground.folder()?.segments;
    let findings = segments.iter().flat_map(|segment| &segment.findings);
    let foreign = findings
        .filter(|finding| finding.r#type() == FindingType::Foreign)
        .count();
    Ok(match foreign + strange {
        0 => ok("nothing else lies among the segments"),
        count => warn(
            format!(
                "{} in the segments folder, none of them a segment ({})",
                counted(count as u64, "other entry"),
                ERROR_SEGMENT_FOREIGN.id
            ),
            ERROR_SEGMENT_FOREIGN.remedy,
        ),
    })
}

/// Formats that this program does not read, and frames and kinds that it keeps and does not show.
pub fn newer(ground: &Ground) -> Result<Seen, Seen> {
    let segments = &ground.folder()?.segments;
    let findings = segments.iter().flat_map(|segment| &segment.findings);
    let formats = findings
        .clone()
        .filter(|finding| finding.r#type() == FindingType::NewerFormat)
        .count();
    if formats > 0 {
        return Ok(fail(
            format!(
                "{} of a newer format ({})",
                counted(formats as u64, "segment"),
                ERROR_SEGMENT_NEWER.id
            ),
            ERROR_SEGMENT_NEWER.remedy,
        ));
    }
    let skipped = findings
        .filter(|finding| finding.r#type() == FindingType::SkippedFrame)
        .count() as u64;
    let kinds: u64 = segments
        .iter()
        .filter(|segment| segment.counts())
        .map(|segment| segment.newer_than_me)
        .sum();
    Ok(match kinds + skipped {
        0 => ok("nothing is newer than this program"),
        count => warn(
            format!(
                "{} newer than this program: kept, not shown",
                counted(count, "record or frame")
            ),
            ERROR_SEGMENT_NEWER.remedy,
        ),
    })
}

/// Records that the fold leaves out until their time comes.
pub fn future(ground: &Ground) -> Result<Seen, Seen> {
    let ahead = ground.state()?.counts().from_future;
    Ok(match ahead {
        0 => ok("no record is from the future"),
        _ => warn(
            format!(
                "{} more than a day ahead of the clock: kept, shown when their time comes",
                counted(ahead, "record")
            ),
            "check the clock of this machine",
        ),
    })
}

/// Identities (SEG-015) that stand for records that differ.
pub fn identity(ground: &Ground) -> Result<Seen, Seen> {
    let mut identities = HashMap::<_, u64>::new();
    if ground.folder()?.may_have_doubtful_records() {
        let folder = read_folder(&ground.places.segments).map_err(|error| refused(&error))?;
        for record in folder.doubtful_records() {
            *identities.entry((record.writer, record.seq)).or_default() += 1;
        }
    }
    let claimed_twice = identities.values().filter(|count| **count > 1).count();
    Ok(match claimed_twice {
        0 => ok("every record has an identity of its own"),
        _ => warn(
            format!(
                "{} for records that differ: was this machine cloned?",
                counted(claimed_twice as u64, "identity")
            ),
            "all of them are kept; make a fresh start of BATON_HOME on one of the machines",
        ),
    })
}
