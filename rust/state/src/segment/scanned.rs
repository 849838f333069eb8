//! One file after its scan: what is kept of the findings, and its records.

use std::collections::BTreeMap;

use super::Id;
use super::file::MAX_READ;
use super::frame::{RECORD, parse_frame};
use super::header::{FORMAT_MAJOR, Header};
use super::judge::{ScannedSegment, Standing};
use super::scan::{Cursor, RecordFrame, scan};
use crate::proto::segment::v1::{Finding, FindingType, SegmentStanding};
use crate::record::kind::kind_numbered;

/// A record that counts, with its place and identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlacedRecord<'a> {
    /// Segment that holds it.
    pub segment: &'a Id,
    /// Offset of its frame in the file.
    pub offset: u64,
    /// Bytes of its frame.
    pub length: u64,
    /// Writer that first wrote it, SEG-015.
    pub writer: Id,
    /// Its sequence number there.
    pub seq: u64,
    /// Kind number.
    pub kind: u32,
    /// The record, encoded.
    pub payload: &'a [u8],
}

/// One file of a folder.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Name of the file.
    pub file: String,
    /// Size of the file.
    pub bytes: u64,
    /// Its header, where that proves.
    pub header: Option<Header>,
    /// Records that prove, from the cursor on that the folder was read from.
    pub records: u64,
    /// Those of a kind that this program does not know.
    pub newer_than_me: u64,
    /// What was found besides records.
    pub findings: Vec<Finding>,
    /// Where a later scan goes on.
    pub cursor: Cursor,
    /// Whether its records count.
    pub standing: Standing,
    /// Bytes that were read, from `base` on.
    data: Vec<u8>,
    base: u64,
    /// Offset of the first frame behind the header, or behind the cursor.
    start: u64,
    /// Of its records.
    pub(super) spans: Vec<Span>,
}

/// What a cache keeps of a segment that it has seen, SEG-035.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Where the scan stopped.
    pub cursor: Cursor,
    /// The standing then.
    pub standing: Standing,
}

/// Sequence numbers of one writer in one segment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub writer: Id,
    pub first: u64,
    pub last: u64,
    /// Whether they do not rise, so that one may stand there twice.
    pub unordered: bool,
}

impl Segment {
    /// Whether any of its records counts.
    #[must_use]
    pub fn counts(&self) -> bool {
        matches!(
            self.standing.standing,
            SegmentStanding::Counts | SegmentStanding::Replaced
        )
    }

    /// Bytes that were read of it, from the cursor on that the folder was read from.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.bytes.min(MAX_READ).saturating_sub(self.base)
    }

    /// Takes the bytes out, to be used again. Then it has no records any more.
    pub(super) fn take_data(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.data)
    }

    /// The same without its bytes, and so without records.
    pub(super) fn without_data(&self) -> Segment {
        Segment {
            data: Vec::new(),
            findings: self.findings.clone(),
            file: self.file.clone(),
            header: self.header.clone(),
            cursor: self.cursor.clone(),
            spans: self.spans.clone(),
            ..*self
        }
    }

    /// This segment and what was read behind its cursor, as one, without records.
    pub(super) fn joined(self, news: &Segment) -> Segment {
        let mut joined = news.without_data();
        joined.records += self.records;
        joined.newer_than_me += self.newer_than_me;
        // What was found from the cursor on was an open tail: it is found again, or whole now.
        let earlier = self.findings.into_iter();
        let earlier = earlier.filter(|finding| finding.offset() < news.base);
        joined.findings = earlier.chain(joined.findings).collect();
        for earlier in self.spans {
            let mut spans = joined.spans.iter_mut();
            match spans.find(|later| later.writer == earlier.writer) {
                Some(later) => {
                    later.unordered |= earlier.unordered || later.first <= earlier.last;
                    later.first = later.first.min(earlier.first);
                    later.last = later.last.max(earlier.last);
                }
                None => joined.spans.push(earlier),
            }
        }
        joined
    }

    /// What a cache keeps of it: nothing of unreadable files and of copies.
    pub(super) fn seen(&self) -> Option<Seen> {
        let is_kept = self.counts() || self.standing.standing == SegmentStanding::Ignored;
        is_kept.then(|| Seen {
            cursor: self.cursor.clone(),
            standing: self.standing,
        })
    }

    /// The header, where this program can read what follows.
    #[must_use]
    pub fn readable_header(&self) -> Option<&Header> {
        self.header
            .as_ref()
            .filter(|header| header.major == FORMAT_MAJOR)
    }

    /// Its records behind the replaced length. The scan has proved every frame that no finding covers.
    pub fn records(&self) -> impl Iterator<Item = PlacedRecord<'_>> {
        let mut findings = self.findings.iter().peekable();
        let mut at = self.start;
        std::iter::from_fn(move || {
            while let Some(finding) = findings.next_if(|finding| finding.offset() == at) {
                at += finding.length();
            }
            let bytes = self.data.get(usize::try_from(at - self.base).ok()?..)?;
            let unverified =
                parse_frame(bytes).filter(|unverified| unverified.frame.ty == RECORD)?;
            let (frame, length) = (unverified.frame, unverified.length as u64);
            let offset = at;
            at += length;
            let (writer, seq) = match frame.origin {
                Some(origin) => (origin.writer, origin.seq),
                None => (self.cursor.writer, frame.seq),
            };
            Some(PlacedRecord {
                segment: &self.cursor.segment,
                offset,
                length,
                writer,
                seq,
                kind: frame.kind,
                payload: frame.payload,
            })
        })
        .filter(|record| record.offset + record.length > self.standing.replaced)
    }

    /// Sets the size of the file. What is foreign is so in full; else what lies behind the bytes that are read is found
    /// too (SEG-038).
    pub(super) fn stretch(&mut self, bytes: u64) {
        self.bytes = bytes;
        for finding in &mut self.findings {
            if finding.r#type() == FindingType::Foreign {
                finding.length = Some(bytes);
                return;
            }
        }
        self.findings.extend(oversized(bytes));
    }

    pub(super) fn scanned(&self) -> ScannedSegment<'_> {
        let bad = self
            .findings
            .iter()
            .find(|finding| is_bad(finding.r#type()));
        ScannedSegment {
            file: &self.file,
            header: self.readable_header(),
            valid_bytes: bad.map_or(self.bytes, Finding::offset),
            is_sealed: self.cursor.is_ended,
            is_whole: self.cursor.is_whole,
        }
    }
}

