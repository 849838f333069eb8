//! E-mail addresses, in every class that could hold one (PRV-036).

use super::byte_set::{ALPHANUMERIC, ByteSet};
use super::finding::Finding;

static LOCAL: ByteSet = ByteSet::parse("A-Za-z0-9._%+-").with_non_ascii();
static DOMAIN: ByteSet = ByteSet::parse("A-Za-z0-9.-").with_non_ascii();
static LETTERS: ByteSet = ByteSet::parse("A-Za-z").with_non_ascii();
static DIGITS: ByteSet = ByteSet::parse("0-9");

/// The first e-mail address in a text: a name, "@", and a domain of at least two labels whose last one is two or more
/// letters. A version (`name@1.2.0-beta`) and a scale (`name@2x.png`) are none.
pub fn find_email(text: &[u8]) -> Option<Finding> {
    let mut ats = text
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'@')
        .map(|(at, _)| at);
    ats.find_map(|at| {
        let end = end_of_domain(text, at).filter(|_| LOCAL.has_before(text, at))?;
        let mut start = at;
        while LOCAL.has_before(text, start) {
            start -= 1;
        }
        Some(Finding::on("email", start, end))
    })
}

/// End of the domain behind the "@" at `at`, where there is one.
fn end_of_domain(text: &[u8], at: usize) -> Option<usize> {
    let mut end = DOMAIN.run_end(text, at + 1);
    while end > at + 1 && !LETTERS.has_before(text, end) && !ALPHANUMERIC.has_before(text, end) {
        end -= 1;
    }
    let domain = text.get(at + 1..end)?;
    let last_dot = at + 1 + domain.iter().rposition(|byte| *byte == b'.')?;
    if last_dot <= at + 1 || end - last_dot < 3 || is_version(text, at + 1) {
        return None;
    }
    LETTERS
        .misfit(text, last_dot + 1, end)
        .is_none()
        .then_some(end)
}

/// Whether a version or a scale stands at `at`: digits, a dot and a digit; or one or two digits, perhaps "x", and a dot.
fn is_version(text: &[u8], at: usize) -> bool {
    let end = DIGITS.run_end(text, at);
    if end == at {
        return false;
    }
    if text.get(end) == Some(&b'.') && DIGITS.has_at(text, end + 1) {
        return true;
    }
    let dot_at = end + usize::from(text.get(end) == Some(&b'x'));
    end - at <= 2 && text.get(dot_at) == Some(&b'.')
}
