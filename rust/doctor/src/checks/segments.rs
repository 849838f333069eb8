//! Checks of the segments.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::ErrorKind;

use baton_state::fold::{create_fold, fold_record};
use baton_state::r#gen::tables::{
    ERROR_SEGMENT_CORRUPT, ERROR_SEGMENT_FOREIGN, ERROR_SEGMENT_HEADER, ERROR_SEGMENT_NEWER,
    ERROR_SEGMENT_SEAL,
};
use baton_state::proto::segment::v1::{DropReason, FindingType, SegmentStanding};
use baton_state::record::schema::ErrorTable;
use baton_state::segment::folder::Segment;

use super::{Ground, Seen, fail, ok, warn};

pub fn whole(ground: &Ground<'_>) -> Result<Seen, Seen> {
    let folder = ground.folder()?;
    let mut problems = Vec::new();
    for segment in &folder.segments {
        for finding in &segment.findings {
            if let Some(error) = problem(finding.r#type()) {
                let end = finding.offset().saturating_add(finding.length());
                problems.push((
                    error,
                    format!("{}, bytes {}..{end}", name(segment), finding.offset()),
                ));
            }
        }
    }
    if let Some((error, place)) = problems.first() {
        let more = match problems.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        return Ok(fail(
            format!("{}: {place}{more} ({})", error.cause, error.id),
            error.remedy,
        ));
    }
    let unread = folder.segments.iter().filter(|segment| {
        segment.standing.standing == SegmentStanding::Unreadable && segment.findings.is_empty()
    });
    if let Some(segment) = unread.clone().next() {
        return Ok(fail(
            format!(
                "{} of {} files cannot be read, such as {}",
                unread.count(),
                folder.segments.len(),
                name(segment)
            ),
            "make it readable: what it holds is left out",
        ));
    }
    let idle = folder.segments.iter().filter(|segment| {
        matches!(
            segment.standing.standing,
            SegmentStanding::Ignored | SegmentStanding::Duplicate
        )
    });
    let idle = idle.count();
    let records: u64 = folder
        .segments
        .iter()
        .filter(|segment| segment.counts())
        .map(|segment| segment.records)
        .sum();
    if idle > 0 {
        return Ok(warn(
            format!(
                "{idle} of {} segments are left out: unfinished compactions or shorter copies",
                folder.segments.len()
            ),
            "baton gc clears them away; opencode-proxy-doctor verify lists them",
        ));
    }
    let tails: u64 = open_tails(&folder.segments);
    let tail = if tails > 0 {
        format!(", {tails} bytes are still being written")
    } else {
        String::new()
    };
    Ok(ok(format!(
        "{records} records in {} segments prove{tail}",
        folder.segments.len()
    )))
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

/// Name of the file; what is hidden in it is escaped where it is printed.
fn name(segment: &Segment) -> &str {
    &segment.file
}

pub fn foreign(ground: &Ground<'_>) -> Result<Seen, Seen> {
    let dir = ground.home.segments();
    let mut strange = 0;
    match fs::read_dir(&dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(ok("no segments yet")),
        Err(error) => {
            return Ok(fail(
                format!("segments folder: {}", error.kind()),
                "make it a folder of your own",
            ));
        }
        Ok(entries) => {
            for entry in entries.flatten() {
                let is_file = entry.file_type().is_ok_and(|ty| ty.is_file());
                let is_named = entry
                    .file_name()
                    .to_str()
                    .is_some_and(|name| name.ends_with(".seg"));
                strange += usize::from(!is_file || !is_named);
            }
        }
    }
    let segments = &ground.folder()?.segments;
    let findings = segments.iter().flat_map(|segment| &segment.findings);
    let foreign = findings
        .filter(|finding| finding.r#type() == FindingType::Foreign)
        .count();
    Ok(match foreign + strange {
        0 => ok("nothing else lies among the segments"),
        count => warn(
            format!(
                "{count} entries of the segments folder are not segments ({})",
                ERROR_SEGMENT_FOREIGN.id
            ),
            ERROR_SEGMENT_FOREIGN.remedy,
        ),
    })
}

pub fn newer(ground: &Ground<'_>) -> Result<Seen, Seen> {
    let segments = &ground.folder()?.segments;
    let findings = segments.iter().flat_map(|segment| &segment.findings);
    let formats = findings
        .clone()
        .filter(|finding| finding.r#type() == FindingType::NewerFormat)
        .count();
    if formats > 0 {
        return Ok(fail(
            format!(
                "{formats} segments were written by a newer format ({})",
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
            format!("{count} records or frames are newer than this program: kept, not shown"),
            ERROR_SEGMENT_NEWER.remedy,
        ),
    })
}

pub fn dropped(ground: &Ground<'_>) -> Result<Seen, Seen> {
    let mut reasons = BTreeMap::<i32, u64>::new();
    for header in ground
        .folder()?
        .segments
        .iter()
        .filter_map(|segment| segment.header.as_ref())
    {
        for dropped in &header.message.dropped {
            let reason = reasons.entry(dropped.reason.unwrap_or_default());
            let count = reason.or_default();
            *count = count.saturating_add(dropped.count());
        }
    }
    reasons.retain(|_, count| *count > 0);
    if reasons.is_empty() {
        return Ok(ok("no recorder had to drop anything"));
    }
    let list: Vec<String> = reasons
        .iter()
        .map(|(reason, count)| format!("{count} {}", reason_name(*reason)))
        .collect();
    let message = format!("recorders dropped records: {}", list.join(", "));
    Ok(if reasons.contains_key(&(DropReason::Defect as i32)) {
        fail(message, "update Baton; if it goes on, report it")
    } else {
        warn(
            message,
            "see to the reason named: refused texts need other words, a full disk needs space",
        )
    })
}

fn reason_name(reason: i32) -> &'static str {
    match DropReason::try_from(reason) {
        Ok(DropReason::Guard) => "refused by the guard",
        Ok(DropReason::NoSpace) => "for want of space",
        Ok(DropReason::Io) => "because writing failed",
        Ok(DropReason::Home) => "because the directory could not be used",
        Ok(DropReason::Queue) => "because the queue was full",
        Ok(DropReason::Defect) => "because of a defect",
        Ok(DropReason::Unspecified) | Err(_) => "for a reason not told",
    }
}

pub fn future(ground: &Ground<'_>) -> Result<Seen, Seen> {
    let mut fold = create_fold(ground.now, None);
    for record in ground.folder()?.records() {
        fold_record(&mut fold, record);
    }
    let ahead = fold.counts().from_future;
    Ok(match ahead {
        0 => ok("no record is from the future"),
        _ => warn(
            format!(
                "{ahead} records are more than a day ahead of the clock: kept, shown when their time comes"
            ),
            "check the clock of this machine",
        ),
    })
}

pub fn identity(ground: &Ground<'_>) -> Result<Seen, Seen> {
    let folder = ground.folder()?;
    let mut identities = HashMap::<_, u64>::new();
    for record in folder.doubtful_records() {
        *identities.entry((record.writer, record.seq)).or_default() += 1;
    }
    let claimed_twice = identities.values().filter(|count| **count > 1).count();
    Ok(match claimed_twice {
        0 => ok("every record has an identity of its own"),
        _ => warn(
            format!(
                "{claimed_twice} identities stand for records that differ: was this machine cloned?"
            ),
            "all of them are kept; make a fresh start of BATON_HOME on one of the machines",
        ),
    })
}
