//! The verdict as bytes, and as an error.

use prost::Message;

use super::finding::{Action, Finding, Judgement};
use crate::r#gen::tables::{ERROR_GUARD_PACK, ERROR_GUARD_REFUSED};
use crate::proto::guard::v1 as proto;
use crate::record::error::BatonError;

/// Encodes baton.guard.v1.Verdict: deterministic, and the same in both languages (PRV-003). `field` is the path inside the
/// record, where there is one.
#[must_use]
pub fn encode_verdict(judgement: &Judgement, field: Option<&str>) -> Vec<u8> {
    let action = match judgement.action {
        Action::Allow => proto::Action::Allow,
        Action::Redact => proto::Action::Redact,
        Action::Reject => proto::Action::Reject,
    };
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let findings = judgement.findings.iter().map(|finding| proto::Finding {
        field: field.map(str::to_owned),
        rule: Some(finding.rule.to_owned()),
        start: finding.place.map(|(start, _)| offset(start)),
        end: finding.place.map(|(_, end)| offset(end)),
    });
    let verdict = proto::Verdict {
        action: Some(action as i32),
        findings: findings.collect(),
    };
    verdict.encode_to_vec()
}

/// The error of a judgement that rejects: names field, rules and offsets, never the text.
#[must_use]
pub fn refusal(judgement: &Judgement, field: Option<&str>) -> BatonError {
    let is_pack = judgement
        .findings
        .first()
        .is_some_and(|finding| finding.rule == "pack");
    let rules = judgement
        .findings
        .iter()
        .map(|Finding { rule, place }| match place {
            Some((start, end)) => format!("rule {rule} at {start}..{end}"),
            None => format!("rule {rule}"),
        });
    let place: Vec<String> = field.map(str::to_owned).into_iter().chain(rules).collect();
    let error = BatonError::new(if is_pack {
        &ERROR_GUARD_PACK
    } else {
        &ERROR_GUARD_REFUSED
    })
    .at(place.join(", "));
    match field {
        Some(field) => error.in_field(field),
        None => error,
    }
}
