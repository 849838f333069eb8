//! One frame: SEG-001 … SEG-011.

use crc32fast::Hasher;

use super::Id;
use crate::record::varint::{push_varint, read_varint, varint_size};

/// First frame of every segment, SEG-002.
pub const MAGIC: [u8; 10] = *b"\x09\x79\x89BTN\r\n\x1a\n";
/// Tag and value of `sync`, SEG-004.
pub const SYNC_TAG: [u8; 5] = [0x0d, 0xb5, 0x7e, 0xa7, 0x0e];
/// Most bytes that a size may announce, SEG-001.
pub const MAX_SIZE: usize = 1 << 20;
/// Highest sequence number, SEG-005.
pub const MAX_SEQ: u64 = (1 << 53) - 1;
/// Type of the header frame.
pub const HEADER: u32 = 1;
/// Type of record frames.
pub const RECORD: u32 = 2;
/// Type of the seal frame.
pub const SEAL: u32 = 3;
/// Lowest type that a reader skips, SEG-006.
pub const FIRST_SKIPPED: u32 = 128;

/// Bytes of the preimage between the segment id and the payload.
const PREIMAGE_SIZE: usize = 44;

const TAG_TYPE: u8 = 0x10;
const TAG_KIND: u8 = 0x18;
const TAG_SEQ: u8 = 0x20;
/// Tag of `origin`, its length, and the tag and length of `writer`.
const ORIGIN_START: [u8; 4] = [0x2a, 27, 0x0a, 16];
const TAG_ORIGIN_SEQ: u8 = 0x11;
const TAG_CRC: u8 = 0x35;
const TAG_PAYLOAD: u8 = 0x3a;
const FIRST_NEWER_FIELD: u64 = 8;
const MAGIC_FIELD: u64 = 15;

/// Where a record was first written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Id of its writer.
    pub writer: Id,
    /// Its sequence number there.
    pub seq: u64,
}

/// What a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// `HEADER`, `RECORD`, `SEAL`, or `FIRST_SKIPPED` and above.
    pub ty: u32,
    /// Kind of the record; 0 in other frames.
    pub kind: u32,
    /// Sequence number of the record; 0 in other frames.
    pub seq: u64,
    /// Only in records, and there only in compacted segments.
    pub origin: Option<Origin>,
    /// Header, record or seal, encoded.
    pub payload: &'a [u8],
}

/// A frame that is encoded as SEG-003 says, and whose checksum nobody has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnverifiedFrame<'a> {
    /// What it says.
    pub frame: Frame<'a>,
    /// The checksum that it holds.
    pub crc: u32,
    /// Its bytes, those of the size included.
    pub length: usize,
    /// Its fields of a newer minor version, encoded; the checksum does not cover them (SEG-003).
    pub newer: &'a [u8],
}

impl<'a> UnverifiedFrame<'a> {
    /// The frame, if its checksum agrees (SEG-011).
    #[inline]
    #[must_use]
    pub fn prove(&self, segment: SegmentCrc) -> Option<Frame<'a>> {
        (segment.crc_of(&self.frame) == self.crc).then_some(self.frame)
    }
}

/// CRC-32 of a segment id: how the checksum of every frame of that segment starts (SEG-010).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentCrc(u32);

impl SegmentCrc {
    /// Of this segment.
    #[must_use]
    pub fn new(segment: &Id) -> Self {
        Self(crc32fast::hash(segment))
    }

