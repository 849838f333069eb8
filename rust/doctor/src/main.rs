//! `opencode-proxy-doctor`: shows what Baton knows, whether all of it is sound, and what to do about what is not.

mod checks;
mod cli;
mod commands;
mod error;
mod output;
mod table;

use std::io::Write as _;
use std::process::ExitCode;

use baton_state::r#gen::tables::ERROR_ARGUMENT;
use clap::Parser;

use crate::cli::Cli;
use crate::error::Failure;

/// Exit code of arguments that are not understood.
const NOT_UNDERSTOOD: u8 = 2;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, and go to stdout.
            let code = if error.use_stderr() {
                NOT_UNDERSTOOD
            } else {
                0
            };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match commands::run(cli) {
        Ok(outcome) => outcome.into(),
        Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            let mut stderr = std::io::stderr();
            let _ = writeln!(stderr, "{}", output::shown(&failure.to_string()));
            match failure {
                Failure::Baton(error) => {
                    let _ = writeln!(stderr, "help: {}", error.remedy());
                    let is_usage = error.table == &ERROR_ARGUMENT;
                    ExitCode::from(if is_usage { NOT_UNDERSTOOD } else { 1 })
                }
                _ => ExitCode::FAILURE,
            }
        }
    }
}
