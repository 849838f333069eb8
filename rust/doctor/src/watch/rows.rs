//! The lists as rows of text. Texts of records stand in them as they are; whoever draws a row escapes it.

use baton_state::brief::claim::Claim;
use baton_state::brief::fields::{bounded_unsigned, enum_of};
use baton_state::brief::time::{ago, clock, span};
use baton_state::brief::validations::outcome_of;
use baton_state::r#gen::tables::HANDOFF_NOTE;
use baton_state::proto::state::v1::{
    Client, HandoffNote, ModelState, RuntimeSummary, SessionMark, SessionPhase, Verdict,
};

use crate::view::{Action, Judged, Model, Noted, View, Workspace};

/// How something stands, which its colour tells as well as its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// To be looked at.
    Warn,
    /// Bad.
    Bad,
    /// Being worked on.
    Busy,
    /// Neither.
    Plain,
    /// Over.
    Over,
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// How it stands, in a word.
    pub mark: String,
    /// The same as a colour.
    pub tone: Tone,
    /// What it is.
    pub text: String,
    /// What else there is to say, which stands at the right.
    pub aside: String,
}

/// A list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// What is to be done, and who does it.
    Actions,
    /// Checks that ran, with their verdicts.
    Checks,
    /// Notes to the next session.
    Notes,
    /// Who works here.
    Sessions,
    /// Which models can be used.
    Models,
    /// How the runtimes do.
    Runtimes,
    /// What else is worked on.
    Workspaces,
}

impl List {
    /// All of them.
    pub const ALL: [List; 7] = [
        List::Actions,
        List::Checks,
        List::Notes,
        List::Sessions,
        List::Models,
        List::Runtimes,
        List::Workspaces,
    ];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            List::Actions => "Actions",
            List::Checks => "Checks",
            List::Notes => "Notes",
            List::Sessions => "Sessions",
            List::Models => "Models",
            List::Runtimes => "Runtimes",
            List::Workspaces => "Workspaces",
        }
    }

    /// Its rows at `now`, in milliseconds since 1970, of the workspace that is shown.
    pub fn rows(self, view: &View, workspace: Option<&Workspace>, now: i64) -> Vec<Row> {
        match (self, workspace) {
            (List::Models, _) => models(view, now),
            (List::Runtimes, _) => rows(&view.runtimes, |noted| runtime(noted, now)),
            (List::Workspaces, shown) => {
                let places = view.workspaces.iter();
                places
                    .map(|one| place(one, shown.is_some_and(|shown| shown.name == one.name)))
                    .collect()
            }
            (_, None) => Vec::new(),
            (List::Actions, Some(workspace)) => {
                rows(&workspace.actions, |noted| action(noted, now))
            }
            (List::Checks, Some(workspace)) => {
                rows(&workspace.validations, |noted| check(noted, now))
            }
            (List::Notes, Some(workspace)) => notes(workspace, now),
            (List::Sessions, Some(workspace)) => sessions(workspace, now),
        }
    }
}

fn rows<T>(list: &[Noted<T>], row: impl Fn(&Noted<T>) -> Option<Row>) -> Vec<Row> {
    list.iter().filter_map(row).collect()
}

fn row(mark: &str, tone: Tone, text: String, aside: String) -> Row {
    let mark = mark.to_owned();
    Row {
        mark,
        tone,
        text,
        aside,
    }
}

/// Finished ones are left out.
fn action(noted: &Noted<Action>, now: i64) -> Option<Row> {
    let action = &noted.value.action;
    let holder = action.claimer.as_deref().unwrap_or("somebody");
    let since = ago(noted.at, now);
    let (mark, tone, aside) = match noted.value.claim {
        Claim::Finished => return None,
        Claim::Open => ("open", Tone::Plain, since),
        Claim::Newer => ("newer", Tone::Warn, since),
        Claim::Ended(until) => {
            let ended = ago(until, now);
            (
                "open",
                Tone::Warn,
                format!("lease of {holder} ended {ended}"),
            )
        }
        Claim::Claimed(None) => ("claimed", Tone::Busy, format!("by {holder}, {since}")),
        Claim::Claimed(Some(until)) => {
            let left = countdown(until, now);
            ("claimed", Tone::Busy, format!("by {holder}, {left} left"))
        }
    };
    Some(row(mark, tone, action.text().to_owned(), aside))
}

