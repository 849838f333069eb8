//! What a text holds at a glance, from the pass that looks for secrets: it says which of the slower looks are needed at all.

use super::byte_set::ByteSet;
use super::escape::TWIN_STARTS;

/// Bits of a survey.
pub type Survey = u8;

/// A byte above ASCII.
pub const NON_ASCII: Survey = 1;
/// A byte that may begin an escape: percent, backslash, ampersand, and those that letters of Greek and Cyrillic begin with.
pub const ESCAPE: Survey = 2;
/// An at sign.
pub const AT: Survey = 4;
/// A byte that the mark of a turn may begin with.
pub const TURN: Survey = 8;

/// What marks of turns begin with; the lint of the rule pack sees to it.
pub static TURN_OPENINGS: ByteSet = ByteSet::parse("<|[~");

/// By byte: its bits of the survey.
pub static BYTE_FLAGS: [Survey; 256] = byte_flags();

const fn byte_flags() -> [Survey; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'%' | b'\\' | b'&' => ESCAPE,
            b'@' => AT,
            opening if TURN_OPENINGS.has(opening) => TURN,
            0..0x80 => 0,
            lead if *TWIN_STARTS.start() <= lead && lead <= *TWIN_STARTS.end() => {
                NON_ASCII | ESCAPE
            }
            _ => NON_ASCII,
        };
        byte += 1;
    }
    table
}
