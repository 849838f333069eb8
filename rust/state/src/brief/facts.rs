//! The winners that a brief of one workspace is made from, decoded, newest first; none that it never shows.

use std::cmp::Reverse;

use prost::Message;

use super::fields::bounded;
use crate::fold::Winner;
use crate::fold::state::State;
use crate::proto::state::v1::{
    ConfigFact, GitAnswer, GitFacts, HandoffNote, ModelHealth, NextAction, Pointer, Record,
    RuntimeSummary, Validation, record::Kind,
};

/// Most validations that a brief shows (BRF-013).
const MOST_VALIDATIONS: usize = 5;

/// One winner, decoded.
#[derive(Debug, Clone)]
pub struct Fact<T> {
    /// The message of its kind.
    pub value: T,
    /// When it was true: milliseconds since 1970.
    pub at: i64,
}

/// What a brief is made from. Lists are newest first, by stamp, then in byte order of the keys.
#[derive(Debug, Clone)]
pub struct Facts<'g> {
    /// The instant.
    pub now: i64,
    /// The workspace.
    pub workspace: String,
    /// What git says of this workspace; None where it says nothing.
    pub here: Option<&'g GitFacts>,
    /// Whether nothing at all is recorded for the workspace.
    pub is_empty: bool,
    /// Pointers.
    pub pointers: Vec<Fact<Pointer>>,
    /// Actions that are not finished.
    pub actions: Vec<Fact<NextAction>>,
    /// Notes.
    pub notes: Vec<Fact<HandoffNote>>,
    /// The newest validations, as many as a brief shows, each with its whole record.
    pub validations: Vec<(Fact<Validation>, Record)>,
    /// Models.
    pub models: Vec<Fact<ModelHealth>>,
    /// Runtimes.
    pub runtimes: Vec<Fact<RuntimeSummary>>,
    /// Configuration facts.
    pub config: Vec<Fact<ConfigFact>>,
}

/// Picks what concerns the workspace and the machine out of a state.
#[must_use]
pub fn facts_of<'g>(
    state: &State<'_, '_>,
    workspace: &str,
    git: Option<&'g GitFacts>,
) -> Facts<'g> {
    let of_workspace = |winner: &Winner<'_>| winner.workspace == Some(workspace.as_bytes());
    let winners = state.winners.iter();
    let mut relevant: Vec<_> = winners
        .filter(|(_, winner)| winner.workspace.is_none() || of_workspace(winner))
        .filter(|(_, winner)| !winner.rank.terminal)
        .collect();
    // The sort is stable, and the winners come in byte order of their keys.
    relevant.sort_by_key(|(_, winner)| Reverse(winner.stamp));
    let mut facts = Facts {
        now: state.now,
        workspace: workspace.to_owned(),
        here: git.filter(|git| is_about(git, workspace)),
        is_empty: !state.winners.iter().any(|(_, winner)| of_workspace(winner)),
        pointers: Vec::new(),
        actions: Vec::new(),
        notes: Vec::new(),
        validations: Vec::new(),
        models: Vec::new(),
        runtimes: Vec::new(),
        config: Vec::new(),
    };
    for (_, winner) in relevant {
        let is_shown = match winner.kind.name {
            "validation" => facts.validations.len() < MOST_VALIDATIONS,
            "session_mark" => false,
            _ => true,
        };
        if !is_shown {
            continue;
        }
        // The fold has refused what does not decode.
        if let Ok(record) = Record::decode(winner.record.payload) {
            facts.push(record, bounded(winner.observed_at));
        }
    }
    facts
}

impl Facts<'_> {
    fn push(&mut self, record: Record, at: i64) {
        if let Some(Kind::Validation(value)) = &record.kind {
            let value = value.clone();
            self.validations.push((Fact { value, at }, record));
            return;
        }
        match record.kind {
            Some(Kind::Pointer(value)) => self.pointers.push(Fact { value, at }),
            Some(Kind::NextAction(value)) => self.actions.push(Fact { value, at }),
            Some(Kind::HandoffNote(value)) => self.notes.push(Fact { value, at }),
            Some(Kind::ModelHealth(value)) => self.models.push(Fact { value, at }),
            Some(Kind::RuntimeSummary(value)) => self.runtimes.push(Fact { value, at }),
            Some(Kind::ConfigFact(value)) => self.config.push(Fact { value, at }),
            _ => {}
        }
    }
}

fn is_about(git: &GitFacts, workspace: &str) -> bool {
    git.answer() == GitAnswer::Complete && git.workspace.as_deref() == Some(workspace)
}
