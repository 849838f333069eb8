//! How far a scan came: SEG-029.

use serde::{Deserialize, Serialize};

use super::Id;

/// How far a scan came, and all that it needs to go on. The default is the start of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Offset of the next frame; 0 as long as the header does not prove.
    pub offset: u64,
    /// Id of the segment.
    pub segment: Id,
    /// Id of its writer.
    pub writer: Id,
    /// First sequence number, from the header.
    pub first_seq: u64,
    /// Last sequence number; `first_seq - 1` before the first record.
    pub last_seq: u64,
    /// Frames so far, the magic one included.
    pub frames: u64,
    /// CRC-32 of the bytes so far; 0 behind a corrupt range, where nobody needs it.
    pub crc: u32,
    /// Sum of the sizes of the candidates that were not taken, open tails left out (SEG-025).
    pub work: u64,
    /// Whether no corrupt range lies before it.
    pub is_clean: bool,
    /// Whether no seal that does not agree lies before it either.
    pub is_whole: bool,
    /// Whether it stands behind a seal that agrees: nothing more is read.
    pub is_ended: bool,
}

impl Default for Cursor {
    fn default() -> Self {
        Self {
            offset: 0,
            segment: Id::default(),
            writer: Id::default(),
            first_seq: 0,
            last_seq: 0,
            frames: 0,
            crc: 0,
            work: 0,
            is_clean: true,
            is_whole: true,
            is_ended: false,
        }
    }
}
