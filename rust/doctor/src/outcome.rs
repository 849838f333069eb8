//! The exit codes of commands that came to an end, which only `main` uses.

use std::process::ExitCode;

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
