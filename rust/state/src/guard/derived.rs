//! Texts that a text holds in another spelling: escapes, base64, hexadecimal (PRV-090 to PRV-093).

use std::ops::Range;

use super::byte_set::ByteSet;
use super::escape::without_escapes;
use super::steps::Steps;
use super::survey::{ESCAPE, Survey};

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

const SHORTEST_RUN: usize = 16;
const SHORTEST_TEXT: usize = 12;
const SHORTEST_HEX: usize = 24;
/// What a run is made of: both alphabets of base64, and with them hexadecimal.
static RUN: ByteSet = ByteSet::parse("A-Za-z0-9+/_-");
static HEX: ByteSet = ByteSet::parse("0-9A-Fa-f");
static JOINT: ByteSet = ByteSet::parse("+/_-");
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

/// Where the first run starts that base64 could be. A run that looks random is one, too.
pub fn first_run(text: &[u8]) -> Option<usize> {
    RUN.next_run(text, 0, SHORTEST_RUN).map(|run| run.start)
}

/// All texts that the text holds in another spelling, once decoded; `seen` is the survey of it, and `first_run` where its first
/// run starts. Each byte that is read costs a step.
pub fn derived_texts(
    text: &[u8],
    seen: Survey,
    first_run: Option<usize>,
    steps: &mut Steps,
) -> Vec<Derived> {
    let mut found = Vec::new();
    let mut behind = first_run.unwrap_or(text.len());
    while let Some(run) = RUN.next_run(text, behind, SHORTEST_RUN) {
        behind = run.end;
        decode_run(text, &run, steps, &mut found);
    }
    if seen & ESCAPE != 0 {
        found.extend(without_escapes(text, steps));
    }
    found
}

/// Base64 from the start of the run and behind each joint, hexadecimal from the first and second digit of each of its runs.
fn decode_run(text: &[u8], run: &Range<usize>, steps: &mut Steps, found: &mut Vec<Derived>) {
    let Some(digits) = text.get(..run.end) else {
        return;
    };
    let firsts = digits.get(run.start..=run.end - SHORTEST_RUN);
    let mut behind = run.start;
    let mut is_start = true;
    for (digit, at) in firsts.unwrap_or_default().iter().zip(run.start..) {
        if is_start
            && BEGINNING.has(*digit)
            && at >= behind
            && let Some((derived, end)) = digits
                .get(at..)
                .and_then(|rest| decode_base64(rest, at, steps))
        {
            found.push(derived);
            behind = end;
        }
        is_start = JOINT.has(*digit);
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
            push_text(&mut bytes, (bits >> count) & 0xff);
        }
    }
    let end = start + read;
    Some((derived(bytes, start, end)?, end))
}

fn decode_hex(text: &[u8], start: usize, end: usize, steps: &mut Steps) -> Option<Derived> {
    let mut bytes = Vec::new();
    let mut at = start;
    for pair in text.get(start..end)?.chunks_exact(2) {
        let byte = pair
            .iter()
            .fold(0, |value, digit| value * 16 + hex_value(*digit));
        if !push_text(&mut bytes, byte) {
            break;
        }
        at += 2;
    }
    steps.take(at - start);
    derived(bytes, start, at)
}

fn derived(text: Vec<u8>, start: usize, end: usize) -> Option<Derived> {
    (text.len() >= SHORTEST_TEXT).then_some(Derived {
        text,
        origin: Origin::Run(start, end),
    })
}

/// Takes one more byte of text; every other byte of UTF-16 is left out. False where it is no text.
fn push_text(bytes: &mut Vec<u8>, byte: u32) -> bool {
    if byte == 0 && !bytes.is_empty() {
        return true;
    }
    match u8::try_from(byte) {
        Ok(byte) if PRINTABLE.has(byte) => {
            bytes.push(byte);
            true
        }
        _ => false,
    }
}

/// Value of a hexadecimal digit.
pub fn hex_value(digit: u8) -> u32 {
    char::from(digit).to_digit(16).unwrap_or(0)
}
