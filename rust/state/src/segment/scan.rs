//! Scanning the bytes of one segment: SEG-020 … SEG-029. No I/O, no allocation but for the header and seals.

use crc32fast::Hasher;
use memchr::memmem;

pub use super::cursor::Cursor;
pub use super::finding::{Finding, RecordFrame};
use super::frame::{
    FIRST_SKIPPED, MAGIC, RECORD, SEAL, SYNC_TAG, SegmentCrc, Size, parse_frame, read_size,
};
use super::header::{FORMAT_MAJOR, Header, prove_header};
use super::seal::{SEAL_SIZE, parse_seal};
use crate::proto::segment::v1::{FindingType, Seal};

/// Above this sum of sizes of candidates that were not taken, a scan looks no further (SEG-025).
const MAX_WORK: u64 = 64 << 20;
/// Bytes after which the checksum over the file catches up with the scan, while they are still in the cache.
const CHECKSUM_STEP: usize = 32 << 10;

/// Scans the bytes of a file that begin at the offset of the cursor.
#[must_use]
pub fn scan(bytes: &[u8], from: Cursor) -> Scan<'_> {
    Scan {
        bytes,
        base: from.offset,
        at: 0,
        checksummed: 0,
        segment_crc: SegmentCrc::new(&from.segment),
        header: None,
        is_ended: false,
        cursor: from,
    }
}

/// The findings of a file, in the order of their offsets.
#[derive(Debug, Clone)]
pub struct Scan<'a> {
    bytes: &'a [u8],
    /// Offset of the bytes in the file.
    base: u64,
    /// Where the next frame starts in the bytes.
    at: usize,
    /// Bytes that `cursor.crc` covers.
    checksummed: usize,
    segment_crc: SegmentCrc,
    header: Option<Header>,
    is_ended: bool,
    /// Its offset stays behind until the end.
    cursor: Cursor,
}

/// A frame that the scan may go on with, SEG-022.
enum Taken<'a> {
    Record(RecordFrame<'a>, usize),
    Skipped(usize),
    Seal(Seal, usize),
}

impl<'a> Scan<'a> {
    /// The header, once the scan has proved it. A scan that goes on from a cursor does not see it.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Where to go on when the file has grown, SEG-029.
    #[must_use]
    pub fn cursor(mut self) -> Cursor {
        self.checksum();
        self.cursor.offset = self.base + self.at as u64;
        self.cursor
    }

