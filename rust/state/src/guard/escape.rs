//! Escapes of URLs, of strings in code and of HTML, and letters that look like Latin ones: one byte for each (PRV-091,
//! PRV-094).

use std::ops::RangeInclusive;

use super::automaton::starts_with;
use super::derived::{Derived, Origin, hex_value};
use super::steps::Steps;
use super::survey::{BYTE_FLAGS, ESCAPE};

/// What stands for a code point above ASCII: a byte that no rule knows.
const OTHER: u8 = 0xff;
const ENTITIES: [(&[u8], u8); 5] = [
    (b"amp;", b'&'),
    (b"lt;", b'<'),
    (b"gt;", b'>'),
    (b"quot;", b'"'),
    (b"apos;", b'\''),
];
const MOST_DIGITS: usize = 6;
/// Bytes that letters of Greek and Cyrillic begin with.
pub const TWIN_STARTS: RangeInclusive<u8> = 0xce..=0xd3;
/// Letters of Cyrillic and Greek below U+0500 that look like one of Latin, each with it (PRV-094).
const TWINS: &str = "аa еe оo рp сc хx уy ѕs іi јj һh ӏl АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT ХX УY ҮY αa ιi κk νv οo ρp υu χx ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX";

/// An escape that was read: what it stands for, and the offset behind it.
type Escape = (u8, usize);

/// The text with all its escapes replaced; `None` where it has none.
pub fn without_escapes(text: &[u8], steps: &mut Steps) -> Option<Derived> {
    steps.take(text.len());
    let (mut bytes, mut starts) = (Vec::new(), Vec::new());
    let mut behind = 0;
    while let Some((at, (byte, end))) = next_escape(text, behind) {
        bytes.extend(text.get(behind..at)?);
        bytes.push(byte);
        starts.extend(behind..=at);
        behind = end;
    }
    if behind == 0 {
        return None;
    }
    bytes.extend(text.get(behind..)?);
    starts.extend(behind..=text.len());
    Some(Derived {
        text: bytes,
        origin: Origin::Bytes(starts),
    })
}

/// The first escape that begins at `from` or behind it, and where.
fn next_escape(text: &[u8], from: usize) -> Option<(usize, Escape)> {
    let candidates = text.iter().enumerate().skip(from);
    candidates
        .filter(|(_, byte)| BYTE_FLAGS[usize::from(**byte)] & ESCAPE != 0)
        .find_map(|(at, _)| Some((at, escape_at(text, at)?)))
}

fn escape_at(text: &[u8], at: usize) -> Option<Escape> {
    match text.get(at)? {
        b'%' => hex_escape(text, at + 1, 2),
        b'\\' => backslash_escape(text, at),
        b'&' if text.get(at + 1) == Some(&b'#') => character_reference(text, at + 2),
        b'&' => ENTITIES
            .iter()
            .find(|(name, _)| starts_with(text, at + 1, name))
            .map(|(name, byte)| (*byte, at + 1 + name.len())),
        start if TWIN_STARTS.contains(start) => twin(text, at),
        _ => None,
    }
}

/// A letter of two bytes that looks like one of ASCII.
fn twin(text: &[u8], at: usize) -> Option<Escape> {
    let [first, second] = *text.get(at..at + 2)? else {
        return None;
    };
    let byte = TWIN_OF.get(index_of(first, second)).copied()?;
    (byte != 0 && second >> 6 == 0b10).then_some((byte, at + 2))
}

/// By two bytes of UTF-8, the first one of which is in `TWIN_STARTS`: the byte of ASCII that they look like, 0 for none.
static TWIN_OF: [u8; 6 * 64] = twin_table();

const fn index_of(first: u8, second: u8) -> usize {
    first.wrapping_sub(*TWIN_STARTS.start()) as usize * 64 + (second & 0x3f) as usize
}

const fn twin_table() -> [u8; 6 * 64] {
    let pairs = TWINS.as_bytes();
    let mut table = [0; 6 * 64];
    let mut at = 0;
    while at + 2 < pairs.len() {
        table[index_of(pairs[at], pairs[at + 1])] = pairs[at + 2];
        at += 4;
    }
    table
}

fn backslash_escape(text: &[u8], at: usize) -> Option<Escape> {
    match text.get(at + 1)? {
        b'n' => Some((b'\n', at + 2)),
        b'r' => Some((b'\r', at + 2)),
        b't' => Some((b'\t', at + 2)),
        sign @ (b'"' | b'\'' | b'/' | b'\\' | b'`') => Some((*sign, at + 2)),
        b'x' => hex_escape(text, at + 2, 2),
        b'u' if text.get(at + 2) == Some(&b'{') => number(text, at + 3, b'}', 16),
        b'u' => hex_escape(text, at + 2, 4),
        _ => None,
    }
}

/// `count` hexadecimal digits.
fn hex_escape(text: &[u8], at: usize, count: usize) -> Option<Escape> {
    let digits = text.get(at..at + count)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let value = digits
        .iter()
        .fold(0, |value, digit| value * 16 + hex_value(*digit));
    let byte = if count == 2 {
        u8::try_from(value).unwrap_or(OTHER)
    } else {
        byte_of(value)
    };
    Some((byte, at + count))
}

fn byte_of(code: u32) -> u8 {
    u8::try_from(code)
        .ok()
        .filter(u8::is_ascii)
        .unwrap_or(OTHER)
}

fn character_reference(text: &[u8], at: usize) -> Option<Escape> {
    if matches!(text.get(at), Some(b'x' | b'X')) {
        number(text, at + 1, b';', 16)
    } else {
        number(text, at, b';', 10)
    }
}

/// One to six digits and what ends them.
fn number(text: &[u8], start: usize, terminator: u8, base: u32) -> Option<Escape> {
    let digits = text
        .iter()
        .skip(start)
        .take(MOST_DIGITS)
        .take_while(|digit| char::from(**digit).is_digit(base));
    let (count, value) = digits.fold((0, 0), |(count, value), digit| {
        (count + 1, value * base + hex_value(*digit))
    });
    let end = start + count;
    let is_ended = count > 0 && text.get(end) == Some(&terminator);
    is_ended.then(|| (byte_of(value), end + 1))
}
