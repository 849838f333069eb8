//! What can go wrong, and how it is told.

use std::io::{self, Write as _};

use anstyle::AnsiColor;
use baton_state::r#gen::tables::ERROR_ARGUMENT;
use baton_state::record::error::BatonError;

use crate::output::{paint, shown};

/// Exit code of arguments that are not understood.
pub const NOT_UNDERSTOOD: u8 = 2;

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An error with its code.
    #[error("{0}")]
    Baton(#[from] BatonError),
    /// An error with its code, and what to do in this very case.
    #[error("{0}")]
    Advised(BatonError, String),
    /// Nobody reads stdout any more. Not worth a word.
    #[error("broken pipe")]
    BrokenPipe,
    /// Stdin cannot be read.
    #[error("error: input could not be read: {}", .0.kind())]
    Input(io::Error),
    /// Stdout cannot be written.
    #[error("error: output could not be written: {0}")]
    Output(io::ErrorKind),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
            kind => Failure::Output(kind),
        }
    }
}

impl Failure {
    /// Says on stderr what went wrong and what to do, in colours where `colors` says so. A broken pipe is silent.
    pub fn report(&self, colors: bool) {
        if matches!(self, Failure::BrokenPipe) {
            return;
        }
        let text = self.to_string();
        let text = shown(&text);
        let (tag, rest) = text.split_once(": ").unwrap_or(("error", &text));
        let mut stderr = io::stderr();
        let _ = writeln!(stderr, "{}: {rest}", paint(colors, AnsiColor::Red, tag));
        let remedy = match self {
            Failure::Baton(error) => error.remedy(),
            Failure::Advised(_, advice) => advice,
            _ => return,
        };
        let help = paint(colors, AnsiColor::Green, "help");
        let _ = writeln!(stderr, "{help}: {}", shown(remedy));
    }

    /// The exit code: 0 for a broken pipe, 2 for arguments that are not understood, else 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::BrokenPipe => 0,
            Failure::Baton(error) if error.table == &ERROR_ARGUMENT => NOT_UNDERSTOOD,
            _ => 1,
        }
    }
}
