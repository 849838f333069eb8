//! What `verify` and `status` say of a folder: SEG-036 and SEG-037.

use std::path::Path;

use super::folder::{Folder, Segment, read_folder};
use super::frame::MAX_SEQ;
use super::hex;
use super::stream::survey;
use crate::proto::segment::v1::{self, FindingType, SegmentReport, VerifyReport};
use crate::proto::state::v1::Health;
use crate::record::error::BatonError;

/// Reads a folder and reports on it, holding a file per thread where each of its records counts once. Refuses what
/// `read_folder` refuses.
pub fn verify_folder(dir: &Path) -> Result<VerifyReport, BatonError> {
    let folder = survey(dir)?;
    if folder.is_plain() {
        let records = folder.segments.iter().map(|segment| segment.records);
        return Ok(report_of(&folder, records.sum()));
    }
    Ok(verify_report(&read_folder(dir)?))
}

/// The report of a folder that was read from the start, with its bytes.
#[must_use]
pub fn verify_report(folder: &Folder) -> VerifyReport {
    report_of(folder, folder.records().count() as u64)
}

fn report_of(folder: &Folder, records: u64) -> VerifyReport {
    let segments: Vec<_> = folder.segments.iter().map(report).collect();
    let problems = segments
        .iter()
        .flat_map(|segment| &segment.findings)
        .filter(|finding| is_problem(finding.r#type()));
    VerifyReport {
        records: Some(records),
        problems: Some(problems.count() as u64),
        segments,
    }
}

/// How sound a folder is that was read from the start, `records` of which count; without what only a fold can tell.
#[must_use]
pub fn health_of(folder: &Folder, records: u64) -> Health {
    let counting = || folder.segments.iter().filter(|segment| segment.counts());
    let findings = |wanted: FindingType| {
        let findings = counting().flat_map(|segment| &segment.findings);
        findings.filter(move |finding| finding.r#type() == wanted)
    };
    let is_foreign = |segment: &&Segment| {
        segment.findings.iter().any(|finding| {
            matches!(
                finding.r#type(),
                FindingType::Foreign | FindingType::DamagedHeader
            )
        })
    };
    let dropped = counting()
        .filter_map(Segment::readable_header)
        .flat_map(|header| &header.message.dropped)
        .fold(0, |sum: u64, dropped| sum.saturating_add(dropped.count()));
    Health {
        segments: Some(counting().count() as u64),
        records: Some(records),
        open_tail_bytes: Some(
            findings(FindingType::OpenTail)
                .map(v1::Finding::length)
                .sum(),
        ),
        corrupt_ranges: Some(findings(FindingType::CorruptRange).count() as u64),
        foreign_files: Some(folder.segments.iter().filter(is_foreign).count() as u64),
        dropped: Some(dropped.min(MAX_SEQ)),
        ..Health::default()
    }
}

/// Whether somebody has to act.
fn is_problem(ty: FindingType) -> bool {
    matches!(
        ty,
        FindingType::CorruptRange
            | FindingType::DamagedHeader
            | FindingType::SealMismatch
            | FindingType::Oversized
    )
}

fn report(segment: &Segment) -> SegmentReport {
    SegmentReport {
        file: Some(segment.file.clone()),
        segment: segment.readable_header().map(|header| hex(&header.segment)),
        bytes: Some(segment.bytes),
        records: Some(segment.records),
        newer_than_me: Some(segment.newer_than_me),
        sealed: Some(segment.cursor.is_ended),
        standing: Some(segment.standing.standing.into()),
        findings: segment.findings.clone(),
    }
}
