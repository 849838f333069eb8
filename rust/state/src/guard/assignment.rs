//! Secrets that are known by the name before them: keyword, operator, value (PRV-042, PRV-043).

use super::automaton::starts_with;
use super::byte_set::{ALPHANUMERIC, ByteSet};
use super::finding::Finding;
use super::placeholder::Placeholders;
use super::steps::Steps;
use crate::proto::guard::v1 as pack;

const MOST_GAP: usize = 16;
const MOST_FILLER: usize = 24;
const MOST_NAME: usize = 48;
const MOST_VALUE: usize = 512;
static BLANK: ByteSet = ByteSet::parse(" \t");
static NAME: ByteSet = ByteSet::parse("A-Za-z0-9_-");
static LETTERS: ByteSet = ByteSet::parse("A-Za-z");
static DIGITS: ByteSet = ByteSet::parse("0-9");
static SPECIAL: ByteSet = ByteSet::parse("!@#$%^*+=~?&");
static JOINT: ByteSet = ByteSet::parse("_./:+@,-");

/// The assignment rule, compiled.
pub struct Assignment {
    operators: Vec<String>,
    schemes: Vec<String>,
    quotes: ByteSet,
    stops: ByteSet,
    trailing: ByteSet,
    min_bytes: usize,
}

impl Assignment {
    /// Compiles the assignment rule.
    pub fn compile(rule: &pack::AssignmentRule) -> Self {
        let mut operators = rule.operators.clone();
        operators.sort_by_key(|operator| std::cmp::Reverse(operator.len()));
        let stops = ByteSet::parse(rule.stops());
        Self {
            operators,
            schemes: rule.schemes.clone(),
            quotes: ByteSet::parse(rule.quotes()),
            stops: ByteSet::of(|byte| byte <= b' ' || byte == 0x7f || stops.has(byte)),
            trailing: ByteSet::parse(rule.trailing()),
            min_bytes: rule.min_bytes() as usize,
        }
    }

    /// The value of the name that ends in the keyword at `start..end`, if it looks like a secret.
    pub fn find(
        &self,
        placeholders: &Placeholders,
        is_spaced: bool,
        text: &[u8],
        start: usize,
        end: usize,
        steps: &mut Steps,
    ) -> Option<Finding> {
        let value_start = self.start_of_value(is_spaced, text, start, end)?;
        let escaped =
            text.get(value_start) == Some(&b'\\') && self.quotes.has_at(text, value_start + 1);
        let quote_at = if escaped {
            value_start + 1
        } else {
            value_start
        };
        let quote = text.get(quote_at).filter(|byte| self.quotes.has(**byte));
        let (from, to) = match quote {
            Some(quote) => (
                quote_at + 1,
                end_of_quoted(text, quote_at + 1, *quote, escaped),
            ),
            None => (value_start, self.end_of_bare(text, value_start)),
        };
        steps.take(to - start);
        let value = text.get(from..to)?;
        if value.len() < self.min_bytes
            || !is_secret_like(value)
            || placeholders.is_placeholder(value)
        {
            return None;
        }
        Some(Finding::on("assignment", from, to))
    }

    /// Offset behind name, operator and scheme; `None` where no operator follows the name.
    fn start_of_value(
        &self,
        is_spaced: bool,
        text: &[u8],
        start: usize,
        end: usize,
    ) -> Option<usize> {
        let mut at = end;
        if matches!(text.get(at), Some(b'_' | b'-')) {
            at = run_end(&NAME, text, at, MOST_FILLER);
        } else if ALPHANUMERIC.has_at(text, at) {
            return None;
        }
        if text.get(at) == Some(&b'\\') && self.quotes.has_at(text, at + 1) {
            at += 2;
        } else if self.quotes.has_at(text, at) {
            at += 1;
        }
        if text.get(at) == Some(&b']') {
            at += 1;
        }
        let gap_end = behind_gap(text, at);
        let operator = self
            .operators
            .iter()
            .find(|operator| starts_with(text, gap_end, operator.as_bytes()));
        at = match operator {
            Some(operator) => behind_gap(text, gap_end + operator.len()),
            None if gap_end > at && (is_spaced || is_flag(text, start)) => gap_end,
            None => return None,
        };
        let scheme = self.schemes.iter().find(|scheme| {
            starts_with(text, at, scheme.as_bytes()) && BLANK.has_at(text, at + scheme.len())
        });
        Some(scheme.map_or(at, |scheme| behind_gap(text, at + scheme.len())))
    }

