//! `opencode-proxy-launcher`: starts a working day. Finds or starts the proxy, records what it tells, prints the brief, hands
//! the terminal to the agent, and ends what it started.

mod agent;
mod cli;
mod day;
mod ground;
mod lock;
mod node;
mod process;
mod progress;
mod record;
mod signals;
mod source;
mod stay;
mod stop;

use std::io::stderr;

use baton_native::failure::NOT_UNDERSTOOD;
use baton_native::output::shows_colors;
use baton_native::window;
use clap::Parser;

use crate::cli::Cli;
use crate::stop::Stop;

fn main() {
    let code = run();
    window::keep_open();
    // Exit codes of Windows have 32 bits, which ExitCode does not take.
    std::process::exit(code);
}

fn run() -> i32 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, and go to stdout.
            let _ = error.print();
            return if error.use_stderr() {
                i32::from(NOT_UNDERSTOOD)
            } else {
                0
            };
        }
    };
    let colors = shows_colors(&stderr(), cli.no_color);
    match day::run(&cli, colors) {
        Ok(code) => code,
        Err(Stop::Signal(signal)) => 128 + signal,
        Err(Stop::Failure(failure)) => {
            failure.report(colors);
            i32::from(failure.exit_code())
        }
    }
}
