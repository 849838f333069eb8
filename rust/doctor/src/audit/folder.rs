//! The files of a folder of segments as a quarantine takes them (docs/segment-format.md, section 10).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use baton_state::proto::segment::v1::{FindingType, SegmentStanding};
use baton_state::segment::Id;
use baton_state::segment::folder::{Folder, Segment};

use crate::checks::STALE_LEASE;

/// The readable files of each id, the one that counts first, and each other file for itself. What is replaced already comes
/// first, compacted segments last: those stand for what is deleted before.
pub fn in_order(folder: &Folder) -> Vec<Vec<&Segment>> {
    let mut by_id: BTreeMap<Id, Vec<&Segment>> = BTreeMap::new();
    let mut all = Vec::new();
    for segment in &folder.segments {
        match id_of(segment) {
            Some(id) => by_id.entry(id).or_default().push(segment),
            None => all.push(vec![segment]),
        }
    }
    for mut copies in by_id.into_values() {
        copies.sort_by_key(|copy| copy.standing.standing == SegmentStanding::Duplicate);
        all.push(copies);
    }
    all.sort_by_key(|copies| {
        copies.first().map(|first| {
            let is_compacted = first
                .readable_header()
                .is_some_and(|header| !header.replaces.is_empty());
            (!is_replaced(first), is_compacted)
        })
    });
    all
}

/// Its id, where this program can read it.
pub fn id_of(segment: &Segment) -> Option<Id> {
    segment.readable_header().map(|header| header.segment)
}

/// Whether another segment stands for all of it.
pub fn is_replaced(segment: &Segment) -> bool {
    segment.standing.standing == SegmentStanding::Replaced
        && segment.standing.replaced >= segment.bytes
}

/// The segment of those that are still there, by their ids, that stands for all of this one.
pub fn holder_of<'a>(
    replaced: &Segment,
    folder: &'a Folder,
    there: &BTreeSet<Id>,
) -> Option<&'a Segment> {
    let id = id_of(replaced)?;
    folder.segments.iter().find(|segment| {
        let cursor = &segment.cursor;
        let header = segment.readable_header();
        segment.counts()
            && cursor.is_ended
            && cursor.is_whole
            && header.is_some_and(|header| {
                let mut others = header.replaces.iter();
                there.contains(&header.segment)
                    && others.any(|other| other.segment == id && other.bytes >= replaced.bytes)
            })
    })
}

/// The compacted segments that do not count.
pub fn ignored(folder: &Folder) -> impl Iterator<Item = &Segment> {
    let segments = folder.segments.iter();
    segments.filter(|segment| segment.standing.standing == SegmentStanding::Ignored)
}

/// Whether a compacted segment that does not count is one whose writer lost the lease: without a seal, and not written to for as
/// long as a lease lives, by the clock of the machine. Who still writes it looks for the lease before it seals.
pub fn is_dead(segment: &Segment, path: &Path) -> bool {
    let mut findings = segment.findings.iter();
    let is_open = !segment.cursor.is_ended
        && findings.all(|finding| finding.r#type() == FindingType::OpenTail);
    let written = fs::metadata(path).and_then(|metadata| metadata.modified());
    let age = written.map(|at| SystemTime::now().duration_since(at).unwrap_or_default());
    is_open && age.is_ok_and(|age| age > STALE_LEASE)
}
