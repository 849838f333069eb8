//! Code points of prose, from the table of the rule pack: no Unicode table of the run time is asked (PRV-030).

use super::byte_set::{ALPHANUMERIC, ByteSet};
use super::finding::Finding;
use super::survey::{NON_ASCII, Survey};
use crate::proto::guard::v1 as pack;

const SIGN: u8 = 1;
const DIGIT: u8 = 2;
const FIRST_SCRIPT: u8 = 3;

/// The alphabet, compiled.
pub struct Alphabet {
    /// By code point below U+10000: 0 refused, 1 sign, 2 digit of every script, from 3 on a letter of script n - 3.
    kinds: Box<[u8]>,
    /// Bit sets of the scripts that may stand in one word together.
    mixes: Vec<u32>,
    /// The ASCII bytes that prose may hold.
    pub ascii: ByteSet,
}

/// What reading a text by the alphabet gives.
pub struct Reading {
    /// The first offence: `line`, `alphabet` or `mixed-script`.
    pub offence: Option<Finding>,
    /// Words up to there.
    pub words: usize,
}

impl Alphabet {
    /// Compiles the table.
    pub fn compile(rules: &pack::Alphabet) -> Self {
        let mut kinds = vec![0; 0x10000].into_boxed_slice();
        for range in &rules.signs {
            fill(&mut kinds, range, SIGN);
        }
        fill(&mut kinds, "0030-0039", DIGIT);
        for (script, kind) in rules.scripts.iter().zip(FIRST_SCRIPT..) {
            for range in &script.ranges {
                fill(&mut kinds, range, kind);
            }
        }
        let bit_of = |name: &String| {
            let at = rules
                .scripts
                .iter()
                .position(|script| script.name() == name);
            at.map_or(0, |at| 1 << at)
        };
        let mixes = rules
            .mixes
            .iter()
            .map(|mix| mix.scripts.iter().map(bit_of).sum())
            .collect();
        let ascii = ByteSet::of(|byte| byte < 0x80 && kinds[usize::from(byte)] != 0);
        Self {
            kinds,
            mixes,
            ascii,
        }
    }

    /// Reads UTF-8. `ascii` says which ASCII bytes may stand there; the alphabet says it of all others. A word is a maximal
    /// run of letters and digits; its letters are of one script, or of scripts that the pack lets stand together.
    /// `seen` is the survey of the text.
    pub fn read_words(&self, text: &str, seen: Survey, ascii: &ByteSet) -> Reading {
        if seen & NON_ASCII == 0 {
            return read_ascii(text.as_bytes(), ascii);
        }
        let mut words = 0;
        let mut word_start = None;
        let mut scripts: u32 = 0;
        for (start, letter) in text.char_indices() {
            let end = start + letter.len_utf8();
            let kind = self.kinds.get(letter as usize).copied().unwrap_or(0);
            let fits = u8::try_from(letter)
                .ok()
                .filter(u8::is_ascii)
                .map_or(kind != 0, |byte| ascii.has(byte));
            if !fits {
                let rule = if is_line_break(letter) {
                    "line"
                } else {
                    "alphabet"
                };
                return Reading {
                    offence: Some(Finding::on(rule, start, end)),
                    words,
                };
            }
            if kind < DIGIT {
                word_start = None;
                continue;
            }
            let from = *word_start.get_or_insert_with(|| {
                scripts = 0;
                words += 1;
                start
            });
            if kind == DIGIT {
                continue;
            }
            scripts |= 1 << (kind - FIRST_SCRIPT);
            if !scripts.is_power_of_two() && !self.mixes.iter().any(|mix| scripts & !mix == 0) {
                return Reading {
                    offence: Some(Finding::on("mixed-script", from, end)),
                    words,
                };
            }
        }
        Reading {
            offence: None,
            words,
        }
    }
}

/// As `read_words`: of ASCII all letters are of one script.
fn read_ascii(text: &[u8], ascii: &ByteSet) -> Reading {
    let mut words = 0;
    let mut was_word = false;
    for (byte, at) in text.iter().zip(0..) {
        if !ascii.has(*byte) {
            let is_line = is_line_break(char::from(*byte));
            let rule = if is_line { "line" } else { "alphabet" };
            let offence = Some(Finding::on(rule, at, at + 1));
            return Reading { offence, words };
        }
        let is_word = ALPHANUMERIC.has(*byte);
        words += usize::from(is_word & !was_word);
        was_word = is_word;
    }
    let offence = None;
    Reading { offence, words }
}

fn fill(kinds: &mut [u8], range: &str, kind: u8) {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let bound = |text: &str| usize::from_str_radix(text, 16).unwrap_or(usize::MAX);
    if let Some(kinds) = kinds.get_mut(bound(first)..=bound(last).min(0xffff)) {
        kinds.fill(kind);
    }
}

fn is_line_break(letter: char) -> bool {
    matches!(letter, '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}
