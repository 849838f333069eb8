//! Frames of one segment as frames of a new one, byte for byte, each record with its origin (SEG-014, SEG-015). No I/O.

use super::Id;
use super::file::MAX_READ;
use super::frame::{Frame, MAX_SIZE, Origin, SegmentCrc, UnverifiedFrame, push_newer_frame};
use super::header::{FORMAT_MAJOR, FORMAT_MINOR, opening};
use super::seal::{SEAL_SIZE, push_seal};
use super::seed::stamp_of;
use crate::proto::segment::v1::{self, Seal};

/// Bytes that a frame may grow by where it gets an origin and a longer number.
const ORIGIN_ROOM: usize = 64;

/// What a new segment says of itself.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its id: random.
    pub id: Id,
    /// Milliseconds since 1970.
    pub created_at: i64,
    /// Name of the program that writes it.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Target {
    /// The header of a compacted segment that replaces nothing yet.
    pub(super) fn header(&self) -> v1::Header {
        v1::Header {
            format_major: Some(FORMAT_MAJOR),
            format_minor: Some(FORMAT_MINOR),
            segment_id: Some(self.id.to_vec()),
            writer_id: Some(self.id.to_vec()),
            created_at: Some(self.created_at),
            first_seq: Some(1),
            writer_name: Some(self.name.clone()),
            writer_version: Some(self.version.clone()),
            ..v1::Header::default()
        }
    }
}

/// A new segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// All of it but the seal, which is written once this is synced.
    pub body: Vec<u8>,
    /// The seal.
    pub seal: Vec<u8>,
}

/// A new segment as it grows.
pub(super) struct Copy {
    /// Writer of the records that have no origin.
    writer: Id,
    crc: SegmentCrc,
    body: Vec<u8>,
    /// How many records it holds.
    pub records: u64,
    /// How many frames of newer types it holds.
    pub skipped: u64,
    max_stamp: u64,
}

impl Copy {
    /// One without records, under a header, of records of this writer.
    pub fn new(id: &Id, header: &v1::Header, writer: Id) -> Self {
        Self {
            writer,
            crc: SegmentCrc::new(id),
            body: opening(id, header),
            records: 0,
            skipped: 0,
            max_stamp: 0,
        }
    }

    /// Adds a record, with the origin that it has or its place. False, and nothing is added, where an origin finds no room in
    /// its frame, or the frame in a segment that readers read in full (SEG-038).
    pub fn keep_record(&mut self, frame: &UnverifiedFrame<'_>) -> bool {
        let is_too_long =
            (self.body.len() + frame.length + ORIGIN_ROOM + SEAL_SIZE) as u64 > MAX_READ;
        if frame.length > MAX_SIZE - ORIGIN_ROOM || is_too_long {
            return false;
        }
        let Frame {
            ty,
            kind,
            seq,
            origin,
            payload,
        } = frame.frame;
        self.records += 1;
        let writer = self.writer;
        let copy = Frame {
            ty,
            kind,
            seq: self.records,
            origin: origin.or(Some(Origin { writer, seq })),
            payload,
        };
        push_newer_frame(&mut self.body, self.crc, &copy, frame.newer);
        self.keep_stamp(stamp_of(payload).unwrap_or(0));
        true
    }

    /// Adds a frame of a newer type.
    pub fn keep_skipped(&mut self, frame: &UnverifiedFrame<'_>) {
        push_newer_frame(&mut self.body, self.crc, &frame.frame, frame.newer);
        self.skipped += 1;
    }

    /// Takes a stamp into account.
    pub fn keep_stamp(&mut self, stamp: u64) {
        self.max_stamp = self.max_stamp.max(stamp);
    }

    /// Ends it.
    pub fn finish(self) -> Written {
        let seal = Seal {
            frames: u32::try_from(2 + self.records + self.skipped).ok(),
            first_seq: Some(1),
            last_seq: Some(self.records),
            bytes: Some(self.body.len() as u64),
            crc: Some(crc32fast::hash(&self.body)),
            max_stamp: Some(self.max_stamp),
        };
        let mut sealed = Vec::new();
        push_seal(&mut sealed, self.crc, &seal);
        Written {
            body: self.body,
            seal: sealed,
        }
    }
}
