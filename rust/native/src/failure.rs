//! What can go wrong, and the exit codes, which only `main` uses.

use std::io;
use std::process::ExitCode;

use baton_state::record::error::BatonError;

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An error with its code.
    #[error("{0}")]
    Baton(#[from] BatonError),
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

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All done.
    Done,
    /// Done, and problems were found.
    Problems,
    /// Done, but lines had to be left out.
    Loss,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => ExitCode::SUCCESS,
            Outcome::Problems => ExitCode::from(1),
            Outcome::Loss => ExitCode::from(3),
        }
    }
}
