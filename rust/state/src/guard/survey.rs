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

/// A run that base64 could be.
pub const RUN: Survey = SHORTEST_RUN as Survey;
/// A byte of such a run behind which base64 may begin anew.
pub const JOINT: Survey = 32;
/// A byte that stands in no such run.
const OUTSIDE: Survey = 64;

/// Bytes that base64 needs at least, without padding.
pub const SHORTEST_RUN: usize = 16;
/// What a run is made of: both alphabets of base64, and with them hexadecimal.
pub static RUN_BYTES: ByteSet = ByteSet::parse("A-Za-z0-9+/_-");
/// What joins words in a run.
pub static JOINTS: ByteSet = ByteSet::parse("+/_-");

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
            joint if JOINTS.has(joint) => JOINT,
            opening if TURN_OPENINGS.has(opening) => TURN,
            0..0x80 => 0,
            lead if *TWIN_STARTS.start() <= lead && lead <= *TWIN_STARTS.end() => {
                NON_ASCII | ESCAPE
            }
            _ => NON_ASCII,
        };
        if !RUN_BYTES.has(byte as u8) {
            table[byte] |= OUTSIDE;
        }
        byte += 1;
    }
    table
}

/// A survey on its way through a text.
#[derive(Clone, Copy, Default)]
pub struct Sight {
    /// What was seen so far.
    pub seen: Survey,
    /// Bytes of the run that ends here.
    run: usize,
}

impl Sight {
    /// Takes the next byte.
    #[inline]
    pub fn take(&mut self, byte: u8) {
        let flags = BYTE_FLAGS[usize::from(byte)];
        let is_inside = flags & OUTSIDE == 0;
        self.run = if is_inside { self.run + 1 } else { 0 };
        // A run that is long enough had 16 to 31 bytes once: bit 4 of their number says it.
        self.seen |= flags | (self.run & SHORTEST_RUN) as Survey;
    }
}
