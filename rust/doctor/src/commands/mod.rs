//! The commands, one per file.

mod audit;
mod check;
mod check_lines;
mod context;
mod dump;
mod export;
mod guard;
mod lines;
mod rebuild;
mod recover;
mod report;
mod resume;
mod sql;
mod status;
mod usage;
mod verify;
mod watch;

use std::env::var_os;

use baton_state::r#gen::tables::ERROR_ARGUMENT;
use baton_state::home::{Home, now};
use baton_state::record::error::BatonError;

use self::context::Context;
use crate::cli::{CheckArgs, Cli, Command};
use crate::outcome::Outcome;
use baton_native::failure::Failure;
use baton_native::output::Output;

/// Runs what the command line asks for.
pub fn run(cli: Cli) -> Result<Outcome, Failure> {
    let no_color = cli.global.no_color;
    let mut out = Output::new(cli.global.output());
    if cli.command.is_some() && cli.check != CheckArgs::default() {
        let error = BatonError::new(&ERROR_ARGUMENT);
        return Err(error
            .at("the options of `check` belong behind `check`")
            .into());
    }
    if let Some(Command::Setup(setup)) = &cli.command {
        setup.run::<Cli>(&mut out)?;
        return Ok(Outcome::Done);
    }
    let mut context = Context {
        home: Home::open(cli.global.home.as_deref(), &|name| var_os(name))?,
        now: now(&|name| var_os(name))?,
        out,
    };
    let outcome = match cli.command {
        // What sets up has returned before a home was looked for.
        None | Some(Command::Setup(_)) => check::run(&mut context, &cli.check),
        Some(Command::Check(args)) => check::run(&mut context, &args),
        Some(Command::Resume(args)) => resume::run(&mut context, &args),
        Some(Command::Status) => status::run(&mut context),
        Some(Command::Watch) => watch::run(&mut context, no_color),
        Some(Command::Usage(args)) => usage::run(&mut context, &args),
        Some(Command::Verify) => verify::run(&mut context),
        Some(Command::Audit(args)) => audit::run(&mut context, &args),
        Some(Command::Dump(args)) => dump::run(&mut context, &args),
        Some(Command::Report(args)) => report::run(&mut context, &args),
        Some(Command::Export(args)) => export::run(&mut context, &args),
        Some(Command::Sql(args)) => sql::run(&mut context, &args),
        Some(Command::Recover(args)) => recover::run(&mut context, &args),
        Some(Command::Rebuild) => rebuild::run(&mut context),
        Some(Command::Guard) => guard::run(&mut context),
    }?;
    context.out.flush()?;
    Ok(outcome)
}
