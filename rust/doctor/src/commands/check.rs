//! `check`: what is sound, what is not, and what to do.

use std::path::Path;

use anstyle::AnsiColor;
use baton_state::r#gen::tables::CHECK_REPORT;
use baton_state::json::json_of_bytes;
use baton_state::proto::state::v1::{CheckReport, Fix};
use prost::Message;

use super::context::Context;
use crate::bundle;
use crate::checks::{Clients, Ground, run as run_checks};
use crate::cli::{CheckArgs, FailOn};
use crate::fix;
use crate::outcome::Outcome;
use baton_native::failure::Failure;
use baton_native::output::{Output, shown};

/// Mends first with `--fix`. Prints a line per check, one line for all with `--compact`, or the CheckReport with `--json`.
pub fn run(context: &mut Context, args: &CheckArgs) -> Result<Outcome, Failure> {
    let to_file = args
        .bundle
        .as_deref()
        .filter(|file| *file != Path::new("-"));
    if let Some(file) = to_file {
        bundle::expect_absent(file)?;
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
        print_checks(out, &report)?;
    }
    if let (Some(text), Some(file)) = (&text, to_file) {
        out.flush()?;
        bundle::write(file, text)?;
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

fn print_fixes(out: &mut Output, fixes: &[Fix]) -> Result<(), Failure> {
    for fix in fixes {
        let tag = tag(out, fix.outcome());
        let reason = fix.reason.as_deref().map(|reason| format!(": {reason}"));
        let line = format!("{} {}{}", fix.id(), fix.deed(), reason.unwrap_or_default());
        out.line(format!("{tag} {}", shown(&line)))?;
    }
    if fixes.is_empty() {
        out.line("nothing to mend")?;
    }
    Ok(())
}

fn print_checks(out: &mut Output, report: &CheckReport) -> Result<(), Failure> {
    for check in &report.checks {
        let tag = tag(out, check.status());
        out.line(format!("{tag} {} {}", check.id(), shown(check.message())))?;
        if let Some(remedy) = &check.remedy {
            out.line(format!("       help: {}", shown(remedy)))?;
        }
    }
    out.line(totals(report))
}

fn print_line(out: &mut Output, report: &CheckReport) -> Result<(), Failure> {
    let amiss = report.checks.iter().filter(|check| check.status() != "ok");
    let amiss: Vec<String> = amiss
        .map(|check| format!("{} {}", check.status(), check.id()))
        .collect();
    let worst = match (report.fail(), report.warn()) {
        (0, 0) => "ok",
        (0, _) => "warn",
        _ => "fail",
    };
    let list = if amiss.is_empty() {
        String::new()
    } else {
        format!(": {}", amiss.join(", "))
    };
    let fixes: String = ["done", "planned", "failed"]
        .into_iter()
        .filter_map(|outcome| {
            let fixes = report.fixes.iter();
            let count = fixes.filter(|fix| fix.outcome() == outcome).count();
            (count > 0).then(|| format!("; fixes {outcome}: {count}"))
        })
        .collect();
    let tag = tag(out, worst);
    out.line(format!("{tag} {}{list}{fixes}", totals(report)))
}

fn totals(report: &CheckReport) -> String {
    format!(
        "{} ok, {} warn, {} fail",
        report.ok(),
        report.warn(),
        report.fail()
    )
}

fn tag(out: &Output, word: &str) -> String {
    out.painted(color(word), &format!("[{word}]")).into_owned()
}

fn color(status: &str) -> AnsiColor {
    match status {
        "ok" | "done" => AnsiColor::Green,
        "warn" | "planned" => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    }
}