    /// Checksum of a frame of the segment (SEG-010).
    #[inline]
    #[must_use]
    pub fn crc_of(self, frame: &Frame<'_>) -> u32 {
        let mut preimage = [0_u8; 256];
        let (ty, rest) = preimage.split_at_mut(4);
        let (kind, rest) = rest.split_at_mut(4);
        let (seq, rest) = rest.split_at_mut(8);
        let (writer, rest) = rest.split_at_mut(16);
        let (origin_seq, rest) = rest.split_at_mut(8);
        let (length, rest) = rest.split_at_mut(4);
        ty.copy_from_slice(&frame.ty.to_le_bytes());
        kind.copy_from_slice(&frame.kind.to_le_bytes());
        seq.copy_from_slice(&frame.seq.to_le_bytes());
        if let Some(origin) = &frame.origin {
            writer.copy_from_slice(&origin.writer);
            origin_seq.copy_from_slice(&origin.seq.to_le_bytes());
        }
        length.copy_from_slice(&(frame.payload.len() as u32).to_le_bytes());
        let mut hasher = Hasher::new_with_initial(self.0);
        // One stretch of bytes is checksummed faster than two.
        match rest.get_mut(..frame.payload.len()) {
            Some(payload) => {
                payload.copy_from_slice(frame.payload);
                let whole = PREIMAGE_SIZE + frame.payload.len();
                hasher.update(preimage.get(..whole).unwrap_or_default());
            }
            None => {
                hasher.update(preimage.get(..PREIMAGE_SIZE).unwrap_or_default());
                hasher.update(frame.payload);
            }
        }
        hasher.finalize()
    }
}

/// Size of a frame, as it stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// The bytes end before the size does.
    Unfinished,
    /// Not minimal, 0, or above `MAX_SIZE`.
    Refused,
    /// A size, and the bytes that it takes itself.
    Allowed(usize, usize),
}

/// Reads the size at the start of the bytes (SEG-001).
#[inline]
#[must_use]
pub fn read_size(bytes: &[u8]) -> Size {
    let (size, width) = match *bytes {
        [a, ..] if a < 0x80 => (usize::from(a), 1),
        [a, b, ..] if b < 0x80 => (usize::from(a & 0x7f) | usize::from(b) << 7, 2),
        [a, b, c, ..] => {
            let size = usize::from(a & 0x7f) | usize::from(b & 0x7f) << 7 | usize::from(c) << 14;
            (size, 3)
        }
        _ => return Size::Unfinished,
    };
    let minimal = width == 1 || size >> (7 * (width - 1)) != 0;
    if minimal && (1..=MAX_SIZE).contains(&size) {
        Size::Allowed(size, width)
    } else {
        Size::Refused
    }
}

/// Reads the frame at the start of the bytes, which may go on behind it. None where it is not encoded as SEG-001 and
/// SEG-003 to SEG-006 say, or does not end inside the bytes.
#[inline]
#[must_use]
pub fn parse_frame(bytes: &[u8]) -> Option<UnverifiedFrame<'_>> {
    let Size::Allowed(size, width) = read_size(bytes) else {
        return None;
    };
    let body = bytes.get(width..width + size)?;
    let rest = body.strip_prefix(&SYNC_TAG)?;
    let (ty, mut rest) = read_minimal(rest.strip_prefix(&[TAG_TYPE])?)?;
    let ty = u32::try_from(ty).ok().filter(|ty| *ty <= i32::MAX as u32)?;
    let (mut kind, mut seq, mut origin) = (0, 0, None);
    match ty {
        RECORD => {
            let (number, behind) = read_minimal(rest.strip_prefix(&[TAG_KIND])?)?;
            kind = u32::try_from(number).ok().filter(|kind| *kind != 0)?;
            (seq, rest) = read_minimal(behind.strip_prefix(&[TAG_SEQ])?)?;
            if !(1..=MAX_SEQ).contains(&seq) {
                return None;
            }
            if let Some(behind) = rest.strip_prefix(&ORIGIN_START) {
                let (writer, behind) = behind.split_first_chunk::<16>()?;
                let (number, behind) = behind
                    .strip_prefix(&[TAG_ORIGIN_SEQ])?
                    .split_first_chunk()?;
                let seq = u64::from_le_bytes(*number);
                if !(1..=MAX_SEQ).contains(&seq) {
                    return None;
                }
                origin = Some(Origin {
                    writer: *writer,
                    seq,
                });
                rest = behind;
            }
        }
        HEADER | SEAL | FIRST_SKIPPED.. => {}
        _ => return None,
    }
    let (crc, rest) = rest.strip_prefix(&[TAG_CRC])?.split_first_chunk()?;
    let (length, rest) = read_minimal(rest.strip_prefix(&[TAG_PAYLOAD])?)?;
    let (payload, newer) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    if !newer.is_empty() {
        check_newer_fields(newer)?;
    }
    Some(UnverifiedFrame {
        frame: Frame {
            ty,
            kind,
            seq,
            origin,
            payload,
        },
        crc: u32::from_le_bytes(*crc),
        length: width + size,
        newer,
    })
}

