//! `check`: what is sound, what is not, and what to do.

use anstyle::AnsiColor;
use baton_state::json::json_of_bytes;
use prost::Message;

use super::context::Context;
use crate::checks::{Clients, Ground, run as run_checks};
use crate::cli::{CheckArgs, FailOn};
use crate::outcome::Outcome;
use baton_native::failure::Failure;
use baton_native::output::shown;

/// Prints a line per check, one line for all with `--compact`, or the CheckReport with `--json`.
pub fn run(context: &mut Context, args: &CheckArgs) -> Result<Outcome, Failure> {
    let fail_on = args.fail_on.unwrap_or(FailOn::Never);
    let is_clock_fixed = std::env::var_os("BATON_NOW").is_some_and(|now| !now.is_empty());
    let clients = Clients::new(context.home.dir(), args.offline);
    let ground = Ground::new(
        context.home.clone(),
        context.now,
        is_clock_fixed,
        fail_on,
        clients,
    );
    let report = run_checks(ground, &args.only);
    let out = &mut context.out;
    let totals = format!(
        "{} ok, {} warn, {} fail",
        report.ok(),
        report.warn(),
        report.fail()
    );
    if out.json {
        out.data(json_of_bytes(
            "baton.state.v1.CheckReport",
            &report.encode_to_vec(),
        )?)?;
    } else if args.compact {
        let amiss = report.checks.iter().filter(|check| check.status() != "ok");
        let amiss: Vec<String> = amiss
            .map(|check| format!("{} {}", check.status(), check.id()))
            .collect();
        let worst = match (report.fail(), report.warn()) {
            (0, 0) => "ok",
            (0, _) => "warn",
            _ => "fail",
        };
        let tag = out
            .painted(color(worst), &format!("[{worst}]"))
            .into_owned();
        let list = if amiss.is_empty() {
            String::new()
        } else {
            format!(": {}", amiss.join(", "))
        };
        out.line(format!("{tag} {totals}{list}"))?;
    } else {
        for check in &report.checks {
            let tag = out
                .painted(color(check.status()), &format!("[{}]", check.status()))
                .into_owned();
            out.line(format!("{tag} {} {}", check.id(), shown(check.message())))?;
            if let Some(remedy) = &check.remedy {
                out.line(format!("       help: {}", shown(remedy)))?;
            }
        }
        out.line(totals)?;
    }
    Ok(if report.fail() > 0 {
        Outcome::Problems
    } else {
        Outcome::Done
    })
}

fn color(status: &str) -> AnsiColor {
    match status {
        "ok" => AnsiColor::Green,
        "warn" => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    }
}
