//! Notes: one line of prose that no model reads as somebody's turn (PRV-031 to PRV-036).

use super::alphabet::Alphabet;
use super::automaton::starts_with;
use super::byte_set::ByteSet;
use super::finding::Finding;
use super::survey::{Survey, TURN, TURN_OPENINGS};

/// What the rule pack knows of chat templates, compiled.
pub struct TurnRules {
    /// Marks such as <|, then role names such as system.
    words: Vec<String>,
    /// How many of the words are marks.
    marks: usize,
}

impl TurnRules {
    /// Compiles marks and role names, both in lower case.
    pub fn compile(marks: &[String], roles: &[String]) -> Self {
        Self {
            words: marks.iter().chain(roles).cloned().collect(),
            marks: marks.len(),
        }
    }
}

const MOST_WORDS: usize = 40;
static MARKUP: ByteSet = ByteSet::parse("`{}");
/// What may stand before a role at the start of a note, whose first byte is none of these: quotes, list and heading signs.
static OPENING: ByteSet = ByteSet::parse(" #*>\"'([_.0-9-");
/// What may stand between a role and its colon.
static CLOSING: ByteSet = ByteSet::parse(" *_\"')]0-9-");

/// What is wrong with the words of a note; `seen` is its survey.
pub fn note_offence(alphabet: &Alphabet, note: &str, seen: Survey) -> Option<Finding> {
    let text = note.as_bytes();
    let reading = alphabet.read_words(note, seen, &alphabet.ascii);
    match reading.offence {
        Some(Finding {
            place: Some((start, end)),
            ..
        }) if MARKUP.has_at(text, start) => Some(Finding::on("markup", start, end)),
        Some(offence) => Some(offence),
        None if reading.words == 0 => Some(Finding::new("empty")),
        None if reading.words > MOST_WORDS => Some(Finding::new("words")),
        None => None,
    }
}

/// The turn whose word ends first: a mark of a chat template, a role in a tag, or a role with a colon at the start. Words are
/// looked for only where one of these can begin.
pub fn role_offence(turns: &TurnRules, text: &[u8], seen: Survey) -> Option<Finding> {
    let mut first = None;
    turn_at(turns, text, OPENING.run_end(text, 0), &mut first);
    let mut behind = 0;
    while seen & TURN != 0
        && let Some(at) = TURN_OPENINGS.next_member(text, behind)
    {
        for start in at..at + 3 {
            turn_at(turns, text, start, &mut first);
        }
        behind = at + 1;
    }
    first.map(|turn| turn.finding)
}

/// A turn, and where its word stands.
struct Turn {
    finding: Finding,
    start: usize,
    end: usize,
}

/// Takes the turn at `start` where it ends before the first one so far; of two with one end, the longer one.
fn turn_at(turns: &TurnRules, text: &[u8], start: usize, first: &mut Option<Turn>) {
    let opening = text.get(start).map(u8::to_ascii_lowercase);
    for (word, i) in turns.words.iter().zip(0..) {
        if word.as_bytes().first().copied() != opening || !starts_with(text, start, word.as_bytes())
        {
            continue;
        }
        let end = start + word.len();
        let is_first = first
            .as_ref()
            .is_none_or(|first| end < first.end || end == first.end && start < first.start);
        if !is_first {
            continue;
        }
        let finding = if i < turns.marks {
            Some(Finding::on("role", start, end))
        } else {
            role_at(text, start, end)
        };
        if let Some(finding) = finding {
            *first = Some(Turn {
                finding,
                start,
                end,
            });
        }
    }
}

/// The turn that the role name at `start..end` opens, if it does.
fn role_at(text: &[u8], start: usize, end: usize) -> Option<Finding> {
    let (before, rest) = (text.get(..start)?, text.get(end..)?);
    if rest.starts_with(b">") {
        let open = before.strip_suffix(b"/").unwrap_or(before);
        if open.ends_with(b"<") {
            return Some(Finding::on("role", open.len() - 1, end + 1));
        }
    }
    if OPENING.misfit(text, 0, start).is_some() {
        return None;
    }
    let colon_at = CLOSING.run_end(text, end);
    let rest = text.get(colon_at..)?;
    let colon = if rest.starts_with(b":") {
        1
    } else {
        "：".len()
    };
    let is_colon = rest.starts_with(b":") || rest.starts_with("：".as_bytes());
    is_colon.then(|| Finding::on("role", start, colon_at + colon))
}
