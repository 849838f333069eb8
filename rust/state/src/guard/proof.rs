//! What proves a word of a command safe to keep (PRV-063).

use std::collections::HashSet;

use super::assignment::is_wordy;
use super::byte_set::ByteSet;
use crate::proto::guard::v1::{CommandKnowledge, Proof};

const MOST_WORD: usize = 64;
const MOST_NAME: usize = 48;
static NAME_START: ByteSet = ByteSet::parse("A-Za-z0-9_");
static NAME: ByteSet = ByteSet::parse("A-Za-z0-9._+-");
static PATH: ByteSet = ByteSet::parse("A-Za-z0-9._@+-");
static NODE: ByteSet = ByteSet::parse("A-Za-z0-9_");
static DIGITS: ByteSet = ByteSet::parse("0-9");

/// Lists of the rule pack, for look-up.
pub struct ProofLists {
    words: HashSet<Vec<u8>>,
    extensions: HashSet<Vec<u8>>,
}

impl ProofLists {
    /// Makes the lists.
    pub fn new(rules: &CommandKnowledge) -> Self {
        let set = |words: &[String]| words.iter().map(|word| word.clone().into_bytes()).collect();
        Self {
            words: set(&rules.words),
            extensions: set(&rules.extensions),
        }
    }

    /// The word as text where it may be kept under a proof; `Proof::Program` is none of them.
    pub fn proven<'w>(&self, proof: Proof, word: &'w [u8]) -> Option<&'w str> {
        let fits = !word.is_empty()
            && word.len() <= MOST_WORD * 4
            && match proof {
                Proof::Number => is_number(word),
                Proof::Word => self.is_safe_word(word),
                Proof::Path => self.is_safe_path(word),
                Proof::Unspecified | Proof::Program => false,
            };
        fits.then(|| std::str::from_utf8(word).ok()).flatten()
    }

    /// A chain of listed words.
    fn is_safe_word(&self, word: &[u8]) -> bool {
        let mut parts = word.split(|byte| matches!(byte, b':' | b'.' | b'_' | b'-'));
        word.len() <= MOST_WORD
            && (self.words.contains(word) || parts.all(|part| self.words.contains(part)))
    }

    /// A path inside the repository of ordinary segments, with a slash or a known extension; "." and a leading "./" are
    /// allowed, "..." as the last segment (Go), and names of tests behind "::" (pytest).
    fn is_safe_path(&self, word: &[u8]) -> bool {
        let Some(file) = file_of(word).filter(|_| is_wordy(word, true)) else {
            return false;
        };
        let count = file.split(|byte| *byte == b'/').count();
        let is_segment = |(at, segment): (usize, &[u8])| {
            let is_trailing = segment.is_empty() && at + 1 == count && at > 0;
            is_trailing || is_segment(segment, at == 0, at + 1 == count)
        };
        file.split(|byte| *byte == b'/').enumerate().all(is_segment)
            && (count > 1 || file == b"." || self.extensions.contains(extension_of(file)))
    }
}

/// Name of a program without its folder; `None` where it is no plain name.
pub fn program_name(word: &[u8]) -> Option<&str> {
    let name = word.rsplit(|byte| matches!(byte, b'/' | b'\\')).next()?;
    let fits = name.len() <= MOST_NAME
        && NAME_START.has_at(name, 0)
        && NAME.misfit(name, 0, name.len()).is_none()
        && is_wordy(name, true);
    fits.then(|| std::str::from_utf8(name).ok()).flatten()
}

/// At most six digits, and at most three behind a point.
fn is_number(word: &[u8]) -> bool {
    let whole = DIGITS.run_end(word, 0);
    if whole == 0 || whole > 6 {
        return false;
    }
    match word.get(whole..).unwrap_or_default() {
        [] => true,
        [b'.', fraction @ ..] => {
            (1..=3).contains(&fraction.len())
                && DIGITS.misfit(fraction, 0, fraction.len()).is_none()
        }
        _ => false,
    }
}

fn is_segment(segment: &[u8], is_first: bool, is_last: bool) -> bool {
    if segment.is_empty() || segment.len() > MOST_WORD || segment.starts_with(b"-") {
        return false;
    }
    if PATH.misfit(segment, 0, segment.len()).is_some() {
        return false;
    }
    let dots = segment.iter().take_while(|byte| **byte == b'.').count();
    if dots < segment.len() {
        return dots <= 1;
    }
    (dots == 1 && is_first) || (dots == 3 && is_last && !is_first)
}

/// The file's path before "::name" parts; `None` where what follows it are no names.
fn file_of(word: &[u8]) -> Option<&[u8]> {
    let Some(end) = word.iter().position(|byte| *byte == b':') else {
        return Some(word);
    };
    let mut at = end;
    while at < word.len() {
        let is_name = word.get(at..at + 2) == Some(b"::")
            && word.get(at + 2).is_some_and(u8::is_ascii_alphabetic);
        if !is_name {
            return None;
        }
        at = NODE.run_end(word, at + 2);
    }
    word.get(..end)
}

fn extension_of(file: &[u8]) -> &[u8] {
    let at = file
        .iter()
        .rposition(|byte| *byte == b'.')
        .filter(|at| *at > 0);
    at.and_then(|at| file.get(at + 1..)).unwrap_or_default()
}