    /// Magic and header. None when both prove, and the scan goes on behind them.
    fn start(&mut self) -> Option<Finding<'a>> {
        let Some(rest) = self.bytes.strip_prefix(&MAGIC) else {
            let ty = if MAGIC.starts_with(self.bytes) {
                FindingType::OpenTail
            } else {
                FindingType::Foreign
            };
            return Some(self.end(ty, 0));
        };
        let frame = parse_frame(rest);
        let proven = frame.and_then(|frame| Some((prove_header(&frame)?, frame.length)));
        let Some((header, length)) = proven else {
            let ty = if is_unfinished(rest) {
                FindingType::OpenTail
            } else {
                FindingType::DamagedHeader
            };
            return Some(self.end(ty, MAGIC.len()));
        };
        let is_newer = header.major != FORMAT_MAJOR;
        if !is_newer {
            self.segment_crc = SegmentCrc::new(&header.segment);
            self.cursor.segment = header.segment;
            self.cursor.writer = header.writer;
            self.cursor.first_seq = header.first_seq;
            self.cursor.last_seq = header.first_seq - 1;
            self.cursor.frames = 2;
            self.at = MAGIC.len() + length;
        }
        self.header = Some(header);
        is_newer.then(|| self.end(FindingType::NewerFormat, MAGIC.len()))
    }

    /// What proves at this place and may stand there, SEG-022.
    #[inline]
    fn prove_at(&self, at: usize) -> Option<Taken<'a>> {
        let unverified = parse_frame(self.bytes.get(at..)?)?;
        let frame = unverified.prove(self.segment_crc)?;
        let length = unverified.length;
        match frame.ty {
            RECORD if frame.seq > self.cursor.last_seq => Some(Taken::Record(
                RecordFrame {
                    kind: frame.kind,
                    seq: frame.seq,
                    origin: frame.origin,
                    payload: frame.payload,
                },
                length,
            )),
            SEAL if length == SEAL_SIZE => Some(Taken::Seal(parse_seal(frame.payload)?, length)),
            FIRST_SKIPPED.. => Some(Taken::Skipped(length)),
            _ => None,
        }
    }

    /// Goes past what was taken.
    #[inline]
    fn accept(&mut self, taken: Taken<'a>) -> Finding<'a> {
        let offset = self.base + self.at as u64;
        let (ty, length, record) = match taken {
            Taken::Record(record, length) => {
                self.cursor.last_seq = record.seq;
                (FindingType::Record, length, Some(record))
            }
            Taken::Skipped(length) => (FindingType::SkippedFrame, length, None),
            Taken::Seal(seal, length) => {
                self.checksum();
                if self.agrees(&seal, offset) {
                    self.cursor.is_ended = true;
                    (FindingType::Seal, length, None)
                } else {
                    self.cursor.is_whole = false;
                    (FindingType::SealMismatch, length, None)
                }
            }
        };
        self.cursor.frames += 1;
        self.at += length;
        if self.at - self.checksummed >= CHECKSUM_STEP {
            self.checksum();
        }
        Finding {
            ty,
            offset,
            length: length as u64,
            record,
        }
    }

    /// Whether a seal says of the bytes before it what the scan has seen, SEG-026.
    fn agrees(&self, seal: &Seal, offset: u64) -> bool {
        let seen = Seal {
            frames: u32::try_from(self.cursor.frames).ok(),
            first_seq: Some(self.cursor.first_seq),
            last_seq: Some(self.cursor.last_seq),
            bytes: Some(offset),
            crc: Some(self.cursor.crc),
            max_stamp: seal.max_stamp,
        };
        if self.cursor.is_clean {
            *seal == seen
        } else {
            seal.bytes == seen.bytes
        }
    }

    /// Goes past bytes that do not prove, SEG-023.
    fn pass(&mut self) -> Finding<'a> {
        let Some(start) = self.find_frame() else {
            return self.end(FindingType::OpenTail, self.at);
        };
        let finding = Finding {
            ty: FindingType::CorruptRange,
            offset: self.base + self.at as u64,
            length: (start - self.at) as u64,
            record: None,
        };
        self.cursor.is_clean = false;
        self.cursor.is_whole = false;
        self.cursor.crc = 0;
        self.at = start;
        finding
    }

    /// Start of the next frame behind a bad range that starts here, SEG-024 and SEG-025.
    fn find_frame(&mut self) -> Option<usize> {
        let mut work = self.cursor.work;
        if let Some((size, _)) = self.candidate(self.at) {
            work += size as u64;
        }
        for tag in sync_tags(self.bytes.get(self.at..)?) {
            for width in 1..=3.min(tag.saturating_sub(1)) {
                if work > MAX_WORK {
                    return None;
                }
                let start = self.at + tag - width;
                let Some((size, _)) = self.candidate(start).filter(|(_, own)| *own == width) else {
                    continue;
                };
                if self.prove_at(start).is_some() {
                    self.cursor.work = work;
                    return Some(start);
                }
                work += size as u64;
            }
        }
        None
    }

    /// Announced size of a candidate and the bytes that the size takes, SEG-024.
    fn candidate(&self, at: usize) -> Option<(usize, usize)> {
        let bytes = self.bytes.get(at..)?;
        match read_size(bytes) {
            Size::Allowed(size, width) if bytes.get(width..)?.starts_with(&SYNC_TAG) => {
                Some((size, width))
            }
            _ => None,
        }
    }

    /// The last finding: all bytes from here on. The cursor stays before them.
    fn end(&mut self, ty: FindingType, from: usize) -> Finding<'a> {
        self.is_ended = true;
        Finding {
            ty,
            offset: self.base + from as u64,
            length: (self.bytes.len() - from) as u64,
            record: None,
        }
    }

    /// Brings the checksum over the file up to the next frame.
    fn checksum(&mut self) {
        if !self.cursor.is_clean {
            return;
        }
        let mut hasher = Hasher::new_with_initial(self.cursor.crc);
        let new = self.bytes.get(self.checksummed..self.at);
        hasher.update(new.unwrap_or_default());
        self.cursor.crc = hasher.finalize();
        self.checksummed = self.at;
    }
}

impl<'a> Iterator for Scan<'a> {
    type Item = Finding<'a>;

    #[inline]
    fn next(&mut self) -> Option<Finding<'a>> {
        if self.is_ended {
            return None;
        }
        if self.cursor.frames == 0
            && let Some(finding) = self.start()
        {
            return Some(finding);
        }
        if self.at >= self.bytes.len() {
            self.is_ended = true;
            return None;
        }
        if self.cursor.is_ended {
            return Some(self.end(FindingType::CorruptRange, self.at));
        }
        Some(match self.prove_at(self.at) {
            Some(taken) => self.accept(taken),
            None => self.pass(),
        })
    }
}

/// Whether the bytes end inside the header frame, and no other frame can be seen in them (SEG-021).
fn is_unfinished(bytes: &[u8]) -> bool {
    let is_cut = match read_size(bytes) {
        Size::Unfinished => true,
        Size::Refused => false,
        Size::Allowed(size, width) => bytes.len() < width + size,
    };
    is_cut && sync_tags(bytes).nth(1).is_none()
}

/// Offsets of the sync tags in the bytes.
fn sync_tags(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memmem::find_iter(bytes, &SYNC_TAG)
}
