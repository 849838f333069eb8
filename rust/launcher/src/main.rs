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

use baton_native::command_line::parse;
use baton_native::limits::survive_file_size_limit;
use baton_native::output::{Output, shows_colors};
use baton_native::window;

use crate::cli::Cli;
use crate::stop::Stop;

fn main() {
    survive_file_size_limit();
    let code = run();
    window::keep_open();
    // Exit codes of Windows have 32 bits, which ExitCode does not take.
    std::process::exit(code);
}

fn run() -> i32 {
    let cli: Cli = match parse() {
        Ok(cli) => cli,
        Err(code) => return i32::from(code),
    };
    let colors = shows_colors(&stderr(), cli.no_color);
    let ended = match &cli.setup {
        None => day::run(&cli, colors),
        Some(setup) => {
            let done = setup.run::<Cli>(&mut Output::new(cli.output()));
            done.map(|()| 0).map_err(Stop::Failure)
        }
    };
    match ended {
        Ok(code) => code,
        Err(Stop::Signal(signal)) => 128 + signal,
        Err(Stop::Failure(failure)) => {
            failure.report(colors);
            i32::from(failure.exit_code())
        }
    }
}
