//! What is known of one workspace.

use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{
    GitFacts, HandoffNote, Pointer, PointerType, SessionMark, WorkspaceState,
};

use super::{Action, Judged, Noted, action, judged, noted};

/// What is known of one workspace. Lists are newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Workspace {
    /// Its name or alias.
    pub name: String,
    /// Whether the current directory is in it.
    pub is_here: bool,
    /// What is in hand, and was.
    pub pointers: Vec<Noted<Pointer>>,
    /// Checks that ran, with their verdicts.
    pub validations: Vec<Noted<Judged>>,
    /// Notes to the next session.
    pub notes: Vec<Noted<HandoffNote>>,
    /// What is to be done, and what was done lately.
    pub actions: Vec<Noted<Action>>,
    /// Agent sessions, with what last happened to each.
    pub sessions: Vec<Noted<SessionMark>>,
}

impl Workspace {
    /// The workspace of a state that was folded at `now`; `git` is what git says of it, None where it says nothing.
    pub(super) fn of(state: WorkspaceState, git: Option<&GitFacts>, now: i64) -> Workspace {
        Workspace {
            name: state.workspace.unwrap_or_default(),
            is_here: git.is_some(),
            pointers: noted(state.pointers, |kind| match kind {
                Kind::Pointer(pointer) => Some(pointer),
                _ => None,
            }),
            validations: noted(state.validations, |kind| match kind {
                Kind::Validation(validation) => Some(judged(validation, git)),
                _ => None,
            }),
            notes: noted(state.notes, |kind| match kind {
                Kind::HandoffNote(note) => Some(note),
                _ => None,
            }),
            actions: noted(state.actions, |kind| match kind {
                Kind::NextAction(next) => Some(action(next, now)),
                _ => None,
            }),
            sessions: noted(state.sessions, |kind| match kind {
                Kind::SessionMark(mark) => Some(mark),
                _ => None,
            }),
        }
    }

    /// The pointer in hand of a type: the newest one whose `active` is not false.
    pub fn in_hand(&self, ty: PointerType) -> Option<&Noted<Pointer>> {
        self.pointers
            .iter()
            .find(|noted| noted.value.r#type() == ty && noted.value.active != Some(false))
    }
}
