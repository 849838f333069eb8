//! Reading a folder of segments: SEG-033 … SEG-035.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::Id;
use super::file::{list, read_header, read_unseen, unreadable};
use super::judge::judge_folder;
use super::scanned::Span;
pub use super::scanned::{PlacedRecord, Seen, Segment};
use crate::r#gen::tables::ERROR_HOME_UNUSABLE;
use crate::proto::segment::v1::SegmentStanding;
use crate::record::error::BatonError;

/// How often a reader starts over while the folder changes under it.
const MAX_ATTEMPTS: usize = 64;

/// All files of a folder, judged. It holds their bytes.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// In the byte order of the file names.
    pub segments: Vec<Segment>,
    /// Writers of whom a record may stand there twice.
    doubtful: BTreeSet<Id>,
}

impl Folder {
    /// The records that count, in the byte order of the segment ids, then of the offsets; each once (SEG-033).
    pub fn records(&self) -> impl Iterator<Item = PlacedRecord<'_>> {
        let mut segments: Vec<&Segment> = self
            .segments
            .iter()
            .filter(|segment| segment.counts())
            .collect();
        segments.sort_by_key(|segment| segment.cursor.segment);
        let mut seen = HashSet::new();
        segments
            .into_iter()
            .flat_map(Segment::records)
            .filter(move |record| {
                self.doubtful.is_empty()
                    || !self.doubtful.contains(&record.writer)
                    || seen.insert((record.writer, record.seq, record.kind, record.payload))
            })
    }

    /// Whether it has `doubtful_records`, as far as that can be told without looking at all records.
    #[must_use]
    pub fn may_have_doubtful_records(&self) -> bool {
        !self.doubtful.is_empty()
    }

    /// The records whose identity more than one of those that count may claim (SEG-015).
    pub fn doubtful_records(&self) -> impl Iterator<Item = PlacedRecord<'_>> {
        self.records()
            .filter(|record| self.doubtful.contains(&record.writer))
    }

    /// Judges the files of a listing. None when a file is gone since, or a compacted segment has come (SEG-034).
    pub(super) fn judge(
        dir: &Path,
        files: &BTreeSet<String>,
        mut segments: Vec<Segment>,
    ) -> io::Result<Option<Folder>> {
        let after = list(dir)?;
        if !files.is_subset(&after) {
            return Ok(None);
        }
        for file in after.difference(files) {
            let header = File::open(dir.join(file)).and_then(|mut file| read_header(&mut file));
            if header.is_ok_and(|header| header.is_some_and(|header| !header.replaces.is_empty())) {
                return Ok(None);
            }
        }
        let scanned: Vec<_> = segments.iter().map(Segment::scanned).collect();
        let standings = judge_folder(&scanned);
        for (segment, standing) in segments.iter_mut().zip(standings) {
            segment.standing = standing;
        }
        Ok(Some(Folder {
            doubtful: doubtful(&segments),
            segments,
        }))
    }

    /// Whether the records of all readable files count, each once.
    pub(super) fn is_plain(&self) -> bool {
        self.doubtful.is_empty()
            && self.segments.iter().all(|segment| {
                matches!(
                    segment.standing.standing,
                    SegmentStanding::Counts | SegmentStanding::Unreadable
                )
            })
    }

    /// Lets go of the bytes. Then it has no records any more.
    pub fn forget_records(&mut self) {
        for segment in &mut self.segments {
            segment.take_data();
        }
    }

    /// What a cache of this folder has seen, SEG-035.
    #[must_use]
    pub fn seen(&self) -> BTreeMap<Id, Seen> {
        let seen = self.segments.iter().filter_map(Segment::seen);
        seen.map(|seen| (seen.cursor.segment, seen)).collect()
    }
}

/// Reads all files of a folder and judges them. A folder that is not there is an empty one. Refuses a folder that cannot
/// be listed, or that never stays the same for the time of a reading (HOME_UNUSABLE).
pub fn read_folder(dir: &Path) -> Result<Folder, BatonError> {
    match read_news(dir, &BTreeMap::new())? {
        Some(folder) => Ok(folder),
        None => Ok(Folder::default()),
    }
}

/// Reads what a cache has not seen yet: the folder then holds only the records behind the cursors. None when the cache is
/// void (SEG-035). Refuses what `read_folder` refuses.
pub fn read_news(dir: &Path, seen: &BTreeMap<Id, Seen>) -> Result<Option<Folder>, BatonError> {
    Ok(match settled(|| read_once(dir, seen))? {
        Reading::Folder(folder) => Some(folder),
        Reading::Void => None,
    })
}

/// Reads until the folder has not changed meanwhile, which `read` tells by None (SEG-034).
pub(super) fn settled<T>(mut read: impl FnMut() -> io::Result<Option<T>>) -> Result<T, BatonError> {
    let unusable = |place: &str| BatonError::new(&ERROR_HOME_UNUSABLE).at(place);
    for _ in 0..MAX_ATTEMPTS {
        match read() {
            Ok(Some(read)) => return Ok(read),
            Ok(None) => {}
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(unusable("not a directory"));
            }
            Err(_) => return Err(unusable("segments folder")),
        }
    }
    Err(unusable("segments folder, files come and go"))
}

enum Reading {
    Folder(Folder),
    /// The cache is void, SEG-035.
    Void,
}

/// None where the folder changed meanwhile.
fn read_once(dir: &Path, seen: &BTreeMap<Id, Seen>) -> io::Result<Option<Reading>> {
    let files = list(dir)?;
    let mut segments = Vec::with_capacity(files.len());
    for file in &files {
        match read_unseen(dir, file, seen) {
            Ok(Some(segment)) => segments.push(segment),
            Ok(None) => return Ok(Some(Reading::Void)),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(_) => segments.push(unreadable(dir, file)),
        }
    }
    let folder = Folder::judge(dir, &files, segments)?;
    Ok(folder.map(|folder| {
        if is_void(&folder, seen) {
            Reading::Void
        } else {
            Reading::Folder(folder)
        }
    }))
}

/// Whether a cache has seen a segment that stands otherwise now, or has a copy beside it (SEG-035).
fn is_void(folder: &Folder, seen: &BTreeMap<Id, Seen>) -> bool {
    if seen.is_empty() {
        return false;
    }
    let now = folder.seen();
    let is_same =
        |(id, then): (&Id, &Seen)| now.get(id).is_some_and(|now| now.standing == then.standing);
    let has_copy = folder.segments.iter().any(|segment| {
        segment.standing.standing == SegmentStanding::Duplicate
            && seen.contains_key(&segment.cursor.segment)
    });
    has_copy || !seen.iter().all(is_same)
}

/// Writers whose spans overlap among the segments that count, or do not rise.
fn doubtful(segments: &[Segment]) -> BTreeSet<Id> {
    let counting = segments.iter().filter(|segment| segment.counts());
    let mut spans: Vec<Span> = counting
        .flat_map(|segment| segment.spans.iter().copied())
        .collect();
    spans.sort_by_key(|span| (span.writer, span.first));
    let overlapping = spans.windows(2).filter_map(|pair| match pair {
        [a, b] if a.writer == b.writer && b.first <= a.last => Some(a.writer),
        _ => None,
    });
    let unordered = spans
        .iter()
        .filter(|span| span.unordered)
        .map(|span| span.writer);
    overlapping.chain(unordered).collect()
}