/// Scans bytes that start at a cursor. The header is needed where the cursor stands behind it.
pub(super) fn scan_segment(
    file: &str,
    header: Option<Header>,
    data: Vec<u8>,
    from: Cursor,
) -> Segment {
    let base = from.offset;
    let (mut records, mut newer_than_me) = (0, 0);
    let mut findings = Vec::new();
    let mut start = None;
    let mut spans = Spans::default();
    let mut scan = scan(&data, from);
    for finding in &mut scan {
        start.get_or_insert(finding.offset);
        match &finding.record {
            Some(record) => {
                records += 1;
                newer_than_me += u64::from(kind_numbered(record.kind).is_none());
                spans.add(record);
            }
            None => findings.push(finding.message()),
        }
    }
    let header = header.or_else(|| scan.header().cloned());
    let cursor = scan.cursor();
    Segment {
        file: file.to_owned(),
        bytes: base + data.len() as u64,
        header,
        records,
        newer_than_me,
        findings,
        standing: Standing {
            standing: SegmentStanding::Unreadable,
            replaced: 0,
        },
        start: start.unwrap_or(cursor.offset),
        spans: spans.finish(cursor.writer),
        cursor,
        data,
        base,
    }
}

/// What is found behind the bytes of a file that are read, of so many (SEG-038).
pub(super) fn oversized(bytes: u64) -> Option<Finding> {
    (bytes > MAX_READ).then(|| Finding {
        r#type: Some(FindingType::Oversized.into()),
        offset: Some(MAX_READ),
        length: Some(bytes - MAX_READ),
        ..Finding::default()
    })
}

fn is_bad(ty: FindingType) -> bool {
    matches!(
        ty,
        FindingType::OpenTail | FindingType::CorruptRange | FindingType::Oversized
    )
}

/// Collects which sequence numbers a segment holds.
#[derive(Default)]
struct Spans {
    /// Records without origin: first and last, which rise.
    own: Option<(u64, u64)>,
    origins: BTreeMap<Id, Span>,
}

impl Spans {
    #[inline]
    fn add(&mut self, record: &RecordFrame<'_>) {
        let Some(origin) = &record.origin else {
            let first = self.own.map_or(record.seq, |(first, _)| first);
            self.own = Some((first, record.seq));
            return;
        };
        let span = self.origins.entry(origin.writer).or_insert(Span {
            writer: origin.writer,
            first: origin.seq,
            last: origin.seq - 1,
            unordered: false,
        });
        span.unordered |= origin.seq <= span.last;
        span.first = span.first.min(origin.seq);
        span.last = span.last.max(origin.seq);
    }

    fn finish(self, writer: Id) -> Vec<Span> {
        let own = self.own.map(|(first, last)| Span {
            writer,
            first,
            last,
            unordered: false,
        });
        self.origins.into_values().chain(own).collect()
    }
}
