//! `check`: what is sound, what is not, and what to do.

use std::path::Path;

use baton_state::r#gen::tables::CHECK_REPORT;
use baton_state::json::json_of_bytes;
use prost::Message;

use super::check_lines::{print_checks, print_fixes, print_line};
use super::context::Context;
use crate::bundle;
use crate::checks::{Clients, Ground, run as run_checks};
use crate::cli::{CheckArgs, FailOn};
use crate::fix;
use crate::new_file;
use crate::outcome::Outcome;
use baton_native::failure::Failure;
use baton_native::output::Output;

/// Mends first with `--fix`. Prints a line per check, one line for all with `--compact`, or the CheckReport with `--json`.
/// The bundle with `--bundle` goes into its file, or to stdout in place of the report.
pub fn run(context: &mut Context, args: &CheckArgs) -> Result<Outcome, Failure> {
    let to_file = args
        .bundle
        .as_deref()
        .filter(|file| *file != Path::new("-"));
    if let Some(file) = to_file {
        new_file::expect_absent(file)?;
    }
    let fixes = if args.fix {
        fix::run(&ground(context, args), &args.only, args.dry_run)
    } else {
        Vec::new()
    };
    // The checks look at what is there now.
    let mut report = run_checks(ground(context, args), &args.only);
    report.fixes = fixes;
    let outcome = if report.fail() > 0 {
        Outcome::Problems
    } else {
        Outcome::Done
    };
    let text = match &args.bundle {
        Some(_) => Some(bundle::text_of(&ground(context, args), report.clone())?),
        None => None,
    };
    let out = &mut context.out;
    if let (Some(text), None) = (&text, to_file) {
        out.data(text)?;
        tell(out, text);
        return Ok(outcome);
    }
    if out.json {
        out.data(json_of_bytes(CHECK_REPORT.name, &report.encode_to_vec())?)?;
    } else if args.compact {
        print_line(out, &report)?;
    } else {
        if args.fix {
            print_fixes(out, &report.fixes)?;
        }
        print_checks(out, &report, args.only.is_empty())?;
    }
    if let (Some(text), Some(file)) = (&text, to_file) {
        out.flush()?;
        new_file::write(file, &[text.as_bytes()])?;
        tell(out, text);
    }
    Ok(outcome)
}

/// Says what a bundle is that was written.
fn tell(out: &Output, text: &str) {
    out.note(&format!(
        "the bundle has {} bytes: checks, versions, counts and findings; no record, path or name. Read it before you attach it",
        text.len()
    ));
}

fn ground(context: &Context, args: &CheckArgs) -> Ground {
    Ground::new(
        context.home.clone(),
        context.now,
        std::env::var_os("BATON_NOW").is_some_and(|now| !now.is_empty()),
        args.fail_on.unwrap_or(FailOn::Never),
        Clients::new(context.home.dir(), args.offline),
    )
}
