//! Runs that look random, by integers alone: the last rule, where nothing else is known (PRV-100 to PRV-102).

use super::assignment::is_capital;
use super::automaton::starts_with;
use super::byte_set::ByteSet;
use super::finding::Finding;
use crate::proto::guard::v1::OpaqueRule;

/// The rule, compiled.
pub struct Opaque {
    min_bytes: usize,
    prefixes: Vec<String>,
    min_changes: usize,
    min_entropy: usize,
    /// 1000 k log2 k by k.
    weights: Vec<usize>,
}

/// What a run is made of.
static RUN: ByteSet = ByteSet::parse("A-Za-z0-9_");
/// What a checksum in base64 is made of.
static CHECKSUM: ByteSet = ByteSet::parse("A-Za-z0-9+/=_-");
const ULID_LENGTH: usize = 26;

/// What a byte of a run is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lower,
    Upper,
    Digit,
}

impl Opaque {
    /// Compiles the rule.
    pub fn compile(rule: OpaqueRule) -> Self {
        Self {
            min_bytes: rule.min_bytes() as usize,
            min_changes: rule.min_changes() as usize,
            min_entropy: rule.min_entropy() as usize,
            prefixes: rule.prefixes,
            weights: rule.weights.iter().map(|weight| *weight as usize).collect(),
        }
    }

    /// Adds every run that looks random; none starts before `from`.
    pub fn find(&self, text: &[u8], from: usize, findings: &mut Vec<Finding>) {
        let mut behind = from;
        while let Some(run) = RUN.next_run(text, behind, self.min_bytes) {
            behind = run.end;
            if self.is_checksum(text, run.start) {
                behind = CHECKSUM.run_end(text, run.end);
            } else if text.get(run.clone()).is_some_and(|run| self.is_random(run)) {
                findings.push(Finding::on("opaque", run.start, run.end));
            }
        }
    }

    /// Whether a listed prefix starts the run, or stands before it.
    fn is_checksum(&self, text: &[u8], start: usize) -> bool {
        self.prefixes.iter().any(|prefix| {
            let before = start.checked_sub(prefix.len());
            starts_with(text, start, prefix.as_bytes())
                || before.is_some_and(|before| starts_with(text, before, prefix.as_bytes()))
        })
    }

    /// Looks at the first bytes of the run, as many as there are weights.
    fn is_random(&self, run: &[u8]) -> bool {
        let mut counts = [0_usize; 256];
        let (mut length, mut changes, mut before) = (0, 0, None);
        let (mut has_lower, mut has_upper, mut has_digit, mut is_beyond_hex) =
            (false, false, false, false);
        for (at, byte) in run
            .iter()
            .enumerate()
            .take(self.weights.len().saturating_sub(1))
        {
            let kind = match byte {
                b'a'..=b'z' => Kind::Lower,
                b'A'..=b'Z' => Kind::Upper,
                b'0'..=b'9' => Kind::Digit,
                _ => {
                    before = None;
                    continue;
                }
            };
            has_lower |= kind == Kind::Lower;
            has_upper |= kind == Kind::Upper;
            has_digit |= kind == Kind::Digit;
            is_beyond_hex |= byte.is_ascii_alphabetic() && !byte.is_ascii_hexdigit();
            length += 1;
            counts[usize::from(*byte)] += 1;
            let is_word = || is_capital(run, at) || at > 0 && is_capital(run, at - 1);
            changes += usize::from(before.is_some_and(|before| before != kind) && !is_word());
            before = Some(kind);
        }
        if length < self.min_bytes || !is_beyond_hex || !has_digit {
            return false;
        }
        if !(has_lower && has_upper) && length <= ULID_LENGTH {
            return false;
        }
        if changes * 100 < self.min_changes * length {
            return false;
        }
        let weight_of = |count: usize| self.weights.get(count).copied().unwrap_or(0);
        let weight: usize = counts.iter().map(|count| weight_of(*count)).sum();
        // n log2 n - sum of k log2 k, in thousandths of a bit.
        (weight_of(length) - weight) * 100 >= self.min_entropy * 1000 * length
    }
}
