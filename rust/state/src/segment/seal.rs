//! The seal of a segment: SEG-016.

use prost::Message;

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
