//! Text from records as data: nothing in it can end its line, turn its direction or hide (BRF-030 … BRF-033).

use std::fmt::Write;

/// Most bytes of UTF-8 of one text; the rest is cut and shows as "…".
const MOST_TEXT_BYTES: usize = 200;

/// Prose in double quotes: `"` and `\` are escaped with `\`.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text, '"'))
}

/// A command in backquotes; a backquote inside is escaped by its code point.
#[must_use]
pub fn code(text: &str) -> String {
    format!("`{}`", escaped(text, '`'))
}

/// An identifier as it is; a space inside is escaped by its code point, so that it stays one word; "?" if empty.
#[must_use]
pub fn word(text: &str) -> String {
    match text {
        "" => "?".to_owned(),
        text => escaped(text, ' '),
    }
}

fn escaped(text: &str, also: char) -> String {
    let stays = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'\\' && char::from(byte) != also;
    if text.len() <= MOST_TEXT_BYTES && text.bytes().all(stays) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for (at, character) in text.char_indices() {
        if at + character.len_utf8() > MOST_TEXT_BYTES {
            out.push('…');
            break;
        }
        if character == '\\' {
            out.push_str("\\\\");
        } else if character == '"' && also == '"' {
            out.push_str("\\\"");
        } else if character == also || is_hidden(character) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// Whether a code point changes what a reader sees without showing: controls, bidi marks, and what is ignored by default
/// (BRF-032).
#[must_use]
pub fn is_hidden(character: char) -> bool {
    matches!(
        u32::from(character),
        0x00..=0x1f
            | 0x7f..=0x9f
            | 0xad
            | 0x34f
            | 0x61c
            | 0x115f..=0x1160
            | 0x17b4..=0x17b5
            | 0x180b..=0x180f
            | 0x200b..=0x200f
            | 0x2028..=0x202e
            | 0x2060..=0x206f
            | 0x3164
            | 0xfeff
            | 0xffa0
            | 0xfff0..=0xfffb
            | 0x1d173..=0x1d17a
            | 0xe0000..=0xe0fff
    )
}
