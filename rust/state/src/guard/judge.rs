//! The judgement of one text: pure, total, and the same in both languages (docs/privacy.md).

use super::finding::{Action, Finding, Judgement, in_order};
use super::knowledge::knowledge;
use super::structure::structure_offences;
use crate::r#gen::tables::CLASS_LIMITS;
use crate::record::schema::{IdentShape, TextClass, TextPolicy};

/// The policy of a class alone: its own limit, any shape, the lengths and words that PRV-010 and PRV-011 name.
#[must_use]
pub fn policy_of(class: TextClass) -> TextPolicy {
    let limit = CLASS_LIMITS
        .iter()
        .find(|(candidate, _, _)| *candidate == class);
    TextPolicy {
        class,
        max_bytes: limit.map_or(0, |(_, _, limit)| *limit),
        shape: IdentShape::Any,
        hex_lengths: &[],
        values: &[],
    }
}

/// Says whether a text of UTF-8 may be stored under a policy. The first of these that holds decides alone: `pack` (the
/// rule pack is damaged), `empty`, `too-long`, `input` (not UTF-8); then structure and secret rules both look.
#[must_use]
pub fn judge(policy: &TextPolicy, text: &[u8]) -> Judgement {
    let Some(known) = knowledge() else {
        return reject(vec![Finding::new("pack")]);
    };
    if text.is_empty() {
        return reject(vec![Finding::new("empty")]);
    }
    if text.len() > policy.max_bytes {
        return reject(vec![Finding::new("too-long")]);
    }
    let structure = match (policy.class, std::str::from_utf8(text)) {
        (TextClass::Opaque, _) => Vec::new(),
        (_, Ok(text)) => structure_offences(known, policy, text),
        (_, Err(_)) => return reject(vec![Finding::new("input")]),
    };
    if structure.is_empty() {
        Judgement {
            action: Action::Allow,
            findings: structure,
            output: None,
        }
    } else {
        reject(structure)
    }
}

fn reject(findings: Vec<Finding>) -> Judgement {
    Judgement {
        action: Action::Reject,
        findings: in_order(findings),
        output: None,
    }
}
