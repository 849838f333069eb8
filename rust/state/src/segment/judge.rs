//! Which segments of a folder count: SEG-030 … SEG-032. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::Id;
use super::header::Header;
use crate::proto::segment::v1::SegmentStanding;

/// What the judgement needs to know of a file.
#[derive(Debug, Clone, Copy)]
pub struct ScannedSegment<'a> {
    /// Name of the file.
    pub file: &'a str,
    /// Its header; None where it does not prove or is of a newer format.
    pub header: Option<&'a Header>,
    /// Bytes before the first bad range or the end.
    pub valid_bytes: u64,
    /// Whether a seal agrees.
    pub is_sealed: bool,
    /// Whether all before the seal are records and skipped frames.
    pub is_whole: bool,
}

/// Whether the records of a file count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The verdict.
    pub standing: SegmentStanding,
    /// With `Replaced`: records whose frames end here or before do not count. Else 0.
    pub replaced: u64,
}

/// The standing of every file of a folder, in the order given.
#[must_use]
pub fn judge_folder(segments: &[ScannedSegment<'_>]) -> Vec<Standing> {
    let winners = winners(segments);
    let is_winner = |place: usize, header: &Header| winners.get(&header.segment) == Some(&place);
    let mut replaced = BTreeMap::<Id, u64>::new();
    let mut ignored = BTreeSet::<Id>::new();
    for (place, segment) in segments.iter().enumerate() {
        let Some(header) = segment.header.filter(|header| is_winner(place, header)) else {
            continue;
        };
        if segment.is_sealed && segment.is_whole {
            for other in &header.replaces {
                let bytes = replaced.entry(other.segment).or_default();
                *bytes = other.bytes.max(*bytes);
            }
            continue;
        }
        let mut others = header.replaces.iter();
        if !header.replaces.is_empty() && others.all(|other| winners.contains_key(&other.segment)) {
            ignored.insert(header.segment);
        }
    }
    let judge = |place: usize, segment: &ScannedSegment<'_>| {
        let Some(header) = segment.header else {
            return (SegmentStanding::Unreadable, 0);
        };
        if !is_winner(place, header) {
            (SegmentStanding::Duplicate, 0)
        } else if ignored.contains(&header.segment) {
            (SegmentStanding::Ignored, 0)
        } else {
            match replaced.get(&header.segment) {
                Some(bytes) => (SegmentStanding::Replaced, *bytes),
                None => (SegmentStanding::Counts, 0),
            }
        }
    };
    let judged = segments.iter().enumerate().map(|(place, segment)| {
        let (standing, replaced) = judge(place, segment);
        Standing { standing, replaced }
    });
    judged.collect()
}

/// Place of the file that counts for every id, SEG-030.
fn winners(segments: &[ScannedSegment<'_>]) -> BTreeMap<Id, usize> {
    let mut winners = BTreeMap::<Id, usize>::new();
    for (place, segment) in segments.iter().enumerate() {
        let Some(header) = segment.header else {
            continue;
        };
        let best = winners.entry(header.segment).or_insert(place);
        if let Some(other) = segments.get(*best)
            && (other.valid_bytes, segment.file) < (segment.valid_bytes, other.file)
        {
            *best = place;
        }
    }
    winners
}
