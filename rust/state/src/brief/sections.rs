//! The lines of a brief, section by section (`docs/fold-and-brief.md`, BRF-010 … BRF-017).

use super::escape::{code, quoted, word};
use super::facts::{Fact, Facts};
use super::fields::{bounded, bounded_unsigned, enum_of};
use super::model_state::model_state_at;
use super::time::{ago, clock, minutes_until, span};
use super::verdict::verdict_of;
use crate::r#gen::tables::{CONFIG_FACT, HANDOFF_NOTE, NEXT_ACTION};
use crate::proto::state::v1::{
    FactName, JudgedValidation, ModelState, Pointer, PointerType, Validation, Verdict,
};

/// Most validations that a brief shows.
const MOST_VALIDATIONS: usize = 5;
/// How long a model that was turned away or failed is shown.
const MODEL_TROUBLE_MS: i64 = 86_400_000;

/// A line of the brief; a line about a validation carries it with its verdict.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// The text, without line feed.
    pub text: String,
    /// The validation that it is about.
    pub validation: Option<JudgedValidation>,
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self {
            text,
            validation: None,
        }
    }
}

/// Where one stands: one line. `elsewhere` says why git tells nothing.
#[must_use]
pub fn place(facts: &Facts<'_>, elsewhere: &str) -> Line {
    let mut parts = Vec::new();
    parts.push(match facts.workspace.as_str() {
        "" => "no repository".to_owned(),
        workspace => word(workspace),
    });
    match facts.here {
        Some(here) => {
            let at = match &here.commit {
                Some(commit) => format!(" at {}", short_id(commit)),
                None => " without commits".to_owned(),
            };
            parts.push(match &here.branch {
                Some(branch) => format!("branch {}{at}", word(branch)),
                None if here.detached() => format!("detached{at}"),
                None => format!("HEAD{at}"),
            });
        }
        None => {
            let branch =
                in_hand(facts, PointerType::Branch).filter(|fact| fact.value.r#ref.is_some());
            let commit =
                in_hand(facts, PointerType::Commit).filter(|fact| fact.value.commit.is_some());
            if let Some(last) = branch.or(commit) {
                let ago = ago(last.at, facts.now);
                parts.push(format!("{} as recorded {ago}", place_of(branch, commit)));
            }
            parts.push(elsewhere.to_owned());
        }
    }
    for (ty, name) in [(PointerType::Pr, "PR"), (PointerType::Issue, "issue")] {
        if let Some(pointer) = in_hand(facts, ty) {
            parts.push(format!("{name} {}", reference_of(facts, &pointer.value)));
        }
    }
    let recorded_fork =
        in_hand(facts, PointerType::Fork).and_then(|fact| fact.value.repository.as_deref());
    if let Some(fork) = facts
        .here
        .and_then(|here| here.fork.as_deref())
        .or(recorded_fork)
    {
        parts.push(format!("fork {}", word(fork)));
    }
    if let Some(here) = facts.here {
        if let Some(upstream) = &here.upstream {
            parts.push(format!(
                "{} {}",
                distance_of(here.ahead(), here.behind()),
                word(upstream)
            ));
        }
        match here.changed_files {
            None => {}
            Some(0) => parts.push("no changes".to_owned()),
            Some(1) => parts.push("1 file changed".to_owned()),
            Some(files) => parts.push(format!("{files} files changed")),
        }
        if here.dirty_submodule() {
            parts.push("submodule changed".to_owned());
        }
    }
    format!("where: {}", parts.join(", ")).into()
}

/// Actions that are open or claimed; done and dropped ones are not shown.
#[must_use]
pub fn actions(facts: &Facts<'_>) -> Vec<Line> {
    let line = |fact: &Fact<_>| action(fact, facts.now);
    facts.actions.iter().filter_map(line).collect()
}

fn action(fact: &Fact<crate::proto::state::v1::NextAction>, now: i64) -> Option<Line> {
    let value = &fact.value;
    let id = word(value.id.as_deref().unwrap_or("?"));
    let mut parts = vec![format!("{id} {}", quoted(value.text()))];
    let until = value.lease_until.map(bounded);
    let holder = word(value.claimer.as_deref().unwrap_or("somebody"));
    let label = match (enum_of(&NEXT_ACTION, "state", value.state), until) {
        (Some("done" | "dropped"), _) => return None,
        (None, _) => "newer",
        (Some("claimed"), Some(until)) if until <= now => {
            parts.push(format!("lease of {holder} ended {}", ago(until, now)));
            "open"
        }
        (Some("claimed"), Some(until)) => {
            parts.push(format!(
                "by {holder}, lease {} left",
                minutes_until(until, now)
            ));
            "claimed"
        }
        (Some("claimed"), None) => {
            parts.push(format!("by {holder}"));
            "claimed"
        }
        (Some(_), _) => "open",
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

/// The last validations, each with its verdict.
#[must_use]
pub fn validations(facts: &Facts<'_>) -> Vec<Line> {
    facts
        .validations
        .iter()
        .take(MOST_VALIDATIONS)
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

/// Models that are limited, or were turned away or failed within a day.
#[must_use]
pub fn models(facts: &Facts<'_>) -> Vec<Line> {
    let line = |Fact { value, at }: &Fact<crate::proto::state::v1::ModelHealth>| {
        let names = [value.provider.as_deref(), value.model.as_deref()];
        let name = names
            .into_iter()
            .flatten()
            .map(word)
            .collect::<Vec<_>>()
            .join("/");
        let ago = ago(*at, facts.now);
        let state = model_state_at(value, facts.now);
        let trouble = match state {
            ModelState::Retry => "retry",
            ModelState::Error => "error",
            ModelState::Limited => {
                let end = match value.limit_resets_at {
                    Some(at) => format!("until {}", clock(bounded(at), facts.now)),
                    None => format!("end not known, {ago}"),
                };
                let comma = if value.limit_resets_at.is_some() {
                    ""
                } else {
                    ","
                };
                return Some(format!("model: {name} limited{comma} {end}").into());
            }
            _ => return None,
        };
        if facts.now.saturating_sub(*at) > MODEL_TROUBLE_MS {
            return None;
        }
        let reason = match value.last_status {
            None => String::new(),
            Some(0) => ", no answer".to_owned(),
            Some(status) => format!(", HTTP {status}"),
        };
        Some(format!("model: {name} {trouble}{reason}, {ago}").into())
    };
    facts.models.iter().filter_map(line).collect()
}

/// Runtimes as they were last seen.
#[must_use]
pub fn runtimes(facts: &Facts<'_>) -> Vec<Line> {
    let line = |Fact { value, at }: &Fact<crate::proto::state::v1::RuntimeSummary>| {
        let mut first = word(value.name.as_deref().unwrap_or("?"));
        if let Some(version) = &value.version {
            first = format!("{first} {}", word(version));
        }
        first.push_str(match value.up {
            None => " not known",
            Some(true) => " up",
            Some(false) => " down",
        });
        if let (true, Some(uptime)) = (value.up(), value.uptime_seconds) {
            first = format!("{first} for {}", span(bounded_unsigned(uptime)));
        }
        if let Some(port) = value.port {
            first = format!("{first} on port {port}");
        }
        let mut parts = vec![first];
        if let Some(routing) = &value.routing {
            parts.push(format!("routing {}", word(routing)));
        }
        if let Some(requests) = value.requests {
            let failures = bounded_unsigned(value.failures());
            let requests = bounded_unsigned(requests);
            let window = value
                .window_seconds
                .map(|seconds| format!(" in {}", span(bounded_unsigned(seconds))));
            let window = window.unwrap_or_default();
            parts.push(format!("{failures} of {requests} requests failed{window}"));
        }
        parts.push(ago(*at, facts.now));
        format!("runtime: {}", parts.join(", ")).into()
    };
    facts.runtimes.iter().map(line).collect()
}

/// What was recorded and is otherwise now: branch and commit of this worktree, the fork, the trust in hooks.
#[must_use]
pub fn drift(facts: &Facts<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(here) = facts.here {
        let of_worktree = |ty| {
            let mut pointers = pointers_of(facts, ty);
            pointers.find(|fact| here.worktree.is_some() && fact.value.worktree == here.worktree)
        };
        let branch = of_worktree(PointerType::Branch)
            .filter(|fact| fact.value.r#ref.is_some() && fact.value.r#ref != here.branch);
        let commit = of_worktree(PointerType::Commit)
            .filter(|fact| fact.value.commit.is_some() && fact.value.commit != here.commit);
        if let Some(last) = branch.or(commit) {
            let ago = ago(last.at, facts.now);
            lines.push(format!("drift: was {} {ago}", place_of(branch, commit)).into());
        }
        let fork =
            in_hand(facts, PointerType::Fork).filter(|fact| fact.value.repository != here.fork);
        if let (Some(_), Some(Fact { value, at })) = (&here.fork, fork)
            && let Some(then) = &value.repository
        {
            lines.push(format!("drift: fork was {} {}", word(then), ago(*at, facts.now)).into());
        }
    }
    for Fact { value, at } in &facts.config {
        if value.name() == FactName::HooksTrust
            && let Some(trust) = value.value.as_deref()
            && !matches!(trust, "trusted" | "managed")
        {
            let subject = match enum_of(&CONFIG_FACT, "subject", value.subject) {
                None | Some("") => "?",
                Some(subject) => subject,
            };
            let ago = ago(*at, facts.now);
            lines.push(format!("drift: {subject} hooks {}, {ago}", word(trust)).into());
        }
    }
    lines
}

fn pointers_of<'f>(
    facts: &'f Facts<'_>,
    ty: PointerType,
) -> impl Iterator<Item = &'f Fact<Pointer>> {
    let wanted = Some(i32::from(ty));
    let pointers = facts.pointers.iter();
    pointers.filter(move |fact| fact.value.r#type == wanted && fact.value.active != Some(false))
}

fn in_hand<'f>(facts: &'f Facts<'_>, ty: PointerType) -> Option<&'f Fact<Pointer>> {
    pointers_of(facts, ty).next()
}

fn place_of(branch: Option<&Fact<Pointer>>, commit: Option<&Fact<Pointer>>) -> String {
    let mut parts = Vec::new();
    if let Some(name) = branch.and_then(|fact| fact.value.r#ref.as_deref()) {
        parts.push(format!("branch {}", word(name)));
    }
    if let Some(commit) = commit.and_then(|fact| fact.value.commit.as_deref()) {
        parts.push(format!("at {}", short_id(commit)));
    }
    parts.join(" ")
}

fn reference_of(facts: &Facts<'_>, pointer: &Pointer) -> String {
    let elsewhere = pointer
        .repository
        .as_deref()
        .filter(|name| *name != facts.workspace);
    let repository = elsewhere.map(word).unwrap_or_default();
    match pointer.number {
        Some(number) => format!("{repository}#{number}"),
        None => format!("{repository}#?"),
    }
}

fn distance_of(ahead: u32, behind: u32) -> String {
    match (ahead, behind) {
        (0, 0) => "level with".to_owned(),
        (_, 0) => format!("{ahead} ahead of"),
        (0, _) => format!("{behind} behind"),
        _ => format!("{ahead} ahead and {behind} behind"),
    }
}

fn outcome_of(validation: &Validation) -> String {
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

fn short_id(commit: &str) -> String {
    word(&commit.chars().take(7).collect::<String>())
}
