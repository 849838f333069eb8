//! A sealed segment without some of its frames, as a new one in its place: SEG-080 and SEG-081. No I/O.

use std::collections::BTreeSet;

use super::Id;
use super::copy::Copy;
pub use super::copy::{Target, Written};
use super::frame::parse_frame;
use super::header::{FORMAT_MINOR, Header};
use super::scan::{Cursor, Finding, scan};
use super::seal::parse_seal;
use crate::proto::segment::v1::{self, FindingType, Replaced};

/// Why nothing is taken out of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// No header of a segment proves.
    Headless,
    /// It is of a newer version of the format.
    Newer,
    /// It has no seal that agrees: its writer may live.
    Unsealed,
    /// It is a compacted segment without such a seal, which does not count.
    Unfinished,
    /// Something besides records, frames of newer types and the seal is found in it.
    Damaged,
    /// A frame of it has no room for an origin.
    Full,
}

/// What is known of a segment beside its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Bytes of it that another segment replaces; 0 where none does.
    pub replaced: u64,
    /// Ids of the segments that are there.
    pub there: &'a BTreeSet<Id>,
}

/// The segment that takes the place of this one: with every frame that counts, in their order, but those at the offsets
/// `out` (SEG-081). Refuses what SEG-080 leaves as it is.
pub fn without(
    data: &[u8],
    out: &BTreeSet<u64>,
    place: Place<'_>,
    target: &Target,
) -> Result<Written, Unfit> {
    let (header, findings) = fit(data)?;
    let new = header_of(target, &header, data.len() as u64, place.there);
    let mut copy = Copy::new(&target.id, &new, header.writer);
    for finding in &findings {
        let Some(frame) = frame_at(data, finding) else {
            continue;
        };
        let counts = finding.offset + finding.length > place.replaced;
        let is_kept = counts && !out.contains(&finding.offset);
        match finding.ty {
            FindingType::Record if is_kept && !copy.keep_record(&frame) => {
                return Err(Unfit::Full);
            }
            FindingType::SkippedFrame if is_kept => copy.keep_skipped(&frame),
            FindingType::Seal => {
                let seal = parse_seal(frame.frame.payload);
                copy.keep_stamp(seal.map_or(0, |seal| seal.max_stamp()));
            }
            _ => {}
        }
    }
    Ok(copy.finish())
}

/// The header and what the scan finds behind it, where that is what SEG-080 takes.
fn fit(data: &[u8]) -> Result<(Header, Vec<Finding<'_>>), Unfit> {
    let mut scan = scan(data, Cursor::default());
    let findings: Vec<_> = (&mut scan).collect();
    let header = scan.header().cloned().ok_or(Unfit::Headless)?;
    let is_newer = findings
        .iter()
        .any(|finding| finding.ty == FindingType::NewerFormat);
    if is_newer || header.message.format_minor() > FORMAT_MINOR {
        return Err(Unfit::Newer);
    }
    if !scan.cursor().is_ended {
        return Err(if header.replaces.is_empty() {
            Unfit::Unsealed
        } else {
            Unfit::Unfinished
        });
    }
    let is_sound = |finding: &Finding<'_>| {
        matches!(
            finding.ty,
            FindingType::Record | FindingType::SkippedFrame | FindingType::Seal
        )
    };
    if !findings.iter().all(is_sound) {
        return Err(Unfit::Damaged);
    }
    Ok((header, findings))
}

/// The header of the new segment: nothing of the old one but ids, lengths and numbers.
fn header_of(target: &Target, old: &Header, bytes: u64, there: &BTreeSet<Id>) -> v1::Header {
    let others = old.replaces.iter();
    let others = others.filter(|other| there.contains(&other.segment));
    let others = others.map(|other| (other.segment, other.bytes));
    let replaces = std::iter::once((old.segment, bytes)).chain(others);
    v1::Header {
        replaces: replaces
            .map(|(segment, bytes)| Replaced {
                segment_id: Some(segment.to_vec()),
                bytes: Some(bytes),
            })
            .collect(),
        schema_fingerprint: old.message.schema_fingerprint.clone(),
        key_id: old.message.key_id.clone(),
        dropped: old.message.dropped.clone(),
        ..target.header()
    }
}

fn frame_at<'a>(
    data: &'a [u8],
    finding: &Finding<'_>,
) -> Option<super::frame::UnverifiedFrame<'a>> {
    parse_frame(data.get(usize::try_from(finding.offset).ok()?..)?)
}
