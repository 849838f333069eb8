//! The last validations with their verdicts (BRF-013).

use super::escape::{code, word};
use super::facts::{Fact, Facts};
use super::line::{Line, short_id};
use super::time::ago;
use super::verdict::verdict_of;
use crate::proto::state::v1::{JudgedValidation, Validation, Verdict};

/// The last validations, each with its verdict.
#[must_use]
pub fn validations(facts: &Facts<'_>) -> Vec<Line> {
    facts
        .validations
        .iter()
        .map(|(Fact { value, at }, record)| {
            let verdict = verdict_of(value, facts.here);
            let command = code(value.command());
            let what = match &value.label {
                Some(label) => format!("{} {command}", word(label)),
                None => command,
            };
            let mut parts = vec![format!("{what} {}", outcome_of(value))];
            let name = match (verdict, &value.commit) {
                (Verdict::Fresh, _) => "fresh",
                (Verdict::Unknown, _) => "unknown",
                (Verdict::Stale, None) => "stale",
                (Verdict::Stale, Some(commit)) => {
                    parts.push(format!("HEAD was {}", short_id(commit)));
                    "stale"
                }
                (Verdict::Dirty, _) => {
                    parts.push("files changed since".to_owned());
                    "dirty"
                }
                (Verdict::Unspecified, _) => {
                    parts.push("not proof".to_owned());
                    "reported"
                }
            };
            let worktree = facts.here.and_then(|here| here.worktree.as_ref());
            if worktree.is_some() && value.worktree.is_some() && value.worktree.as_ref() != worktree
            {
                parts.push("other worktree".to_owned());
            }
            parts.push(ago(*at, facts.now));
            Line {
                text: format!("check {name}: {}", parts.join(", ")),
                validation: Some(JudgedValidation {
                    record: Some(record.clone()),
                    verdict: Some(verdict.into()),
                }),
            }
        })
        .collect()
}

/// How a check came out: "passed, 212 tests", "exit 101, 3 of 212 tests failed".
#[must_use]
pub fn outcome_of(validation: &Validation) -> String {
    let outcome = match validation.exit_code {
        None => "exit not known".to_owned(),
        Some(0) => "passed".to_owned(),
        Some(exit) => format!("exit {exit}"),
    };
    let failed = validation.tests_failed.unwrap_or(0);
    match (validation.tests_passed, failed) {
        (None, 0) => outcome,
        (Some(passed), 0) => format!("{outcome}, {}", tests(passed.into())),
        (None, _) => format!("{outcome}, {} failed", tests(failed.into())),
        (Some(passed), _) => {
            let all = tests(u64::from(passed) + u64::from(failed));
            format!("{outcome}, {failed} of {all} failed")
        }
    }
}

fn tests(count: u64) -> String {
    match count {
        1 => "1 test".to_owned(),
        count => format!("{count} tests"),
    }
}