fn check(noted: &Noted<Judged>, now: i64) -> Option<Row> {
    let Judged {
        validation,
        verdict,
    } = &noted.value;
    let (mark, tone) = match verdict {
        Verdict::Fresh if validation.exit_code == Some(0) => ("fresh", Tone::Good),
        Verdict::Fresh => ("fresh", Tone::Bad),
        Verdict::Stale => ("stale", Tone::Warn),
        Verdict::Dirty => ("dirty", Tone::Warn),
        Verdict::Unknown => ("unknown", Tone::Plain),
        Verdict::Unspecified => ("reported", Tone::Plain),
    };
    let text = match &validation.label {
        Some(label) => format!("{label}: {}", validation.command()),
        None => validation.command().to_owned(),
    };
    let aside = format!("{}, {}", outcome_of(validation), ago(noted.at, now));
    Some(row(mark, tone, text, aside))
}

/// Blockers, then the others.
fn notes(workspace: &Workspace, now: i64) -> Vec<Row> {
    let note = |noted: &Noted<HandoffNote>| {
        let category = enum_of(&HANDOFF_NOTE, "category", noted.value.category);
        let mark = match category {
            None | Some("") => "note",
            Some(category) => category,
        };
        let tone = if mark == "blocker" {
            Tone::Bad
        } else {
            Tone::Plain
        };
        Some(row(
            mark,
            tone,
            noted.value.text().to_owned(),
            ago(noted.at, now),
        ))
    };
    let mut rows = rows(&workspace.notes, note);
    rows.sort_by_key(|row| row.mark != "blocker");
    rows
}

/// Those that have not ended, then the others.
fn sessions(workspace: &Workspace, now: i64) -> Vec<Row> {
    let session = |noted: &Noted<SessionMark>| {
        let (mark, tone) = match noted.value.phase() {
            SessionPhase::Start => ("started", Tone::Busy),
            SessionPhase::Compact => ("compacted", Tone::Busy),
            SessionPhase::End => ("ended", Tone::Over),
            SessionPhase::Unspecified => ("seen", Tone::Plain),
        };
        let session = noted.session.as_deref().unwrap_or("?");
        let text = format!("{} {session}", client(noted.client));
        Some(row(mark, tone, text, ago(noted.at, now)))
    };
    let mut rows = rows(&workspace.sessions, session);
    rows.sort_by_key(|row| row.tone == Tone::Over);
    rows
}

/// Those that cannot be used, then the others.
fn models(view: &View, now: i64) -> Vec<Row> {
    let model = |noted: &Noted<Model>| {
        let Model { health, state } = &noted.value;
        let (mark, tone) = match state {
            ModelState::Limited => ("limited", Tone::Bad),
            ModelState::Error => ("error", Tone::Bad),
            ModelState::Retry => ("retry", Tone::Warn),
            ModelState::Available => ("available", Tone::Good),
            ModelState::Untested | ModelState::Unspecified => ("untested", Tone::Plain),
        };
        let mut parts = Vec::new();
        match (state, noted.value.limited_until()) {
            (_, Some(until)) => {
                let (left, at) = (countdown(until, now), clock(until, now));
                parts.push(format!("resets in {left}, at {at}"));
            }
            (ModelState::Limited, None) => parts.push("end not known".to_owned()),
            (ModelState::Retry | ModelState::Error, None) => match health.last_status {
                Some(0) => parts.push("no answer".to_owned()),
                Some(status) => parts.push(format!("HTTP {status}")),
                None => {}
            },
            _ => {}
        }
        if let (Some(remaining), Some(limit)) = (health.remaining, health.limit) {
            parts.push(format!("{remaining} of {limit} left"));
        }
        if noted.value.limited_until().is_none() {
            parts.push(ago(noted.at, now));
        }
        let names = [health.provider.as_deref(), health.model.as_deref()];
        let text = names.into_iter().flatten().collect::<Vec<_>>().join("/");
        Some(row(mark, tone, text, parts.join(", ")))
    };
    let mut rows = rows(&view.models, model);
    let order = ["limited", "error", "retry", "untested", "available"];
    rows.sort_by_key(|row| order.iter().position(|mark| *mark == row.mark));
    rows
}

