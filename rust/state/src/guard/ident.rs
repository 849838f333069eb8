//! Identifiers in their declared shapes (PRV-012 to PRV-018). Every function gives the first offset that does not fit.

use super::byte_set::{ALPHANUMERIC, ByteSet};
use crate::record::schema::IdentShape;

static IDENT: ByteSet = ByteSet::parse("A-Za-z0-9._:@/+-");
static FIRST: ByteSet = ByteSet::parse("A-Za-z0-9@");
static NAME: ByteSet = ByteSet::parse("A-Za-z0-9._-");
static LOWER_SEGMENT: ByteSet = ByteSet::parse("a-z0-9._-");
static LABEL: ByteSet = ByteSet::parse("A-Za-z0-9-");
static LOWER: ByteSet = ByteSet::parse("a-z");
static HEX: ByteSet = ByteSet::parse("0-9a-f");
static DIGITS: ByteSet = ByteSet::parse("0-9");

/// First offset at which the text does not fit the shape, the length where it ends too early; `None` where it fits.
pub fn misfit(shape: IdentShape, text: &[u8]) -> Option<usize> {
    let set = || IDENT.misfit(text, 0, text.len());
    match shape {
        IdentShape::Any if !FIRST.has_at(text, 0) => Some(0),
        IdentShape::Any => worse(set(), misfit_of_segments(text, true)),
        IdentShape::Name if !ALPHANUMERIC.has_at(text, 0) => Some(0),
        IdentShape::Name => NAME.misfit(text, 1, text.len()),
        IdentShape::Alias => misfit_of_alias(text),
        IdentShape::Workspace => misfit_of_alias(text).and_then(|_| misfit_of_workspace(text)),
        IdentShape::Host => misfit_of_host(text, 0, text.len()),
        IdentShape::Model => worse(set(), misfit_of_segments(text, false)),
        IdentShape::Time => misfit_of_rfc3339(text).and_then(|_| misfit_of_reset(text)),
    }
}

/// The host name, with an optional port, in `start..end`: labels of letters, digits and inner hyphens (RFC 1123).
pub fn misfit_of_host(text: &[u8], start: usize, end: usize) -> Option<usize> {
    let before_is_minus =
        |at: usize| at.checked_sub(1).and_then(|before| text.get(before)) == Some(&b'-');
    let mut label_start = start;
    let mut at = start;
    while at < end && text.get(at) != Some(&b':') {
        let byte = text.get(at);
        if byte == Some(&b'.') {
            if at == label_start || before_is_minus(at) {
                return Some(at);
            }
            label_start = at + 1;
        } else if !LABEL.has_at(text, at)
            || (byte == Some(&b'-') && at == label_start)
            || at - label_start > 62
        {
            return Some(at);
        }
        at += 1;
    }
    if at == label_start || before_is_minus(at) {
        return Some(at);
    }
    if at == end {
        None
    } else {
        misfit_of_port(text, at + 1, end)
    }
}

/// A port from 1 to 65535 in `start..end`.
pub fn misfit_of_port(text: &[u8], start: usize, end: usize) -> Option<usize> {
    let mut port: u32 = 0;
    for at in start..end {
        let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) else {
            return Some(at);
        };
        port = port * 10 + u32::from(digit - b'0');
        if port == 0 || port > 65535 {
            return Some(at);
        }
    }
    (start == end).then_some(end)
}

/// Whether `start..end` is "." or "..".
pub fn is_dots(text: &[u8], start: usize, end: usize) -> bool {
    matches!(text.get(start..end), Some(b"." | b".."))
}

/// Start of the first empty segment, "." or ".." between slashes; `trailing` allows a slash at the end.
fn misfit_of_segments(text: &[u8], trailing: bool) -> Option<usize> {
    let mut start = 0;
    for segment in text.split(|byte| *byte == b'/') {
        let end = start + segment.len();
        let is_empty = segment.is_empty() && !(trailing && end == text.len());
        if is_empty || matches!(segment, b"." | b"..") {
            return Some(start);
        }
        start = end + 1;
    }
    None
}

