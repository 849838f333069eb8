//! Where the work stands: a card per workspace.

use std::cmp::Reverse;

use baton_state::brief::claim::Claim;
use baton_state::brief::time::{ago, minutes_until};
use baton_state::proto::state::v1::NoteCategory;

use super::hand::{Pair, hand};
use super::table::Tone;
use super::words;
use crate::view::{Action, Noted, View, Workspace};

/// Most workspaces that have a card.
const MOST_WORKSPACES: usize = 12;
/// Most entries of each list of a card.
const MOST_ENTRIES: usize = 10;

/// Where the work stands.
#[derive(Debug, Clone)]
pub struct Work {
    /// The workspaces: that of the current directory first, then the one that something was recorded of last.
    pub cards: Vec<Card>,
    /// How many workspaces have no card.
    pub more: usize,
}

/// One workspace.
#[derive(Debug, Clone)]
pub struct Card {
    /// Its name.
    pub name: String,
    /// Whether the current directory is in it.
    pub is_here: bool,
    /// What is in hand, and what git says of it.
    pub hand: Vec<Pair>,
    /// Actions that are not finished.
    pub actions: List,
    /// How many actions are finished.
    pub finished: usize,
    /// The last run of each check.
    pub checks: List,
    /// Notes, blockers first.
    pub notes: List,
}

/// Some of the entries of a list, and how many there are besides.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// Those that are shown.
    pub entries: Vec<Entry>,
    /// How many are not.
    pub more: usize,
}

/// An entry of a list.
#[derive(Debug, Clone)]
pub struct Entry {
    /// How good its state is.
    pub tone: Tone,
    /// "open", "fresh", "blocker".
    pub state: String,
    /// What it says; of a check, its label.
    pub text: Option<String>,
    /// The command of a check.
    pub command: Option<String>,
    /// Whether a check still holds.
    pub holds: Option<(Tone, &'static str)>,
    /// What else there is to say, in parts.
    pub details: Vec<String>,
}

impl List {
    fn of(mut entries: Vec<Entry>) -> List {
        let more = entries.len().saturating_sub(MOST_ENTRIES);
        entries.truncate(MOST_ENTRIES);
        List { entries, more }
    }
}

impl Work {
    /// The work of a view.
    pub fn of(view: &View) -> Work {
        let mut workspaces: Vec<&Workspace> = view.workspaces.iter().collect();
        // The sort is stable: those of one moment stay in byte order.
        workspaces.sort_by_key(|workspace| (!workspace.is_here, Reverse(last(workspace))));
        let more = workspaces.len().saturating_sub(MOST_WORKSPACES);
        workspaces.truncate(MOST_WORKSPACES);
        let cards = workspaces
            .into_iter()
            .map(|workspace| card(workspace, view));
        Work {
            cards: cards.collect(),
            more,
        }
    }
}

/// When something was recorded of a workspace last.
fn last(workspace: &Workspace) -> i64 {
    let Workspace {
        pointers,
        validations,
        notes,
        actions,
        sessions,
        ..
    } = workspace;
    let newest = [
        pointers.iter().map(|noted| noted.at).max(),
        validations.iter().map(|noted| noted.at).max(),
        notes.iter().map(|noted| noted.at).max(),
        actions.iter().map(|noted| noted.at).max(),
        sessions.iter().map(|noted| noted.at).max(),
    ];
    newest.into_iter().flatten().max().unwrap_or(i64::MIN)
}

fn card(workspace: &Workspace, view: &View) -> Card {
    let now = view.now;
    let is_finished = |noted: &&Noted<Action>| noted.value.claim == Claim::Finished;
    let unfinished = workspace.actions.iter().filter(|noted| !is_finished(noted));
    let mut notes: Vec<_> = workspace.notes.iter().collect();
    notes.sort_by_key(|noted| noted.value.category() != NoteCategory::Blocker);
    let notes = notes.into_iter().map(|noted| {
        let (tone, state) = words::category(&noted.value);
        Entry {
            tone,
            state: state.to_owned(),
            text: Some(words::text(noted.value.text())),
            command: None,
            holds: None,
            details: vec![ago(noted.at, now)],
        }
    });
    Card {
        name: words::name(&workspace.name),
        is_here: workspace.is_here,
        hand: hand(workspace, view),
        actions: List::of(unfinished.map(|noted| action(noted, now)).collect()),
        finished: workspace.actions.iter().filter(is_finished).count(),
        checks: checks(workspace, now),
        notes: List::of(notes.collect()),
    }
}

fn action(noted: &Noted<Action>, now: i64) -> Entry {
    let Action { action, claim } = &noted.value;
    let holder = match action.claimer() {
        "" => "somebody".to_owned(),
        claimer => words::text(claimer),
    };
    let (tone, state, detail) = match *claim {
        Claim::Claimed(Some(until)) => (
            Tone::Good,
            "claimed",
            Some(format!(
                "by {holder}, lease {} left",
                minutes_until(until, now)
            )),
        ),
        Claim::Claimed(None) => (Tone::Good, "claimed", Some(format!("by {holder}"))),
        Claim::Ended(until) => (
            Tone::Warn,
            "open",
            Some(format!("lease of {holder} ended {}", ago(until, now))),
        ),
        Claim::Newer => (Tone::Plain, "newer", None),
        Claim::Open | Claim::Finished => (Tone::Plain, "open", None),
    };
    let id = action.id.as_deref().map(words::text);
    Entry {
        tone,
        state: state.to_owned(),
        text: Some(words::text(action.text())),
        command: None,
        holds: None,
        details: [detail, Some(ago(noted.at, now)), id]
            .into_iter()
            .flatten()
            .collect(),
    }
}

fn checks(workspace: &Workspace, now: i64) -> List {
    let checks = workspace.validations.iter().map(|noted| {
        let validation = &noted.value.validation;
        let (tone, state) = words::outcome(validation);
        let (text, command) = words::check(validation);
        let is_hearsay = words::is_hearsay(validation);
        Entry {
            tone: if is_hearsay { Tone::Plain } else { tone },
            state,
            text,
            command: Some(command),
            holds: Some(words::verdict(noted.value.verdict)),
            details: vec![ago(noted.at, now)],
        }
    });
    List::of(checks.collect())
}