/// Appends a frame of the segment. The caller keeps to SEG-005 and to `MAX_SIZE`.
pub fn push_frame(out: &mut Vec<u8>, segment: SegmentCrc, frame: &Frame<'_>) {
    push_newer_frame(out, segment, frame, &[]);
}

/// As `push_frame`, with the fields of a newer minor version that a frame had where it is copied from.
pub fn push_newer_frame(out: &mut Vec<u8>, segment: SegmentCrc, frame: &Frame<'_>, newer: &[u8]) {
    let mut start = Vec::with_capacity(64);
    start.extend_from_slice(&SYNC_TAG);
    start.push(TAG_TYPE);
    push_varint(&mut start, u64::from(frame.ty));
    if frame.ty == RECORD {
        start.push(TAG_KIND);
        push_varint(&mut start, u64::from(frame.kind));
        start.push(TAG_SEQ);
        push_varint(&mut start, frame.seq);
    }
    if let Some(origin) = &frame.origin {
        start.extend_from_slice(&ORIGIN_START);
        start.extend_from_slice(&origin.writer);
        start.push(TAG_ORIGIN_SEQ);
        start.extend_from_slice(&origin.seq.to_le_bytes());
    }
    start.push(TAG_CRC);
    start.extend_from_slice(&segment.crc_of(frame).to_le_bytes());
    start.push(TAG_PAYLOAD);
    push_varint(&mut start, frame.payload.len() as u64);
    push_varint(
        out,
        (start.len() + frame.payload.len() + newer.len()) as u64,
    );
    out.extend_from_slice(&start);
    out.extend_from_slice(frame.payload);
    out.extend_from_slice(newer);
}

/// Reads a minimal varint (SEG-003).
#[inline(always)]
fn read_minimal(bytes: &[u8]) -> Option<(u64, &[u8])> {
    match bytes {
        [a, rest @ ..] if *a < 0x80 => Some((u64::from(*a), rest)),
        [a, b, rest @ ..] if (1..0x80).contains(b) => {
            Some((u64::from(a & 0x7f) | u64::from(*b) << 7, rest))
        }
        [a, b, c, rest @ ..] if *b >= 0x80 && (1..0x80).contains(c) => {
            let low = u64::from(a & 0x7f) | u64::from(b & 0x7f) << 7;
            Some((low | u64::from(*c) << 14, rest))
        }
        _ => read_long_minimal(bytes),
    }
}

fn read_long_minimal(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (value, rest) = read_varint(bytes)?;
    (bytes.len() - rest.len() == varint_size(value)).then_some((value, rest))
}

/// Refuses fields that no newer minor version may add (SEG-003).
fn check_newer_fields(bytes: &[u8]) -> Option<()> {
    let (mut rest, mut last) = (bytes, FIRST_NEWER_FIELD);
    while !rest.is_empty() {
        let (tag, behind) = read_minimal(rest)?;
        let number = tag >> 3;
        if tag > u64::from(u32::MAX) || number < last || number == MAGIC_FIELD {
            return None;
        }
        last = number;
        rest = match tag & 7 {
            0 => read_minimal(behind)?.1,
            1 => behind.get(8..)?,
            2 => {
                let (length, behind) = read_minimal(behind)?;
                behind.get(usize::try_from(length).ok()?..)?
            }
            5 => behind.get(4..)?,
            _ => return None,
        };
    }
    Some(())
}
