//! The header of a segment: SEG-012.

use prost::Message;

use super::Id;
use super::frame::{Frame, HEADER, MAGIC, MAX_SEQ, SegmentCrc, UnverifiedFrame, push_frame};
use crate::r#gen::tables::SEGMENT_HEADER;
use crate::proto::segment::v1;
use crate::record::wire::check_message;

/// Major version of the format that this program reads and writes.
pub const FORMAT_MAJOR: u32 = 1;
/// Minor version that it writes.
pub const FORMAT_MINOR: u32 = 0;

/// A segment that a compacted one replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replaced {
    /// Its id.
    pub segment: Id,
    /// Bytes of it that are replaced; frames behind still count.
    pub bytes: u64,
}

/// A header that proves.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Major version of the format.
    pub major: u32,
    /// Id of the segment.
    pub segment: Id,
    /// Id of its writer.
    pub writer: Id,
    /// Sequence number of its first record, at least 1.
    pub first_seq: u64,
    /// What it replaces; a compacted segment is one that replaces something.
    pub replaces: Vec<Replaced>,
    /// The message, with all that a segment may go without.
    pub message: v1::Header,
}

/// The header that a frame holds. None where the frame is no header or does not prove (SEG-011, SEG-012).
#[must_use]
pub fn prove_header(frame: &UnverifiedFrame<'_>) -> Option<Header> {
    let payload = frame.frame.payload;
    if frame.frame.ty != HEADER || check_message(&SEGMENT_HEADER, payload).is_err() {
        return None;
    }
    let message = v1::Header::decode(payload).ok()?;
    let segment = id_of(message.segment_id.as_deref())?;
    frame.prove(SegmentCrc::new(&segment))?;
    let replaces = message.replaces.iter().map(|replaced| {
        Some(Replaced {
            segment: id_of(replaced.segment_id.as_deref())?,
            bytes: replaced.bytes.filter(|bytes| *bytes <= MAX_SEQ)?,
        })
    });
    Some(Header {
        major: message.format_major?,
        segment,
        writer: id_of(message.writer_id.as_deref())?,
        first_seq: message
            .first_seq
            .filter(|seq| (1..=MAX_SEQ).contains(seq))?,
        replaces: replaces.collect::<Option<_>>()?,
        message,
    })
}

/// Magic and header frame: the start of a new segment of this id.
#[must_use]
pub fn opening(segment: &Id, header: &v1::Header) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    let payload = header.encode_to_vec();
    let frame = Frame {
        ty: HEADER,
        kind: 0,
        seq: 0,
        origin: None,
        payload: &payload,
    };
    push_frame(&mut out, SegmentCrc::new(segment), &frame);
    out
}

fn id_of(bytes: Option<&[u8]>) -> Option<Id> {
    bytes?.try_into().ok()
}
