//! Secrets that are known by their form: a literal and runs of byte sets, matched without going back (PRV-040, PRV-041).

use super::byte_set::{ALPHANUMERIC, ByteSet};
use super::finding::Finding;
use super::placeholder::Placeholders;
use super::steps::Steps;
use crate::proto::guard::v1 as pack;

/// A token rule, compiled.
pub struct Token {
    id: String,
    runs: Vec<Run>,
    lead: Option<Run>,
    word_start: bool,
    mixed: bool,
}

/// A part, compiled.
pub enum Run {
    /// These bytes.
    Literal(Vec<u8>),
    /// At least `min` and at most `max` bytes of a set.
    Set {
        /// The set.
        set: Box<ByteSet>,
        /// Fewest bytes.
        min: usize,
        /// Most bytes.
        max: usize,
    },
}

impl Token {
    /// Compiles a token rule.
    pub fn compile(rule: &pack::TokenRule) -> Self {
        Self {
            id: rule.id().to_owned(),
            runs: rule.parts.iter().map(Run::compile).collect(),
            lead: rule.lead.as_ref().map(Run::compile),
            word_start: rule.word_start(),
            mixed: rule.mixed(),
        }
    }

    /// The most bytes besides its literal, and the one before it, that decide whether it stands somewhere.
    pub fn most_bytes(&self) -> usize {
        let runs = self.lead.iter().chain(&self.runs);
        1 + runs.map(Run::most).sum::<usize>()
    }

    /// The secret whose literal stands at `start..end`, letter for letter, if all of the rule fits.
    pub fn find(
        &'static self,
        placeholders: &Placeholders,
        text: &[u8],
        start: usize,
        end: usize,
        steps: &mut Steps,
    ) -> Option<Finding> {
        let mut from = start;
        if let Some(Run::Set { set, min, max }) = &self.lead {
            while start - from < *max && set.has_before(text, from) {
                from -= 1;
            }
            steps.take(start - from);
            if start - from < *min {
                return None;
            }
        }
        if self.word_start && ALPHANUMERIC.has_before(text, from) {
            return None;
        }
        let at = behind_runs(&self.runs, text, end, steps)?;
        if self.mixed && !is_mixed(text.get(end..at)?) {
            return None;
        }
        let secret = text.get(if self.lead.is_some() { from } else { end }..at)?;
        steps.take(secret.len());
        (!placeholders.is_filler(secret)).then(|| Finding::on(&self.id, from, at))
    }
}

impl Run {
    /// Compiles a part.
    pub fn compile(part: &pack::Part) -> Self {
        match &part.literal {
            Some(literal) => Self::Literal(literal.clone().into_bytes()),
            None => Self::Set {
                set: Box::new(ByteSet::parse(part.set())),
                min: part.min() as usize,
                max: part.max.unwrap_or(part.min()) as usize,
            },
        }
    }

    fn min(&self) -> usize {
        match self {
            Self::Literal(_) => 0,
            Self::Set { min, .. } => *min,
        }
    }

    fn most(&self) -> usize {
        match self {
            Self::Literal(literal) => literal.len(),
            Self::Set { max, .. } => *max,
        }
    }

    fn length_at(&self, text: &[u8], at: usize) -> usize {
        match self {
            Self::Literal(literal) => literal_at(text, at, literal),
            Self::Set { set, max, .. } => {
                let run = text.iter().skip(at).take(*max);
                run.take_while(|byte| set.has(**byte)).count()
            }
        }
    }
}

/// Offset behind the runs that stand at `at`, one behind the other; `None` where they do not fit.
pub fn behind_runs(runs: &[Run], text: &[u8], at: usize, steps: &mut Steps) -> Option<usize> {
    let mut end = at;
    for run in runs {
        let length = run.length_at(text, end);
        steps.take(length);
        if length == 0 || length < run.min() {
            return None;
        }
        end += length;
    }
    Some(end)
}

/// Whether a letter and a digit are among the bytes.
pub fn is_mixed(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_digit) && bytes.iter().any(u8::is_ascii_alphabetic)
}

/// Length of the literal where it stands at `at`, letter for letter; else 0.
pub fn literal_at(text: &[u8], at: usize, literal: &[u8]) -> usize {
    let stands = text.get(at..).is_some_and(|rest| rest.starts_with(literal));
    if stands { literal.len() } else { 0 }
}
