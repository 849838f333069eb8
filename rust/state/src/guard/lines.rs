//! The line protocol of `baton guard` and `opencode-proxy-doctor guard`: one line in, one line out (PRV-070 to PRV-072).

use super::finding::{Action, Finding, Judgement};
use super::flat_json::parse_flat_json;
use super::judge::judge_by;
use super::known::Known;
use super::policy::policy_of;
use crate::r#gen::tables::CLASS_LIMITS;

/// Judges the request in a line, without its line feed: `{"class":"NOTE","text":"…"}`. Gives the verdict as one line of JSON
/// without line feed: `{"action":"…","output":"…","findings":[{"rule":"…","start":0,"end":9}]}`; `output` only where the
/// action is redact. `known` is what only this process knows. Whatever is no such request is rejected by the rule `input`.
#[must_use]
pub fn guard_line(line: &[u8], known: Option<&Known>) -> String {
    let judgement = judge_line(line, known).unwrap_or_else(|| Judgement {
        action: Action::Reject,
        findings: vec![Finding::new("input")],
        output: None,
    });
    print(&judgement)
}

fn judge_line(line: &[u8], known: Option<&Known>) -> Option<Judgement> {
    let members = parse_flat_json(std::str::from_utf8(line).ok()?)?;
    let value = |name: &str| {
        members
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_slice())
    };
    let (class, text) = (
        value("class")?,
        value("text").filter(|_| members.len() == 2)?,
    );
    let (class, _, _) = CLASS_LIMITS
        .iter()
        .find(|(_, name, _)| name.as_bytes() == class)?;
    Some(judge_by(&policy_of(*class), text, known))
}

/// Prints in a fixed order of keys. Rules are plain words; an output is one line of text without quotes or backslashes.
fn print(judgement: &Judgement) -> String {
    let action = match judgement.action {
        Action::Allow => "allow",
        Action::Redact => "redact",
        Action::Reject => "reject",
    };
    let output = judgement
        .output
        .as_ref()
        .map(|output| format!("\"output\":\"{output}\","))
        .unwrap_or_default();
    let findings: Vec<String> = judgement.findings.iter().map(print_finding).collect();
    format!(
        "{{\"action\":\"{action}\",{output}\"findings\":[{}]}}",
        findings.join(",")
    )
}

fn print_finding(Finding { rule, place }: &Finding) -> String {
    match place {
        Some((start, end)) => format!("{{\"rule\":\"{rule}\",\"start\":{start},\"end\":{end}}}"),
        None => format!("{{\"rule\":\"{rule}\"}}"),
    }
}
