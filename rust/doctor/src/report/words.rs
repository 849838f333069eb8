//! What records say, as words of the page.

use baton_state::brief::fields::enum_of;
use baton_state::brief::validations::outcome_of;
use baton_state::r#gen::tables::HANDOFF_NOTE;
use baton_state::proto::state::v1::{
    Client, HandoffNote, ModelState, NoteCategory, Validation, ValidationSource, Verdict,
};

use super::table::Tone;

/// Most bytes of one text of a record; more than the guard lets into a note.
const MOST_TEXT_BYTES: usize = 600;

/// A text of a record, in whole characters up to 600 bytes; where more follow, "…" stands for them.
pub fn text(text: &str) -> String {
    let fits = |(at, character): &(usize, char)| at + character.len_utf8() <= MOST_TEXT_BYTES;
    if text.len() <= MOST_TEXT_BYTES {
        return text.to_owned();
    }
    let mut cut: String = text
        .char_indices()
        .take_while(fits)
        .map(|(_, character)| character)
        .collect();
    cut.push('…');
    cut
}

/// A text of a record, or "?" where it has none.
pub fn name(name: &str) -> String {
    match name {
        "" => "?".to_owned(),
        name => text(name),
    }
}

/// How a check ended.
pub fn outcome(validation: &Validation) -> (Tone, String) {
    let tone = match (validation.exit_code, validation.tests_failed()) {
        (None, 0) => Tone::Plain,
        (Some(0), 0) => Tone::Good,
        _ => Tone::Bad,
    };
    (tone, outcome_of(validation))
}

/// What was checked: the label that the user gave, and the command.
pub fn check(validation: &Validation) -> (Option<String>, String) {
    (
        validation.label.as_deref().map(text),
        name(validation.command()),
    )
}

/// Whether a check still holds, and why not.
pub fn verdict(verdict: Verdict) -> (Tone, &'static str) {
    match verdict {
        Verdict::Fresh => (Tone::Good, "fresh"),
        Verdict::Stale => (Tone::Warn, "stale"),
        Verdict::Dirty => (Tone::Warn, "dirty"),
        Verdict::Unknown => (Tone::Plain, "unknown"),
        Verdict::Unspecified => (Tone::Plain, "reported"),
    }
}

/// Whether a model said so, which is no proof.
pub fn is_hearsay(validation: &Validation) -> bool {
    !matches!(
        validation.source(),
        ValidationSource::Run | ValidationSource::Hook | ValidationSource::Plugin
    )
}

/// What a note is about.
pub fn category(note: &HandoffNote) -> (Tone, &'static str) {
    let tone = match note.category() {
        NoteCategory::Blocker => Tone::Bad,
        _ => Tone::Plain,
    };
    let name = enum_of(&HANDOFF_NOTE, "category", note.category);
    let name = name.filter(|name| !name.is_empty());
    (tone, name.unwrap_or("note"))
}

/// Whether a model can be used.
pub fn model_state(state: ModelState) -> (Tone, &'static str) {
    match state {
        ModelState::Available => (Tone::Good, "available"),
        ModelState::Limited => (Tone::Warn, "limited"),
        ModelState::Retry => (Tone::Warn, "retry"),
        ModelState::Error => (Tone::Bad, "error"),
        ModelState::Untested | ModelState::Unspecified => (Tone::Plain, "untested"),
    }
}

/// A program, as people call it.
pub fn client(client: Client) -> &'static str {
    match client {
        Client::Unspecified => "an unknown program",
        Client::Cli => "baton",
        Client::Proxy => "the proxy",
        Client::Codex => "Codex",
        Client::Opencode => "OpenCode",
        Client::Mcp => "the MCP server",
        Client::Launcher => "the launcher",
        Client::Doctor => "the doctor",
    }
}
