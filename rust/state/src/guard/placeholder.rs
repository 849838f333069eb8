//! What stands where a secret would and is none: `<TOKEN>`, `${TOKEN}`, `changeme`, `xxxx` (PRV-045).

use super::automaton::{Automaton, starts_with};
use crate::proto::guard::v1 as pack;

/// The placeholders of the rule pack, compiled.
pub struct Placeholders {
    values: Vec<String>,
    openings: Vec<String>,
    parts: Automaton,
}

impl Placeholders {
    /// Compiles the placeholders.
    pub fn compile(rules: pack::Placeholders) -> Self {
        Self {
            parts: Automaton::build(&rules.parts),
            values: rules.values,
            openings: rules.openings,
        }
    }

    /// Whether a value is none: a whole word, an opening, or anything that `is_filler` says.
    pub fn is_placeholder(&self, value: &[u8]) -> bool {
        self.openings
            .iter()
            .any(|opening| starts_with(value, 0, opening.as_bytes()))
            || self
                .values
                .iter()
                .any(|known| value.eq_ignore_ascii_case(known.as_bytes()))
            || self.is_filler(value)
    }

    /// Whether a value holds a part that no secret has, or at most two different bytes besides "-" and "_".
    pub fn is_filler(&self, value: &[u8]) -> bool {
        is_monotone(value) || self.parts.is_in(value)
    }
}

fn is_monotone(value: &[u8]) -> bool {
    let mut first = None;
    let mut second = None;
    for byte in value
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'-' | b'_'))
    {
        if first == Some(byte) || second == Some(byte) {
            continue;
        }
        match (first, second) {
            (None, _) => first = Some(byte),
            (Some(_), None) => second = Some(byte),
            _ => return false,
        }
    }
    true
}
