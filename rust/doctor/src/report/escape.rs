//! How every text comes into the page: as text, whatever it holds.

use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};
use baton_native::output::shown;

/// The escaper of the page's templates (`askama.toml`). What is hidden in a brief (BRF-032) shows as `\u{…}`, and what HTML
/// reads as markup as a reference.
#[derive(Debug, Clone, Copy)]
pub struct Page;

impl Escaper for Page {
    fn write_escaped_str<W: Write>(&self, dest: W, string: &str) -> fmt::Result {
        Html.write_escaped_str(dest, &shown(string))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_neither_markup_nor_moves_what_stands_around_it() {
        let mut page = String::new();
        let hostile = "</style><script>alert('1' & \"2\")</script>\u{202e}\u{0}\n\u{200b}";
        Page.write_escaped_str(&mut page, hostile).unwrap();
        assert!(!page.contains(['<', '>', '"', '\'', '\n', '\u{0}']));
        assert!(page.ends_with("\\u{202e}\\u{0}\\u{a}\\u{200b}"), "{page}");
    }
}
