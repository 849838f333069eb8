//! `opencode-proxy-doctor`: shows what Baton knows, whether all of it is sound, and what to do about what is not.

mod audit;
mod bundle;
mod checks;
mod cli;
mod commands;
mod fix;
mod names;
mod nearest;
mod new_file;
mod outcome;
mod progress;
mod report;
mod sql;
mod table;
mod view;
mod watch;

use std::io::stderr;
use std::process::ExitCode;

use baton_native::command_line::parse;
use baton_native::limits::survive_file_size_limit;
use baton_native::output::shows_colors;
use baton_native::window;

use crate::cli::Cli;

fn main() -> ExitCode {
    survive_file_size_limit();
    let code = run();
    window::keep_open();
    code
}

fn run() -> ExitCode {
    let cli: Cli = match parse() {
        Ok(cli) => cli,
        Err(code) => return ExitCode::from(code),
    };
    let colors = shows_colors(&stderr(), cli.global.no_color);
    match commands::run(cli) {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            failure.report(colors);
            ExitCode::from(failure.exit_code())
        }
    }
}
