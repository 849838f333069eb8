//! The seal of a segment: SEG-016.

use prost::Message;

use super::frame::{Frame, SEAL, SegmentCrc, push_frame};
use crate::proto::segment::v1::Seal;

/// Bytes of a seal frame with its size.
pub const SEAL_SIZE: usize = 61;
/// Bytes of its payload.
const PAYLOAD_SIZE: usize = 46;

/// The seal that a payload holds. None unless it has exactly its six fields, in the order of their numbers.
#[must_use]
pub fn parse_seal(payload: &[u8]) -> Option<Seal> {
    let seal = Seal::decode(payload).ok()?;
    (payload.len() == PAYLOAD_SIZE && seal.encode_to_vec() == payload).then_some(seal)
}

/// Appends the seal: the end of a segment.
pub fn push_seal(out: &mut Vec<u8>, segment: SegmentCrc, seal: &Seal) {
    let payload = seal.encode_to_vec();
    let frame = Frame {
        ty: SEAL,
        kind: 0,
        seq: 0,
        origin: None,
        payload: &payload,
    };
    push_frame(out, segment, &frame);
}
