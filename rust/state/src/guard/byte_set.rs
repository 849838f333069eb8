//! Sets of bytes: one table look-up per byte, in the notation of the rule pack.

use std::ops::Range;

/// A set of bytes as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByteSet([bool; 256]);

impl ByteSet {
    /// Reads a set in the notation of the rule pack: single ASCII bytes and ranges, a hyphen last (PRV-051).
    #[must_use]
    pub const fn parse(notation: &str) -> Self {
        let notation = notation.as_bytes();
        let mut set = [false; 256];
        let mut i = 0;
        while i < notation.len() {
            let is_range = i + 2 < notation.len() && notation[i + 1] == b'-';
            let last = if is_range {
                notation[i + 2]
            } else {
                notation[i]
            };
            let mut byte = notation[i] as usize;
            while byte <= last as usize {
                set[byte] = true;
                byte += 1;
            }
            i += if is_range { 3 } else { 1 };
        }
        Self(set)
    }

    /// The same set with every byte above ASCII.
    #[must_use]
    pub const fn with_non_ascii(mut self) -> Self {
        let mut byte = 0x80;
        while byte < 256 {
            self.0[byte] = true;
            byte += 1;
        }
        self
    }

    /// The set of the bytes for which `member` holds.
    #[must_use]
    pub fn of(member: impl Fn(u8) -> bool) -> Self {
        Self(std::array::from_fn(|byte| {
            u8::try_from(byte).is_ok_and(&member)
        }))
    }

    /// Whether the set holds a byte.
    #[must_use]
    pub const fn has(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }

    /// Whether the byte at `at` is in the set; false outside of the text.
    #[must_use]
    pub fn has_at(&self, text: &[u8], at: usize) -> bool {
        text.get(at).is_some_and(|byte| self.has(*byte))
    }

    /// Whether the byte before `at` is in the set; false at the start of the text.
    #[must_use]
    pub fn has_before(&self, text: &[u8], at: usize) -> bool {
        at.checked_sub(1)
            .is_some_and(|before| self.has_at(text, before))
    }

    /// Offset of the first byte in `start..end` that is not in the set.
    #[must_use]
    pub fn misfit(&self, text: &[u8], start: usize, end: usize) -> Option<usize> {
        match text.get(start..end) {
            Some(run) => run
                .iter()
                .position(|byte| !self.has(*byte))
                .map(|at| start + at),
            None => (start..end).find(|at| !self.has_at(text, *at)),
        }
    }

    /// Offset of the first member from `from` on.
    #[must_use]
    pub fn next_member(&self, text: &[u8], from: usize) -> Option<usize> {
        let rest = text.get(from..)?;
        rest.iter()
            .position(|byte| self.has(*byte))
            .map(|at| from + at)
    }

    /// Offset behind the run of members that starts at `at`.
    #[must_use]
    pub fn run_end(&self, text: &[u8], at: usize) -> usize {
        let rest = text.get(at..).unwrap_or_default();
        let outside = rest.iter().position(|byte| !self.has(*byte));
        outside.map_or(at.max(text.len()), |outside| at + outside)
    }

    /// The first run of at least `shortest` members from `from` on. The last byte of a shortest run is looked at first: where
    /// that is no member, the bytes before it are passed over.
    #[must_use]
    pub fn next_run(&self, text: &[u8], from: usize, shortest: usize) -> Option<Range<usize>> {
        let mut start = from;
        loop {
            let window = text.get(start..start + shortest)?;
            match window.iter().rposition(|byte| !self.has(*byte)) {
                Some(outside) => start += outside + 1,
                None => return Some(start..self.run_end(text, start + shortest)),
            }
        }
    }
}

/// ASCII letters and digits.
pub static ALPHANUMERIC: ByteSet = ByteSet::parse("A-Za-z0-9");
