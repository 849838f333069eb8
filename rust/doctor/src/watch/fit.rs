//! Text that fits into columns of a terminal.

use std::borrow::Cow;

use baton_native::output::shown;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a text takes.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// A text as it may be drawn: what is hidden escaped (BRF-032), and cut with an ellipsis where it is wider than this many
/// columns.
pub fn fitted(text: &str, width: usize) -> Cow<'_, str> {
    let text = shown(text);
    if columns(&text) <= width {
        return text;
    }
    let mut cut = String::with_capacity(width);
    let mut taken = 1;
    for character in text.chars() {
        taken += character.width().unwrap_or(0);
        if taken > width {
            break;
        }
        cut.push(character);
    }
    if width > 0 {
        cut.push('…');
    }
    Cow::Owned(cut)
}

/// Rows that each of several lists gets of `room`, by how many it has. Every list gets two before any gets more; then the
/// one that `first` names gets all that it has, then the others row by row.
pub fn shared(wanted: &[usize], first: Option<usize>, room: usize) -> Vec<usize> {
    let mut given = vec![0; wanted.len()];
    let mut room = room;
    let mut give = |at: usize, most: usize, given: &mut Vec<usize>| {
        if let (Some(given), Some(wanted)) = (given.get_mut(at), wanted.get(at)) {
            let more = most.min(wanted - *given).min(room);
            *given += more;
            room -= more;
            more
        } else {
            0
        }
    };
    for _ in 0..2 {
        for at in 0..wanted.len() {
            give(at, 1, &mut given);
        }
    }
    if let Some(first) = first {
        give(first, usize::MAX, &mut given);
    }
    loop {
        let mut sum = 0;
        for at in 0..wanted.len() {
            sum += give(at, 1, &mut given);
        }
        if sum == 0 {
            return given;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_columns_and_nothing_of_it_moves_the_cursor() {
        assert_eq!(fitted("short", 5), "short");
        assert_eq!(fitted("longer", 5), "long…");
        assert_eq!(fitted("漢字漢字", 6), "漢字…");
        assert_eq!(fitted("漢字漢字", 1), "…");
        assert_eq!(fitted("x", 0), "");
        assert_eq!(fitted("\u{1b}[2J", 20), "\\u{1b}[2J");
        for width in 0..12 {
            assert!(columns(&fitted("a\u{202e}漢\tb\u{301}漢", width)) <= width);
        }
    }

    #[test]
    fn every_list_gets_two_rows_before_any_gets_more_and_the_chosen_one_gets_all_it_has() {
        assert_eq!(shared(&[9, 1, 9], None, 5), [2, 1, 2]);
        assert_eq!(shared(&[9, 1, 9], Some(2), 10), [2, 1, 7]);
        assert_eq!(shared(&[9, 1, 9], None, 10), [5, 1, 4]);
        assert_eq!(shared(&[1, 1], Some(0), 10), [1, 1]);
        assert_eq!(shared(&[3, 3, 3], Some(1), 2), [1, 1, 0]);
        assert_eq!(shared(&[], Some(1), 2), [0; 0]);
    }
}
