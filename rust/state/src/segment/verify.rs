//! What `verify` says of a folder: SEG-036.

use super::folder::{Folder, Segment};
use super::hex;
use crate::proto::segment::v1::{FindingType, SegmentReport, VerifyReport};

/// The report of a folder that was read from the start.
#[must_use]
pub fn verify_report(folder: &Folder) -> VerifyReport {
    let segments: Vec<_> = folder.segments.iter().map(report).collect();
    let problems = segments
        .iter()
        .flat_map(|segment| &segment.findings)
        .filter(|finding| is_problem(finding.r#type()));
    VerifyReport {
        records: Some(folder.records().count() as u64),
        problems: Some(problems.count() as u64),
        segments,
    }
}

/// Whether somebody has to act.
fn is_problem(ty: FindingType) -> bool {
    matches!(
        ty,
        FindingType::CorruptRange | FindingType::DamagedHeader | FindingType::SealMismatch
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
