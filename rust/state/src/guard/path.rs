//! Paths inside a repository, and git references.

use super::alphabet::Alphabet;
use super::byte_set::ByteSet;
use super::finding::Finding;
use super::survey::Survey;

/// Printable ASCII but " * : ; < > ? \ ^ ` { | } ~
static PATH: ByteSet = ByteSet::parse(" !#$%&'()+,./0-9=@A-Z[]_a-z-");
/// Printable ASCII but space ~ ^ : ? * [ \ (git check-ref-format, rules 4, 5 and 10)
static REF: ByteSet = ByteSet::parse("!-)+-./0-9;->@A-Z]_`a-z{-}");

/// A path relative to the repository (PRV-020): segments between single slashes, none of them "." or "..", no space at an
/// end of one, no leading "-" or "/"; no drive, "~" or backslash, because these bytes may not stand there at all.
pub fn path_offence(alphabet: &Alphabet, path: &str, seen: Survey) -> Option<Finding> {
    if let Some(offence) = alphabet.read_words(path, seen, &PATH).offence {
        return Some(offence);
    }
    let text = path.as_bytes();
    if text.first() == Some(&b'-') {
        return Some(Finding::at("path", text, 0));
    }
    let mut start = 0;
    for segment in text.split(|byte| *byte == b'/') {
        let end = start + segment.len();
        if matches!(segment, b"" | b"." | b".." | [b' ', ..]) {
            return Some(Finding::at("path", text, start));
        }
        if segment.ends_with(b" ") {
            return Some(Finding::at("path", text, end - 1));
        }
        start = end + 1;
    }
    None
}

/// A branch or reference name (PRV-021): the rules of git check-ref-format with one level allowed, and no leading "-".
pub fn ref_offence(alphabet: &Alphabet, name: &str, seen: Survey) -> Option<Finding> {
    if let Some(offence) = alphabet.read_words(name, seen, &REF).offence {
        return Some(offence);
    }
    let text = name.as_bytes();
    if text.first() == Some(&b'-') || name == "@" {
        return Some(Finding::at("ref", text, 0));
    }
    let mut start = 0;
    for at in 0..=text.len() {
        let byte = text.get(at).copied();
        let next = text.get(at + 1).copied();
        if matches!(
            (byte, next),
            (Some(b'.'), Some(b'.')) | (Some(b'@'), Some(b'{'))
        ) {
            return Some(Finding::at("ref", text, at));
        }
        if byte.is_some_and(|byte| byte != b'/') {
            continue;
        }
        if at == start || text.get(start) == Some(&b'.') {
            return Some(Finding::at("ref", text, start));
        }
        if text
            .get(start..at)
            .is_some_and(|level| level.ends_with(b".lock"))
        {
            return Some(Finding::at("ref", text, at - 5));
        }
        start = at + 1;
    }
    name.ends_with('.')
        .then(|| Finding::at("ref", text, text.len() - 1))
}
