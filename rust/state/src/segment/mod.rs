//! Segment files (`docs/segment-format.md`): frames, scanning, folders, writing.

mod copy;
mod cursor;
pub mod disk;
pub mod export;
mod file;
mod finding;
pub mod folder;
pub mod follow;
pub mod frame;
pub mod header;
pub mod judge;
pub mod open;
pub mod quarantine;
pub mod recover;
pub mod replace;
pub mod scan;
mod scanned;
pub mod seal;
pub mod seed;
pub mod stream;
pub mod verify;
pub mod writer;

pub use file::{MAX_READ, read_part};

/// Random id of a segment or of a writer.
pub type Id = [u8; 16];

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}
