//! What is not finished: actions and notes (BRF-011, BRF-012).

use super::claim::{Claim, claim_at};
use super::escape::{quoted, word};
use super::facts::{Fact, Facts};
use super::fields::enum_of;
use super::line::Line;
use super::time::{ago, minutes_until};
use crate::r#gen::tables::HANDOFF_NOTE;
use crate::proto::state::v1::NextAction;

/// Actions that are open or claimed; done and dropped ones are not shown.
#[must_use]
pub fn actions(facts: &Facts<'_>) -> Vec<Line> {
    let line = |fact: &Fact<_>| action(fact, facts.now);
    facts.actions.iter().filter_map(line).collect()
}

fn action(fact: &Fact<NextAction>, now: i64) -> Option<Line> {
    let value = &fact.value;
    let id = word(value.id.as_deref().unwrap_or("?"));
    let mut parts = vec![format!("{id} {}", quoted(value.text()))];
    let holder = word(value.claimer.as_deref().unwrap_or("somebody"));
    let label = match claim_at(value, now) {
        Claim::Finished => return None,
        Claim::Newer => "newer",
        Claim::Ended(until) => {
            parts.push(format!("lease of {holder} ended {}", ago(until, now)));
            "open"
        }
        Claim::Claimed(Some(until)) => {
            parts.push(format!(
                "by {holder}, lease {} left",
                minutes_until(until, now)
            ));
            "claimed"
        }
        Claim::Claimed(None) => {
            parts.push(format!("by {holder}"));
            "claimed"
        }
        Claim::Open => "open",
    };
    parts.push(ago(fact.at, now));
    Some(format!("{label}: {}", parts.join(", ")).into())
}

/// Notes: blockers, then the others.
#[must_use]
pub fn notes(facts: &Facts<'_>) -> Vec<Line> {
    let mut notes: Vec<(&str, Line)> = facts
        .notes
        .iter()
        .map(|Fact { value, at }| {
            let label = match enum_of(&HANDOFF_NOTE, "category", value.category) {
                None | Some("") => "note",
                Some(label) => label,
            };
            let text = format!("{label}: {}, {}", quoted(value.text()), ago(*at, facts.now));
            (label, text.into())
        })
        .collect();
    notes.sort_by_key(|(label, _)| *label != "blocker");
    notes.into_iter().map(|(_, line)| line).collect()
}
