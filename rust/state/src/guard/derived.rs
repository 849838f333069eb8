//! Texts that a text holds in another spelling: escapes, base64, hexadecimal (PRV-090 to PRV-093).

use super::byte_set::ByteSet;
use super::escape::{TWIN_STARTS, without_escapes};
use super::steps::Steps;

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
static JOINT: ByteSet = ByteSet::parse("+/_-");
/// Bytes that begin an escape: percent, backslash, ampersand.
static ESCAPE: ByteSet = ByteSet::parse("%\\&");
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

/// All texts that the text holds in another spelling, once decoded. Each byte that is read costs a step.
pub fn derived_texts(text: &[u8], steps: &mut Steps) -> Vec<Derived> {
    let mut found = Vec::new();
    let mut has_escape = false;
    let mut run_start = 0;
    for at in 0..=text.len() {
        let byte = text.get(at).copied();
        if byte.is_some_and(|byte| RUN.has(byte)) {
            continue;
        }
        has_escape |= byte.is_some_and(|byte| ESCAPE.has(byte) || TWIN_STARTS.contains(&byte));
        if at - run_start >= SHORTEST_RUN {
            decode_run(text, run_start, at, steps, &mut found);
        }
        run_start = at + 1;
    }
    if has_escape {
        found.extend(without_escapes(text, steps));
    }
    found
}

/// Base64 from the start of the run and behind each joint, hexadecimal from the first and second digit of each of its runs.
fn decode_run(
    text: &[u8],
    run_start: usize,
    run_end: usize,
    steps: &mut Steps,
    found: &mut Vec<Derived>,
) {
    let mut hex_start = run_start;
    let mut behind = run_start;
    for at in run_start..=run_end {
        let is_start = at >= behind
            && text.get(at).is_some_and(|digit| is_beginning(*digit))
            && (at == run_start || JOINT.has_before(text, at));
        if is_start && let Some((derived, end)) = decode_base64(text, at, run_end, steps) {
            found.push(derived);
            behind = end;
        }
        if at < run_end && text.get(at).is_some_and(u8::is_ascii_hexdigit) {
            continue;
        }
        if at - hex_start >= SHORTEST_HEX {
            found.extend(
                decode_hex(text, hex_start, at, steps)
                    .or_else(|| decode_hex(text, hex_start + 1, at, steps)),
            );
        }
        hex_start = at + 1;
    }
}

/// Whether the first byte that a first digit of base64 gives can be text.
fn is_beginning(digit: u8) -> bool {
    let value = SEXTETS[usize::from(digit)];
    value < 64 && PRINTABLE.has((value << 2) | 1)
}

/// Decodes from `start` as long as what comes out is text, and gives where it ends; `None` where that is too short.
fn decode_base64(
    text: &[u8],
    start: usize,
    end: usize,
    steps: &mut Steps,
) -> Option<(Derived, usize)> {
    if end - start < SHORTEST_RUN {
        return None;
    }
    let mut bytes = Vec::new();
    let (mut bits, mut count, mut at) = (0_u32, 0_u32, start);
    for digit in text.get(start..end)? {
        bits = ((bits << 6) | u32::from(SEXTETS[usize::from(*digit)])) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            if !push_text(&mut bytes, (bits >> count) & 0xff) {
                break;
            }
        }
        at += 1;
    }
    steps.take(at - start);
    let derived = derived(bytes, start, at)?;
    Some((derived, at))
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
