//! What a scan finds (`docs/segment-format.md`, section 4).

use super::frame::Origin;
use crate::proto::segment::v1::{self, FindingType};

/// A record as its frame has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordFrame<'a> {
    /// Kind number.
    pub kind: u32,
    /// Sequence number in this segment.
    pub seq: u64,
    /// Where it was first written, in compacted segments.
    pub origin: Option<Origin>,
    /// The record, encoded.
    pub payload: &'a [u8],
}

/// What a scan finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding<'a> {
    /// What was found.
    pub ty: FindingType,
    /// Offset of its first byte in the file.
    pub offset: u64,
    /// Its bytes.
    pub length: u64,
    /// Only with `Record`.
    pub record: Option<RecordFrame<'a>>,
}

impl Finding<'_> {
    /// The finding as programs print it.
    #[must_use]
    pub fn message(&self) -> v1::Finding {
        v1::Finding {
            r#type: Some(self.ty.into()),
            offset: Some(self.offset),
            length: Some(self.length),
            seq: self.record.map(|record| record.seq),
            kind: self.record.map(|record| record.kind),
        }
    }
}
