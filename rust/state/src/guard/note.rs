//! Notes: one line of prose that no model reads as somebody's turn (PRV-031 to PRV-036).

use super::alphabet::Alphabet;
use super::byte_set::ByteSet;
use super::finding::Finding;

/// What the rule pack knows of chat templates.
pub struct TurnRules {
    /// Names such as system.
    pub roles: Vec<Vec<u8>>,
    /// Marks such as <|.
    pub marks: Vec<Vec<u8>>,
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

/// The first mark of a turn: a mark of a chat template, a role in a tag, or a role with a colon at the start.
fn role_offence(turns: &TurnRules, text: &[u8]) -> Option<Finding> {
    for at in 0..text.len() {
        if let Some(mark) = turns.marks.iter().find(|mark| starts_with(text, at, mark)) {
            return Some(Finding::on("role", at, at + mark.len()));
        }
        if text.get(at) != Some(&b'<') {
            continue;
        }
        let name = if text.get(at + 1) == Some(&b'/') {
            at + 2
        } else {
            at + 1
        };
        let closes = |role: &&Vec<u8>| {
            starts_with(text, name, role) && text.get(name + role.len()) == Some(&b'>')
        };
        if let Some(role) = turns.roles.iter().find(closes) {
            return Some(Finding::on("role", at, name + role.len() + 1));
        }
    }
    let start = OPENING.run_end(text, 0);
    turns
        .roles
        .iter()
        .filter(|role| starts_with(text, start, role))
        .find_map(|role| {
            let end = CLOSING.run_end(text, start + role.len());
            let rest = text.get(end..)?;
            let colon = if rest.starts_with(b":") {
                1
            } else {
                usize::from(rest.starts_with("：".as_bytes())) * 3
            };
            (colon > 0).then(|| Finding::on("role", start, end + colon))
        })
}

/// Whether `word`, which is in lower case, stands at `at` in any case of ASCII.
pub fn starts_with(text: &[u8], at: usize, word: &[u8]) -> bool {
    text.get(at..at + word.len())
        .is_some_and(|here| here.eq_ignore_ascii_case(word))
}
