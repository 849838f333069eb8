//! Texts that a text holds in another spelling: escapes, base64, hexadecimal (PRV-090 to PRV-093).

use std::ops::Range;

use super::byte_set::ByteSet;
use super::escape::without_escapes;
use super::steps::Steps;
use super::survey::{ESCAPE, JOINT, JOINTS, RUN, RUN_BYTES, SHORTEST_RUN, Survey};

/// A derived text, and where its bytes come from.
pub struct Derived {
    /// Its bytes.
    pub text: Vec<u8>,
    /// What of the original gave them.
    pub origin: Origin,
}

/// What of the original gave a derived text.
pub enum Origin {
    /// By byte: its first byte in the original; one more for the end.
    Bytes(Vec<usize>),
    /// All of it this range.
    Run(usize, usize),
}

const SHORTEST_TEXT: usize = 12;
const SHORTEST_HEX: usize = 24;
static HEX: ByteSet = ByteSet::parse("0-9A-Fa-f");
/// Bytes of text: printable ASCII, tabulator and line breaks.
static PRINTABLE: ByteSet = ByteSet::parse(" -~\t\n\r");
/// Value of a digit of base64, in both alphabets; 64 for all other bytes.
static SEXTETS: [u8; 256] = sextets();

const fn sextets() -> [u8; 256] {
    let mut table = [64; 256];
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut value = 0;
    while value < digits.len() {
        table[digits[value] as usize] = value as u8;
        value += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
}

/// First digits of base64 whose byte can be text.
static BEGINNING: ByteSet = ByteSet::parse("CDI-Za-f");

/// The first run that base64 could be; `seen` is the survey of the text. A run that looks random is one, too.
pub fn first_run(text: &[u8], seen: Survey) -> Option<Range<usize>> {
    let has_run = seen & RUN != 0;
    has_run.then(|| RUN_BYTES.next_run(text, 0, SHORTEST_RUN))?
}

/// All texts that the text holds in another spelling, once decoded; `seen` is the survey of it, and `first_run` its
/// first run. Each byte that is read costs a step.
pub fn derived_texts(
    text: &[u8],
    seen: Survey,
    first_run: Option<Range<usize>>,
    steps: &mut Steps,
) -> Vec<Derived> {
    let mut found = Vec::new();
    let mut next = first_run;
    while let Some(run) = next {
        decode_run(text, &run, seen, steps, &mut found);
        next = RUN_BYTES.next_run(text, run.end, SHORTEST_RUN);
    }
    if seen & ESCAPE != 0 {
        found.extend(without_escapes(text, steps));
    }
    found
}

/// Base64 from the start of the run and behind each joint, hexadecimal from the first and second digit of each of its runs.
fn decode_run(
    text: &[u8],
    run: &Range<usize>,
    seen: Survey,
    steps: &mut Steps,
    found: &mut Vec<Derived>,
) {
    let Some(digits) = text.get(..run.end) else {
        return;
    };
    let mut start = run.start;
    while start + SHORTEST_RUN <= run.end {
        let rest = digits
            .get(start..)
            .filter(|_| BEGINNING.has_at(digits, start));
        let behind = match rest.and_then(|rest| decode_base64(rest, start, steps)) {
            Some((derived, end)) => {
                found.push(derived);
                end - 1
            }
            None => start,
        };
        let joint = (seen & JOINT != 0).then(|| JOINTS.next_member(digits, behind));
        match joint.flatten() {
            Some(joint) => start = joint + 1,
            None => break,
        }
    }
    let mut behind = run.start;
    while let Some(run) = HEX.next_run(digits, behind, SHORTEST_HEX) {
        behind = run.end;
        found.extend(
            decode_hex(text, run.start, run.end, steps)
                .or_else(|| decode_hex(text, run.start + 1, run.end, steps)),
        );
    }
}

/// Decodes digits, which begin at `start`, as long as what comes out is text, and gives where it ends; `None` where that is
/// too short.
fn decode_base64(digits: &[u8], start: usize, steps: &mut Steps) -> Option<(Derived, usize)> {
    let (mut bits, mut count, mut read, mut length) = (0_u32, 0_u32, 0, 0);
    for digit in digits {
        bits = ((bits << 6) | u32::from(SEXTETS[usize::from(*digit)])) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            let byte = (bits >> count) as u8;
            if PRINTABLE.has(byte) {
                length += 1;
            } else if byte != 0 || length == 0 {
                break;
            }
        }
        read += 1;
    }
    steps.take(read);
    if length < SHORTEST_TEXT {
        return None;
    }
    let mut bytes = Vec::with_capacity(length);
    (bits, count) = (0, 0);
    for digit in digits.iter().take(read) {
        bits = ((bits << 6) | u32::from(SEXTETS[usize::from(*digit)])) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.extend(Some((bits >> count) as u8).filter(|byte| *byte != 0));
        }
    }
    let end = start + read;
    Some((derived(bytes, start, end), end))
}

fn decode_hex(text: &[u8], start: usize, end: usize, steps: &mut Steps) -> Option<Derived> {
    let bytes = text.get(start..end)?.chunks_exact(2).map(|pair| {
        let digits = pair.iter().map(|digit| hex_value(*digit));
        digits.fold(0, |value, digit| value * 16 + digit) as u8
    });
    let mut length = 0;
    let is_text = |byte: &u8| {
        let is_text = PRINTABLE.has(*byte);
        length += usize::from(is_text);
        is_text || *byte == 0 && length > 0
    };
    let read = bytes.clone().take_while(is_text).count();
    steps.take(read * 2);
    if length < SHORTEST_TEXT {
        return None;
    }
    let text = bytes.take(read).filter(|byte| *byte != 0).collect();
    Some(derived(text, start, start + read * 2))
}

fn derived(text: Vec<u8>, start: usize, end: usize) -> Derived {
    let origin = Origin::Run(start, end);
    Derived { text, origin }
}

/// Value of a hexadecimal digit.
pub fn hex_value(digit: u8) -> u32 {
    char::from(digit).to_digit(16).unwrap_or(0)
}
