//! Data to stdout, everything else to stderr, and nothing from a record to a terminal unescaped.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use anstyle::{AnsiColor, Style};

use baton_state::brief::escape::is_hidden;

use crate::failure::Failure;

/// What the options say of output.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// One JSON document on stdout, nothing else.
    pub json: bool,
    /// Nothing on stderr but errors.
    pub quiet: bool,
    /// No colours.
    pub no_color: bool,
}

/// Where a command writes to.
pub struct Output {
    stdout: BufWriter<StdoutLock<'static>>,
    /// Whether stdout shows colours.
    colors: bool,
    /// Whether `--json` was given.
    pub json: bool,
    quiet: bool,
}

impl Output {
    /// The output that the options ask for.
    #[must_use]
    pub fn new(options: Options) -> Output {
        let stdout = io::stdout();
        let colors = shows_colors(&stdout, options.no_color);
        Output {
            stdout: BufWriter::with_capacity(64 << 10, stdout.lock()),
            colors,
            json: options.json,
            quiet: options.quiet,
        }
    }

    /// Writes to stdout.
    pub fn data(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
        Ok(self.stdout.write_all(bytes.as_ref())?)
    }

    /// Writes a line to stdout.
    pub fn line(&mut self, text: impl AsRef<[u8]>) -> Result<(), Failure> {
        self.data(text)?;
        self.data(b"\n")
    }

    /// Hands all that was written over, so that a reader has it before slow work begins.
    pub fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.stdout.flush()?)
    }

    /// Says something on stderr that is no data and no error.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// A text in a colour, where stdout shows colours.
    pub fn painted<'a>(&self, color: AnsiColor, text: &'a str) -> Cow<'a, str> {
        paint(self.colors, color, text)
    }

    /// Whether somebody sees how far long work has come: stderr is a terminal, and `--quiet` was not given.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Columns of the terminal; nothing where stdout is none.
    pub fn columns(&self) -> Option<u16> {
        terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0)
    }
}

/// Whether a stream shows colours: only a terminal, and not under `--no-color`, NO_COLOR or TERM=dumb.
pub fn shows_colors(stream: &impl IsTerminal, no_color: bool) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !no_color && !is_set("NO_COLOR") && !is_dumb && stream.is_terminal()
}

/// A text in a colour, where `colors` says so.
pub fn paint(colors: bool, color: AnsiColor, text: &str) -> Cow<'_, str> {
    if !colors {
        return Cow::Borrowed(text);
    }
    let style = Style::new().fg_color(Some(color.into())).bold();
    Cow::Owned(format!("{style}{text}{style:#}"))
}

/// Text of a record, a file name or an error for people: what is hidden in a brief (BRF-032) prints in the same form, such
/// as `\u{1b}`, so that it can neither move the cursor nor reorder what stands around it. A backslash stays one, so that
/// paths can be copied. `escapeForTerminal` of `baton` prints the same.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if is_hidden(char) {
            let _ = write!(escaped, "\\u{{{:x}}}", u32::from(char));
        } else {
            escaped.push(char);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_moves_the_cursor_reorders_or_hides_text_is_escaped() {
        assert_eq!(
            shown("a\u{1b}[2J\u{202e}b\n\u{9b}\u{ad}\u{e0041}"),
            "a\\u{1b}[2J\\u{202e}b\\u{a}\\u{9b}\\u{ad}\\u{e0041}"
        );
        assert_eq!(
            shown("Tests für git-репозиторий grün ✓ in C:\\work"),
            "Tests für git-репозиторий grün ✓ in C:\\work"
        );
    }
}
