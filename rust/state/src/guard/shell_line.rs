//! Splits a shell line into words, by the rules of the POSIX shell as far as its first simple command goes (PRV-060).

use super::byte_set::ByteSet;

/// A word: its bytes without quotes, and where it stands in the line.
#[derive(Debug, Clone)]
pub struct Word {
    pub text: Vec<u8>,
    pub start: usize,
    pub end: usize,
}

/// The words of the first simple command.
pub struct ShellLine {
    pub words: Vec<Word>,
    /// Offset at which more than plain words begins: an operator, a substitution, a comment, an open quote.
    pub compound_at: Option<usize>,
}

static BLANK: ByteSet = ByteSet::parse(" \t");
/// Bytes that end a word and begin something else.
static OPERATOR: ByteSet = ByteSet::parse("|&;<>()\n\r");
/// Bytes that mean themselves wherever they stand.
static PLAIN: ByteSet = ByteSet::parse("A-Za-z0-9_./:=,@%+-").with_non_ascii();
static ESCAPABLE: ByteSet = ByteSet::parse("\"$`\\\n");

/// Splits the line. Linear; never fails.
pub fn split_shell_line(line: &[u8]) -> ShellLine {
    let mut words = Vec::new();
    let mut at = 0;
    while at < line.len() {
        if BLANK.has_at(line, at) {
            at += 1;
            continue;
        }
        if OPERATOR.has_at(line, at) || line.get(at) == Some(&b'#') {
            return ShellLine {
                words,
                compound_at: Some(at),
            };
        }
        let start = at;
        let mut text = Vec::new();
        while at < line.len() && !BLANK.has_at(line, at) && !OPERATOR.has_at(line, at) {
            match read_piece(line, at, &mut text) {
                Some(next) => at = next,
                None => {
                    return ShellLine {
                        words,
                        compound_at: Some(at),
                    };
                }
            }
        }
        words.push(Word {
            text,
            start,
            end: at,
        });
    }
    ShellLine {
        words,
        compound_at: None,
    }
}

/// Reads plain bytes, an escape or a quoted piece of a word; gives the offset behind it, `None` where a word cannot go on so.
fn read_piece(line: &[u8], at: usize, text: &mut Vec<u8>) -> Option<usize> {
    let byte = *line.get(at)?;
    match byte {
        b'\'' => {
            let rest = line.get(at + 1..)?;
            let length = rest.iter().position(|byte| *byte == b'\'')?;
            text.extend_from_slice(rest.get(..length)?);
            Some(at + length + 2)
        }
        b'"' => read_double_quoted(line, at + 1, text),
        b'\\' => {
            text.push(*line.get(at + 1)?);
            Some(at + 2)
        }
        _ if is_substitution(line, at) => None,
        _ => {
            let end = PLAIN.run_end(line, at + 1);
            text.extend_from_slice(line.get(at..end)?);
            Some(end)
        }
    }
}

fn read_double_quoted(line: &[u8], start: usize, text: &mut Vec<u8>) -> Option<usize> {
    let mut at = start;
    loop {
        let byte = *line.get(at)?;
        if byte == b'"' {
            return Some(at + 1);
        }
        if is_substitution(line, at) {
            return None;
        }
        if byte == b'\\' && ESCAPABLE.has_at(line, at + 1) {
            at += 1;
        }
        text.push(*line.get(at)?);
        at += 1;
    }
}

fn is_substitution(line: &[u8], at: usize) -> bool {
    matches!(
        (line.get(at), line.get(at + 1)),
        (Some(b'`'), _) | (Some(b'$'), Some(b'('))
    )
}