    fn end_of_bare(&self, text: &[u8], from: usize) -> usize {
        let length = text
            .iter()
            .skip(from)
            .take(MOST_VALUE)
            .take_while(|byte| !self.stops.has(**byte))
            .count();
        let mut at = from + length;
        while at > from && self.trailing.has_before(text, at) {
            at -= 1;
        }
        at
    }
}

/// Whether the name around `at` starts with a hyphen, as a flag does.
fn is_flag(text: &[u8], at: usize) -> bool {
    let mut start = at;
    while at - start < MOST_NAME && NAME.has_before(text, start) {
        start -= 1;
    }
    text.get(start) == Some(&b'-')
}

fn behind_gap(text: &[u8], at: usize) -> usize {
    run_end(&BLANK, text, at, MOST_GAP)
}

/// Offset behind the run of at most `most` members that starts at `at`.
fn run_end(set: &ByteSet, text: &[u8], at: usize, most: usize) -> usize {
    at + text
        .iter()
        .skip(at)
        .take(most)
        .take_while(|byte| set.has(**byte))
        .count()
}

fn end_of_quoted(text: &[u8], from: usize, quote: u8, escaped: bool) -> usize {
    let ends =
        |byte: u8| byte == quote || matches!(byte, b'\n' | b'\r') || (escaped && byte == b'\\');
    from + text
        .iter()
        .skip(from)
        .take(MOST_VALUE)
        .take_while(|byte| !ends(**byte))
        .count()
}

/// Whether a value is more than words, numbers and code: letters with digits that are no chain of words and small numbers;
/// letters with a special byte inside; or letters whose case changes at every third byte or more often.
pub fn is_secret_like(value: &[u8]) -> bool {
    let (mut letters, mut digits, mut specials, mut changes) = (0, 0, 0, 0);
    let mut before: Option<u8> = None;
    for (at, byte) in value.iter().copied().enumerate() {
        if byte <= b' ' || byte >= 0x7f || byte == b'(' {
            return false;
        }
        if byte.is_ascii_digit() {
            digits += 1;
        } else if byte.is_ascii_alphabetic() {
            letters += 1;
            let is_lower = byte.is_ascii_lowercase();
            if before.is_some_and(|before| {
                before.is_ascii_alphabetic() && before.is_ascii_lowercase() != is_lower
            }) {
                changes += 1;
            }
        } else if SPECIAL.has(byte) && at > 0 && at + 1 < value.len() {
            specials += 1;
        }
        before = Some(byte);
    }
    if letters == 0 {
        return false;
    }
    if digits > 0 {
        return !is_wordy(value, false);
    }
    specials > 0 || (value.len() >= 16 && changes * 3 >= value.len())
}

/// Whether every part between joints is letters, a number of at most four digits, or a few letters with a small number;
/// `is_lenient` takes a part that stands alone for one of several.
pub fn is_wordy(text: &[u8], is_lenient: bool) -> bool {
    let has_joints = is_lenient || text.iter().any(|byte| JOINT.has(*byte));
    text.split(|byte| JOINT.has(*byte))
        .all(|part| is_word_or_number(part, has_joints))
}

fn is_word_or_number(part: &[u8], has_joints: bool) -> bool {
    let head = LETTERS.run_end(part, 0);
    let number_end = DIGITS.run_end(part, head);
    let end = LETTERS.run_end(part, number_end);
    let (number, tail) = (number_end - head, end - number_end);
    if end < part.len() {
        return false;
    }
    if number == 0 {
        return true;
    }
    if number > 4 {
        return false;
    }
    tail <= 2
        && (head == 0 || (tail == 0 && (head <= 2 || (has_joints && head <= 8 && number <= 3))))
}