fn runtime(noted: &Noted<RuntimeSummary>, now: i64) -> Option<Row> {
    let runtime = &noted.value;
    let (mark, tone) = match runtime.up {
        Some(true) => ("up", Tone::Good),
        Some(false) => ("down", Tone::Bad),
        None => ("not known", Tone::Plain),
    };
    let mut text = runtime.name.clone().unwrap_or_else(|| "?".to_owned());
    if let Some(version) = &runtime.version {
        text = format!("{text} {version}");
    }
    if let Some(port) = runtime.port {
        text = format!("{text} on port {port}");
    }
    let mut parts = Vec::new();
    if let (Some(true), Some(uptime)) = (runtime.up, runtime.uptime_seconds) {
        parts.push(format!("for {}", span(bounded_unsigned(uptime))));
    }
    if let Some(requests) = runtime.requests {
        parts.push(format!("{} of {requests} failed", runtime.failures()));
    }
    parts.push(ago(noted.at, now));
    Some(row(mark, tone, text, parts.join(", ")))
}

/// The one that is shown stands out.
fn place(workspace: &Workspace, is_shown: bool) -> Row {
    let actions = workspace.actions.iter();
    let (mut open, mut claimed) = (0, 0);
    for noted in actions {
        match noted.value.claim {
            Claim::Open | Claim::Ended(_) | Claim::Newer => open += 1,
            Claim::Claimed(_) => claimed += 1,
            Claim::Finished => {}
        }
    }
    let working = workspace.sessions.iter();
    let working = working.filter(|noted| noted.value.phase() != SessionPhase::End);
    let aside = format!(
        "{open} open, {claimed} claimed, {} at work",
        working.count()
    );
    let mark = match (workspace.is_here, is_shown) {
        (true, _) => "here",
        (false, true) => "shown",
        (false, false) => "",
    };
    let tone = if is_shown { Tone::Busy } else { Tone::Plain };
    row(mark, tone, workspace.name.clone(), aside)
}

fn client(client: Client) -> &'static str {
    match client {
        Client::Unspecified => "?",
        Client::Cli => "baton",
        Client::Proxy => "proxy",
        Client::Codex => "codex",
        Client::Opencode => "opencode",
        Client::Mcp => "mcp",
        Client::Launcher => "launcher",
        Client::Doctor => "doctor",
    }
}

/// Time until an instant, in seconds rounded up: "0:45", "27:05", "1:27:05", and whole days and hours from two days on.
pub fn countdown(until: i64, now: i64) -> String {
    let left = until.saturating_sub(now).max(0).saturating_add(999) / 1000;
    let (hours, minutes, seconds) = (left / 3600, left / 60 % 60, left % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        1..48 => format!("{hours}:{minutes:02}:{seconds:02}"),
        _ => format!("{}d {}h", hours / 24, hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::countdown;

    #[test]
    fn a_countdown_never_says_less_than_is_left() {
        for (left, told) in [
            (-5000, "0:00"),
            (0, "0:00"),
            (1, "0:01"),
            (45_000, "0:45"),
            (1_625_000, "27:05"),
            (5_225_000, "1:27:05"),
            (172_799_000, "47:59:59"),
            (172_800_000, "2d 0h"),
            (i64::MAX, "106751991167d 7h"),
        ] {
            assert_eq!(countdown(left, 0), told);
        }
    }
}
