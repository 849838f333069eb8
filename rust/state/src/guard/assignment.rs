//! Secrets that are known by the name before them: keyword, operator, value (PRV-042, PRV-043).

use std::ops::Range;

use super::byte_set::ByteSet;
use super::finding::Finding;
use super::placeholder::Placeholders;
use super::steps::Steps;
use super::value::{NameEnd, ValueForm};

static LETTERS: ByteSet = ByteSet::parse("A-Za-z");
static DIGITS: ByteSet = ByteSet::parse("0-9");
static SPECIAL: ByteSet = ByteSet::parse("!@#$%^*+=~?&");
static JOINT: ByteSet = ByteSet::parse("_./:+@,-");
static COOKIE_NAME: ByteSet = ByteSet::parse("A-Za-z_-");

/// The assignment rule, compiled.
pub struct Assignment {
    pub(super) form: ValueForm,
    pub(super) min_bytes: usize,
}

impl Assignment {
    /// The value of the name that ends in the keyword at `name`, if it looks like a secret.
    pub fn find(
        &self,
        placeholders: &Placeholders,
        name_end: NameEnd,
        text: &[u8],
        name: &Range<usize>,
        steps: &mut Steps,
    ) -> Option<Finding> {
        let range = self.form.value_behind(name_end, text, name, steps)?;
        let value = without_name(text.get(range.clone())?);
        let is_secret = value.len() >= self.min_bytes
            && is_secret_like(value)
            && !placeholders.is_placeholder(value);
        is_secret.then(|| Finding::on("assignment", range.end - value.len(), range.end))
    }
}

/// The value without a name without digits and an equals sign in front of it, as cookies have.
fn without_name(value: &[u8]) -> &[u8] {
    let end = COOKIE_NAME.run_end(value, 0);
    match value.get(end..) {
        Some([b'=', rest @ ..]) if end > 0 && rest.first().is_some_and(|byte| *byte != b'=') => {
            rest
        }
        _ => value,
    }
}

/// Whether a value is more than words, numbers and code: letters with digits that are no chain of words and small numbers;
/// letters with a special byte inside; or letters whose case changes often, but not as in CamelCase.
pub fn is_secret_like(value: &[u8]) -> bool {
    let (mut letters, mut digits, mut specials) = (0, 0, 0);
    for (at, byte) in value.iter().copied().enumerate() {
        if byte <= b' ' || byte >= 0x7f || byte == b'(' {
            return false;
        }
        if byte.is_ascii_digit() {
            digits += 1;
        } else if byte.is_ascii_alphabetic() {
            letters += 1;
        } else if SPECIAL.has(byte)
            && at > 0
            && let Some(next) = value.get(at + 1)
            && !matches!((byte, next), (b'?', b'.') | (b'=', b'='))
        {
            specials += 1;
        }
    }
    if letters == 0 {
        return false;
    }
    if digits > 0 {
        return !is_wordy(value, false);
    }
    specials > 0 || (value.len() >= 16 && case_changes(value) * 4 >= value.len())
}

/// Changes between neighbours in upper and lower case, but those around a capital that two small letters follow.
fn case_changes(value: &[u8]) -> usize {
    let changes = value.windows(2).enumerate().filter(|(at, pair)| {
        pair.iter().all(u8::is_ascii_alphabetic)
            && pair.iter().filter(|byte| byte.is_ascii_lowercase()).count() == 1
            && !is_capital(value, *at)
            && !is_capital(value, at + 1)
    });
    changes.count()
}

/// Whether a word of CamelCase starts at `at`: a capital and two small letters.
pub fn is_capital(text: &[u8], at: usize) -> bool {
    let word = text.get(at..at + 3);
    matches!(word, Some([b'A'..=b'Z', b'a'..=b'z', b'a'..=b'z']))
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
