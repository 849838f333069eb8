//! The command line. docs/launcher.md describes it.

use std::ffi::OsString;
use std::path::PathBuf;

use baton_native::command_line::Setup;
use baton_native::output::Options;
use clap::{Parser, ValueEnum};

/// Starts a working day: finds or starts the proxy, prints the brief, and hands this terminal to the agent.
#[derive(Debug, Parser)]
#[command(
    name = "opencode-proxy-launcher",
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  opencode-proxy-launcher                                 proxy, brief and OpenCode
  opencode-proxy-launcher --proxy ~/src/opencode-proxy    with the proxy of this checkout
  opencode-proxy-launcher -- run \"fix the tests\"          what follows -- goes to the agent
  opencode-proxy-launcher --agent none                    the proxy alone, until Ctrl-C

Exit codes: that of the agent, 128 + n where signal n ended it, 1 failed, 2 not understood"
)]
pub struct Cli {
    /// Agent that gets the terminal [default: opencode, else codex, whichever is on PATH]
    #[arg(long, value_name = "AGENT")]
    pub agent: Option<Choice>,
    /// Proxy to start where none runs: a checkout of opencode-proxy, or a command
    #[arg(long, value_name = "DIR|CMD")]
    pub proxy: Option<OsString>,
    /// State directory, instead of BATON_HOME or the platform's
    #[arg(long, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Nothing on stderr but errors
    #[arg(long)]
    pub quiet: bool,
    /// No colours, as NO_COLOR asks for
    #[arg(long)]
    pub no_color: bool,
    /// Arguments of the agent
    #[arg(last = true, value_name = "ARG")]
    pub arguments: Vec<OsString>,
    /// What to do instead of a day of work.
    #[command(subcommand)]
    pub setup: Option<Setup>,
}

impl Cli {
    /// What the options say of output.
    pub fn output(&self) -> Options {
        Options {
            json: false,
            quiet: self.quiet,
            no_color: self.no_color,
        }
    }
}

/// Which agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// Codex CLI; it does without the proxy
    Codex,
    /// OpenCode
    Opencode,
    /// None: the proxy alone
    None,
}
