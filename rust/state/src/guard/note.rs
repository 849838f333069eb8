//! Notes: one line of prose that no model reads as somebody's turn (PRV-031 to PRV-036).

use super::alphabet::Alphabet;
use super::automaton::Automaton;
use super::byte_set::ByteSet;
use super::finding::Finding;

/// What the rule pack knows of chat templates, compiled.
pub struct TurnRules {
    /// Lengths of the marks, such as <|, then of the role names, such as system.
    lengths: Vec<usize>,
    /// How many of the words are marks.
    marks: usize,
    automaton: Automaton,
}

impl TurnRules {
    /// Compiles marks and role names, both in lower case.
    pub fn compile(marks: &[String], roles: &[String]) -> Self {
        let words: Vec<&String> = marks.iter().chain(roles).collect();
        Self {
            lengths: words.iter().map(|word| word.len()).collect(),
            marks: marks.len(),
            automaton: Automaton::build(
                &words.iter().map(|word| word.as_bytes()).collect::<Vec<_>>(),
            ),
        }
    }
}

const MOST_WORDS: usize = 40;
static MARKUP: ByteSet = ByteSet::parse("`{}");
/// What may stand before a role at the start of a note: quotes, list and heading signs.
static OPENING: ByteSet = ByteSet::parse(" #*>\"'([_.0-9-");
/// What may stand between a role and its colon.
static CLOSING: ByteSet = ByteSet::parse(" *_\"')]0-9-");

/// What is wrong with a note, at most one finding of each rule.
pub fn note_offences(alphabet: &Alphabet, turns: &TurnRules, note: &str) -> Vec<Finding> {
    let text = note.as_bytes();
    let reading = alphabet.read_words(note, &alphabet.ascii);
    let first = match reading.offence {
        Some(Finding {
            place: Some((start, end)),
            ..
        }) if MARKUP.has_at(text, start) => Some(Finding::on("markup", start, end)),
        Some(offence) => Some(offence),
        None if reading.words == 0 => Some(Finding::new("empty")),
        None if reading.words > MOST_WORDS => Some(Finding::new("words")),
        None => None,
    };
    first.into_iter().chain(role_offence(turns, text)).collect()
}

/// The mark of a turn that ends first: a mark of a chat template, a role in a tag, or a role with a colon at the start.
fn role_offence(turns: &TurnRules, text: &[u8]) -> Option<Finding> {
    let mut state = 0;
    text.iter().zip(1..).find_map(|(byte, end)| {
        state = turns.automaton.step(state, *byte);
        turns.automaton.ends(state).iter().find_map(|word| {
            let word = usize::from(*word);
            let start = end - turns.lengths.get(word)?;
            if word < turns.marks {
                Some(Finding::on("role", start, end))
            } else {
                role_at(text, start, end)
            }
        })
    })
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
