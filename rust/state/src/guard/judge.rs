//! The judgement of one text: pure, total, and the same in both languages (docs/privacy.md).

use super::finding::{Action, Finding, Judgement, in_order};
use super::knowledge::knowledge;
use super::known::Known;
use super::secrets::Secrets;
use super::shape::{MOST_COMMAND_INPUT, judge_command};
use super::steps::Steps;
use super::structure::structure_offences;
use crate::record::schema::{IdentShape, TextClass, TextPolicy};

/// Says whether a text of UTF-8 may be stored under a policy. The first of these that holds decides alone: `pack` (the
/// rule pack is damaged), `empty`, `too-long`, `input` (not UTF-8), `budget`; then structure and secret rules both look.
#[must_use]
pub fn judge(policy: &TextPolicy<'_>, text: &[u8]) -> Judgement {
    judge_by(policy, text, None)
}

/// As `judge`; `known` is what only this process knows.
#[must_use]
pub fn judge_by(policy: &TextPolicy<'_>, text: &[u8], known: Option<&Known>) -> Judgement {
    let Some(knows) = knowledge() else {
        return reject(vec![Finding::new("pack")]);
    };
    if text.is_empty() {
        return reject(vec![Finding::new("empty")]);
    }
    let limit = match policy.class {
        TextClass::Command => MOST_COMMAND_INPUT,
        _ => policy.max_bytes,
    };
    if text.len() > limit {
        return reject(vec![Finding::new("too-long")]);
    }
    let utf8 = match policy.class {
        TextClass::Opaque => None,
        class => match std::str::from_utf8(text) {
            Err(_) => return reject(vec![Finding::new("input")]),
            Ok(text) if class == TextClass::Command => {
                return judge_command(knows, text, policy.max_bytes, known);
            }
            Ok(text) => Some(text),
        },
    };
    let mut steps = Steps::of(text);
    let Secrets {
        mut findings,
        seen,
        first_run,
    } = knows.secrets.find(text, &mut steps, known);
    if steps.is_over() {
        return reject(vec![Finding::new("budget")]);
    }
    if let Some(text) = utf8 {
        structure_offences(knows, policy, text, seen, &mut findings);
    }
    if is_place_of_words(policy)
        && let Some(first_run) = first_run
    {
        knows.opaque.find(text, first_run.start, &mut findings);
    }
    if findings.is_empty() {
        Judgement {
            action: Action::Allow,
            findings,
            output: None,
        }
    } else {
        reject(findings)
    }
}

/// Whether random text is out of place under a policy (PRV-100).
pub fn is_place_of_words(policy: &TextPolicy<'_>) -> bool {
    match policy.class {
        TextClass::Ident => matches!(policy.shape, IdentShape::Any | IdentShape::Name),
        TextClass::Note | TextClass::RepoPath | TextClass::Ref | TextClass::Url => true,
        _ => false,
    }
}

fn reject(findings: Vec<Finding>) -> Judgement {
    Judgement {
        action: Action::Reject,
        findings: in_order(findings),
        output: None,
    }
}
