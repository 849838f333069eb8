//! Reading a folder of segments: SEG-033 … SEG-035. The edge: segments are read from disk here and nowhere else.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use super::Id;
use super::frame::MAGIC;
use super::header::Header;
use super::judge::{Standing, judge_folder};
use super::scan::{Cursor, scan};
pub use super::scanned::{PlacedRecord, Segment};
use super::scanned::{Span, scan_segment};
use crate::r#gen::tables::ERROR_HOME_UNUSABLE;
use crate::proto::segment::v1::SegmentStanding;
use crate::record::error::BatonError;

/// Bytes that hold the header of every segment that was not compacted.
const HEAD_SIZE: u64 = 4096;
/// How often a reader starts over while the folder changes under it.
pub(super) const MAX_ATTEMPTS: usize = 64;

/// What a cache keeps of a segment that it has seen, SEG-035.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Where the scan stopped.
    pub cursor: Cursor,
    /// The standing then.
    pub standing: Standing,
}

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
        let readable = self.segments.iter().filter(|segment| segment.is_seen());
        readable
            .map(|segment| {
                let seen = Seen {
                    cursor: segment.cursor.clone(),
                    standing: segment.standing,
                };
                (segment.cursor.segment, seen)
            })
            .collect()
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
    for _ in 0..MAX_ATTEMPTS {
        match read_once(dir, seen) {
            Ok(Reading::Folder(folder)) => return Ok(Some(folder)),
            Ok(Reading::Void) => return Ok(None),
            Ok(Reading::Changed) => {}
            Err(error) => return Err(unusable(&error.to_string())),
        }
    }
    Err(unusable("it changes all the time"))
}

pub(super) fn unusable(why: &str) -> BatonError {
    BatonError::new(&ERROR_HOME_UNUSABLE).at(format!("segments folder: {why}"))
}

enum Reading {
    Folder(Folder),
    /// The folder changed meanwhile, SEG-034.
    Changed,
    /// The cache is void, SEG-035.
    Void,
}

fn read_once(dir: &Path, seen: &BTreeMap<Id, Seen>) -> io::Result<Reading> {
    let files = list(dir)?;
    let mut segments = Vec::with_capacity(files.len());
    for file in &files {
        match read_segment(dir, file, seen) {
            Ok(Some(segment)) => segments.push(segment),
            Ok(None) => return Ok(Reading::Void),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Reading::Changed),
            Err(_) => segments.push(unreadable(dir, file)),
        }
    }
    let Some(folder) = Folder::judge(dir, &files, segments)? else {
        return Ok(Reading::Changed);
    };
    if seen.is_empty() {
        return Ok(Reading::Folder(folder));
    }
    let now = folder.seen();
    let unchanged =
        |(id, then): (&Id, &Seen)| now.get(id).is_some_and(|now| now.standing == then.standing);
    let duplicated = folder.segments.iter().any(|segment| {
        segment.standing.standing == SegmentStanding::Duplicate
            && seen.contains_key(&segment.cursor.segment)
    });
    if duplicated || !seen.iter().all(unchanged) {
        return Ok(Reading::Void);
    }
    Ok(Reading::Folder(folder))
}

/// Names of the segment files.
pub(super) fn list(dir: &Path) -> io::Result<BTreeSet<String>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
        entries => entries?,
    };
    let mut files = BTreeSet::new();
    for entry in entries {
        let entry = entry?;
        if let Ok(file) = entry.file_name().into_string()
            && file.ends_with(".seg")
            && entry.file_type()?.is_file()
        {
            files.insert(file);
        }
    }
    Ok(files)
}

/// Reads and scans a file. None when it is shorter than the cursor that a cache holds on it.
fn read_segment(dir: &Path, file: &str, seen: &BTreeMap<Id, Seen>) -> io::Result<Option<Segment>> {
    let mut source = File::open(dir.join(file))?;
    let size = source.metadata()?.len();
    let mut from = Cursor::default();
    let mut header = None;
    if !seen.is_empty() {
        header = read_header(&mut source)?;
        if let Some(seen) = header.as_ref().and_then(|header| seen.get(&header.segment)) {
            if size < seen.cursor.offset {
                return Ok(None);
            }
            from = seen.cursor.clone();
        }
        source.seek(SeekFrom::Start(from.offset))?;
    }
    let mut data = Vec::new();
    let bytes = read_data(&mut source, from.offset, &mut data)?;
    let mut segment = scan_segment(file, header, data, from);
    segment.stretch(bytes);
    Ok(Some(segment))
}

/// Reads a file on from an offset that it stands at. Gives its size; of a foreign file no more than its first bytes are
/// read.
fn read_data(source: &mut File, offset: u64, data: &mut Vec<u8>) -> io::Result<u64> {
    let size = source.metadata()?.len();
    if offset == 0 {
        source.take(MAGIC.len() as u64).read_to_end(data)?;
        if !MAGIC.starts_with(data) {
            return Ok(size);
        }
    }
    // It makes room itself, and fails where there is none: a file can be longer than any memory.
    source.read_to_end(data)?;
    Ok(offset + data.len() as u64)
}

/// Reads and scans a whole file into a buffer. `Segment::take_data` gives it back.
pub(super) fn read_whole(dir: &Path, file: &str, mut data: Vec<u8>) -> io::Result<Segment> {
    data.clear();
    let bytes = read_data(&mut File::open(dir.join(file))?, 0, &mut data)?;
    let mut segment = scan_segment(file, None, data, Cursor::default());
    segment.stretch(bytes);
    Ok(segment)
}

/// A file that cannot be read.
pub(super) fn unreadable(dir: &Path, file: &str) -> Segment {
    let mut segment = scan_segment(file, None, Vec::new(), Cursor::default());
    segment.findings.clear();
    segment.bytes = fs::symlink_metadata(dir.join(file)).map_or(0, |metadata| metadata.len());
    segment
}

/// The header at the start of a file, where it proves.
fn read_header(source: &mut File) -> io::Result<Option<Header>> {
    let mut head = Vec::new();
    for size in [HEAD_SIZE, (super::frame::MAX_SIZE + 16) as u64] {
        source
            .take(size - head.len() as u64)
            .read_to_end(&mut head)?;
        let mut scan = scan(&head, Cursor::default());
        let _ = scan.next();
        if scan.header().is_some() {
            return Ok(scan.header().cloned());
        }
        if (head.len() as u64) < size {
            break;
        }
    }
    Ok(None)
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
