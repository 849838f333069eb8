//! The manners that both command lines share: colours of help, completions for shells, manual pages.

use std::env::args_os;
use std::fs;
use std::path::PathBuf;

use anstyle::{AnsiColor, Effects};
use baton_state::r#gen::tables::ERROR_ARGUMENT;
use baton_state::record::error::BatonError;
use clap::builder::Styles;
use clap::{ColorChoice, Command, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::failure::{Failure, NOT_UNDERSTOOD};
use crate::output::Output;

/// The colours of cargo's help.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::BrightGreen.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::BrightGreen.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::BrightCyan.on_default().effects(Effects::BOLD))
    .placeholder(AnsiColor::Cyan.on_default())
    .error(AnsiColor::BrightRed.on_default().effects(Effects::BOLD))
    .valid(AnsiColor::BrightCyan.on_default().effects(Effects::BOLD))
    .invalid(AnsiColor::BrightYellow.on_default().effects(Effects::BOLD));

/// What a program does for those who install it.
#[derive(Debug, Subcommand)]
pub enum Setup {
    /// Print completions for a shell
    Completions {
        /// The shell that completes
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
    /// Write the manual pages, for packages
    #[command(hide = true)]
    Man {
        /// The folder that they are written to; it is made where it is missing
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

impl Setup {
    /// Prints the completions of the program `C`, or writes its manual pages: one for itself and one for each command, such as
    /// `opencode-proxy-doctor-check.1`. Refuses a folder that cannot be written (ARGUMENT).
    pub fn run<C: CommandFactory>(&self, out: &mut Output) -> Result<(), Failure> {
        let mut command = command::<C>();
        match self {
            Setup::Completions { shell } => {
                let name = command.get_name().to_owned();
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut command, &name, &mut script);
                let script = String::from_utf8_lossy(&script);
                // Of a name with hyphens, bash gets the options of commands under another name than it asks for
                // (https://github.com/clap-rs/clap/issues/6421).
                let misnamed = name.replace('-', "__subcmd__");
                out.data(script.replace(&misnamed, &name.replace('-', "__")))?;
                out.flush()
            }
            Setup::Man { folder } => {
                let written = fs::create_dir_all(folder)
                    .and_then(|()| clap_mangen::generate_to(command, folder));
                written.map_err(|error| {
                    let place = format!("the folder cannot be written, {}", error.kind());
                    BatonError::new(&ERROR_ARGUMENT).at(place).into()
                })
            }
        }
    }
}

/// The command line of a program, with the examples that `Setup` cannot know.
fn command<C: CommandFactory>() -> Command {
    let command = C::command();
    let name = command.get_name().to_owned();
    let place = "~/.local/share/bash-completion/completions";
    command
        .mut_subcommand("completions", |completions| {
            completions.after_help(format!(
                "Example:\n  {name} completions bash > {place}/{name}"
            ))
        })
        .mut_subcommand("man", |man| {
            man.after_help(format!("Example:\n  {name} man share/man/man1"))
        })
}

/// The command line as it was typed; or the exit code, once help, the version or what was not understood is printed. Help and
/// errors are in colours where a terminal shows them, and not under `--no-color` or NO_COLOR.
pub fn parse<C: Parser>() -> Result<C, u8> {
    let mut typed = args_os().skip(1).take_while(|argument| argument != "--");
    let colors = if typed.any(|argument| argument == "--no-color") {
        ColorChoice::Never
    } else {
        ColorChoice::Auto
    };
    let mut command = command::<C>().styles(STYLES).color(colors);
    let parsed = command
        .try_get_matches_from_mut(args_os())
        .and_then(|matches| C::from_arg_matches(&matches))
        .map_err(|error| error.format(&mut command));
    parsed.map_err(|error| {
        let _ = error.print();
        // Help and version come this way too, and go to stdout.
        if error.use_stderr() {
            NOT_UNDERSTOOD
        } else {
            0
        }
    })
}