fn misfit_of_alias(text: &[u8]) -> Option<usize> {
    let at = LOWER.run_end(text, 0).min(2);
    if at == 0 || text.get(at) != Some(&b'-') {
        return Some(at);
    }
    let end = text.len().min(at + 17);
    HEX.misfit(text, at + 1, end)
        .or((text.len() != at + 17).then_some(end))
}

/// host/owner/repo, all in lower case; deeper groups are allowed.
fn misfit_of_workspace(text: &[u8]) -> Option<usize> {
    let Some(host_end) = text.iter().position(|byte| *byte == b'/') else {
        return Some(text.len());
    };
    if let Some(misfit) = misfit_of_host(text, 0, host_end) {
        return Some(misfit);
    }
    let mut segments = 0;
    let mut start = host_end + 1;
    for at in host_end + 1..=text.len() {
        if LOWER_SEGMENT.has_at(text, at) {
            continue;
        }
        if at < text.len() && text.get(at) != Some(&b'/') {
            return Some(at);
        }
        if at == start || text.get(start) == Some(&b'-') || is_dots(text, start, at) {
            return Some(start);
        }
        segments += 1;
        start = at + 1;
    }
    let upper = text.iter().take(host_end).position(u8::is_ascii_uppercase);
    upper.or((segments < 2).then_some(text.len()))
}

/// Date, "T", time with optional fraction, "Z" or an offset.
fn misfit_of_rfc3339(text: &[u8]) -> Option<usize> {
    let fits = |pattern: &[u8], from: usize| {
        pattern.iter().zip(from..).find_map(|(want, at)| {
            let fits = match want {
                b'd' => DIGITS.has_at(text, at),
                byte => text.get(at) == Some(byte),
            };
            (!fits).then_some(at)
        })
    };
    if let Some(misfit) = fits(b"dddd-dd-ddTdd:dd:dd", 0) {
        return Some(misfit);
    }
    let at = match fraction_end(text, 19) {
        Ok(at) => at,
        Err(misfit) => return Some(misfit),
    };
    let end = match text.get(at) {
        Some(b'Z') => at + 1,
        Some(b'+' | b'-') => match fits(b"dd:dd", at + 1) {
            Some(misfit) => return Some(misfit),
            None => at + 6,
        },
        _ => return Some(at),
    };
    (end != text.len()).then_some(end)
}

/// A number, or up to five numbers each with a unit of time, such as 60, 1718000000.5 and 6m0s.
fn misfit_of_reset(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for count in 0..5 {
        let whole = at;
        at = DIGITS.run_end(text, at);
        if at == whole || at - whole > 20 {
            return Some(at);
        }
        at = match fraction_end(text, at) {
            Ok(at) => at,
            Err(misfit) => return Some(misfit),
        };
        if at == text.len() {
            return (count != 0).then_some(at);
        }
        at += unit_at(text, at);
        if at == text.len() {
            return None;
        }
        if !DIGITS.has_at(text, at) {
            return Some(at);
        }
    }
    Some(at)
}

/// Offset behind the optional fraction of one to nine digits at `at`, or the offset at which it does not fit.
fn fraction_end(text: &[u8], at: usize) -> Result<usize, usize> {
    if text.get(at) != Some(&b'.') {
        return Ok(at);
    }
    let end = DIGITS.run_end(text, at + 1);
    if end == at + 1 || end - at > 10 {
        Err(end)
    } else {
        Ok(end)
    }
}

/// Bytes that the unit of time at `at` takes: d, h, m, s, ms, us, ns; 0 for none.
fn unit_at(text: &[u8], at: usize) -> usize {
    match (text.get(at), text.get(at + 1)) {
        (Some(b'm' | b'u' | b'n'), Some(b's')) => 2,
        (Some(b'd' | b'h' | b'm' | b's'), _) => 1,
        _ => 0,
    }
}

/// The offence that comes first of two.
fn worse(a: Option<usize>, b: Option<usize>) -> Option<usize> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        _ => a.or(b),
    }
}
